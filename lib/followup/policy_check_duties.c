/*
 * What every policy has to owe, so that no referral is left unheard: each is screened and decided, and discussed where that is
 * needed; and somebody sees what is owed. Pure.
 */
#include <string.h>

#include "auth/permission.h"
#include "followup/events.h"
#include "followup/policy_check.h"

#include "base/banned.h"

/* DOMAIN section 3, the rows of these three kinds: what opens them, always, and what alone meets them. */
static const struct duty {
	const char *kind;
	const char *opens_on;
	const char *met_by;
	const char *without; /* what comes of a policy without it */
} duties[] = {
	{"triage", "referral.received", "screening.recorded", "nobody would have to screen a referral"},
	{"discuss", "clarification.needed", "discussion.held",
	 "nobody would have to ask the referrer what a screening found unclear"},
	{"decide_outcome", "referral.received", "decision.final", "nobody would have to decide about a referral"},
};

static bool has_condition(struct arena *arena, const struct policy_when *when)
{
	return *policy_when_text(arena, when) != '\0' || when->out_of_hours >= 0;
}

/* Not under this fact alone or that: how long it has may depend on facts, whether it is owed may not. */
static void check_always_opens(struct policy_problems *problems, const struct duty *duty, const struct rule *rule,
			       const char *place)
{
	const char *pointer = arena_printf(problems->arena, "%s/opens_on", place);
	if (has_condition(problems->arena, &rule->when))
		pointer = arena_printf(problems->arena, "%s/when", place);
	for (size_t i = 0; i < rule->n_triggers; i++) {
		const struct policy_trigger *trigger = &rule->triggers[i];
		if (followup_event_find(trigger->event) == NULL)
			return; /* said of that event (policy_check_events.c) */
		if (strcmp(trigger->event, duty->opens_on) == 0 && !has_condition(problems->arena, &trigger->when) &&
		    !has_condition(problems->arena, &rule->when))
			return;
	}
	policy_problem(problems, pointer, "not_always_owed",
		       "follow-up '%s' must open on '%s' whatever the facts are (how long it has may depend on them): "
		       "otherwise, where they do not fit, %s",
		       duty->kind, duty->opens_on, duty->without);
}

static void check_meaning(struct policy_problems *problems, const struct duty *duty, const struct rule *rule,
			  const char *place)
{
	for (size_t i = 0; rule->public.met_by[i] != NULL; i++) {
		const struct followup_event *event = followup_event_find(rule->public.met_by[i]);
		if (event != NULL && strcmp(event->name, duty->met_by) != 0)
			policy_problem(problems, arena_printf(problems->arena, "%s/met_by/%zu", place, i),
				       "met_by_another",
				       "follow-up '%s' would be met by '%s' (%s), which is not what it asks for: it is "
				       "met by '%s'",
				       duty->kind, event->name, event->meaning, duty->met_by);
	}
}

static void check_duty(struct policy_problems *problems, const struct duty *duty, const struct policy *policy)
{
	const struct rule *rule = policy_find(policy, duty->kind);
	if (rule == NULL) {
		policy_problem(problems, "/rules", "missing_rule", "there is no rule for follow-up '%s': %s",
			       duty->kind, duty->without);
		return;
	}
	const char *place = arena_printf(problems->arena, "/rules/%zu", (size_t)(rule - policy->rules));
	check_always_opens(problems, duty, rule, place);
	check_meaning(problems, duty, rule, place);
}

/* What an agency does itself, when it is asked to: it has no work view, and is told. */
static bool is_of_agency(const char *kind)
{
	return strcmp(kind, "written_confirmation") == 0 || strcmp(kind, "resubmission") == 0;
}

/* Support staff hold no keys: their work stands in the practitioners' view (lib/work). */
static bool sees_work(const char *role)
{
	return strcmp(role, "support") == 0 || (role_bit(role) & permission_roles("work.list")) != 0;
}

static void check_responsible(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	const char *role = rule->public.responsible;
	if (sees_work(role) || (strcmp(role, "agency") == 0 && is_of_agency(rule->public.kind)))
		return;
	policy_problem(problems, arena_printf(problems->arena, "%s/responsible", place), "no_work_view",
		       "follow-up '%s' would be the work of the role %s, which sees no list of work: name one that "
		       "does, a manager for instance",
		       rule->public.kind, role);
}

void policy_check_duties(struct policy_problems *problems, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		check_responsible(problems, &policy->rules[i], arena_printf(problems->arena, "/rules/%zu", i));
	for (size_t i = 0; i < sizeof duties / sizeof *duties; i++)
		check_duty(problems, &duties[i], policy);
}
