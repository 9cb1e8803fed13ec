/* closeReferral and reopenReferral. */
#include <string.h>

#include "base/json.h"
#include "closure/closure.h"
#include "flag/flag.h"
#include "gen/closure_sql.h"
#include "referral/referral.h"
#include "referral/state.h"

#include "base/banned.h"

const struct statement *const closure_of_referral = &SQL_closure_of_referral;
const struct statement *const closure_reopenings_of_referral = &SQL_closure_reopenings_of_referral;

static enum err_code change_state(struct call *call, const char *referral, const char *state, long long *ret_version,
				  struct err *err)
{
	char event[IDENT_SIZE];
	ident_new(event);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(
		call, &SQL_closure_change_state,
		DB_VALUES(call->caller.partnership, referral, state, event, call->caller.staff_id, call->x->request_id),
		&row, err);
	if (code == ERR_NONE)
		*ret_version = rows_int(row, 0, "version");
	return code;
}

static enum err_code write_closure(struct call *call, const struct followup_change *change, const char *id,
				   const char *reason, const char *note, const char *withdrawal,
				   const char *duplicate_of, struct err *err)
{
	char event[IDENT_SIZE];
	ident_new(event);
	return call_run(call, &SQL_closure_record,
			DB_VALUES(change->partnership, change->referral, id, change->version, reason, note, withdrawal,
				  duplicate_of, call->caller.staff_id, event, call->x->request_id),
			NULL, err);
}

/* ---- closeReferral ---- */

/* Children without a final decision in effect are counted; everything else is open by itself. */
static const char *what_to_do(struct call *call, const PGresult *open, int row, const char *kind)
{
	const char *id = rows_text(open, row, "id");
	if (strcmp(kind, "breach") == 0)
		return arena_printf(call->arena,
				    "the breach flagged as %s is one too many for a plan of one person: acknowledge "
				    "it, and have a manager sign the plan",
				    id);
	if (id != NULL)
		return arena_printf(call->arena, "'%s' is open: %s", kind, id);
	long long n = rows_int(open, row, "n");
	return arena_printf(
		call->arena,
		"%lld %s no final decision that stands: none, one that is older than what came in since, or one that a "
		"later screening has put in question",
		n, n == 1 ? "child has" : "children have");
}

/*
 * What is still to be done, each as an item: a final decision for every child, an open follow-up by its kind, a withdrawal or a
 * sign-off that nobody has answered, a flag that a person raised, a breach without a signed plan.
 */
static enum err_code check_nothing_open(struct call *call, const char *referral, struct err *err)
{
	PGRESULT_AUTO PGresult *open = NULL;
	const char *breaches = arena_printf(call->arena, "%d", FLAG_BREACHES_OF_ONE);
	enum err_code code = call_run(call, &SQL_closure_open, DB_VALUES(call->caller.partnership, referral, breaches),
				      &open, err);
	if (code != ERR_NONE || PQntuples(open) == 0)
		return code;
	size_t n = (size_t)PQntuples(open);
	struct err_item *items = arena_array(call->arena, n, sizeof *items);
	const char *list = "";
	for (size_t i = 0; i < n; i++) {
		const char *kind = arena_strdup(call->arena, rows_text(open, (int)i, "kind"));
		items[i] = (struct err_item){"", kind, what_to_do(call, open, (int)i, kind)};
		list = arena_printf(call->arena, "%s%s%s", list, i == 0 ? "" : ", ", kind);
	}
	code = err_set(err, ERR_WRONG_STATE, "",
		       "this referral still waits for: %s; allowed now: to do that, or, of a follow-up, a manager's "
		       "waiver",
		       list);
	err->items = items;
	err->n_items = n;
	return code;
}

/* What another authority has is closed in every state: nothing is left to judge here. */
static enum err_code find_step(struct call *call, const char *referral, enum state_action *step, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	if (*step != STATE_CLOSE)
		return ERR_NONE;
	enum err_code code = call_run(call, &SQL_closure_gone, DB_VALUES(call->caller.partnership, referral), &row,
				      err);
	if (code == ERR_NONE && rows_bool(row, 0, "are_gone"))
		*step = STATE_LET_GO;
	return code;
}

static enum err_code take_step(struct call *call, const char *referral, enum state_action step, long long *ret_version,
			       struct err *err)
{
	const char *state = NULL;
	PGRESULT_AUTO PGresult *locked = NULL;
	enum err_code code = referral_lock_unchanged(call, referral, &locked, err);
	if (code == ERR_NONE)
		code = find_step(call, referral, &step, err);
	if (code == ERR_NONE)
		code = state_after(rows_text(locked, 0, "state"), step, &state, err);
	if (code == ERR_NONE && step != STATE_REOPEN)
		code = check_nothing_open(call, referral, err);
	return code == ERR_NONE ? change_state(call, referral, state, ret_version, err) : code;
}

static enum err_code close_referral(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const char *referral = call_parameter(call, "referral_id");
	char id[IDENT_SIZE];
	long long version = 0;
	enum err_code code = take_step(call, referral, STATE_CLOSE, &version, err);
	if (code != ERR_NONE)
		return code;
	const struct followup_change change = followup_change_of(call, referral, version);
	ident_new(id);
	code = write_closure(call, &change, id, json_text(call->body, "reason"), json_text(call->body, "note"), NULL,
			     NULL, err);
	return code == ERR_NONE ? referral_answer_listed(call, referral, closure_of_referral, id, err) : code;
}

enum err_code closure_close(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	const char *reason = json_text(call->body, "reason");
	if (strcmp(reason, "sent_in_error") == 0 || strcmp(reason, "duplicate") == 0)
		return err_set(err, ERR_RULE_BROKEN, "/reason",
			       "only a manager who answers the agency's withdrawal closes a referral so");
	return call_write(call, close_referral, NULL, err);
}

enum err_code closure_withdrawn(struct call *call, const struct followup_change *change, const char *reason,
				const char *withdrawal, const char *duplicate_of, struct err *err)
{
	char id[IDENT_SIZE];
	ident_new(id);
	return write_closure(call, change, id, reason, NULL, withdrawal, duplicate_of, err);
}

/* ---- reopenReferral ---- */

enum err_code closure_reopened(struct call *call, const struct followup_change *change, const char *reason,
			       const char *note, char ret_id[IDENT_SIZE], struct err *err)
{
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	struct policy_facts facts;
	ident_new(id);
	ident_new(event);
	enum err_code code = call_run(call, &SQL_closure_record_reopening,
				      DB_VALUES(change->partnership, change->referral, id, change->version, reason,
						note, call->caller.staff_id, event, call->x->request_id),
				      NULL, err);
	if (code == ERR_NONE)
		code = followup_facts(call, change->referral, &facts, err);
	if (code == ERR_NONE)
		code = followup_happened(change, call_policy(call), "referral.reopened", &facts, NULL, err);
	if (code == ERR_NONE && ret_id != NULL)
		memcpy(ret_id, id, IDENT_SIZE);
	return code;
}

static enum err_code reopen_referral(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const char *referral = call_parameter(call, "referral_id");
	char id[IDENT_SIZE];
	long long version = 0;
	enum err_code code = take_step(call, referral, STATE_REOPEN, &version, err);
	if (code != ERR_NONE)
		return code;
	const struct followup_change change = followup_change_of(call, referral, version);
	code = closure_reopened(call, &change, json_text(call->body, "reason"), json_text(call->body, "note"), id, err);
	if (code == ERR_NONE)
		code = followup_refresh(&change, err);
	return code == ERR_NONE ? referral_answer_listed(call, referral, closure_reopenings_of_referral, id, err)
				: code;
}

enum err_code closure_reopen(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, reopen_referral, NULL, err) : code;
}
