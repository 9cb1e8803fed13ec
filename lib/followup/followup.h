/*
 * Obligations with a clock. Every change of a follow-up goes through these functions: they keep the row, its flag and its
 * events together. They run inside a transaction (call_write) that has locked the referral (FOR NO KEY UPDATE: the sweep's
 * events point at the referral, and must not wait) and raised its version.
 *
 * Invariant: once a sweep has caught up, every timing that was past its due instant while the follow-up was open has exactly
 * one flag per level reached; and a flag stands uncleared only while its follow-up is open with that timing.
 *
 * due_at is due_instant() of counted_from, unit and amount, moved by each pause, and never after limit_at (the bound). Each
 * timing keeps the signals of its rule: when to warn, and who is told at which level. What time alone does (a warning, a level,
 * the end of a pause) is written down by the sweep; a change writes it down first where no sweep was in time.
 */
#ifndef MASHD_FOLLOWUP_FOLLOWUP_H
#define MASHD_FOLLOWUP_FOLLOWUP_H

#include <stdbool.h>

#include "call/call.h"
#include "followup/policy.h"

/*
 * Each open follow-up is judged by the policy that it was last timed under, which may be an older version than the one that
 * governs the partnership now.
 */
struct policies;

/* What a change belongs to. The strings must outlive it. */
struct followup_change {
	struct db *db;
	struct arena *arena;         /* where `policy` is there */
	const struct policy *policy; /* that governs; NULL: nobody asks whether duty has to take over */
	struct policies *policies;   /* where that of another version is found; NULL: there is one policy only */
	const char *partnership;
	const char *calendar;
	const char *referral;            /* NULL: of a rejected submission, which has no events */
	const char *rejected_submission; /* NULL: of a referral */
	const char *version;             /* of the referral after the change, as text; NULL where there is none */
	const char *actor_kind;          /* staff, agency, system */
	const char *actor;               /* id, NULL for a system */
	const char *request;             /* request id, NULL outside requests */
};

/* The change that `call` makes to a referral. */
struct followup_change followup_change_of(struct call *call, const char *referral, long long version);

/* The facts of a stored referral, with one statement; `out_of_hours` is of this moment. Strings lie in the call's arena. */
enum err_code followup_facts(struct call *call, const char *referral, struct policy_facts *ret_facts, struct err *err)
	MUST_CHECK;

/*
 * `event` (followup/events.h) happened, at `occurred_at` (NULL: now): meets each open follow-up whose rule says so, cancels those
 * that are no longer the hub's after it, then opens what the policy opens on it under these facts. One that is open already stays
 * as it is. Due, where the rule has a bound, at the earlier of its own time and the bound's, which runs from receipt; where the
 * need is found only after the bound has passed, `found_after` bounds it instead (DOMAIN section 3). What began only after
 * `occurred_at` asks for more than was done by then and stays open, except where the event's row says otherwise (meets_later), or
 * where somebody else owes it now.
 */
enum err_code followup_happened(const struct followup_change *change, const struct policy *policy, const char *event,
				const struct policy_facts *facts, const char *occurred_at, struct err *err) MUST_CHECK;

/* The same where the clock of what it opens does not start with the event, but at `runs_from`. */
enum err_code followup_happened_from(const struct followup_change *change, const struct policy *policy,
				     const char *event, const struct policy_facts *facts, const char *occurred_at,
				     const char *runs_from, struct err *err) MUST_CHECK;

/*
 * The same outside a request, for a change that has no version yet: of a referral that the transaction has locked. Raises its
 * version (*ret_version, which change->version then is) and refreshes it.
 */
enum err_code followup_happened_alone(struct followup_change *change, struct arena *arena, const struct policy *policy,
				      const char *event, char ret_version[24], struct err *err) MUST_CHECK;

/* Cancels the open one of a kind, if there is one: what it asked for has no object any more. */
enum err_code followup_cancel(const struct followup_change *change, const char *kind, struct err *err) MUST_CHECK;
/* Cancels all that is open: the referral itself has no object any more. */
enum err_code followup_cancel_all(const struct followup_change *change, struct err *err) MUST_CHECK;
/* A manager waives an open one. Locked by its id before (followup_lock()); one of a rejected submission settles it. */
enum err_code followup_waive(const struct followup_change *change, const char *follow_up, const char *reason,
			     struct err *err) MUST_CHECK;
/*
 * Gives all that is open of the referral the time that the policy says under these facts, from its original start: after facts
 * changed (a rating, above all). The same time changes nothing.
 */
enum err_code followup_retime_all(const struct followup_change *change, const struct policy *policy,
				  const struct policy_facts *facts, struct err *err) MUST_CHECK;

/*
 * The last step of each transaction that called any of the above: hands over to duty what falls due out of hours, or takes that
 * back (out_of_hours.c), and then keeps referral.next_due_at and discussed.
 */
enum err_code followup_refresh(const struct followup_change *change, struct err *err) MUST_CHECK;

/* The lists that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const followup_of_referral;
extern const struct statement *const followup_of_referral_for_agency;

/* ---- handlers ---- */

enum err_code followup_list(struct call *call, struct err *err);
enum err_code followup_waive_one(struct call *call, struct err *err);
enum err_code followup_pause_one(struct call *call, struct err *err);
enum err_code followup_resume_one(struct call *call, struct err *err);
enum err_code followup_explain(struct call *call, struct err *err);
enum err_code followup_acknowledge(struct call *call, struct err *err);

/* One of many, inside call_write(), with the members `method`, `sent_at` and `note` of the body; replies nothing. */
enum err_code followup_acknowledge_one(struct call *call, const char *referral, const char *if_match, struct err *err)
	MUST_CHECK;

#endif
