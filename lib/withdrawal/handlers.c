/* requestWithdrawal and answerWithdrawal. */
#include <string.h>

#include "base/json.h"
#include "closure/closure.h"
#include "flag/flag.h"
#include "followup/followup.h"
#include "gen/withdrawal_sql.h"
#include "link/link.h"
#include "referral/referral.h"
#include "referral/state.h"
#include "signoff/signoff.h"
#include "withdrawal/withdrawal.h"

#include "base/banned.h"

const struct statement *const withdrawal_of_referral = &SQL_withdrawal_of_referral;
const struct statement *const withdrawal_of_referral_for_agency = &SQL_withdrawal_of_referral_for_agency;

/* ---- requestWithdrawal ---- */

static enum err_code check_none_open(struct call *call, const char *referral, struct err *err)
{
	PGRESULT_AUTO PGresult *open = NULL;
	enum err_code code = call_run(call, &SQL_withdrawal_open, DB_VALUES(call->caller.partnership, referral), &open,
				      err);
	if (code == ERR_NONE && PQntuples(open) > 0)
		return err_set(err, ERR_WRONG_STATE, "",
			       "you have asked for this referral back already; allowed now: to wait for the answer");
	return code;
}

static enum err_code request(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const char *referral = call_parameter(call, "referral_id");
	const char *state = NULL;
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	PGRESULT_AUTO PGresult *locked = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = referral_lock(call, referral, &locked, err);
	if (code == ERR_NONE)
		code = state_after(rows_text(locked, 0, "state"), STATE_WITHDRAW, &state, err);
	if (code == ERR_NONE)
		code = check_none_open(call, referral, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_withdrawal_request,
				DB_VALUES(call->caller.partnership, referral, id, call->caller.agency_id,
					  json_text(call->body, "reason"), event, call->x->request_id),
				&row, err);
	if (code != ERR_NONE)
		return code;
	call_etag(call, rows_int(row, 0, "_version"));
	return call_reply_row(call, row, 201);
}

enum err_code withdrawal_request(struct call *call, struct err *err)
{
	return call_write(call, request, NULL, err);
}

/* ---- answerWithdrawal ---- */

struct answering {
	const char *referral;
	const char *withdrawal;
	const char *answer;
	const char *duplicate_of; /* NULL: none */
	bool closes;
};

/* Two referrals that say the same must not both be gone: somebody has to go on with one of them. */
static enum err_code check_one_goes_on(const PGresult *facts, const struct answering *a, struct err *err)
{
	const char *gone = rows_text(facts, 0, "other_gone_as");
	const char *hangs = rows_text(facts, 0, "hangs_on_this");
	if (gone != NULL && strcmp(gone, "duplicate") == 0)
		return err_set(err, ERR_RULE_BROKEN, "/duplicate_of",
			       "that referral was closed as a duplicate itself: name the one that goes on");
	if (gone != NULL)
		return err_set(
			err, ERR_RULE_BROKEN, "/duplicate_of",
			"that referral was closed as sent in error: name one that goes on, or reopen that one first");
	if (a->closes && a->duplicate_of == NULL && hangs != NULL)
		return err_set(err, ERR_WRONG_STATE, "",
			       "%s stands as a duplicate of this referral, and both would be gone; allowed now: to "
			       "take that link back and, where it is closed, to reopen it",
			       hangs);
	return ERR_NONE;
}

static enum err_code check(struct call *call, const struct answering *a, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_withdrawal_facts,
				      DB_VALUES(call->caller.partnership, a->referral, a->withdrawal, a->duplicate_of),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return call_not_found(err);
	if (rows_bool(row, 0, "answered"))
		return err_set(err, ERR_WRONG_STATE, "", "this withdrawal is answered already; allowed now: nothing");
	if (a->duplicate_of != NULL && rows_bool(row, 0, "of_itself"))
		return err_set(err, ERR_RULE_BROKEN, "/duplicate_of", "a referral is no duplicate of itself");
	if (a->duplicate_of != NULL && !rows_bool(row, 0, "other_found"))
		return err_set(err, ERR_RULE_BROKEN, "/duplicate_of", "there is no such referral here");
	return check_one_goes_on(row, a, err);
}

/* What closes it: nothing is owed for a referral that should not be there. */
static enum err_code let_go(struct call *call, const struct answering *a, const struct followup_change *change,
			    struct err *err)
{
	const char *reason = a->duplicate_of == NULL ? "sent_in_error" : "duplicate";
	enum err_code code = closure_withdrawn(call, change, reason, a->withdrawal, a->duplicate_of, err);
	if (code == ERR_NONE && a->duplicate_of != NULL)
		code = link_duplicate(call, a->referral, change->version, a->duplicate_of,
				      json_text(call->body, "reason"), err);
	if (code == ERR_NONE)
		code = sign_off_lapse(call, change, NULL, NULL, "withdrawn", err);
	if (code == ERR_NONE)
		code = flag_cancel_manual(call, change, err);
	if (code == ERR_NONE)
		code = followup_cancel_all(change, err);
	return code == ERR_NONE ? followup_refresh(change, err) : code;
}

static enum err_code record(struct call *call, const struct answering *a, const char *state, struct err *err)
{
	char events[2][IDENT_SIZE];
	ident_new(events[0]);
	ident_new(events[1]);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_withdrawal_answer,
				      DB_VALUES(call->caller.partnership, a->referral, a->withdrawal, a->answer,
						json_text(call->body, "reason"), a->duplicate_of, call->caller.staff_id,
						state, events[0], events[1], call->x->request_id),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct followup_change change = followup_change_of(call, a->referral, rows_int(row, 0, "version"));
	if (a->closes)
		code = let_go(call, a, &change, err);
	return code == ERR_NONE ? referral_answer(call, a->referral, row, err) : code;
}

static enum err_code answer(struct call *call, void *ctx, struct err *err)
{
	const struct answering *a = ctx;
	PGRESULT_AUTO PGresult *locked = NULL;
	enum err_code code = ERR_NONE;
	if (a->duplicate_of != NULL)
		code = link_lock_pair(call, a->referral, a->duplicate_of, err);
	if (code == ERR_NONE)
		code = referral_lock_unchanged(call, a->referral, &locked, err);
	if (code == ERR_NONE)
		code = check(call, a, err);
	if (code != ERR_NONE)
		return code;
	const char *state = rows_text(locked, 0, "state");
	if (a->closes)
		code = state_after(state, STATE_WITHDRAW, &state, err);
	return code == ERR_NONE ? record(call, a, state, err) : code;
}

enum err_code withdrawal_answer(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	struct answering a = {
		.referral = call_parameter(call, "referral_id"),
		.withdrawal = call_parameter(call, "withdrawal_id"),
		.answer = json_text(call->body, "answer"),
		.duplicate_of = json_text(call->body, "duplicate_of"),
	};
	a.closes = strcmp(a.answer, "continued") != 0;
	return call_write(call, answer, &a, err);
}
