/* recordWrittenConfirmation. */
#include "base/json.h"
#include "gen/writing_sql.h"
#include "referral/referral.h"
#include "writing/writing.h"

#include "base/banned.h"

const struct statement *const writing_of_referral = &SQL_writing_of_referral;

static enum err_code check(struct call *call, const char *referral, const char *at, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_writing_facts, DB_VALUES(call->caller.partnership, referral, at), &row,
				      err);
	if (code != ERR_NONE)
		return code;
	const struct writing_facts facts = {
		.came_by_phone = rows_bool(row, 0, "came_by_phone"),
		.is_confirmed = rows_bool(row, 0, "is_confirmed"),
		.in_future = rows_bool(row, 0, "in_future"),
		.before_receipt = rows_bool(row, 0, "before_receipt"),
	};
	return writing_check(&facts, err);
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const char *referral_id = call_parameter(call, "referral_id");
	const char *at = json_text(call->body, "received_at");
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *recorded = NULL;
	enum err_code code = referral_lock(call, referral_id, &referral, err);
	if (code == ERR_NONE)
		code = check(call, referral_id, at, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_writing_record,
				DB_VALUES(call->caller.partnership, referral_id, id, at,
					  json_text(call->body, "channel"), json_text(call->body, "document_reference"),
					  json_text(call->body, "note"), call->caller.staff_id, event,
					  call->x->request_id),
				&recorded, err);
	if (code == ERR_NONE)
		code = referral_happened(call, referral_id, rows_int(recorded, 0, "version"), "document.received", at,
					 err);
	return code == ERR_NONE ? referral_answer(call, referral_id, recorded, err) : code;
}

enum err_code writing_record(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, work, NULL, err) : code;
}
