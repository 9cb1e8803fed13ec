/* recordNoReferral. */
#include "base/json.h"
#include "gen/rejection_sql.h"
#include "rejection/rejection.h"

#include "base/banned.h"

static enum err_code lock(struct call *call, const char *id, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_rejection_lock,
				      DB_VALUES(call->caller.partnership, call->caller.agency_id, id), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return call_not_found(err);
	if (rows_text(row, 0, "resolved_at") != NULL)
		return err_set(
			err, ERR_WRONG_STATE, "",
			"it was made good already, or called no referral; allowed now: nothing, and nothing is owed");
	return ERR_NONE;
}

static enum err_code record(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const char *id = call_parameter(call, "rejected_submission_id");
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = lock(call, id, err);
	if (code == ERR_NONE)
		code = call_run(
			call, &SQL_rejection_no_referral,
			DB_VALUES(call->caller.partnership, id, json_text(call->body, "reason"), call->caller.key_id),
			NULL, err);
	if (code == ERR_NONE)
		code = rejection_settle(call, id, "submission.no_referral", err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_rejection_get, DB_VALUES(call->caller.partnership, id), &row, err);
	return code == ERR_NONE ? call_reply_row(call, row, 201) : code;
}

enum err_code rejection_record_no_referral(struct call *call, struct err *err)
{
	return call_write(call, record, NULL, err);
}
