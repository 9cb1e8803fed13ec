/* See one.h. The referral first, then the follow-up: everybody locks in this order. */
#include "followup/one.h"

#include <string.h>

#include "gen/followup_sql.h"
#include "referral/referral.h"

#include "base/banned.h"

static enum err_code lock_referral(struct call *call, const char *referral, long long *ret_version, struct err *err)
{
	PGRESULT_AUTO PGresult *locked = NULL;
	PGRESULT_AUTO PGresult *raised = NULL;
	enum err_code code = referral_lock(call, referral, &locked, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_followup_raise_version, DB_VALUES(call->caller.partnership, referral),
				&raised, err);
	if (code == ERR_NONE)
		*ret_version = rows_int(raised, 0, "version");
	return code;
}

/* What it is of: *ret_referral NULL for a rejected submission. */
static enum err_code find_referral(struct call *call, const char *follow_up, const char **ret_referral, struct err *err)
{
	PGRESULT_AUTO PGresult *subject = NULL;
	enum err_code code = call_run(call, &SQL_followup_subject, DB_VALUES(call->caller.partnership, follow_up),
				      &subject, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(subject) == 0)
		return call_not_found(err);
	*ret_referral = arena_strdup(call->arena, rows_text(subject, 0, "referral_id"));
	return ERR_NONE;
}

enum err_code one_lock_open(struct call *call, const char *follow_up, const char *what,
			    struct followup_change *ret_change, PGresult **ret_locked, struct err *err)
{
	const char *referral = NULL;
	long long version = 0;
	PGRESULT_AUTO PGresult *locked = NULL;
	enum err_code code = find_referral(call, follow_up, &referral, err);
	if (code == ERR_NONE && referral != NULL)
		code = lock_referral(call, referral, &version, err);
	if (code != ERR_NONE)
		return code;
	struct followup_change change = followup_change_of(call, referral, version);
	if (referral == NULL)
		change.version = NULL;
	code = followup_lock(&change, &SQL_followup_lock_id, DB_VALUES(change.partnership, follow_up), &locked, err);
	if (code != ERR_NONE)
		return code;
	const char *state = rows_text(locked, 0, "state");
	if (strcmp(state, "open") != 0)
		return err_set(err, ERR_WRONG_STATE, "",
			       "this follow-up is %s; only an open one can be %s; allowed now: nothing", state, what);
	*ret_change = change;
	*ret_locked = locked;
	locked = NULL;
	return ERR_NONE;
}

enum err_code one_reply(struct call *call, const struct followup_change *change, const char *follow_up, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = change->referral == NULL ? ERR_NONE : followup_refresh(change, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_followup_one, DB_VALUES(change->partnership, follow_up), &row, err);
	if (code != ERR_NONE)
		return code;
	return call_reply_row(call, row, 201);
}
