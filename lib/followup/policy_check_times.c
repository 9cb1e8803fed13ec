/* The times of a rule: due, bound, warning, ladder. Pure: what depends on a calendar is not judged here. */
#include <stdlib.h>
#include <string.h>

#include "auth/permission.h"
#include "followup/policy_check.h"

#include "base/banned.h"

enum { DAY_MINUTES = 1440, HOUR_MINUTES = 60, SHORTEST_MONTH_DAYS = 28 };

static long amount_of(const char *text)
{
	return strtol(text, NULL, 10);
}

static bool is(const char *unit, const char *name)
{
	return strcmp(unit, name) == 0;
}

/* ---- lengths that can be compared whatever the calendar is ---- */

/* The least time that passes, in minutes; a change of the clocks may take an hour off. */
static long least_minutes(const struct policy_length *length)
{
	long amount = amount_of(length->amount);
	if (is(length->unit, "elapsed_minutes") || is(length->unit, "working_minutes"))
		return amount;
	if (amount == 0)
		return 0;
	if (is(length->unit, "calendar_months"))
		return amount * SHORTEST_MONTH_DAYS * DAY_MINUTES - HOUR_MINUTES;
	return amount == 1 ? 0 : (amount - 1) * DAY_MINUTES - HOUR_MINUTES; /* the first and the last day in part */
}

/* True where `a` is as long as `b`, or longer, under every calendar. */
static bool certainly_not_shorter(const struct policy_length *a, const struct policy_length *b)
{
	if (strcmp(a->unit, b->unit) == 0)
		return amount_of(a->amount) >= amount_of(b->amount);
	return is(b->unit, "elapsed_minutes") && least_minutes(a) >= amount_of(b->amount);
}

static const char *shown(struct arena *arena, const struct policy_length *length)
{
	return arena_printf(arena, "%s %s", length->amount, length->unit);
}

/* ---- due ---- */

static void check_from(struct policy_problems *problems, const struct rule *rule, const struct policy_row *row,
		       const char *pointer)
{
	const char *kind = rule->public.kind;
	bool months_or_elapsed = is(row->due.unit, "calendar_months") || is(row->due.unit, "elapsed_minutes");
	if (amount_of(row->due.amount) < 0 && !months_or_elapsed)
		policy_problem(problems, pointer, "negative",
			       "follow-up '%s' counts %s back: only elapsed_minutes and calendar_months can be counted "
			       "backwards",
			       kind, row->due.unit);
	else if (amount_of(row->due.amount) < 0 && row->due.from == NULL)
		policy_problem(problems, pointer, "negative",
			       "follow-up '%s' would be due before it opens: an amount below 0 needs `from`, a date of "
			       "the record",
			       kind);
	if (row->due.from == NULL)
		return;
	bool of_protection = is(row->due.from, "protection_first_at");
	if (of_protection && row->when.protection_first != 1 && rule->when.protection_first != 1)
		policy_problem(problems, pointer, "no_date",
			       "follow-up '%s' is counted from the decision that put protection first, which few "
			       "referrals have: give it the condition protection_first",
			       kind);
	/* Protection lifts the bound (DOMAIN section 5); another date would quietly break what the rule promises. */
	if (rule->bound_kind != NULL && !of_protection)
		policy_problem(problems, pointer, "bounded_date",
			       "follow-up '%s' is counted from a date of the record here: such a time cannot have "
			       "`not_later_than`",
			       kind);
	bool of_unborn = row->when.any_child_unborn == 1 || rule->when.any_child_unborn == 1;
	if (is(row->due.from, "expected_date_of_delivery") && !of_unborn)
		policy_problem(
			problems, pointer, "no_date",
			"follow-up '%s' is counted from the expected date of delivery, which only an unborn child "
			"has: give it the condition any_child_unborn",
			kind);
}

static void check_rows(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	const char *kind = rule->public.kind;
	for (size_t i = 0; i < rule->n_rows; i++) {
		const struct policy_row *row = &rule->rows[i];
		bool last = i + 1 == rule->n_rows;
		const char *pointer = arena_printf(problems->arena, "%s/due/%zu", place, i);
		check_from(problems, rule, row, pointer);
		if (row->when.out_of_hours >= 0)
			policy_problem(problems, arena_printf(problems->arena, "%s/when/out_of_hours", pointer),
				       "hours_in_due",
				       "how long follow-up '%s' has cannot depend on the hour; whether it opens can "
				       "(`when` of the rule, or of the event)",
				       kind);
		if (last && row->has_when)
			policy_problem(problems, arena_printf(problems->arena, "%s/when", pointer), "no_time_for_some",
				       "the last row of `due` for follow-up '%s' has a condition: some referrals would "
				       "get no time",
				       kind);
		if (!last && !row->has_when)
			policy_problem(
				problems, pointer, "never_reached",
				"this row of `due` for follow-up '%s' has no condition and fits always: the rows "
				"after it never count",
				kind);
	}
}

/* ---- the bound ---- */

static bool runs_from_receipt(const struct rule *rule)
{
	bool opens = false;
	for (size_t i = 0; i < rule->n_triggers; i++)
		opens = opens || strcmp(rule->triggers[i].event, "referral.received") == 0;
	for (size_t i = 0; i < rule->n_rows; i++)
		opens = opens && rule->rows[i].due.from == NULL;
	return opens;
}

/* True where the bounds lead from the rule back to itself. */
static bool is_in_circle(const struct rule *rule)
{
	const struct rule *at = rule->bound;
	for (size_t hops = 0; at != NULL && hops < 100; hops++) {
		if (at == rule)
			return true;
		at = at->bound;
	}
	return false;
}

static void check_bound(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	const char *kind = rule->public.kind;
	const char *by = rule->bound_kind;
	if (by == NULL)
		return;
	const char *pointer = arena_printf(problems->arena, "%s/not_later_than", place);
	if (rule->bound == NULL || rule->bound == rule)
		policy_problem(problems, pointer, "no_such_rule",
			       "follow-up '%s' is bounded by '%s', and there is no other rule of that name", kind, by);
	else if (is_in_circle(rule))
		policy_problem(problems, pointer, "circle",
			       "follow-up '%s' is bounded by '%s', whose own bound leads back to '%s': a circle", kind,
			       by, kind);
	else if (rule->bound->bound_kind != NULL)
		policy_problem(problems, pointer, "bound_of_bound",
			       "follow-up '%s' is bounded by '%s', which is bounded by '%s' itself: name that one",
			       kind, by, rule->bound->bound_kind);
	else if (!runs_from_receipt(rule->bound))
		policy_problem(problems, pointer, "not_from_receipt",
			       "follow-up '%s' is bounded by '%s', whose time does not run from receipt", kind, by);
}

/* ---- warning and ladder ---- */

static void check_warning(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	const struct policy_length *warning = &rule->public.warn_before;
	if (warning->unit == NULL)
		return;
	const char *pointer = arena_printf(problems->arena, "%s/warn_before", place);
	if (amount_of(warning->amount) == 0)
		policy_problem(
			problems, pointer, "warning",
			"follow-up '%s' would warn when it is due: say how long before, or leave the warning out",
			rule->public.kind);
	for (size_t i = 0; i < rule->n_rows; i++) {
		const struct policy_due *due = &rule->rows[i].due;
		const struct policy_length whole = {due->unit, due->amount};
		if (due->from == NULL && amount_of(due->amount) > 0 && certainly_not_shorter(warning, &whole))
			policy_problem(
				problems, pointer, "warning",
				"follow-up '%s' would warn %s before it is due and has only %s (row %zu of `due`)",
				rule->public.kind, shown(problems->arena, warning), shown(problems->arena, &whole), i);
	}
}

/* Who is told of a flag must be able to look at it. */
static void check_told(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	for (size_t i = 0; i < rule->public.n_escalate; i++) {
		const char *role = rule->public.escalate[i].role;
		if ((role_bit(role) & permission_roles("flag.list")) == 0)
			policy_problem(problems, arena_printf(problems->arena, "%s/escalate/%zu/role", place, i),
				       "cannot_read_flags",
				       "follow-up '%s' would tell the role %s, which cannot read flags: name one that "
				       "can, a manager for instance",
				       rule->public.kind, role);
	}
}

static void check_ladder(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	for (size_t i = 1; i < rule->public.n_escalate; i++) {
		const struct policy_length *before = &rule->public.escalate[i - 1].after;
		const struct policy_length *after = &rule->public.escalate[i].after;
		if (certainly_not_shorter(before, after))
			policy_problem(problems, arena_printf(problems->arena, "%s/escalate/%zu", place, i), "ladder",
				       "follow-up '%s' escalates after %s, and before that after %s already: each rung "
				       "must come later than the one before",
				       rule->public.kind, shown(problems->arena, after),
				       shown(problems->arena, before));
	}
}

void policy_check_times(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	check_rows(problems, rule, place);
	check_bound(problems, rule, place);
	check_warning(problems, rule, place);
	check_told(problems, rule, place);
	check_ladder(problems, rule, place);
}
