/*
 * What makes no sense in a policy, although its shape is right: said in words, each with its place, all at once. Pure.
 * Events: policy_check_events.c. Times: policy_check_times.c. Rows of `due`: policy_check_rows.c. Duties: policy_check_duties.c.
 * Here: kinds, pauses, and the whole.
 */
#include "followup/policy_check.h"

#include <stdarg.h>
#include <string.h>

#include "base/banned.h"

enum { PROBLEMS_MAX = 100 };

void policy_problem(struct policy_problems *problems, const char *pointer, const char *code, const char *format, ...)
{
	va_list args;
	if (problems->n == PROBLEMS_MAX)
		return;
	va_start(args, format);
	problems->items[problems->n++] = (struct err_item){
		.pointer = pointer,
		.code = code,
		.detail = arena_vprintf(problems->arena, format, args),
	};
	va_end(args);
}

static void check_kind(struct policy_problems *problems, const struct policy *policy, const struct rule *rule,
		       const char *place)
{
	if (policy_find(policy, rule->public.kind) != rule)
		policy_problem(problems, place, "duplicate_kind", "there is a rule for follow-up '%s' already",
			       rule->public.kind);
}

static bool is_red_alone(const struct policy_when *when)
{
	return when->ratings != NULL && strcmp(when->ratings[0], "red") == 0 && when->ratings[1] == NULL;
}

/* Red is never paused (DOMAIN section 3). */
static void check_pause(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	bool red_alone = is_red_alone(&rule->when);
	size_t red_triggers = 0;
	for (size_t i = 0; i < rule->n_triggers; i++)
		red_triggers += is_red_alone(&rule->triggers[i].when) ? 1 : 0;
	if (rule->public.pause_reasons != NULL && (red_alone || red_triggers == rule->n_triggers))
		policy_problem(problems, arena_printf(problems->arena, "%s/pause", place), "pause_on_red",
			       "follow-up '%s' opens for red referrals alone, and red is never paused",
			       rule->public.kind);
	const struct policy_length *max = &rule->public.pause_max;
	if (rule->public.pause_reasons != NULL && strcmp(max->amount, "0") == 0 &&
	    strcmp(max->unit, "working_day_ends") != 0)
		policy_problem(problems, arena_printf(problems->arena, "%s/pause/max", place), "no_pause",
			       "follow-up '%s' may be paused for 0 %s at the most, which is never: leave `pause` out",
			       rule->public.kind, max->unit);
}

enum err_code policy_check(const struct policy *policy, struct arena *arena, struct err *err)
{
	struct policy_problems problems = {.arena = arena};
	problems.items = arena_array(arena, PROBLEMS_MAX, sizeof *problems.items);
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];
		const char *place = arena_printf(arena, "/rules/%zu", i);
		check_kind(&problems, policy, rule, place);
		policy_check_events(&problems, rule, place);
		policy_check_times(&problems, rule, place);
		policy_check_rows(&problems, rule, place);
		check_pause(&problems, rule, place);
	}
	policy_check_duties(&problems, policy);
	if (problems.n == 0)
		return ERR_NONE;
	const struct err_item *first = &problems.items[0];
	(void)err_set(err, ERR_INVALID_BODY, first->pointer, "%s", first->detail);
	if (err != NULL) {
		err->items = problems.items;
		err->n_items = problems.n;
	}
	return ERR_INVALID_BODY;
}
