/* What makes a decision acceptable (DOMAIN section 5): everything that is wrong, not just the first of it. */
#include <assert.h>
#include <string.h>

#include "decision/decision.h"

#include "base/banned.h"

struct findings {
	const struct decision_facts *facts;
	struct arena *arena;
	struct err_item *items;
	size_t n;
};

static void add(struct findings *f, const char *pointer, const char *code, const char *detail)
{
	assert(f->n < DECISION_FINDINGS_MAX);
	f->items[f->n++] = (struct err_item){pointer, code, detail};
}

static bool is(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

bool decision_protects(const char *outcome)
{
	return is(outcome, "strategy_discussion") || is(outcome, "immediate_protection");
}

/* What another decision is refused for by the state of the referral: here only protection comes so far. */
static void check_state(struct findings *f)
{
	if (f->facts->was_closed)
		add(f, "", "was_closed", "the referral was closed; it is taken up again");
	if (f->facts->changed_since_read)
		add(f, "", "changed_since_read", "the referral has changed since it was read");
	if (!f->facts->screened)
		add(f, "", "not_screened", "nobody has screened the referral");
	else if (f->facts->judgement_waits)
		add(f, "", "judgement_not_agreed", "nobody has agreed that the referrer need not be asked");
	else if (f->facts->triage_open)
		add(f, "", "not_screened_again",
		    "the referral is to be screened again for what has happened since the last screening");
}

/* A worker hears of a child by being passed the referral, which has a clock of its own; deciding it tells nobody. */
static void check_outcome(struct findings *f)
{
	if (is(f->facts->outcome, "passed_to_allocated_worker") && !f->facts->was_passed)
		add(f, "/outcome", "not_passed",
		    "one of these children was passed to no allocated worker: pass it first (passToAllocatedWorker)");
}

/* What one manager may decide alone never undoes what took two people; protection always may. */
static void check_stage(struct findings *f)
{
	if (!f->facts->final && f->facts->final_governs && !decision_protects(f->facts->outcome))
		add(f, "/stage", "final_governs",
		    "a final decision governs one of these children: only another at stage `final` takes its place");
}

static void check_time(struct findings *f)
{
	if (f->facts->decided_in_future)
		add(f, "/decided_at", "decided_in_future", "a decision cannot lie in the future");
	if (f->facts->decided_before_receipt)
		add(f, "/decided_at", "decided_before_receipt",
		    "a decision cannot lie before the receipt of the referral");
	if (f->facts->decided_before_another)
		add(f, "/decided_at", "decided_before_another",
		    "a later decision about one of these children is recorded already");
}

static void check_basis(struct findings *f)
{
	const char *basis = f->facts->legal_basis;
	bool statutory = decision_protects(f->facts->outcome) || is(f->facts->outcome, "child_and_family_assessment");
	if (basis == NULL)
		add(f, "/legal_basis", "legal_basis_missing",
		    "say on what legal basis, or `none`: it is never taken for granted");
	else if (is(basis, "none") && statutory)
		add(f, "/legal_basis", "legal_basis_none", "this outcome uses a statutory power: name it");
	if (is(basis, "other") && !f->facts->has_legal_basis_text)
		add(f, "/legal_basis_text", "legal_basis_text_missing", "say which other legal basis");
	if (f->facts->has_legal_basis_text && !is(basis, "other"))
		add(f, "/legal_basis_text", "legal_basis_text_unused",
		    "the words belong to the legal basis `other` alone");
}

static void check_reasons(struct findings *f)
{
	if (!f->facts->has_level_of_need)
		add(f, "/level_of_need", "level_of_need_missing", "say which level of need the hub sees");
	if (!f->facts->has_rationale)
		add(f, "/rationale", "rationale_missing", "say why it was decided so");
	if (!f->facts->has_history)
		add(f, "/history_considered", "history_missing",
		    "say what history of the children, their siblings and both parents was considered");
}

static void check_people(struct findings *f)
{
	const struct decision_facts *facts = f->facts;
	if (!facts->has_authoriser)
		add(f, "/authorised_by", "authoriser_missing", "a social-work-qualified manager must authorise it");
	else if (!facts->authoriser_fits)
		add(f, "/authorised_by", "authoriser_not_qualified",
		    "this is no social-work-qualified manager of this hub");
	else if (facts->final && facts->authoriser_decides)
		add(f, "/authorised_by", "authoriser_decides",
		    "a final decision is authorised by somebody else than the person who decides");
	bool needs_two = is(facts->outcome, "no_further_action") && facts->ever_needed;
	if (facts->has_second_person && !facts->second_person_fits)
		add(f, "/agreed_by", "second_person_unfit",
		    "the second person must be another practitioner or manager of this hub");
	else if (needs_two && !facts->has_second_person)
		add(f, "/agreed_by", "second_person_missing",
		    "clarification was needed: no further action takes a second person who agrees");
}

static void check_citations(struct findings *f)
{
	for (size_t i = 0; i < f->facts->n_citations; i++) {
		const struct decision_citation *cited = &f->facts->citations[i];
		const char *pointer = arena_printf(f->arena, "/discussions/%zu/contact_attempt_id", i);
		if (!cited->found)
			add(f, pointer, "attempt_unknown", "there is no such contact attempt on this referral");
		else if (cited->twice)
			add(f, pointer, "attempt_twice", "this contact attempt is cited twice");
		else if (!cited->counts)
			add(f, pointer, "attempt_is_no_discussion",
			    "this contact attempt does not count as a discussion");
		else if (!cited->in_time)
			add(f, pointer, "discussed_after", "this discussion was held after the decision");
		else if (!cited->about_them)
			add(f, pointer, "discussed_others",
			    "this discussion was about none of the children of the decision");
	}
}

/* Each reason stands on something that is on record: it takes the referral out of the headline figure, or beside it. */
static void check_reason(struct findings *f)
{
	const struct decision_facts *facts = f->facts;
	const char *reason = facts->undiscussed_reason;
	static const char place[] = "/undiscussed_reason";
	bool protects = decision_protects(facts->outcome) || facts->protected_before;
	if (is(reason, "protection_first") && !protects)
		add(f, place, "nothing_protects",
		    "protection comes first only with a decision that protects, this one or an earlier one");
	if (is(reason, "unreached_after_attempts") && !facts->tried)
		add(f, place, "no_attempt", "no attempt that reached nobody is on record before this decision");
	if (is(reason, "declined") && !facts->declined)
		add(f, place, "not_declined", "no declined attempt is on record before this decision");
	if (is(reason, "anonymous") && !facts->referrer_anonymous)
		add(f, place, "not_anonymous", "the referrer of this referral is known");
}

/* Where clarification was needed, ever, and nothing that counts was discussed before about one of the children. */
static void check_undiscussed(struct findings *f)
{
	const struct decision_facts *facts = f->facts;
	static const char place[] = "/undiscussed_reason";
	/* Before any screening nobody has said that nothing need be asked. */
	bool may_be_needed = facts->ever_needed || !facts->screened || facts->judgement_waits;
	if (facts->undiscussed_reason == NULL) {
		if (facts->final && facts->ever_needed && !facts->discussed)
			add(f, place, "undiscussed_reason_missing",
			    "clarification was needed and not every child was discussed before this decision: say why");
		return;
	}
	if (facts->discussed)
		add(f, place, "was_discussed",
		    "every child was discussed before this decision: cite the discussion instead of a reason for none");
	else if (!may_be_needed)
		add(f, place, "was_not_needed", "no screening has judged that clarification was needed");
	else
		check_reason(f);
}

size_t decision_findings(const struct decision_facts *facts, struct arena *arena,
			 struct err_item ret_findings[DECISION_FINDINGS_MAX])
{
	struct findings f = {.facts = facts, .arena = arena, .items = ret_findings};
	check_state(&f);
	check_stage(&f);
	check_outcome(&f);
	check_time(&f);
	check_basis(&f);
	check_reasons(&f);
	check_people(&f);
	check_citations(&f);
	check_undiscussed(&f);
	return f.n;
}
