/* What an event does to the follow-ups, as the policy says. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "followup/events.h"
#include "followup/policies.h"
#include "followup/store.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

enum err_code followup_hold_own(const struct followup_change *change, const struct db_scope *scope,
				const struct policy *policy, const char *id, const struct policy **ret_own,
				struct err *err)
{
	const char *governing = policy_id(policy);
	bool same = id == NULL ? governing == NULL : governing != NULL && strcmp(id, governing) == 0;
	*ret_own = policy;
	if (same || change->policies == NULL)
		return ERR_NONE;
	return policies_hold(change->policies, change->db, scope, change->partnership, id, ret_own, err);
}

void followup_release_own(const struct followup_change *change, const struct policy *policy, const struct policy *own)
{
	if (own != policy)
		policies_release(change->policies, own);
}

static enum err_code end_one(const struct followup_change *change, const struct policy *policy, const char *event,
			     const char *at, const PGresult *open, int row, struct err *err)
{
	const struct policy *own = NULL;
	const struct followup_event *happened = followup_event_find(event);
	const char *id = rows_text(open, row, "id");
	const char *kind = rows_text(open, row, "kind");
	bool asks_for_this = rows_bool(open, row, "begun") || happened->meets_later;
	enum err_code code = followup_hold_own(change, NULL, policy, rows_text(open, row, "policy_id"), &own, err);
	if (code != ERR_NONE)
		return code;
	if (policy_cancels(own, kind, event))
		code = followup_cancel_one(change, id, happened->cancels_as, err);
	else if (asks_for_this && policy_meets(own, kind, event))
		code = followup_meet(change, id, at, err);
	followup_release_own(change, policy, own);
	return code;
}

static enum err_code end_all(const struct followup_change *change, const struct policy *policy, const char *event,
			     const char *at, struct err *err)
{
	PGRESULT_AUTO PGresult *open = NULL;
	enum err_code code = followup_lock_open(change, at, &open, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(open); row++)
		code = end_one(change, policy, event, at, open, row, err);
	return code;
}

static bool is_at_this_hour(enum policy_hours hours, bool out_of_hours)
{
	return hours == POLICY_ANY_HOUR || (hours == POLICY_OUT_OF_HOURS) == out_of_hours;
}

static enum err_code open_all(const struct followup_change *change, const struct policy *policy, const char *event,
			      const struct policy_facts *facts, const char *occurred_at, struct err *err)
{
	struct policy_opening opens[POLICY_OPENS_MAX];
	size_t n = policy_opens(policy, event, facts, opens);
	enum err_code code = ERR_NONE;
	for (size_t i = 0; code == ERR_NONE && i < n; i++) {
		if (is_at_this_hour(opens[i].hours, facts->out_of_hours))
			code = followup_open(change, policy, &opens[i], occurred_at, err);
	}
	return code;
}

enum err_code followup_happened_from(const struct followup_change *change, const struct policy *policy,
				     const char *event, const struct policy_facts *facts, const char *occurred_at,
				     const char *runs_from, struct err *err)
{
	assert(followup_event_find(event) != NULL);
	enum err_code code = end_all(change, policy, event, occurred_at, err);
	if (code != ERR_NONE || change->referral == NULL)
		return code;
	return open_all(change, policy, event, facts, runs_from, err);
}

enum err_code followup_happened(const struct followup_change *change, const struct policy *policy, const char *event,
				const struct policy_facts *facts, const char *occurred_at, struct err *err)
{
	return followup_happened_from(change, policy, event, facts, occurred_at, occurred_at, err);
}

enum err_code followup_happened_alone(struct followup_change *change, struct arena *arena, const struct policy *policy,
				      const char *event, char ret_version[24], struct err *err)
{
	struct policy_facts facts;
	PGRESULT_AUTO PGresult *raised = NULL;
	enum err_code code = db_run(change->db, &SQL_followup_raise_version,
				    DB_VALUES(change->partnership, change->referral), &raised, err);
	if (code != ERR_NONE)
		return code;
	(void)snprintf(ret_version, 24, "%lld", rows_int(raised, 0, "version"));
	change->version = ret_version;
	code = followup_read_facts(change, arena, &facts, err);
	if (code == ERR_NONE)
		code = followup_happened(change, policy, event, &facts, NULL, err);
	return code == ERR_NONE ? followup_refresh(change, err) : code;
}
