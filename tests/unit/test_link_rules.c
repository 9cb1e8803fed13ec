/* Which links make sense: every combination of facts against the rules' words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "link/link.h"

#include "base/banned.h"

static const struct link_facts fine = {.other_found = true};

static void expect(struct link_facts facts, enum err_code code, const char *place)
{
	struct err err = {0};
	assert_int_equal(link_check(&facts, &err), code);
	if (code != ERR_NONE)
		assert_string_equal(err.place, place);
}

static void a_link_needs_two_referrals_of_this_hub(void **state)
{
	struct link_facts facts = fine;
	(void)state;
	expect(facts, ERR_NONE, "");
	facts.other_found = false;
	expect(facts, ERR_RULE_BROKEN, "/referral_id");
	facts = fine;
	facts.to_itself = true;
	expect(facts, ERR_RULE_BROKEN, "/referral_id");
}

static void it_stands_once(void **state)
{
	struct link_facts facts = fine;
	(void)state;
	facts.linked_already = true;
	expect(facts, ERR_ALREADY_EXISTS, "/referral_id");
}

static void duplicates_do_not_form_chains(void **state)
{
	struct link_facts facts = fine;
	(void)state;
	facts.is_duplicate_of = facts.other_is_duplicate = true;
	expect(facts, ERR_NONE, "");
	facts.is_duplicate = true;
	expect(facts, ERR_RULE_BROKEN, "/kind");
	facts.is_duplicate_of = false;
	expect(facts, ERR_RULE_BROKEN, "/referral_id");
	facts.other_is_duplicate = false;
	expect(facts, ERR_NONE, "");
	facts.has_duplicates = true;
	expect(facts, ERR_RULE_BROKEN, "/kind");
	facts.is_duplicate = false;
	expect(facts, ERR_NONE, "");
}

static void the_duplicate_of_an_answer_forms_none_either(void **state)
{
	struct link_facts facts = fine;
	struct err err = {0};
	(void)state;
	facts.is_duplicate = true;
	assert_int_equal(link_check_duplicate(&facts, &err), ERR_NONE);
	facts.is_duplicate_of = true;
	assert_int_equal(link_check_duplicate(&facts, &err), ERR_RULE_BROKEN);
	assert_string_equal(err.place, "/duplicate_of");
	facts.is_duplicate_of = false;
	facts.other_is_duplicate = true;
	assert_int_equal(link_check_duplicate(&facts, &err), ERR_RULE_BROKEN);
	assert_string_equal(err.place, "/duplicate_of");
	facts.other_is_duplicate = false;
	facts.has_duplicates = true;
	assert_int_equal(link_check_duplicate(&facts, &err), ERR_RULE_BROKEN);
	assert_string_equal(err.place, "/duplicate_of");
}

static void only_a_duplicate_that_stands_is_confirmed_and_once(void **state)
{
	struct err err = {0};
	(void)state;
	for (unsigned bits = 0; bits < 8; bits++) {
		const struct link_standing standing = {
			.is_duplicate = bits & 1, .is_confirmed = bits & 2, .is_taken_back = bits & 4};
		bool waits = standing.is_duplicate && !standing.is_confirmed && !standing.is_taken_back;
		assert_int_equal(link_check_confirmation(&standing, &err), waits ? ERR_NONE : ERR_WRONG_STATE);
		assert_int_equal(link_check_removal(&standing, &err),
				 standing.is_taken_back ? ERR_WRONG_STATE : ERR_NONE);
		assert_non_null(strstr(err.detail, standing.is_taken_back ? "a new link" : waits ? "" : "removal"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_needs_two_referrals_of_this_hub),
		cmocka_unit_test(it_stands_once),
		cmocka_unit_test(duplicates_do_not_form_chains),
		cmocka_unit_test(the_duplicate_of_an_answer_forms_none_either),
		cmocka_unit_test(only_a_duplicate_that_stands_is_confirmed_and_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
