/* A policy's answers. Pure: no clock, no database. */
#include "followup/policy.h"

#include <string.h>

#include "followup/policy_inside.h"

#include "base/banned.h"

const char *policy_title(const struct policy *policy)
{
	return policy->title;
}

void policy_of_row(struct policy *policy, const char *id)
{
	policy->id = id;
}

const char *policy_id(const struct policy *policy)
{
	return policy->id;
}

/* The last row has no condition. */
static const struct policy_row *fitting(const struct rule *rule, const struct policy_facts *facts)
{
	size_t i = 0;
	while (i + 1 < rule->n_rows && !policy_when_fits(&rule->rows[i].when, facts))
		i++;
	return &rule->rows[i];
}

static bool bound_of(const struct rule *rule, const struct policy_facts *facts, struct policy_bound *ret_bound)
{
	*ret_bound = (struct policy_bound){0};
	if (rule->bound == NULL)
		return false;
	ret_bound->found_after = rule->found_after;
	/* What is counted from a moment of the record is bounded by nothing that runs from receipt. */
	if (fitting(rule, facts)->due.from != NULL)
		return false;
	ret_bound->latest = fitting(rule->bound, facts)->due;
	return true;
}

/* What a trigger and its rule say of the hour: -1 any, 0 open, 1 closed, 2 never both at once. */
static int hour_of(const struct rule *rule, const struct policy_trigger *trigger)
{
	if (rule->when.out_of_hours < 0 || rule->when.out_of_hours == trigger->when.out_of_hours)
		return trigger->when.out_of_hours;
	return trigger->when.out_of_hours < 0 ? rule->when.out_of_hours : 2;
}

/* True where the event opens the rule's follow-up, at some hour: of several triggers one is enough. */
static bool opens(const struct rule *rule, const char *event, const struct policy_facts *facts,
		  enum policy_hours *ret_hours)
{
	bool in_hours = false;
	bool out_of_hours = false;
	if (!policy_when_fits(&rule->when, facts))
		return false;
	for (size_t i = 0; i < rule->n_triggers; i++) {
		const struct policy_trigger *trigger = &rule->triggers[i];
		if (strcmp(trigger->event, event) != 0 || !policy_when_fits(&trigger->when, facts))
			continue;
		int hour = hour_of(rule, trigger);
		in_hours = in_hours || hour == -1 || hour == 0;
		out_of_hours = out_of_hours || hour == -1 || hour == 1;
	}
	*ret_hours = in_hours && out_of_hours ? POLICY_ANY_HOUR : in_hours ? POLICY_IN_HOURS : POLICY_OUT_OF_HOURS;
	return in_hours || out_of_hours;
}

size_t policy_opens(const struct policy *policy, const char *event, const struct policy_facts *facts,
		    struct policy_opening ret_openings[POLICY_OPENS_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < policy->n_rules && n < POLICY_OPENS_MAX; i++) {
		const struct rule *rule = &policy->rules[i];
		struct policy_opening opening = {.hours = POLICY_ANY_HOUR};
		if (!opens(rule, event, facts, &opening.hours))
			continue;
		opening.due = fitting(rule, facts)->due;
		opening.bounded = bound_of(rule, facts, &opening.bound);
		ret_openings[n++] = opening;
	}
	return n;
}

static bool is_among(const char *const *events, const char *event)
{
	for (size_t i = 0; events != NULL && events[i] != NULL; i++) {
		if (strcmp(events[i], event) == 0)
			return true;
	}
	return false;
}

bool policy_meets(const struct policy *policy, const char *kind, const char *event)
{
	const struct rule *rule = policy_find(policy, kind);
	return rule != NULL && is_among(rule->public.met_by, event);
}

bool policy_cancels(const struct policy *policy, const char *kind, const char *event)
{
	const struct rule *rule = policy_find(policy, kind);
	return rule != NULL && is_among(rule->public.cancelled_by, event);
}

bool policy_due(const struct policy *policy, const char *kind, const struct policy_facts *facts,
		struct policy_due *ret_due)
{
	const struct rule *rule = policy_find(policy, kind);
	if (rule == NULL)
		return false;
	*ret_due = fitting(rule, facts)->due;
	return true;
}

const char *policy_kind(const struct policy *policy, size_t index)
{
	return index < policy->n_rules ? policy->rules[index].public.kind : NULL;
}

const struct policy_rule *policy_rule(const struct policy *policy, const char *kind)
{
	const struct rule *rule = policy_find(policy, kind);
	return rule == NULL ? NULL : &rule->public;
}

bool policy_looks_at_facts(const struct policy *policy, const char *kind)
{
	const struct rule *rule = policy_find(policy, kind);
	if (rule == NULL)
		return false;
	/* A date of the record may be corrected; its receipt is what it is. */
	bool by_date = rule->rows[0].due.from != NULL && strcmp(rule->rows[0].due.from, "received_at") != 0;
	return by_date || rule->n_rows > 1 || (rule->bound != NULL && rule->bound->n_rows > 1);
}

static bool any_row_asks_rating(const struct rule *rule)
{
	for (size_t i = 0; rule != NULL && i < rule->n_rows; i++) {
		if (rule->rows[i].when.ratings != NULL)
			return true;
	}
	return false;
}

bool policy_looks_at_rating(const struct policy *policy, const char *kind)
{
	const struct rule *rule = policy_find(policy, kind);
	return rule != NULL && (any_row_asks_rating(rule) || any_row_asks_rating(rule->bound));
}

bool policy_bound(const struct policy *policy, const char *kind, const struct policy_facts *facts,
		  struct policy_bound *ret_bound)
{
	const struct rule *rule = policy_find(policy, kind);
	*ret_bound = (struct policy_bound){0};
	return rule != NULL && bound_of(rule, facts, ret_bound);
}
