/*
 * import cin-census: history from a census file. The file is read twice: once to see that all of it can be read (and how
 * much it is), once to store it, a hundred records a transaction. Each record is accepted or refused with its line and the
 * reason; what is wrong with an accepted one is told in the same way. Never a value: it may be a person's. A second run, or one after a crash, meets what is there already and adds the rest.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "census/census.h"
#include "tool.h"

#include "base/banned.h"

enum { BATCH_RECORDS = 100, TOLD_MAX = 10000, PROGRESS_EVERY = 100, KEY_MAX = 160 };

struct import {
	struct tool *tool;
	FILE *file;
	const char *path;
	struct census_scope scope;
	char partnership[IDENT_SIZE];
	json_t *rows;        /* judged, not stored yet */
	json_t *told;        /* what to say of them, and of the refused ones between them: {line, text, id?}, … */
	json_t *occurrences; /* "child id\nreferral date" -> how many so far */
	size_t total;        /* of records in the file */
	size_t seen;
	size_t accepted;
	size_t refused;
	size_t there;
};

static enum err_code count_record(void *ctx, const struct census_record *record, struct err *err)
{
	(void)record, (void)err;
	struct import *import = ctx;
	import->total++;
	return ERR_NONE;
}

/* How many records of this child and day stand before this one. */
static int occurrence_of(struct import *import, const struct census_record *record)
{
	char key[KEY_MAX];
	const char *child = census_child_id(record);
	const char *date = census_referral_date(record);
	if (child == NULL || date == NULL)
		return 0;
	(void)snprintf(key, sizeof key, "%.100s\n%.20s", child, date);
	int before = (int)json_integer_value(json_object_get(import->occurrences, key));
	(void)json_object_set_new(import->occurrences, key, json_integer(before + 1));
	return before;
}

/* In the order of the file. What is wrong with a record that was there already was told when it came. */
static void tell(struct import *import, const json_t *fresh)
{
	size_t i;
	json_t *item;
	if (json_array_size(import->told) > 0 && isatty(STDERR_FILENO) != 0)
		(void)fputc('\r', stderr);
	json_array_foreach(import->told, i, item)
	{
		const char *id = json_text(item, "id");
		if (id == NULL || json_object_get(fresh, id) != NULL)
			(void)printf("%s:%lld: %s\n", import->path, json_integer_value(json_object_get(item, "line")),
				     json_text(item, "text"));
	}
	(void)json_array_clear(import->told);
}

static enum err_code store_batch(struct import *import, struct err *err)
{
	JSON_AUTO json_t *fresh = NULL;
	size_t n = json_array_size(import->rows);
	enum err_code code = ERR_NONE;
	if (n > 0)
		code = census_store(import->tool->db, import->partnership, import->tool->now,
				    contract_version(import->tool->contract), import->rows, &fresh, err);
	if (code != ERR_NONE)
		return code;
	import->accepted += json_object_size(fresh);
	import->there += n - json_object_size(fresh);
	tell(import, fresh);
	return json_array_clear(import->rows) == 0 ? ERR_NONE : err_set(err, ERR_INTERNAL, "", "no memory");
}

static void show_progress(const struct import *import)
{
	if (isatty(STDERR_FILENO) == 0)
		return;
	if (import->seen % PROGRESS_EVERY == 0 || import->seen == import->total)
		(void)fprintf(stderr, "\r%zu of %zu%s", import->seen, import->total,
			      import->seen == import->total ? "\n" : "");
}

static void note_refused(struct import *import, int line, const char *reason)
{
	char text[700];
	import->refused++;
	(void)snprintf(text, sizeof text, "refused: %s", reason);
	(void)json_array_append_new(import->told, json_pack("{s:i, s:s}", "line", line, "text", text));
}

static void note_issues(struct import *import, int line, const json_t *row)
{
	size_t i;
	json_t *issue;
	json_array_foreach(json_object_get(row, "quality_issues"), i, issue)
	{
		char text[700];
		(void)snprintf(text, sizeof text, "accepted with an issue: %s: %s", json_text(issue, "pointer"),
			       census_issue_words(json_text(issue, "code")));
		(void)json_array_append_new(import->told, json_pack("{s:i, s:s, s:s}", "line", line, "text", text, "id",
								    json_text(row, "id")));
	}
}

static enum err_code take_record(void *ctx, const struct census_record *record, struct err *err)
{
	struct import *import = ctx;
	struct err reason = {0};
	json_t *row = NULL;
	import->seen++;
	import->scope.occurrence = occurrence_of(import, record);
	if (census_judge(record, &import->scope, &row, &reason) == ERR_NONE) {
		(void)json_array_append_new(import->rows, row);
		note_issues(import, record->line, row);
	} else {
		note_refused(import, record->line, reason.detail);
	}
	show_progress(import);
	bool is_full = json_array_size(import->rows) >= BATCH_RECORDS || json_array_size(import->told) >= TOLD_MAX;
	return is_full ? store_batch(import, err) : ERR_NONE;
}

/* Both passes. */
static enum err_code read_file(struct import *import, struct err *err)
{
	enum err_code code = census_read(import->file, count_record, import, err);
	if (code != ERR_NONE)
		return code;
	if (import->total == 0)
		return err_set(err, ERR_INVALID_BODY, "",
			       "there is no child in this file, as a census file has them (Children, Child)");
	if (fseek(import->file, 0, SEEK_SET) != 0)
		return err_set(err, ERR_INVALID_BODY, "", "this is no ordinary file: it cannot be read twice");
	code = census_read(import->file, take_record, import, err);
	return code == ERR_NONE ? store_batch(import, err) : code;
}

static enum err_code prepare(struct import *import, struct err *err)
{
	enum err_code code = tool_contract(import->tool, err);
	if (code == ERR_NONE)
		code = tool_partnership(import->tool, import->partnership, err);
	if (code == ERR_NONE)
		code = census_today(import->tool->db, import->partnership, import->tool->now, &import->scope.today,
				    err);
	import->scope.partnership = import->partnership;
	return code;
}

/* An unreadable file is named with the place in it. */
static enum exit_status complain(const struct import *import, const struct err *err)
{
	if (err->code != ERR_INVALID_BODY)
		return tool_complain(import->tool, err);
	(void)fprintf(stderr, "mashctl: %s: %s%s%s\n", import->path, err->place, err->place[0] == '\0' ? "" : ": ",
		      err->detail);
	if (import->accepted > 0)
		(void)fprintf(stderr, "mashctl: %zu records before it were stored\n", import->accepted);
	return EXIT_FAILED;
}

static enum exit_status run(struct import *import)
{
	struct err err = {0};
	enum err_code code = prepare(import, &err);
	if (code == ERR_NONE)
		code = read_file(import, &err);
	if (code != ERR_NONE)
		return complain(import, &err);
	(void)printf("%zu accepted, %zu refused, %zu already there\n", import->accepted, import->refused,
		     import->there);
	return import->refused > 0 ? EXIT_SOME_REFUSED : EXIT_FINE;
}

enum exit_status command_import_cin_census(struct tool *tool)
{
	struct import import = {.tool = tool, .path = tool->arguments[0]};
	import.file = fopen(import.path, "re");
	if (import.file == NULL) {
		(void)fprintf(stderr, "mashctl: %s: cannot be opened: %m\n", import.path);
		return EXIT_FAILED;
	}
	import.rows = json_array();
	import.told = json_array();
	import.occurrences = json_object();
	enum exit_status status = run(&import);
	json_decref(import.rows);
	json_decref(import.told);
	json_decref(import.occurrences);
	(void)fclose(import.file);
	return status;
}
