/* Connections against a real server: set-up, refusals, backoff, statements, losing the line. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "db/db.h"
#include "db/rows.h"

#include "db_support.h"

#include "base/banned.h"

#define SCHEMA "db_test_connect"

static const struct statement SETTINGS = {
	.name = "settings",
	.text = "SELECT current_setting('TimeZone') AS zone, current_setting('DateStyle') AS style,"
		" current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,"
		" current_setting('idle_in_transaction_session_timeout') AS idle,"
		" current_setting('client_encoding') AS encoding, current_setting('application_name') AS name,"
		" pg_backend_pid() AS pid"};
static const struct statement SLEEP = {.name = "sleep", .text = "SELECT pg_sleep($1::float8)", .n_params = 1};

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

static void test_session(void **state)
{
	(void)state;
	struct err err;
	struct db_options options = db_support_options("test_session");
	struct db *db = db_new(&options);
	PGRESULT_AUTO PGresult *result = NULL;
	assert_false(db_is_connected(db));
	assert_int_equal(db_read_one(db, NULL, &SETTINGS, NULL, &result, &err), ERR_NONE);
	assert_string_equal(rows_text(result, 0, "zone"), "UTC");
	assert_string_equal(rows_text(result, 0, "style"), "ISO, YMD");
	assert_string_equal(rows_text(result, 0, "statement"), "3s");
	assert_string_equal(rows_text(result, 0, "lock"), "1s");
	assert_string_equal(rows_text(result, 0, "idle"), "10s");
	assert_string_equal(rows_text(result, 0, "encoding"), "UTF8");
	assert_string_equal(rows_text(result, 0, "name"), "test_session");
	assert_true(db_is_connected(db));
	db_free(db);
}

static void check_refused(const char *url, const char *word)
{
	struct err err = {0};
	struct db_options options = db_support_options("test_refused");
	options.url = url;
	struct db *db = db_new(&options);
	assert_int_equal(db_connect(db, &err), ERR_INTERNAL);
	assert_non_null(strstr(err.detail, word));
	assert_false(db_is_connected(db));
	db_free(db);
}

static void test_refusals(void **state)
{
	(void)state;
	char url[600];
	const char *app = db_support_url();
	check_refused(db_support_owner_url(), "own");
	/* Both forms of a connection string take one more option at the end. */
	if (strstr(app, "://") != NULL)
		(void)snprintf(url, sizeof url, "%s%coptions=-csynchronous_commit%%3Doff", app,
			       strchr(app, '?') == NULL ? '?' : '&');
	else
		(void)snprintf(url, sizeof url, "%s options=-csynchronous_commit=off", app);
	check_refused(url, "synchronous_commit");
}

static void test_owner_may_where_asked(void **state)
{
	(void)state;
	struct err err;
	struct db_options options = db_support_options("test_owner");
	options.url = db_support_owner_url();
	options.require_app_role = false;
	struct db *db = db_new(&options);
	assert_int_equal(db_connect(db, &err), ERR_NONE);
	db_free(db);
}

static void test_backoff(void **state)
{
	(void)state;
	struct err err = {0};
	struct db_options options = db_support_options("test_backoff");
	options.url = "host=/nonexistent dbname=x";
	struct db *db = db_new(&options);
	uint64_t start = clock_monotonic_ns();
	for (int i = 0; i < 200; i++) {
		assert_int_equal(db_connect(db, &err), ERR_UNAVAILABLE);
		assert_null(strstr(err.detail, "nonexistent"));
		assert_true(err.retry_after_s > 0);
	}
	/* Without a backoff this would be 200 attempts; with it nearly all return at once. */
	assert_true(clock_monotonic_ns() - start < UINT64_C(1000000000));
	assert_non_null(strstr(db_log_text(db), "nonexistent"));
	db_free(db);
}

static void test_read_survives_termination(void **state)
{
	(void)state;
	struct err err;
	struct db_options options = db_support_options("test_terminated");
	struct db *db = db_new(&options);
	PGRESULT_AUTO PGresult *before = NULL;
	PGRESULT_AUTO PGresult *after = NULL;
	assert_int_equal(db_read_one(db, NULL, &SETTINGS, NULL, &before, &err), ERR_NONE);
	assert_int_equal(db_support_terminate("test_terminated"), 1);
	/* The statement is prepared again on the new connection. */
	assert_int_equal(db_read_one(db, NULL, &SETTINGS, NULL, &after, &err), ERR_NONE);
	assert_int_not_equal(rows_int(before, 0, "pid"), rows_int(after, 0, "pid"));
	db_free(db);
}

static void on_alarm(int signal_number)
{
	(void)signal_number;
}

static void test_signals_do_not_break_reads(void **state)
{
	(void)state;
	struct err err;
	struct db_options options = db_support_options("test_signals");
	struct db *db = db_new(&options);
	struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART: EINTR */
	struct itimerval often = {.it_interval = {.tv_usec = 2000}, .it_value = {.tv_usec = 2000}};
	struct itimerval never = {0};
	PGRESULT_AUTO PGresult *result = NULL;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	enum err_code code = db_read_one(db, NULL, &SLEEP, DB_VALUES("0.3"), &result, &err);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(code, ERR_NONE);
	db_free(db);
}

static void test_silent_server(void **state)
{
	(void)state;
	struct err err;
	struct proxy proxy;
	proxy_start(&proxy);
	struct db_options options = db_support_options("test_silent");
	options.url = proxy.url;
	options.statement_timeout_ms = 100;
	options.connect_timeout_s = 1;
	struct db *db = db_new(&options);
	PGRESULT_AUTO PGresult *result = NULL;
	assert_int_equal(db_connect(db, &err), ERR_NONE);
	atomic_store(&proxy.mode, PROXY_SILENT);
	uint64_t start = clock_monotonic_ns();
	assert_int_equal(db_read_one(db, NULL, &SETTINGS, NULL, &result, &err), ERR_UNAVAILABLE);
	assert_null(result);
	uint64_t ms = (clock_monotonic_ns() - start) / 1000000;
	assert_in_range(ms, 2000, 3500);
	/* So is connecting bounded. */
	start = clock_monotonic_ns();
	assert_int_equal(db_connect(db, &err), ERR_UNAVAILABLE);
	assert_true(clock_monotonic_ns() - start < UINT64_C(2500000000));
	db_free(db);
	proxy_stop(&proxy);
}

static enum err_code check(struct db *db, const struct statement *statement, struct err *err)
{
	return db_check_statements(db, &statement, 1, err);
}

static void test_check_statements(void **state)
{
	(void)state;
	struct err err;
	struct db_options options = db_support_options("test_check");
	struct db *db = db_new(&options);
	const struct statement good = {.name = "good",
				       .text = "SELECT key, '{}'::jsonb AS \"*\" FROM " SCHEMA ".note WHERE key = $1",
				       .n_params = 1,
				       .json = true};
	const struct statement no_table = {.name = "no_table", .text = "SELECT 1 FROM " SCHEMA ".nothing"};
	const struct statement params = {.name = "params", .text = "SELECT $1::text, $2::text", .n_params = 1};
	const struct statement type = {.name = "type", .text = "SELECT now()::timestamp AS at", .json = true};
	const struct statement name = {.name = "name", .text = "SELECT 1 AS \"a\"\"b\"", .json = true};
	const struct statement twice = {.name = "twice", .text = "SELECT 1 AS a, 2 AS a", .json = true};
	const struct statement splice = {.name = "splice", .text = "SELECT 1 AS \"*\"", .json = true};
	const struct statement *const bad[] = {&no_table, &params, &type, &name, &twice, &splice};
	assert_int_equal(check(db, &good, &err), ERR_NONE);
	assert_int_equal(check(db, &good, &err), ERR_NONE);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(check(db, bad[i], &err), ERR_INTERNAL);
		assert_string_equal(err.place, bad[i]->name);
	}
	assert_int_equal(check(db, &no_table, &err), ERR_INTERNAL);
	assert_string_equal(db_sqlstate(db), "42P01");
	assert_null(strstr(err.detail, "relation"));
	assert_int_equal(check(db, &good, &err), ERR_NONE);
	db_free(db);
}

static void test_many_statements(void **state)
{
	(void)state;
	enum { MANY = 300 };
	static char names[MANY][20];
	static struct statement statements[MANY];
	struct err err;
	struct db_options options = db_support_options("test_many");
	struct db *db = db_new(&options);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(names[i], sizeof names[i], "many_%d", i);
		statements[i] = (struct statement){.name = names[i], .text = "SELECT $1::text AS name", .n_params = 1};
	}
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++) {
			PGRESULT_AUTO PGresult *result = NULL;
			assert_int_equal(db_read_one(db, NULL, &statements[i], DB_VALUES(names[i]), &result, &err),
					 ERR_NONE);
			assert_string_equal(rows_text(result, 0, "name"), names[i]);
		}
	}
	PGRESULT_AUTO PGresult *count = PQexec(
		db_connection(db), "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'many\\_%'");
	assert_string_equal(PQgetvalue(count, 0, 0), "300");
	db_free(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_owner_may_where_asked),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_read_survives_termination),
		cmocka_unit_test(test_signals_do_not_break_reads),
		cmocka_unit_test(test_silent_server),
		cmocka_unit_test(test_check_statements),
		cmocka_unit_test(test_many_statements),
	};
	return cmocka_run_group_tests(tests, make_schema, drop_schema);
}
