/*
 * The batch writer's shared statements against a real server: who runs together, whose rows are whose, and that one record
 * that fails harms nobody else. How a leg is built without a server: test_db_batch_leg.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db_writer.h"

#include "base/banned.h"

static struct writer writer;

static void run(void)
{
	writer_submit(&writer);
	writer_wait(&writer);
}

static void check_failed(int i, const char *sqlstate)
{
	assert_int_equal(writer.orders[i].outcome, BATCH_FAILED);
	assert_int_equal(writer.orders[i].code, ERR_INTERNAL);
	assert_string_equal(writer.orders[i].sqlstate, sqlstate);
}

/* In how many transactions the committed executions were. */
static void check_transactions(const char *expected)
{
	assert_string_equal(db_support_ask("SELECT count(DISTINCT txid) FROM " WRITER_EXEC), expected);
}

/* ---- who shares ------------------------------------------------------------------------------------------------ */

static void test_one_execution(void **state)
{
	(void)state;
	writer_start(&writer, 12, "fine");
	writer_share_all(&writer);
	run();
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 12);
	writer_check_stored(&writer);
	assert_string_equal(writer_executions("first"), "12");
	assert_string_equal(writer_executions("second"), "12");
	check_transactions("1");
	writer_stop(&writer);
}

static void test_one_alone(void **state)
{
	(void)state;
	writer_start(&writer, 1, "fine");
	writer_share_all(&writer);
	run();
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 1);
	assert_int_equal(writer.orders[0].rows, 1);
	writer_check_stored(&writer);
	assert_string_equal(writer_executions("first"), "1");
	writer_stop(&writer);
}

static void test_groups_have_a_limit(void **state)
{
	(void)state;
	writer_start(&writer, 40, "fine");
	writer_share_all(&writer);
	run();
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 40);
	writer_check_stored(&writer);
	assert_string_equal(writer_executions("first"), "16 16 8");
	assert_string_equal(writer_executions("second"), "16 16 8");
	check_transactions("1");
	writer_stop(&writer);
}

/* Partnership, time and leading value must be the same; a statement that isn't shared parts its neighbours. */
static void test_strangers_do_not_share(void **state)
{
	(void)state;
	writer_start(&writer, 18, "fine");
	writer_share_all(&writer);
	for (int i = 0; i < 18; i++) {
		struct batch_item *item = &writer.orders[i].item;
		if (i >= 15)
			item->scope.partnership = DB_SUPPORT_B;
		if (i >= 12)
			item->first.values[0] = NULL;
		else if (i >= 9)
			item->first.values[0] = "another";
		else if (i >= 6)
			item->scope.now = "2026-03-03T09:00:00Z";
		else if (i >= 3)
			item->scope.now = "2026-03-02T09:00:00Z";
	}
	writer.orders[1].item.first = (struct batch_step){.statement = &WRITER_ADD,
							  .values = {writer.orders[1].key, "fine"}};
	run();
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 18);
	assert_string_equal(writer_executions("first"), "1 1 3 3 3 3 3");
	/* In the second leg nothing but the scope and the group's size parts them. */
	assert_string_equal(writer_executions("second"), "3 3 3 6 3");
	assert_string_equal(db_support_ask("SELECT string_agg(label, ' ' ORDER BY id) FROM " WRITER_EXEC),
			    "label label label label another");
	assert_string_equal(db_support_ask("SELECT count(*) FROM " WRITER_NOTE " WHERE (partnership_id = '" DB_SUPPORT_B
					   "') = (key >= 'k0015')"),
			    "18");
	check_transactions("1");
	writer_stop(&writer);
}

/* ---- whose rows ------------------------------------------------------------------------------------------------ */

static void test_rows_by_item(void **state)
{
	(void)state;
	writer_start(&writer, 10, "fine");
	for (int i = 0; i < 10; i++)
		writer.orders[i].copies = 1 + i * 7 % 4;
	writer_share_all(&writer);
	run();
	for (int i = 0; i < 10; i++)
		assert_int_equal(writer.orders[i].rows, writer.orders[i].copies);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 10);
	writer_stop(&writer);
}

/* First, last, and two in a row are there already. */
static void test_no_rows_is_declining(void **state)
{
	(void)state;
	static const char *const there[10] = {[0] = "k", [4] = "k", [5] = "k", [9] = "k"};
	writer_start(&writer, 10, "fine");
	for (int i = 0; i < 10; i++) {
		writer.orders[i].copies = 2;
		if (there[i] != NULL)
			(void)db_support_ask("INSERT INTO " WRITER_NOTE " VALUES ('" DB_SUPPORT_A
					     "', '%s', 'older') RETURNING key",
					     writer.orders[i].key);
	}
	writer_share_all(&writer);
	run();
	for (int i = 0; i < 10; i++) {
		assert_int_equal(writer.orders[i].outcome, there[i] == NULL ? BATCH_COMMITTED : BATCH_DECLINED);
		assert_int_equal(writer.orders[i].rows, there[i] == NULL ? 2 : 0);
		assert_int_equal(writer.orders[i].asked, 1);
	}
	assert_string_equal(writer_executions("first"), "10");
	assert_string_equal(writer_executions("second"), "6");
	assert_string_equal(db_support_ask("SELECT string_agg(key, ' ' ORDER BY key) FROM " WRITER_NOTE
					   " WHERE seen_by IS NULL AND body = 'older'"),
			    "k0000 k0004 k0005 k0009");
	writer_stop(&writer);
}

static void test_unclean_decline_leaves_nothing(void **state)
{
	(void)state;
	writer_start(&writer, 16, "fine");
	writer_share_all(&writer);
	writer.orders[4].decline = true;
	writer.orders[4].item.declines_clean = false;
	run();
	assert_int_equal(writer.orders[4].outcome, BATCH_DECLINED);
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 15);
	writer_check_stored(&writer);
	assert_string_equal(writer_executions("first"), "15");
	writer_stop(&writer);
}

/* ---- who is to blame ------------------------------------------------------------------------------------------- */

/* Each of the sixteen places in turn; a second group must not feel it. */
static void test_one_record_fails(void **state)
{
	(void)state;
	for (int bad = 0; bad < 16; bad++) {
		writer_start(&writer, 24, "fine");
		writer.orders[bad].body = "unfit";
		writer_share_all(&writer);
		run();
		check_failed(bad, "23514");
		assert_int_equal(writer.orders[bad].asked, 0);
		assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 23);
		writer_check_stored(&writer);
		assert_string_equal(writer_executions("first"), "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 8");
		check_transactions("2");
		writer_stop(&writer);
	}
}

static void test_one_record_fails_in_the_second_leg(void **state)
{
	(void)state;
	for (int bad = 0; bad < 16; bad += 5) {
		writer_start(&writer, 16, "fine");
		writer.orders[bad].mark = "unfit";
		writer_share_all(&writer);
		run();
		check_failed(bad, "23514");
		assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 15);
		writer_check_stored(&writer);
		assert_string_equal(writer_executions("second"), "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1");
		check_transactions("1");
		writer_stop(&writer);
	}
}

/* Those without a second statement stand between the suspects and are none. */
static void test_second_leg_with_gaps(void **state)
{
	(void)state;
	writer_start(&writer, 16, "fine");
	for (int i = 0; i < 16; i += 2)
		writer.orders[i].second_values[0] = NULL;
	writer.orders[13].mark = "unfit";
	writer_share_all(&writer);
	run();
	check_failed(13, "23514");
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 15);
	writer_check_stored(&writer);
	/* The seven suspects that were innocent, each alone; then the eight, together still. */
	assert_string_equal(writer_executions("first"), "1 1 1 1 1 1 1 8");
	assert_string_equal(writer_executions("second"), "1 1 1 1 1 1 1");
	check_transactions("2");
	writer_stop(&writer);
}

/* More culprits than rounds: the suspects end up in a transaction each. */
static void test_many_records_fail(void **state)
{
	(void)state;
	writer_start(&writer, 48, "fine");
	for (int i = 0; i < 48; i += 3) {
		if (i % 2 == 0)
			writer.orders[i].body = "unfit";
		else
			writer.orders[i].mark = "unfit";
	}
	writer_share_all(&writer);
	run();
	for (int i = 0; i < 48; i += 3)
		check_failed(i, "23514");
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 32);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

static void test_refusal_at_commit(void **state)
{
	(void)state;
	writer_start(&writer, 16, "fine");
	writer.orders[6].body = "late refusal";
	writer_share_all(&writer);
	run();
	check_failed(6, "23514");
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 15);
	writer_check_stored(&writer);
	check_transactions("15");
	writer_stop(&writer);
}

static void test_broken_record(void **state)
{
	(void)state;
	writer_start(&writer, 16, "fine");
	writer_share_all(&writer);
	writer.orders[9].item.first.record = "{\"key\": ";
	run();
	check_failed(9, "22P02");
	assert_int_equal(writer_count(&writer, BATCH_COMMITTED), 15);
	writer_check_stored(&writer);
	writer_stop(&writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_execution),
		cmocka_unit_test(test_one_alone),
		cmocka_unit_test(test_groups_have_a_limit),
		cmocka_unit_test(test_strangers_do_not_share),
		cmocka_unit_test(test_rows_by_item),
		cmocka_unit_test(test_no_rows_is_declining),
		cmocka_unit_test(test_unclean_decline_leaves_nothing),
		cmocka_unit_test(test_one_record_fails),
		cmocka_unit_test(test_one_record_fails_in_the_second_leg),
		cmocka_unit_test(test_second_leg_with_gaps),
		cmocka_unit_test(test_many_records_fail),
		cmocka_unit_test(test_refusal_at_commit),
		cmocka_unit_test(test_broken_record),
	};
	return cmocka_run_group_tests(tests, writer_make_schema, writer_drop_schema);
}
