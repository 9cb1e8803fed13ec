/* What opens a follow-up, and what meets it. Pure. */
#include <string.h>

#include "followup/events.h"
#include "followup/policy_check.h"

#include "base/banned.h"

static const char RESUBMISSION[] = "resubmission";
static const char RECEIVED[] = "referral.received";

static bool is_of_submission(const struct rule *rule)
{
	return strcmp(rule->public.kind, RESUBMISSION) == 0;
}

/* `what`: "can never open", "can never be met". */
static bool check_name(struct policy_problems *problems, const struct rule *rule, const char *pointer, const char *what,
		       const char *name)
{
	const struct followup_event *event = followup_event_find(name);
	const char *near = followup_event_nearest(name);
	if (event == NULL && near != NULL)
		policy_problem(problems, pointer, "unknown_event",
			       "follow-up '%s' %s: no event is named '%s'; is '%s' meant?", rule->public.kind, what,
			       name, near);
	else if (event == NULL)
		policy_problem(problems, pointer, "unknown_event", "follow-up '%s' %s: no event is named '%s'",
			       rule->public.kind, what, name);
	else if (event->of_submission != is_of_submission(rule))
		policy_problem(problems, pointer, "wrong_subject",
			       "follow-up '%s' %s by '%s': what happens to a refused post concerns 'resubmission', "
			       "and nothing else does",
			       rule->public.kind, what, name);
	return event != NULL;
}

/* Two lists of which one word must be in both. */
static bool have_common_word(const char *const *a, const char *const *b)
{
	if (a == NULL || b == NULL)
		return true;
	for (; *a != NULL; a++) {
		for (const char *const *other = b; *other != NULL; other++) {
			if (strcmp(*a, *other) == 0)
				return true;
		}
	}
	return false;
}

static bool agree(int a, int b)
{
	return a < 0 || b < 0 || a == b;
}

bool policy_whens_agree(const struct policy_when *a, const struct policy_when *b)
{
	return have_common_word(a->ratings, b->ratings) && have_common_word(a->channels, b->channels) &&
	       have_common_word(a->record_kinds, b->record_kinds) && have_common_word(a->sources, b->sources) &&
	       agree(a->immediate_protection_needed, b->immediate_protection_needed) &&
	       agree(a->any_child_unborn, b->any_child_unborn) && agree(a->open_case, b->open_case) &&
	       agree(a->professional, b->professional) && agree(a->protection_first, b->protection_first) &&
	       agree(a->out_of_hours, b->out_of_hours);
}

static void check_openings(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	for (size_t i = 0; i < rule->n_triggers; i++) {
		const struct policy_trigger *trigger = &rule->triggers[i];
		const char *pointer = rule->opens_on_list ? arena_printf(problems->arena, "%s/opens_on/%zu", place, i)
							  : arena_printf(problems->arena, "%s/opens_on", place);
		(void)check_name(problems, rule, pointer, "can never open", trigger->event);
		if (!policy_whens_agree(&rule->when, &trigger->when))
			policy_problem(
				problems, pointer, "contradiction",
				"follow-up '%s' can never open on '%s': the facts under `when` of the rule and of "
				"the event exclude each other",
				rule->public.kind, trigger->event);
	}
}

/* Nothing is known of a post that could not be read. */
static void check_submission(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	bool asks = *policy_when_text(problems->arena, &rule->when) != '\0' || rule->when.out_of_hours >= 0;
	for (size_t i = 0; i < rule->n_triggers; i++)
		asks = asks || *policy_when_text(problems->arena, &rule->triggers[i].when) != '\0' ||
		       rule->triggers[i].when.out_of_hours >= 0;
	for (size_t i = 0; i < rule->n_rows; i++)
		asks = asks || rule->rows[i].has_when || rule->rows[i].due.from != NULL;
	if (asks || rule->bound_kind != NULL)
		policy_problem(problems, place, "no_facts",
			       "follow-up '%s' is of a post that was refused, of which no facts are known: it has no "
			       "conditions, and no time but its own",
			       rule->public.kind);
}

static void check_cancelling(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	const char *const *events = rule->public.cancelled_by;
	for (size_t i = 0; events != NULL && events[i] != NULL; i++) {
		const char *pointer = arena_printf(problems->arena, "%s/cancelled_by/%zu", place, i);
		if (!check_name(problems, rule, pointer, "can never be cancelled", events[i]))
			continue;
		if (followup_event_find(events[i])->cancels_as == NULL)
			policy_problem(
				problems, pointer, "still_owed",
				"follow-up '%s' is cancelled by '%s', after which the hub still owes it: only an "
				"event that makes the referral somebody else's cancels",
				rule->public.kind, events[i]);
		for (size_t k = 0; rule->public.met_by[k] != NULL; k++) {
			if (strcmp(rule->public.met_by[k], events[i]) == 0)
				policy_problem(problems, pointer, "same_event",
					       "follow-up '%s' is met and cancelled by the same event, '%s'",
					       rule->public.kind, events[i]);
		}
	}
}

static bool opens_on(const struct rule *rule, const char *event)
{
	for (size_t i = 0; i < rule->n_triggers; i++) {
		if (strcmp(rule->triggers[i].event, event) == 0)
			return true;
	}
	return false;
}

static void check_met_by(struct policy_problems *problems, const struct rule *rule, const char *pointer,
			 const char *event)
{
	const char *kind = rule->public.kind;
	if (!check_name(problems, rule, pointer, "can never be met", event))
		return;
	if (opens_on(rule, event))
		policy_problem(problems, pointer, "same_event",
			       "follow-up '%s' is opened and met by the same event, '%s'", kind, event);
	else if (strcmp(event, RECEIVED) == 0)
		policy_problem(problems, pointer, "always_earlier",
			       "follow-up '%s' can never be met by '%s', which comes once and before everything that "
			       "could open it",
			       kind, event);
}

void policy_check_events(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	const char *const *met_by = rule->public.met_by;
	check_openings(problems, rule, place);
	if (is_of_submission(rule))
		check_submission(problems, rule, place);
	for (size_t i = 0; met_by[i] != NULL; i++)
		check_met_by(problems, rule, arena_printf(problems->arena, "%s/met_by/%zu", place, i), met_by[i]);
	check_cancelling(problems, rule, place);
}
