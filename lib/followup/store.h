/* One function per statement that changes a follow-up: for this folder, where policies are asked (happened.c). */
#ifndef MASHD_FOLLOWUP_STORE_H
#define MASHD_FOLLOWUP_STORE_H

#include "followup/followup.h"

/* Opens a follow-up; does nothing where one of its kind is open. `started_at` NULL: now. */
enum err_code followup_open(const struct followup_change *change, const struct policy *policy,
			    const struct policy_opening *opening, const char *started_at, struct err *err) MUST_CHECK;
/* Locks all that is open; rows of id, kind, policy_id, and whether it had begun `at` that moment (NULL: now). */
enum err_code followup_lock_open(const struct followup_change *change, const char *at, PGresult **ret_open,
				 struct err *err) MUST_CHECK;
/* Meets one that followup_lock_open() has locked, at `met_at` (NULL: now). */
enum err_code followup_meet(const struct followup_change *change, const char *follow_up, const char *met_at,
			    struct err *err) MUST_CHECK;
/*
 * Gives one that followup_lock_open() has locked another time from its original start; the same time changes nothing.
 * `bound` NULL: none. `reason`: facts, policy, calendar. *ret_changed, where not NULL, says whether it has another time now.
 */
enum err_code followup_retime(const struct followup_change *change, const struct policy *policy, const char *follow_up,
			      const struct policy_due *due, const struct policy_bound *bound, const char *reason,
			      bool *ret_changed, struct err *err) MUST_CHECK;
/* followup_facts() without a call: of change->referral. */
enum err_code followup_read_facts(const struct followup_change *change, struct arena *arena,
				  struct policy_facts *ret_facts, struct err *err) MUST_CHECK;

#endif
