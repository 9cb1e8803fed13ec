/*
 * The batch writer when the line to the server breaks: every item has one answer, what was confirmed is stored, what was
 * refused is not, and "unknown" is said only where it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

#include "db_writer.h"

#include "base/banned.h"

static struct writer writer;

static void nap_ms(long ms)
{
	struct timespec nap = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	(void)nanosleep(&nap, NULL);
}

static void check_all_failed(enum err_code code)
{
	for (int i = 0; i < writer.n; i++) {
		assert_int_equal(writer.orders[i].outcome, BATCH_FAILED);
		assert_int_equal(writer.orders[i].code, code);
	}
}

/* Between the legs, while the plug holds the writer up, the session is ended. */
static void test_lost_between_the_legs(void **state)
{
	(void)state;
	writer_start(&writer, 20, "fine");
	writer_submit(&writer);
	assert_int_equal(db_support_terminate("test_writer"), 1);
	writer_wait(&writer);
	assert_int_equal(writer.plug.answers, 1);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 20);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

/* A session that is ended again and again: some batches are unknown at the worst, none is lied about. */
static void test_ended_again_and_again(void **state)
{
	(void)state;
	writer_start(&writer, 3000, "fine");
	writer_submit(&writer);
	(void)sem_post(&writer.go);
	int ended = 0;
	for (int i = 0; i < 40; i++) {
		ended += db_support_terminate("test_writer");
		nap_ms(3);
	}
	writer_wait(&writer);
	assert_true(ended > 0);
	int unknown_but_stored = 0;
	for (int i = 0; i < writer.n; i++) {
		struct order *order = &writer.orders[i];
		if (order->outcome == BATCH_COMMITTED)
			continue;
		const char *there = db_support_ask("SELECT count(*) FROM " WRITER_NOTE " WHERE key = '%s'", order->key);
		if (order->code == ERR_OUTCOME_UNKNOWN)
			unknown_but_stored += there[0] == '1';
		else
			assert_string_equal(there, "0");
	}
	int stored = (int)strtol(db_support_ask("SELECT count(*) FROM " WRITER_NOTE), NULL, 10);
	assert_int_equal(stored, writer_count(&writer, BATCH_COMMITTED) + unknown_but_stored);
	/* No half: whatever is there has been through both legs. */
	assert_string_equal(db_support_ask("SELECT count(*) FROM " WRITER_NOTE " WHERE seen_by IS NULL"), "0");
	writer_stop(&writer);
}

/*
 * The session ends while sixteen that shared a failing statement run apart: the culprit keeps its answer, the others run
 * once more.
 */
static void test_ended_while_running_apart(void **state)
{
	(void)state;
	writer_start(&writer, 20, "fine");
	writer.orders[9].body = "unfit";
	writer.orders[3].end_once = true;
	writer_share_all(&writer);
	writer_submit(&writer);
	writer_wait(&writer);
	assert_string_equal(writer.orders[9].sqlstate, "23514");
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 19);
	assert_int_equal(writer.orders[3].asked, 2);
	/* Those behind the group never met a failure. */
	assert_int_equal(writer.orders[19].asked, 1);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

/* The line goes bad while the writer is between the plug's legs. */
static void run_with_proxy(enum proxy_mode mode)
{
	struct proxy proxy;
	proxy_start(&proxy);
	writer.options.db.url = proxy.url;
	writer.options.db.statement_timeout_ms = 500;
	writer.options.db.connect_timeout_s = 1;
	writer.options.batch_timeout_ms = 1500;
	writer_submit(&writer);
	atomic_store(&proxy.mode, mode);
	writer_wait(&writer);
	proxy_stop(&proxy);
}

static void with_proxy(enum proxy_mode mode)
{
	writer_start(&writer, 20, "fine");
	run_with_proxy(mode);
}

static void test_cut_behind_commit(void **state)
{
	(void)state;
	with_proxy(PROXY_CUT_BEHIND_COMMIT);
	check_all_failed(ERR_OUTCOME_UNKNOWN);
	assert_string_equal(db_support_ask("SELECT count(*) FROM " WRITER_NOTE), "20");
	writer_stop(&writer);
}

/* The suspects' COMMIT: all but the culprit are unknown; and then those that were no suspects. */
static void test_cut_while_running_apart(void **state)
{
	(void)state;
	writer_start(&writer, 20, "fine");
	writer.orders[9].body = "unfit";
	writer_share_all(&writer);
	run_with_proxy(PROXY_CUT_BEHIND_COMMIT);
	for (int i = 0; i < writer.n; i++) {
		assert_int_equal(writer.orders[i].outcome, BATCH_FAILED);
		assert_int_equal(writer.orders[i].code, i == 9 ? ERR_INTERNAL : ERR_OUTCOME_UNKNOWN);
	}
	assert_string_equal(db_support_ask("SELECT count(*) FROM " WRITER_NOTE), "19");
	writer_stop(&writer);
}

static void test_silence_behind_commit(void **state)
{
	(void)state;
	with_proxy(PROXY_SILENT_BEHIND_COMMIT);
	check_all_failed(ERR_OUTCOME_UNKNOWN);
	assert_string_equal(db_support_ask("SELECT count(*) FROM " WRITER_NOTE), "20");
	writer_stop(&writer);
}

static void test_silence_before_commit(void **state)
{
	(void)state;
	with_proxy(PROXY_SILENT);
	assert_int_equal(writer.plug.code, ERR_OUTCOME_UNKNOWN);
	check_all_failed(ERR_UNAVAILABLE);
	assert_string_equal(db_support_ask("SELECT count(*) FROM " WRITER_NOTE), "0");
	writer_stop(&writer);
}

static void test_cut_again_and_again(void **state)
{
	(void)state;
	with_proxy(PROXY_CUT);
	check_all_failed(ERR_UNAVAILABLE);
	assert_string_equal(db_support_ask("SELECT count(*) FROM " WRITER_NOTE), "0");
	writer_stop(&writer);
}

static void test_ended_during_commit(void **state)
{
	(void)state;
	writer_start(&writer, 5, "fine");
	writer.orders[2].item.first.values[1] = "sleepy";
	writer_submit(&writer);
	(void)sem_post(&writer.go);
	assert_int_equal(db_support_terminate_asleep("test_writer"), 1);
	writer_wait(&writer);
	check_all_failed(ERR_OUTCOME_UNKNOWN);
	writer_stop(&writer);
}

/* The server's own word about a statement before COMMIT: nothing is unknown, the batch runs again. */
static void test_ended_in_the_second_leg(void **state)
{
	(void)state;
	writer_start(&writer, 5, "fine");
	writer.orders[2].end_once = true;
	writer_submit(&writer);
	writer_wait(&writer);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 5);
	assert_int_equal(writer.orders[0].asked, 2);
	writer_stop(&writer);
}

static void test_no_server(void **state)
{
	(void)state;
	writer_start(&writer, 200, "fine");
	writer.options.db.url = "host=/nonexistent dbname=x";
	writer.options.batch_timeout_ms = 300;
	uint64_t start = clock_monotonic_ns();
	writer_submit(&writer);
	writer_wait(&writer);
	assert_true(clock_monotonic_ns() - start < UINT64_C(2000000000));
	check_all_failed(ERR_UNAVAILABLE);
	writer_stop(&writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lost_between_the_legs),
		cmocka_unit_test(test_ended_again_and_again),
		cmocka_unit_test(test_ended_during_commit),
		cmocka_unit_test(test_ended_in_the_second_leg),
		cmocka_unit_test(test_ended_while_running_apart),
		cmocka_unit_test(test_cut_behind_commit),
		cmocka_unit_test(test_cut_while_running_apart),
		cmocka_unit_test(test_silence_behind_commit),
		cmocka_unit_test(test_silence_before_commit),
		cmocka_unit_test(test_cut_again_and_again),
		cmocka_unit_test(test_no_server),
	};
	return cmocka_run_group_tests(tests, writer_make_schema, writer_drop_schema);
}
