/* All that is open in a partnership, referral by referral. What a follow-up's time is, retime.sql alone says. */
#include "followup/retime_open.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "followup/store.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

/* A transaction holds so many referrals: a fraction of a second. */
enum { BATCH_REFERRALS = 25, BATCH_MEMORY = 64 << 20 };

struct batch_run {
	const struct retime_order *order;
	const PGresult *referrals;
	int first;
	int last;
	PGresult *changed[BATCH_REFERRALS]; /* events of each; NULL: none */
};

static void forget(struct batch_run *run)
{
	for (int i = 0; i < BATCH_REFERRALS; i++)
		db_result_auto_clear(&run->changed[i]);
}

static enum err_code retime(const struct followup_change *change, const struct retime_order *order, struct arena *arena,
			    struct err *err)
{
	struct policy_facts facts;
	enum err_code code = followup_read_facts(change, arena, &facts, err);
	return code == ERR_NONE ? followup_retime_every(change, order->house->policy, &facts, err) : code;
}

/* *ret_changed stays NULL where nothing was: the referral keeps its version. */
static enum err_code retime_referral(struct db *db, const struct retime_order *order, struct arena *arena,
				     const char *referral, PGresult **ret_changed, struct err *err)
{
	PGRESULT_AUTO PGresult *locked = NULL;
	PGRESULT_AUTO PGresult *changed = NULL;
	const char *partnership = order->scope->partnership;
	enum err_code code = db_run(db, &SQL_followup_lock_referral, DB_VALUES(partnership, referral), &locked, err);
	if (code != ERR_NONE)
		return code;
	const struct followup_change change = {
		.db = db,
		.policies = order->house->policies,
		.partnership = partnership,
		.calendar = order->calendar,
		.referral = referral,
		.version = arena_printf(arena, "%lld", rows_int(locked, 0, "version") + 1),
		.actor_kind = order->staff == NULL ? "system" : "staff",
		.actor = order->staff,
	};
	code = retime(&change, order, arena, err);
	if (code == ERR_NONE)
		code = db_run(db, &SQL_followup_changed_now, DB_VALUES(partnership, referral, change.version), &changed,
			      err);
	if (code != ERR_NONE || PQntuples(changed) == 0)
		return code;
	code = db_run(db, &SQL_followup_raise_version, DB_VALUES(partnership, referral), NULL, err);
	if (code == ERR_NONE)
		code = followup_refresh(&change, err);
	*ret_changed = changed;
	changed = NULL;
	return code;
}

static enum err_code run_batch(struct db *db, void *ctx, struct err *err)
{
	struct batch_run *run = ctx;
	const struct retime_order *order = run->order;
	struct arena arena;
	forget(run);
	enum err_code code = order->prepare == NULL ? ERR_NONE : order->prepare(db, order->prepare_ctx, err);
	arena_init(&arena, BATCH_MEMORY);
	for (int row = run->first; code == ERR_NONE && row < run->last; row++)
		code = retime_referral(db, order, &arena, rows_text(run->referrals, row, "referral_id"),
				       &run->changed[row - run->first], err);
	arena_release(&arena);
	return code;
}

static void count(struct retime_report *report, const char *change)
{
	report->moved++;
	if (strcmp(change, "earlier") == 0)
		report->earlier++;
	else if (strcmp(change, "later") == 0)
		report->later++;
	else if (strcmp(change, "timed") == 0)
		report->timed++;
	else
		report->lost++;
}

static void tell(const struct batch_run *run, struct retime_report *report)
{
	const struct retime_order *order = run->order;
	report->referrals += run->last - run->first;
	(void)snprintf(report->got_to, sizeof report->got_to, "%s",
		       rows_text(run->referrals, run->last - 1, "referral_id"));
	for (int i = 0; i < run->last - run->first; i++) {
		for (int row = 0; row < PQntuples(run->changed[i]); row++) {
			const char *change = rows_text(run->changed[i], row, "change");
			if (change == NULL)
				continue;
			count(report, change);
			if (order->told != NULL)
				order->told(order->told_ctx, run->changed[i], row);
		}
	}
}

enum err_code followup_retime_open(struct db *db, const struct retime_order *order, struct retime_report *ret_report,
				   struct err *err)
{
	char limit[12];
	PGRESULT_AUTO PGresult *referrals = NULL;
	uint64_t until = clock_monotonic_ns() + (uint64_t)order->budget_ms * 1000000;
	bool in_time = true;
	*ret_report = (struct retime_report){.complete = false};
	(void)snprintf(limit, sizeof limit, "%d", RETIME_REFERRALS_MAX);
	enum err_code code = db_read_one(db, order->scope, &SQL_followup_with_open,
					 DB_VALUES(order->scope->partnership, order->after, order->behind, limit),
					 &referrals, err);
	for (int row = 0; code == ERR_NONE && in_time && row < PQntuples(referrals); row += BATCH_REFERRALS) {
		struct batch_run run = {
			.order = order, .referrals = referrals, .first = row, .last = row + BATCH_REFERRALS};
		if (run.last > PQntuples(referrals))
			run.last = PQntuples(referrals);
		code = order->rehearse ? db_rehearse(db, order->scope, run_batch, &run, err)
				       : db_write(db, order->scope, run_batch, &run, err);
		if (code == ERR_NONE)
			tell(&run, ret_report);
		forget(&run);
		in_time = run.last == PQntuples(referrals) || clock_monotonic_ns() < until;
	}
	if (code == ERR_NONE)
		ret_report->complete = in_time && PQntuples(referrals) < RETIME_REFERRALS_MAX;
	return code;
}
