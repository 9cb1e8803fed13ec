/*
 * calendar list, show, import bank-holidays. The import shows what it would change, and which open follow-ups would move; it
 * changes something only when told to.
 */
#include "calendar/calendar.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/json.h"
#include "db/rows.h"
#include "partnership/partnership.h"
#include "tool.h"

#include "base/banned.h"

enum { FILE_MAX = 4 << 20, MOVED_MAX = 20 };

static const char DIVISION[] = "england-and-wales";
static const char *const weekdays[] = {"", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

/* ---- list and show ---- */

static enum err_code find_scope(struct tool *tool, char partnership[IDENT_SIZE], struct db_scope *ret_scope,
				struct err *err)
{
	enum err_code code = tool_partnership(tool, partnership, err);
	*ret_scope = (struct db_scope){.partnership = partnership, .now = tool->now};
	return code;
}

enum exit_status command_calendar_list(struct tool *tool)
{
	struct err err = {0};
	char partnership[IDENT_SIZE];
	struct db_scope scope;
	PGRESULT_AUTO PGresult *rows = NULL;
	enum err_code code = find_scope(tool, partnership, &scope, &err);
	if (code == ERR_NONE)
		code = calendar_all(tool->db, &scope, &rows, &err);
	if (code != ERR_NONE)
		return tool_complain(tool, &err);
	for (int i = 0; i < PQntuples(rows); i++)
		(void)printf("%s  %s  %s to %s, %lld days left%s\n", rows_text(rows, i, "id"),
			     rows_text(rows, i, "name"), rows_text(rows, i, "covers_from"),
			     rows_text(rows, i, "covers_until"), rows_int(rows, i, "days_left"),
			     rows_bool(rows, i, "is_default") ? ", default" : "");
	return EXIT_FINE;
}

static void print_stretches(const json_t *hours)
{
	for (size_t i = 0; i < json_array_size(hours); i++) {
		const json_t *stretch = json_array_get(hours, i);
		(void)printf(" %s-%s", json_text(stretch, "opens"), json_text(stretch, "closes"));
	}
	(void)putchar('\n');
}

static void print_week(const json_t *hours)
{
	for (json_int_t day = 1; day <= 7; day++) {
		JSON_AUTO json_t *own = json_array();
		for (size_t i = 0; i < json_array_size(hours); i++) {
			json_t *stretch = json_array_get(hours, i);
			if (json_integer_value(json_object_get(stretch, "weekday")) == day)
				(void)json_array_append(own, stretch);
		}
		(void)printf("%s%s", weekdays[day], json_array_size(own) == 0 ? " closed" : "");
		print_stretches(own);
	}
}

static void print_days(const json_t *days, const char *indent)
{
	for (size_t i = 0; i < json_array_size(days); i++) {
		const json_t *day = json_array_get(days, i);
		(void)printf("%s%s  %s  %s", indent, json_text(day, "date"), json_text(day, "kind"),
			     json_text(day, "title"));
		print_stretches(json_object_get(day, "hours"));
	}
}

/* The calendar that is meant, and its document; the caller owns it. */
static enum err_code read_calendar(struct tool *tool, const struct db_scope *scope, const char *name,
				   char ret_id[IDENT_SIZE], json_t **ret_document, long long *ret_version,
				   struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = calendar_find(tool->db, scope, name, &row, err);
	if (code != ERR_NONE)
		return code;
	(void)snprintf(ret_id, IDENT_SIZE, "%s", rows_text(row, 0, "id"));
	return calendar_document(tool->db, scope, ret_id, ret_document, ret_version, err);
}

enum exit_status command_calendar_show(struct tool *tool)
{
	struct err err = {0};
	char partnership[IDENT_SIZE];
	char id[IDENT_SIZE];
	long long version = 0;
	struct db_scope scope;
	JSON_AUTO json_t *document = NULL;
	enum err_code code = find_scope(tool, partnership, &scope, &err);
	if (code == ERR_NONE)
		code = read_calendar(tool, &scope, tool->arguments[0], id, &document, &version, &err);
	if (code != ERR_NONE)
		return tool_complain(tool, &err);
	(void)printf("%s, version %lld%s\n%s\n%s to %s\n", json_text(document, "name"), version,
		     json_is_true(json_object_get(document, "is_default")) ? ", default" : "",
		     json_text(document, "time_zone"), json_text(document, "covers_from"),
		     json_text(document, "covers_until"));
	print_week(json_object_get(document, "hours"));
	print_days(json_object_get(document, "days"), "");
	return EXIT_FINE;
}

/* ---- import bank-holidays ---- */

struct bank_holidays {
	struct tool *tool;
	struct app app; /* contract and policies, by which open follow-ups are re-timed */
	char partnership[IDENT_SIZE];
	char id[IDENT_SIZE];
	struct db_scope scope;
	struct calendar_change change;
	struct calendar_import import;
	json_t *document;
	unsigned shown;
};

static enum err_code read_list(const char *path, json_t **ret_list, struct err *err)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return err_set(err, ERR_NOT_FOUND, path, "cannot be opened: %m");
	char *text = malloc(FILE_MAX);
	size_t size = text == NULL ? 0 : fread(text, 1, FILE_MAX, file);
	enum err_code code = size == FILE_MAX ? err_set(err, ERR_INVALID_BODY, path, "is too large for such a list")
					      : json_read(text == NULL ? "" : text, size, ret_list, err);
	free(text);
	(void)fclose(file);
	return code;
}

/* Settings as the daemon's environment says them: which policy is the shipped one. */
static enum err_code load_policies(struct bank_holidays *b, struct err *err)
{
	arena_init(&b->app.arena, APP_ARENA_MAX);
	enum err_code code = settings_read(settings_table, settings_count, 0, NULL, NULL, &b->app.arena,
					   &b->app.settings, err);
	return code == ERR_NONE ? app_load(&b->app, err) : code;
}

static enum err_code prepare(struct bank_holidays *b, struct err *err)
{
	struct tool *tool = b->tool;
	const char *division = tool_option(tool, "division");
	JSON_AUTO json_t *list = NULL;
	enum err_code code = read_list(tool->arguments[1], &list, err);
	if (code == ERR_NONE)
		code = load_policies(b, err);
	if (code == ERR_NONE)
		code = find_scope(tool, b->partnership, &b->scope, err);
	if (code == ERR_NONE)
		code = read_calendar(tool, &b->scope, tool_option(tool, "calendar"), b->id, &b->document,
				     &b->change.seen, err);
	if (code == ERR_NONE)
		code = calendar_add_bank_holidays(b->document, list, division == NULL ? DIVISION : division, &b->import,
						  err);
	b->change.partnership = b->partnership;
	b->change.id = b->id;
	b->change.document = b->document;
	return code;
}

static void print_list(const char *title, const json_t *days)
{
	if (json_array_size(days) == 0)
		return;
	(void)printf("%s\n", title);
	print_days(days, "  ");
}

static void print_moved(void *ctx, const PGresult *rows, int row)
{
	struct bank_holidays *b = ctx;
	char before[28];
	char after[28];
	if (b->shown++ >= MOVED_MAX)
		return;
	rows_instant(rows, row, "due_at_before", before);
	rows_instant(rows, row, "due_at", after);
	(void)printf("  %s  %s  %s -> %s\n", rows_text(rows, row, "reference"), rows_text(rows, row, "kind"),
		     before[0] == '\0' ? "no due time" : before, after[0] == '\0' ? "no due time" : after);
}

/* True where the import changes something. */
static bool print_changes(const struct bank_holidays *b)
{
	const struct calendar_import *import = &b->import;
	print_list("to add:", import->added);
	print_list("kept as they are here, though they are bank holidays:", import->kept);
	print_list("bank holidays here that the file does not have (look at them; nothing is removed):",
		   import->only_here);
	if (import->extends)
		(void)printf("covers until %s\n", import->covers_until);
	return import->extends || json_array_size(import->added) > 0;
}

static enum err_code rehearse(struct bank_holidays *b, struct err *err)
{
	struct retime_report report;
	(void)puts("open follow-ups that would move:");
	enum err_code code = calendar_rehearse(b->tool->db, &b->scope, &b->app.house, &b->change, print_moved, b,
					       &report, err);
	if (code != ERR_NONE)
		return code;
	const struct retime_counts *all = &report.all;
	if (b->shown > MOVED_MAX)
		(void)puts("  …");
	if (!report.complete)
		(void)puts("  … and more: there was no time to look at all that is open");
	(void)printf("%lld: %lld earlier, %lld later, %lld get a due time, %lld lose it\n", retime_moved(all),
		     all->earlier, all->later, all->timed, all->lost);
	if (all->opened + all->cancelled > 0)
		(void)printf("duty would have to take over %lld more, and %lld fewer\n", all->opened, all->cancelled);
	(void)puts("nothing was changed: --apply does it");
	return ERR_NONE;
}

static enum err_code write_change(struct db *db, void *ctx, struct err *err)
{
	struct bank_holidays *b = ctx;
	return calendar_write(db, &b->change, err);
}

static enum err_code apply(struct bank_holidays *b, struct err *err)
{
	struct retime_report report;
	enum err_code code = db_write(b->tool->db, &b->scope, write_change, b, err);
	if (code != ERR_NONE)
		return code;
	(void)puts("changed");
	long long moved = 0;
	do {
		code = calendar_retime(b->tool->db, &b->scope, &b->app.house, &report, err);
		moved += retime_moved(&report.all);
	} while (code == ERR_NONE && !report.complete);
	if (code == ERR_NONE)
		(void)printf("%lld open follow-ups re-timed\n", moved);
	else
		(void)err_context(err, "the calendar is changed; re-timing what is open is left to the daemon");
	return code;
}

static enum exit_status run(struct bank_holidays *b)
{
	struct err err = {0};
	enum err_code code = prepare(b, &err);
	if (code != ERR_NONE)
		return tool_complain(b->tool, &err);
	if (!print_changes(b)) {
		(void)puts("nothing to change");
		return EXIT_FINE;
	}
	bool does_it = tool_option(b->tool, "apply") != NULL;
	code = does_it ? apply(b, &err) : rehearse(b, &err);
	if (code != ERR_NONE)
		return tool_complain(b->tool, &err);
	return does_it ? EXIT_FINE : EXIT_WOULD_CHANGE;
}

enum exit_status command_calendar_import(struct tool *tool)
{
	if (strcmp(tool->arguments[0], "bank-holidays") != 0)
		return tool_usage(tool, "only bank-holidays can be imported");
	struct bank_holidays b = {.tool = tool};
	enum exit_status status = run(&b);
	json_decref(b.document);
	calendar_import_release(&b.import);
	app_free(&b.app);
	return status;
}

/* ---- for config check ---- */

static enum err_code print_reach(struct tool *tool, const char *partnership, const char *name, struct err *err)
{
	const struct db_scope scope = {.partnership = partnership, .now = tool->now};
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = calendar_reach(tool->db, &scope, &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		(void)printf("warning: %s has no default calendar\n", name);
	else if (rows_int(row, 0, "days") < CALENDAR_DAYS_MIN)
		(void)printf(
			"warning: the calendar %s of %s reaches %lld more days: extend it (mashctl calendar import)\n",
			rows_text(row, 0, "name"), name, rows_int(row, 0, "days"));
	return ERR_NONE;
}

enum err_code tool_check_calendars(struct tool *tool, struct err *err)
{
	PGRESULT_AUTO PGresult *partnerships = NULL;
	enum err_code code = partnership_list(tool->db, &partnerships, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(partnerships); row++)
		code = print_reach(tool, rows_text(partnerships, row, "id"), rows_text(partnerships, row, "name"), err);
	return code;
}
