/* All that is open in a partnership, referral by referral. What a follow-up's time is, retime.sql alone says. */
#include "followup/retime_open.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "followup/policies.h"
#include "followup/store.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

/* A transaction holds so many referrals: a fraction of a second. More where what comes first in it costs as much as some. */
enum { BATCH_REFERRALS = 25, PREPARED_REFERRALS = 100, BATCH_MEMORY = 64 << 20, KINDS_TEXT_MAX = 4096 };

/* ---- which referrals ---- */

/* The kinds that the policy has rules for, as an array of PostgreSQL: plain words. */
static void write_kinds(const struct policy *policy, struct buf *out)
{
	buf_init(out, KINDS_TEXT_MAX);
	buf_add_char(out, '{');
	for (size_t i = 0; policy_kind(policy, i) != NULL; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : ",", policy_kind(policy, i));
	buf_add_char(out, '}');
}

static int limit_of(const struct retime_order *order)
{
	return order->limit > 0 ? order->limit : RETIME_REFERRALS_MAX;
}

static enum err_code find_ungoverned(struct db *db, const struct retime_order *order, const char *limit, bool inside,
				     PGresult **ret_referrals, struct err *err)
{
	struct buf kinds;
	write_kinds(order->policy, &kinds);
	const char *const *values = DB_VALUES(order->scope->partnership, policy_id(order->policy), buf_text(&kinds),
					      order->behind, limit);
	enum err_code code = inside ? db_run(db, &SQL_followup_ungoverned, values, ret_referrals, err)
				    : db_read_one(db, order->scope, &SQL_followup_ungoverned, values, ret_referrals,
						  err);
	buf_release(&kinds);
	return code;
}

/* One more than the order asks for, to see whether that is all. `inside`: in the caller's transaction. */
static enum err_code find(struct db *db, const struct retime_order *order, bool inside, PGresult **ret_referrals,
			  struct err *err)
{
	char limit[12];
	(void)snprintf(limit, sizeof limit, "%d", limit_of(order) + 1);
	if (order->policy != NULL)
		return find_ungoverned(db, order, limit, inside, ret_referrals, err);
	return db_read_one(db, order->scope, &SQL_followup_with_open,
			   DB_VALUES(order->scope->partnership, order->after, order->behind, limit), ret_referrals,
			   err);
}

enum err_code followup_without_rule(struct db *db, const struct db_scope *scope, const struct policy *policy,
				    long long *ret_count, struct err *err)
{
	struct buf kinds;
	PGRESULT_AUTO PGresult *row = NULL;
	write_kinds(policy, &kinds);
	enum err_code code = db_read_one(db, scope, &SQL_followup_without_rule,
					 DB_VALUES(scope->partnership, policy_id(policy), buf_text(&kinds)), &row, err);
	buf_release(&kinds);
	if (code == ERR_NONE)
		*ret_count = rows_int(row, 0, "follow_ups");
	return code;
}

/* ---- one referral ---- */

struct looked_at {
	PGresult *open;    /* what was open */
	PGresult *changed; /* what became of it (changed_now.sql); NULL: nothing did */
};

struct run {
	const struct retime_order *order;
	const struct policy *policy; /* that governs */
	const PGresult *referrals;
	int first;
	int last;
	struct looked_at looked_at[PREPARED_REFERRALS];
};

static enum err_code finish(const struct followup_change *change, PGresult **ret_changed, struct err *err)
{
	const char *const *referral = DB_VALUES(change->partnership, change->referral);
	const char *const *version = DB_VALUES(change->partnership, change->referral, change->version);
	const struct db_step steps[] = {{&SQL_followup_raise_told, version},
					{&SQL_followup_refresh, referral},
					{&SQL_followup_changed_now, version}};
	PGresult *results[3];
	enum err_code code = db_run_all(change->db, steps, 3, results, err);
	if (code != ERR_NONE)
		return code;
	PQclear(results[0]);
	PQclear(results[1]);
	*ret_changed = results[2];
	return ERR_NONE;
}

static enum err_code retime_locked(const struct followup_change *change, bool by_policy, const PGresult *known,
				   struct looked_at *ret, struct err *err)
{
	struct policy_facts facts;
	bool changed = false;
	const struct retiming retiming = {
		.why = by_policy ? RETIME_POLICY : RETIME_CALENDAR, .policy = change->policy, .facts = &facts};
	enum err_code code = followup_facts_of(known, change->arena, &facts, err);
	if (code == ERR_NONE)
		code = followup_catch_up(change, ret->open, err);
	if (code == ERR_NONE)
		code = followup_retime(change, &retiming, ret->open, &changed, err);
	if (code == ERR_NONE)
		code = followup_watch_hours(change, &changed, err);
	return code == ERR_NONE && changed ? finish(change, &ret->changed, err) : code;
}

/* Locks the referral, and only then looks at it and locks what is open: each statement sees what the one before waited for. */
static enum err_code lock(struct db *db, const struct retime_order *order, const char *referral,
			  PGresult *ret_locked[3], struct err *err)
{
	const char *partnership = order->scope->partnership;
	const struct db_step steps[] = {
		{&SQL_followup_lock_referral, DB_VALUES(partnership, referral)},
		{&SQL_followup_facts, DB_VALUES(partnership, referral, order->calendar)},
		{&SQL_followup_lock_open, DB_VALUES(partnership, referral, NULL)},
	};
	return db_run_all(db, steps, 3, ret_locked, err);
}

static enum err_code retime_referral(struct db *db, const struct run *run, struct arena *arena, const char *referral,
				     struct looked_at *ret, struct err *err)
{
	const struct retime_order *order = run->order;
	PGresult *locked[3];
	enum err_code code = lock(db, order, referral, locked, err);
	if (code != ERR_NONE)
		return code;
	const struct followup_change change = {
		.db = db,
		.arena = arena,
		.policy = run->policy,
		.policies = order->policies,
		.partnership = order->scope->partnership,
		.calendar = order->calendar,
		.referral = referral,
		.version = arena_printf(arena, "%lld", rows_int(locked[0], 0, "version") + 1),
		.actor_kind = order->staff == NULL ? "system" : "staff",
		.actor = order->staff,
		.request = order->request,
	};
	ret->open = locked[2];
	code = retime_locked(&change, order->policy != NULL, locked[1], ret, err);
	PQclear(locked[0]);
	PQclear(locked[1]);
	return code;
}

/* ---- some referrals ---- */

static void forget(struct run *run)
{
	for (int i = 0; i < PREPARED_REFERRALS; i++) {
		db_result_auto_clear(&run->looked_at[i].open);
		db_result_auto_clear(&run->looked_at[i].changed);
	}
}

static enum err_code retime_some(struct db *db, void *ctx, struct err *err)
{
	struct run *run = ctx;
	const struct retime_order *order = run->order;
	struct arena arena;
	forget(run);
	enum err_code code = order->prepare == NULL ? ERR_NONE : order->prepare(db, order->prepare_ctx, err);
	arena_init(&arena, BATCH_MEMORY);
	for (int row = run->first; code == ERR_NONE && row < run->last; row++)
		code = retime_referral(db, run, &arena, rows_text(run->referrals, row, "referral_id"),
				       &run->looked_at[row - run->first], err);
	arena_release(&arena);
	return code;
}

static enum err_code run_some(struct db *db, struct run *run, bool inside, struct err *err)
{
	if (inside)
		return retime_some(db, run, err);
	return run->order->rehearse ? db_rehearse(db, run->order->scope, retime_some, run, err)
				    : db_write(db, run->order->scope, retime_some, run, err);
}

/* ---- the report ---- */

long long retime_moved(const struct retime_counts *counts)
{
	return counts->earlier + counts->later + counts->timed + counts->lost;
}

static struct retime_counts *counts_of(struct retime_report *report, const char *kind)
{
	for (size_t i = 0; i < report->n_kinds; i++) {
		if (strcmp(report->by_kind[i].kind, kind) == 0)
			return &report->by_kind[i];
	}
	assert(report->n_kinds < RETIME_KINDS_MAX);
	struct retime_counts *counts = &report->by_kind[report->n_kinds++];
	(void)snprintf(counts->kind, sizeof counts->kind, "%s", kind);
	return counts;
}

static void count(struct retime_counts *counts, const char *change)
{
	struct {
		const char *name;
		long long *n;
	} const all[] = {{"earlier", &counts->earlier}, {"later", &counts->later},   {"timed", &counts->timed},
			 {"lost", &counts->lost},       {"opened", &counts->opened}, {"cancelled", &counts->cancelled}};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		*all[i].n += strcmp(all[i].name, change) == 0;
	counts->unchanged -= strcmp("opened", change) != 0;
}

static void tell_one(const struct retime_order *order, const struct looked_at *one, struct retime_report *report)
{
	for (int row = 0; row < PQntuples(one->open); row++) {
		counts_of(report, rows_text(one->open, row, "kind"))->unchanged++;
		report->all.unchanged++;
	}
	for (int row = 0; row < PQntuples(one->changed); row++) {
		const char *change = rows_text(one->changed, row, "change");
		count(&report->all, change);
		count(counts_of(report, rows_text(one->changed, row, "kind")), change);
		if (order->told != NULL)
			order->told(order->told_ctx, one->changed, row);
	}
}

static void tell(const struct run *run, struct retime_report *report)
{
	report->referrals += run->last - run->first;
	(void)snprintf(report->got_to, sizeof report->got_to, "%s",
		       rows_text(run->referrals, run->last - 1, "referral_id"));
	for (int i = 0; i < run->last - run->first; i++)
		tell_one(run->order, &run->looked_at[i], report);
}

static int by_name(const void *a, const void *b)
{
	const struct retime_counts *x = a;
	const struct retime_counts *y = b;
	return strcmp(x->kind, y->kind);
}

/* ---- all of them ---- */

static enum err_code run_all(struct db *db, struct run *run, bool inside, struct retime_report *report, struct err *err)
{
	const struct retime_order *order = run->order;
	uint64_t until = clock_monotonic_ns() + (uint64_t)order->budget_ms * 1000000;
	int found = PQntuples(run->referrals);
	int n = found > limit_of(order) ? limit_of(order) : found;
	int batch = order->prepare == NULL ? BATCH_REFERRALS : PREPARED_REFERRALS;
	enum err_code code = ERR_NONE;
	bool in_time = true;
	for (run->last = 0; code == ERR_NONE && in_time && run->last < n;) {
		run->first = run->last;
		run->last = n - run->first > batch ? run->first + batch : n;
		code = run_some(db, run, inside, err);
		if (code == ERR_NONE)
			tell(run, report);
		in_time = order->budget_ms == 0 || clock_monotonic_ns() < until;
	}
	forget(run);
	report->complete = code == ERR_NONE && run->last == found;
	if (report->n_kinds > 0)
		qsort(report->by_kind, report->n_kinds, sizeof *report->by_kind, by_name);
	return code;
}

/* The policy that governs the partnership; to be given back. */
static enum err_code hold_governing(struct db *db, const struct retime_order *order, const struct policy **ret_policy,
				    struct err *err)
{
	PGRESULT_AUTO PGresult *active = NULL;
	const char *partnership = order->scope->partnership;
	enum err_code code = db_read_one(db, order->scope, &SQL_followup_active_policy, DB_VALUES(partnership), &active,
					 err);
	if (code != ERR_NONE)
		return code;
	return policies_hold(order->policies, db, order->scope, partnership,
			     PQntuples(active) == 0 ? NULL : rows_text(active, 0, "id"), ret_policy, err);
}

enum err_code followup_retime_open(struct db *db, const struct retime_order *order, struct retime_report *ret_report,
				   struct err *err)
{
	PGRESULT_AUTO PGresult *referrals = NULL;
	struct run run = {.order = order, .policy = order->policy};
	*ret_report = (struct retime_report){.complete = false};
	enum err_code code = find(db, order, false, &referrals, err);
	if (code == ERR_NONE && order->policy == NULL)
		code = hold_governing(db, order, &run.policy, err);
	run.referrals = referrals;
	if (code == ERR_NONE)
		code = run_all(db, &run, false, ret_report, err);
	if (order->policy == NULL)
		policies_release(order->policies, run.policy);
	return code;
}

enum err_code followup_retime_inside(struct db *db, const struct retime_order *order, struct retime_report *ret_report,
				     struct err *err)
{
	PGRESULT_AUTO PGresult *referrals = NULL;
	struct run run = {.order = order, .policy = order->policy};
	assert(order->policy != NULL && !order->rehearse);
	*ret_report = (struct retime_report){.complete = false};
	enum err_code code = find(db, order, true, &referrals, err);
	run.referrals = referrals;
	return code == ERR_NONE ? run_all(db, &run, true, ret_report, err) : code;
}
