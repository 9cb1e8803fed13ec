/* listFollowUps, waiveFollowUp and recordAcknowledgement. What a change does to flags and events is store.c's. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "followup/one.h"
#include "followup/rules.h"
#include "gen/followup_sql.h"
#include "referral/referral.h"
#include "referral/state.h"

#include "base/banned.h"

/* ---- listFollowUps ---- */

enum err_code followup_list(struct call *call, struct err *err)
{
	const char *partnership = call->caller.partnership;
	const char *referral = call_parameter(call, "referral_id");
	const char *agency = call->caller.agency_id[0] == '\0' ? NULL : call->caller.agency_id;
	const struct statement *list = agency == NULL ? &SQL_followup_of_referral
						      : &SQL_followup_of_referral_for_agency;
	const struct db_step steps[] = {
		{&SQL_followup_visible, DB_VALUES(partnership, referral, agency)},
		{list, DB_VALUES(partnership, referral)},
	};
	PGresult *results[2];
	enum err_code code = call_read_all(call, steps, 2, results, err);
	if (code != ERR_NONE)
		return code;
	PGRESULT_AUTO PGresult *visible = results[0];
	PGRESULT_AUTO PGresult *rows = results[1];
	if (PQntuples(visible) == 0)
		return call_not_found(err);
	buf_add_text(call->out, "{\"items\":");
	rows_write_list(call->out, rows, 0, PQntuples(rows));
	buf_add_text(call->out, ",\"next\":null}");
	call_reply(call, 200);
	return ERR_NONE;
}

/* ---- waiveFollowUp ---- */

static enum err_code check_waiver(struct call *call, const char *follow_up, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_followup_waiver_facts, DB_VALUES(call->caller.partnership, follow_up),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct waiver_facts facts = {
		.kind = rows_text(row, 0, "kind"),
		.is_screened = rows_bool(row, 0, "is_screened"),
		.is_decided = rows_bool(row, 0, "is_decided"),
	};
	return waiver_check(&facts, err);
}

static enum err_code waive(struct call *call, void *ctx, struct err *err)
{
	const char *follow_up = ctx;
	struct followup_change change;
	PGRESULT_AUTO PGresult *locked = NULL;
	enum err_code code = one_lock_open(call, follow_up, "waived", &change, &locked, err);
	if (code == ERR_NONE)
		code = check_waiver(call, follow_up, err);
	if (code == ERR_NONE)
		code = followup_waive(&change, follow_up, json_text(call->body, "reason"), err);
	return code == ERR_NONE ? one_reply(call, &change, follow_up, err) : code;
}

enum err_code followup_waive_one(struct call *call, struct err *err)
{
	if (call->caller.staff_id[0] == '\0')
		return err_set(err, ERR_FORBIDDEN, "",
			       "a waiver is a person's word: this needs the key of a member of staff");
	const char *follow_up = call_parameter(call, "follow_up_id");
	return call_write(call, waive, (void *)(uintptr_t)follow_up, err);
}

/* ---- recordAcknowledgement ---- */

static enum err_code record_sent(struct call *call, const char *referral, const char *sent_at, long long *ret_version,
				 struct err *err)
{
	char event[IDENT_SIZE];
	ident_new(event);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_followup_acknowledged,
				      DB_VALUES(call->caller.partnership, referral, json_text(call->body, "method"),
						sent_at, json_text(call->body, "note"), event,
						caller_kind(&call->caller), caller_actor(&call->caller),
						call->x->request_id),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	if (rows_bool(row, 0, "in_future"))
		return err_set(err, ERR_RULE_BROKEN, "/sent_at",
			       "an acknowledgement cannot have been sent in the future");
	if (rows_bool(row, 0, "before_receipt"))
		return err_set(err, ERR_RULE_BROKEN, "/sent_at",
			       "an acknowledgement cannot have been sent before the referral was received");
	*ret_version = rows_int(row, 0, "version");
	return ERR_NONE;
}

/* An acknowledgement can be recorded while one is owed. */
static enum err_code check_owed(struct call *call, const char *referral, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_followup_latest_of_kind,
				      DB_VALUES(call->caller.partnership, referral, "acknowledge"), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return err_set(err, ERR_WRONG_STATE, "",
			       "no acknowledgement is owed for this referral; allowed now: nothing");
	const char *state = rows_text(row, 0, "state");
	if (strcmp(state, "open") != 0)
		return err_set(err, ERR_WRONG_STATE, "",
			       "the acknowledgement of this referral is %s already; allowed now: nothing", state);
	return ERR_NONE;
}

static enum err_code change_follow_ups(struct call *call, const char *referral, long long version, const char *sent_at,
				       struct err *err)
{
	const struct followup_change change = followup_change_of(call, referral, version);
	struct policy_facts facts;
	enum err_code code = followup_facts(call, referral, &facts, err);
	if (code == ERR_NONE)
		code = followup_happened(&change, call_policy(call), "acknowledgement.sent", &facts, sent_at, err);
	return code == ERR_NONE ? followup_refresh(&change, err) : code;
}

static enum err_code reply_acknowledged(struct call *call, const char *referral, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_followup_latest_of_kind,
				      DB_VALUES(call->caller.partnership, referral, "acknowledge"), &row, err);
	if (code != ERR_NONE)
		return code;
	return call_reply_row(call, row, 201);
}

enum err_code followup_acknowledge_one(struct call *call, const char *referral, const char *if_match, struct err *err)
{
	const char *sent_at = json_text(call->body, "sent_at");
	PGRESULT_AUTO PGresult *locked = NULL;
	const char *state = NULL;
	long long version = 0;
	enum err_code code = referral_lock_at(call, referral, if_match, &locked, err);
	if (code == ERR_NONE)
		code = state_after(rows_text(locked, 0, "state"), STATE_ACKNOWLEDGE, &state, err);
	if (code == ERR_NONE)
		code = record_sent(call, referral, sent_at, &version, err);
	if (code == ERR_NONE)
		code = check_owed(call, referral, err);
	return code == ERR_NONE ? change_follow_ups(call, referral, version, sent_at, err) : code;
}

static enum err_code acknowledge(struct call *call, void *ctx, struct err *err)
{
	enum err_code code = followup_acknowledge_one(call, ctx, NULL, err);
	return code == ERR_NONE ? reply_acknowledged(call, ctx, err) : code;
}

enum err_code followup_acknowledge(struct call *call, struct err *err)
{
	const char *referral = call_parameter(call, "referral_id");
	return call_write(call, acknowledge, (void *)(uintptr_t)referral, err);
}
