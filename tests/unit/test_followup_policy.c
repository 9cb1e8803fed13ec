/* Policies: the shipped one against DOMAIN section 3, and documents that make no sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "followup/policy.h"
#include "referral/quality.h"

#include "base/banned.h"

static struct contract *contract;
static struct arena arena;

static int start(void **state)
{
	struct err err;
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	if (contract_load(referral_quality_rules, &contract, &err) == ERR_NONE)
		return 0;
	(void)fprintf(stderr, "%s: %s\n", err.place, err.detail);
	return 1;
}

static int end(void **state)
{
	(void)state;
	contract_free(contract);
	arena_release(&arena);
	return 0;
}

static struct policy *shipped(void)
{
	struct policy *policy = NULL;
	struct err err;
	if (policy_load_embedded(contract, "england", &arena, &policy, &err) != ERR_NONE)
		fail_msg("%s: %s", err.place, err.detail);
	return policy;
}

static enum err_code load(const char *text, struct policy **ret_policy, struct err *err)
{
	struct err of_json;
	JSON_AUTO json_t *json = NULL;
	if (json_read(text, strlen(text), &json, &of_json) != ERR_NONE)
		fail_msg("the test's own JSON, %s: %s", of_json.place, text);
	return policy_load(contract, json, &arena, ret_policy, err);
}

static struct policy *loaded(const char *text)
{
	struct policy *policy = NULL;
	struct err err;
	if (load(text, &policy, &err) != ERR_NONE)
		fail_msg("%s: %s: %s", err.place, err.detail, text);
	return policy;
}

/* ---- the shipped policy ---- */

static void assert_due(const struct policy_due *due, const char *rule, const char *amount, const char *unit)
{
	assert_string_equal(due->rule, rule);
	assert_string_equal(due->amount, amount);
	assert_string_equal(due->unit, unit);
	assert_true(strlen(due->source) > 0);
}

static void the_shipped_one_has_the_times_of_the_domain(void **state)
{
	static const struct {
		const char *kind;
		const char *rating;
		bool immediate;
		const char *rule;
		const char *amount;
		const char *unit;
	} cases[] = {
		{"acknowledge", "red", true, "acknowledge", "1", "working_days"},
		{"acknowledge", "green", false, "acknowledge", "1", "working_days"},
		{"triage", "amber", false, "triage", "120", "working_minutes"},
		{"triage", "red", false, "triage", "120", "working_minutes"},
		{"triage", "red", true, "triage/immediate_protection", "60", "elapsed_minutes"},
		{"triage", "green", true, "triage/immediate_protection", "60", "elapsed_minutes"},
		{"discuss", "red", false, "discuss/red", "240", "elapsed_minutes"},
		{"discuss", "amber", false, "discuss", "1", "working_days"},
		{"discuss", "green", true, "discuss", "1", "working_days"},
		{"decide_outcome", "red", false, "decide_outcome/red", "240", "elapsed_minutes"},
		{"decide_outcome", "amber", false, "decide_outcome/amber", "1", "working_days"},
		{"decide_outcome", "green", false, "decide_outcome", "3", "working_days"},
		{"resubmission", "amber", false, "resubmission", "240", "elapsed_minutes"},
	};
	const struct policy *policy = shipped();
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct policy_facts facts = {cases[i].rating, cases[i].immediate};
		struct policy_due due;
		assert_true(policy_due(policy, cases[i].kind, &facts, &due));
		assert_string_equal(due.kind, cases[i].kind);
		assert_due(&due, cases[i].rule, cases[i].amount, cases[i].unit);
	}
	assert_memory_equal(policy_title(policy), "england ", 8);
}

static void the_shipped_one_opens_what_it_should(void **state)
{
	static const struct {
		const char *event;
		const char *kinds;
	} cases[] = {
		{"received", "acknowledge triage "},
		{"clarification_needed", "discuss "},
		{"submission_rejected", "resubmission "},
		{"no_such_event", ""},
	};
	const struct policy *policy = shipped();
	const struct policy_facts facts = {"amber", false};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct policy_due due[POLICY_OPENS_MAX];
		const char *kinds = "";
		size_t n = policy_opens(policy, cases[i].event, &facts, due);
		for (size_t d = 0; d < n; d++)
			kinds = arena_printf(&arena, "%s%s ", kinds, due[d].kind);
		assert_string_equal(kinds, cases[i].kinds);
	}
}

/* `discuss` is never later than `decide_outcome`; need found after that: 120 working minutes. */
static void the_shipped_one_bounds_discuss(void **state)
{
	static const char *const ratings[] = {"red", "amber", "green"};
	const struct policy *policy = shipped();
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct policy_facts facts = {ratings[i], i == 0};
		struct policy_bound bound;
		struct policy_due outcome;
		assert_true(policy_bound(policy, "discuss", &facts, &bound));
		assert_true(policy_due(policy, "decide_outcome", &facts, &outcome));
		assert_due(&bound.latest, outcome.rule, outcome.amount, outcome.unit);
		assert_string_equal(bound.latest.kind, "decide_outcome");
		assert_due(&bound.found_after, "discuss/found_after_decide_outcome", "120", "working_minutes");
		assert_string_equal(bound.found_after.kind, "discuss");
		assert_false(policy_bound(policy, "triage", &facts, &bound));
		assert_false(policy_bound(policy, "feedback", &facts, &bound));
	}
}

/* What a change of rating re-times: the kinds whose time differs between some two facts, their bound included. */
static void knows_what_depends_on_facts(void **state)
{
	static const char *const ratings[] = {"red", "amber", "green"};
	const struct policy *policy = shipped();
	size_t n = 0;
	(void)state;
	for (const char *kind; (kind = policy_kind(policy, n)) != NULL; n++) {
		struct policy_due first;
		bool differs = false;
		for (int i = 0; i < 6; i++) {
			const struct policy_facts facts = {ratings[i / 2], i % 2 == 1};
			struct policy_due due;
			assert_true(policy_due(policy, kind, &facts, &due));
			if (i == 0)
				first = due;
			differs = differs || strcmp(first.rule, due.rule) != 0;
		}
		assert_int_equal(policy_looks_at_facts(policy, kind), differs);
	}
	assert_int_equal(n, 5);
	assert_false(policy_looks_at_facts(policy, "feedback"));
}

/* ---- other documents ---- */

#define DUE(unit, amount) "{\"unit\":\"" unit "\",\"amount\":" amount "}"
#define RULE(kind, event, due) \
	"{\"kind\":\"" kind "\",\"opens_on\":\"" event "\",\"source\":\"local\",\"due\":[" due "]}"
#define POLICY(rules)      "{\"name\":\"test\",\"version\":\"1\",\"rules\":[" rules "]}"
#define WHEN(when, amount) "{\"when\":{" when "},\"unit\":\"elapsed_minutes\",\"amount\":" amount "}"
#define BOUNDED(kind, by)                                                                  \
	"{\"kind\":\"" kind "\",\"opens_on\":\"received\",\"source\":\"x\",\"due\":[" DUE( \
		"working_days", "1") "],"                                                  \
				     "\"not_later_than\":{\"kind\":\"" by                  \
				     "\",\"found_after\":" DUE("working_minutes", "5") "}}"

static void the_first_row_that_fits_counts(void **state)
{
	const struct policy *policy = loaded(POLICY(
		RULE("discuss", "received",
		     WHEN("\"rating\":\"red\",\"immediate_protection_needed\":true", "1") "," WHEN(
			     "\"rating\":\"red\"", "2") "," WHEN("\"immediate_protection_needed\":false",
								 "3") "," WHEN("\"rating\":\"amber\"",
									       "4") "," DUE("working_days", "0"))));
	static const struct {
		struct policy_facts facts;
		const char *rule;
		const char *amount;
	} cases[] = {
		{{"red", true}, "discuss/red/immediate_protection", "1"},
		{{"red", false}, "discuss/red", "2"},
		{{"amber", false}, "discuss", "3"},
		{{"amber", true}, "discuss/amber", "4"},
		{{"green", true}, "discuss", "0"},
		{{"green", false}, "discuss", "3"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct policy_due due;
		assert_true(policy_due(policy, "discuss", &cases[i].facts, &due));
		assert_string_equal(due.rule, cases[i].rule);
		assert_string_equal(due.amount, cases[i].amount);
		struct policy_due opened[POLICY_OPENS_MAX];
		assert_int_equal(policy_opens(policy, "received", &cases[i].facts, opened), 1);
		assert_string_equal(opened[0].amount, cases[i].amount);
	}
	assert_string_equal(policy_title(policy), "test 1");
	assert_null(policy_kind(policy, 1));
}

/* A bound may name a rule that stands further down, and makes what it bounds depend on what that depends on. */
static void a_bound_may_look_ahead(void **state)
{
	const struct policy *policy = loaded(
		POLICY(BOUNDED("discuss", "triage") "," BOUNDED("feedback", "acknowledge") "," RULE(
			"triage", "received",
			WHEN("\"rating\":\"red\"", "7") "," DUE(
				"working_days", "2")) "," RULE("acknowledge", "received", DUE("working_days", "1"))));
	const struct policy_facts red = {"red", false};
	struct policy_bound bound;
	(void)state;
	assert_true(policy_bound(policy, "discuss", &red, &bound));
	assert_due(&bound.latest, "triage/red", "7", "elapsed_minutes");
	assert_due(&bound.found_after, "discuss/found_after_triage", "5", "working_minutes");
	assert_true(policy_looks_at_facts(policy, "discuss"));
	assert_false(policy_looks_at_facts(policy, "feedback"));
}

static void nonsense_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text;
		const char *place; /* NULL: a fault of shape */
	} cases[] = {
		{"{}", NULL},
		{"[]", NULL},
		{POLICY(""), NULL},
		{POLICY(RULE("no_such_kind", "received", DUE("working_days", "1"))), NULL},
		{POLICY(RULE("triage", "no_such_event", DUE("working_days", "1"))), NULL},
		{POLICY(RULE("triage", "received", DUE("weeks", "1"))), NULL},
		{POLICY(RULE("triage", "received", DUE("working_days", "-1"))), NULL},
		{POLICY(RULE("triage", "received", DUE("working_days", "1.5"))), NULL},
		{POLICY(RULE("triage", "received", "")), NULL},
		{POLICY(RULE("triage", "received", WHEN("", "1") "," DUE("working_days", "1"))), NULL},
		{POLICY(RULE("triage", "received", WHEN("\"rating\":\"pink\"", "1"))), NULL},
		{POLICY(RULE("triage", "received", WHEN("\"colour\":\"red\"", "1"))), NULL},
		{POLICY(RULE("triage", "received", WHEN("\"rating\":\"red\"", "1"))), "/rules/0"},
		{POLICY(RULE("discuss", "received", DUE("working_days", "1")) "," RULE(
			 "triage", "received", WHEN("\"immediate_protection_needed\":false", "1"))),
		 "/rules/1"},
		{POLICY(RULE("triage", "received", DUE("working_days", "1")) "," RULE("triage", "clarification_needed",
										      DUE("working_days", "2"))),
		 "/rules/1"},
		{POLICY(BOUNDED("discuss", "triage")), "/rules/0/not_later_than"},
		{POLICY(BOUNDED("discuss", "discuss")), "/rules/0/not_later_than"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct policy *policy = (struct policy *)&arena;
		struct err err = {0};
		if (load(cases[i].text, &policy, &err) != ERR_INVALID_BODY)
			fail_msg("taken: %s", cases[i].text);
		assert_ptr_equal(policy, &arena); /* untouched */
		if (cases[i].place != NULL)
			assert_string_equal(err.place, cases[i].place);
		else
			assert_true(err.n_items > 0);
	}
	struct policy *policy = NULL;
	struct err err;
	assert_int_equal(policy_load_embedded(contract, "atlantis", &arena, &policy, &err), ERR_INTERNAL);
	assert_string_equal(err.place, "api/policies/atlantis.json");
	assert_null(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_one_has_the_times_of_the_domain),
		cmocka_unit_test(the_shipped_one_opens_what_it_should),
		cmocka_unit_test(the_shipped_one_bounds_discuss),
		cmocka_unit_test(knows_what_depends_on_facts),
		cmocka_unit_test(the_first_row_that_fits_counts),
		cmocka_unit_test(a_bound_may_look_ahead),
		cmocka_unit_test(nonsense_is_refused_with_its_place),
	};
	return cmocka_run_group_tests(tests, start, end);
}
