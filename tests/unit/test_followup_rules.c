/* What may be paused (DOMAIN section 3: red never is), and what a timing keeps of its rule's warning and ladder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "followup/rules.h"

#include "base/banned.h"

static const char *const reasons[] = {"police_request", "interpreter_needed", NULL};
static const struct policy_rule pausable = {
	.kind = "discuss", .pause_reasons = reasons, .pause_max = {"working_days", "1"}};
static const struct policy_rule never = {.kind = "triage"};

static const struct pause_facts fine = {
	.may_be_paused = true, .latest = "Tuesday 2027-03-02 12:00", .due = "Tuesday 2027-03-02 10:00"};

static void refused(const struct policy_rule *rule, const struct pause_facts *facts, const char *reason,
		    enum err_code code, const char *place, const char *words)
{
	struct err err = {.code = ERR_NONE};
	assert_int_equal(pause_check(rule, facts, reason, &err), code);
	assert_string_equal(err.place, place);
	if (strstr(err.detail, words) == NULL)
		fail_msg("%s", err.detail);
}

static void a_pause_with_a_listed_reason_in_time(void **state)
{
	struct err err;
	(void)state;
	assert_int_equal(pause_check(&pausable, &fine, "interpreter_needed", &err), ERR_NONE);
}

static void what_the_follow_up_is(void **state)
{
	(void)state;
	struct pause_facts facts = fine;
	facts.is_red = true;
	refused(&pausable, &facts, "police_request", ERR_WRONG_STATE, "", "red is never paused");
	refused(&never, &facts, "police_request", ERR_WRONG_STATE, "", "red is never paused");
	facts = fine;
	facts.is_paused = true;
	refused(&pausable, &facts, "police_request", ERR_WRONG_STATE, "", "paused already; allowed now: resume");
	facts = fine;
	facts.has_no_due = true;
	refused(&pausable, &facts, "police_request", ERR_WRONG_STATE, "", "no due instant");
	facts = fine;
	facts.is_overdue = true;
	refused(&pausable, &facts, "police_request", ERR_WRONG_STATE, "", "was due on Tuesday 2027-03-02 10:00");
}

static void what_the_rule_allows(void **state)
{
	(void)state;
	struct pause_facts facts = fine;
	refused(&never, &facts, "police_request", ERR_RULE_BROKEN, "", "allows no pause");
	refused(NULL, &facts, "police_request", ERR_RULE_BROKEN, "", "allows no pause");
	refused(&pausable, &facts, "tea", ERR_RULE_BROKEN, "/reason", ": police_request, interpreter_needed");
	facts.may_be_paused = false;
	refused(&pausable, &facts, "police_request", ERR_RULE_BROKEN, "", "as long as the policy allows");
	facts.bound_is_first = true;
	refused(&pausable, &facts, "police_request", ERR_RULE_BROKEN, "", "bound leaves");
	facts.latest = NULL;
	refused(&pausable, &facts, "police_request", ERR_WRONG_STATE, "", "the calendar ends too soon");
}

static void until_when(void **state)
{
	(void)state;
	struct pause_facts facts = fine;
	facts.until_is_past = true;
	refused(&pausable, &facts, "police_request", ERR_RULE_BROKEN, "/until", "in the past");
	facts = fine;
	facts.until_is_too_late = true;
	refused(&pausable, &facts, "police_request", ERR_RULE_BROKEN, "/until", "until Tuesday 2027-03-02 12:00");
	facts.bound_is_first = true;
	refused(&pausable, &facts, "police_request", ERR_RULE_BROKEN, "/until", "never due after that");
}

/* What nobody has screened, or decided, no waiver takes out of sight. */
static void what_a_waiver_cannot_end(void **state)
{
	static const struct {
		struct waiver_facts facts;
		const char *words; /* NULL: it may be waived */
	} cases[] = {
		{{"triage", false, false}, "nobody has screened"},
		{{"triage", false, true}, "allowed now: screen"},
		{{"triage", true, false}, NULL},
		{{"decide_outcome", true, false}, "allowed now: decide"},
		{{"decide_outcome", false, true}, NULL},
		{{"decide_next_steps", false, false}, NULL},
		{{"discuss", true, false}, NULL},
		{{"resubmission", false, true}, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {.code = ERR_NONE};
		assert_int_equal(waiver_check(&cases[i].facts, &err),
				 cases[i].words == NULL ? ERR_NONE : ERR_WRONG_STATE);
		if (cases[i].words != NULL && strstr(err.detail, cases[i].words) == NULL)
			fail_msg("%s", err.detail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pause_with_a_listed_reason_in_time),
		cmocka_unit_test(what_the_follow_up_is),
		cmocka_unit_test(what_the_rule_allows),
		cmocka_unit_test(until_when),
		cmocka_unit_test(what_a_waiver_cannot_end),
	};
	return cmocka_run_group_tests_name("followup_rules", tests, NULL, NULL);
}
