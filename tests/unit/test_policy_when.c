/* A policy's answers under conditions: facts, hours, bounds, dates of the record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "followup/policy.h"

#include "contract_support.h"
#include "policy_support.h"

#include "base/banned.h"

static struct policy *loaded(const char *text)
{
	struct policy *policy = NULL;
	struct err err;
	JSON_AUTO json_t *json = NULL;
	if (json_read(text, strlen(text), &json, &err) != ERR_NONE ||
	    policy_load(contract, json, &arena, &policy, &err) != ERR_NONE)
		fail_msg("%s: %s: %s", err.place, err.detail, text);
	return policy;
}

/* "strategy_discussion/red 240 elapsed_minutes" */
static const char *shown(const struct policy_due *due)
{
	return arena_printf(&arena, "%s %s %s", due->rule, due->amount, due->unit);
}

/* All that an event opens besides DUTIES: "acknowledge 120 working_minutes; …", with ", out of hours" and ", in hours". */
static const char *opened(const struct policy *policy, const char *event, const struct policy_facts *facts)
{
	static const char *const hours[] = {"", ", in hours", ", out of hours"};
	struct policy_opening opens[POLICY_OPENS_MAX];
	const char *text = "";
	size_t n = policy_opens(policy, event, facts, opens);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(opens[i].due.source, DUTIES_SOURCE) != 0)
			text = arena_printf(&arena, "%s%s%s%s", text, *text == '\0' ? "" : "; ", shown(&opens[i].due),
					    hours[opens[i].hours]);
	}
	return text;
}

#define REST                "\"met_by\":[\"handover.returned\"],\"responsible\":\"duty\",\"source\":\"local\"}"
#define POLICY(rules)       "{\"name\":\"test\",\"version\":\"1\",\"rules\":[" rules "," DUTIES "]}"
#define RULE(kind, on, due) "{\"kind\":\"" kind "\",\"opens_on\":" on ",\"due\":[" due "]," REST
#define DUE(amount)         "{\"unit\":\"elapsed_minutes\",\"amount\":" amount "}"
#define WHEN(when, amount)  "{\"when\":{" when "},\"unit\":\"elapsed_minutes\",\"amount\":" amount "}"
#define RECEIVED            "\"referral.received\""

static void the_first_row_that_fits_counts(void **state)
{
	const struct policy *policy = loaded(
		POLICY(RULE("strategy_discussion", RECEIVED,
			    WHEN("\"rating\":\"red\",\"immediate_protection_needed\":true", "1") "," WHEN(
				    "\"rating\":\"red\"", "2") "," WHEN("\"immediate_protection_needed\":false",
									"3") "," WHEN("\"rating\":[\"amber\",\"red\"]",
										      "4") "," DUE("0"))));
	static const struct {
		const char *rating;
		bool immediate;
		const char *due;
	} cases[] = {
		{"red", true, "strategy_discussion/red/immediate_protection 1 elapsed_minutes"},
		{"red", false, "strategy_discussion/red 2 elapsed_minutes"},
		{"amber", false, "strategy_discussion/no_immediate_protection 3 elapsed_minutes"},
		{"amber", true, "strategy_discussion/amber+red 4 elapsed_minutes"},
		{"green", true, "strategy_discussion 0 elapsed_minutes"},
		{"green", false, "strategy_discussion/no_immediate_protection 3 elapsed_minutes"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct policy_facts facts = {.rating = cases[i].rating,
						   .immediate_protection_needed = cases[i].immediate};
		assert_string_equal(opened(policy, "referral.received", &facts), cases[i].due);
	}
	assert_string_equal(policy_title(policy), "test 1");
	assert_string_equal(policy_kind(policy, 0), "strategy_discussion");
	assert_string_equal(policy_kind(policy, 3), "decide_outcome");
	assert_null(policy_kind(policy, 4));
}

static void each_fact_can_be_a_condition(void **state)
{
	static const char *const neglect[] = {"self_harm", "neglect", NULL};
	static const char *const missing[] = {"missing", NULL};
	static const char *const nothing[] = {NULL};
	static const struct {
		const char *when;
		struct policy_facts fits;
		struct policy_facts not ;
	} cases[] = {
		{"\"rating\":\"red\"", {.rating = "red"}, {.rating = "green"}},
		{"\"rating\":[\"red\",\"amber\"]", {.rating = "amber"}, {.rating = NULL}},
		{"\"immediate_protection_needed\":true", {.immediate_protection_needed = true}, {.rating = "red"}},
		{"\"immediate_protection_needed\":false", {.rating = "red"}, {.immediate_protection_needed = true}},
		{"\"channel\":[\"phone\",\"post\"]", {.channel = "post"}, {.channel = "api"}},
		{"\"record_kind\":\"notification\"", {.record_kind = "notification"}, {.record_kind = "consultation"}},
		{"\"source\":[\"1A\",\"6\"]", {.source = "6"}, {.source = "1B"}},
		{"\"concern_category\":\"neglect\"", {.concern_categories = neglect}, {.concern_categories = missing}},
		{"\"concern_category\":[\"missing\",\"neglect\"]",
		 {.concern_categories = missing},
		 {.concern_categories = nothing}},
		{"\"any_child_unborn\":true", {.any_child_unborn = true}, {.open_case = true}},
		{"\"open_case\":true", {.open_case = true}, {.professional = true}},
		{"\"professional\":false", {.open_case = true}, {.professional = true}},
		{"\"protection_first\":true", {.protection_first = true}, {.professional = true}},
		{"\"rating\":\"red\",\"channel\":\"api\"",
		 {.rating = "red", .channel = "api"},
		 {.rating = "red", .channel = "post"}},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *of_rule = arena_printf(&arena,
						   POLICY("{\"kind\":\"acknowledge\",\"opens_on\":" RECEIVED
							  ",\"when\":{%s},\"due\":[" DUE("1") "]," REST),
						   cases[i].when);
		const char *of_event = arena_printf(
			&arena,
			POLICY(RULE("acknowledge", "[{\"event\":\"referral.received\",\"when\":{%s}}]", DUE("1"))),
			cases[i].when);
		const char *const texts[] = {of_rule, of_event};
		for (size_t k = 0; k < 2; k++) {
			const struct policy *policy = loaded(texts[k]);
			assert_string_equal(opened(policy, "referral.received", &cases[i].fits),
					    "acknowledge 1 elapsed_minutes");
			assert_string_equal(opened(policy, "referral.received", &cases[i].not ), "");
			assert_string_equal(opened(policy, "information.added", &cases[i].fits), "");
		}
	}
}

/* Of several openings one is enough; the hour is told, not judged. */
static void the_hour_is_left_to_the_calendar(void **state)
{
	static const struct {
		const char *on;
		const char *hours;
	} cases[] = {
		{"[{\"event\":\"referral.received\",\"when\":{\"out_of_hours\":true}}]", ", out of hours"},
		{"[{\"event\":\"referral.received\",\"when\":{\"out_of_hours\":false}}]", ", in hours"},
		{"[{\"event\":\"referral.received\",\"when\":{\"out_of_hours\":true}},"
		 "{\"event\":\"referral.received\",\"when\":{\"out_of_hours\":false,\"rating\":\"amber\"}}]",
		 ""},
		{"[{\"event\":\"referral.received\",\"when\":{\"out_of_hours\":true}},"
		 "{\"event\":\"referral.received\",\"when\":{\"out_of_hours\":false,\"rating\":\"red\"}}]",
		 ", out of hours"},
		{"[{\"event\":\"referral.received\",\"when\":{\"out_of_hours\":true}},"
		 "{\"event\":\"referral.received\"}]",
		 ""},
	};
	const struct policy_facts facts = {.rating = "amber"};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *text = arena_printf(&arena, POLICY(RULE("acknowledge", "%s", DUE("1"))), cases[i].on);
		assert_string_equal(opened(loaded(text), "referral.received", &facts),
				    arena_printf(&arena, "acknowledge 1 elapsed_minutes%s", cases[i].hours));
	}
	const struct policy *policy = loaded(POLICY("{\"kind\":\"acknowledge\",\"opens_on\":" RECEIVED
						    ",\"when\":{\"out_of_hours\":true},\"due\":[" DUE("1") "]," REST));
	assert_string_equal(opened(policy, "referral.received", &facts), "acknowledge 1 elapsed_minutes, out of hours");
}

/* A bound may name a rule that stands further down, and makes what it bounds depend on what that depends on. */
static void a_bound_may_look_ahead(void **state)
{
	const struct policy *policy = loaded(
		POLICY("{\"kind\":\"strategy_discussion\",\"opens_on\":\"information.added\",\"due\":[" DUE(
			"9") "],"
			     "\"not_later_than\":{\"kind\":\"acknowledge\",\"found_after\":" DUE(
				     "5") "}," REST "," RULE("acknowledge", RECEIVED,
							     WHEN("\"rating\":\"red\"", "7") "," DUE("8"))));
	const struct policy_facts red = {.rating = "red"};
	struct policy_opening opens[POLICY_OPENS_MAX];
	(void)state;
	assert_int_equal(policy_opens(policy, "information.added", &red, opens), 1);
	assert_true(opens[0].bounded);
	assert_string_equal(shown(&opens[0].bound.latest), "acknowledge/red 7 elapsed_minutes");
	assert_string_equal(shown(&opens[0].bound.found_after),
			    "strategy_discussion/found_after_acknowledge 5 elapsed_minutes");
	assert_true(policy_looks_at_facts(policy, "strategy_discussion"));
	assert_true(policy_looks_at_rating(policy, "strategy_discussion"));
	assert_true(policy_looks_at_rating(policy, "acknowledge"));
	assert_false(policy_looks_at_rating(policy, "triage"));
	assert_false(policy_looks_at_rating(policy, "feedback"));
}

static void a_time_may_be_counted_from_a_date_of_the_record(void **state)
{
	const struct policy *policy = loaded(
		POLICY("{\"kind\":\"feedback\",\"opens_on\":" RECEIVED ",\"when\":{\"any_child_unborn\":true},\"due\":["
		       "{\"unit\":\"calendar_months\",\"amount\":-2,\"from\":\"expected_date_of_delivery\"}]," REST
		       "," RULE("acknowledge", "\"screening.recorded\"",
				"{\"unit\":\"working_days\",\"amount\":45,\"from\":\"received_at\"}")));
	const struct policy_facts facts = {.any_child_unborn = true};
	struct policy_due due;
	(void)state;
	assert_true(policy_due(policy, "feedback", &facts, &due));
	assert_string_equal(shown(&due), "feedback -2 calendar_months");
	assert_string_equal(due.from, "expected_date_of_delivery");
	assert_true(policy_looks_at_facts(policy, "feedback"));
	assert_true(policy_due(policy, "acknowledge", &facts, &due));
	assert_string_equal(due.from, "received_at");
	assert_false(policy_looks_at_facts(policy, "acknowledge"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_row_that_fits_counts),
		cmocka_unit_test(each_fact_can_be_a_condition),
		cmocka_unit_test(the_hour_is_left_to_the_calendar),
		cmocka_unit_test(a_bound_may_look_ahead),
		cmocka_unit_test(a_time_may_be_counted_from_a_date_of_the_record),
	};
	return cmocka_run_group_tests(tests, contract_start, contract_end);
}
