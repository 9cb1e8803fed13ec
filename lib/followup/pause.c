/* pauseFollowUp and resumeFollowUp. What may be paused is decided by rules.c, what that does to the clock by the SQL. */
#include <stdint.h>

#include "base/json.h"
#include "followup/one.h"
#include "followup/rules.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

/* ---- pauseFollowUp ---- */

/* Until when it is paused, where the rule allows that: what was asked for, or as long as may be. */
static enum err_code check(struct call *call, const char *follow_up, const struct policy_rule *rule,
			   const char **ret_until, struct err *err)
{
	const char *until = json_text(call->body, "until");
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_followup_pause_facts,
				      DB_VALUES(call->caller.partnership, call->caller.calendar_id, follow_up, until,
						rule == NULL ? NULL : rule->pause_max.unit,
						rule == NULL ? NULL : rule->pause_max.amount),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct pause_facts facts = {
		.is_paused = rows_bool(row, 0, "is_paused"),
		.is_red = rows_bool(row, 0, "is_red"),
		.has_no_due = rows_bool(row, 0, "has_no_due"),
		.is_overdue = rows_bool(row, 0, "is_overdue"),
		.may_be_paused = rows_bool(row, 0, "may_be_paused"),
		.bound_is_first = rows_bool(row, 0, "bound_is_first"),
		.until_is_past = rows_bool(row, 0, "until_is_past"),
		.until_is_too_late = rows_bool(row, 0, "until_is_too_late"),
		.latest = rows_text(row, 0, "latest_text"),
		.due = rows_text(row, 0, "due_text"),
	};
	code = pause_check(rule, &facts, json_text(call->body, "reason"), err);
	if (code == ERR_NONE)
		*ret_until = until != NULL ? until : arena_strdup(call->arena, rows_text(row, 0, "latest_until"));
	return code;
}

/* By the policy that judges it. */
static enum err_code check_by_own(struct call *call, const struct followup_change *change, const PGresult *locked,
				  const char **ret_until, struct err *err)
{
	const struct policy *own = NULL;
	enum err_code code = followup_hold_own(change, NULL, call_policy(call), rows_text(locked, 0, "policy_id"), &own,
					       err);
	if (code != ERR_NONE)
		return code;
	code = check(call, rows_text(locked, 0, "id"), policy_rule(own, rows_text(locked, 0, "kind")), ret_until, err);
	followup_release_own(change, call_policy(call), own);
	return code;
}

static enum err_code pause_it(struct call *call, void *ctx, struct err *err)
{
	const char *follow_up = ctx;
	const char *until = NULL;
	struct followup_change change;
	PGRESULT_AUTO PGresult *locked = NULL;
	enum err_code code = one_lock_open(call, follow_up, "paused", &change, &locked, err);
	if (code == ERR_NONE)
		code = check_by_own(call, &change, locked, &until, err);
	if (code == ERR_NONE)
		code = followup_pause(&change, follow_up, json_text(call->body, "reason"),
				      json_text(call->body, "note"), until, err);
	return code == ERR_NONE ? one_reply(call, &change, follow_up, err) : code;
}

enum err_code followup_pause_one(struct call *call, struct err *err)
{
	if (call->caller.staff_id[0] == '\0')
		return err_set(err, ERR_FORBIDDEN, "",
			       "a pause is a person's to answer for: this needs the key of a member of staff");
	const char *follow_up = call_parameter(call, "follow_up_id");
	return call_write(call, pause_it, (void *)(uintptr_t)follow_up, err);
}

/* ---- resumeFollowUp ---- */

static enum err_code resume_it(struct call *call, void *ctx, struct err *err)
{
	const char *follow_up = ctx;
	struct followup_change change;
	PGRESULT_AUTO PGresult *locked = NULL;
	enum err_code code = one_lock_open(call, follow_up, "resumed", &change, &locked, err);
	if (code == ERR_NONE && !rows_bool(locked, 0, "is_paused"))
		return err_set(err, ERR_WRONG_STATE, "", "this follow-up is not paused; allowed now: nothing");
	if (code == ERR_NONE)
		code = followup_resume(&change, follow_up, "asked", json_text(call->body, "note"), err);
	return code == ERR_NONE ? one_reply(call, &change, follow_up, err) : code;
}

enum err_code followup_resume_one(struct call *call, struct err *err)
{
	const char *follow_up = call_parameter(call, "follow_up_id");
	return call_write(call, resume_it, (void *)(uintptr_t)follow_up, err);
}
