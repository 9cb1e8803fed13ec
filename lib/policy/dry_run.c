/* dryRunPolicy: what an activation would change, found by doing it and rolling it back. */
#include <string.h>

#include "call/page.h"
#include "followup/govern.h"
#include "gen/policy_sql.h"
#include "policy/versions.h"

#include "base/banned.h"

/* ---- side by side ---- */

static bool same(const PGresult *a, const PGresult *b, int row, const char *column)
{
	const char *x = rows_text(a, row, column);
	const char *y = rows_text(b, row, column);
	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

static void write_change(struct buf *out, const PGresult *before, const PGresult *after, int row)
{
	char due_at[28];
	const char *rule = rows_text(after, row, "rule");
	rows_instant(after, row, "due_at", due_at);
	if (out->size > 0 && out->data[out->size - 1] == '}')
		buf_add_char(out, ',');
	buf_add_char(out, '{');
	(void)rows_write_members(out, before, row);
	buf_add_text(out, ",\"new_rule\":");
	buf_add_json_string(out, rule, strlen(rule));
	buf_add_text(out, ",\"new_due_at\":");
	if (due_at[0] == '\0')
		buf_add_text(out, "null");
	else
		buf_add_json_string(out, due_at, strlen(due_at));
	buf_printf(out, ",\"new_overdue\":%s}", rows_bool(after, row, "overdue") ? "true" : "false");
}

/* Both lists are of the same follow-ups in the same order: nothing opens or ends in between. */
static void compare(struct policy_preview *p, const PGresult *before, const PGresult *after)
{
	for (int row = 0; row < PQntuples(before) && row < PQntuples(after); row++) {
		if (same(before, after, row, "due_at") && same(before, after, row, "rule")) {
			p->unchanged++;
			continue;
		}
		p->changed++;
		write_change(p->out, before, after, row);
	}
}

static enum err_code preview_one(struct policy_preview *p, const char *referral, struct err *err)
{
	const struct followup_change change = {
		.db = p->db,
		.policies = p->policies,
		.partnership = p->partnership,
		.calendar = p->calendar,
		.referral = referral,
		.actor_kind = "system",
	};
	PGRESULT_AUTO PGresult *before = NULL;
	PGRESULT_AUTO PGresult *after = NULL;
	enum err_code code = followup_times(p->db, p->partnership, referral, &before, err);
	if (code == ERR_NONE)
		code = followup_govern(&change, p->arena, p->policy, err);
	if (code == ERR_NONE)
		code = followup_times(p->db, p->partnership, referral, &after, err);
	if (code == ERR_NONE)
		compare(p, before, after);
	return code;
}

enum err_code policy_preview(struct policy_preview *preview, struct err *err)
{
	const char *limit = arena_printf(preview->arena, "%d", preview->limit + 1);
	enum err_code code = followup_without_rule(preview->db, preview->partnership, preview->policy,
						   &preview->without_rule, err);
	if (code == ERR_NONE)
		code = followup_ungoverned(preview->db, preview->partnership, preview->policy, preview->after, limit,
					   &preview->referrals, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(preview->referrals) && row < preview->limit; row++)
		code = preview_one(preview, rows_text(preview->referrals, row, "referral_id"), err);
	return code;
}

/* ---- the handler ---- */

struct dry_run {
	struct call *call;
	struct page page;
	bool done;
};

static enum err_code reply(struct dry_run *d, const struct policy_preview *preview, struct err *err)
{
	struct call *call = d->call;
	const char *next = NULL;
	enum err_code code = ERR_NONE;
	if (PQntuples(preview->referrals) > d->page.limit)
		code = page_next(call, preview->referrals, d->page.limit - 1, &next, err);
	if (code != ERR_NONE)
		return code;
	buf_add_text(call->out, "{\"items\":[");
	buf_add_text(call->out, call_follow_ups_shown(call, buf_text(preview->out)));
	buf_printf(call->out, "],\"unchanged\":%lld,\"without_rule\":%lld,\"next\":", preview->unchanged,
		   preview->without_rule);
	buf_add_json_text(call->out, next);
	buf_add_char(call->out, '}');
	call_reply(call, 200);
	return ERR_NONE;
}

/* Ends in an error on purpose: nothing of it may stay. */
static enum err_code work(struct db *db, void *ctx, struct err *err)
{
	struct dry_run *d = ctx;
	struct call *call = d->call;
	const char *partnership = call->caller.partnership;
	const struct policy *policy = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_policy_get, DB_VALUES(partnership, call_parameter(call, "policy_id")),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return call_not_found(err);
	code = policies_hold(call->house->policies, db, NULL, partnership, rows_text(row, 0, "id"), &policy, err);
	if (code != ERR_NONE)
		return code;
	struct buf changes;
	buf_init(&changes, (size_t)8 << 20);
	struct policy_preview preview = {
		.db = db,
		.partnership = partnership,
		.calendar = call->caller.calendar_id,
		.policies = call->house->policies,
		.arena = call->arena,
		.policy = policy,
		.after = d->page.after[0],
		.limit = d->page.limit,
		.out = &changes,
	};
	code = policy_preview(&preview, err);
	if (code == ERR_NONE)
		code = reply(d, &preview, err);
	d->done = code == ERR_NONE;
	PQclear(preview.referrals);
	buf_release(&changes);
	policies_release(call->house->policies, policy);
	return d->done ? err_set(err, ERR_INTERNAL, "", "rolled back") : code;
}

enum err_code policy_dry_run(struct call *call, struct err *err)
{
	struct dry_run d = {.call = call};
	enum err_code code = page_read(call, &d.page, err);
	if (code == ERR_NONE)
		code = db_write(call->db, &call->scope, work, &d, err);
	return d.done ? ERR_NONE : code;
}
