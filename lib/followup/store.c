/*
 * Changes of follow-ups: one function per statement, each keeping row, flag and events together. The SQL decides what was
 * past due; nothing here looks at a clock, or at a policy (happened.c).
 */
#include "followup/store.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

enum { BEHIND_MAX = 40 * 1024 }; /* ids of as many as one referral can have open, by far */

const struct statement *const followup_of_referral = &SQL_followup_of_referral;
const struct statement *const followup_of_referral_for_agency = &SQL_followup_of_referral_for_agency;

struct followup_change followup_change_of(struct call *call, const char *referral, long long version)
{
	return (struct followup_change){
		.db = call->db,
		.arena = call->arena,
		.policy = call_policy(call),
		.policies = call->house->policies,
		.partnership = call->caller.partnership,
		.calendar = call->caller.calendar_id,
		.referral = referral,
		.version = arena_printf(call->arena, "%lld", version),
		.actor_kind = caller_kind(&call->caller),
		.actor = caller_actor(&call->caller),
		.request = call->x->request_id,
	};
}

enum err_code followup_open(const struct followup_change *change, const struct policy *policy,
			    const struct policy_opening *opening, const char *started_at, struct err *err)
{
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	const struct policy_due *due = &opening->due;
	const struct policy_rule *rule = policy_rule(policy, due->kind);
	const struct policy_due *latest = &opening->bound.latest;
	const struct policy_due *after = &opening->bound.found_after;
	return db_run(change->db, &SQL_followup_open,
		      DB_VALUES(change->partnership, change->calendar, change->referral, change->version, due->kind,
				policy_title(policy), due->source, started_at, due->rule, due->unit, due->amount,
				latest->rule, latest->unit, latest->amount, after->rule, after->unit, after->amount,
				change->actor_kind, change->actor, change->request, id, event, policy_id(policy),
				due->from, rule->signals),
		      NULL, err);
}

/* ---- locking ---- */

/* The ids of the rows that time has left behind, as an array of PostgreSQL; empty text where there are none. */
static void list_behind(struct buf *out, const PGresult *locked)
{
	for (int row = 0; row < PQntuples(locked); row++) {
		if (rows_bool(locked, row, "is_behind"))
			buf_printf(out, "%s%s", out->size == 0 ? "{" : ",", rows_text(locked, row, "id"));
	}
	if (out->size > 0)
		buf_add_char(out, '}');
}

enum err_code followup_catch_up(const struct followup_change *change, const PGresult *locked, struct err *err)
{
	char base[IDENT_SIZE];
	struct buf behind;
	buf_init(&behind, BEHIND_MAX);
	list_behind(&behind, locked);
	enum err_code code = ERR_NONE;
	if (behind.size > 0) {
		ident_new(base);
		code = db_run(change->db, &SQL_followup_sweep,
			      DB_VALUES(change->partnership, buf_text(&behind), base, change->request), NULL, err);
	}
	buf_release(&behind);
	return code;
}

enum err_code followup_lock(const struct followup_change *change, const struct statement *statement,
			    const char *const *values, PGresult **ret_locked, struct err *err)
{
	PGRESULT_AUTO PGresult *locked = NULL;
	enum err_code code = db_run(change->db, statement, values, &locked, err);
	if (code == ERR_NONE)
		code = followup_catch_up(change, locked, err);
	if (code != ERR_NONE)
		return code;
	*ret_locked = locked;
	locked = NULL;
	return ERR_NONE;
}

enum err_code followup_lock_open(const struct followup_change *change, const char *at, PGresult **ret_open,
				 struct err *err)
{
	if (change->referral == NULL)
		return followup_lock(change, &SQL_followup_lock_rejected,
				     DB_VALUES(change->partnership, change->rejected_submission), ret_open, err);
	return followup_lock(change, &SQL_followup_lock_open, DB_VALUES(change->partnership, change->referral, at),
			     ret_open, err);
}

/* ---- ends ---- */

static enum err_code end(const struct followup_change *change, const char *follow_up, const char *state,
			 const char *met_at, const char *reason, struct err *err)
{
	/* Made in the order in which a timeline shows the events. */
	char ended[IDENT_SIZE];
	char cleared[IDENT_SIZE];
	ident_new(ended);
	ident_new(cleared);
	return db_run(change->db, &SQL_followup_end,
		      DB_VALUES(change->partnership, follow_up, state, met_at, reason, change->version,
				change->actor_kind, change->actor, change->request, ended, cleared),
		      NULL, err);
}

enum err_code followup_meet(const struct followup_change *change, const char *follow_up, const char *met_at,
			    struct err *err)
{
	return end(change, follow_up, "met", met_at, NULL, err);
}

enum err_code followup_cancel_one(const struct followup_change *change, const char *follow_up, const char *reason,
				  struct err *err)
{
	return end(change, follow_up, "cancelled", NULL, reason, err);
}

enum err_code followup_cancel(const struct followup_change *change, const char *kind, struct err *err)
{
	PGRESULT_AUTO PGresult *open = NULL;
	enum err_code code = followup_lock(change, &SQL_followup_lock_kind,
					   DB_VALUES(change->partnership, change->referral, kind), &open, err);
	if (code != ERR_NONE || PQntuples(open) == 0)
		return code;
	return end(change, rows_text(open, 0, "id"), "cancelled", NULL, NULL, err);
}

enum err_code followup_cancel_all(const struct followup_change *change, struct err *err)
{
	PGRESULT_AUTO PGresult *open = NULL;
	enum err_code code = followup_lock_open(change, NULL, &open, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(open); row++)
		code = end(change, rows_text(open, row, "id"), "cancelled", NULL, NULL, err);
	return code;
}

enum err_code followup_waive(const struct followup_change *change, const char *follow_up, const char *reason,
			     struct err *err)
{
	return end(change, follow_up, "waived", NULL, reason, err);
}

/* ---- pauses ---- */

enum err_code followup_pause(const struct followup_change *change, const char *follow_up, const char *reason,
			     const char *note, const char *until, struct err *err)
{
	char pause[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(pause);
	ident_new(event);
	return db_run(change->db, &SQL_followup_pause,
		      DB_VALUES(change->partnership, change->calendar, follow_up, change->version, reason, note, until,
				change->actor, change->request, pause, event),
		      NULL, err);
}

enum err_code followup_resume(const struct followup_change *change, const char *follow_up, const char *reason,
			      const char *note, struct err *err)
{
	char event[IDENT_SIZE];
	ident_new(event);
	return db_run(change->db, &SQL_followup_resume,
		      DB_VALUES(change->partnership, change->calendar, follow_up, change->version, reason,
				change->actor_kind, change->actor, change->request, event, note),
		      NULL, err);
}

/* ---- last ---- */

enum err_code followup_refresh(const struct followup_change *change, struct err *err)
{
	bool changed = false;
	enum err_code code = change->policy == NULL ? ERR_NONE : followup_watch_hours(change, &changed, err);
	if (code != ERR_NONE)
		return code;
	return db_run(change->db, &SQL_followup_refresh, DB_VALUES(change->partnership, change->referral), NULL, err);
}
