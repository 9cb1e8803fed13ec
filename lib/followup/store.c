/*
 * Changes of follow-ups: one function per statement, each keeping row, flag and events together. The SQL decides what was
 * past due; nothing here looks at a clock.
 */
#include <stdio.h>

#include "followup/followup.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

const struct statement *const followup_of_referral = &SQL_followup_of_referral;
const struct statement *const followup_of_referral_for_agency = &SQL_followup_of_referral_for_agency;

struct followup_change followup_change_of(struct call *call, const char *referral, long long version)
{
	return (struct followup_change){
		.db = call->db,
		.partnership = call->caller.partnership,
		.calendar = call->caller.calendar_id,
		.referral = referral,
		.version = arena_printf(call->arena, "%lld", version),
		.policy = policy_title(call->house->policy),
		.actor_kind = caller_kind(&call->caller),
		.actor = caller_actor(&call->caller),
		.request = call->x->request_id,
	};
}

enum err_code followup_open(const struct followup_change *change, const struct policy_due *due,
			    const struct policy_bound *bound, const char *started_at, struct err *err)
{
	static const struct policy_bound none;
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	if (bound == NULL)
		bound = &none;
	const struct policy_due *latest = &bound->latest;
	const struct policy_due *after = &bound->found_after;
	return db_run(change->db, &SQL_followup_open,
		      DB_VALUES(change->partnership, change->calendar, change->referral, change->version, due->kind,
				change->policy, due->source, started_at, due->rule, due->unit, due->amount,
				latest->rule, latest->unit, latest->amount, after->rule, after->unit, after->amount,
				change->actor_kind, change->actor, change->request, id, event),
		      NULL, err);
}

enum err_code followup_open_on(const struct followup_change *change, const struct policy *policy, const char *event,
			       const struct policy_facts *facts, const char *started_at, struct err *err)
{
	struct policy_due opens[POLICY_OPENS_MAX];
	size_t n = policy_opens(policy, event, facts, opens);
	for (size_t i = 0; i < n; i++) {
		struct policy_bound bound;
		bool bounded = policy_bound(policy, opens[i].kind, facts, &bound);
		enum err_code code = followup_open(change, &opens[i], bounded ? &bound : NULL, started_at, err);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

/* The id of the one row that a locking statement gives, in ret_id; "" where it gives none. */
static enum err_code lock(const struct followup_change *change, const struct statement *statement,
			  const char *const *values, char ret_id[IDENT_SIZE], struct err *err)
{
	PGRESULT_AUTO PGresult *result = NULL;
	enum err_code code = db_run(change->db, statement, values, &result, err);
	if (code != ERR_NONE)
		return code;
	ret_id[0] = '\0';
	if (PQntuples(result) > 0)
		(void)snprintf(ret_id, IDENT_SIZE, "%s", rows_text(result, 0, "id"));
	return ERR_NONE;
}

/* Identifiers are made in the order in which a timeline shows the events. */
struct new_ids {
	char flag[IDENT_SIZE];
	char raised[IDENT_SIZE];
	char changed[IDENT_SIZE];
	char cleared[IDENT_SIZE];
};

static void new_ids(struct new_ids *ids)
{
	ident_new(ids->flag);
	ident_new(ids->raised);
	ident_new(ids->changed);
	ident_new(ids->cleared);
}

static enum err_code end(const struct followup_change *change, const char *follow_up, const char *state,
			 const char *met_at, const char *reason, struct err *err)
{
	struct new_ids ids;
	new_ids(&ids);
	return db_run(change->db, &SQL_followup_end,
		      DB_VALUES(change->partnership, follow_up, state, met_at, reason, change->version,
				change->actor_kind, change->actor, change->request, ids.flag, ids.raised, ids.changed,
				ids.cleared),
		      NULL, err);
}

enum err_code followup_meet(const struct followup_change *change, const char *kind, const char *met_at, bool *ret_met,
			    struct err *err)
{
	char id[IDENT_SIZE];
	enum err_code code = lock(change, &SQL_followup_lock_kind,
				  DB_VALUES(change->partnership, change->referral, kind), id, err);
	if (code != ERR_NONE)
		return code;
	bool open = id[0] != '\0';
	if (open)
		code = end(change, id, "met", met_at, NULL, err);
	if (code == ERR_NONE && ret_met != NULL)
		*ret_met = open;
	return code;
}

enum err_code followup_meet_begun(const struct followup_change *change, const char *kind, const char *met_at,
				  struct err *err)
{
	char id[IDENT_SIZE];
	enum err_code code = lock(change, &SQL_followup_lock_begun,
				  DB_VALUES(change->partnership, change->referral, kind, met_at), id, err);
	if (code != ERR_NONE || id[0] == '\0')
		return code;
	return end(change, id, "met", met_at, NULL, err);
}

enum err_code followup_cancel(const struct followup_change *change, const char *kind, struct err *err)
{
	char id[IDENT_SIZE];
	enum err_code code = lock(change, &SQL_followup_lock_kind,
				  DB_VALUES(change->partnership, change->referral, kind), id, err);
	if (code != ERR_NONE || id[0] == '\0')
		return code;
	return end(change, id, "cancelled", NULL, NULL, err);
}

enum err_code followup_waive(const struct followup_change *change, const char *follow_up, const char *reason,
			     struct err *err)
{
	return end(change, follow_up, "waived", NULL, reason, err);
}

enum err_code followup_meet_resubmission(const struct followup_change *change, const char *rejected_submission,
					 struct err *err)
{
	char id[IDENT_SIZE];
	enum err_code code = lock(change, &SQL_followup_lock_rejected,
				  DB_VALUES(change->partnership, rejected_submission), id, err);
	if (code != ERR_NONE || id[0] == '\0')
		return code;
	return end(change, id, "met", NULL, NULL, err);
}

enum err_code followup_retime(const struct followup_change *change, const struct policy_due *due,
			      const struct policy_bound *bound, struct err *err)
{
	static const struct policy_bound none;
	char id[IDENT_SIZE];
	enum err_code code = lock(change, &SQL_followup_lock_kind,
				  DB_VALUES(change->partnership, change->referral, due->kind), id, err);
	if (code != ERR_NONE || id[0] == '\0')
		return code;
	struct new_ids ids;
	new_ids(&ids);
	if (bound == NULL)
		bound = &none;
	const struct policy_due *latest = &bound->latest;
	const struct policy_due *after = &bound->found_after;
	return db_run(change->db, &SQL_followup_retime,
		      DB_VALUES(change->partnership, change->calendar, id, change->version, change->policy, due->source,
				due->rule, due->unit, due->amount, latest->rule, latest->unit, latest->amount,
				after->rule, after->unit, after->amount, change->actor_kind, change->actor,
				change->request, ids.flag, ids.raised, ids.changed, ids.cleared),
		      NULL, err);
}

enum err_code followup_retime_all(const struct followup_change *change, const struct policy *policy,
				  const struct policy_facts *facts, struct err *err)
{
	const char *kind;
	for (size_t i = 0; (kind = policy_kind(policy, i)) != NULL; i++) {
		struct policy_due due;
		struct policy_bound bound;
		if (!policy_looks_at_facts(policy, kind) || !policy_due(policy, kind, facts, &due))
			continue;
		bool bounded = policy_bound(policy, kind, facts, &bound);
		enum err_code code = followup_retime(change, &due, bounded ? &bound : NULL, err);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

enum err_code followup_refresh(const struct followup_change *change, struct err *err)
{
	return db_run(change->db, &SQL_followup_refresh, DB_VALUES(change->partnership, change->referral), NULL, err);
}
