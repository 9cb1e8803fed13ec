/* See govern.h. */
#include "followup/govern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "followup/store.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

enum { KINDS_MAX = 4096 };

/* The kinds that the policy has rules for, as an array of PostgreSQL: plain words. */
static void write_kinds(const struct policy *policy, struct buf *out)
{
	buf_init(out, KINDS_MAX);
	buf_add_char(out, '{');
	for (size_t i = 0; policy_kind(policy, i) != NULL; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : ",", policy_kind(policy, i));
	buf_add_char(out, '}');
}

enum err_code followup_ungoverned(struct db *db, const char *partnership, const struct policy *policy,
				  const char *after, const char *limit, PGresult **ret_referrals, struct err *err)
{
	struct buf kinds;
	write_kinds(policy, &kinds);
	enum err_code code = db_run(db, &SQL_followup_ungoverned,
				    DB_VALUES(partnership, policy_id(policy), buf_text(&kinds), after, limit),
				    ret_referrals, err);
	buf_release(&kinds);
	return code;
}

enum err_code followup_without_rule(struct db *db, const char *partnership, const struct policy *policy,
				    long long *ret_count, struct err *err)
{
	struct buf kinds;
	PGRESULT_AUTO PGresult *row = NULL;
	write_kinds(policy, &kinds);
	enum err_code code = db_run(db, &SQL_followup_without_rule,
				    DB_VALUES(partnership, policy_id(policy), buf_text(&kinds)), &row, err);
	buf_release(&kinds);
	if (code == ERR_NONE)
		*ret_count = rows_int(row, 0, "follow_ups");
	return code;
}

static bool is_governed(const struct policy *policy, const PGresult *open, int row)
{
	const char *id = rows_text(open, row, "policy_id");
	return id != NULL && strcmp(id, policy_id(policy)) == 0;
}

/* The referral's version as it will be after the change, as text. */
static enum err_code lock_referral(const struct followup_change *change, char ret_version[24], struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_run(change->db, &SQL_followup_lock_referral,
				    DB_VALUES(change->partnership, change->referral), &row, err);
	if (code == ERR_NONE)
		(void)snprintf(ret_version, 24, "%lld", rows_int(row, 0, "version") + 1);
	return code;
}

static enum err_code govern_one(const struct followup_change *change, const struct policy *policy,
				const struct policy_facts *facts, const char *id, const char *kind, bool *changed,
				struct err *err)
{
	struct policy_due due;
	struct policy_bound bound;
	bool has_other_time = false;
	if (!policy_due(policy, kind, facts, &due))
		return ERR_NONE;
	bool bounded = policy_bound(policy, kind, facts, &bound);
	enum err_code code = followup_retime(change, policy, id, &due, bounded ? &bound : NULL, "policy",
					     policy_facts_are_red(facts), &has_other_time, err);
	*changed = *changed || has_other_time;
	if (code != ERR_NONE || has_other_time)
		return code;
	return db_run(change->db, &SQL_followup_judge,
		      DB_VALUES(change->partnership, id, policy_title(policy), policy_id(policy), due.source), NULL,
		      err);
}

static enum err_code govern_all(const struct followup_change *change, const struct policy *policy,
				const struct policy_facts *facts, bool *changed, struct err *err)
{
	PGRESULT_AUTO PGresult *open = NULL;
	enum err_code code = followup_lock_open(change, NULL, &open, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(open); row++) {
		if (!is_governed(policy, open, row))
			code = govern_one(change, policy, facts, rows_text(open, row, "id"),
					  rows_text(open, row, "kind"), changed, err);
	}
	return code;
}

enum err_code followup_govern(const struct followup_change *change, struct arena *arena, const struct policy *policy,
			      struct err *err)
{
	struct followup_change after = *change;
	struct policy_facts facts;
	char version[24];
	bool changed = false;
	enum err_code code = lock_referral(change, version, err);
	after.version = version;
	if (code == ERR_NONE)
		code = followup_read_facts(&after, arena, &facts, err);
	if (code == ERR_NONE)
		code = govern_all(&after, policy, &facts, &changed, err);
	if (code != ERR_NONE || !changed)
		return code;
	code = db_run(change->db, &SQL_followup_raise_version, DB_VALUES(change->partnership, change->referral), NULL,
		      err);
	return code == ERR_NONE ? followup_refresh(&after, err) : code;
}

enum err_code followup_times(struct db *db, const char *partnership, const char *referral, PGresult **ret_times,
			     struct err *err)
{
	return db_run(db, &SQL_followup_times, DB_VALUES(partnership, referral), ret_times, err);
}
