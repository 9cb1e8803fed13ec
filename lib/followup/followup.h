/*
 * Obligations with a clock. Every change of a follow-up goes through these functions: they keep the row, its flag and its
 * events together. They run inside a transaction (call_write) that has locked the referral (FOR NO KEY UPDATE: the sweep's
 * events point at the referral, and must not wait) and raised its version.
 *
 * Invariant: once a sweep has caught up, every timing that was past its due instant while the follow-up was open has exactly
 * one flag per level reached; and a flag stands uncleared only while its follow-up is open with that timing.
 */
#ifndef MASHD_FOLLOWUP_FOLLOWUP_H
#define MASHD_FOLLOWUP_FOLLOWUP_H

#include <stdbool.h>

#include "call/call.h"
#include "followup/policy.h"

/* What a change belongs to. The strings must outlive it. */
struct followup_change {
	struct db *db;
	const char *partnership;
	const char *calendar;
	const char *referral;   /* NULL: the follow-up is of a rejected submission and has no events */
	const char *version;    /* of the referral after the change, as text; NULL where there is none */
	const char *policy;     /* title: stored with each timing */
	const char *actor_kind; /* staff, agency, system */
	const char *actor;      /* id, NULL for a system */
	const char *request;    /* request id, NULL outside requests */
};

/* The change that `call` makes to a referral. */
struct followup_change followup_change_of(struct call *call, const char *referral, long long version);

/*
 * Opens a follow-up; does nothing where one of its kind is open. `started_at` NULL: now. `bound` NULL: none (see
 * policy_bound()): then due at the earlier of its own time and the bound's, which runs from receipt; where the need is found
 * (`started_at`) only after the bound has passed, `found_after` bounds it instead. DOMAIN section 3.
 */
enum err_code followup_open(const struct followup_change *change, const struct policy_due *due,
			    const struct policy_bound *bound, const char *started_at, struct err *err) MUST_CHECK;
/* Opens all that the policy opens on `event` under these facts. */
enum err_code followup_open_on(const struct followup_change *change, const struct policy *policy, const char *event,
			       const struct policy_facts *facts, const char *started_at, struct err *err) MUST_CHECK;

/* Meets the open one of a kind, at `met_at` (NULL: now). *ret_met, where not NULL, says whether one was open. */
enum err_code followup_meet(const struct followup_change *change, const char *kind, const char *met_at, bool *ret_met,
			    struct err *err) MUST_CHECK;
/* The same, unless it began only after `met_at`: triage of additional information that came after the judgement. */
enum err_code followup_meet_begun(const struct followup_change *change, const char *kind, const char *met_at,
				  struct err *err) MUST_CHECK;
/* Cancels the open one of a kind, if there is one: what it asked for has no object any more. */
enum err_code followup_cancel(const struct followup_change *change, const char *kind, struct err *err) MUST_CHECK;
/* A manager waives an open one. Locked by its id before (SQL_followup_lock_id); one of a rejected submission settles it. */
enum err_code followup_waive(const struct followup_change *change, const char *follow_up, const char *reason,
			     struct err *err) MUST_CHECK;
/* Meets the open one of a rejected submission, if there is one, and settles that. */
enum err_code followup_meet_resubmission(const struct followup_change *change, const char *rejected_submission,
					 struct err *err) MUST_CHECK;

/* Gives the open one of due->kind, if there is one, another time from its original start. The same time changes nothing. */
enum err_code followup_retime(const struct followup_change *change, const struct policy_due *due,
			      const struct policy_bound *bound, struct err *err) MUST_CHECK;
/* All that is open of the referral, as the policy says under new facts: after a change of rating. */
enum err_code followup_retime_all(const struct followup_change *change, const struct policy *policy,
				  const struct policy_facts *facts, struct err *err) MUST_CHECK;

/* referral.next_due_at; the last step of each transaction that called any of the above. */
enum err_code followup_refresh(const struct followup_change *change, struct err *err) MUST_CHECK;

/* The lists that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const followup_of_referral;
extern const struct statement *const followup_of_referral_for_agency;

/* ---- handlers ---- */

enum err_code followup_list(struct call *call, struct err *err);
enum err_code followup_waive_one(struct call *call, struct err *err);
enum err_code followup_acknowledge(struct call *call, struct err *err);

#endif
