/* How a screening puts a final decision in question. */
#include "decision/decision.h"
#include "gen/decision_sql.h"
#include "referral/state.h"

#include "base/banned.h"

/* A decided referral is worked on again. */
static enum err_code change_state(struct call *call, const struct followup_change *change, const char *before,
				  struct err *err)
{
	char event[IDENT_SIZE];
	const char *state = NULL;
	ident_new(event);
	enum err_code code = state_after(before, STATE_RATE_HIGHER, &state, err);
	if (code != ERR_NONE)
		return code;
	return call_run(call, &SQL_decision_change_state,
			DB_VALUES(change->partnership, change->referral, state, change->version, event, change->actor,
				  change->request),
			NULL, err);
}

enum err_code decision_question(struct call *call, const struct followup_change *change, const char *screening,
				struct err *err)
{
	char base[IDENT_SIZE];
	struct policy_facts facts;
	ident_new(base);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_decision_question,
				      DB_VALUES(change->partnership, change->referral, change->version, screening, base,
						change->actor, change->request),
				      &row, err);
	if (code != ERR_NONE || rows_int(row, 0, "children") == 0)
		return code;
	code = change_state(call, change, rows_text(row, 0, "state"), err);
	if (code == ERR_NONE)
		code = followup_facts(call, change->referral, &facts, err);
	if (code != ERR_NONE)
		return code;
	return followup_happened(change, call_policy(call), "decision.undone", &facts, rows_text(row, 0, "since"), err);
}
