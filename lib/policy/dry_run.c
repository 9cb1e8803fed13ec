/* dryRunPolicy: what an activation would change, found by doing it and rolling it back. */
#include "call/page.h"
#include "followup/policies.h"
#include "followup/retime_open.h"
#include "gen/policy_sql.h"
#include "policy/versions.h"

#include "base/banned.h"

static enum err_code reply(struct retime_answer *answer, const struct retime_report *report, long long without_rule,
			   struct err *err)
{
	struct call *call = answer->call;
	const char *next = NULL;
	enum err_code code = ERR_NONE;
	if (answer->named && !report->complete)
		code = page_next_behind(call, report->got_to, &next, err);
	if (code != ERR_NONE)
		return code;
	buf_add_char(call->out, '{');
	retime_answer_write(answer, report);
	buf_printf(call->out, ",\"without_rule\":%lld,\"next\":", without_rule);
	buf_add_json_text(call->out, next);
	buf_add_char(call->out, '}');
	call_reply(call, 200);
	return ERR_NONE;
}

/* A page of referrals to whoever may see them; to others all of them, for a place to go on from would be a referral's. */
static enum err_code rehearse(struct retime_answer *answer, const struct policy *policy, struct err *err)
{
	struct call *call = answer->call;
	struct page page;
	struct retime_report report;
	long long without_rule = 0;
	enum err_code code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	const struct retime_order order = {
		.scope = &call->scope,
		.policies = call->house->policies,
		.calendar = call->caller.calendar_id,
		.policy = policy,
		.behind = answer->named ? page.after[0] : NULL,
		.limit = answer->named ? page.limit : 0,
		.budget_ms = RETIME_REHEARSAL_MS,
		.rehearse = true,
		.told = retime_answer_add,
		.told_ctx = answer,
	};
	code = followup_without_rule(call->db, &call->scope, policy, &without_rule, err);
	if (code == ERR_NONE)
		code = followup_retime_open(call->db, &order, &report, err);
	return code == ERR_NONE ? reply(answer, &report, without_rule, err) : code;
}

enum err_code policy_dry_run(struct call *call, struct err *err)
{
	const char *partnership = call->caller.partnership;
	const struct policy *policy = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_read(call, &SQL_policy_get, DB_VALUES(partnership, call_parameter(call, "policy_id")),
				       &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return call_not_found(err);
	code = policies_hold(call->house->policies, call->db, &call->scope, partnership, rows_text(row, 0, "id"),
			     &policy, err);
	if (code != ERR_NONE)
		return code;
	struct retime_answer answer;
	retime_answer_begin(&answer, call, 0);
	code = rehearse(&answer, policy, err);
	retime_answer_release(&answer);
	policies_release(call->house->policies, policy);
	return code;
}
