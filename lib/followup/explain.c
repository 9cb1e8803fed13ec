/* getFollowUpExplanation: how a due instant came about, from the ledger and the calendar, in one snapshot. */
#include <string.h>

#include "followup/explanation.h"
#include "followup/store.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

enum { HEAD, ONE, STRETCHES, LEDGER, LEVELS, PARTS };

/* The kind that bounds it, by the policy that judges it; NULL where that has no bound for it. In the arena. */
static enum err_code find_bound(struct call *call, const PGresult *head, const char **ret_kind, struct err *err)
{
	const struct policy_facts facts = {.rating = NULL};
	const struct followup_change reading = {
		.db = call->db, .policies = call->house->policies, .partnership = call->caller.partnership};
	const struct policy *own = NULL;
	struct policy_bound bound;
	enum err_code code = followup_hold_own(&reading, &call->scope, call_policy(call),
					       rows_text(head, 0, "_policy_id"), &own, err);
	if (code != ERR_NONE)
		return code;
	if (policy_bound(own, rows_text(head, 0, "_kind"), &facts, &bound))
		*ret_kind = arena_strdup(call->arena, bound.latest.kind);
	followup_release_own(&reading, call_policy(call), own);
	return ERR_NONE;
}

static void write_list(struct buf *out, const char *name, const PGresult *rows)
{
	buf_printf(out, ",\"%s\":", name);
	rows_write_list(out, rows, 0, PQntuples(rows));
}

static void write_reply(struct call *call, PGresult *const *results, const char *bound_kind)
{
	struct buf *out = call->out;
	const struct explanation explanation = {
		.head = results[HEAD],
		.stretches = results[STRETCHES],
		.ledger = results[LEDGER],
		.levels = results[LEVELS],
		.bound_kind = bound_kind,
	};
	buf_add_text(out, "{\"follow_up\":");
	rows_write_object(out, results[ONE], 0);
	buf_add_char(out, ',');
	(void)rows_write_members(out, results[HEAD], 0);
	buf_add_text(out, ",\"limit_kind\":");
	buf_add_json_text(out, bound_kind);
	write_list(out, "stretches", results[STRETCHES]);
	write_list(out, "ledger", results[LEDGER]);
	write_list(out, "levels", results[LEVELS]);
	buf_add_text(out, ",\"sentences\":");
	explanation_write_sentences(out, &explanation);
	buf_add_char(out, '}');
	call_reply(call, 200);
}

enum err_code followup_explain(struct call *call, struct err *err)
{
	const char *const *values = DB_VALUES(call->caller.partnership, call_parameter(call, "follow_up_id"));
	const struct db_step steps[PARTS] = {
		[HEAD] = {&SQL_followup_explain, values},
		[ONE] = {&SQL_followup_one, values},
		[STRETCHES] = {&SQL_followup_explain_stretches, values},
		[LEDGER] = {&SQL_followup_explain_ledger, values},
		[LEVELS] = {&SQL_followup_explain_levels, values},
	};
	PGresult *results[PARTS] = {NULL};
	const char *bound_kind = NULL;
	enum err_code code = call_read_all(call, steps, PARTS, results, err);
	if (code == ERR_NONE && PQntuples(results[HEAD]) == 0)
		code = call_not_found(err);
	if (code == ERR_NONE)
		code = find_bound(call, results[HEAD], &bound_kind, err);
	if (code == ERR_NONE)
		write_reply(call, results, bound_kind);
	for (size_t i = 0; i < PARTS; i++)
		PQclear(results[i]);
	return code;
}
