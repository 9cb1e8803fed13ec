/* Reads and writes as whole transactions against a real server: scope, what rolls back, what counts as stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/rows.h"

#include "db_notes.h"

#include "base/banned.h"

static const struct statement ADD_IN = {.name = "add_in",
					.text = "INSERT INTO " NOTES_NOTE
						" (partnership_id, key, body) VALUES ($1, $2, 'x')",
					.n_params = 2};
static const struct statement SET_SCOPE = {
	.name = "set_scope", .text = "SELECT set_config('mashd.partnership', $1, true)", .n_params = 1};
static const struct statement NOW = {.name = "now", .text = "SELECT current_setting('mashd.now', true) AS now"};
static const struct statement DIVIDE = {.name = "divide", .text = "SELECT 1 / $1::int", .n_params = 1};

static const struct db_scope B = {.partnership = DB_SUPPORT_B};

static void test_write_and_read(void **state)
{
	(void)state;
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("k", "one")), ERR_NONE);
	assert_string_equal(notes_stored("k"), "one");
	const struct db_step steps[] = {{&NOTES_COUNT, NULL}, {&NOTES_COUNT, NULL}};
	PGresult *results[2];
	assert_int_equal(db_read(notes.db, &NOTES_A, steps, 2, results, &notes.err), ERR_NONE);
	assert_int_equal(rows_int(results[0], 0, "n"), 1);
	assert_int_equal(rows_int(results[1], 0, "n"), 1);
	PQclear(results[0]);
	PQclear(results[1]);
}

static void test_scope(void **state)
{
	(void)state;
	PGRESULT_AUTO PGresult *b = NULL;
	PGRESULT_AUTO PGresult *none = NULL;
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("k", "one")), ERR_NONE);
	assert_int_equal(db_read_one(notes.db, &B, &NOTES_COUNT, NULL, &b, &notes.err), ERR_NONE);
	assert_int_equal(rows_int(b, 0, "n"), 0);
	assert_int_equal(db_read_one(notes.db, NULL, &NOTES_COUNT, NULL, &none, &notes.err), ERR_NONE);
	assert_int_equal(rows_int(none, 0, "n"), 0);
	assert_int_equal(notes_write(&ADD_IN, DB_VALUES(DB_SUPPORT_B, "k")), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(notes.db), "42501");
}

static void test_peek(void **state)
{
	(void)state;
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("k", "one")), ERR_NONE);
	const struct db_step steps[] = {{&SET_SCOPE, DB_VALUES(DB_SUPPORT_A)}, {&NOTES_COUNT, NULL}};
	PGresult *results[2];
	assert_int_equal(db_peek(notes.db, steps, 2, results, &notes.err), ERR_NONE);
	assert_int_equal(rows_int(results[1], 0, "n"), 1);
	PQclear(results[0]);
	PQclear(results[1]);
	/* The scope went with the transaction. */
	PGRESULT_AUTO PGresult *result = NULL;
	assert_int_equal(db_peek(notes.db, &steps[1], 1, &result, &notes.err), ERR_NONE);
	assert_int_equal(rows_int(result, 0, "n"), 0);
}

static void test_read_cannot_write(void **state)
{
	(void)state;
	PGRESULT_AUTO PGresult *result = NULL;
	assert_int_not_equal(db_read_one(notes.db, &NOTES_A, &NOTES_ADD, DB_VALUES("k", "one"), &result, &notes.err),
			     ERR_NONE);
	assert_null(result);
	assert_string_equal(db_sqlstate(notes.db), "25006");
	assert_string_equal(notes_stored("k"), "");
}

static void test_failures_roll_back(void **state)
{
	(void)state;
	struct notes_job refused = {
		.statement = &NOTES_ADD, .values = DB_VALUES("k", "one"), .answer = ERR_WRONG_STATE};
	assert_int_equal(db_write(notes.db, &NOTES_A, notes_work, &refused, &notes.err), ERR_WRONG_STATE);
	assert_string_equal(notes_stored("k"), "");
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("k", "unfit")), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(notes.db), "23514");
	assert_string_equal(db_constraint(notes.db), "note_body_fit");
	assert_null(strstr(notes.err.detail, "note"));
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("k", "one")), ERR_NONE);
	assert_string_equal(db_sqlstate(notes.db), "");
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("k", "two")), ERR_INTERNAL);
	assert_string_equal(db_constraint(notes.db), "note_pkey");
	assert_string_equal(notes_stored("k"), "one");
}

/* A rehearsal succeeds, sees what it did, and leaves nothing. */
static void test_rehearsal(void **state)
{
	(void)state;
	struct notes_job job = {.statement = &NOTES_ADD, .values = DB_VALUES("rehearsed", "a")};
	assert_int_equal(db_rehearse(notes.db, &NOTES_A, notes_work, &job, &notes.err), ERR_NONE);
	assert_int_equal(job.runs, 1);
	assert_string_equal(notes_stored("rehearsed"), "");
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("rehearsed", "b")), ERR_NONE);
	job.answer = ERR_NOT_FOUND;
	job.values = DB_VALUES("refused", "a");
	assert_int_equal(db_rehearse(notes.db, &NOTES_A, notes_work, &job, &notes.err), ERR_NOT_FOUND);
	assert_string_equal(notes_stored("refused"), "");
}

static void test_messages_with_values_are_withheld(void **state)
{
	(void)state;
	assert_int_equal(notes_write(&DIVIDE, DB_VALUES("Alice Example")), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(notes.db), "22P02");
	assert_null(strstr(db_log_text(notes.db), "Alice"));
	assert_non_null(strstr(db_log_text(notes.db), "divide"));
}

/* A statement whose Parse was skipped behind a failed one is not taken for prepared: no reconnect is needed for it. */
static void test_skipped_parse(void **state)
{
	(void)state;
	static const struct statement later = {.name = "later", .text = "SELECT 1 AS n"};
	const struct db_step steps[] = {{&DIVIDE, DB_VALUES("0")}, {&later, NULL}};
	PGresult *results[2];
	PGRESULT_AUTO PGresult *result = NULL;
	assert_int_equal(db_read(notes.db, &NOTES_A, steps, 2, results, &notes.err), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(notes.db), "22012");
	int pid = PQbackendPID(db_connection(notes.db));
	assert_int_equal(db_read_one(notes.db, &NOTES_A, &later, NULL, &result, &notes.err), ERR_NONE);
	assert_int_equal(PQbackendPID(db_connection(notes.db)), pid);
}

static void test_careless_work(void **state)
{
	(void)state;
	struct notes_job job = {.statement = &NOTES_ADD, .values = DB_VALUES("k", "unfit"), .careless = true};
	assert_int_equal(db_write(notes.db, &NOTES_A, notes_work, &job, &notes.err), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(notes.db), "23514");
}

/* Fails behind the module's back, so that only COMMIT's tag tells. */
static enum err_code spoil(struct db *d, void *ctx, struct err *e)
{
	(void)ctx;
	enum err_code code = db_run(d, &NOTES_ADD, DB_VALUES("k", "one"), NULL, e);
	PGRESULT_AUTO PGresult *result = PQexec(db_connection(d), "SELECT 1 / 0");
	assert_int_equal(PQresultStatus(result), PGRES_FATAL_ERROR);
	return code;
}

static void test_commit_that_says_rollback(void **state)
{
	(void)state;
	assert_int_equal(db_write(notes.db, &NOTES_A, spoil, NULL, &notes.err), ERR_INTERNAL);
	assert_string_equal(notes_stored("k"), "");
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("k", "two")), ERR_NONE);
}

/* COMMIT outside of a transaction says COMMIT, with a warning. */
static enum err_code commit_early(struct db *d, void *ctx, struct err *e)
{
	(void)ctx;
	enum err_code code = db_run(d, &NOTES_ADD, DB_VALUES("k", "one"), NULL, e);
	PGRESULT_AUTO PGresult *result = PQexec(db_connection(d), "ROLLBACK");
	return code;
}

static void test_commit_with_a_warning(void **state)
{
	(void)state;
	assert_int_equal(db_write(notes.db, &NOTES_A, commit_early, NULL, &notes.err), ERR_OUTCOME_UNKNOWN);
}

static void test_deferred_refusal(void **state)
{
	(void)state;
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("k", "late refusal")), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(notes.db), "23514");
	assert_string_equal(db_constraint(notes.db), "note_late");
	assert_string_equal(notes_stored("k"), "");
}
static void test_test_clock(void **state)
{
	(void)state;
	struct db_scope scope = {.partnership = DB_SUPPORT_A, .now = "2026-03-02T09:00:00Z"};
	PGRESULT_AUTO PGresult *set = NULL;
	PGRESULT_AUTO PGresult *unset = NULL;
	assert_int_equal(db_read_one(notes.db, &scope, &NOW, NULL, &set, &notes.err), ERR_NONE);
	assert_string_equal(rows_text(set, 0, "now"), "2026-03-02T09:00:00Z");
	assert_int_equal(db_read_one(notes.db, &NOTES_A, &NOW, NULL, &unset, &notes.err), ERR_NONE);
	assert_string_equal(rows_text(unset, 0, "now"), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notes_open, notes_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_write_and_read),
		TEST(test_scope),
		TEST(test_peek),
		TEST(test_read_cannot_write),
		TEST(test_failures_roll_back),
		TEST(test_rehearsal),
		TEST(test_messages_with_values_are_withheld),
		TEST(test_skipped_parse),
		TEST(test_careless_work),
		TEST(test_commit_that_says_rollback),
		TEST(test_commit_with_a_warning),
		TEST(test_deferred_refusal),
		TEST(test_test_clock),
	};
	return cmocka_run_group_tests(tests, notes_make_schema, notes_drop_schema);
}
