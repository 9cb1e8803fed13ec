/*
 * Putting what is open under another version of the policy, referral by referral: when a version is activated, and as a
 * dry-run, which does the same and rolls back. Ended follow-ups keep the version that they were judged by, and so does an open
 * one of which the new version has no rule.
 */
#ifndef MASHD_FOLLOWUP_GOVERN_H
#define MASHD_FOLLOWUP_GOVERN_H

#include "followup/followup.h"

/*
 * The referrals with open follow-ups that `policy` has rules for and does not judge yet: at most `limit`, by id, after the
 * referral `after` (NULL: from the first). Rows of referral_id, which is _key1 too.
 */
enum err_code followup_ungoverned(struct db *db, const char *partnership, const struct policy *policy,
				  const char *after, const char *limit, PGresult **ret_referrals, struct err *err)
	MUST_CHECK;
/* How many open follow-ups `policy` has no rule for; these stay as they are. */
enum err_code followup_without_rule(struct db *db, const char *partnership, const struct policy *policy,
				    long long *ret_count, struct err *err) MUST_CHECK;

/*
 * Inside a transaction: re-times the open follow-ups of change->referral as `policy` says, and raises the referral's version
 * where one of them has another time now. `change` needs no version. Referrals of one transaction in the order of their ids.
 */
enum err_code followup_govern(const struct followup_change *change, struct arena *arena, const struct policy *policy,
			      struct err *err) MUST_CHECK;

/* The open follow-ups of a referral with their times: follow_up_id, referral_id, reference, kind, rule, due_at, overdue. */
enum err_code followup_times(struct db *db, const char *partnership, const char *referral, PGresult **ret_times,
			     struct err *err) MUST_CHECK;

#endif
