/*
 * Other times for what is open of a referral, as its policies say them now. Which instant that is retime.sql alone decides: all
 * of them go into one statement, for that plans its clocks once and not for each.
 */
#include <string.h>

#include "followup/store.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

enum { TIMES_MAX = 1 << 20 }; /* as many as one referral can have open, by far */

static const char *const reasons[] = {
	[RETIME_FACTS] = "facts", [RETIME_POLICY] = "policy", [RETIME_CALENDAR] = "calendar"};

/* ---- one time, as a member of the statement's array ---- */

static void add_text(struct buf *times, const char *name, const char *text)
{
	buf_printf(times, ",\"%s\":", name);
	buf_add_json_text(times, text);
}

static void add_event(struct buf *times, const char *name)
{
	char id[IDENT_SIZE];
	ident_new(id);
	add_text(times, name, id);
}

static void add_bound(struct buf *times, const struct policy_bound *bound)
{
	const struct policy_due *latest = &bound->latest;
	const struct policy_due *after = &bound->found_after;
	add_text(times, "latest_rule", latest->rule);
	add_text(times, "latest_unit", latest->unit);
	add_text(times, "latest_amount", latest->amount);
	add_text(times, "after_rule", after->rule);
	add_text(times, "after_unit", after->unit);
	add_text(times, "after_amount", after->amount);
}

static void add_time(struct buf *times, const char *follow_up, const struct policy *judge, const struct policy_due *due,
		     const struct policy_bound *bound)
{
	const char *signals = policy_rule(judge, due->kind)->signals;
	buf_printf(times, "%s{\"id\":\"%s\"", times->size == 0 ? "[" : ",", follow_up);
	add_text(times, "policy", policy_title(judge));
	add_text(times, "policy_id", policy_id(judge));
	add_text(times, "source", due->source);
	add_text(times, "rule", due->rule);
	add_text(times, "unit", due->unit);
	add_text(times, "amount", due->amount);
	add_text(times, "counted_from", due->from);
	add_bound(times, bound);
	buf_printf(times, ",\"signals\":%s,\"by_rating\":%s", signals == NULL ? "null" : signals,
		   policy_looks_at_rating(judge, due->kind) ? "true" : "false");
	/* Made in the order in which a timeline shows them. */
	add_event(times, "resumed_event");
	add_event(times, "retimed_event");
	add_event(times, "cleared_event");
	buf_add_char(times, '}');
}

/* ---- all that is open ---- */

/* The policy that judges it from now on; to be given back with followup_release_own(). */
static enum err_code hold_judge(const struct followup_change *change, const struct retiming *retiming, const char *id,
				const struct policy **ret_judge, struct err *err)
{
	*ret_judge = retiming->policy;
	return retiming->why == RETIME_POLICY ? ERR_NONE
					      : followup_hold_own(change, NULL, retiming->policy, id, ret_judge, err);
}

static enum err_code look_at(const struct followup_change *change, const struct retiming *retiming,
			     const struct policy *judge, const PGresult *open, int row, struct buf *times,
			     bool *ret_changed, struct err *err)
{
	const char *id = rows_text(open, row, "id");
	const char *kind = rows_text(open, row, "kind");
	struct policy_due due;
	struct policy_bound bound;
	/* Red is never paused (DOMAIN section 3). */
	bool must_resume = policy_facts_are_red(retiming->facts) && rows_bool(open, row, "is_paused");
	bool has_rule = policy_due(judge, kind, retiming->facts, &due);
	if (!has_rule && must_resume) {
		*ret_changed = true;
		return followup_resume(change, id, "red", NULL, err);
	}
	if (has_rule && (must_resume || retiming->why != RETIME_FACTS || policy_looks_at_facts(judge, kind))) {
		(void)policy_bound(judge, kind, retiming->facts, &bound);
		add_time(times, id, judge, &due, &bound);
	}
	return ERR_NONE;
}

static enum err_code give(const struct followup_change *change, const struct retiming *retiming, struct buf *times,
			  bool *ret_changed, struct err *err)
{
	PGRESULT_AUTO PGresult *changed = NULL;
	if (times->size == 0)
		return ERR_NONE;
	buf_add_char(times, ']');
	enum err_code code = db_run(change->db, &SQL_followup_retime,
				    DB_VALUES(change->partnership, change->calendar, change->referral, change->version,
					      buf_text(times), change->actor_kind, change->actor, change->request,
					      reasons[retiming->why],
					      policy_facts_are_red(retiming->facts) ? "false" : "true"),
				    &changed, err);
	if (code == ERR_NONE && PQntuples(changed) > 0)
		*ret_changed = true;
	return code;
}

enum err_code followup_retime(const struct followup_change *change, const struct retiming *retiming,
			      const PGresult *open, bool *ret_changed, struct err *err)
{
	struct buf times;
	enum err_code code = ERR_NONE;
	buf_init(&times, TIMES_MAX);
	for (int row = 0; code == ERR_NONE && row < PQntuples(open); row++) {
		const struct policy *judge = NULL;
		code = hold_judge(change, retiming, rows_text(open, row, "policy_id"), &judge, err);
		if (code != ERR_NONE)
			break;
		code = look_at(change, retiming, judge, open, row, &times, ret_changed, err);
		followup_release_own(change, retiming->policy, judge);
	}
	if (code == ERR_NONE)
		code = give(change, retiming, &times, ret_changed, err);
	buf_release(&times);
	return code;
}

enum err_code followup_retime_all(const struct followup_change *change, const struct policy *policy,
				  const struct policy_facts *facts, struct err *err)
{
	const struct retiming retiming = {.why = RETIME_FACTS, .policy = policy, .facts = facts};
	PGRESULT_AUTO PGresult *open = NULL;
	bool changed = false;
	enum err_code code = followup_lock_open(change, NULL, &open, err);
	return code == ERR_NONE ? followup_retime(change, &retiming, open, &changed, err) : code;
}
