/*
 * Posts of agencies that were refused. A refusal is never the end: it is remembered (who, when, why; never the content), hub
 * and agency can see it, and where the policy has a rule for it a `resubmission` is owed until an accepted post has that
 * reference, the agency says that it was no referral, or a manager waives it.
 */
#ifndef MASHD_REJECTION_REJECTION_H
#define MASHD_REJECTION_REJECTION_H

#include "call/call.h"
#include "followup/policy.h"

/* Handler of listRejectedSubmissions: an agency sees its own, the hub all. */
enum err_code rejection_list(struct call *call, struct err *err);

/*
 * Handler of recordNoReferral: the agency says of its own refused post that it was no referral (DOMAIN section 3:
 * resubmission).
 */
enum err_code rejection_record_no_referral(struct call *call, struct err *err);

/*
 * Remembers the refusal of `x` in a transaction of its own. `body` is the parsed body, NULL where it could not be read: then
 * the reference is looked for in its bytes. The same bytes refused again for the same reason count as one more attempt.
 */
enum err_code rejection_record(struct db *db, const struct db_scope *scope, const struct caller *caller,
			       const struct policy *policy, const struct http_exchange *x, const json_t *body,
			       const struct err *refusal, struct err *err) MUST_CHECK;
/* The same for a body that was too large to be read. `size` in bytes, as announced. */
enum err_code rejection_record_unread(struct db *db, const struct caller *caller, const struct policy *policy,
				      const char *request_id, unsigned long long size, struct err *err) MUST_CHECK;

/*
 * Inside the transaction that makes a refused post good, which it has locked: what is owed for it ends by the policy's `event`.
 */
enum err_code rejection_settle(struct call *call, const char *id, const char *event, struct err *err) MUST_CHECK;

/*
 * Inside the transaction that accepts a post: what was refused under the same reference is made good, its `resubmission` met.
 */
enum err_code rejection_resolve(struct call *call, const char *agency_id, const char *folded_reference, struct err *err)
	MUST_CHECK;

#endif
