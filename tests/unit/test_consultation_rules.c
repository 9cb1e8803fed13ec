/* Which consultations there can be, which referral came of one; and which document confirms a call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "consultation/consultation.h"
#include "writing/writing.h"

#include "base/banned.h"

static void expect(struct consultation_facts facts, const char *place)
{
	struct err err = {0};
	assert_int_equal(consultation_check(&facts, &err), place == NULL ? ERR_NONE : ERR_RULE_BROKEN);
	if (place != NULL)
		assert_string_equal(err.place, place);
}

static void a_consultation_was_held_by_somebody_lately(void **state)
{
	const struct consultation_facts fine = {.holder_found = true, .agency_found = true};
	struct consultation_facts facts = fine;
	(void)state;
	expect(facts, NULL);
	facts.holder_found = false;
	expect(facts, "/held_by");
	facts = fine;
	facts.agency_found = false;
	expect(facts, "/agency_id");
	facts = fine;
	facts.in_future = true;
	expect(facts, "/held_at");
	facts = fine;
	facts.too_long_ago = true;
	expect(facts, "/held_at");
}

static void expect_link(struct consultation_link_facts facts, enum err_code code, const char *place)
{
	struct err err = {0};
	assert_int_equal(consultation_check_link(&facts, &err), code);
	if (code != ERR_NONE)
		assert_string_equal(err.place, place);
}

static void a_referral_came_of_it_within_a_working_day(void **state)
{
	const struct consultation_link_facts fine = {.referral_found = true, .within_working_day = true};
	struct consultation_link_facts facts = fine;
	(void)state;
	expect_link(facts, ERR_NONE, "");
	facts.referral_found = false;
	expect_link(facts, ERR_RULE_BROKEN, "/referral_id");
	facts = fine;
	facts.is_linked = true;
	expect_link(facts, ERR_WRONG_STATE, "");
	facts = fine;
	facts.other_agency = true;
	expect_link(facts, ERR_RULE_BROKEN, "/referral_id");
	facts = fine;
	facts.after_receipt = true;
	expect_link(facts, ERR_RULE_BROKEN, "/referral_id");
	facts = fine;
	facts.within_working_day = false;
	expect_link(facts, ERR_RULE_BROKEN, "/referral_id");
	facts = fine;
	facts.too_long_ago = true;
	expect_link(facts, ERR_NONE, "");
	facts.confirms = true;
	expect_link(facts, ERR_RULE_BROKEN, "/confirmed_no_topic_open");
}

static void what_is_written_is_no_discussion(void **state)
{
	(void)state;
	assert_string_equal(consultation_result("phone"), "discussed");
	assert_string_equal(consultation_result("video"), "discussed");
	assert_string_equal(consultation_result("in_person"), "discussed");
	assert_string_equal(consultation_result("email"), "written_reply");
	assert_string_equal(consultation_result("message"), "written_reply");
}

static void expect_writing(struct writing_facts facts, enum err_code code, const char *place)
{
	struct err err = {0};
	assert_int_equal(writing_check(&facts, &err), code);
	if (code != ERR_NONE)
		assert_string_equal(err.place, place);
}

static void a_call_is_confirmed_once(void **state)
{
	(void)state;
	expect_writing((struct writing_facts){.came_by_phone = true}, ERR_NONE, "");
	expect_writing((struct writing_facts){0}, ERR_WRONG_STATE, "");
	expect_writing((struct writing_facts){.came_by_phone = true, .is_confirmed = true}, ERR_WRONG_STATE, "");
	expect_writing((struct writing_facts){.came_by_phone = true, .in_future = true}, ERR_RULE_BROKEN,
		       "/received_at");
	expect_writing((struct writing_facts){.came_by_phone = true, .before_receipt = true}, ERR_RULE_BROKEN,
		       "/received_at");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_consultation_was_held_by_somebody_lately),
		cmocka_unit_test(a_referral_came_of_it_within_a_working_day),
		cmocka_unit_test(what_is_written_is_no_discussion),
		cmocka_unit_test(a_call_is_confirmed_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
