/*
 * Decisions (DOMAIN section 5): per child, at stage next_steps or final. Appended; the latest of a child governs, the first
 * final one stays what figures use. Protection never waits for paperwork: what would refuse another decision is written down
 * with one that protects a child. Any other that names somebody else (who authorises, who agrees) takes effect when they have
 * said so themselves (lib/signoff): until then it is on record, and governs nobody.
 */
#ifndef MASHD_DECISION_DECISION_H
#define MASHD_DECISION_DECISION_H

#include "call/call.h"
#include "followup/followup.h"

enum err_code decision_record(struct call *call, struct err *err);

/* The list that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const decision_of_referral;

/*
 * Everybody whom a decision names has agreed, in a transaction that has locked the referral and raised its version: it takes
 * effect, now. One that is in effect already stays so. The caller refreshes. ERR_WRONG_STATE.
 */
enum err_code decision_take_effect(struct call *call, const struct followup_change *change, const char *id,
				   struct err *err) MUST_CHECK;
/* What waits about any of these children ("{…}", NULL: all) is overtaken; `reason` as in sign_off_lapse(). */
enum err_code decision_overtaken(struct call *call, const struct followup_change *change, const char *children,
				 const char *reason, struct err *err) MUST_CHECK;

/*
 * A screening has put its rating into effect, in a transaction that has locked the referral and raised its version: the final
 * decisions that took effect under a lower one are in question. The referral is worked on again, and a final decision owed, by
 * the policy's event decision.undone. What protects a child is never in question: it acts as the highest rating asks. The
 * caller refreshes.
 */
enum err_code decision_question(struct call *call, const struct followup_change *change, const char *screening,
				struct err *err) MUST_CHECK;

/* ---- rules.c: pure decisions ---- */

/* A discussion that a decision cites, in the order of the body. */
struct decision_citation {
	bool found;      /* it is a contact attempt of this referral */
	bool counts;     /* as a discussion */
	bool in_time;    /* held before the decision */
	bool about_them; /* about one of the decision's children */
	bool twice;      /* stands further up already */
};

/* The ceilings of the contract: `discussions`, and `exceptions` for everything that can be found at once. */
enum { DECISION_CITATIONS_MAX = 20, DECISION_FINDINGS_MAX = 60 };

struct decision_facts {
	const char *outcome;
	bool was_passed; /* every one of its children, to the worker of an open case */
	bool final;      /* stage */
	bool was_closed;
	bool changed_since_read;
	bool screened;
	bool judgement_waits; /* that nothing need be asked: a second person has not agreed */
	bool triage_open;
	/* as sent; NULL or false: not sent */
	const char *legal_basis;
	bool has_legal_basis_text;
	bool has_level_of_need;
	bool has_rationale;
	bool has_history;
	const char *undiscussed_reason;
	/* when */
	bool decided_in_future;
	bool decided_before_receipt;
	bool decided_before_another; /* that it would supersede */
	bool final_governs;          /* one of its children: what it would supersede is final */
	/* who */
	bool has_authoriser;
	bool authoriser_fits; /* a social-work-qualified manager of this hub, not disabled */
	bool authoriser_decides;
	bool has_second_person;
	bool second_person_fits; /* another practitioner or manager, not disabled */
	/* what was asked of the referrer before */
	bool ever_needed; /* clarification: sticky */
	bool discussed;   /* discussions that count were held about every one of its children */
	bool tried;       /* an attempt reached nobody */
	bool declined;
	bool referrer_anonymous;
	bool protected_before; /* an earlier decision on the referral protects a child */
	struct decision_citation citations[DECISION_CITATIONS_MAX];
	size_t n_citations;
};

/* strategy_discussion and immediate_protection: what is never refused. */
bool decision_protects(const char *outcome);

/*
 * All that is wrong with it: what refuses a decision, or stands in one that protects under `exceptions`. Pointers into the
 * body may lie in the arena. Returns how many.
 */
size_t decision_findings(const struct decision_facts *facts, struct arena *arena,
			 struct err_item ret_findings[DECISION_FINDINGS_MAX]) MUST_CHECK;

#endif
