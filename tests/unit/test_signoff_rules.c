/* Who may answer a sign-off, and when: all combinations of facts against the rule in its plain words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flag/flag.h"
#include "signoff/signoff.h"

#include "base/banned.h"

static const char *const parts[] = {"agrees", "authorises", "signs_off"};
static const char *const states[] = {"open", "agreed", "refused", "lapsed"};

/* Bits in the order of the members; an authorising or a flag's part and the state are apart. */
static struct sign_off_facts facts_of(unsigned bits, const char *part, const char *state)
{
	return (struct sign_off_facts){
		.state = state,
		.part = part,
		.is_refusal = (bits & 1) != 0,
		.asked_you = (bits & 2) != 0,
		.asked_somebody = (bits & (2 | 4)) != 0,
		.asked_by_you = (bits & 8) != 0,
		.is_manager = (bits & (16 | 32)) != 0,
		.is_qualified_manager = (bits & 32) != 0,
		.has_stand_in_reason = (bits & 64) != 0,
		.takes_effect_on_referral = (bits & 128) != 0,
		.triage_open = (bits & 256) != 0,
	};
}

static void every_combination(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 512 * 3 * 4; bits++) {
		const char *part = parts[bits / 512 % 3];
		struct sign_off_facts f = facts_of(bits % 512, part, states[bits / 512 / 3]);
		struct err err = {0};
		bool may = !f.asked_by_you && (f.asked_you || f.is_manager) &&
			   (strcmp(part, "authorises") != 0 || f.is_qualified_manager);
		bool still_unread = !f.is_refusal && f.takes_effect_on_referral && f.triage_open;
		bool for_another = f.asked_somebody && !f.asked_you;
		enum err_code expected = !may                                           ? ERR_FORBIDDEN
					 : strcmp(f.state, "open") != 0 || still_unread ? ERR_WRONG_STATE
					 : for_another != f.has_stand_in_reason         ? ERR_RULE_BROKEN
											: ERR_NONE;
		assert_int_equal(sign_off_check(&f, &err), expected);
		if (expected == ERR_RULE_BROKEN)
			assert_string_equal(err.place, "/stand_in_reason");
		if (expected != ERR_NONE)
			assert_true(strlen(err.detail) > 20);
	}
}

/* By name, what matters most. */
static void the_one_who_asked_never_answers(void **state)
{
	struct err err;
	struct sign_off_facts f = {.state = "open", .part = "agrees", .asked_by_you = true, .is_manager = true};
	(void)state;
	f.is_qualified_manager = true;
	assert_int_equal(sign_off_check(&f, &err), ERR_FORBIDDEN);
	f.asked_you = f.asked_somebody = true;
	assert_int_equal(sign_off_check(&f, &err), ERR_FORBIDDEN);
}

static void a_third_breach_takes_a_manager(void **state)
{
	(void)state;
	for (long long n = 0; n < 6; n++) {
		assert_int_equal(flag_takes_manager(n, false), n >= 3);
		assert_false(flag_takes_manager(n, true));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination),
		cmocka_unit_test(the_one_who_asked_never_answers),
		cmocka_unit_test(a_third_breach_takes_a_manager),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
