/* What every policy has to owe (lib/followup/policy_check_duties.c): what is refused, where, and in which words. */
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

/* "place code; place code" */
static const char *problems(const char *rules, struct err *err)
{
	const char *text = arena_printf(&arena, "{\"name\":\"test\",\"version\":\"1\",\"rules\":[%s]}", rules);
	struct policy *policy = NULL;
	const char *all = "";
	JSON_AUTO json_t *json = NULL;
	if (json_read(text, strlen(text), &json, err) != ERR_NONE)
		fail_msg("the test's own JSON, %s: %s", err->place, text);
	if (policy_load(contract, json, &arena, &policy, err) == ERR_NONE)
		return "";
	assert_int_equal(err->code, ERR_INVALID_BODY);
	for (size_t i = 0; i < err->n_items; i++)
		all = arena_printf(&arena, "%s%s%s %s", all, i == 0 ? "" : "; ", err->items[i].pointer,
				   err->items[i].code);
	return all;
}

#define RULE(kind, more) \
	"{\"kind\":\"" kind "\",\"due\":[{\"unit\":\"working_days\",\"amount\":1}],\"source\":\"local\"," more "}"
#define ON(events)     "\"opens_on\":" events ","
#define RECEIVED       ON("\"referral.received\"")
#define MET(event)     "\"met_by\":[\"" event "\"],"
#define BY(role)       "\"responsible\":\"" role "\""
#define SCREENED       MET("screening.recorded")
#define WHEN(when)     ",\"when\":{" when "}"
#define PHONE          "\"channel\":\"phone\""
#define OTHERS         "," DISCUSS "," DECIDE_OUTCOME
#define TRIAGE_ON(on)  RULE("triage", ON(on) SCREENED BY("practitioner")) OTHERS
#define DISCUSS_ON(on) TRIAGE "," RULE("discuss", ON(on) MET("discussion.held") BY("practitioner")) "," DECIDE_OUTCOME

static const struct {
	const char *rules;
	const char *problems;
} cases[] = {
	{DUTIES, ""},
	{RULE("acknowledge", RECEIVED MET("acknowledgement.sent") BY("support")),
	 "/rules missing_rule; /rules missing_rule; /rules missing_rule"},
	{DISCUSS "," DECIDE_OUTCOME, "/rules missing_rule"},
	{TRIAGE "," DECIDE_OUTCOME, "/rules missing_rule"},
	{TRIAGE "," DISCUSS, "/rules missing_rule"},
	/* owed always */
	{TRIAGE_ON("[{\"event\":\"information.added\"},{\"event\":\"referral.received\"}]"), ""},
	{TRIAGE_ON("\"information.added\""), "/rules/0/opens_on not_always_owed"},
	{TRIAGE_ON("[{\"event\":\"referral.received\",\"when\":{" PHONE "}}]"), "/rules/0/opens_on not_always_owed"},
	{TRIAGE_ON("[{\"event\":\"referral.received\",\"when\":{" PHONE "}},{\"event\":\"referral.received\"}]"), ""},
	{TRIAGE_ON("[{\"event\":\"referral.received\",\"when\":{\"out_of_hours\":false}}]"),
	 "/rules/0/opens_on not_always_owed"},
	{RULE("triage", RECEIVED SCREENED BY("practitioner") WHEN(PHONE)) OTHERS, "/rules/0/when not_always_owed"},
	{RULE("triage", RECEIVED SCREENED BY("practitioner") WHEN("\"out_of_hours\":true")) OTHERS,
	 "/rules/0/when not_always_owed"},
	/* A notification that is promoted opens nothing then: it is owed all of it from receipt. */
	{TRIAGE "," DISCUSS "," RULE("decide_outcome", RECEIVED MET("decision.final") BY("manager")
							       WHEN("\"record_kind\":\"request_for_service\"")),
	 "/rules/2/when not_always_owed"},
	{DISCUSS_ON("\"referral.received\""), "/rules/1/opens_on not_always_owed"},
	{DISCUSS_ON("[{\"event\":\"clarification.needed\",\"when\":{\"rating\":\"red\"}}]"),
	 "/rules/1/opens_on not_always_owed"},
	/* met by what it asks for, and by nothing else */
	{TRIAGE "," DISCUSS "," RULE("decide_outcome", RECEIVED MET("acknowledgement.sent") BY("manager")),
	 "/rules/2/met_by/0 met_by_another"},
	{TRIAGE "," DISCUSS
		"," RULE("decide_outcome", RECEIVED MET("decision.final\",\"decision.next_steps") BY("manager")),
	 "/rules/2/met_by/1 met_by_another"},
	{TRIAGE "," RULE("discuss", ON("\"clarification.needed\"") SCREENED BY("practitioner")) "," DECIDE_OUTCOME,
	 "/rules/1/met_by/0 met_by_another"},
	{RULE("triage", RECEIVED MET("acknowledgement.sent") BY("practitioner")) OTHERS,
	 "/rules/0/met_by/0 met_by_another"},
	/* somebody sees it */
	{RULE("triage", RECEIVED SCREENED BY("duty")) OTHERS, ""},
	{RULE("triage", RECEIVED SCREENED BY("allocated_worker")) OTHERS, ""},
	{RULE("triage", RECEIVED SCREENED BY("support")) OTHERS, ""},
	{RULE("triage", RECEIVED SCREENED BY("admin")) OTHERS, "/rules/0/responsible no_work_view"},
	{RULE("triage", RECEIVED SCREENED BY("agency")) OTHERS, "/rules/0/responsible no_work_view"},
	{DUTIES "," RULE("feedback", ON("\"decision.final\"") MET("feedback.recorded") BY("admin")),
	 "/rules/3/responsible no_work_view"},
	{DUTIES "," RULE("written_confirmation", RECEIVED MET("document.received") BY("agency")), ""},
	{DUTIES "," RULE("resubmission", ON("\"submission.rejected\"") MET("submission.accepted") BY("agency")), ""},
	/* said once of what there is no event of */
	{TRIAGE_ON("\"full.moon\""), "/rules/0/opens_on unknown_event"},
	{RULE("triage", RECEIVED MET("full.moon") BY("duty")) OTHERS, "/rules/0/met_by/0 unknown_event"},
};

static void what_owes_too_little_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = {0};
		const char *found = problems(cases[i].rules, &err);
		if (strcmp(found, cases[i].problems) != 0)
			fail_msg("%s\nfound: %s\nexpected: %s", cases[i].rules, found, cases[i].problems);
	}
}

static void says_it_in_words(void **state)
{
	static const struct {
		const char *rules;
		const char *words;
	} sayings[] = {
		{DISCUSS "," DECIDE_OUTCOME,
		 "there is no rule for follow-up 'triage': nobody would have to screen a referral"},
		{TRIAGE_ON("\"information.added\""),
		 "follow-up 'triage' must open on 'referral.received' whatever the facts are (how long it has may "
		 "depend on "
		 "them): otherwise, where they do not fit, nobody would have to screen a referral"},
		{TRIAGE "," DISCUSS "," RULE("decide_outcome", RECEIVED MET("acknowledgement.sent") BY("manager")),
		 "follow-up 'decide_outcome' would be met by 'acknowledgement.sent' (the referrer was told that the "
		 "referral "
		 "has arrived), which is not what it asks for: it is met by 'decision.final'"},
		{RULE("triage", RECEIVED SCREENED BY("admin")) OTHERS,
		 "follow-up 'triage' would be the work of the role admin, which sees no list of work: name one that "
		 "does, a "
		 "manager for instance"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof sayings / sizeof sayings[0]; i++) {
		struct err err = {0};
		(void)problems(sayings[i].rules, &err);
		assert_string_equal(err.detail, sayings[i].words);
	}
}

static void the_shipped_ones_owe_it(void **state)
{
	static const char *const names[] = {"england", "wales", "scotland"};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct policy *policy = NULL;
		struct err err;
		assert_int_equal(policy_load_embedded(contract, names[i], &arena, &policy, &err), ERR_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_owes_too_little_is_refused),
		cmocka_unit_test(says_it_in_words),
		cmocka_unit_test(the_shipped_ones_owe_it),
	};
	return cmocka_run_group_tests(tests, contract_start, contract_end);
}
