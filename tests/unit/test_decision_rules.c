/* What makes a decision acceptable (DOMAIN section 5): each rule alone, everything at once, and what protection may lack. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decision/decision.h"

#include "base/banned.h"

static struct arena arena;

static int start(void **state)
{
	(void)state;
	arena_init(&arena, (size_t)1 << 20);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* A final decision that nothing is wrong with: clarification was needed, and it was discussed. */
static struct decision_facts good(void)
{
	return (struct decision_facts){
		.outcome = "child_and_family_assessment",
		.final = true,
		.screened = true,
		.legal_basis = "s17",
		.has_level_of_need = true,
		.has_rationale = true,
		.has_history = true,
		.has_authoriser = true,
		.authoriser_fits = true,
		.ever_needed = true,
		.discussed = true,
	};
}

/* "code pointer; code pointer" */
static const char *findings(const struct decision_facts *facts)
{
	struct err_item items[DECISION_FINDINGS_MAX];
	size_t n = decision_findings(facts, &arena, items);
	const char *all = "";
	for (size_t i = 0; i < n; i++) {
		assert_true(strlen(items[i].detail) > 20);
		all = arena_printf(&arena, "%s%s%s%s%s", all, i == 0 ? "" : "; ", items[i].code,
				   items[i].pointer[0] == '\0' ? "" : " ", items[i].pointer);
	}
	return all;
}

static void nothing_is_wrong_with_a_good_one(void **state)
{
	struct decision_facts facts = good();
	(void)state;
	assert_string_equal(findings(&facts), "");
	facts.final = false;
	assert_string_equal(findings(&facts), "");
}

static void each_thing_that_is_missing(void **state)
{
	const struct {
		struct decision_facts facts;
		const char *found;
	} cases[] = {
		{{.outcome = "early_help", .final = true, .screened = true},
		 "legal_basis_missing /legal_basis; level_of_need_missing /level_of_need; rationale_missing "
		 "/rationale; "
		 "history_missing /history_considered; authoriser_missing /authorised_by"},
		{{.outcome = "early_help",
		  .screened = true,
		  .legal_basis = "none",
		  .has_level_of_need = true,
		  .has_rationale = true,
		  .has_history = true},
		 "authoriser_missing /authorised_by"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(findings(&cases[i].facts), cases[i].found);
}

static void the_time(void **state)
{
	struct decision_facts facts = good();
	(void)state;
	facts.decided_in_future = true;
	assert_string_equal(findings(&facts), "decided_in_future /decided_at");
	facts = good();
	facts.decided_before_receipt = true;
	assert_string_equal(findings(&facts), "decided_before_receipt /decided_at");
	facts = good();
	facts.decided_before_another = true;
	assert_string_equal(findings(&facts), "decided_before_another /decided_at");
}

/* What took two people takes two people to undo; protection never waits for them. */
static void a_final_one_gives_way_to_a_final_one(void **state)
{
	struct decision_facts facts = good();
	(void)state;
	facts.final_governs = true;
	assert_string_equal(findings(&facts), "");
	facts.final = false;
	assert_string_equal(findings(&facts), "final_governs /stage");
	facts.outcome = "strategy_discussion";
	facts.legal_basis = "s47";
	assert_string_equal(findings(&facts), "");
}

static void what_is_passed_to_a_worker_was_passed(void **state)
{
	struct decision_facts facts = good();
	(void)state;
	facts.outcome = "passed_to_allocated_worker";
	assert_string_equal(findings(&facts), "not_passed /outcome");
	facts.was_passed = true;
	assert_string_equal(findings(&facts), "");
}

static void the_legal_basis(void **state)
{
	static const struct {
		const char *outcome;
		const char *basis;
		bool text;
		const char *found;
	} cases[] = {
		{"child_and_family_assessment", "none", false, "legal_basis_none /legal_basis"},
		{"strategy_discussion", "none", false, "legal_basis_none /legal_basis"},
		{"immediate_protection", "none", false, "legal_basis_none /legal_basis"},
		{"immediate_protection", "s46", false, ""},
		{"no_further_action", "none", false, "second_person_missing /agreed_by"},
		{"early_help", "none", false, ""},
		{"early_help", "other", false, "legal_basis_text_missing /legal_basis_text"},
		{"early_help", "other", true, ""},
		{"early_help", "s17", true, "legal_basis_text_unused /legal_basis_text"},
		{"early_help", NULL, true,
		 "legal_basis_missing /legal_basis; legal_basis_text_unused /legal_basis_text"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct decision_facts facts = good();
		facts.outcome = cases[i].outcome;
		facts.legal_basis = cases[i].basis;
		facts.has_legal_basis_text = cases[i].text;
		assert_string_equal(findings(&facts), cases[i].found);
	}
}

/* A qualified manager may decide the next steps alone; a final decision takes another one. */
static void who_authorises(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 16; bits++) {
		struct decision_facts facts = good();
		facts.final = (bits & 1) != 0;
		facts.has_authoriser = (bits & 2) != 0;
		facts.authoriser_fits = (bits & 4) != 0;
		facts.authoriser_decides = (bits & 8) != 0;
		const char *wanted = "";
		if (!facts.has_authoriser)
			wanted = "authoriser_missing /authorised_by";
		else if (!facts.authoriser_fits)
			wanted = "authoriser_not_qualified /authorised_by";
		else if (facts.final && facts.authoriser_decides)
			wanted = "authoriser_decides /authorised_by";
		assert_string_equal(findings(&facts), wanted);
	}
}

static void no_further_action_takes_two(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 32; bits++) {
		struct decision_facts facts = good();
		bool none = (bits & 1) != 0;
		facts.outcome = none ? "no_further_action" : "signposted";
		facts.ever_needed = (bits & 2) != 0;
		facts.has_second_person = (bits & 4) != 0;
		facts.second_person_fits = facts.has_second_person && (bits & 8) != 0;
		facts.final = (bits & 16) != 0;
		const char *wanted = "";
		if (facts.has_second_person && !facts.second_person_fits)
			wanted = "second_person_unfit /agreed_by";
		else if (none && facts.ever_needed && !facts.has_second_person)
			wanted = "second_person_missing /agreed_by";
		assert_string_equal(findings(&facts), wanted);
	}
}

static void what_may_be_cited(void **state)
{
	struct decision_facts facts = good();
	(void)state;
	facts.n_citations = 6;
	facts.citations[0] = (struct decision_citation){true, true, true, true, false};
	facts.citations[1] = (struct decision_citation){false, false, false, false, false};
	facts.citations[2] = (struct decision_citation){true, false, true, true, false};
	facts.citations[3] = (struct decision_citation){true, true, false, true, false};
	facts.citations[4] = (struct decision_citation){true, true, true, false, false};
	facts.citations[5] = (struct decision_citation){true, true, true, true, true};
	assert_string_equal(findings(&facts), "attempt_unknown /discussions/1/contact_attempt_id; "
					      "attempt_is_no_discussion /discussions/2/contact_attempt_id; "
					      "discussed_after /discussions/3/contact_attempt_id; "
					      "discussed_others /discussions/4/contact_attempt_id; "
					      "attempt_twice /discussions/5/contact_attempt_id");
}

/* Needed, ever, and nothing that counts was discussed: a final decision says why, the next steps may. */
static void when_a_reason_is_needed(void **state)
{
	static const char missing[] = "undiscussed_reason_missing /undiscussed_reason";
	(void)state;
	for (unsigned bits = 0; bits < 16; bits++) {
		struct decision_facts facts = good();
		facts.final = (bits & 1) != 0;
		facts.ever_needed = (bits & 2) != 0;
		facts.discussed = (bits & 4) != 0;
		facts.undiscussed_reason = (bits & 8) != 0 ? "answered_elsewhere" : NULL;
		const char *wanted = "";
		if (facts.undiscussed_reason == NULL && facts.final && facts.ever_needed && !facts.discussed)
			wanted = missing;
		else if (facts.undiscussed_reason != NULL && facts.discussed)
			wanted = "was_discussed /undiscussed_reason";
		else if (facts.undiscussed_reason != NULL && !facts.ever_needed)
			wanted = "was_not_needed /undiscussed_reason";
		assert_string_equal(findings(&facts), wanted);
	}
}

static void each_reason_stands_on_the_record(void **state)
{
	struct decision_facts tried = good();
	struct decision_facts declined = good();
	struct decision_facts anonymous = good();
	struct decision_facts protected = good();
	tried.tried = declined.declined = anonymous.referrer_anonymous = protected.protected_before = true;
	const struct {
		const char *reason;
		const struct decision_facts *fits;
		const char *otherwise;
	} cases[] = {
		{"protection_first", &protected, "nothing_protects /undiscussed_reason"},
		{"unreached_after_attempts", &tried, "no_attempt /undiscussed_reason"},
		{"declined", &declined, "not_declined /undiscussed_reason"},
		{"anonymous", &anonymous, "not_anonymous /undiscussed_reason"},
		{"answered_elsewhere", &tried, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct decision_facts facts = *cases[i].fits;
		facts.discussed = false;
		facts.undiscussed_reason = cases[i].reason;
		assert_string_equal(findings(&facts), "");
		facts = good();
		facts.discussed = false;
		facts.undiscussed_reason = cases[i].reason;
		assert_string_equal(findings(&facts), cases[i].otherwise);
	}
}

/* These two are never refused: what is found goes into the record (the handler's part). Nobody need have screened it. */
static void protection_says_what_it_lacks(void **state)
{
	static const char *const protecting[] = {"strategy_discussion", "immediate_protection"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct decision_facts facts = {.outcome = protecting[i], .final = true, .was_closed = true};
		assert_true(decision_protects(facts.outcome));
		assert_string_equal(
			findings(&facts),
			"was_closed; not_screened; legal_basis_missing /legal_basis; level_of_need_missing "
			"/level_of_need; rationale_missing /rationale; history_missing /history_considered; "
			"authoriser_missing /authorised_by");
		facts = good();
		facts.outcome = protecting[i];
		facts.legal_basis = "s47";
		facts.triage_open = true;
		facts.discussed = false;
		facts.undiscussed_reason = "protection_first";
		assert_string_equal(findings(&facts), "not_screened_again");
		/* Before any screening nobody has said that nothing need be asked. */
		facts.screened = false;
		facts.ever_needed = false;
		assert_string_equal(findings(&facts), "not_screened");
		/* A judgement that nobody has agreed to is none. */
		facts.screened = facts.judgement_waits = true;
		assert_string_equal(findings(&facts), "judgement_not_agreed");
	}
	assert_false(decision_protects("child_and_family_assessment"));
	assert_false(decision_protects(NULL));
}

/* The most that can be found at once has room. */
static void everything_at_once(void **state)
{
	struct decision_facts facts = {.outcome = "strategy_discussion",
				       .final = true,
				       .was_closed = true,
				       .legal_basis = "other",
				       .undiscussed_reason = "declined",
				       .decided_in_future = true,
				       .decided_before_receipt = true,
				       .decided_before_another = true,
				       .has_second_person = true,
				       .n_citations = DECISION_CITATIONS_MAX};
	struct err_item items[DECISION_FINDINGS_MAX];
	(void)state;
	assert_in_range(decision_findings(&facts, &arena, items), 12 + DECISION_CITATIONS_MAX, DECISION_FINDINGS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_wrong_with_a_good_one),
		cmocka_unit_test(each_thing_that_is_missing),
		cmocka_unit_test(the_time),
		cmocka_unit_test(a_final_one_gives_way_to_a_final_one),
		cmocka_unit_test(what_is_passed_to_a_worker_was_passed),
		cmocka_unit_test(the_legal_basis),
		cmocka_unit_test(who_authorises),
		cmocka_unit_test(no_further_action_takes_two),
		cmocka_unit_test(what_may_be_cited),
		cmocka_unit_test(when_a_reason_is_needed),
		cmocka_unit_test(each_reason_stands_on_the_record),
		cmocka_unit_test(protection_says_what_it_lacks),
		cmocka_unit_test(everything_at_once),
	};
	return cmocka_run_group_tests(tests, start, end);
}
