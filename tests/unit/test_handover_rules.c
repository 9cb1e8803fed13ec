/* Who may hand over what, and when: each rule against the facts that it looks at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "handover/handover.h"

#include "base/banned.h"

typedef enum err_code (*rule)(const struct handover_facts *facts, struct err *err);

static void expect(rule check, struct handover_facts facts, enum err_code code, const char *place)
{
	struct err err = {0};
	assert_int_equal(check(&facts, &err), code);
	if (code != ERR_NONE)
		assert_string_equal(err.place, place);
}

static void an_offer_names_nobody_or_a_duty_worker(void **state)
{
	(void)state;
	expect(handover_check_offer, (struct handover_facts){0}, ERR_NONE, "");
	expect(handover_check_offer, (struct handover_facts){.is_offered = true}, ERR_NONE, "");
	expect(handover_check_offer, (struct handover_facts){.names_duty = true, .duty_fits = true}, ERR_NONE, "");
	expect(handover_check_offer, (struct handover_facts){.names_duty = true}, ERR_RULE_BROKEN, "/offered_to");
	expect(handover_check_offer, (struct handover_facts){.is_with_duty = true}, ERR_WRONG_STATE, "");
}

/* Offered, owed, or at night: one of the three is enough. */
static void duty_takes_what_is_offered_owed_or_falls_in_the_night(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		struct handover_facts facts = {
			.is_offered = (i & 1) != 0, .is_owed = (i & 2) != 0, .is_closed = (i & 4) != 0};
		expect(handover_check_acceptance, facts, i == 0 ? ERR_WRONG_STATE : ERR_NONE, "");
		facts.is_unreturned = true; /* of a night that is over */
		expect(handover_check_acceptance, facts, i == 0 ? ERR_WRONG_STATE : ERR_NONE, "");
	}
}

/* What duty has is accepted by somebody else, who says so; or by anyone where it is owed once more. */
static void who_has_it_is_relieved_by_who_knows_of_them(void **state)
{
	(void)state;
	for (int i = 0; i < 16; i++) {
		struct handover_facts facts = {.is_with_duty = true,
					       .is_unreturned = true,
					       .is_own = (i & 1) != 0,
					       .is_owed = (i & 2) != 0,
					       .is_closed = (i & 4) != 0,
					       .is_offered = (i & 8) != 0};
		expect(handover_check_acceptance, facts, facts.is_owed ? ERR_NONE : ERR_WRONG_STATE, "");
		facts.names_running = true;
		expect(handover_check_acceptance, facts, ERR_WRONG_STATE, "");
		facts.takes_over = true;
		expect(handover_check_acceptance, facts, facts.is_own && !facts.is_owed ? ERR_WRONG_STATE : ERR_NONE,
		       "");
		facts.before_acceptance = true;
		if (!facts.is_own || facts.is_owed)
			expect(handover_check_acceptance, facts, ERR_RULE_BROKEN, "/accepted_at");
	}
}

static void the_moments_fit(void **state)
{
	(void)state;
	expect(handover_check_acceptance, (struct handover_facts){.is_closed = true, .in_future = true},
	       ERR_RULE_BROKEN, "/accepted_at");
	expect(handover_check_acceptance, (struct handover_facts){.is_closed = true, .before_receipt = true},
	       ERR_RULE_BROKEN, "/accepted_at");
	expect(handover_check_return, (struct handover_facts){.is_unreturned = true}, ERR_NONE, "");
	expect(handover_check_return, (struct handover_facts){.is_unreturned = true, .closed_until = "Monday"},
	       ERR_WRONG_STATE, "");
	expect(handover_check_return,
	       (struct handover_facts){.is_unreturned = true, .closed_until = "Monday", .is_dated = true},
	       ERR_RULE_BROKEN, "/returned_at");
	expect(handover_check_return, (struct handover_facts){.is_unreturned = true, .in_future = true},
	       ERR_RULE_BROKEN, "/returned_at");
	expect(handover_check_return, (struct handover_facts){.is_unreturned = true, .before_acceptance = true},
	       ERR_RULE_BROKEN, "/returned_at");
}

static void only_what_duty_has_is_taken_back(void **state)
{
	(void)state;
	expect(handover_check_return, (struct handover_facts){.is_offered = true, .is_owed = true}, ERR_WRONG_STATE,
	       "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_offer_names_nobody_or_a_duty_worker),
		cmocka_unit_test(duty_takes_what_is_offered_owed_or_falls_in_the_night),
		cmocka_unit_test(who_has_it_is_relieved_by_who_knows_of_them),
		cmocka_unit_test(the_moments_fit),
		cmocka_unit_test(only_what_duty_has_is_taken_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
