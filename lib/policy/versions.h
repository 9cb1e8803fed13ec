/*
 * The versions of a partnership's policy: a draft is written by one person and activated by another, and governs until the
 * next one is; none ever changes. What a policy says is lib/followup/policy.h's.
 */
#ifndef MASHD_POLICY_VERSIONS_H
#define MASHD_POLICY_VERSIONS_H

#include "call/call.h"
#include "followup/policies.h"

/* ---- handlers ---- */

enum err_code policy_list(struct call *call, struct err *err);
enum err_code policy_get(struct call *call, struct err *err);
enum err_code policy_create(struct call *call, struct err *err);
enum err_code policy_activate(struct call *call, struct err *err);
enum err_code policy_dry_run(struct call *call, struct err *err);

/* ---- for the jobs, and for mashctl ---- */

/* How many referrals one transaction puts under a new version. */
enum { POLICY_BATCH = 200 };

/*
 * Goes on with re-timing what was open when the active version was activated, one batch in a transaction of its own.
 * *ret_left says that there may be more; false where there is nothing to do, or another daemon does it.
 */
enum err_code policy_retime_pending(struct db *db, struct policies *policies, const struct db_scope *scope,
				    bool *ret_left, struct err *err) MUST_CHECK;

/* A version that is not in the database yet, as a draft. `author`: staff, NULL where nobody is known. ERR_ALREADY_EXISTS. */
enum err_code policy_insert(struct db *db, const char *partnership, const char *id, const json_t *document,
			    const char *author, PGresult **ret_row, struct err *err) MUST_CHECK;

/* The id of the version that a document names, where it is there with this very content; ERR_ALREADY_EXISTS with another. */
enum err_code policy_find_same(struct db *db, const char *partnership, const json_t *document, char ret_id[IDENT_SIZE],
			       struct err *err) MUST_CHECK;

/*
 * Inside a transaction: the draft governs from now on, and the one that did is superseded. `who`: staff. ERR_NOT_FOUND, ERR_WRONG_STATE, ERR_RULE_BROKEN (author, or a document that makes no sense any more). The row
 * afterwards in *ret_row.
 */
struct policy_activation {
	const struct contract *contract;
	struct policies *policies;
	struct arena *arena; /* of the items of an error */
	const char *partnership;
	const char *id;
	const char *who;
	const char *reason;
	const char *request; /* request id, NULL outside requests */
	bool retime_open;
};
enum err_code policy_activate_draft(struct db *db, const struct policy_activation *activation, PGresult **ret_row,
				    struct err *err) MUST_CHECK;

#endif
