/* What an event does to the follow-ups, and what new facts do, as the policy says. */
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

struct open_one {
	const char *id;
	const char *kind;
	const struct policy *own; /* the policy that judges it */
	bool begun;               /* by the moment that was asked about */
	bool is_paused;
};
typedef enum err_code (*change_one)(const struct followup_change *change, const struct open_one *one, const void *ctx,
				    struct err *err);

/* `change_it` for each open follow-up; `at` as in followup_lock_open(). */
static enum err_code for_each_open(const struct followup_change *change, const struct policy *policy, const char *at,
				   change_one change_it, const void *ctx, struct err *err)
{
	PGRESULT_AUTO PGresult *open = NULL;
	enum err_code code = followup_lock_open(change, at, &open, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(open); row++) {
		struct open_one one = {
			.id = rows_text(open, row, "id"),
			.kind = rows_text(open, row, "kind"),
			.begun = rows_bool(open, row, "begun"),
			.is_paused = rows_bool(open, row, "is_paused"),
		};
		code = followup_hold_own(change, NULL, policy, rows_text(open, row, "policy_id"), &one.own, err);
		if (code != ERR_NONE)
			break;
		code = change_it(change, &one, ctx, err);
		followup_release_own(change, policy, one.own);
	}
	return code;
}

struct happening {
	const char *event;
	const char *at;
};

static enum err_code end_one(const struct followup_change *change, const struct open_one *one, const void *ctx,
			     struct err *err)
{
	const struct happening *happening = ctx;
	const struct followup_event *event = followup_event_find(happening->event);
	bool asks_for_this = one->begun || event->meets_later;
	if (policy_cancels(one->own, one->kind, event->name))
		return followup_cancel_one(change, one->id, event->cancels_as, err);
	if (!asks_for_this || !policy_meets(one->own, one->kind, happening->event))
		return ERR_NONE;
	return followup_meet(change, one->id, happening->at, err);
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
	const struct happening happening = {event, occurred_at};
	enum err_code code = for_each_open(change, policy, occurred_at, end_one, &happening, err);
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

struct retiming {
	const struct policy_facts *facts;
	const char *reason;
	bool facts_alone; /* changed: a time that does not look at them stays */
};

static enum err_code retime_one(const struct followup_change *change, const struct open_one *one, const void *ctx,
				struct err *err)
{
	const struct retiming *retiming = ctx;
	bool is_red = policy_facts_are_red(retiming->facts);
	bool must_resume = is_red && one->is_paused; /* red is never paused (DOMAIN section 3) */
	struct policy_due due;
	struct policy_bound bound;
	if (!policy_due(one->own, one->kind, retiming->facts, &due))
		return must_resume ? followup_resume(change, one->id, "red", NULL, err) : ERR_NONE;
	if (!must_resume && retiming->facts_alone && !policy_looks_at_facts(one->own, one->kind))
		return ERR_NONE;
	bool bounded = policy_bound(one->own, one->kind, retiming->facts, &bound);
	return followup_retime(change, one->own, one->id, &due, bounded ? &bound : NULL, retiming->reason, is_red, NULL,
			       err);
}

enum err_code followup_retime_all(const struct followup_change *change, const struct policy *policy,
				  const struct policy_facts *facts, struct err *err)
{
	const struct retiming retiming = {.facts = facts, .reason = "facts", .facts_alone = true};
	return for_each_open(change, policy, NULL, retime_one, &retiming, err);
}

enum err_code followup_retime_every(const struct followup_change *change, const struct policy *policy,
				    const struct policy_facts *facts, struct err *err)
{
	const struct retiming retiming = {.facts = facts, .reason = "calendar"};
	return for_each_open(change, policy, NULL, retime_one, &retiming, err);
}
