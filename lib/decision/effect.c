/* How a decision takes effect: at once, or when everybody else whom it names has agreed. */
#include <string.h>

#include "decision/deciding.h"
#include "gen/decision_sql.h"
#include "referral/state.h"
#include "signoff/signoff.h"

#include "base/banned.h"

/* Protection never waits, not even for a final decision that says something else: that one is to be made again. */
static bool undoes(const struct deciding *d)
{
	return d->protects && !d->final && d->facts.final_governs;
}

enum err_code deciding_find_state(struct deciding *d, struct err *err)
{
	bool all_final = d->final && rows_bool(d->found, 0, "others_final");
	const char *state = d->state_before;
	enum err_code code = ERR_NONE;
	if (d->protects)
		code = state_after(state, STATE_PROTECT, &state, err);
	if (code == ERR_NONE && undoes(d) && strcmp(state, "decided") == 0)
		code = state_after(state, STATE_PROTECT_AGAIN, &state, err);
	if (code == ERR_NONE && (all_final || !d->protects))
		code = state_after(state, all_final ? STATE_DECIDE : STATE_DECIDE_NEXT_STEPS, &state, err);
	if (code != ERR_NONE)
		return code;
	d->state = state;
	if (d->protects)
		return ERR_NONE;
	if (!d->facts.screened)
		return err_set(err, ERR_WRONG_STATE, "",
			       "nobody has screened this referral; allowed now: screen, and decisions that protect");
	if (d->facts.triage_open)
		return err_set(err, ERR_WRONG_STATE, "",
			       "the referral is to be screened again for what has happened since the last screening; "
			       "allowed now: screen, and decisions that protect");
	if (d->facts.judgement_waits)
		return err_set(
			err, ERR_WRONG_STATE, "",
			"nobody has agreed that the referrer need not be asked; allowed now: the second person's "
			"word, screen, and decisions that protect");
	return ERR_NONE;
}

enum err_code deciding_govern(struct call *call, const struct deciding *d, const char *id, struct err *err)
{
	const char *partnership = call->caller.partnership;
	enum err_code code = call_run(call, &SQL_decision_supersede,
				      DB_VALUES(partnership, d->referral, id, d->children), NULL, err);
	if (code != ERR_NONE)
		return code;
	return call_run(call, &SQL_decision_assign,
			DB_VALUES(partnership, d->referral, id, d->final ? "final" : "next_steps", d->children), NULL,
			err);
}

enum err_code deciding_change_state(struct call *call, const struct followup_change *change, const char *state,
				    struct err *err)
{
	char event[IDENT_SIZE];
	ident_new(event);
	return call_run(call, &SQL_decision_change_state,
			DB_VALUES(change->partnership, change->referral, state, change->version, event, change->actor,
				  change->request),
			NULL, err);
}

/* Domain events, in the order in which policies may build on them. */
enum err_code deciding_tell_policy(struct call *call, const struct deciding *d, const struct followup_change *change,
				   struct err *err)
{
	const struct policy *policy = call_policy(call);
	const char *decided_at = rows_text(d->found, 0, "decided_at");
	bool all_decided = rows_bool(d->found, 0, "others_decided");
	bool all_final = d->final && rows_bool(d->found, 0, "others_final");
	/* Feedback is owed for an outcome, not for a decision that says the same again. */
	bool tells_something = strcmp(d->state_before, "decided") != 0 ||
			       rows_bool(d->found, 0, "final_outcome_is_new");
	bool is_new = rows_bool(d->found, 0, "outcome_is_new");
	bool are_gone = rows_bool(d->found, 0, "are_gone"); /* another authority has accepted them already */
	const struct {
		const char *event;
		bool happened;
		const char *at;
	} events[] = {
		{"decision.next_steps", all_decided, rows_text(d->found, 0, "all_decided_at")},
		{"decision.final", all_final && tells_something, rows_text(d->found, 0, "all_final_at")},
		{"decision.undone", undoes(d), decided_at},
		{"decision.strategy_discussion", is_new && strcmp(d->outcome, "strategy_discussion") == 0, decided_at},
		{"decision.transfer", is_new && !are_gone && strcmp(d->outcome, "transfer_to_other_authority") == 0,
		 decided_at},
	};
	struct policy_facts facts;
	enum err_code code = followup_facts(call, d->referral, &facts, err);
	if (code == ERR_NONE && facts.protection_first)
		code = followup_retime_all(change, policy, &facts, err);
	for (size_t i = 0; code == ERR_NONE && i < sizeof events / sizeof events[0]; i++) {
		if (events[i].happened)
			code = followup_happened(change, policy, events[i].event, &facts, events[i].at, err);
	}
	if (code == ERR_NONE && rows_bool(d->found, 0, "ends_transfer"))
		code = followup_cancel(change, "transfer_acceptance", err);
	return code;
}

/* ---- everybody has agreed ---- */

/* A decision that waited is of the moment at which it takes effect: what it meets is met now. */
static enum err_code read_waiting(struct call *call, const char *referral, const char *id, struct deciding *ret_d,
				  PGresult **ret_found, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	const char *partnership = call->caller.partnership;
	enum err_code code = call_run(call, &SQL_decision_waiting_one, DB_VALUES(partnership, referral, id), &row, err);
	if (code != ERR_NONE)
		return code;
	struct deciding d = {
		.referral = referral,
		.outcome = arena_strdup(call->arena, rows_text(row, 0, "outcome")),
		.final = rows_bool(row, 0, "final"),
		.waits = !rows_bool(row, 0, "in_effect"), /* one that protects does not */
		.children = arena_strdup(call->arena, rows_text(row, 0, "children")),
		.state_before = arena_strdup(call->arena, rows_text(row, 0, "state")),
	};
	code = call_run(
		call, &SQL_decision_facts,
		DB_VALUES(partnership, referral, call->caller.staff_id, NULL, NULL, NULL, d.children, d.outcome),
		ret_found, err);
	if (code != ERR_NONE)
		return code;
	d.found = *ret_found;
	d.facts.screened = rows_bool(d.found, 0, "screened");
	d.facts.judgement_waits = rows_bool(d.found, 0, "judgement_waits");
	d.facts.triage_open = rows_bool(d.found, 0, "triage_open");
	*ret_d = d;
	return ERR_NONE;
}

enum err_code decision_take_effect(struct call *call, const struct followup_change *change, const char *id,
				   struct err *err)
{
	struct deciding d;
	PGRESULT_AUTO PGresult *found = NULL;
	enum err_code code = read_waiting(call, change->referral, id, &d, &found, err);
	if (code != ERR_NONE || !d.waits)
		return code;
	code = deciding_find_state(&d, err);
	if (code == ERR_NONE)
		code = deciding_govern(call, &d, id, err);
	if (code == ERR_NONE)
		code = deciding_change_state(call, change, d.state, err);
	return code == ERR_NONE ? deciding_tell_policy(call, &d, change, err) : code;
}

enum err_code decision_overtaken(struct call *call, const struct followup_change *change, const char *children,
				 const char *reason, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_decision_waiting,
				      DB_VALUES(change->partnership, change->referral, children), &row, err);
	if (code != ERR_NONE)
		return code;
	return sign_off_lapse(call, change, "decision", rows_text(row, 0, "decisions"), reason, err);
}
