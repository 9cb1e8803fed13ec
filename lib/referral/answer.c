/* What everything that is added to a referral has in common: its version, what happened, and the answer. */
#include <string.h>

#include "followup/followup.h"
#include "referral/referral.h"

#include "base/banned.h"

static enum err_code check_version(const PGresult *row, long long seen, const char *place, struct err *err)
{
	if (rows_int(row, 0, "version") == seen)
		return ERR_NONE;
	return err_set(err, ERR_STALE_VERSION, place,
		       "this referral is at version %lld now; its timeline says what happened since version %lld",
		       rows_int(row, 0, "version"), seen);
}

enum err_code referral_check_unchanged(const struct call *call, const PGresult *row, struct err *err)
{
	if (call_parameter(call, "If-Match") == NULL)
		return ERR_NONE;
	long long seen = 0;
	enum err_code code = call_if_match(call, &seen, err);
	return code == ERR_NONE ? check_version(row, seen, "If-Match", err) : code;
}

enum err_code referral_lock_unchanged(struct call *call, const char *id, PGresult **ret_row, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = referral_lock(call, id, &row, err);
	if (code == ERR_NONE)
		code = referral_check_unchanged(call, row, err);
	if (code != ERR_NONE)
		return code;
	*ret_row = row;
	row = NULL;
	return ERR_NONE;
}

enum err_code referral_lock_at(struct call *call, const char *id, const char *if_match, PGresult **ret_row,
			       struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	long long seen = 0;
	enum err_code code = if_match == NULL ? ERR_NONE : call_version(if_match, "/if_match", &seen, err);
	if (code == ERR_NONE)
		code = referral_lock(call, id, &row, err);
	if (code == ERR_NONE && if_match != NULL)
		code = check_version(row, seen, "/if_match", err);
	if (code != ERR_NONE)
		return code;
	*ret_row = row;
	row = NULL;
	return ERR_NONE;
}

enum err_code referral_happened(struct call *call, const char *id, long long version, const char *event,
				const char *occurred_at, struct err *err)
{
	const struct followup_change change = followup_change_of(call, id, version);
	struct policy_facts facts;
	enum err_code code = followup_facts(call, id, &facts, err);
	if (code == ERR_NONE)
		code = followup_happened(&change, call_policy(call), event, &facts, occurred_at, err);
	return code == ERR_NONE ? followup_refresh(&change, err) : code;
}

static enum err_code answer(struct call *call, const char *id, const PGresult *recorded, int row, struct err *err)
{
	PGRESULT_AUTO PGresult *follow_ups = NULL;
	enum err_code code = call_run(call, followup_of_referral, DB_VALUES(call->caller.partnership, id), &follow_ups,
				      err);
	if (code != ERR_NONE)
		return code;
	buf_add_char(call->out, '{');
	(void)rows_write_members(call->out, recorded, row);
	buf_add_text(call->out, ",\"follow_ups\":");
	rows_write_list(call->out, follow_ups, 0, PQntuples(follow_ups));
	code = referral_write_now(call, id, err);
	buf_add_char(call->out, '}');
	call_etag(call, rows_int(recorded, row, "version"));
	call_reply(call, 201);
	return code;
}

enum err_code referral_answer(struct call *call, const char *id, const PGresult *recorded, struct err *err)
{
	return answer(call, id, recorded, 0, err);
}

enum err_code referral_answer_listed(struct call *call, const char *id, const struct statement *list, const char *added,
				     struct err *err)
{
	PGRESULT_AUTO PGresult *rows = NULL;
	enum err_code code = call_run(call, list, DB_VALUES(call->caller.partnership, id), &rows, err);
	if (code != ERR_NONE)
		return code;
	int row = PQntuples(rows) - 1; /* mostly the latest */
	while (row > 0 && strcmp(rows_text(rows, row, "id"), added) != 0)
		row--;
	return answer(call, id, rows, row, err);
}
