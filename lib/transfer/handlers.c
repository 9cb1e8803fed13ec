/* transferReferral and acceptTransfer. */
#include "base/json.h"
#include "gen/transfer_sql.h"
#include "referral/referral.h"
#include "referral/state.h"
#include "transfer/transfer.h"

#include "base/banned.h"

const struct statement *const transfer_of_referral = &SQL_transfer_of_referral;

static enum err_code read_facts(struct call *call, const char *at, PGresult **ret_row, struct transfer_facts *ret_facts,
				struct err *err)
{
	const char *replaces = json_text(call->body, "replaces");
	enum err_code code = call_run(
		call, &SQL_transfer_facts,
		DB_VALUES(call->caller.partnership, call_parameter(call, "referral_id"), at, replaces), ret_row, err);
	if (code != ERR_NONE)
		return code;
	*ret_facts = (struct transfer_facts){
		.is_pending = rows_bool(*ret_row, 0, "is_pending"),
		.replaces = replaces != NULL,
		.replaced_is_latest = rows_bool(*ret_row, 0, "replaced_is_latest"),
		.is_accepted = rows_bool(*ret_row, 0, "is_accepted"),
		.in_future = rows_bool(*ret_row, 0, "in_future"),
		.before_receipt = rows_bool(*ret_row, 0, "before_receipt"),
		.before_decision = rows_bool(*ret_row, 0, "before_decision"),
	};
	return ERR_NONE;
}

static enum err_code finish(struct call *call, const PGresult *recorded, const char *event, const char *at,
			    struct err *err)
{
	const char *referral = call_parameter(call, "referral_id");
	enum err_code code = referral_happened(call, referral, rows_int(recorded, 0, "version"), event, at, err);
	return code == ERR_NONE ? referral_answer(call, referral, recorded, err) : code;
}

/* ---- transferReferral ---- */

static enum err_code record_decision(struct call *call, const char *at, PGresult **ret_recorded, struct err *err)
{
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	return call_run(call, &SQL_transfer_decide,
			DB_VALUES(call->caller.partnership, call_parameter(call, "referral_id"), id,
				  json_text(call->body, "to_authority"), json_text(call->body, "contact_name"),
				  json_text(call->body, "contact"), json_text(call->body, "reason"),
				  call->caller.staff_id, at, event, call->x->request_id,
				  json_text(call->body, "replaces")),
			ret_recorded, err);
}

static enum err_code decide(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	PGRESULT_AUTO PGresult *recorded = NULL;
	struct transfer_facts facts;
	const char *state = NULL;
	const char *at = json_text(call->body, "decided_at");
	enum err_code code = referral_lock_unchanged(call, call_parameter(call, "referral_id"), &referral, err);
	if (code == ERR_NONE)
		code = state_after(rows_text(referral, 0, "state"), STATE_TRANSFER, &state, err);
	if (code == ERR_NONE)
		code = read_facts(call, at, &row, &facts, err);
	if (code == ERR_NONE)
		code = transfer_check_decision(&facts, err);
	if (code == ERR_NONE)
		code = record_decision(call, at, &recorded, err);
	return code == ERR_NONE ? finish(call, recorded, "decision.transfer", at, err) : code;
}

enum err_code transfer_decide(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, decide, NULL, err) : code;
}

/* ---- acceptTransfer ---- */

static enum err_code record_acceptance(struct call *call, const PGresult *found, const char *at,
				       PGresult **ret_recorded, struct err *err)
{
	char event[IDENT_SIZE];
	ident_new(event);
	return call_run(call, &SQL_transfer_accept,
			DB_VALUES(call->caller.partnership, call_parameter(call, "referral_id"),
				  rows_text(found, 0, "latest_id"), json_text(call->body, "accepted_name"),
				  json_text(call->body, "accepted_role"), json_text(call->body, "accepted_reference"),
				  at, json_text(call->body, "note"), call->caller.staff_id, event, call->x->request_id,
				  rows_text(found, 0, "going"), rows_bool(found, 0, "all_go") ? "true" : "false"),
			ret_recorded, err);
}

static enum err_code accept(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	PGRESULT_AUTO PGresult *recorded = NULL;
	struct transfer_facts facts;
	const char *at = json_text(call->body, "accepted_at");
	enum err_code code = referral_lock(call, call_parameter(call, "referral_id"), &referral, err);
	if (code == ERR_NONE)
		code = read_facts(call, at, &row, &facts, err);
	if (code == ERR_NONE)
		code = transfer_check_acceptance(&facts, err);
	if (code == ERR_NONE)
		code = record_acceptance(call, row, at, &recorded, err);
	if (code != ERR_NONE)
		return code;
	/* What is owed for a child that stays is still owed by the hub. */
	const char *event = rows_bool(row, 0, "all_go") ? "transfer.accepted" : "transfer.accepted_in_part";
	return finish(call, recorded, event, at, err);
}

enum err_code transfer_accept(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, accept, NULL, err) : code;
}
