/* Transactions that something comes between: a lost connection, silence, a lock, a deadlock. What is retried, what is not known. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "db_notes.h"

#include "base/banned.h"

static const struct statement SLEEP = {.name = "sleep", .text = "SELECT pg_sleep($1::float8)", .n_params = 1};

static void test_lost_in_the_middle(void **state)
{
	(void)state;
	struct notes_job job = {
		.statement = &NOTES_ADD, .values = DB_VALUES("k", "one"), .terminate = NOTES_APPLICATION};
	assert_int_equal(db_write(notes.db, &NOTES_A, notes_work, &job, &notes.err), ERR_NONE);
	assert_int_equal(job.runs, 2);
	assert_string_equal(notes_stored("k"), "one");
}

static void *killer_main(void *argument)
{
	(void)argument;
	(void)db_support_terminate_asleep(NOTES_APPLICATION);
	return NULL;
}

static void test_lost_during_commit(void **state)
{
	(void)state;
	pthread_t killer;
	assert_int_equal(pthread_create(&killer, NULL, killer_main, NULL), 0);
	struct notes_job job = {.statement = &NOTES_ADD, .values = DB_VALUES("k", "sleepy")};
	assert_int_equal(db_write(notes.db, &NOTES_A, notes_work, &job, &notes.err), ERR_OUTCOME_UNKNOWN);
	assert_int_equal(job.runs, 1);
	(void)pthread_join(killer, NULL);
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("k2", "one")), ERR_NONE);
}

static void check_proxy(enum proxy_mode mode)
{
	struct proxy proxy;
	proxy_start(&proxy);
	notes.options.url = proxy.url;
	notes.options.statement_timeout_ms = 500;
	struct notes_job job = {.statement = &NOTES_ADD, .values = DB_VALUES("k", "one")};
	assert_int_equal(db_connect(notes.db, &notes.err), ERR_NONE);
	db_free(notes.db);
	notes.db = db_new(&notes.options);
	assert_int_equal(db_connect(notes.db, &notes.err), ERR_NONE);
	atomic_store(&proxy.mode, mode);
	assert_int_equal(db_write(notes.db, &NOTES_A, notes_work, &job, &notes.err), ERR_OUTCOME_UNKNOWN);
	assert_int_equal(job.runs, 1);
	atomic_store(&proxy.mode, PROXY_PASS);
	assert_string_equal(notes_stored("k"), "one");
	db_free(notes.db);
	notes.db = NULL;
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
/* ---- locks and deadlocks --------------------------------------------------------------------------------------- */

/* Holds the row `key` in a session of its own until told. */
static PGconn *hold(const char *key)
{
	char sql[200];
	PGconn *conn = PQconnectdb(db_support_owner_url());
	(void)snprintf(sql, sizeof sql, "BEGIN; UPDATE " NOTES_NOTE " SET body = 'held' WHERE key = '%s'", key);
	PQclear(PQexec(conn, sql));
	return conn;
}

static void test_lock_timeout(void **state)
{
	(void)state;
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("k", "one")), ERR_NONE);
	PGconn *holder = hold("k");
	assert_int_equal(notes_write(&NOTES_CHANGE, DB_VALUES("k", "!")), ERR_BUSY);
	assert_string_equal(db_sqlstate(notes.db), "55P03");
	PQfinish(holder);
	assert_int_equal(notes_write(&NOTES_CHANGE, DB_VALUES("k", "!")), ERR_NONE);
	assert_string_equal(notes_stored("k"), "one!");
}

static void test_statement_timeout(void **state)
{
	(void)state;
	PGRESULT_AUTO PGresult *result = NULL;
	assert_int_equal(db_read_one(notes.db, &NOTES_A, &SLEEP, DB_VALUES("10"), &result, &notes.err), ERR_BUSY);
	assert_string_equal(db_sqlstate(notes.db), "57014");
	assert_int_equal(db_read_one(notes.db, &NOTES_A, &NOTES_COUNT, NULL, &result, &notes.err), ERR_NONE);
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
	enum err_code code = db_run(d, &NOTES_CHANGE, DB_VALUES(c->keys[0], "."), NULL, e);
	if (c->runs++ == 0)
		(void)pthread_barrier_wait(c->barrier);
	return code != ERR_NONE ? code : db_run(d, &NOTES_CHANGE, DB_VALUES(c->keys[1], "."), NULL, e);
}

static void *cross_main(void *argument)
{
	struct crossing *c = argument;
	struct db_options own = db_support_options("test_crossing");
	own.lock_timeout_ms = 5000;
	own.statement_timeout_ms = 10000;
	struct err e;
	struct db *d = db_new(&own);
	c->code = db_write(d, &NOTES_A, cross, c, &e);
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
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("x", "x")), ERR_NONE);
	assert_int_equal(notes_write(&NOTES_ADD, DB_VALUES("y", "y")), ERR_NONE);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, cross_main, &crossings[i]), 0);
	for (int i = 0; i < 2; i++)
		(void)pthread_join(threads[i], NULL);
	(void)pthread_barrier_destroy(&barrier);
	assert_int_equal(crossings[0].code, ERR_NONE);
	assert_int_equal(crossings[1].code, ERR_NONE);
	assert_int_equal(crossings[0].runs + crossings[1].runs, 3);
	assert_string_equal(notes_stored("x"), "x..");
	assert_string_equal(notes_stored("y"), "y..");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notes_open, notes_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lost_in_the_middle),    TEST(test_lost_during_commit), TEST(test_cut_behind_commit),
		TEST(test_silence_behind_commit), TEST(test_lock_timeout),       TEST(test_statement_timeout),
		TEST(test_deadlock_is_retried),
	};
	return cmocka_run_group_tests(tests, notes_make_schema, notes_drop_schema);
}
