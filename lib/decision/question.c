/* How a screening puts a final decision in question. */
#include "decision/deciding.h"
#include "gen/decision_sql.h"
#include "referral/state.h"

#include "base/banned.h"

enum err_code decision_question(struct call *call, const struct followup_change *change, const char *screening,
				struct err *err)
{
	char base[IDENT_SIZE];
	const char *state = NULL;
	struct policy_facts facts;
	ident_new(base);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_decision_question,
				      DB_VALUES(change->partnership, change->referral, change->version, screening, base,
						change->actor, change->request),
				      &row, err);
	if (code != ERR_NONE || rows_int(row, 0, "children") == 0)
		return code;
	code = state_after(rows_text(row, 0, "state"), STATE_RATE_HIGHER, &state, err);
	if (code == ERR_NONE)
		code = deciding_change_state(call, change, state, err);
	if (code == ERR_NONE)
		code = followup_facts(call, change->referral, &facts, err);
	if (code != ERR_NONE)
		return code;
	return followup_happened(change, call_policy(call), "decision.undone", &facts, rows_text(row, 0, "since"), err);
}
