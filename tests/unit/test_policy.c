/* A policy's answers: the shipped one against DOMAIN section 3, what opens and meets. Conditions: test_policy_when.c; nonsense: test_policy_check.c. */
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

#include "base/banned.h"

static struct policy *england;

static int start(void **state)
{
	struct err err;
	if (contract_start(state) != 0)
		return 1;
	if (policy_load_embedded(contract, "england", &arena, &england, &err) == ERR_NONE)
		return 0;
	(void)fprintf(stderr, "%s: %s\n", err.place, err.detail);
	return 1;
}

/* "discuss/red 240 elapsed_minutes" */
static const char *shown(const struct policy_due *due)
{
	return arena_printf(&arena, "%s %s %s", due->rule, due->amount, due->unit);
}

/* All that an event opens: "triage 120 working_minutes; …", with ", out of hours" and ", in hours". */
static const char *opened(const struct policy *policy, const char *event, const struct policy_facts *facts)
{
	static const char *const hours[] = {"", ", in hours", ", out of hours"};
	struct policy_opening opens[POLICY_OPENS_MAX];
	const char *text = "";
	size_t n = policy_opens(policy, event, facts, opens);
	for (size_t i = 0; i < n; i++)
		text = arena_printf(&arena, "%s%s%s%s", text, i == 0 ? "" : "; ", shown(&opens[i].due),
				    hours[opens[i].hours]);
	return text;
}

/* ---- the shipped policy ---- */

static void the_shipped_one_has_the_times_of_the_domain(void **state)
{
	static const struct {
		const char *kind;
		const char *rating;
		bool immediate;
		const char *due;
	} cases[] = {
		{"acknowledge", "red", true, "acknowledge 1 working_days"},
		{"triage", "red", false, "triage 120 working_minutes"},
		{"triage", "green", true, "triage/immediate_protection 60 elapsed_minutes"},
		{"decide_next_steps", "red", false, "decide_next_steps/red 240 elapsed_minutes"},
		{"decide_next_steps", "green", false, "decide_next_steps 1 working_days"},
		{"discuss", "red", false, "discuss/red 240 elapsed_minutes"},
		{"discuss", "amber", true, "discuss 1 working_days"},
		{"decide_outcome", "red", false, "decide_outcome/red 240 elapsed_minutes"},
		{"decide_outcome", "amber", false, "decide_outcome/amber 1 working_days"},
		{"decide_outcome", "green", false, "decide_outcome 3 working_days"},
		{"feedback", "green", false, "feedback 1 working_days"},
		{"resubmission", "amber", false, "resubmission 240 elapsed_minutes"},
		{"written_confirmation", "amber", false, "written_confirmation 1440 elapsed_minutes"},
		{"pass_to_allocated_worker", "red", false, "pass_to_allocated_worker/red 60 elapsed_minutes"},
		{"pass_to_allocated_worker", "amber", false, "pass_to_allocated_worker 0 working_day_ends"},
		{"out_of_hours_handover", "red", true, "out_of_hours_handover 30 elapsed_minutes"},
		{"out_of_hours_return", "red", true, "out_of_hours_return 60 working_minutes"},
		{"strategy_discussion", "red", true, "strategy_discussion 1 working_days"},
		{"transfer_acceptance", "red", true, "transfer_acceptance 1 working_days"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct policy_facts facts = {.rating = cases[i].rating,
						   .immediate_protection_needed = cases[i].immediate};
		struct policy_due due;
		assert_true(policy_due(england, cases[i].kind, &facts, &due));
		assert_string_equal(due.kind, cases[i].kind);
		assert_string_equal(shown(&due), cases[i].due);
		assert_null(due.from);
		assert_true(strlen(due.source) > 0);
	}
	assert_memory_equal(policy_title(england), "england ", 8);
	assert_null(policy_id(england));
}

#define AT_RECEIPT "acknowledge 1 working_days; triage 120 working_minutes; decide_next_steps 1 working_days; "
#define RED_AT_RECEIPT                                                                                           \
	"acknowledge 1 working_days; triage/immediate_protection 60 elapsed_minutes; decide_next_steps/red 240 " \
	"elapsed_minutes; decide_outcome/red 240 elapsed_minutes"

static void the_shipped_one_opens_what_it_should(void **state)
{
	const struct policy_facts amber = {.rating = "amber", .channel = "web_form"};
	const struct policy_facts phone = {.rating = "amber", .channel = "phone"};
	const struct policy_facts red = {.rating = "red", .immediate_protection_needed = true, .channel = "api"};
	const struct {
		const char *event;
		const struct policy_facts *facts;
		const char *opened;
	} cases[] = {
		{"referral.received", &amber, AT_RECEIPT "decide_outcome/amber 1 working_days"},
		{"referral.received", &phone,
		 AT_RECEIPT "decide_outcome/amber 1 working_days; written_confirmation 1440 elapsed_minutes"},
		{"referral.received", &red, RED_AT_RECEIPT "; out_of_hours_handover 30 elapsed_minutes, out of hours"},
		{"information.added", &amber, "triage 120 working_minutes; decide_outcome/amber 1 working_days"},
		{"referral.reopened", &amber, "triage 120 working_minutes; decide_outcome/amber 1 working_days"},
		{"child.added", &amber, "decide_next_steps 1 working_days; decide_outcome/amber 1 working_days"},
		{"decision.undone", &amber, "decide_outcome/amber 1 working_days"},
		{"clarification.needed", &red, "discuss/red 240 elapsed_minutes"},
		{"decision.final", &amber, "feedback 1 working_days"},
		{"submission.rejected", &amber, "resubmission 240 elapsed_minutes"},
		{"open_case.found", &amber, "pass_to_allocated_worker 0 working_day_ends"},
		{"out_of_hours.needed", &amber, "out_of_hours_handover 30 elapsed_minutes"},
		{"handover.accepted", &amber, "out_of_hours_return 60 working_minutes"},
		{"decision.strategy_discussion", &amber, "strategy_discussion 1 working_days"},
		{"decision.transfer", &amber, "transfer_acceptance 1 working_days"},
		{"screening.recorded", &amber, ""},
		{"not_needed.refused", &amber, "triage 120 working_minutes"},
		{"referral.promoted", &amber, "triage 120 working_minutes; decide_outcome/amber 1 working_days"},
		{"no.such_event", &amber, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(opened(england, cases[i].event, cases[i].facts), cases[i].opened);
}

static void the_shipped_one_says_what_meets_each(void **state)
{
	static const struct {
		const char *kind;
		const char *event;
	} met[] = {
		{"acknowledge", "acknowledgement.sent"},
		{"triage", "screening.recorded"},
		{"decide_next_steps", "decision.next_steps"},
		{"decide_next_steps", "decision.final"},
		{"discuss", "discussion.held"},
		{"decide_outcome", "decision.final"},
		{"feedback", "feedback.recorded"},
		{"resubmission", "submission.accepted"},
		{"resubmission", "submission.no_referral"},
		{"written_confirmation", "document.received"},
		{"pass_to_allocated_worker", "allocated_worker.accepted"},
		{"out_of_hours_handover", "handover.accepted"},
		{"out_of_hours_return", "handover.returned"},
		{"strategy_discussion", "strategy_discussion.held"},
		{"transfer_acceptance", "transfer.accepted"},
		{"transfer_acceptance", "transfer.accepted_in_part"},
		{"sample_review", "sample.reviewed"},
	};
	size_t n = 0;
	(void)state;
	for (size_t i = 0; policy_kind(england, i) != NULL; i++) {
		for (size_t e = 0; followup_event(e) != NULL; e++)
			n += policy_meets(england, policy_kind(england, i), followup_event(e)->name) ? 1 : 0;
	}
	assert_int_equal(n, sizeof met / sizeof met[0]);
	for (size_t i = 0; i < n; i++)
		assert_true(policy_meets(england, met[i].kind, met[i].event));
	assert_false(policy_meets(england, "tea", "referral.received"));
	assert_true(policy_cancels(england, "discuss", "transfer.accepted"));
	assert_false(policy_cancels(england, "feedback", "transfer.accepted"));
	assert_false(policy_cancels(england, "discuss", "transfer.accepted_in_part"));
	assert_false(policy_cancels(england, "discuss", "discussion.held"));
	assert_false(policy_cancels(england, "tea", "transfer.accepted"));
}

static void the_shipped_one_bounds_discuss(void **state)
{
	static const char *const ratings[] = {"red", "amber", "green"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct policy_facts facts = {.rating = ratings[i]};
		struct policy_bound bound;
		struct policy_due outcome;
		assert_true(policy_bound(england, "discuss", &facts, &bound));
		assert_true(policy_due(england, "decide_outcome", &facts, &outcome));
		assert_string_equal(shown(&bound.latest), shown(&outcome));
		assert_string_equal(shown(&bound.found_after),
				    "discuss/found_after_decide_outcome 120 working_minutes");
		assert_false(policy_bound(england, "triage", &facts, &bound));
		assert_false(policy_bound(england, "tea", &facts, &bound));
	}
}

/* DOMAIN section 5: protection first leaves the discussion a working day from that decision, whatever the outcome's clock says. */
static void the_shipped_one_lets_protection_come_first(void **state)
{
	const struct policy_facts facts = {.rating = "red", .protection_first = true};
	struct policy_due due;
	struct policy_bound bound;
	struct policy_opening opens[POLICY_OPENS_MAX];
	(void)state;
	assert_true(policy_due(england, "discuss", &facts, &due));
	assert_string_equal(shown(&due), "discuss/protection_first 1 working_days");
	assert_string_equal(due.from, "protection_first_at");
	assert_false(policy_bound(england, "discuss", &facts, &bound));
	assert_null(bound.latest.unit);
	assert_string_equal(shown(&bound.found_after), "discuss/found_after_decide_outcome 120 working_minutes");
	assert_int_equal(policy_opens(england, "clarification.needed", &facts, opens), 1);
	assert_false(opens[0].bounded);
}

/* What a change of facts re-times: the kinds whose time differs between some two, their bound included. */
static void knows_what_depends_on_facts(void **state)
{
	static const char *const ratings[] = {"red", "amber", "green"};
	(void)state;
	for (size_t k = 0; policy_kind(england, k) != NULL; k++) {
		const char *kind = policy_kind(england, k);
		struct policy_due first;
		bool differs = false;
		for (int i = 0; i < 6; i++) {
			const struct policy_facts facts = {.rating = ratings[i / 2],
							   .immediate_protection_needed = i % 2 == 1};
			struct policy_due due;
			assert_true(policy_due(england, kind, &facts, &due));
			if (i == 0)
				first = due;
			differs = differs || strcmp(first.rule, due.rule) != 0;
		}
		assert_int_equal(policy_looks_at_facts(england, kind), differs);
	}
	assert_false(policy_looks_at_facts(england, "tea"));
}

static void every_rule_says_who_is_responsible(void **state)
{
	(void)state;
	for (size_t k = 0; policy_kind(england, k) != NULL; k++) {
		const struct policy_rule *rule = policy_rule(england, policy_kind(england, k));
		assert_non_null(rule);
		assert_string_equal(rule->kind, policy_kind(england, k));
		assert_true(strlen(rule->responsible) > 0 && rule->n_escalate > 0);
	}
	const struct policy_rule *discuss = policy_rule(england, "discuss");
	assert_string_equal(discuss->warn_before.unit, "working_minutes");
	assert_string_equal(discuss->pause_reasons[0], "referrer_not_available");
	assert_string_equal(discuss->pause_max.amount, "1");
	assert_string_equal(discuss->escalate[1].role, "manager");
	assert_string_equal(discuss->escalate[1].after.unit, "working_days");
	const struct policy_rule *handover = policy_rule(england, "out_of_hours_handover");
	assert_true(handover->escalate[0].out_of_hours);
	assert_null(handover->pause_reasons);
	assert_null(handover->warn_before.unit);
	assert_null(policy_rule(england, "tea"));
}

static void a_timing_keeps_warning_and_ladder(void **state)
{
	(void)state;
	assert_string_equal(policy_rule(england, "discuss")->signals,
			    "{\"warn_before\":{\"unit\":\"working_minutes\",\"amount\":60},\"escalate\":["
			    "{\"unit\":\"working_minutes\",\"amount\":60,\"role\":\"manager\"},"
			    "{\"unit\":\"working_days\",\"amount\":1,\"role\":\"manager\"}]}");
	assert_string_equal(policy_rule(england, "out_of_hours_handover")->signals,
			    "{\"escalate\":[{\"unit\":\"elapsed_minutes\",\"amount\":15,\"role\":\"manager\","
			    "\"out_of_hours\":true}]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_one_has_the_times_of_the_domain),
		cmocka_unit_test(the_shipped_one_opens_what_it_should),
		cmocka_unit_test(the_shipped_one_says_what_meets_each),
		cmocka_unit_test(the_shipped_one_bounds_discuss),
		cmocka_unit_test(the_shipped_one_lets_protection_come_first),
		cmocka_unit_test(knows_what_depends_on_facts),
		cmocka_unit_test(every_rule_says_who_is_responsible),
		cmocka_unit_test(a_timing_keeps_warning_and_ladder),
	};
	return cmocka_run_group_tests(tests, start, contract_end);
}
