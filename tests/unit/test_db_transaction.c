/* Reads and writes as whole transactions against a real server: scope, retries, what counts as stored. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "db/db.h"
#include "db/rows.h"

#include "db_support.h"

#include "base/banned.h"

#define SCHEMA "db_test_transaction"
#define NOTE   SCHEMA ".note"

static const struct statement ADD = {
	.name = "add",
	.text = "INSERT INTO " NOTE " (partnership_id, key, body)"
		" VALUES (current_setting('mashd.partnership')::uuid, $1, $2) RETURNING key",
	.n_params = 2};
static const struct statement ADD_IN = {.name = "add_in",
					.text = "INSERT INTO " NOTE " (partnership_id, key, body) VALUES ($1, $2, 'x')",
					.n_params = 2};
static const struct statement CHANGE = {
	.name = "change", .text = "UPDATE " NOTE " SET body = body || $2 WHERE key = $1", .n_params = 2};
static const struct statement COUNT = {.name = "count", .text = "SELECT count(*) AS n FROM " NOTE};
static const struct statement SLEEP = {.name = "sleep", .text = "SELECT pg_sleep($1::float8)", .n_params = 1};
static const struct statement SET_SCOPE = {
	.name = "set_scope", .text = "SELECT set_config('mashd.partnership', $1, true)", .n_params = 1};
static const struct statement NOW = {.name = "now", .text = "SELECT current_setting('mashd.now', true) AS now"};
static const struct statement DIVIDE = {.name = "divide", .text = "SELECT 1 / $1::int", .n_params = 1};

static const struct db_scope A = {.partnership = DB_SUPPORT_A};
static const struct db_scope B = {.partnership = DB_SUPPORT_B};

static int make_schema(void **state)
{
	(void)state;
	db_support_make_schema(SCHEMA);
	return 0;
}

static int drop_schema(void **state)
{
	(void)state;
	db_support_drop_schema(SCHEMA);
	return 0;
}

static struct db_options options;
static struct db *db;
static struct err err;

static int open_db(void **state)
{
	(void)state;
	(void)db_support_ask("WITH d AS (DELETE FROM " NOTE " RETURNING 1) SELECT count(*) FROM d");
	options = db_support_options("test_transaction");
	db = db_new(&options);
	memset(&err, 0, sizeof err);
	return 0;
}

static int close_db(void **state)
{
	(void)state;
	db_free(db);
	return 0;
}

static const char *stored(const char *key)
{
	return db_support_ask("SELECT body FROM " NOTE " WHERE key = '%s'", key);
}

/* What a test's work does, and how often it was done. */
struct job {
	const struct statement *statement;
	const char *const *values;
	const char *terminate; /* ends this application's sessions before the second statement, once */
	enum err_code answer;  /* given back after the statement */
	bool careless;         /* passes over a failure */
	int runs;
};

static enum err_code work(struct db *d, void *ctx, struct err *e)
{
	struct job *job = ctx;
	job->runs++;
	enum err_code code = db_run(d, job->statement, job->values, NULL, e);
	if (job->careless)
		return ERR_NONE;
	if (code == ERR_NONE && job->terminate != NULL && job->runs == 1) {
		assert_true(db_support_terminate(job->terminate) > 0);
		code = db_run(d, &COUNT, NULL, NULL, e);
	}
	return code != ERR_NONE ? code : job->answer;
}

static enum err_code write_one(const struct statement *statement, const char *const *values)
{
	struct job job = {.statement = statement, .values = values};
	return db_write(db, &A, work, &job, &err);
}

static void test_write_and_read(void **state)
{
	(void)state;
	assert_int_equal(write_one(&ADD, DB_VALUES("k", "one")), ERR_NONE);
	assert_string_equal(stored("k"), "one");
	const struct db_step steps[] = {{&COUNT, NULL}, {&COUNT, NULL}};
	PGresult *results[2];
	assert_int_equal(db_read(db, &A, steps, 2, results, &err), ERR_NONE);
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
	assert_int_equal(write_one(&ADD, DB_VALUES("k", "one")), ERR_NONE);
	assert_int_equal(db_read_one(db, &B, &COUNT, NULL, &b, &err), ERR_NONE);
	assert_int_equal(rows_int(b, 0, "n"), 0);
	assert_int_equal(db_read_one(db, NULL, &COUNT, NULL, &none, &err), ERR_NONE);
	assert_int_equal(rows_int(none, 0, "n"), 0);
	assert_int_equal(write_one(&ADD_IN, DB_VALUES(DB_SUPPORT_B, "k")), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(db), "42501");
}

static void test_peek(void **state)
{
	(void)state;
	assert_int_equal(write_one(&ADD, DB_VALUES("k", "one")), ERR_NONE);
	const struct db_step steps[] = {{&SET_SCOPE, DB_VALUES(DB_SUPPORT_A)}, {&COUNT, NULL}};
	PGresult *results[2];
	assert_int_equal(db_peek(db, steps, 2, results, &err), ERR_NONE);
	assert_int_equal(rows_int(results[1], 0, "n"), 1);
	PQclear(results[0]);
	PQclear(results[1]);
	/* The scope went with the transaction. */
	PGRESULT_AUTO PGresult *result = NULL;
	assert_int_equal(db_peek(db, &steps[1], 1, &result, &err), ERR_NONE);
	assert_int_equal(rows_int(result, 0, "n"), 0);
}

static void test_read_cannot_write(void **state)
{
	(void)state;
	PGRESULT_AUTO PGresult *result = NULL;
	assert_int_not_equal(db_read_one(db, &A, &ADD, DB_VALUES("k", "one"), &result, &err), ERR_NONE);
	assert_null(result);
	assert_string_equal(db_sqlstate(db), "25006");
	assert_string_equal(stored("k"), "");
}

static void test_failures_roll_back(void **state)
{
	(void)state;
	struct job refused = {.statement = &ADD, .values = DB_VALUES("k", "one"), .answer = ERR_WRONG_STATE};
	assert_int_equal(db_write(db, &A, work, &refused, &err), ERR_WRONG_STATE);
	assert_string_equal(stored("k"), "");
	assert_int_equal(write_one(&ADD, DB_VALUES("k", "unfit")), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(db), "23514");
	assert_string_equal(db_constraint(db), "note_body_fit");
	assert_null(strstr(err.detail, "note"));
	assert_int_equal(write_one(&ADD, DB_VALUES("k", "one")), ERR_NONE);
	assert_string_equal(db_sqlstate(db), "");
	assert_int_equal(write_one(&ADD, DB_VALUES("k", "two")), ERR_INTERNAL);
	assert_string_equal(db_constraint(db), "note_pkey");
	assert_string_equal(stored("k"), "one");
}

/* A rehearsal succeeds, sees what it did, and leaves nothing. */
static void test_rehearsal(void **state)
{
	(void)state;
	struct job job = {.statement = &ADD, .values = DB_VALUES("rehearsed", "a")};
	assert_int_equal(db_rehearse(db, &A, work, &job, &err), ERR_NONE);
	assert_int_equal(job.runs, 1);
	assert_string_equal(stored("rehearsed"), "");
	assert_int_equal(write_one(&ADD, DB_VALUES("rehearsed", "b")), ERR_NONE);
	job.answer = ERR_NOT_FOUND;
	job.values = DB_VALUES("refused", "a");
	assert_int_equal(db_rehearse(db, &A, work, &job, &err), ERR_NOT_FOUND);
	assert_string_equal(stored("refused"), "");
}

static void test_messages_with_values_are_withheld(void **state)
{
	(void)state;
	assert_int_equal(write_one(&DIVIDE, DB_VALUES("Alice Example")), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(db), "22P02");
	assert_null(strstr(db_log_text(db), "Alice"));
	assert_non_null(strstr(db_log_text(db), "divide"));
}

/* A statement whose Parse was skipped behind a failed one is not taken for prepared: no reconnect is needed for it. */
static void test_skipped_parse(void **state)
{
	(void)state;
	static const struct statement later = {.name = "later", .text = "SELECT 1 AS n"};
	const struct db_step steps[] = {{&DIVIDE, DB_VALUES("0")}, {&later, NULL}};
	PGresult *results[2];
	PGRESULT_AUTO PGresult *result = NULL;
	assert_int_equal(db_read(db, &A, steps, 2, results, &err), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(db), "22012");
	int pid = PQbackendPID(db_connection(db));
	assert_int_equal(db_read_one(db, &A, &later, NULL, &result, &err), ERR_NONE);
	assert_int_equal(PQbackendPID(db_connection(db)), pid);
}

static void test_careless_work(void **state)
{
	(void)state;
	struct job job = {.statement = &ADD, .values = DB_VALUES("k", "unfit"), .careless = true};
	assert_int_equal(db_write(db, &A, work, &job, &err), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(db), "23514");
}

/* Fails behind the module's back, so that only COMMIT's tag tells. */
static enum err_code spoil(struct db *d, void *ctx, struct err *e)
{
	(void)ctx;
	enum err_code code = db_run(d, &ADD, DB_VALUES("k", "one"), NULL, e);
	PGRESULT_AUTO PGresult *result = PQexec(db_connection(d), "SELECT 1 / 0");
	assert_int_equal(PQresultStatus(result), PGRES_FATAL_ERROR);
	return code;
}

static void test_commit_that_says_rollback(void **state)
{
	(void)state;
	assert_int_equal(db_write(db, &A, spoil, NULL, &err), ERR_INTERNAL);
	assert_string_equal(stored("k"), "");
	assert_int_equal(write_one(&ADD, DB_VALUES("k", "two")), ERR_NONE);
}

/* COMMIT outside of a transaction says COMMIT, with a warning. */
static enum err_code commit_early(struct db *d, void *ctx, struct err *e)
{
	(void)ctx;
	enum err_code code = db_run(d, &ADD, DB_VALUES("k", "one"), NULL, e);
	PGRESULT_AUTO PGresult *result = PQexec(db_connection(d), "ROLLBACK");
	return code;
}

static void test_commit_with_a_warning(void **state)
{
	(void)state;
	assert_int_equal(db_write(db, &A, commit_early, NULL, &err), ERR_OUTCOME_UNKNOWN);
}

static void test_deferred_refusal(void **state)
{
	(void)state;
	assert_int_equal(write_one(&ADD, DB_VALUES("k", "late refusal")), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(db), "23514");
	assert_string_equal(db_constraint(db), "note_late");
	assert_string_equal(stored("k"), "");
}

static void test_lost_in_the_middle(void **state)
{
	(void)state;
	struct job job = {.statement = &ADD, .values = DB_VALUES("k", "one"), .terminate = "test_transaction"};
	assert_int_equal(db_write(db, &A, work, &job, &err), ERR_NONE);
	assert_int_equal(job.runs, 2);
	assert_string_equal(stored("k"), "one");
}

static void *killer_main(void *argument)
{
	(void)argument;
	(void)db_support_terminate_asleep("test_transaction");
	return NULL;
}

static void test_lost_during_commit(void **state)
{
	(void)state;
	pthread_t killer;
	assert_int_equal(pthread_create(&killer, NULL, killer_main, NULL), 0);
	struct job job = {.statement = &ADD, .values = DB_VALUES("k", "sleepy")};
	assert_int_equal(db_write(db, &A, work, &job, &err), ERR_OUTCOME_UNKNOWN);
	assert_int_equal(job.runs, 1);
	(void)pthread_join(killer, NULL);
	assert_int_equal(write_one(&ADD, DB_VALUES("k2", "one")), ERR_NONE);
}

static void check_proxy(enum proxy_mode mode)
{
	struct proxy proxy;
	proxy_start(&proxy);
	options.url = proxy.url;
	options.statement_timeout_ms = 100;
	struct job job = {.statement = &ADD, .values = DB_VALUES("k", "one")};
	assert_int_equal(db_connect(db, &err), ERR_NONE);
	db_free(db);
	db = db_new(&options);
	assert_int_equal(db_connect(db, &err), ERR_NONE);
	atomic_store(&proxy.mode, mode);
	assert_int_equal(db_write(db, &A, work, &job, &err), ERR_OUTCOME_UNKNOWN);
	assert_int_equal(job.runs, 1);
	atomic_store(&proxy.mode, PROXY_PASS);
	assert_string_equal(stored("k"), "one");
	db_free(db);
	db = NULL;
	proxy_stop(&proxy);
}

static void test_cut_behind_commit(void **state)
{
	(void)state;
	check_proxy(PROXY_CUT_BEHIND_COMMIT);
}

static void test_silence_behind_commit(void **state)
{
	(void)state;
	check_proxy(PROXY_SILENT_BEHIND_COMMIT);
}

static void test_test_clock(void **state)
{
	(void)state;
	struct db_scope scope = {.partnership = DB_SUPPORT_A, .now = "2026-03-02T09:00:00Z"};
	PGRESULT_AUTO PGresult *set = NULL;
	PGRESULT_AUTO PGresult *unset = NULL;
	assert_int_equal(db_read_one(db, &scope, &NOW, NULL, &set, &err), ERR_NONE);
	assert_string_equal(rows_text(set, 0, "now"), "2026-03-02T09:00:00Z");
	assert_int_equal(db_read_one(db, &A, &NOW, NULL, &unset, &err), ERR_NONE);
	assert_string_equal(rows_text(unset, 0, "now"), "");
}

/* ---- locks and deadlocks --------------------------------------------------------------------------------------- */

/* Holds the row `key` in a session of its own until told. */
static PGconn *hold(const char *key)
{
	char sql[200];
	PGconn *conn = PQconnectdb(db_support_owner_url());
	(void)snprintf(sql, sizeof sql, "BEGIN; UPDATE " NOTE " SET body = 'held' WHERE key = '%s'", key);
	PQclear(PQexec(conn, sql));
	return conn;
}

static void test_lock_timeout(void **state)
{
	(void)state;
	assert_int_equal(write_one(&ADD, DB_VALUES("k", "one")), ERR_NONE);
	PGconn *holder = hold("k");
	assert_int_equal(write_one(&CHANGE, DB_VALUES("k", "!")), ERR_BUSY);
	assert_string_equal(db_sqlstate(db), "55P03");
	PQfinish(holder);
	assert_int_equal(write_one(&CHANGE, DB_VALUES("k", "!")), ERR_NONE);
	assert_string_equal(stored("k"), "one!");
}

static void test_statement_timeout(void **state)
{
	(void)state;
	PGRESULT_AUTO PGresult *result = NULL;
	assert_int_equal(db_read_one(db, &A, &SLEEP, DB_VALUES("10"), &result, &err), ERR_BUSY);
	assert_string_equal(db_sqlstate(db), "57014");
	assert_int_equal(db_read_one(db, &A, &COUNT, NULL, &result, &err), ERR_NONE);
}

struct crossing {
	const char *keys[2];
	pthread_barrier_t *barrier;
	int runs;
	enum err_code code;
};

static enum err_code cross(struct db *d, void *ctx, struct err *e)
{
	struct crossing *c = ctx;
	enum err_code code = db_run(d, &CHANGE, DB_VALUES(c->keys[0], "."), NULL, e);
	if (c->runs++ == 0)
		(void)pthread_barrier_wait(c->barrier);
	return code != ERR_NONE ? code : db_run(d, &CHANGE, DB_VALUES(c->keys[1], "."), NULL, e);
}

static void *cross_main(void *argument)
{
	struct crossing *c = argument;
	struct db_options own = db_support_options("test_crossing");
	own.lock_timeout_ms = 5000;
	own.statement_timeout_ms = 10000;
	struct err e;
	struct db *d = db_new(&own);
	c->code = db_write(d, &A, cross, c, &e);
	db_free(d);
	return NULL;
}

static void test_deadlock_is_retried(void **state)
{
	(void)state;
	pthread_barrier_t barrier;
	pthread_t threads[2];
	struct crossing crossings[] = {{.keys = {"x", "y"}, .barrier = &barrier},
				       {.keys = {"y", "x"}, .barrier = &barrier}};
	assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
	assert_int_equal(write_one(&ADD, DB_VALUES("x", "x")), ERR_NONE);
	assert_int_equal(write_one(&ADD, DB_VALUES("y", "y")), ERR_NONE);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, cross_main, &crossings[i]), 0);
	for (int i = 0; i < 2; i++)
		(void)pthread_join(threads[i], NULL);
	(void)pthread_barrier_destroy(&barrier);
	assert_int_equal(crossings[0].code, ERR_NONE);
	assert_int_equal(crossings[1].code, ERR_NONE);
	assert_int_equal(crossings[0].runs + crossings[1].runs, 3);
	assert_string_equal(stored("x"), "x..");
	assert_string_equal(stored("y"), "y..");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_db, close_db)

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
		TEST(test_lost_in_the_middle),
		TEST(test_lost_during_commit),
		TEST(test_cut_behind_commit),
		TEST(test_silence_behind_commit),
		TEST(test_test_clock),
		TEST(test_lock_timeout),
		TEST(test_statement_timeout),
		TEST(test_deadlock_is_retried),
	};
	return cmocka_run_group_tests(tests, make_schema, drop_schema);
}
