/* Who may pass what to whom, and as whom somebody accepts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "opencase/opencase.h"

#include "base/banned.h"

static const struct opencase_facts fine = {
	.children_found = true, .was_passed = true, .case_found = true, .waiting = 1};

static void expect_passing(struct opencase_facts facts, enum err_code code, const char *place)
{
	struct err err = {0};
	assert_int_equal(opencase_check_passing(&facts, &err), code);
	if (code != ERR_NONE)
		assert_string_equal(err.place, place);
}

static void expect_acceptance(struct opencase_facts facts, enum err_code code, const char *place)
{
	struct err err = {0};
	assert_int_equal(opencase_check_acceptance(&facts, &err), code);
	if (code != ERR_NONE)
		assert_string_equal(err.place, place);
}

static void what_is_passed_is_known(void **state)
{
	struct opencase_facts facts = fine;
	(void)state;
	expect_passing(facts, ERR_NONE, "");
	facts.names_worker = true;
	expect_passing(facts, ERR_RULE_BROKEN, "/worker_id");
	facts.worker_fits = true;
	expect_passing(facts, ERR_NONE, "");
	facts.children_found = false;
	expect_passing(facts, ERR_RULE_BROKEN, "/children");
}

static void what_was_passed_is_accepted_once(void **state)
{
	struct opencase_facts facts = fine;
	(void)state;
	expect_acceptance(facts, ERR_NONE, "");
	facts.in_future = true;
	expect_acceptance(facts, ERR_RULE_BROKEN, "/accepted_at");
	facts = fine;
	facts.before_passing = true;
	expect_acceptance(facts, ERR_RULE_BROKEN, "/accepted_at");
	facts.is_accepted = true;
	expect_acceptance(facts, ERR_WRONG_STATE, "");
	facts = fine;
	facts.passed_by_you = true;
	expect_acceptance(facts, ERR_RULE_BROKEN, "/open_case_id");
	facts.is_worker = true;
	expect_acceptance(facts, ERR_NONE, "");
	facts = fine;
	facts.is_superseded = true;
	expect_acceptance(facts, ERR_WRONG_STATE, "");
	facts = (struct opencase_facts){.was_passed = true};
	expect_acceptance(facts, ERR_WRONG_STATE, "");
	facts.was_passed = false;
	expect_acceptance(facts, ERR_WRONG_STATE, "");
}

static void of_several_the_one_that_is_meant_is_named(void **state)
{
	struct opencase_facts facts = {.was_passed = true, .waiting = 2};
	(void)state;
	expect_acceptance(facts, ERR_RULE_BROKEN, "/open_case_id");
	facts.names_case = facts.case_found = true;
	expect_acceptance(facts, ERR_NONE, "");
	facts.case_found = false;
	facts.waiting = 0;
	expect_acceptance(facts, ERR_RULE_BROKEN, "/open_case_id");
}

static void the_worker_comes_before_the_manager_before_duty(void **state)
{
	(void)state;
	assert_string_equal(opencase_accepted_as(ROLE_DUTY | ROLE_MANAGER | ROLE_ALLOCATED_WORKER), "allocated_worker");
	assert_string_equal(opencase_accepted_as(ROLE_DUTY | ROLE_MANAGER | ROLE_PRACTITIONER), "manager");
	assert_string_equal(opencase_accepted_as(ROLE_DUTY), "duty");
	assert_null(opencase_accepted_as(ROLE_PRACTITIONER | ROLE_ADMIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_passed_is_known),
		cmocka_unit_test(what_was_passed_is_accepted_once),
		cmocka_unit_test(of_several_the_one_that_is_meant_is_named),
		cmocka_unit_test(the_worker_comes_before_the_manager_before_duty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
