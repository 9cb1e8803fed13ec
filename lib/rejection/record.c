/* Remembering refusals, and making them good. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "followup/followup.h"
#include "gen/rejection_sql.h"
#include "rejection/rejection.h"
#include "rejection/rules.h"

#include "base/banned.h"

enum { DIGEST_BYTES = 16 };

struct remembering {
	const struct caller *caller;
	const char *reference;
	const char *problem;
	const char *request_id;
	unsigned long long size;
	char digest[2 * DIGEST_BYTES + 1];
	const struct policy *policy;
	bool asks; /* the policy, for a `resubmission` */
	struct policy_due due;
};

/* The refused post's `id`, and what the policy asks for. */
static enum err_code open_resubmission(struct db *db, const struct remembering *r, const char *id, struct err *err)
{
	const struct caller *caller = r->caller;
	const char *calendar = caller->calendar_id[0] == '\0' ? NULL : caller->calendar_id;
	char follow_up[IDENT_SIZE];
	ident_new(follow_up);
	return db_run(db, &SQL_rejection_open_resubmission,
		      DB_VALUES(caller->partnership, calendar, id, follow_up, policy_title(r->policy), r->due.rule,
				r->due.source, r->due.unit, r->due.amount, policy_id(r->policy),
				policy_rule(r->policy, r->due.kind)->signals),
		      NULL, err);
}

static enum err_code insert(struct db *db, void *ctx, struct err *err)
{
	const struct remembering *r = ctx;
	const struct caller *caller = r->caller;
	PGRESULT_AUTO PGresult *kept = NULL;
	char id[IDENT_SIZE];
	char size[24];
	ident_new(id);
	(void)snprintf(size, sizeof size, "%llu", r->size);
	enum err_code code = db_run(db, &SQL_rejection_record,
				    DB_VALUES(caller->partnership, id, caller->agency_id, caller->key_id, r->reference,
					      r->problem, size, r->digest, r->request_id),
				    &kept, err);
	if (code != ERR_NONE || !r->asks)
		return code;
	return open_resubmission(db, r, rows_text(kept, 0, "id"), err);
}

static void digest_bytes(struct remembering *r, const char *bytes, size_t size)
{
	unsigned char digest[DIGEST_BYTES];
	(void)crypto_generichash(digest, sizeof digest, (const unsigned char *)bytes, size, NULL, 0);
	(void)sodium_bin2hex(r->digest, sizeof r->digest, digest, sizeof digest);
}

/* `resubmission` alone can open here: policy_check() sees to it. */
static bool find_due(const struct policy *policy, struct policy_due *ret_due)
{
	const struct policy_facts facts = {.rating = NULL};
	struct policy_opening opens[POLICY_OPENS_MAX];
	if (policy_opens(policy, "submission.rejected", &facts, opens) == 0)
		return false;
	*ret_due = opens[0].due;
	return true;
}

static enum err_code remember(struct db *db, const struct db_scope *scope, struct remembering *r,
			      const struct policy *policy, struct err *err)
{
	r->policy = policy;
	r->asks = find_due(policy, &r->due);
	return db_write(db, scope, insert, r, err);
}

enum err_code rejection_record(struct db *db, const struct db_scope *scope, const struct caller *caller,
			       const struct policy *policy, const struct http_exchange *x, const json_t *body,
			       const struct err *refusal, struct err *err)
{
	struct remembering r = {
		.caller = caller,
		.reference = rejection_reference_in(body),
		.problem = err_slug(refusal->code),
		.request_id = x->request_id,
		.size = x->body_size,
	};
	char scanned[REJECTION_REFERENCE_SIZE];
	if (body == NULL && rejection_reference_scan(x->body, x->body_size, scanned))
		r.reference = scanned;
	digest_bytes(&r, x->body, x->body_size);
	return remember(db, scope, &r, policy, err);
}

enum err_code rejection_record_unread(struct db *db, const struct caller *caller, const struct policy *policy,
				      const char *request_id, unsigned long long size, struct err *err)
{
	const struct db_scope scope = {.partnership = caller->partnership};
	struct remembering r = {
		.caller = caller,
		.problem = err_slug(ERR_BODY_TOO_LARGE),
		.request_id = request_id,
		.size = size,
	};
	digest_bytes(&r, request_id,
		     strlen(request_id)); /* nothing is known of it: two of one size may be two children */
	return remember(db, &scope, &r, policy, err);
}

enum err_code rejection_settle(struct call *call, const char *id, const char *event, struct err *err)
{
	struct followup_change change = followup_change_of(call, NULL, 0);
	const struct policy_facts facts = {.rating = NULL};
	change.version = NULL;
	change.rejected_submission = id;
	enum err_code code = followup_happened(&change, call_policy(call), event, &facts, NULL, err);
	return code == ERR_NONE
		       ? call_run(call, &SQL_rejection_settle, DB_VALUES(call->caller.partnership, id), NULL, err)
		       : code;
}

enum err_code rejection_resolve(struct call *call, const char *agency_id, const char *folded_reference, struct err *err)
{
	PGRESULT_AUTO PGresult *open = NULL;
	enum err_code code = call_run(call, &SQL_rejection_open_of_reference,
				      DB_VALUES(call->caller.partnership, agency_id, folded_reference), &open, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(open); row++)
		code = rejection_settle(call, rows_text(open, row, "id"), "submission.accepted", err);
	return code;
}
