/* Policies that make no sense: each problem with its place, in words, all at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "followup/events.h"
#include "followup/policy.h"

#include "contract_support.h"
#include "policy_support.h"

#include "base/banned.h"

static enum err_code load(const char *text, struct err *err)
{
	struct policy *policy = (struct policy *)&arena;
	JSON_AUTO json_t *json = NULL;
	if (json_read(text, strlen(text), &json, err) != ERR_NONE)
		fail_msg("the test's own JSON, %s: %s", err->place, text);
	enum err_code code = policy_load(contract, json, &arena, &policy, err);
	if (code != ERR_NONE)
		assert_ptr_equal(policy, &arena); /* untouched */
	return code;
}

/* "place code; place code" */
static const char *problems(const char *text)
{
	struct err err = {0};
	if (load(text, &err) == ERR_NONE)
		return "";
	assert_int_equal(err.code, ERR_INVALID_BODY);
	const char *all = "";
	for (size_t i = 0; i < err.n_items; i++)
		all = arena_printf(&arena, "%s%s%s %s", all, i == 0 ? "" : "; ", err.items[i].pointer,
				   err.items[i].code);
	return all;
}

#define POLICY(rules) "{\"name\":\"test\",\"version\":\"1\",\"rules\":[" rules "," DUTIES "]}"
#define RULE_OF(kind, on, met, more)                                 \
	"{\"kind\":\"" kind "\",\"opens_on\":" on ",\"met_by\":" met \
	",\"responsible\":\"duty\",\"source\":\"local\"," more "}"
#define MET              "[\"handover.returned\"]"
#define RECEIVED         "\"referral.received\""
#define RULE(kind, more) RULE_OF(kind, RECEIVED, MET, more)
#define LENGTH(unit, n)  "{\"unit\":\"" unit "\",\"amount\":" n "}"
#define DUE              "\"due\":[" LENGTH("working_days", "1") "]"
#define ELAPSED(n)       LENGTH("elapsed_minutes", n)
#define BOUND(by)        "\"not_later_than\":{\"kind\":\"" by "\",\"found_after\":" ELAPSED("5") "}"
#define STEP(length)     "{\"after\":" length ",\"role\":\"manager\"}"
#define TELLS(role)      DUE ",\"escalate\":[{\"after\":" ELAPSED("9") ",\"role\":\"" role "\"}]"
#define PAUSE            "\"pause\":{\"reasons\":[\"a\"],\"max\":" ELAPSED("5") "}"
#define OF(ratings)      "{\"rating\":" ratings "}"
#define RED              OF("\"red\"")
#define ROW(when, n)     "{\"when\":" when ",\"unit\":\"elapsed_minutes\",\"amount\":" n "}"

static const struct {
	const char *text;
	const char *problems;
} cases[] = {
	{POLICY(RULE("acknowledge", DUE)), ""},
	{POLICY(RULE("strategy_discussion", DUE) "," RULE("strategy_discussion", DUE)), "/rules/1 duplicate_kind"},
	/* events */
	{POLICY(RULE_OF("acknowledge", "\"referral.recieved\"", MET, DUE)), "/rules/0/opens_on unknown_event"},
	{POLICY(RULE_OF("acknowledge", "[{\"event\":\"referral.received\"},{\"event\":\"full.moon\"}]", MET, DUE)),
	 "/rules/0/opens_on/1 unknown_event"},
	{POLICY(RULE_OF("acknowledge", RECEIVED, "[\"handover.returned\",\"full.moon\"]", DUE)),
	 "/rules/0/met_by/1 unknown_event"},
	{POLICY(RULE_OF("acknowledge", RECEIVED, "[\"referral.received\"]", DUE)), "/rules/0/met_by/0 same_event"},
	{POLICY(RULE_OF("acknowledge", RECEIVED, "[\"submission.accepted\"]", DUE)), "/rules/0/met_by/0 wrong_subject"},
	{POLICY(RULE("acknowledge", DUE ",\"cancelled_by\":[\"transfer.accepted\"]")), ""},
	{POLICY(RULE("acknowledge", DUE ",\"cancelled_by\":[\"full.moon\"]")), "/rules/0/cancelled_by/0 unknown_event"},
	{POLICY(RULE("acknowledge", DUE ",\"cancelled_by\":[\"discussion.held\"]")),
	 "/rules/0/cancelled_by/0 still_owed"},
	{POLICY(RULE_OF("acknowledge", RECEIVED, "[\"transfer.accepted\"]",
			DUE ",\"cancelled_by\":[\"transfer.accepted\"]")),
	 "/rules/0/cancelled_by/0 same_event"},
	{POLICY(RULE_OF("resubmission", RECEIVED, "[\"submission.accepted\"]", DUE)),
	 "/rules/0/opens_on wrong_subject"},
	{POLICY(RULE_OF("resubmission", "\"submission.rejected\"", "[\"submission.accepted\"]", DUE ",\"when\":" RED)),
	 "/rules/0 no_facts"},
	{POLICY(RULE_OF("acknowledge", "[{\"event\":\"referral.received\",\"when\":" RED "}]", MET,
			DUE ",\"when\":{\"rating\":[\"amber\",\"green\"]}")),
	 "/rules/0/opens_on/0 contradiction"},
	{POLICY(RULE_OF("acknowledge", "[{\"event\":\"referral.received\",\"when\":{\"out_of_hours\":true}}]", MET,
			DUE ",\"when\":{\"out_of_hours\":false}")),
	 "/rules/0/opens_on/0 contradiction"},
	{POLICY(RULE_OF("acknowledge",
			"[{\"event\":\"referral.received\",\"when\":{\"concern_category\":\"neglect\"}}]", MET,
			DUE ",\"when\":{\"concern_category\":\"missing\"}")),
	 ""},
	/* due */
	{POLICY(RULE("acknowledge", "\"due\":[{\"when\":" RED ",\"unit\":\"working_days\",\"amount\":1}]")),
	 "/rules/0/due/0/when no_time_for_some"},
	{POLICY(RULE("acknowledge", "\"due\":[" ELAPSED("1") "," ELAPSED("2") "]")), "/rules/0/due/0 never_reached"},
	{POLICY(RULE("acknowledge",
		     "\"due\":[{\"when\":{\"out_of_hours\":true},\"unit\":\"working_days\",\"amount\":1}," ELAPSED(
			     "1") "]")),
	 "/rules/0/due/0/when/out_of_hours hours_in_due"},
	{POLICY(RULE("acknowledge", "\"due\":[" LENGTH("working_days", "-1") "]")), "/rules/0/due/0 negative"},
	{POLICY(RULE("acknowledge", "\"due\":[" LENGTH("calendar_months", "-1") "]")), "/rules/0/due/0 negative"},
	{POLICY(RULE("acknowledge", "\"when\":{\"any_child_unborn\":true},\"due\":[{\"unit\":\"working_minutes\","
				    "\"amount\":-1,\"from\":\"expected_date_of_delivery\"}]")),
	 "/rules/0/due/0 negative"},
	{POLICY(RULE("acknowledge", "\"when\":{\"any_child_unborn\":true},\"due\":[{\"unit\":\"calendar_months\","
				    "\"amount\":-1,\"from\":\"expected_date_of_delivery\"}]")),
	 ""},
	{POLICY(RULE("acknowledge", "\"due\":[{\"unit\":\"calendar_months\",\"amount\":1,"
				    "\"from\":\"expected_date_of_delivery\"}]")),
	 "/rules/0/due/0 no_date"},
	/* rows that never count */
	{POLICY(RULE("acknowledge", "\"due\":[" ROW(RED, "1") "," ROW(RED, "2") "," ELAPSED("3") "]")),
	 "/rules/0/due/1 never_reached"},
	{POLICY(RULE("acknowledge",
		     "\"due\":[" ROW(OF("[\"amber\",\"red\"]"), "1") "," ROW(RED, "2") "," ELAPSED("3") "]")),
	 "/rules/0/due/1 never_reached"},
	{POLICY(RULE("acknowledge",
		     "\"due\":[" ROW(RED, "1") "," ROW(OF("[\"amber\",\"red\"]"), "2") "," ELAPSED("3") "]")),
	 ""},
	{POLICY(RULE("acknowledge", "\"due\":[" ROW(OF("[\"green\",\"amber\",\"red\"]"), "1") "," ELAPSED("3") "]")),
	 "/rules/0/due/1 never_reached"},
	{POLICY(RULE("acknowledge", "\"due\":[" ROW(RED, "1") "," ROW(OF("\"amber\""), "2") "," ROW(
					    OF("\"green\""), "3") "," ELAPSED("4") "]")),
	 "/rules/0/due/3 never_reached"},
	{POLICY(RULE("acknowledge", "\"due\":[" ROW("{\"professional\":true}", "1") "," ROW("{\"professional\":false}",
											    "2") "," ELAPSED("3") "]")),
	 "/rules/0/due/2 never_reached"},
	{POLICY(RULE("acknowledge", "\"due\":[" ROW("{\"professional\":true}", "1") "," ROW(
					    "{\"professional\":false,\"rating\":\"red\"}", "2") "," ELAPSED("3") "]")),
	 ""},
	{POLICY(RULE("acknowledge", "\"due\":[" ROW("{\"channel\":[\"api\",\"phone\"]}", "1") "," ROW(
					    "{\"channel\":\"phone\",\"rating\":\"red\"}", "2") "," ELAPSED("3") "]")),
	 "/rules/0/due/1 never_reached"},
	{POLICY(RULE("acknowledge", "\"due\":[" ROW("{\"concern_category\":\"neglect\"}", "1") "," ROW(
					    "{\"concern_category\":\"missing\"}", "2") "," ELAPSED("3") "]")),
	 ""},
	{POLICY(RULE("acknowledge", "\"when\":{\"channel\":\"phone\"},\"due\":[" ROW("{\"channel\":\"api\"}",
										     "1") "," ELAPSED("3") "]")),
	 "/rules/0/due/0/when contradiction"},
	{POLICY(RULE("acknowledge",
		     "\"when\":" RED ",\"due\":[" ROW(OF("[\"amber\",\"green\"]"), "1") "," ELAPSED("3") "]")),
	 "/rules/0/due/0/when contradiction"},
	/* what can never meet it, and a pause that is none */
	{POLICY(RULE_OF("feedback", "\"decision.final\"", "[\"referral.received\"]", DUE)),
	 "/rules/0/met_by/0 always_earlier"},
	{POLICY(RULE("acknowledge", DUE ",\"pause\":{\"reasons\":[\"a\"],\"max\":" LENGTH("working_days", "0") "}")),
	 "/rules/0/pause/max no_pause"},
	{POLICY(RULE("acknowledge",
		     DUE ",\"pause\":{\"reasons\":[\"a\"],\"max\":" LENGTH("working_day_ends", "0") "}")),
	 ""},
	/* bounds */
	{POLICY(RULE("strategy_discussion", DUE "," BOUND("acknowledge"))), "/rules/0/not_later_than no_such_rule"},
	{POLICY(RULE("strategy_discussion", DUE "," BOUND("strategy_discussion"))),
	 "/rules/0/not_later_than no_such_rule"},
	{POLICY(RULE("strategy_discussion",
		     DUE "," BOUND("acknowledge")) "," RULE("acknowledge", DUE "," BOUND("strategy_discussion"))),
	 "/rules/0/not_later_than circle; /rules/1/not_later_than circle"},
	{POLICY(RULE("strategy_discussion", DUE "," BOUND("acknowledge")) "," RULE(
		 "acknowledge", DUE "," BOUND("feedback")) "," RULE("feedback", DUE)),
	 "/rules/0/not_later_than bound_of_bound"},
	{POLICY(RULE("strategy_discussion",
		     DUE "," BOUND("acknowledge")) "," RULE_OF("acknowledge", "\"screening.recorded\"", MET, DUE)),
	 "/rules/0/not_later_than not_from_receipt"},
	{POLICY(RULE("strategy_discussion",
		     "\"due\":[{\"unit\":\"working_days\",\"amount\":1,\"from\":\"received_at\"}]," BOUND(
			     "acknowledge")) "," RULE("acknowledge", DUE)),
	 "/rules/0/due/0 bounded_date"},
	{POLICY(RULE("strategy_discussion",
		     "\"due\":[{\"when\":{\"protection_first\":true},\"unit\":\"working_days\",\"amount\":1,"
		     "\"from\":\"protection_first_at\"}," ELAPSED("1") "]," BOUND(
			     "acknowledge")) "," RULE("acknowledge", DUE)),
	 ""},
	{POLICY(RULE("acknowledge",
		     "\"due\":[{\"unit\":\"working_days\",\"amount\":1,\"from\":\"protection_first_at\"}]")),
	 "/rules/0/due/0 no_date"},
	/* warning and ladder */
	{POLICY(RULE("acknowledge", "\"due\":[" ELAPSED("60") "],\"warn_before\":" ELAPSED("60"))),
	 "/rules/0/warn_before warning"},
	{POLICY(RULE("acknowledge", "\"due\":[" ELAPSED("60") "],\"warn_before\":" LENGTH("working_minutes", "61"))),
	 "/rules/0/warn_before warning"},
	{POLICY(RULE("acknowledge", "\"due\":[" ELAPSED("60") "],\"warn_before\":" LENGTH("working_minutes", "59"))),
	 ""},
	{POLICY(RULE("acknowledge", "\"due\":[" ELAPSED("1379") "],\"warn_before\":" LENGTH("working_days", "2"))),
	 "/rules/0/warn_before warning"},
	{POLICY(RULE("acknowledge", "\"due\":[" ELAPSED("1381") "],\"warn_before\":" LENGTH("working_days", "2"))), ""},
	{POLICY(RULE("acknowledge", "\"due\":[" ELAPSED("38880") "],\"warn_before\":" LENGTH("calendar_months", "1"))),
	 "/rules/0/warn_before warning"},
	{POLICY(RULE("acknowledge", DUE ",\"warn_before\":" ELAPSED("9000"))), ""},
	{POLICY(RULE("acknowledge", DUE ",\"warn_before\":" ELAPSED("0"))), "/rules/0/warn_before warning"},
	{POLICY(RULE("acknowledge", DUE ",\"escalate\":[" STEP(ELAPSED("9")) "," STEP(
					    LENGTH("working_days", "1")) "," STEP(LENGTH("working_days", "1")) "]")),
	 "/rules/0/escalate/2 ladder"},
	{POLICY(RULE("acknowledge",
		     DUE ",\"escalate\":[" STEP(LENGTH("working_minutes", "60")) "," STEP(ELAPSED("60")) "]")),
	 "/rules/0/escalate/1 ladder"},
	/* who is told can read flags */
	{POLICY(RULE("acknowledge", TELLS("duty"))), ""},
	{POLICY(RULE("acknowledge", TELLS("allocated_worker"))), ""},
	{POLICY(RULE("acknowledge", TELLS("admin"))), "/rules/0/escalate/0/role cannot_read_flags"},
	{POLICY(RULE("acknowledge", TELLS("agency"))), "/rules/0/escalate/0/role cannot_read_flags"},
	{POLICY(RULE("acknowledge", TELLS("support"))), "/rules/0/escalate/0/role cannot_read_flags"},
	/* pauses */
	{POLICY(RULE("acknowledge", DUE "," PAUSE)), ""},
	{POLICY(RULE("acknowledge", DUE "," PAUSE ",\"when\":" RED)), "/rules/0/pause pause_on_red"},
	{POLICY(RULE_OF("acknowledge", "[{\"event\":\"referral.received\",\"when\":" RED "}]", MET, DUE "," PAUSE)),
	 "/rules/0/pause pause_on_red"},
	{POLICY(RULE_OF("acknowledge",
			"[{\"event\":\"referral.received\",\"when\":" RED "},{\"event\":\"handover.accepted\"}]", MET,
			DUE "," PAUSE)),
	 ""},
	/* all at once */
	{POLICY(RULE_OF("acknowledge", "\"full.moon\"", "[\"full.moon\"]",
			"\"due\":[" ELAPSED("-1") "]") "," RULE("strategy_discussion", DUE "," BOUND("feedback"))),
	 "/rules/0/opens_on unknown_event; /rules/0/met_by/0 unknown_event; /rules/0/due/0 negative; "
	 "/rules/1/not_later_than no_such_rule"},
};

static void nonsense_is_named_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *found = problems(cases[i].text);
		if (strcmp(found, cases[i].problems) != 0)
			fail_msg("%s\nfound: %s\nexpected: %s", cases[i].text, found, cases[i].problems);
	}
}

/* What the contract's schema refuses. */
static void a_wrong_shape_is_refused(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"{\"name\":\"test\",\"version\":\"1\",\"rules\":[]}",
		POLICY(RULE("no_such_kind", DUE)),
		POLICY(RULE("acknowledge", "\"due\":[]")),
		POLICY(RULE("acknowledge", "\"due\":[" LENGTH("weeks", "1") "]")),
		POLICY(RULE("acknowledge", "\"due\":[" LENGTH("working_days", "1.5") "]")),
		POLICY(RULE("acknowledge", DUE ",\"when\":{}")),
		POLICY(RULE("acknowledge", DUE ",\"when\":{\"rating\":\"pink\"}")),
		POLICY(RULE("acknowledge", DUE ",\"when\":{\"rating\":[]}")),
		POLICY(RULE("acknowledge", DUE ",\"when\":{\"colour\":\"red\"}")),
		POLICY(RULE("acknowledge", DUE ",\"warn_before\":" ELAPSED("-1"))),
		POLICY(RULE_OF("acknowledge", "\"received\"", MET, DUE)),
		POLICY(RULE_OF("acknowledge", "[]", MET, DUE)),
		POLICY(RULE_OF("acknowledge", RECEIVED, "[]", DUE)),
	};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct err err = {0};
		if (load(texts[i], &err) != ERR_INVALID_BODY || err.n_items == 0)
			fail_msg("taken: %s", texts[i]);
	}
	struct policy *policy = NULL;
	struct err err;
	assert_int_equal(policy_load_embedded(contract, "atlantis", &arena, &policy, &err), ERR_INTERNAL);
	assert_string_equal(err.place, "api/policies/atlantis.json");
	assert_null(policy);
}

static void says_it_in_words(void **state)
{
	struct err err = {0};
	(void)state;
	assert_int_equal(load(POLICY(RULE_OF("strategy_discussion", RECEIVED, "[\"disscussion.held\"]", DUE)), &err),
			 ERR_INVALID_BODY);
	assert_string_equal(err.place, "/rules/0/met_by/0");
	assert_string_equal(err.detail,
			    "follow-up 'strategy_discussion' can never be met: no event is named 'disscussion.held'; "
			    "is 'discussion.held' meant?");
	assert_int_equal(load(POLICY(RULE_OF("strategy_discussion", "\"tea.served\"", MET, DUE)), &err),
			 ERR_INVALID_BODY);
	assert_string_equal(err.detail,
			    "follow-up 'strategy_discussion' can never open: no event is named 'tea.served'");
}

static void guesses_the_event_that_was_meant(void **state)
{
	static const struct {
		const char *said;
		const char *meant;
	} guesses[] = {
		{"disscussion.held", "discussion.held"},
		{"discussion.hold", "discussion.held"},
		{"referral.recieved", "referral.received"},
		{"decision.finall", "decision.final"},
		{"transfer.acepted", "transfer.accepted"},
		{"a.b", NULL},
		{"tea.served", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof guesses / sizeof guesses[0]; i++) {
		const char *near = followup_event_nearest(guesses[i].said);
		if (guesses[i].meant == NULL)
			assert_null(near);
		else
			assert_string_equal(near, guesses[i].meant);
	}
	for (size_t i = 0; followup_event(i) != NULL; i++) {
		const struct followup_event *event = followup_event(i);
		assert_ptr_equal(followup_event_find(event->name), event);
		assert_string_equal(followup_event_nearest(event->name), event->name);
		assert_true(strlen(event->meaning) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonsense_is_named_with_its_place),
		cmocka_unit_test(a_wrong_shape_is_refused),
		cmocka_unit_test(says_it_in_words),
		cmocka_unit_test(guesses_the_event_that_was_meant),
	};
	return cmocka_run_group_tests(tests, contract_start, contract_end);
}
