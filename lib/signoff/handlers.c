/* listSignOffs and answerSignOff; asking and lapsing for the features that need a second person's word. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "call/page.h"
#include "decision/decision.h"
#include "flag/flag.h"
#include "gen/signoff_sql.h"
#include "referral/referral.h"
#include "screening/screening.h"
#include "signoff/signoff.h"

#include "base/banned.h"

const struct statement *const sign_off_of_referral = &SQL_signoff_of_referral;

/* ---- for other features ---- */

enum err_code sign_off_ask(struct call *call, const struct followup_change *change, const char *subject_kind,
			   const char *subject, const char *part, const char *asked_of, struct err *err)
{
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	return call_run(call, &SQL_signoff_ask,
			DB_VALUES(change->partnership, change->referral, change->version, id, subject_kind, subject,
				  part, asked_of, call->caller.staff_id, event, change->request),
			NULL, err);
}

enum err_code sign_off_lapse(struct call *call, const struct followup_change *change, const char *subject_kind,
			     const char *subjects, const char *reason, struct err *err)
{
	char base[IDENT_SIZE];
	ident_new(base);
	return call_run(call, &SQL_signoff_lapse,
			DB_VALUES(change->partnership, change->referral, change->version, subject_kind, subjects,
				  reason, base, change->actor_kind, change->actor, change->request),
			NULL, err);
}

/* ---- listSignOffs ---- */

/* The three take the same parameters; each is there for its index. */
static const struct statement *list_for(const struct call *call)
{
	const char *state = call_parameter(call, "state");
	if (call_parameter(call, "referral_id") != NULL)
		return &SQL_signoff_list_of_referral;
	return state != NULL && strcmp(state, "open") == 0 ? &SQL_signoff_list_open : &SQL_signoff_list;
}

enum err_code sign_off_list(struct call *call, struct err *err)
{
	struct page page;
	enum err_code code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	const char *reader = call->caller.staff_id[0] == '\0' ? NULL : call->caller.staff_id;
	PGRESULT_AUTO PGresult *rows = NULL;
	code = call_read(call, list_for(call),
			 DB_VALUES(call->caller.partnership, call_parameter(call, "state"),
				   call_parameter(call, "referral_id"), call_parameter(call, "mine"), reader,
				   caller_has(&call->caller, ROLE_MANAGER) ? "true" : "false", page.after[0],
				   page.after[1], page.limit_text),
			 &rows, err);
	return code == ERR_NONE ? page_reply(call, &page, rows, err) : code;
}

/* ---- answerSignOff ---- */

/* The referral first, then what is of it: everybody locks in this order. */
static enum err_code lock(struct call *call, const char *id, const char **ret_referral, struct err *err)
{
	PGRESULT_AUTO PGresult *owner = NULL;
	PGRESULT_AUTO PGresult *locked = NULL;
	enum err_code code = call_run(call, &SQL_signoff_owner, DB_VALUES(call->caller.partnership, id), &owner, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(owner) == 0)
		return call_not_found(err);
	const char *referral = arena_strdup(call->arena, rows_text(owner, 0, "referral_id"));
	code = referral_lock(call, referral, &locked, err);
	if (code == ERR_NONE)
		*ret_referral = referral;
	return code;
}

static enum err_code check(struct call *call, const char *id, bool agreed, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_signoff_facts,
				      DB_VALUES(call->caller.partnership, id, call->caller.staff_id), &row, err);
	if (code != ERR_NONE)
		return code;
	bool is_manager = caller_has(&call->caller, ROLE_MANAGER);
	const struct sign_off_facts facts = {
		.state = rows_text(row, 0, "state"),
		.part = rows_text(row, 0, "part"),
		.is_refusal = !agreed,
		.asked_you = rows_bool(row, 0, "asked_you"),
		.asked_somebody = rows_bool(row, 0, "asked_somebody"),
		.asked_by_you = rows_bool(row, 0, "asked_by_you"),
		.is_manager = is_manager,
		.is_qualified_manager = is_manager && rows_bool(row, 0, "is_qualified_manager"),
		.has_stand_in_reason = json_text(call->body, "stand_in_reason") != NULL,
		.takes_effect_on_referral = strcmp(rows_text(row, 0, "subject_kind"), "flag") != 0,
		.triage_open = rows_bool(row, 0, "triage_open"),
	};
	return sign_off_check(&facts, err);
}

/* What the word changes. A decision waits until everybody it names has agreed; one refusal is enough to end that. */
static enum err_code take_effect(struct call *call, const struct followup_change *change, const PGresult *answered,
				 bool agreed, struct err *err)
{
	const char *kind = rows_text(answered, 0, "subject_kind");
	const char *subject = rows_text(answered, 0, "subject_id");
	bool is_decision = strcmp(kind, "decision") == 0;
	enum err_code code = ERR_NONE;
	if (strcmp(kind, "flag") == 0)
		code = flag_signed_off(call, change, subject, agreed, err);
	else if (agreed && is_decision && rows_bool(answered, 0, "others_agreed"))
		code = decision_take_effect(call, change, subject, err);
	else if (agreed && !is_decision)
		code = screening_agreed(call, change, subject, err);
	else if (!agreed && is_decision)
		code = sign_off_lapse(call, change, kind, arena_printf(call->arena, "{%s}", subject),
				      "refused_by_another", err);
	else if (!agreed)
		code = screening_refused(call, change, err);
	return code == ERR_NONE ? followup_refresh(change, err) : code;
}

static enum err_code answer(struct call *call, void *ctx, struct err *err)
{
	const char *id = ctx;
	const char *word = json_text(call->body, "answer");
	const char *referral = NULL;
	bool agreed = strcmp(word, "agreed") == 0;
	char event[IDENT_SIZE];
	ident_new(event);
	PGRESULT_AUTO PGresult *answered = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = lock(call, id, &referral, err);
	if (code == ERR_NONE)
		code = check(call, id, agreed, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_signoff_answer,
				DB_VALUES(call->caller.partnership, id, word, json_text(call->body, "note"),
					  json_text(call->body, "stand_in_reason"), call->caller.staff_id, event,
					  call->x->request_id),
				&answered, err);
	if (code != ERR_NONE)
		return code;
	const struct followup_change change = followup_change_of(call, referral, rows_int(answered, 0, "version"));
	code = take_effect(call, &change, answered, agreed, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_signoff_one, DB_VALUES(call->caller.partnership, id), &row, err);
	return code == ERR_NONE ? referral_answer(call, referral, row, err) : code;
}

enum err_code sign_off_answer(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	const char *id = call_parameter(call, "sign_off_id");
	return call_write(call, answer, (void *)(uintptr_t)id, err);
}
