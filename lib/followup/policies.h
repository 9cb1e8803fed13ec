/*
 * The policies that partnerships made for themselves, compiled: a cache by row id, shared by all threads. A row's document
 * never changes, so that nothing here grows stale. Bounded: where it is full, the one that was not used for the longest gives
 * way; one that is held stays.
 */
#ifndef MASHD_FOLLOWUP_POLICIES_H
#define MASHD_FOLLOWUP_POLICIES_H

#include "db/db.h"
#include "followup/policy.h"

struct policies;

/* How many are kept, far more than there are worker threads. */
enum { POLICIES_MAX = 256 };

/* Both must outlive it. */
struct policies *policies_new(const struct contract *contract, const struct policy *shipped);
void policies_free(struct policies *policies);

/*
 * The policy of the row `id`, NULL or "" is the shipped one; held until policies_release(). Reads the row where it is not known
 * yet: with `scope` in a transaction of its own, with NULL inside the caller's (`partnership` names whose it is).
 * ERR_INTERNAL where there is no such row or its document does not fit this program's contract any more.
 */
enum err_code policies_hold(struct policies *policies, struct db *db, const struct db_scope *scope,
			    const char *partnership, const char *id, const struct policy **ret_policy, struct err *err)
	MUST_CHECK;
void policies_release(struct policies *policies, const struct policy *policy);

/* Whether the active policies of all partnerships can be read by this program; the first one that cannot is the failure. */
enum err_code policies_check_active(struct policies *policies, struct db *db, struct err *err) MUST_CHECK;

#endif
