/* Sweeping, batch by batch, partnership by partnership. What is late is decided by SQL alone. */
#include "followup/sweep.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/ident.h"
#include "db/rows.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

struct sweeping {
	const char *partnership;
	const char *limit;
	long long seen;
	long long raised;
};

enum { IDS_MAX = (SWEEP_BATCH + 1) * IDENT_SIZE };

static void list_ids(struct buf *out, const PGresult *found)
{
	for (int row = 0; row < PQntuples(found); row++)
		buf_printf(out, "%s%s", row == 0 ? "{" : ",", rows_text(found, row, "id"));
	buf_add_char(out, '}');
}

static enum err_code write_batch(struct db *db, struct sweeping *s, const PGresult *found, struct err *err)
{
	char base[IDENT_SIZE];
	struct buf ids;
	buf_init(&ids, IDS_MAX);
	list_ids(&ids, found);
	ident_new(base);
	PGRESULT_AUTO PGresult *result = NULL;
	enum err_code code = db_run(db, &SQL_followup_sweep, DB_VALUES(s->partnership, buf_text(&ids), base, NULL),
				    &result, err);
	if (code == ERR_NONE)
		s->raised = rows_int(result, 0, "raised");
	buf_release(&ids);
	return code;
}

static enum err_code sweep_batch(struct db *db, void *ctx, struct err *err)
{
	struct sweeping *s = ctx;
	PGRESULT_AUTO PGresult *found = NULL;
	enum err_code code = db_run(db, &SQL_followup_sweep_find, DB_VALUES(s->partnership, s->limit), &found, err);
	if (code != ERR_NONE)
		return code;
	s->seen = PQntuples(found);
	s->raised = 0;
	return s->seen == 0 ? ERR_NONE : write_batch(db, s, found, err);
}

enum err_code followup_sweep(struct db *db, const struct db_scope *scope, unsigned limit, long long *ret_seen,
			     long long *ret_raised, struct err *err)
{
	char limit_text[12];
	assert(limit <= SWEEP_BATCH);
	(void)snprintf(limit_text, sizeof limit_text, "%u", limit);
	struct sweeping s = {.partnership = scope->partnership, .limit = limit_text};
	enum err_code code = db_write(db, scope, sweep_batch, &s, err);
	if (code != ERR_NONE)
		return code;
	*ret_seen = s.seen;
	*ret_raised = s.raised;
	return ERR_NONE;
}

static enum err_code sweep_manual_batch(struct db *db, void *ctx, struct err *err)
{
	struct sweeping *s = ctx;
	char base[IDENT_SIZE];
	ident_new(base);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_run(db, &SQL_followup_sweep_manual, DB_VALUES(s->partnership, s->limit, base), &row,
				    err);
	if (code == ERR_NONE)
		s->seen = rows_int(row, 0, "seen");
	return code;
}

/* What people have raised, with a date that has passed. */
static enum err_code sweep_manual(struct db *db, const struct db_scope *scope, struct err *err)
{
	char limit_text[12];
	(void)snprintf(limit_text, sizeof limit_text, "%d", SWEEP_BATCH);
	struct sweeping s = {.partnership = scope->partnership, .limit = limit_text, .seen = SWEEP_BATCH};
	enum err_code code = ERR_NONE;
	while (code == ERR_NONE && s.seen == SWEEP_BATCH)
		code = db_write(db, scope, sweep_manual_batch, &s, err);
	return code;
}

static enum err_code write_done(struct db *db, void *ctx, struct err *err)
{
	const struct db_scope *scope = ctx;
	return db_run(db, &SQL_followup_sweep_done, DB_VALUES(scope->partnership), NULL, err);
}

static void add_counts(struct sweep_report *report, const PGresult *result)
{
	for (int row = 0; row < PQntuples(result); row++) {
		const char *name = rows_text(result, row, "kind");
		size_t i = 0;
		while (i < report->n_kinds && strcmp(report->kinds[i].kind, name) != 0)
			i++;
		if (i == SWEEP_KINDS_MAX)
			continue;
		struct sweep_kind *kind = &report->kinds[i];
		if (i == report->n_kinds) {
			(void)snprintf(kind->kind, sizeof kind->kind, "%s", name);
			report->n_kinds++;
		}
		kind->open += rows_int(result, row, "open");
		kind->overdue += rows_int(result, row, "overdue");
	}
}

static enum err_code sweep_partnership(struct db *db, struct db_scope *scope, struct sweep_report *report,
				       struct err *err)
{
	long long seen = SWEEP_BATCH;
	while (seen == SWEEP_BATCH) {
		long long raised = 0;
		enum err_code code = followup_sweep(db, scope, SWEEP_BATCH, &seen, &raised, err);
		if (code != ERR_NONE)
			return code;
		report->raised += raised;
	}
	enum err_code code = sweep_manual(db, scope, err);
	if (code == ERR_NONE)
		code = db_write(db, scope, write_done, scope, err);
	if (code != ERR_NONE)
		return code;
	PGRESULT_AUTO PGresult *counts = NULL;
	code = db_read_one(db, scope, &SQL_followup_count_open, DB_VALUES(scope->partnership), &counts, err);
	if (code == ERR_NONE)
		add_counts(report, counts);
	return code;
}

enum err_code followup_sweep_all(struct db *db, const char *now, struct sweep_report *ret_report, struct err *err)
{
	struct db_scope scope = {.now = now};
	PGRESULT_AUTO PGresult *partnerships = NULL;
	enum err_code code = db_read_one(db, &scope, &SQL_followup_partnerships, NULL, &partnerships, err);
	if (code != ERR_NONE)
		return code;
	struct sweep_report report = {.raised = 0};
	enum err_code first = ERR_NONE;
	for (int i = 0; i < PQntuples(partnerships); i++) {
		struct err fault = {.code = ERR_NONE};
		scope.partnership = rows_text(partnerships, i, "partnership_id");
		code = sweep_partnership(db, &scope, &report, &fault);
		if (code != ERR_NONE && first == ERR_NONE) {
			first = code;
			if (err != NULL)
				*err = fault;
		}
	}
	*ret_report = report;
	return first;
}
