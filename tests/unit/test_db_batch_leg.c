/* How a leg of a batch is built: steps, their parameters, whose they are. No server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/batch_leg.h"

#include "base/banned.h"

enum { ITEMS = 20 };

static const struct statement ADD = {.name = "add", .n_params = 2};
static const struct statement STAMP = {.name = "stamp", .n_params = 1};

static struct batch_item storage[ITEMS];
static struct batch_item *items[ITEMS];
static struct batch_leg *leg;

static int set_up(void **state)
{
	(void)state;
	for (int i = 0; i < ITEMS; i++) {
		items[i] = &storage[i];
		storage[i] = (struct batch_item){
			.scope = {.partnership = "p"},
			.first = {.statement = &ADD, .values = {"v"}, .record = "{}"},
			.second = {.statement = &STAMP, .record = "{}"},
		};
	}
	leg = batch_leg_new(ITEMS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	batch_leg_free(leg);
	return 0;
}

static void check_owners(size_t step, const struct statement *statement, size_t n, size_t first, size_t stride)
{
	assert_true(step < leg->n);
	assert_ptr_equal(leg->steps[step].statement, statement);
	assert_int_equal(leg->parts[step].n_owners, n);
	for (size_t k = 0; k < n; k++)
		assert_int_equal(leg->parts[step].owners[k], first + k * stride);
}

static void test_first_leg(void **state)
{
	(void)state;
	storage[1].first.record = "{\"a\": 1}";
	batch_leg_build_first(leg, items, 3);
	assert_int_equal(leg->n, 3);
	check_owners(0, &DB_BEGIN, 0, 0, 0);
	assert_int_equal(leg->parts[1].n_owners, 0);
	assert_string_equal(leg->steps[1].values[0], "p");
	check_owners(2, &ADD, 3, 0, 1);
	assert_string_equal(leg->steps[2].values[0], "v");
	assert_string_equal(leg->steps[2].values[1], "[{},{\"a\": 1},{}]");
}

static void test_limit(void **state)
{
	(void)state;
	batch_leg_build_first(leg, items, ITEMS);
	assert_int_equal(leg->n, 4);
	check_owners(2, &ADD, BATCH_SHARED_MAX, 0, 1);
	check_owners(3, &ADD, ITEMS - BATCH_SHARED_MAX, BATCH_SHARED_MAX, 1);
}

static void test_without_record(void **state)
{
	(void)state;
	storage[1].first = (struct batch_step){.statement = &ADD, .values = {"v", "w"}};
	batch_leg_build_first(leg, items, 3);
	assert_int_equal(leg->n, 5);
	check_owners(3, &ADD, 1, 1, 0);
	assert_string_equal(leg->steps[3].values[1], "w");
	check_owners(4, &ADD, 1, 2, 0);
	assert_string_equal(leg->steps[4].values[1], "[{}]");
}

/* One that runs apart neither joins nor is joined. */
static void test_apart(void **state)
{
	(void)state;
	storage[2].alone = true;
	batch_leg_build_first(leg, items, 5);
	assert_int_equal(leg->n, 5);
	check_owners(2, &ADD, 2, 0, 1);
	check_owners(3, &ADD, 1, 2, 0);
	check_owners(4, &ADD, 2, 3, 1);
}

/* Who comes back to an earlier scope shares nothing with those who were in it before. */
static void test_scope_between(void **state)
{
	(void)state;
	storage[1].scope.partnership = "q";
	batch_leg_build_first(leg, items, 3);
	assert_int_equal(leg->n, 7);
	check_owners(2, &ADD, 1, 0, 0);
	check_owners(4, &ADD, 1, 1, 0);
	check_owners(6, &ADD, 1, 2, 0);
}

static void test_second_leg_with_gaps(void **state)
{
	(void)state;
	for (int i = 1; i < 10; i += 3)
		storage[i].second.statement = NULL;
	for (int i = 2; i < 10; i += 3)
		storage[i].second.statement = NULL;
	batch_leg_build_first(leg, items, 10);
	batch_leg_clear(leg);
	batch_leg_build_second(leg, items, 10);
	/* The scope is in force still. */
	assert_int_equal(leg->n, 2);
	check_owners(0, &STAMP, 4, 0, 3);
	assert_string_equal(leg->steps[0].values[0], "[{},{},{},{}]");
	check_owners(1, &DB_COMMIT, 0, 0, 0);
}

static void test_second_leg_of_nobody(void **state)
{
	(void)state;
	storage[0].second.statement = NULL;
	batch_leg_build_second(leg, items, 1);
	assert_int_equal(leg->n, 1);
	check_owners(0, &DB_COMMIT, 0, 0, 0);
}

/* Every item with a scope of its own: the leg's room is just enough. */
static void test_room(void **state)
{
	(void)state;
	for (int i = 0; i < ITEMS; i++)
		storage[i].scope.now = i % 2 == 0 ? "2026-03-02T09:00:00Z" : NULL;
	batch_leg_build_first(leg, items, ITEMS);
	assert_int_equal(leg->n, 1 + 2 * ITEMS);
	assert_string_equal(leg->steps[1].values[1], "2026-03-02T09:00:00Z");
	assert_string_equal(leg->steps[3].values[1], "");
	batch_leg_clear(leg);
	leg->scope = NULL;
	batch_leg_build_second(leg, items, ITEMS);
	assert_int_equal(leg->n, leg->room - 1);
}

static void test_memory_is_given_back(void **state)
{
	(void)state;
	enum { SMALL = 100 << 10, BIG = 300 << 10 };
	static char small[SMALL + 1];
	static char big[BIG + 1];
	memset(small, ' ', SMALL);
	memset(big, ' ', BIG);
	storage[0].first.record = small;
	storage[1].first.record = big;
	storage[1].alone = true;
	batch_leg_build_first(leg, items, 2);
	assert_int_equal(strlen(leg->steps[3].values[1]), BIG + 2);
	batch_leg_clear(leg);
	assert_true(leg->parts[2].records.room >= SMALL);
	assert_int_equal(leg->parts[3].records.room, 0);
	/* And it can be used again. */
	storage[1].first.record = "{}";
	batch_leg_build_first(leg, items, 2);
	assert_string_equal(leg->steps[3].values[1], "[{}]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_leg),
		TEST(test_limit),
		TEST(test_without_record),
		TEST(test_apart),
		TEST(test_scope_between),
		TEST(test_second_leg_with_gaps),
		TEST(test_second_leg_of_nobody),
		TEST(test_room),
		TEST(test_memory_is_given_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
