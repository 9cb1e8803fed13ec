/*
 * Small numbers stay secret: for generated tables, all others that fit what is shown and are nowhere more than one away are
 * tried, and each hidden count is found to have another value in one of them, and so is what a count leaves of its whole. What a
 * reader knows: what is shown, all totals that are shown, and that parts are at most their whole, or add up to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/suppress.h"

enum { GROUPS = 3, QUANTITIES = 7, VIEWS = 4, COLUMNS = GROUPS + 1, MOST = 20, COMBINATIONS = 81 };

/*
 * 0 received; 1 due and 2 (derived) the rest of received; 3 and 4 parts that add up to 2; 5 a part of 1 and 6 (derived) the rest.
 */
static const struct suppress_view views[] = {
	{SUPPRESS_ALL, {0}, 1},
	{0, {1, 2}, 2},
	{2, {3, 4}, 2},
	{1, {5, 6}, 2},
};
static const bool derived[QUANTITIES] = {[2] = true, [6] = true};

static uint32_t seed = 1;

static unsigned below(unsigned n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

struct column {
	int of[QUANTITIES];
};

static struct column column_of(int due, int third, int fourth, int fifth)
{
	return (struct column){{due + third + fourth, due, third + fourth, third, fourth, fifth, due - fifth}};
}

static bool fits(const struct column *column, const struct column *truth, const bool *hidden, size_t group)
{
	for (size_t q = 0; q < QUANTITIES; q++) {
		if (!derived[q] && !hidden[q * COLUMNS + group] && column->of[q] != truth->of[q])
			return false;
	}
	return true;
}

/* All columns near the truth that fit what is shown of a group. */
static size_t all_columns(const struct column *truth, const bool *hidden, size_t group, struct column *ret_columns)
{
	size_t n = 0;
	for (int i = 0; i < COMBINATIONS; i++) {
		int due = truth->of[1] + i % 3 - 1;
		int third = truth->of[3] + i / 3 % 3 - 1;
		int fourth = truth->of[4] + i / 9 % 3 - 1;
		int fifth = truth->of[5] + i / 27 - 1;
		struct column c = column_of(due, third, fourth, fifth);
		if (third >= 0 && fourth >= 0 && fifth >= 0 && fifth <= due && fits(&c, truth, hidden, group))
			ret_columns[n++] = c;
	}
	return n;
}

static bool totals_fit(const struct column *const columns[GROUPS], const struct column *truth, const bool *hidden)
{
	for (size_t q = 0; q < QUANTITIES; q++) {
		int told = 0;
		int true_one = 0;
		for (size_t g = 0; g < GROUPS; g++) {
			told += columns[g]->of[q];
			true_one += truth[g].of[q];
		}
		if (!derived[q] && !hidden[q * COLUMNS + GROUPS] && told != true_one)
			return false;
	}
	return true;
}

static void note(const struct column *const columns[GROUPS], const struct column *truth, bool *other)
{
	for (size_t g = 0; g < GROUPS; g++) {
		for (size_t q = 0; q < QUANTITIES; q++) {
			if (columns[g]->of[q] != truth[g].of[q])
				other[q * COLUMNS + g] = true;
		}
	}
}

/* Tried until each hidden count was seen otherwise. */
static void try_all(const struct column *truth, const bool *hidden, bool *other)
{
	static struct column columns[GROUPS][COMBINATIONS];
	size_t n[GROUPS];
	for (size_t g = 0; g < GROUPS; g++)
		n[g] = all_columns(&truth[g], hidden, g, columns[g]);
	for (size_t i = 0; i < n[0]; i++) {
		for (size_t k = 0; k < n[1]; k++) {
			for (size_t m = 0; m < n[2]; m++) {
				const struct column *const chosen[] = {&columns[0][i], &columns[1][k], &columns[2][m]};
				if (totals_fit(chosen, truth, hidden))
					note(chosen, truth, other);
			}
		}
	}
}

static void generate(struct column truth[GROUPS], long long counts[QUANTITIES * GROUPS])
{
	for (size_t g = 0; g < GROUPS; g++) {
		int due = (int)below(MOST + 1);
		int third = (int)below(4) == 0 ? (int)below(MOST + 1) : (int)below(3);
		truth[g] = column_of(due, third, (int)below(MOST + 1), due == 0 ? 0 : (int)below((unsigned)due + 1));
		for (size_t q = 0; q < QUANTITIES; q++)
			counts[q * GROUPS + g] = truth[g].of[q];
	}
}

static void check_small(const long long *counts, const bool *hidden)
{
	for (size_t q = 0; q < QUANTITIES; q++) {
		for (size_t g = 0; g < GROUPS; g++)
			assert_true(hidden[q * COLUMNS + g] || counts[q * GROUPS + g] >= SUPPRESS_UNDER);
	}
}

static void test_no_hidden_count_can_be_worked_out(void **state)
{
	(void)state;
	size_t n_shown = 0;
	for (int round = 0; round < 3000; round++) {
		struct column truth[GROUPS];
		long long counts[QUANTITIES * GROUPS];
		bool hidden[QUANTITIES * COLUMNS] = {false};
		bool other[QUANTITIES * COLUMNS] = {false};
		generate(truth, counts);
		struct suppress_table table = {GROUPS, QUANTITIES, counts, views, VIEWS, hidden};
		suppress(&table);
		check_small(counts, hidden);
		try_all(truth, hidden, other);
		for (size_t q = 0; q < QUANTITIES; q++) {
			for (size_t g = 0; g < GROUPS; g++) {
				n_shown += !derived[q] && !hidden[q * COLUMNS + g];
				if (hidden[q * COLUMNS + g] && !other[q * COLUMNS + g])
					fail_msg("round %d: quantity %zu of group %zu is known: %lld", round, q, g,
						 counts[q * GROUPS + g]);
			}
		}
	}
	assert_true(n_shown > 400); /* not everything is hidden */
}

static void test_what_is_large_is_shown(void **state)
{
	(void)state;
	long long counts[QUANTITIES * GROUPS];
	bool hidden[QUANTITIES * COLUMNS] = {false};
	for (int i = 0; i < QUANTITIES * GROUPS; i++)
		counts[i] = 40; /* as if nothing added up: none of them is small */
	struct suppress_table table = {GROUPS, QUANTITIES, counts, views, VIEWS, hidden};
	suppress(&table);
	for (int i = 0; i < QUANTITIES * COLUMNS; i++)
		assert_false(hidden[i]);
}

static void test_a_second_group_is_hidden_with_the_first(void **state)
{
	(void)state;
	long long counts[QUANTITIES * GROUPS] = {25, 30, 25, 15, 20, 15, 10, 10, 10, 5, 5,
						 5,  5,  5,  5,  4,  9,  8,  11, 11, 7};
	bool hidden[QUANTITIES * COLUMNS] = {false};
	struct suppress_table table = {GROUPS, QUANTITIES, counts, views, VIEWS, hidden};
	suppress(&table);
	const bool *last = &hidden[(size_t)5 * COLUMNS];
	assert_true(last[0] && !last[1] && last[2] && !last[3]);
	assert_false(hidden[0] || hidden[COLUMNS]);
}

/* 24 of 27 tells of 3: the 24 goes, with that of another group, and the 27 stays. */
static void test_what_a_count_leaves_of_its_whole_is_a_count(void **state)
{
	(void)state;
	long long counts[QUANTITIES * GROUPS] = {37, 40, 45, 27, 30, 35, 10, 10, 10, 5, 5,
						 5,  5,  5,  5,  24, 22, 20, 3,  8,  15};
	bool hidden[QUANTITIES * COLUMNS] = {false};
	struct suppress_table table = {GROUPS, QUANTITIES, counts, views, VIEWS, hidden};
	suppress(&table);
	const bool *part = &hidden[(size_t)5 * COLUMNS];
	assert_true(part[0] && part[1] && !part[2] && !part[3]);
	for (int i = 0; i < 5 * COLUMNS; i++)
		assert_false(hidden[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_large_is_shown),
		cmocka_unit_test(test_a_second_group_is_hidden_with_the_first),
		cmocka_unit_test(test_what_a_count_leaves_of_its_whole_is_a_count),
		cmocka_unit_test(test_no_hidden_count_can_be_worked_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
