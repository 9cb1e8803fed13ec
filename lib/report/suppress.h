/*
 * Small numbers in figures that leave the hub (DOMAIN section 7): counts under 5 are hidden, and with each a second one, so that
 * sums don't give it away. What a count leaves of what it is part of is a count too: 24 of 27 tells of 3. Pure: no I/O.
 */
#ifndef MASHD_REPORT_SUPPRESS_H
#define MASHD_REPORT_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "db/rows.h"

enum { SUPPRESS_UNDER = 5, SUPPRESS_PARTS_MAX = 6, SUPPRESS_ALL = -1 };

/* Counts that are parts of another: together at most that, never more. */
struct suppress_view {
	int whole; /* quantity, SUPPRESS_ALL: of nothing that is counted */
	int parts[SUPPRESS_PARTS_MAX];
	size_t n_parts;
};

/* Quantities by groups, and their totals, which a reader knows (he may ask without groups). */
struct suppress_table {
	size_t n_groups;
	size_t n_quantities;
	const long long
		*counts; /* [quantity * n_groups + group]; among them what is shown nowhere, but anybody can subtract */
	const struct suppress_view *views;
	size_t n_views;
	bool *hidden; /* [quantity * (n_groups + 1) + group], that of the total last; all false before */
};

/*
 * Says what is to be hidden. Of the parts of one view all or none are, in a group; and in as many groups that what is left of
 * each total has at least five in it, in two groups or more. What is part of something hidden is hidden. So every hidden count
 * stands in a rectangle of hidden counts, of which one can always be more where another is less.
 */
void suppress(struct suppress_table *table);

/* The same for the rows of SQL_report_figures: empties numerator, denominator and value where they are hidden. */
void suppress_figures(PGresult *figures, struct arena *arena);

#endif
