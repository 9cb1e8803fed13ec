/* listFlags and acknowledgeFlag. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "call/page.h"
#include "flag/one.h"
#include "gen/flag_sql.h"
#include "referral/referral.h"
#include "signoff/signoff.h"

#include "base/banned.h"

const struct statement *const flag_of_referral = &SQL_flag_of_referral;

/* The three take the same parameters; each is there for its index. */
static const struct statement *list_for(const struct call *call)
{
	const char *cleared = call_parameter(call, "cleared");
	if (call_parameter(call, "referral_id") != NULL)
		return &SQL_flag_list_of_referral;
	return cleared != NULL && strcmp(cleared, "false") == 0 ? &SQL_flag_list_standing : &SQL_flag_list;
}

enum err_code flag_list(struct call *call, struct err *err)
{
	struct page page;
	enum err_code code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	PGRESULT_AUTO PGresult *rows = NULL;
	code = call_read(call, list_for(call),
			 DB_VALUES(call->caller.partnership, call_parameter(call, "kind"),
				   call_parameter(call, "acknowledged"), call_parameter(call, "cleared"),
				   call_parameter(call, "referral_id"), call_parameter(call, "raised_from"),
				   call_parameter(call, "raised_to"), page.after[0], page.after[1], page.limit_text),
			 &rows, err);
	return code == ERR_NONE ? page_reply(call, &page, rows, err) : code;
}

enum err_code flag_lock(struct call *call, const char *flag, PGresult **ret_flag, struct err *err)
{
	PGRESULT_AUTO PGresult *owner = NULL;
	PGRESULT_AUTO PGresult *referral = NULL;
	const char *const *values = DB_VALUES(call->caller.partnership, flag);
	enum err_code code = call_run(call, &SQL_flag_referral_of, values, &owner, err);
	if (code == ERR_NONE && PQntuples(owner) == 0)
		return call_not_found(err);
	if (code == ERR_NONE && rows_text(owner, 0, "referral_id") != NULL)
		code = referral_lock(call, rows_text(owner, 0, "referral_id"), &referral, err);
	return code == ERR_NONE ? call_run(call, &SQL_flag_lock, values, ret_flag, err) : code;
}

enum err_code flag_write_one(struct call *call, const char *flag, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_flag_one, DB_VALUES(call->caller.partnership, flag), &row, err);
	if (code != ERR_NONE)
		return code;
	return call_reply_row(call, row, 201);
}

/* ---- acknowledgeFlag ---- */

enum err_code flag_acknowledge_one(struct call *call, const char *flag, const char *plan, struct err *err)
{
	char event[IDENT_SIZE];
	ident_new(event);
	PGRESULT_AUTO PGresult *locked = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = flag_lock(call, flag, &locked, err);
	if (code == ERR_NONE && rows_bool(locked, 0, "has_plan"))
		return err_set(
			err, ERR_WRONG_STATE, "",
			"this flag is acknowledged already, and a plan is not overwritten; allowed now: nothing");
	if (code == ERR_NONE)
		code = call_run(call, &SQL_flag_acknowledge,
				DB_VALUES(call->caller.partnership, flag, call->caller.staff_id, plan, event,
					  call->x->request_id),
				&row, err);
	if (code == ERR_NONE &&
	    flag_takes_manager(rows_int(locked, 0, "breach_number"), caller_has(&call->caller, ROLE_MANAGER))) {
		const struct followup_change change = followup_change_of(call, rows_text(row, 0, "referral_id"),
									 rows_int(row, 0, "version"));
		code = sign_off_ask(call, &change, "flag", flag, "signs_off", NULL, err);
	}
	return code == ERR_NONE ? flag_write_one(call, flag, err) : code;
}

static enum err_code acknowledge(struct call *call, void *ctx, struct err *err)
{
	return flag_acknowledge_one(call, ctx, json_text(call->body, "plan"), err);
}

enum err_code flag_acknowledge(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	const char *flag = call_parameter(call, "flag_id");
	return call_write(call, acknowledge, (void *)(uintptr_t)flag, err);
}

/* ---- a manager has answered ---- */

enum err_code flag_signed_off(struct call *call, const struct followup_change *change, const char *flag,
			      bool signed_off, struct err *err)
{
	char event[IDENT_SIZE];
	ident_new(event);
	return call_run(call, &SQL_flag_signed_off,
			DB_VALUES(change->partnership, flag, signed_off ? "true" : "false", change->version,
				  change->actor, event, change->request),
			NULL, err);
}
