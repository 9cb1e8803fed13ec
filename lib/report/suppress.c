/* Which counts are hidden. The proof that it is enough is a test that tries all tables that fit (tests/unit/test_suppress.c). */
#include "report/suppress.h"

#include <stdlib.h>
#include <string.h>

#include "db/rows.h"

#include "base/banned.h"

/* ---- a table ---- */

static long long count_in(const struct suppress_table *t, int quantity, size_t column)
{
	const long long *counts = t->counts + (size_t)quantity * t->n_groups;
	if (column < t->n_groups)
		return counts[column];
	long long total = 0;
	for (size_t group = 0; group < t->n_groups; group++)
		total += counts[group];
	return total;
}

static bool *hidden_in(const struct suppress_table *t, int quantity, size_t column)
{
	return &t->hidden[(size_t)quantity * (t->n_groups + 1) + column];
}

static bool must_hide(const struct suppress_table *t, const struct suppress_view *view, size_t column)
{
	if (view->whole != SUPPRESS_ALL && *hidden_in(t, view->whole, column))
		return true;
	for (size_t i = 0; i < view->n_parts; i++) {
		if (*hidden_in(t, view->parts[i], column) || count_in(t, view->parts[i], column) < SUPPRESS_UNDER)
			return true;
	}
	return false;
}

static bool is_hidden(const struct suppress_table *t, const struct suppress_view *view, size_t column)
{
	for (size_t i = 0; i < view->n_parts; i++) {
		if (!*hidden_in(t, view->parts[i], column))
			return false;
	}
	return true;
}

static void hide(const struct suppress_table *t, const struct suppress_view *view, size_t column)
{
	for (size_t i = 0; i < view->n_parts; i++)
		*hidden_in(t, view->parts[i], column) = true;
}

/* Whether what the hidden groups have together tells nothing exactly. */
static bool is_enough(const struct suppress_table *t, const struct suppress_view *view)
{
	size_t n = 0;
	long long left[SUPPRESS_PARTS_MAX] = {0};
	for (size_t group = 0; group < t->n_groups; group++) {
		if (!is_hidden(t, view, group))
			continue;
		n++;
		for (size_t i = 0; i < view->n_parts; i++)
			left[i] += count_in(t, view->parts[i], group);
	}
	bool enough = n != 1;
	for (size_t i = 0; i < view->n_parts; i++)
		enough = enough && (n == 0 || left[i] >= SUPPRESS_UNDER);
	return enough;
}

/* The group that is shown and loses least; n_groups where all are hidden. */
static size_t smallest_shown(const struct suppress_table *t, const struct suppress_view *view)
{
	size_t smallest = t->n_groups;
	long long least_sum = 0;
	for (size_t group = 0; group < t->n_groups; group++) {
		long long sum = 0;
		for (size_t i = 0; i < view->n_parts; i++)
			sum += count_in(t, view->parts[i], group);
		if (!is_hidden(t, view, group) && (smallest == t->n_groups || sum < least_sum)) {
			smallest = group;
			least_sum = sum;
		}
	}
	return smallest;
}

static bool hide_more(const struct suppress_table *t, const struct suppress_view *view)
{
	bool changed = false;
	for (size_t column = 0; column <= t->n_groups; column++) {
		if (!is_hidden(t, view, column) && must_hide(t, view, column)) {
			hide(t, view, column);
			changed = true;
		}
	}
	if (is_hidden(t, view, t->n_groups))
		return changed;
	while (!is_enough(t, view)) {
		size_t group = smallest_shown(t, view);
		if (group == t->n_groups)
			break;
		hide(t, view, group);
		changed = true;
	}
	return changed;
}

void suppress(struct suppress_table *table)
{
	bool changed = true;
	while (changed) {
		changed = false;
		for (size_t i = 0; i < table->n_views; i++)
			changed = hide_more(table, &table->views[i]) || changed;
	}
}

/* ---- the figures ---- */

/*
 * What belongs together beyond a line's own numerator and denominator. A name with * is derived: the whole less the first part.
 * What a part alone leaves of its whole gets such a name of its own: anybody can subtract.
 */
static const struct {
	const char *whole; /* NULL: all */
	const char *parts[SUPPRESS_PARTS_MAX];
} known[] = {
	{NULL, {"electronic_received"}},
	{"electronic_received", {"clarification_due", "*beside"}},
	{"*beside",
	 {"not_yet_due", "duplicates_and_errors", "anonymous_public", "protection_first", "passed_to_allocated_worker",
	  "judged_not_needed"}},
	{"clarification_due", {"fully_discussed", "*rest"}},
	{"*rest",
	 {"discussed_incompletely", "discussed_after", "written_or_deputy_only", "declined", "attempted",
	  "not_attempted"}},
	{"first_attempt", {"electronic_discussed"}},
	{"electronic_discussed", {"needed_and_discussed"}},
	{"electronic_discussed", {"discussed_before_decision"}},
	{"electronic_discussed", {"fully_discussed"}},
	{"open_follow_ups",
	 {"overdue_now/under_4_hours", "overdue_now/4_to_24_hours", "overdue_now/1_to_3_days",
	  "overdue_now/over_3_days"}},
	{"follow_ups", {"open_follow_ups"}},
	{"decided", {"no_further_action"}},
};

enum { KNOWN = sizeof known / sizeof *known, LINES_MAX = 64, QUANTITIES_MAX = 192, VIEWS_MAX = 256 };

/* The table under way. */
struct reading {
	const PGresult *figures;
	size_t n_groups;
	size_t n_lines;
	const char *names[QUANTITIES_MAX];
	bool has_whole[QUANTITIES_MAX];
	size_t n_quantities;
	struct suppress_view views[VIEWS_MAX];
	size_t n_views;
	long long *counts;
	int numerators[LINES_MAX];
	int denominators[LINES_MAX];
};

static int quantity_of(struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->n_quantities; i++) {
		if (strcmp(r->names[i], name) == 0)
			return (int)i;
	}
	if (r->n_quantities == QUANTITIES_MAX)
		abort(); /* the lists are this program's own */
	r->names[r->n_quantities] = name;
	return (int)r->n_quantities++;
}

static void add_part(struct reading *r, struct suppress_view *view, int part)
{
	view->parts[view->n_parts++] = part;
	r->has_whole[part] = true;
}

static void add_view(struct reading *r, int whole, int part)
{
	if (r->n_views == VIEWS_MAX)
		abort();
	struct suppress_view *view = &r->views[r->n_views++];
	*view = (struct suppress_view){.whole = whole};
	add_part(r, view, part);
}

/* A part, and what it leaves of its whole. */
static void add_pair(struct reading *r, int whole, int part, struct arena *arena)
{
	add_view(r, whole, part);
	int rest = quantity_of(r, arena_printf(arena, "*%s without %s", r->names[whole], r->names[part]));
	add_part(r, &r->views[r->n_views - 1], rest);
}

static const char *numerator_name(const struct reading *r, int row, struct arena *arena)
{
	const char *name = rows_text(r->figures, row, "name");
	const char *band = rows_text(r->figures, row, "band");
	if (strstr(name, "_to_first_attempt") != NULL)
		return "first_attempt";
	if (strstr(name, "_to_discussion") != NULL)
		return "electronic_discussed";
	return band == NULL ? name : arena_printf(arena, "%s/%s", name, band);
}

static void read_known(struct reading *r, struct arena *arena)
{
	for (size_t i = 0; i < KNOWN; i++) {
		int whole = known[i].whole == NULL ? SUPPRESS_ALL : quantity_of(r, known[i].whole);
		int part = quantity_of(r, known[i].parts[0]);
		if (whole != SUPPRESS_ALL && known[i].parts[1] == NULL) {
			add_pair(r, whole, part, arena);
			continue;
		}
		add_view(r, whole, part);
		for (size_t k = 1; k < SUPPRESS_PARTS_MAX && known[i].parts[k] != NULL; k++)
			add_part(r, &r->views[r->n_views - 1], quantity_of(r, known[i].parts[k]));
	}
}

/* Each line is a part of what it looks at, and what is looked at is a part of what was received. */
static void read_lines(struct reading *r, struct arena *arena)
{
	for (size_t line = 0; line < r->n_lines; line++) {
		int row = (int)(line * r->n_groups);
		bool is_new = true;
		int part = quantity_of(r, numerator_name(r, row, arena));
		int whole = quantity_of(r, rows_text(r->figures, row, "_denominator_of"));
		r->numerators[line] = part;
		r->denominators[line] = whole;
		for (size_t i = 0; i < line; i++)
			is_new = is_new && (r->numerators[i] != part || r->denominators[i] != whole);
		if (is_new && part != whole)
			add_pair(r, whole, part, arena);
	}
	int received = quantity_of(r, "electronic_received");
	for (size_t i = 0; i < r->n_quantities; i++) {
		if (!r->has_whole[i])
			add_view(r, received, (int)i);
	}
}

static void read_counts(struct reading *r, struct arena *arena)
{
	r->counts = arena_array(arena, r->n_quantities * r->n_groups, sizeof *r->counts);
	for (size_t line = 0; line < r->n_lines; line++) {
		for (size_t group = 0; group < r->n_groups; group++) {
			int row = (int)(line * r->n_groups + group);
			r->counts[(size_t)r->numerators[line] * r->n_groups + group] = rows_int(r->figures, row,
												"numerator");
			r->counts[(size_t)r->denominators[line] * r->n_groups + group] = rows_int(r->figures, row,
												  "denominator");
		}
	}
	for (size_t i = 0; i < r->n_views; i++) {
		const struct suppress_view *view = &r->views[i];
		if (view->n_parts != 2 || r->names[view->parts[1]][0] != '*')
			continue;
		for (size_t group = 0; group < r->n_groups; group++)
			r->counts[(size_t)view->parts[1] * r->n_groups + group] =
				r->counts[(size_t)view->whole * r->n_groups + group] -
				r->counts[(size_t)view->parts[0] * r->n_groups + group];
	}
}

static void empty(PGresult *figures, int row, const char *column)
{
	if (PQsetvalue(figures, row, PQfnumber(figures, column), NULL, -1) == 0)
		abort(); /* out of memory: nothing must go out as it is */
}

void suppress_figures(PGresult *figures, struct arena *arena)
{
	size_t rows = (size_t)PQntuples(figures);
	struct reading *r = arena_array(arena, 1, sizeof *r);
	*r = (struct reading){.figures = figures};
	while (r->n_groups < rows &&
	       strcmp(rows_text(figures, (int)r->n_groups, "name"), rows_text(figures, 0, "name")) == 0)
		r->n_groups++;
	if (r->n_groups == 0)
		return;
	r->n_lines = rows / r->n_groups;
	read_known(r, arena);
	read_lines(r, arena);
	read_counts(r, arena);
	struct suppress_table table = {
		.n_groups = r->n_groups,
		.n_quantities = r->n_quantities,
		.counts = r->counts,
		.views = r->views,
		.n_views = r->n_views,
		.hidden = arena_array(arena, r->n_quantities * (r->n_groups + 1), sizeof(bool)),
	};
	memset(table.hidden, 0, r->n_quantities * (r->n_groups + 1) * sizeof(bool));
	suppress(&table);
	for (size_t row = 0; row < rows; row++) {
		size_t line = row / r->n_groups;
		size_t group = row % r->n_groups;
		bool part = *hidden_in(&table, r->numerators[line], group);
		bool whole = *hidden_in(&table, r->denominators[line], group);
		if (part)
			empty(figures, (int)row, "numerator");
		if (whole)
			empty(figures, (int)row, "denominator");
		if (part || whole)
			empty(figures, (int)row, "value");
	}
}
