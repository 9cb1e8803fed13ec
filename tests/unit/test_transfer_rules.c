/* When a referral may go to another authority, and when it has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transfer/transfer.h"

#include "base/banned.h"

typedef enum err_code (*rule)(const struct transfer_facts *facts, struct err *err);

static void expect(rule check, struct transfer_facts facts, enum err_code code, const char *place)
{
	struct err err = {0};
	assert_int_equal(check(&facts, &err), code);
	if (code != ERR_NONE)
		assert_string_equal(err.place, place);
}

static void it_goes_until_it_has_gone(void **state)
{
	(void)state;
	expect(transfer_check_decision, (struct transfer_facts){0}, ERR_NONE, "");
	expect(transfer_check_decision, (struct transfer_facts){.is_pending = true}, ERR_WRONG_STATE, "");
	expect(transfer_check_decision,
	       (struct transfer_facts){.is_pending = true, .replaces = true, .replaced_is_latest = true}, ERR_NONE, "");
	expect(transfer_check_decision, (struct transfer_facts){.is_pending = true, .replaces = true}, ERR_RULE_BROKEN,
	       "/replaces");
	expect(transfer_check_decision, (struct transfer_facts){.replaces = true}, ERR_RULE_BROKEN, "/replaces");
	expect(transfer_check_decision, (struct transfer_facts){.is_accepted = true}, ERR_WRONG_STATE, "");
	expect(transfer_check_decision, (struct transfer_facts){.in_future = true}, ERR_RULE_BROKEN, "/decided_at");
	expect(transfer_check_decision, (struct transfer_facts){.before_receipt = true}, ERR_RULE_BROKEN,
	       "/decided_at");
}

static void what_was_decided_is_accepted_once(void **state)
{
	(void)state;
	expect(transfer_check_acceptance, (struct transfer_facts){.is_pending = true}, ERR_NONE, "");
	expect(transfer_check_acceptance, (struct transfer_facts){0}, ERR_WRONG_STATE, "");
	expect(transfer_check_acceptance, (struct transfer_facts){.is_accepted = true}, ERR_WRONG_STATE, "");
	expect(transfer_check_acceptance, (struct transfer_facts){.is_pending = true, .in_future = true},
	       ERR_RULE_BROKEN, "/accepted_at");
	expect(transfer_check_acceptance, (struct transfer_facts){.is_pending = true, .before_decision = true},
	       ERR_RULE_BROKEN, "/accepted_at");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_until_it_has_gone),
		cmocka_unit_test(what_was_decided_is_accepted_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
