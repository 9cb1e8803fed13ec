/* Calendars into the database, each with the working time that follows from it, and out of it again. */
#include <string.h>

#include "base/embedded.h"
#include "base/json.h"
#include "calendar/calendar.h"
#include "calendar/store.h"
#include "gen/calendar_sql.h"

#include "base/banned.h"

enum { CALENDARS_MAX = 20 };

static const char DEFAULT_CALENDAR[] = "api/calendars/england-and-wales.json";

/* ---- the shipped one ---- */

enum err_code calendar_create_default(struct db *db, const char *partnership, struct err *err)
{
	const struct embedded_file *file = embedded_find(DEFAULT_CALENDAR);
	if (file == NULL)
		return err_set(err, ERR_INTERNAL, DEFAULT_CALENDAR, "the file is not in this program");
	JSON_AUTO json_t *document = NULL;
	char id[IDENT_SIZE];
	ident_new(id);
	enum err_code code = json_read((const char *)file->data, file->size, &document, err);
	if (code == ERR_NONE)
		code = json_object_set_new(document, "is_default", json_true()) == 0
			       ? ERR_NONE
			       : err_set(err, ERR_INTERNAL, DEFAULT_CALENDAR, "this is no object");
	const struct calendar_change change = {.partnership = partnership, .id = id, .document = document};
	return code == ERR_NONE ? calendar_write(db, &change, err) : code;
}

/* ---- writing ---- */

/* What a change meets. */
struct heads {
	PGresult *rows;
	int own;     /* row of the calendar that is changed; -1: a new one */
	int current; /* row of the default until now; -1: none */
};

static enum err_code read_heads(struct db *db, const struct calendar_change *change, struct heads *heads,
				struct err *err)
{
	const struct db_step steps[] = {{&SQL_calendar_lock_all, DB_VALUES(change->partnership)},
					{&SQL_calendar_heads, DB_VALUES(change->partnership)}};
	PGresult *results[2];
	enum err_code code = db_run_all(db, steps, 2, results, err);
	if (code != ERR_NONE)
		return code;
	PQclear(results[0]);
	*heads = (struct heads){.rows = results[1], .own = -1, .current = -1};
	for (int row = 0; row < PQntuples(heads->rows); row++) {
		if (strcmp(rows_text(heads->rows, row, "id"), change->id) == 0)
			heads->own = row;
		if (rows_bool(heads->rows, row, "is_default"))
			heads->current = row;
	}
	return ERR_NONE;
}

static enum err_code check_own(const struct calendar_change *change, const struct heads *heads, struct err *err)
{
	if (change->seen == 0 && PQntuples(heads->rows) >= CALENDARS_MAX)
		return err_set(err, ERR_RULE_BROKEN, "", "a partnership has 20 calendars at the most");
	if (change->seen == 0)
		return ERR_NONE;
	if (heads->own < 0)
		return call_not_found(err);
	if (rows_int(heads->rows, heads->own, "version") != change->seen)
		return err_set(err, ERR_STALE_VERSION, "If-Match",
			       "the calendar has changed since; read it again and repeat the change");
	return ERR_NONE;
}

/* Whether it is the default afterwards. */
static enum err_code decide_default(const struct calendar_change *change, const struct heads *heads, bool *ret_default,
				    struct err *err)
{
	const json_t *wish = json_object_get(change->document, "is_default");
	bool is_default = heads->own >= 0 && heads->own == heads->current;
	if (is_default && json_is_false(wish))
		return err_set(err, ERR_RULE_BROKEN, "/is_default",
			       "a partnership has a default calendar: make another one the default instead");
	*ret_default = is_default || json_is_true(wish);
	return ERR_NONE;
}

enum err_code calendar_check_zone(struct db *db, const json_t *document, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_run(db, &SQL_calendar_zone, DB_VALUES(json_text(document, "time_zone")), &row, err);
	if (code != ERR_NONE || rows_bool(row, 0, "known"))
		return code;
	return err_set(err, ERR_INVALID_BODY, "/time_zone",
		       "there is no such time zone; its name is that of the IANA database, such as Europe/London");
}

enum err_code calendar_write_content(struct db *db, const char *partnership, const char *id, const char *text,
				     struct err *err)
{
	const char *const *values = DB_VALUES(partnership, id, text);
	const struct db_step steps[] = {
		{&SQL_calendar_insert_hours, values},
		{&SQL_calendar_insert_days, values},
		{&SQL_calendar_insert_day_hours, values},
	};
	return db_run_all(db, steps, sizeof steps / sizeof *steps, NULL, err);
}

/* The row and its week and days. The working time is still what it was. */
static enum err_code write_document(struct db *db, const struct calendar_change *change, bool is_default,
				    const char *text, struct err *err)
{
	const struct statement *head = change->seen == 0 ? &SQL_calendar_insert : &SQL_calendar_update;
	enum err_code code = db_run(
		db, head,
		DB_VALUES(change->partnership, change->id, is_default ? "true" : "false", text, change->staff), NULL,
		err);
	if (code != ERR_NONE && strcmp(db_constraint(db), "calendar_name_key") == 0)
		return err_set(err, ERR_ALREADY_EXISTS, "/name", "a calendar of this name exists already");
	if (code == ERR_NONE)
		code = db_run(db, &SQL_calendar_clear, DB_VALUES(change->partnership, change->id), NULL, err);
	return code == ERR_NONE ? calendar_write_content(db, change->partnership, change->id, text, err) : code;
}

static enum err_code check_covered(struct db *db, const struct calendar_change *change, const char *current,
				   struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	if (json_is_true(json_object_get(change->document, "allow_uncovered")))
		return ERR_NONE;
	enum err_code code = db_run(db, &SQL_calendar_uncovered, DB_VALUES(change->partnership, change->id, current),
				    &row, err);
	if (code != ERR_NONE)
		return code;
	bool after = rows_bool(row, 0, "after");
	if (!after && !rows_bool(row, 0, "before"))
		return ERR_NONE;
	return err_set(err, ERR_RULE_BROKEN, after ? "/covers_until" : "/covers_from",
		       "open follow-ups would lie outside what the calendar covers; the dry run shows them, and with "
		       "allow_uncovered it is done all the same");
}

/* Marks what has to be re-timed: what is due after the first instant at which working time differs from what it was. */
static enum err_code mark(struct db *db, const struct calendar_change *change, const struct heads *heads,
			  struct err *err)
{
	PGRESULT_AUTO PGresult *difference = NULL;
	if (heads->current < 0)
		return ERR_NONE; /* the partnership's first: nothing was timed yet */
	const char *current = rows_text(heads->rows, heads->current, "id");
	const char *zone = rows_text(heads->rows, heads->current, "time_zone");
	const char *earlier = rows_text(heads->rows, heads->current, "retime_from");
	enum err_code code = check_covered(db, change, current, err);
	if (code == ERR_NONE)
		code = db_run(db, &SQL_calendar_first_difference,
			      DB_VALUES(change->partnership, change->id, current, zone, earlier), &difference, err);
	if (code != ERR_NONE)
		return code;
	return db_run(db, &SQL_calendar_set_retime_from,
		      DB_VALUES(change->partnership, change->id, rows_text(difference, 0, "at")), NULL, err);
}

static enum err_code derive(struct db *db, const struct calendar_change *change, const char *text, struct err *err)
{
	const struct db_step steps[] = {
		{&SQL_calendar_clear_working_intervals, DB_VALUES(change->partnership, change->id)},
		{&SQL_calendar_fill_working_intervals, DB_VALUES(change->partnership, change->id)},
		{&SQL_calendar_insert_version, DB_VALUES(change->partnership, change->id, text)},
	};
	return db_run_all(db, steps, sizeof steps / sizeof *steps, NULL, err);
}

static enum err_code write_locked(struct db *db, const struct calendar_change *change, const struct heads *heads,
				  const char *text, struct err *err)
{
	bool is_default = false;
	enum err_code code = check_own(change, heads, err);
	if (code == ERR_NONE)
		code = decide_default(change, heads, &is_default, err);
	if (code == ERR_NONE)
		code = calendar_check_zone(db, change->document, err);
	if (code == ERR_NONE && is_default && heads->current >= 0 && heads->current != heads->own)
		code = db_run(db, &SQL_calendar_unset_default, DB_VALUES(change->partnership), NULL, err);
	if (code == ERR_NONE)
		code = write_document(db, change, is_default, text, err);
	if (code == ERR_NONE && is_default)
		code = mark(db, change, heads, err);
	return code == ERR_NONE ? derive(db, change, text, err) : code;
}

enum err_code calendar_write(struct db *db, const struct calendar_change *change, struct err *err)
{
	enum err_code code = calendar_check(change->document, err);
	if (code != ERR_NONE)
		return code;
	struct heads heads = {.rows = NULL};
	struct arena arena;
	size_t size;
	arena_init(&arena, CALENDAR_MEMORY);
	const char *text = json_canonical(&arena, change->document, &size);
	code = read_heads(db, change, &heads, err);
	if (code == ERR_NONE)
		code = write_locked(db, change, &heads, text, err);
	db_result_auto_clear(&heads.rows);
	arena_release(&arena);
	return code;
}

/* ---- reading ---- */

enum err_code calendar_find(struct db *db, const struct db_scope *scope, const char *name_or_id, PGresult **ret_row,
			    struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_read_one(db, scope, &SQL_calendar_find, DB_VALUES(scope->partnership, name_or_id), &row,
					 err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return err_set(err, ERR_NOT_FOUND, name_or_id == NULL ? "" : name_or_id,
			       name_or_id == NULL ? "the partnership has no default calendar"
						  : "there is no calendar of this name or id");
	*ret_row = row;
	row = NULL;
	return ERR_NONE;
}

enum err_code calendar_all(struct db *db, const struct db_scope *scope, PGresult **ret_rows, struct err *err)
{
	return db_read_one(db, scope, &SQL_calendar_list, DB_VALUES(scope->partnership), ret_rows, err);
}

enum err_code calendar_document(struct db *db, const struct db_scope *scope, const char *id, json_t **ret_document,
				long long *ret_version, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_read_one(db, scope, &SQL_calendar_one, DB_VALUES(scope->partnership, id), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return call_not_found(err);
	JSON_AUTO json_t *document = json_object();
	static const char *const texts[] = {"name", "time_zone", "covers_from", "covers_until"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		(void)json_object_set_new(document, texts[i], json_string(rows_text(row, 0, texts[i])));
	static const char *const lists[] = {"hours", "days"};
	for (size_t i = 0; code == ERR_NONE && i < sizeof lists / sizeof *lists; i++) {
		json_t *list = NULL;
		const char *text = rows_text(row, 0, lists[i]);
		code = json_read(text, strlen(text), &list, err);
		(void)json_object_set_new(document, lists[i], list);
	}
	if (code != ERR_NONE)
		return code;
	(void)json_object_set_new(document, "is_default", json_boolean(rows_bool(row, 0, "is_default")));
	*ret_version = rows_int(row, 0, "version");
	*ret_document = document;
	document = NULL;
	return ERR_NONE;
}

enum err_code calendar_reach(struct db *db, const struct db_scope *scope, PGresult **ret_row, struct err *err)
{
	return db_read_one(db, scope, &SQL_calendar_reach, DB_VALUES(scope->partnership), ret_row, err);
}
