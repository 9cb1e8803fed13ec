/* confirmDiscussion: the agency's answer to "was this discussed with you?" (DOMAIN section 7, against gaming). */
#include "base/json.h"
#include "discussion/discussion.h"
#include "gen/discussion_sql.h"
#include "referral/referral.h"

#include "base/banned.h"

const struct statement *const discussion_confirmations_of_referral = &SQL_discussion_confirmations_of_referral;

static enum err_code check(struct call *call, const char *referral, const char *attempt, struct err *err)
{
	static const char place[] = "/contact_attempt_id";
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_discussion_attempt_for_agency,
				      DB_VALUES(call->caller.partnership, referral, attempt), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return err_set(err, ERR_RULE_BROKEN, place,
			       "the hub has recorded no such attempt to reach you about this referral");
	if (!rows_bool(row, 0, "discussed"))
		return err_set(err, ERR_RULE_BROKEN, place,
			       "the hub does not say of this attempt that anything was discussed");
	return ERR_NONE;
}

static enum err_code confirm(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const char *referral = call_parameter(call, "referral_id");
	const char *attempt = json_text(call->body, "contact_attempt_id");
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	PGRESULT_AUTO PGresult *locked = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = referral_lock(call, referral, &locked, err);
	if (code == ERR_NONE)
		code = check(call, referral, attempt, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_discussion_confirm,
				DB_VALUES(call->caller.partnership, referral, id, attempt, call->caller.agency_id,
					  json_text(call->body, "answer"), json_text(call->body, "words"), event,
					  call->x->request_id),
				&row, err);
	if (code != ERR_NONE)
		return code;
	return call_reply_version(call, row, 201);
}

enum err_code discussion_confirm(struct call *call, struct err *err)
{
	return call_write(call, confirm, NULL, err);
}
