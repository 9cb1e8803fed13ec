/* Notes, and work that writes them: what the tests of transactions share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db_notes.h"

#include "base/banned.h"

const struct statement NOTES_ADD = {
	.name = "add",
	.text = "INSERT INTO " NOTES_NOTE " (partnership_id, key, body)"
		" VALUES (current_setting('mashd.partnership')::uuid, $1, $2) RETURNING key",
	.n_params = 2};
const struct statement NOTES_CHANGE = {
	.name = "change", .text = "UPDATE " NOTES_NOTE " SET body = body || $2 WHERE key = $1", .n_params = 2};
const struct statement NOTES_COUNT = {.name = "count", .text = "SELECT count(*) AS n FROM " NOTES_NOTE};
const struct db_scope NOTES_A = {.partnership = DB_SUPPORT_A};
struct notes notes;

int notes_make_schema(void **state)
{
	(void)state;
	db_support_make_schema(NOTES_SCHEMA);
	return 0;
}

int notes_drop_schema(void **state)
{
	(void)state;
	db_support_drop_schema(NOTES_SCHEMA);
	return 0;
}

int notes_open(void **state)
{
	(void)state;
	(void)db_support_ask("WITH d AS (DELETE FROM " NOTES_NOTE " RETURNING 1) SELECT count(*) FROM d");
	notes.options = db_support_options(NOTES_APPLICATION);
	notes.db = db_new(&notes.options);
	memset(&notes.err, 0, sizeof notes.err);
	return 0;
}

int notes_close(void **state)
{
	(void)state;
	db_free(notes.db);
	return 0;
}

const char *notes_stored(const char *key)
{
	return db_support_ask("SELECT body FROM " NOTES_NOTE " WHERE key = '%s'", key);
}

enum err_code notes_work(struct db *db, void *ctx, struct err *err)
{
	struct notes_job *job = ctx;
	job->runs++;
	enum err_code code = db_run(db, job->statement, job->values, NULL, err);
	if (job->careless)
		return ERR_NONE;
	if (code == ERR_NONE && job->terminate != NULL && job->runs == 1) {
		assert_true(db_support_terminate(job->terminate) > 0);
		code = db_run(db, &NOTES_COUNT, NULL, NULL, err);
	}
	return code != ERR_NONE ? code : job->answer;
}

enum err_code notes_write(const struct statement *statement, const char *const *values)
{
	struct notes_job job = {.statement = statement, .values = values};
	return db_write(notes.db, &NOTES_A, notes_work, &job, &notes.err);
}
