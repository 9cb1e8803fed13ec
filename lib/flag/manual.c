/* Flags that a person raises, with a reason and a date, and clears by saying what was done; and many plans at once. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "flag/one.h"
#include "gen/flag_sql.h"
#include "referral/referral.h"
#include "referral/state.h"

#include "base/banned.h"

enum { MANY_MAX = 100 };

/* ---- raiseFlag ---- */

static enum err_code raise(struct call *call, void *ctx, struct err *err)
{
	const char *referral = ctx;
	const char *state = NULL;
	char ids[2][IDENT_SIZE];
	ident_new(ids[0]);
	ident_new(ids[1]);
	PGRESULT_AUTO PGresult *locked = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = referral_lock(call, referral, &locked, err);
	if (code == ERR_NONE)
		code = state_after(rows_text(locked, 0, "state"), STATE_RAISE_FLAG, &state, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_flag_raise,
				DB_VALUES(call->caller.partnership, referral, ids[0], json_text(call->body, "reason"),
					  json_text(call->body, "due_at"), call->caller.staff_id, ids[1],
					  call->x->request_id),
				&row, err);
	if (code == ERR_NONE && rows_bool(row, 0, "is_past"))
		return err_set(err, ERR_RULE_BROKEN, "/due_at", "the date of a new flag must lie ahead");
	return code == ERR_NONE ? flag_write_one(call, ids[0], err) : code;
}

enum err_code flag_raise(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	const char *referral = call_parameter(call, "referral_id");
	return call_write(call, raise, (void *)(uintptr_t)referral, err);
}

/* ---- clearFlag ---- */

static enum err_code clear(struct call *call, void *ctx, struct err *err)
{
	const char *flag = ctx;
	char event[IDENT_SIZE];
	ident_new(event);
	PGRESULT_AUTO PGresult *locked = NULL;
	enum err_code code = flag_lock(call, flag, &locked, err);
	if (code != ERR_NONE)
		return code;
	if (strcmp(rows_text(locked, 0, "kind"), "manual") != 0)
		return err_set(err, ERR_WRONG_STATE, "",
			       "only a flag that a person raised is cleared by hand; this one goes with its follow-up");
	if (rows_text(locked, 0, "cleared_at") != NULL)
		return err_set(err, ERR_WRONG_STATE, "", "this flag is cleared already; allowed now: nothing");
	code = call_run(call, &SQL_flag_clear,
			DB_VALUES(call->caller.partnership, flag, call->caller.staff_id, json_text(call->body, "done"),
				  event, call->x->request_id),
			NULL, err);
	return code == ERR_NONE ? flag_write_one(call, flag, err) : code;
}

enum err_code flag_clear(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	const char *flag = call_parameter(call, "flag_id");
	return call_write(call, clear, (void *)(uintptr_t)flag, err);
}

enum err_code flag_cancel_manual(struct call *call, const struct followup_change *change, struct err *err)
{
	char base[IDENT_SIZE];
	ident_new(base);
	return call_run(call, &SQL_flag_cancel_manual,
			DB_VALUES(change->partnership, change->referral, change->version, base, change->request), NULL,
			err);
}

/* ---- acknowledgeFlags ---- */

static enum err_code acknowledge_part(struct call *call, void *ctx, struct err *err)
{
	const struct call_part *part = ctx;
	return flag_acknowledge_one(call, part->id, json_text(part->body, "plan"), err);
}

enum err_code flag_acknowledge_many(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	struct call_part parts[MANY_MAX];
	const json_t *list = json_object_get(call->body, "flags");
	size_t n = json_array_size(list);
	for (size_t i = 0; i < n; i++) {
		const json_t *body = json_array_get(list, i);
		parts[i] = (struct call_part){.id = json_text(body, "id"), .member = "flag", .body = body};
	}
	return call_write_each(call, parts, n, acknowledge_part, err);
}
