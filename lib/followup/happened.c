/* What an event does to the follow-ups, as the policy says; and the facts that the policy asks for. */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "followup/events.h"
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

static enum err_code meet_all(const struct followup_change *change, const struct policy *policy, const char *event,
			      const char *occurred_at, struct err *err)
{
	PGRESULT_AUTO PGresult *open = NULL;
	bool meets_later = followup_event_find(event)->meets_later;
	enum err_code code = followup_lock_open(change, occurred_at, &open, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(open); row++) {
		bool asks_for_this = meets_later || rows_bool(open, row, "begun");
		if (asks_for_this && policy_meets(policy, rows_text(open, row, "kind"), event))
			code = followup_meet(change, rows_text(open, row, "id"), occurred_at, err);
	}
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

enum err_code followup_happened(const struct followup_change *change, const struct policy *policy, const char *event,
				const struct policy_facts *facts, const char *occurred_at, struct err *err)
{
	assert(followup_event_find(event) != NULL);
	enum err_code code = meet_all(change, policy, event, occurred_at, err);
	if (code != ERR_NONE || change->referral == NULL)
		return code;
	return open_all(change, policy, event, facts, occurred_at, err);
}

enum err_code followup_retime_all(const struct followup_change *change, const struct policy *policy,
				  const struct policy_facts *facts, struct err *err)
{
	PGRESULT_AUTO PGresult *open = NULL;
	enum err_code code = followup_lock_open(change, NULL, &open, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(open); row++) {
		const char *kind = rows_text(open, row, "kind");
		struct policy_due due;
		struct policy_bound bound;
		if (!policy_looks_at_facts(policy, kind) || !policy_due(policy, kind, facts, &due))
			continue;
		bool bounded = policy_bound(policy, kind, facts, &bound);
		code = followup_retime(change, policy, rows_text(open, row, "id"), &due, bounded ? &bound : NULL,
				       "facts", err);
	}
	return code;
}
