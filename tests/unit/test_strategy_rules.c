/* What makes a strategy discussion one, and which three it does not comply without: all eight combinations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "strategy/strategy.h"

#include "base/banned.h"

static void expect(struct strategy_facts facts, const char *place)
{
	struct err err = {0};
	assert_int_equal(strategy_check(&facts, &err), place == NULL ? ERR_NONE : ERR_RULE_BROKEN);
	if (place != NULL)
		assert_string_equal(err.place, place);
}

static void the_meeting_was_held_by_somebody_about_somebody(void **state)
{
	const struct strategy_facts fine = {.chair_found = true, .children_found = true};
	struct strategy_facts facts = fine;
	(void)state;
	expect(facts, NULL);
	facts.chair_found = false;
	expect(facts, "/chaired_by");
	facts = fine;
	facts.children_found = false;
	expect(facts, "/children");
	facts = fine;
	facts.in_future = true;
	expect(facts, "/held_at");
	facts = fine;
	facts.before_receipt = true;
	expect(facts, "/held_at");
}

static void three_have_to_be_there(void **state)
{
	static const char *const required[] = {"social_care", "police", "health"};
	(void)state;
	for (unsigned there = 0; there < 8; there++) {
		JSON_AUTO json_t *present = json_pack("[{s:s}, {s:s}]", "agency", "school", "name", "x");
		const char *missing[STRATEGY_REQUIRED];
		size_t n = 0;
		for (unsigned i = 0; i < 3; i++) {
			if ((there & (1U << i)) != 0)
				(void)json_array_append_new(present, json_pack("{s:s}", "agency", required[i]));
		}
		size_t found = strategy_missing(present, missing);
		for (unsigned i = 0; i < 3; i++) {
			if ((there & (1U << i)) == 0)
				assert_string_equal(missing[n++], required[i]);
		}
		assert_int_equal(found, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_meeting_was_held_by_somebody_about_somebody),
		cmocka_unit_test(three_have_to_be_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
