/* recordSampleReview. */
#include "base/json.h"
#include "gen/sample_sql.h"
#include "referral/referral.h"
#include "sample/sample.h"

#include "base/banned.h"

static enum err_code record(struct call *call, const char *referral, const char *screening, struct err *err)
{
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_sample_record,
				      DB_VALUES(call->caller.partnership, referral, id, screening,
						json_text(call->body, "finding"), json_text(call->body, "reason"),
						call->caller.staff_id, event, call->x->request_id),
				      &row, err);
	if (code == ERR_NONE)
		code = referral_happened(call, referral, rows_int(row, 0, "version"), "sample.reviewed", NULL, err);
	return code == ERR_NONE ? referral_answer(call, referral, row, err) : code;
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const char *referral = call_parameter(call, "referral_id");
	PGRESULT_AUTO PGresult *locked = NULL;
	PGRESULT_AUTO PGresult *sampled = NULL;
	enum err_code code = referral_lock(call, referral, &locked, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_sample_facts,
				DB_VALUES(call->caller.partnership, referral, call->caller.staff_id), &sampled, err);
	if (code != ERR_NONE)
		return code;
	const struct review_facts facts = {
		.is_sampled = PQntuples(sampled) == 1,
		.screened_himself = PQntuples(sampled) == 1 && rows_bool(sampled, 0, "screened_himself"),
	};
	code = review_check(&facts, err);
	return code == ERR_NONE ? record(call, referral, rows_text(sampled, 0, "screening_id"), err) : code;
}

enum err_code sample_record_review(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, work, NULL, err) : code;
}
