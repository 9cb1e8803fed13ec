/* What makes a link to a person acceptable, fact by fact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "person/rules.h"

#include "base/banned.h"

/* A confirmation that nothing speaks against: somebody new. */
static struct person_link_facts fine(void)
{
	return (struct person_link_facts){.confirmed = true, .subject_found = true};
}

static struct person_link_facts with_person(void)
{
	struct person_link_facts facts = fine();
	facts.by_person = facts.target_found = true;
	return facts;
}

static struct person_link_facts with_other(void)
{
	struct person_link_facts facts = fine();
	facts.by_other = facts.other_found = true;
	return facts;
}

static void refused(const struct person_link_facts *facts, enum err_code code, const char *place)
{
	struct err err = {0};
	assert_int_equal(person_link_check(facts, &err), code);
	assert_string_equal(err.place, place);
	assert_true(strlen(err.detail) > 10);
}

static void accepted(const struct person_link_facts *facts)
{
	assert_int_equal(person_link_check(facts, NULL), ERR_NONE);
}

static void what_is_named_must_be_there(void **state)
{
	struct person_link_facts facts = fine();
	(void)state;
	accepted(&facts);
	facts.subject_found = false;
	refused(&facts, ERR_RULE_BROKEN, "/subject_id");
	facts = with_person();
	accepted(&facts);
	facts.target_found = false;
	refused(&facts, ERR_RULE_BROKEN, "/person_id");
	facts = with_other();
	accepted(&facts);
	facts.other_found = false;
	refused(&facts, ERR_RULE_BROKEN, "/same_as");
	facts.same_row = true;
	refused(&facts, ERR_RULE_BROKEN, "/same_as/subject_id");
}

static void who_has_ended_gets_nobody(void **state)
{
	struct person_link_facts facts = with_person();
	(void)state;
	facts.target_ended = true;
	refused(&facts, ERR_RULE_BROKEN, "/person_id");
	facts.confirmed = false; /* but may be said not to be it */
	accepted(&facts);
}

static void one_row_is_one_person(void **state)
{
	struct person_link_facts facts = with_person();
	(void)state;
	facts.linked = true;
	refused(&facts, ERR_WRONG_STATE, "");
	facts.linked_to_target = true;
	refused(&facts, ERR_WRONG_STATE, "");
	facts.confirmed = false; /* what was confirmed is undone first */
	refused(&facts, ERR_WRONG_STATE, "");
	facts.linked_to_target = false;
	accepted(&facts);
}

static void two_children_are_two_persons(void **state)
{
	struct person_link_facts facts = with_person();
	(void)state;
	facts.other_child_is = true;
	refused(&facts, ERR_RULE_BROKEN, "/person_id");
	facts = with_other();
	facts.other_child_is = true;
	refused(&facts, ERR_RULE_BROKEN, "/same_as");
	facts.confirmed = false;
	accepted(&facts);
}

static void numbers_that_differ_ask_for_a_reason(void **state)
{
	struct person_link_facts facts = with_other();
	(void)state;
	facts.numbers_differ = true;
	refused(&facts, ERR_RULE_BROKEN, "/reason");
	facts.has_reason = true;
	accepted(&facts);
	facts.has_reason = false;
	facts.confirmed = false;
	accepted(&facts);
}

static void only_a_standing_confirmation_is_undone(void **state)
{
	struct err err = {0};
	(void)state;
	assert_int_equal(person_undo_check(&(struct person_undo_facts){.confirmed = true}, NULL), ERR_NONE);
	assert_int_equal(person_undo_check(&(struct person_undo_facts){.confirmed = true, .undone = true}, &err),
			 ERR_WRONG_STATE);
	assert_int_equal(person_undo_check(&(struct person_undo_facts){.confirmed = false}, &err), ERR_WRONG_STATE);
	assert_true(strlen(err.detail) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_named_must_be_there),
		cmocka_unit_test(who_has_ended_gets_nobody),
		cmocka_unit_test(one_row_is_one_person),
		cmocka_unit_test(two_children_are_two_persons),
		cmocka_unit_test(numbers_that_differ_ask_for_a_reason),
		cmocka_unit_test(only_a_standing_confirmation_is_undone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
