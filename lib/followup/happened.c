/* What an event does to the follow-ups, as the policy says; and the facts that the policy asks for. */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "followup/events.h"
#include "followup/policies.h"
#include "followup/store.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

/* ---- facts ---- */

static const char *copied(struct call *call, const PGresult *row, const char *column)
{
	return arena_strdup(call->arena, rows_text(row, 0, column));
}

static enum err_code read_categories(struct call *call, const char *text, const char *const **ret_list, struct err *err)
{
	JSON_AUTO json_t *json = NULL;
	enum err_code code = json_read(text, strlen(text), &json, err);
	if (code != ERR_NONE)
		return err_set(err, ERR_INTERNAL, "", "stored concerns cannot be read");
	const char **list = arena_array(call->arena, json_array_size(json) + 1, sizeof *list);
	for (size_t i = 0; i < json_array_size(json); i++)
		list[i] = arena_strdup(call->arena, json_string_value(json_array_get(json, i)));
	*ret_list = list;
	return ERR_NONE;
}

enum err_code followup_facts(struct call *call, const char *referral, struct policy_facts *ret_facts, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_followup_facts,
				      DB_VALUES(call->caller.partnership, referral, call->caller.calendar_id), &row,
				      err);
	if (code != ERR_NONE)
		return code;
	struct policy_facts facts = {
		.rating = copied(call, row, "rating"),
		.immediate_protection_needed = rows_bool(row, 0, "immediate_protection_needed"),
		.channel = copied(call, row, "channel"),
		.record_kind = copied(call, row, "record_kind"),
		.source = copied(call, row, "source"),
		.any_child_unborn = rows_bool(row, 0, "any_child_unborn"),
		.open_case = rows_bool(row, 0, "open_case"),
		.professional = rows_bool(row, 0, "professional"),
		.out_of_hours = rows_bool(row, 0, "out_of_hours"),
	};
	code = read_categories(call, rows_text(row, 0, "concern_categories"), &facts.concern_categories, err);
	if (code == ERR_NONE)
		*ret_facts = facts;
	return code;
}

/* ---- events ---- */

/* The policy that judges an open follow-up; to be released. */
static enum err_code hold_own(const struct followup_change *change, const struct policy *policy, const char *id,
			      const struct policy **ret_own, struct err *err)
{
	const char *governing = policy_id(policy);
	bool same = id == NULL ? governing == NULL : governing != NULL && strcmp(id, governing) == 0;
	*ret_own = policy;
	if (same || change->policies == NULL)
		return ERR_NONE;
	return policies_hold(change->policies, change->db, NULL, change->partnership, id, ret_own, err);
}

static void release_own(const struct followup_change *change, const struct policy *policy, const struct policy *own)
{
	if (own != policy)
		policies_release(change->policies, own);
}

struct open_one {
	const char *id;
	const char *kind;
	const struct policy *own; /* the policy that judges it */
	bool begun;               /* by the moment that was asked about */
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
		};
		code = hold_own(change, policy, rows_text(open, row, "policy_id"), &one.own, err);
		if (code != ERR_NONE)
			break;
		code = change_it(change, &one, ctx, err);
		release_own(change, policy, one.own);
	}
	return code;
}

struct happening {
	const char *event;
	const char *at;
};

static enum err_code meet_one(const struct followup_change *change, const struct open_one *one, const void *ctx,
			      struct err *err)
{
	const struct happening *happening = ctx;
	bool asks_for_this = one->begun || followup_event_find(happening->event)->meets_later;
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

enum err_code followup_happened(const struct followup_change *change, const struct policy *policy, const char *event,
				const struct policy_facts *facts, const char *occurred_at, struct err *err)
{
	assert(followup_event_find(event) != NULL);
	const struct happening happening = {event, occurred_at};
	enum err_code code = for_each_open(change, policy, occurred_at, meet_one, &happening, err);
	if (code != ERR_NONE || change->referral == NULL)
		return code;
	return open_all(change, policy, event, facts, occurred_at, err);
}

static enum err_code retime_one(const struct followup_change *change, const struct open_one *one, const void *ctx,
				struct err *err)
{
	const struct policy_facts *facts = ctx;
	struct policy_due due;
	struct policy_bound bound;
	if (!policy_looks_at_facts(one->own, one->kind) || !policy_due(one->own, one->kind, facts, &due))
		return ERR_NONE;
	bool bounded = policy_bound(one->own, one->kind, facts, &bound);
	return followup_retime(change, one->own, one->id, &due, bounded ? &bound : NULL, "facts", err);
}

enum err_code followup_retime_all(const struct followup_change *change, const struct policy *policy,
				  const struct policy_facts *facts, struct err *err)
{
	return for_each_open(change, policy, NULL, retime_one, facts, err);
}
