/*
 * What a changed calendar does to the open follow-ups: for good after it was committed, or as a rehearsal before. The new due
 * instants are lib/followup's; here is only said which calendar counts and from which instant on it differs.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "calendar/store.h"
#include "gen/calendar_sql.h"

#include "base/banned.h"

/* ---- for good ---- */

/* What is not done by then is left to the jobs, and to them once more. */
enum { BUDGET_MS = 5000 };

struct pass {
	const char *partnership;
	const PGresult *pending;
	const struct retime_report *report;
};

/* The pass is over, or goes on later from where it got to. */
static enum err_code write_pass(struct db *db, void *ctx, struct err *err)
{
	const struct pass *pass = ctx;
	const char *id = rows_text(pass->pending, 0, "id");
	const char *version = rows_text(pass->pending, 0, "version");
	const char *started_at = rows_text(pass->pending, 0, "started_at");
	if (pass->report->complete)
		return db_run(db, &SQL_calendar_retimed, DB_VALUES(pass->partnership, id, version, started_at), NULL,
			      err);
	return db_run(db, &SQL_calendar_retime_got_to,
		      DB_VALUES(pass->partnership, id, version, started_at, pass->report->got_to), NULL, err);
}

enum err_code calendar_retime(struct db *db, const struct db_scope *scope, const struct house *house,
			      struct retime_report *ret_report, struct err *err)
{
	PGRESULT_AUTO PGresult *pending = NULL;
	*ret_report = (struct retime_report){.complete = true};
	enum err_code code = db_read_one(db, scope, &SQL_calendar_pending, DB_VALUES(scope->partnership), &pending,
					 err);
	if (code != ERR_NONE || PQntuples(pending) == 0)
		return code;
	const struct retime_order order = {
		.scope = scope,
		.policies = house->policies,
		.calendar = rows_text(pending, 0, "id"),
		.after = rows_text(pending, 0, "retime_from"),
		.behind = rows_text(pending, 0, "retime_after"),
		.staff = rows_text(pending, 0, "changed_by"),
		.budget_ms = BUDGET_MS,
	};
	struct pass pass = {scope->partnership, pending, ret_report};
	code = followup_retime_open(db, &order, ret_report, err);
	if (ret_report->got_to[0] == '\0' && !ret_report->complete)
		return code;
	struct err ignored;
	enum err_code written = db_write(db, scope, write_pass, &pass, code == ERR_NONE ? err : &ignored);
	return code == ERR_NONE ? written : code;
}

/* ---- as a rehearsal ---- */

struct rehearsal {
	const struct calendar_change *change;
	const char *text;
	char id[IDENT_SIZE]; /* of a calendar that never comes into being, so that nobody is kept waiting */
	char current[IDENT_SIZE];
	char zone[128];
	char earlier[64]; /* what is left to be looked at since an earlier change */
	char from[64];
	bool counts; /* it is the default, or is to be */
};

static enum err_code write_copy(struct db *db, struct rehearsal *r, struct err *err)
{
	const char *partnership = r->change->partnership;
	enum err_code code = db_run(db, &SQL_calendar_insert_rehearsed, DB_VALUES(partnership, r->id, r->text), NULL,
				    err);
	return code == ERR_NONE ? calendar_write_content(db, partnership, r->id, r->text, err) : code;
}

static enum err_code prepare(struct db *db, void *ctx, struct err *err)
{
	struct rehearsal *r = ctx;
	/* Another one each time: index entries of the former one would stand in the way until they are cleaned up. */
	ident_new(r->id);
	enum err_code code = write_copy(db, r, err);
	return code == ERR_NONE ? db_run(db, &SQL_calendar_fill_working_intervals,
					 DB_VALUES(r->change->partnership, r->id), NULL, err)
				: code;
}

/* From when it differs; whether its zone is one. */
static enum err_code compare(struct db *db, void *ctx, struct err *err)
{
	struct rehearsal *r = ctx;
	PGRESULT_AUTO PGresult *difference = NULL;
	enum err_code code = calendar_check_zone(db, r->change->document, err);
	if (code == ERR_NONE)
		code = write_copy(db, r, err);
	if (code == ERR_NONE)
		code = db_run(db, &SQL_calendar_first_difference,
			      DB_VALUES(r->change->partnership, r->id, r->current, r->zone, r->earlier), &difference,
			      err);
	if (code == ERR_NONE)
		(void)snprintf(r->from, sizeof r->from, "%s", rows_text(difference, 0, "at"));
	return code;
}

static enum err_code find_calendars(struct db *db, const struct db_scope *scope, struct rehearsal *r, struct err *err)
{
	PGRESULT_AUTO PGresult *heads = NULL;
	enum err_code code = db_read_one(db, scope, &SQL_calendar_heads, DB_VALUES(scope->partnership), &heads, err);
	if (code != ERR_NONE)
		return code;
	bool found = false;
	for (int row = 0; row < PQntuples(heads); row++) {
		const char *id = rows_text(heads, row, "id");
		bool own = strcmp(id, r->change->id) == 0;
		found = found || own;
		if (!rows_bool(heads, row, "is_default"))
			continue;
		(void)snprintf(r->current, sizeof r->current, "%s", id);
		(void)snprintf(r->zone, sizeof r->zone, "%s", rows_text(heads, row, "time_zone"));
		(void)snprintf(r->earlier, sizeof r->earlier, "%s", rows_text(heads, row, "retime_from"));
		r->counts = own;
	}
	r->counts = r->counts || json_is_true(json_object_get(r->change->document, "is_default"));
	return found ? ERR_NONE : call_not_found(err);
}

static enum err_code rehearse(struct db *db, const struct retime_order *order, struct rehearsal *r,
			      struct retime_report *ret_report, struct err *err)
{
	enum err_code code = find_calendars(db, order->scope, r, err);
	if (code == ERR_NONE)
		code = db_rehearse(db, order->scope, compare, r, err);
	if (code != ERR_NONE || !r->counts || strcmp(r->from, "infinity") == 0)
		return code;
	return followup_retime_open(db, order, ret_report, err);
}

enum err_code calendar_rehearse(struct db *db, const struct db_scope *scope, const struct house *house,
				const struct calendar_change *change, retime_told told, void *ctx,
				struct retime_report *ret_report, struct err *err)
{
	*ret_report = (struct retime_report){.complete = true};
	enum err_code code = calendar_check(change->document, err);
	if (code != ERR_NONE)
		return code;
	struct arena arena;
	size_t size;
	arena_init(&arena, CALENDAR_MEMORY);
	struct rehearsal r = {.change = change, .text = json_canonical(&arena, change->document, &size)};
	ident_new(r.id);
	const struct retime_order order = {
		.scope = scope,
		.policies = house->policies,
		.calendar = r.id,
		.after = r.from,
		.budget_ms = RETIME_REHEARSAL_MS,
		.rehearse = true,
		.prepare = prepare,
		.prepare_ctx = &r,
		.told = told,
		.told_ctx = ctx,
	};
	code = rehearse(db, &order, &r, ret_report, err);
	arena_release(&arena);
	return code;
}
