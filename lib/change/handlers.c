/* updateReferral. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "change/change.h"
#include "change/correction.h"
#include "gen/change_sql.h"
#include "referral/again.h"
#include "referral/referral.h"
#include "referral/state.h"

#include "base/banned.h"

struct change {
	const char *referral;
	const char *version; /* before */
	const char *reason;
	const char *assigned_to; /* NULL: nobody */
	const char *state;       /* afterwards, NULL: as before */
	bool assigns;
	bool promotes;
	bool undecides; /* the promotion, of one that was decided as what it is no more */
	struct correction correction;
};

static enum err_code read_change(struct call *call, struct change *c, const PGresult *referral, struct err *err)
{
	PGRESULT_AUTO PGresult *record = NULL;
	PGRESULT_AUTO PGresult *people = NULL;
	const json_t *assignee = json_object_get(call->body, "assigned_to");
	/* A reason by itself would be lost: nothing is written that it could stand with. */
	if (json_object_size(call->body) == 1 && c->reason != NULL)
		return err_set(err, ERR_RULE_BROKEN, "", "nothing to change: there is a reason, and nothing else");
	const char *kind = json_text(call->body, "record_kind");
	c->assigned_to = json_string_value(assignee);
	enum err_code code = call_run(call, &SQL_change_record,
				      DB_VALUES(call->caller.partnership, c->referral, c->assigned_to), &record, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_change_people, DB_VALUES(call->caller.partnership, c->referral), &people,
				err);
	if (code != ERR_NONE)
		return code;
	const char *now = rows_text(record, 0, "assigned_to");
	bool same = c->assigned_to == NULL ? now == NULL : now != NULL && strcasecmp(now, c->assigned_to) == 0;
	c->assigns = assignee != NULL && !same;
	c->promotes = kind != NULL && strcmp(kind, rows_text(record, 0, "record_kind")) != 0;
	c->version = arena_strdup(call->arena, rows_text(referral, 0, "version"));
	const struct change_facts facts = {
		.assigns = c->assigns,
		.assignee_fits = c->assigned_to == NULL || rows_bool(record, 0, "assignee_fits"),
		.promotes = c->promotes,
		.record_kind = rows_text(record, 0, "record_kind"),
	};
	code = change_check(&facts, err);
	return code == ERR_NONE ? correction_make(call, call->body, record, people, &c->correction, err) : code;
}

/*
 * A closed record is corrected where it is wrong; to work on it again, or on another child, it is reopened first. But a claim
 * that a child needs protection now is taken up whatever the state, as one in a post is.
 */
static enum err_code check_state(struct change *c, const char *state, struct err *err)
{
	const char *same = NULL;
	enum err_code code = ERR_NONE;
	c->undecides = c->promotes && strcmp(state, "decided") == 0;
	if (c->assigns)
		code = state_after(state, STATE_ASSIGN, &same, err);
	if (code == ERR_NONE && c->promotes)
		code = state_after(state, STATE_PROMOTE, &c->state, err);
	if (code == ERR_NONE && c->correction.adds_child)
		code = state_after(state, STATE_ADD_CHILD, &c->state, err);
	if (code == ERR_NONE && c->correction.claims_protection)
		code = state_after(state, STATE_ADD_INFORMATION, &c->state, err);
	return code;
}

static enum err_code promote(struct call *call, const struct change *c, struct err *err)
{
	char event[IDENT_SIZE];
	char state_event[IDENT_SIZE];
	ident_new(event);
	ident_new(state_event);
	return call_run(call, &SQL_change_promote,
			DB_VALUES(call->caller.partnership, c->referral, c->version, c->reason, call->caller.staff_id,
				  call->x->request_id, event, c->state, state_event),
			NULL, err);
}

/* What is owed after it. */
static enum err_code change_follow_ups(struct call *call, const struct change *c, struct err *err)
{
	long long version = strtoll(c->version, NULL, 10) + 1;
	enum err_code code = ERR_NONE;
	if (c->correction.claims_protection)
		code = again_follow_ups(call, c->referral, version, c->correction.adds_child, err);
	else if (c->correction.any || c->promotes)
		code = change_retime(call, c->referral, c->version, err);
	if (code == ERR_NONE && c->correction.adds_child && !c->correction.claims_protection)
		code = referral_happened(call, c->referral, version, "child.added", NULL, err);
	if (code == ERR_NONE && c->undecides)
		code = referral_happened(call, c->referral, version, "referral.promoted", NULL, err);
	return code;
}

static enum err_code apply(struct call *call, const struct change *c, struct err *err)
{
	enum err_code code = ERR_NONE;
	if (c->correction.any)
		code = correction_write(call, c->referral, c->version, &c->correction, c->reason, "corrected", "{}",
					c->state, err);
	if (code == ERR_NONE && c->promotes)
		code = promote(call, c, err);
	if (code == ERR_NONE && c->assigns)
		code = change_assign(call, c->referral, c->version, c->assigned_to, c->reason, err);
	return code == ERR_NONE ? change_follow_ups(call, c, err) : code;
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	struct change c = {
		.referral = call_parameter(call, "referral_id"),
		.version = "0",
		.reason = json_text(call->body, "reason"),
	};
	PGRESULT_AUTO PGresult *referral = NULL;
	enum err_code code = referral_lock_unchanged(call, c.referral, &referral, err);
	if (code == ERR_NONE)
		code = read_change(call, &c, referral, err);
	if (code == ERR_NONE)
		code = check_state(&c, rows_text(referral, 0, "state"), err);
	if (code == ERR_NONE)
		code = apply(call, &c, err);
	return code == ERR_NONE ? referral_write_whole(call, c.referral, err) : code;
}

enum err_code change_referral(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, work, NULL, err) : code;
}

/* ---- assigning alone ---- */

enum err_code change_assign_one(struct call *call, const char *referral, const char *if_match, struct err *err)
{
	PGRESULT_AUTO PGresult *locked = NULL;
	PGRESULT_AUTO PGresult *record = NULL;
	const char *same = NULL;
	const char *assigned_to = json_text(call->body, "assigned_to");
	enum err_code code = referral_lock_at(call, referral, if_match, &locked, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_change_record, DB_VALUES(call->caller.partnership, referral, assigned_to),
				&record, err);
	if (code != ERR_NONE)
		return code;
	const char *now = rows_text(record, 0, "assigned_to");
	struct change_facts facts = {.record_kind = rows_text(record, 0, "record_kind")};
	facts.assigns = assigned_to == NULL ? now != NULL : now == NULL || strcasecmp(now, assigned_to) != 0;
	facts.assignee_fits = assigned_to == NULL || rows_bool(record, 0, "assignee_fits");
	code = change_check(&facts, err);
	if (code != ERR_NONE || !facts.assigns)
		return code;
	code = state_after(rows_text(locked, 0, "state"), STATE_ASSIGN, &same, err);
	if (code != ERR_NONE)
		return code;
	return change_assign(call, referral, rows_text(locked, 0, "version"), assigned_to,
			     json_text(call->body, "reason"), err);
}
