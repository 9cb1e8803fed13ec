/* What makes a screening acceptable: all combinations of facts against the rule in its plain words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "screening/screening.h"

#include "base/banned.h"

static struct screening_facts facts_of(unsigned bits)
{
	return (struct screening_facts){
		.clarification_needed = (bits & 1) != 0,
		.has_material_topic = (bits & 2) != 0,
		.has_second_person = (bits & 4) != 0,
		.second_person_fits = (bits & 8) != 0,
		.screened_in_future = (bits & 16) != 0,
		.screened_before_receipt = (bits & 32) != 0,
	};
}

static void every_combination(void **state)
{
	int accepted = 0;
	(void)state;
	for (unsigned bits = 0; bits < 64; bits++) {
		struct screening_facts f = facts_of(bits);
		struct err err = {0};
		bool time_is_wrong = f.screened_in_future || f.screened_before_receipt;
		bool person_is_wrong = f.has_second_person && !f.second_person_fits;
		bool against_a_material_topic = f.has_material_topic && !f.clarification_needed;
		bool alone = !f.has_second_person;
		enum err_code code = screening_check(&f, &err);
		if (time_is_wrong || person_is_wrong || (against_a_material_topic && alone)) {
			assert_int_equal(code, ERR_RULE_BROKEN);
			assert_string_equal(err.place, time_is_wrong ? "/screened_at" : "/agreed_by");
			assert_true(strlen(err.detail) > 20);
		} else {
			assert_int_equal(code, ERR_NONE);
			assert_int_equal(err.code, ERR_NONE);
			accepted++;
		}
	}
	/* Of the 16 at a right time: 6 without a second person, and the 4 whose second person fits. */
	assert_int_equal(accepted, 10);
}

/* The four cases of DOMAIN section 4 by name. */
static void asking_needs_nobody_else(void **state)
{
	struct screening_facts f = {.clarification_needed = true, .has_material_topic = true};
	struct err err;
	(void)state;
	assert_int_equal(screening_check(&f, &err), ERR_NONE);
}

static void not_asking_takes_two_where_a_topic_is_material(void **state)
{
	struct screening_facts f = {.has_material_topic = true};
	struct err err;
	(void)state;
	assert_int_equal(screening_check(&f, &err), ERR_RULE_BROKEN);
	assert_string_equal(err.place, "/agreed_by");
	f.has_second_person = true;
	assert_int_equal(screening_check(&f, &err), ERR_RULE_BROKEN);
	f.second_person_fits = true;
	assert_int_equal(screening_check(&f, &err), ERR_NONE);
	/* Completeness alone demands no judgement. */
	f = (struct screening_facts){.has_material_topic = false};
	assert_int_equal(screening_check(&f, &err), ERR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination),
		cmocka_unit_test(asking_needs_nobody_else),
		cmocka_unit_test(not_asking_takes_two_where_a_topic_is_material),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
