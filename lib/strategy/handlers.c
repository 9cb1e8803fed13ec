/* recordStrategyDiscussion. */
#include "base/json.h"
#include "followup/followup.h"
#include "gen/strategy_sql.h"
#include "referral/referral.h"
#include "strategy/strategy.h"

#include "base/banned.h"

const struct statement *const strategy_of_referral = &SQL_strategy_of_referral;

enum { PRESENT_MAX = 64 * 1024 };

struct meeting {
	const char *referral;
	const char *held_at;
	const char *chaired_by;
	const char *children; /* "{…}", NULL: all */
	const char *present;  /* as sent */
	const char *missing;  /* "{police}" */
};

static void read_present(struct call *call, struct meeting *m)
{
	const json_t *present = json_object_get(call->body, "present");
	const char *missing[STRATEGY_REQUIRED];
	struct buf out;
	size_t n = strategy_missing(present, missing);
	buf_init(&out, PRESENT_MAX);
	json_write(&out, present);
	m->present = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	buf_init(&out, PRESENT_MAX);
	buf_add_char(&out, '{');
	for (size_t i = 0; i < n; i++)
		buf_printf(&out, "%s%s", i == 0 ? "" : ",", missing[i]);
	buf_add_char(&out, '}');
	m->missing = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
}

static enum err_code check(struct call *call, const struct meeting *m, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(
		call, &SQL_strategy_facts,
		DB_VALUES(call->caller.partnership, m->referral, m->chaired_by, m->children, m->held_at), &row, err);
	if (code != ERR_NONE)
		return code;
	const struct strategy_facts facts = {
		.chair_found = rows_bool(row, 0, "chair_found"),
		.children_found = rows_bool(row, 0, "children_found"),
		.in_future = rows_bool(row, 0, "in_future"),
		.before_receipt = rows_bool(row, 0, "before_receipt"),
	};
	return strategy_check(&facts, err);
}

static enum err_code record(struct call *call, const struct meeting *m, PGresult **ret_recorded, struct err *err)
{
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	return call_run(call, &SQL_strategy_record,
			DB_VALUES(call->caller.partnership, m->referral, id, m->held_at, m->chaired_by, m->children,
				  m->present, m->missing, json_text(call->body, "summary"), call->caller.staff_id,
				  event, call->x->request_id),
			ret_recorded, err);
}

/* A meeting about one child is none about another: the clock runs until each that it was decided of had one. */
static enum err_code follow(struct call *call, const struct meeting *m, long long version, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_strategy_waiting, DB_VALUES(call->caller.partnership, m->referral),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct followup_change change = followup_change_of(call, m->referral, version);
	if (rows_int(row, 0, "waiting") > 0)
		return followup_refresh(&change, err);
	const char *last = rows_text(row, 0, "last_held_at");
	return referral_happened(call, m->referral, version, "strategy_discussion.held",
				 last != NULL ? last : m->held_at, err);
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	const struct meeting *m = ctx;
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *recorded = NULL;
	enum err_code code = referral_lock(call, m->referral, &referral, err);
	if (code == ERR_NONE)
		code = check(call, m, err);
	if (code == ERR_NONE)
		code = record(call, m, &recorded, err);
	if (code == ERR_NONE)
		code = follow(call, m, rows_int(recorded, 0, "version"), err);
	return code == ERR_NONE ? referral_answer(call, m->referral, recorded, err) : code;
}

enum err_code strategy_record(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	const char *chair = json_text(call->body, "chaired_by");
	struct meeting m = {
		.referral = call_parameter(call, "referral_id"),
		.held_at = json_text(call->body, "held_at"),
		.chaired_by = chair != NULL ? chair : call->caller.staff_id,
		.children = call_ids(call, "children"),
	};
	read_present(call, &m);
	return call_write(call, work, &m, err);
}
