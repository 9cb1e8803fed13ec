/* The policy's answers: what opens on which event, how long it has, what bounds it; and documents that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "followup/policy.h"
#include "referral/quality.h"

struct given {
	struct contract *contract;
	struct arena arena;
	struct policy *england;
};

static int set_up(void **state)
{
	static struct given given;
	struct err err = {0};
	arena_init(&given.arena, (size_t)1 << 22);
	if (contract_load(referral_quality_rules, &given.contract, &err) != ERR_NONE ||
	    policy_load_embedded(given.contract, "england", &given.arena, &given.england, &err) != ERR_NONE) {
		print_error("%s: %s\n", err.place, err.detail);
		return 1;
	}
	*state = &given;
	return 0;
}

static int tear_down(void **state)
{
	struct given *given = *state;
	arena_release(&given->arena);
	contract_free(given->contract);
	return 0;
}

static const char *shown(struct arena *arena, const struct policy_due *due)
{
	return arena_printf(arena, "%s %s %s", due->rule, due->amount, due->unit);
}

static void opens_what_a_receipt_asks_for(void **state)
{
	struct given *given = *state;
	struct policy_due due[POLICY_OPENS_MAX];
	assert_int_equal(policy_opens(given->england, "received", &(struct policy_facts){"amber", false}, due), 2);
	assert_string_equal(shown(&given->arena, &due[0]), "acknowledge 1 working_days");
	assert_string_equal(shown(&given->arena, &due[1]), "triage 120 working_minutes");
	assert_int_equal(policy_opens(given->england, "received", &(struct policy_facts){"red", true}, due), 2);
	assert_string_equal(shown(&given->arena, &due[1]), "triage/immediate_protection 60 elapsed_minutes");
	assert_int_equal(policy_opens(given->england, "full_moon", &(struct policy_facts){"red", true}, due), 0);
}

static void bounds_the_discussion_by_the_outcome(void **state)
{
	struct given *given = *state;
	static const struct {
		const char *rating;
		const char *own;
		const char *latest;
	} cases[] = {
		{"red", "discuss/red 240 elapsed_minutes", "decide_outcome/red 240 elapsed_minutes"},
		{"amber", "discuss 1 working_days", "decide_outcome/amber 1 working_days"},
		{"green", "discuss 1 working_days", "decide_outcome 3 working_days"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct policy_facts facts = {cases[i].rating, false};
		struct policy_due own;
		struct policy_bound bound;
		assert_true(policy_due(given->england, "discuss", &facts, &own));
		assert_true(policy_bound(given->england, "discuss", &facts, &bound));
		assert_string_equal(shown(&given->arena, &own), cases[i].own);
		assert_string_equal(shown(&given->arena, &bound.latest), cases[i].latest);
		assert_string_equal(shown(&given->arena, &bound.found_after),
				    "discuss/found_after_decide_outcome 120 working_minutes");
		assert_false(policy_bound(given->england, "triage", &facts, &bound));
		assert_false(policy_due(given->england, "tea", &facts, &own));
	}
}

static void retimes_only_what_depends_on_the_facts(void **state)
{
	struct given *given = *state;
	assert_true(policy_looks_at_facts(given->england, "discuss"));
	assert_true(policy_looks_at_facts(given->england, "triage"));
	assert_false(policy_looks_at_facts(given->england, "acknowledge"));
	assert_false(policy_looks_at_facts(given->england, "tea"));
	size_t n = 0;
	while (policy_kind(given->england, n) != NULL)
		n++;
	assert_int_equal(n, 5);
}

#define DUE             "\"due\": [{\"unit\": \"working_days\", \"amount\": 1}], \"source\": \"local\""
#define DOCUMENT(rules) "{\"name\": \"test\", \"version\": \"2027-01-01\", \"rules\": [" rules "]}"

static void refuses_what_makes_no_sense(void **state)
{
	struct given *given = *state;
	static const struct {
		const char *document;
		const char *place;
	} cases[] = {
		{DOCUMENT("{\"kind\": \"triage\", \"opens_on\": \"received\", " DUE "}, "
			  "{\"kind\": \"triage\", \"opens_on\": \"received\", " DUE "}"),
		 "/rules/1"},
		{DOCUMENT("{\"kind\": \"triage\", \"opens_on\": \"received\", \"source\": \"local\", \"due\": "
			  "[{\"when\": {\"rating\": \"red\"}, \"unit\": \"working_days\", \"amount\": 1}]}"),
		 "/rules/0"},
		{DOCUMENT("{\"kind\": \"discuss\", \"opens_on\": \"clarification_needed\", " DUE
			  ", \"not_later_than\": "
			  "{\"kind\": \"decide_outcome\", \"found_after\": {\"unit\": \"working_minutes\", \"amount\": "
			  "1}}}"),
		 "/rules/0/not_later_than"},
		{DOCUMENT("{\"kind\": \"tea\", \"opens_on\": \"received\", " DUE "}"), NULL},
		{DOCUMENT("{\"kind\": \"triage\", \"opens_on\": \"received\", \"source\": \"local\", \"due\": []}"),
		 NULL},
		{"{\"name\": \"test\"}", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {0};
		struct policy *policy = NULL;
		JSON_AUTO json_t *document = NULL;
		assert_int_equal(json_read(cases[i].document, strlen(cases[i].document), &document, &err), ERR_NONE);
		assert_int_equal(policy_load(given->contract, document, &given->arena, &policy, &err),
				 ERR_INVALID_BODY);
		assert_null(policy);
		if (cases[i].place != NULL)
			assert_string_equal(err.place, cases[i].place);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_a_receipt_asks_for),
		cmocka_unit_test(bounds_the_discussion_by_the_outcome),
		cmocka_unit_test(retimes_only_what_depends_on_the_facts),
		cmocka_unit_test(refuses_what_makes_no_sense),
	};
	return cmocka_run_group_tests_name("policy", tests, set_up, tear_down);
}
