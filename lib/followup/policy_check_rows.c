/* Rows of `due` that can never count: what they ask for is excluded by the rule, or caught by the rows before. Pure. */
#include <string.h>

#include "followup/policy_check.h"

#include "base/banned.h"

/* Every rating with every answer to the questions that have two. */
enum { RATINGS = 3, ANSWERS = 5, RECORDS = RATINGS << ANSWERS };

static const char *const ratings[RATINGS] = {"red", "amber", "green"};

static bool has_word(const char *const *list, const char *word)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, word) == 0)
			return true;
	}
	return false;
}

/* What fits `narrow` fits `wide`. A list that is NULL is everything. */
static bool covers(const char *const *wide, const char *const *narrow)
{
	if (wide == NULL)
		return true;
	if (narrow == NULL)
		return false;
	for (; *narrow != NULL; narrow++) {
		if (!has_word(wide, *narrow))
			return false;
	}
	return true;
}

static bool lists_cover(const struct policy_when *wide, const struct policy_when *narrow)
{
	return covers(wide->channels, narrow->channels) && covers(wide->record_kinds, narrow->record_kinds) &&
	       covers(wide->sources, narrow->sources) && covers(wide->concern_categories, narrow->concern_categories);
}

/* One of RECORDS: its rating, and an answer in each bit. */
static bool fits_record(const struct policy_when *when, unsigned record)
{
	const int wanted[ANSWERS] = {when->immediate_protection_needed, when->any_child_unborn, when->open_case,
				     when->professional, when->protection_first};
	for (unsigned i = 0; i < ANSWERS; i++) {
		if (wanted[i] >= 0 && wanted[i] != (int)(record >> i & 1))
			return false;
	}
	return when->ratings == NULL || has_word(when->ratings, ratings[record >> ANSWERS]);
}

static bool is_caught(const struct rule *rule, size_t row, unsigned record)
{
	const struct policy_when *when = &rule->rows[row].when;
	for (size_t i = 0; i < row; i++) {
		const struct policy_when *before = &rule->rows[i].when;
		/* A condition on the hour is refused by itself (policy_check_times.c). */
		if (before->out_of_hours < 0 && fits_record(before, record) && lists_cover(before, when))
			return true;
	}
	return false;
}

static bool is_reached(const struct rule *rule, size_t row)
{
	for (unsigned record = 0; record < RECORDS; record++) {
		if (fits_record(&rule->rows[row].when, record) && !is_caught(rule, row, record))
			return true;
	}
	return false;
}

void policy_check_rows(struct policy_problems *problems, const struct rule *rule, const char *place)
{
	const char *kind = rule->public.kind;
	for (size_t i = 0; i < rule->n_rows; i++) {
		const struct policy_row *row = &rule->rows[i];
		const char *pointer = arena_printf(problems->arena, "%s/due/%zu", place, i);
		if (i > 0 && !rule->rows[i - 1].has_when)
			return; /* said of that row (policy_check_times.c) */
		if (!policy_whens_agree(&rule->when, &row->when))
			policy_problem(
				problems, arena_printf(problems->arena, "%s/when", pointer), "contradiction",
				"this row of `due` for follow-up '%s' can never count: its facts and those under "
				"`when` of the rule exclude each other",
				kind);
		else if (!is_reached(rule, i))
			policy_problem(
				problems, pointer, "never_reached",
				"this row of `due` for follow-up '%s' can never count: all that it fits is caught by "
				"the rows before it",
				kind);
	}
}
