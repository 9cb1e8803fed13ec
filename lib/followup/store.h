/* One function per statement that changes a follow-up: for this folder, where policies are asked (happened.c). */
#ifndef MASHD_FOLLOWUP_STORE_H
#define MASHD_FOLLOWUP_STORE_H

#include "followup/followup.h"

/* Opens a follow-up; does nothing where one of its kind is open. `started_at` NULL: now. */
enum err_code followup_open(const struct followup_change *change, const struct policy *policy,
			    const struct policy_opening *opening, const char *started_at, struct err *err) MUST_CHECK;
/*
 * Runs a locking statement (rows of id and is_behind) and writes down what time has done to the follow-ups that it locked, so
 * that the statements that change one of them find its flags. Every change of a follow-up begins so.
 */
enum err_code followup_lock(const struct followup_change *change, const struct statement *statement,
			    const char *const *values, PGresult **ret_locked, struct err *err) MUST_CHECK;
/* The second half of that, for whoever ran the statement along with others. */
enum err_code followup_catch_up(const struct followup_change *change, const PGresult *locked, struct err *err)
	MUST_CHECK;
/* Locks all that is open; rows of id, kind, policy_id, is_paused, and whether it had begun `at` that moment (NULL: now). */
enum err_code followup_lock_open(const struct followup_change *change, const char *at, PGresult **ret_open,
				 struct err *err) MUST_CHECK;
/* Meets one that followup_lock_open() has locked, at `met_at` (NULL: now). */
enum err_code followup_meet(const struct followup_change *change, const char *follow_up, const char *met_at,
			    struct err *err) MUST_CHECK;
/* Cancels one that followup_lock_open() has locked. `reason`: `cancels_as` of the event that did it. */
enum err_code followup_cancel_one(const struct followup_change *change, const char *follow_up, const char *reason,
				  struct err *err) MUST_CHECK;
/* Why what is open gets other times. */
struct retiming {
	/*
	 * Under facts that changed (where it is the rating, the ledger says so); by a policy that governs from now on; by a
	 * calendar that is another one now.
	 */
	enum { RETIME_FACTS, RETIME_POLICY, RETIME_CALENDAR } why;
	/*
	 * That governs the partnership. With RETIME_POLICY it judges from now on whatever it has a rule for, also what keeps its
	 * time; otherwise each follow-up is judged by the version that it was last timed under.
	 */
	const struct policy *policy;
	const struct policy_facts *facts; /* with RETIME_FACTS a time that looks at none stays what it is */
};
/*
 * Gives each of `open`, rows of followup_lock_open(), its time from its original start; the same time changes nothing. On red a
 * pause ends here. *ret_changed becomes true where one has another time now.
 */
enum err_code followup_retime(const struct followup_change *change, const struct retiming *retiming,
			      const PGresult *open, bool *ret_changed, struct err *err) MUST_CHECK;
/* Facts as a row of SQL_followup_facts; and those of change->referral, like followup_facts() without a call. */
enum err_code followup_facts_of(const PGresult *row, struct arena *arena, struct policy_facts *ret_facts,
				struct err *err) MUST_CHECK;
enum err_code followup_read_facts(const struct followup_change *change, struct arena *arena,
				  struct policy_facts *ret_facts, struct err *err) MUST_CHECK;
/* Pauses one that followup_lock() has locked and policy and facts allow to be paused (rules.h). */
enum err_code followup_pause(const struct followup_change *change, const char *follow_up, const char *reason,
			     const char *note, const char *until, struct err *err) MUST_CHECK;
/* Ends the pause of one that followup_lock() has locked, before it ends by itself. `reason`: asked, red; `note` may be NULL. */
enum err_code followup_resume(const struct followup_change *change, const char *follow_up, const char *reason,
			      const char *note, struct err *err) MUST_CHECK;

/*
 * The policy that judges a follow-up (`id` its policy_id; `policy` governs the partnership); to be released. `scope` NULL: read,
 * where it is not known yet, in the transaction of the change.
 */
enum err_code followup_hold_own(const struct followup_change *change, const struct db_scope *scope,
				const struct policy *policy, const char *id, const struct policy **ret_own,
				struct err *err) MUST_CHECK;
void followup_release_own(const struct followup_change *change, const struct policy *policy, const struct policy *own);

/*
 * Opens, or cancels, what hands a referral over to duty (out_of_hours.c); *ret_changed becomes true where it did. change->policy
 * is there.
 */
enum err_code followup_watch_hours(const struct followup_change *change, bool *ret_changed, struct err *err) MUST_CHECK;

#endif
