/* addNote. */
#include "base/json.h"
#include "gen/note_sql.h"
#include "note/note.h"
#include "referral/referral.h"

#include "base/banned.h"

const struct statement *const note_of_referral = &SQL_note_of_referral;

static enum err_code add(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const char *referral = call_parameter(call, "referral_id");
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	PGRESULT_AUTO PGresult *locked = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = referral_lock(call, referral, &locked, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_note_add,
				DB_VALUES(call->caller.partnership, referral, id, json_text(call->body, "text"),
					  call->caller.staff_id, event, call->x->request_id,
					  caller_has(&call->caller, ROLE_MANAGER) ? "true" : "false"),
				&row, err);
	return code == ERR_NONE ? referral_answer(call, referral, row, err) : code;
}

enum err_code note_add(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, add, NULL, err) : code;
}
