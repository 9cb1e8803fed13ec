/* The batch writer against a real server: who gets which answer, and what is stored. Losing the line: test_db_batch_lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#include "db_writer.h"

#include "base/banned.h"

static const struct statement SLEEP = {.name = "sleep", .text = "SELECT pg_sleep($1::float8)", .n_params = 1};
static const struct statement CHANGE = {.name = "change",
					.text = "UPDATE " WRITER_NOTE
						" SET body = body || $2 WHERE key = $1 RETURNING key",
					.n_params = 2};

static struct writer writer;

static void check_failed(const struct order *order, enum err_code code, const char *sqlstate)
{
	assert_int_equal(order->outcome, BATCH_FAILED);
	assert_int_equal(order->code, code);
	assert_string_equal(order->sqlstate, sqlstate);
}

static void test_all_good(void **state)
{
	(void)state;
	writer_start(&writer, 1000, "fine");
	writer_submit(&writer);
	writer_wait(&writer);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 1000);
	writer_check_stored(&writer);
	/* The plug, then full batches. */
	assert_int_equal(atomic_load(&writer.largest), 64);
	writer_stop(&writer);
}

static void test_one_in_a_hundred_fails(void **state)
{
	(void)state;
	writer_start(&writer, 1000, "fine");
	for (int i = 50; i < 1000; i += 100)
		writer.orders[i].item.first.values[1] = "unfit";
	writer_submit(&writer);
	writer_wait(&writer);
	for (int i = 50; i < 1000; i += 100)
		check_failed(&writer.orders[i], ERR_INTERNAL, "23514");
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 990);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

/* More culprits in one batch than rounds: the rest runs alone. */
static void test_many_culprits(void **state)
{
	(void)state;
	writer_start(&writer, 40, "fine");
	for (int i = 0; i < 40; i += 4)
		writer.orders[i].item.first.values[1] = "unfit";
	writer_submit(&writer);
	writer_wait(&writer);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 30);
	assert_int_equal(writer_count(&writer, BATCH_FAILED), 10);
	writer_check_stored(&writer);
	/* Two rounds, and the third that named one more; then once alone. */
	assert_int_equal(writer.orders[1].asked, 1);
	writer_stop(&writer);
}

static void test_failure_in_the_second_leg(void **state)
{
	(void)state;
	writer_start(&writer, 30, "fine");
	/* The stamp takes the key; this one is no text. */
	writer.orders[7].second_values[0] = "\xff";
	writer_submit(&writer);
	writer_wait(&writer);
	check_failed(&writer.orders[7], ERR_INTERNAL, "22021");
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 29);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

static void test_no_second_statement(void **state)
{
	(void)state;
	writer_start(&writer, 5, "fine");
	for (int i = 0; i < 5; i++)
		writer.orders[i].second_values[0] = NULL;
	writer_submit(&writer);
	writer_wait(&writer);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 5);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

static void test_failure_at_commit(void **state)
{
	(void)state;
	writer_start(&writer, 20, "fine");
	writer.orders[3].item.first.values[1] = "late refusal";
	writer_submit(&writer);
	writer_wait(&writer);
	check_failed(&writer.orders[3], ERR_INTERNAL, "23514");
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 19);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

static void test_equal_keys_wait(void **state)
{
	(void)state;
	writer_start(&writer, 12, "fine");
	/* Six times the same note, by two kinds of key; and the same key in the other partnership, which is another one. */
	for (int i = 0; i < 12; i++)
		writer.orders[i].item.unique_keys[0] = writer.orders[i].key;
	for (int i = 2; i < 8; i++) {
		writer.orders[i].item.first.values[0] = "same";
		writer.orders[i].item.unique_keys[i % 2] = "same";
	}
	writer.orders[8].item.scope.partnership = DB_SUPPORT_B;
	writer.orders[8].item.unique_keys[1] = "same";
	writer_submit(&writer);
	writer_wait(&writer);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 7);
	assert_int_equal(writer_count(&writer, BATCH_DECLINED), 5);
	/* The plug; all but five; five times one. */
	assert_int_equal(atomic_load(&writer.batches), 7);
	assert_int_equal(atomic_load(&writer.largest), 7);
	writer_stop(&writer);
}

static void test_unclean_decline_leaves_nothing(void **state)
{
	(void)state;
	writer_start(&writer, 10, "fine");
	writer.orders[4].decline = true;
	writer.orders[4].item.declines_clean = false;
	writer_submit(&writer);
	writer_wait(&writer);
	assert_int_equal(writer.orders[4].outcome, BATCH_DECLINED);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 9);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

static void test_scope_of_each_group(void **state)
{
	(void)state;
	writer_start(&writer, 60, "fine");
	for (int i = 0; i < 60; i++) {
		writer.orders[i].item.scope.partnership = i % 2 == 0 ? DB_SUPPORT_A : DB_SUPPORT_B;
		if (i >= 40)
			writer.orders[i].item.scope.now = i % 4 < 2 ? "2026-03-02T09:00:00Z" : "2026-03-03T09:00:00Z";
	}
	writer_submit(&writer);
	writer_wait(&writer);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 60);
	for (int i = 0; i < 60; i++) {
		const struct db_scope *scope = &writer.orders[i].item.scope;
		char expected[100];
		(void)snprintf(expected, sizeof expected, "%s%s%s", scope->partnership, scope->now == NULL ? "" : " ",
			       scope->now == NULL ? "" : scope->now);
		assert_string_equal(
			db_support_ask("SELECT seen_by FROM " WRITER_NOTE " WHERE key = '%s'", writer.orders[i].key),
			expected);
	}
	writer_stop(&writer);
}

/* ---- waiting for others ---------------------------------------------------------------------------------------- */

static PGconn *session(const char *sql)
{
	PGconn *conn = PQconnectdb(db_support_owner_url());
	PGRESULT_AUTO PGresult *result = PQexec(conn, sql);
	assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
	return conn;
}

static void make_notes(void)
{
	(void)db_support_ask("INSERT INTO " WRITER_NOTE " VALUES ('" DB_SUPPORT_A "', 'x', 'x'), ('" DB_SUPPORT_A
			     "', 'y', 'y') RETURNING key");
}

static void change(struct order *order, const char *key)
{
	order->item.first.statement = &CHANGE;
	order->item.first.values[0] = key;
	order->second_values[0] = key;
	order->item.sort_key = key;
}

static void test_lock_timeout(void **state)
{
	(void)state;
	writer_start(&writer, 10, "fine");
	make_notes();
	change(&writer.orders[5], "x");
	PGconn *holder = session("BEGIN; UPDATE " WRITER_NOTE " SET body = 'held' WHERE key = 'x'");
	writer_submit(&writer);
	writer_wait(&writer);
	PQfinish(holder);
	check_failed(&writer.orders[5], ERR_BUSY, "55P03");
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 9);
	writer_stop(&writer);
}

static void test_deadlock_is_retried(void **state)
{
	(void)state;
	writer_start(&writer, 2, "!");
	make_notes();
	change(&writer.orders[0], "x");
	change(&writer.orders[1], "y");
	writer.options.db.lock_timeout_ms = 8000;
	writer.options.db.statement_timeout_ms = 9000;
	writer.options.batch_timeout_ms = 9000;
	PGconn *holder = session("BEGIN; UPDATE " WRITER_NOTE " SET body = 'held ' WHERE key = 'y'");
	writer_submit(&writer);
	(void)sem_post(&writer.go);
	for (int i = 0; i < 300; i++) {
		if (strcmp(db_support_ask("SELECT count(*) FROM pg_locks WHERE NOT granted AND %d = ANY "
					  "(pg_blocking_pids(pid))",
					  PQbackendPID(holder)),
			   "1") == 0)
			break;
		struct timespec nap = {.tv_nsec = 5000000};
		(void)nanosleep(&nap, NULL);
	}
	/* Now it waits for y and has x. It has waited longer, so it looks for a deadlock first (after 1 s) and is the victim. */
	PGRESULT_AUTO PGresult *result = PQexec(holder,
						"UPDATE " WRITER_NOTE " SET body = 'held ' WHERE key = 'x'; COMMIT");
	assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
	PQfinish(holder);
	writer_wait(&writer);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 2);
	assert_string_equal(db_support_ask("SELECT string_agg(body, '|' ORDER BY key) FROM " WRITER_NOTE),
			    "held !|held !");
	writer_stop(&writer);
}

static void test_batch_timeout(void **state)
{
	(void)state;
	writer_start(&writer, 10, "fine");
	writer.options.db.statement_timeout_ms = 20000;
	writer.options.batch_timeout_ms = 1500;
	writer.orders[5].item.first = (struct batch_step){.statement = &SLEEP, .values = {"15"}};
	uint64_t start = clock_monotonic_ns();
	writer_submit(&writer);
	writer_wait(&writer);
	assert_true(clock_monotonic_ns() - start < UINT64_C(12000000000)); /* of 15 s */
	check_failed(&writer.orders[5], ERR_BUSY, "57014");
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 9);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

/* ---- sizes ----------------------------------------------------------------------------------------------------- */

/* Both directions full: 64 MiB to the server, which sends them back at once. */
static void test_big_parameters(void **state)
{
	(void)state;
	enum { SIZE = 1 << 20 };
	char *big = malloc(SIZE + 1);
	assert_non_null(big);
	memset(big, 'x', SIZE);
	big[SIZE] = '\0';
	writer_start(&writer, 64, big);
	writer.options.db.statement_timeout_ms = 20000;
	writer.options.batch_timeout_ms = 20000;
	writer_submit(&writer);
	writer_wait(&writer);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 64);
	assert_int_equal(atomic_load(&writer.largest), 64);
	writer_check_stored(&writer);
	writer_stop(&writer);
	free(big);
}

static void test_full_queue(void **state)
{
	(void)state;
	struct err err = {0};
	struct order more = {0};
	writer_start(&writer, 5, "fine");
	writer.options.waiting_max = 5;
	writer_submit(&writer);
	assert_int_equal(batch_submit(writer.batch, &more.item, &err), ERR_BUSY);
	assert_true(err.retry_after_s > 0);
	writer_wait(&writer);
	writer_stop(&writer);
}

static void test_free_works_off_what_waits(void **state)
{
	(void)state;
	writer_start(&writer, 200, "fine");
	writer_submit(&writer);
	(void)sem_post(&writer.go);
	batch_free(writer.batch);
	writer.batch = NULL;
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 200);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_good),
		cmocka_unit_test(test_one_in_a_hundred_fails),
		cmocka_unit_test(test_many_culprits),
		cmocka_unit_test(test_failure_in_the_second_leg),
		cmocka_unit_test(test_no_second_statement),
		cmocka_unit_test(test_failure_at_commit),
		cmocka_unit_test(test_equal_keys_wait),
		cmocka_unit_test(test_unclean_decline_leaves_nothing),
		cmocka_unit_test(test_scope_of_each_group),
		cmocka_unit_test(test_lock_timeout),
		cmocka_unit_test(test_deadlock_is_retried),
		cmocka_unit_test(test_batch_timeout),
		cmocka_unit_test(test_big_parameters),
		cmocka_unit_test(test_full_queue),
		cmocka_unit_test(test_free_works_off_what_waits),
	};
	return cmocka_run_group_tests(tests, writer_make_schema, writer_drop_schema);
}
