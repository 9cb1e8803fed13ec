/* Result sets as JSON and CSV, from results made by hand: no server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "db/db.h"
#include "db/rows.h"

#include "base/banned.h"

enum {
	BOOL = 16,
	INT8 = 20,
	TEXT = 25,
	FLOAT8 = 701,
	TEXT_ARRAY = 1009,
	DATE = 1082,
	TIMESTAMPTZ = 1184,
	NUMERIC = 1700,
	UUID = 2950,
	UUID_ARRAY = 2951,
	JSON = 114,
	JSONB = 3802,
};

struct cell {
	const char *name;
	Oid type;
	const char *value; /* NULL: null */
};

static void add_row(PGresult *result, int row, const struct cell *cells, int n)
{
	for (int i = 0; i < n; i++) {
		/* libpq copies; the cast is its signature's. */
		char *value = (char *)(uintptr_t)cells[i].value;
		int size = value == NULL ? -1 : (int)strlen(value);
		assert_int_equal(PQsetvalue(result, row, i, value, size), 1);
	}
}

static PGresult *make_result(const struct cell *cells, int n)
{
	PGresAttDesc columns[20];
	memset(columns, 0, sizeof columns);
	for (int i = 0; i < n; i++) {
		columns[i].name = (char *)(uintptr_t)cells[i].name;
		columns[i].typid = cells[i].type;
	}
	PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	assert_int_equal(PQsetResultAttrs(result, n, columns), 1);
	add_row(result, 0, cells, n);
	return result;
}

static void check_json(const struct cell *cells, int n, const char *expected)
{
	struct buf buf;
	buf_init(&buf, 100000);
	PGRESULT_AUTO PGresult *result = make_result(cells, n);
	rows_write_object(&buf, result, 0);
	assert_string_equal(buf_text(&buf), expected);
	buf_release(&buf);
}

static void check_value(Oid type, const char *value, const char *expected)
{
	struct buf buf;
	buf_init(&buf, 1000);
	buf_printf(&buf, "{\"v\":%s}", expected);
	check_json(&(struct cell){"v", type, value}, 1, buf_text(&buf));
	buf_release(&buf);
}

static void test_each_type(void **state)
{
	(void)state;
	check_value(TEXT, "plain", "\"plain\"");
	check_value(TEXT, "", "\"\"");
	check_value(TEXT, "a\"b\\c\nd\x01 \xc3\xa9", "\"a\\\"b\\\\c\\nd\\u0001 \xc3\xa9\"");
	check_value(TEXT, NULL, "null");
	check_value(INT8, "-9223372036854775808", "-9223372036854775808");
	check_value(NUMERIC, "12.50", "12.50");
	check_value(NUMERIC, "NaN", "null");
	check_value(FLOAT8, "1e+20", "1e+20");
	check_value(FLOAT8, "-Infinity", "null");
	check_value(FLOAT8, "Infinity", "null");
	check_value(FLOAT8, "-0.5", "-0.5");
	check_value(BOOL, "t", "true");
	check_value(BOOL, "f", "false");
	check_value(UUID, "0190a000-0000-7000-8000-00000000000a", "\"0190a000-0000-7000-8000-00000000000a\"");
	check_value(DATE, "2026-03-02", "\"2026-03-02\"");
	check_value(DATE, "infinity", "null");
	check_value(JSONB, "{\"a\": [1, null]}", "{\"a\": [1, null]}");
	check_value(JSON, "{ \"b\":1,\"a\":2 }", "{ \"b\":1,\"a\":2 }");
}

static void test_instants(void **state)
{
	(void)state;
	check_value(TIMESTAMPTZ, "2026-03-02 09:00:00+00", "\"2026-03-02T09:00:00.000000Z\"");
	check_value(TIMESTAMPTZ, "2026-03-02 09:00:00.5+00", "\"2026-03-02T09:00:00.500000Z\"");
	check_value(TIMESTAMPTZ, "2026-03-02 09:00:00.123456+00", "\"2026-03-02T09:00:00.123456Z\"");
	check_value(TIMESTAMPTZ, "infinity", "null");
	check_value(TIMESTAMPTZ, "-infinity", "null");
	check_value(TIMESTAMPTZ, "0044-03-15 12:00:00+00 BC", "null");
	check_value(TIMESTAMPTZ, "12026-03-02 09:00:00+00", "null");
	check_value(TIMESTAMPTZ, "2026-03-02 09:00:00+01", "null");
}

static void test_lists(void **state)
{
	(void)state;
	check_value(TEXT_ARRAY, "{}", "[]");
	check_value(TEXT_ARRAY, "{a}", "[\"a\"]");
	check_value(TEXT_ARRAY, "{a,NULL,\"NULL\",null}", "[\"a\",null,\"NULL\",\"null\"]");
	check_value(TEXT_ARRAY, "{\"b \\\"c\\\"\",\"\",\"x,y\",\"{}\",\"a\\\\b\"}",
		    "[\"b \\\"c\\\"\",\"\",\"x,y\",\"{}\",\"a\\\\b\"]");
	check_value(TEXT_ARRAY, "[0:1]={a,b}", "[\"a\",\"b\"]");
	check_value(UUID_ARRAY, "{0190a000-0000-7000-8000-00000000000a}", "[\"0190a000-0000-7000-8000-00000000000a\"]");
}

static void test_columns(void **state)
{
	(void)state;
	const struct cell hidden[] = {{"_secret", TEXT, "x"}, {"a", INT8, "1"}, {"_b", TEXT, "y"}, {"c", INT8, "2"}};
	check_json(hidden, 4, "{\"a\":1,\"c\":2}");
	const struct cell middle[] = {{"a", INT8, "1"}, {"*", JSONB, "{\"b\": 2, \"c\": {}}"}, {"d", INT8, "3"}};
	check_json(middle, 3, "{\"a\":1,\"b\": 2, \"c\": {},\"d\":3}");
	const struct cell front[] = {{"*", JSONB, "{\"b\": 2}"}, {"d", INT8, "3"}};
	check_json(front, 2, "{\"b\": 2,\"d\":3}");
	const struct cell empty[] = {{"*", JSONB, "{}"}, {"*", JSONB, NULL}, {"d", INT8, "3"}, {"*", JSONB, "[1]"}};
	check_json(empty, 4, "{\"d\":3}");
	check_json(empty, 1, "{}");
}

static void test_members_and_list(void **state)
{
	(void)state;
	struct buf buf;
	buf_init(&buf, 1000);
	const struct cell cells[] = {{"a", INT8, "1"}, {"b", TEXT, NULL}};
	const struct cell second[] = {{"a", INT8, "2"}, {"b", TEXT, "x"}};
	PGRESULT_AUTO PGresult *result = make_result(cells, 2);
	add_row(result, 1, second, 2);
	rows_write_list(&buf, result, 0, 2);
	assert_string_equal(buf_text(&buf), "[{\"a\":1,\"b\":null},{\"a\":2,\"b\":\"x\"}]");
	buf_clear(&buf);
	rows_write_list(&buf, result, 1, 1);
	assert_string_equal(buf_text(&buf), "[]");
	buf_clear(&buf);
	bool more = rows_write_members(&buf, result, 1);
	rows_write_name(&buf, "c", &more);
	assert_string_equal(buf_text(&buf), "\"a\":2,\"b\":\"x\",\"c\":");
	assert_true(more);
	buf_clear(&buf);
	more = false;
	rows_write_name(&buf, "c", &more);
	assert_string_equal(buf_text(&buf), "\"c\":");
	buf_release(&buf);
}

static void test_csv(void **state)
{
	(void)state;
	const struct cell cells[] = {{"id", INT8, "-5"},
				     {"_hidden", TEXT, "x"},
				     {"name", TEXT, "=1+1"},
				     {"quoted", TEXT, "a \"b\", c"},
				     {"lines", TEXT, "-a\r\nb"},
				     {"nothing", TEXT, NULL},
				     {"at", TIMESTAMPTZ, "2026-03-02 09:00:00+00"},
				     {"ok", BOOL, "t"},
				     {"list", TEXT_ARRAY, "{=a,\"b;c\",NULL}"},
				     {"*", JSONB, "{\"z\": 1}"},
				     {"day", DATE, "infinity"},
				     {"data", JSONB, "{\"z\": 1, \"y\": 2}"}};
	struct buf buf;
	buf_init(&buf, 10000);
	PGRESULT_AUTO PGresult *result = make_result(cells, 12);
	rows_write_csv(&buf, result, 0, 1, NULL);
	assert_string_equal(buf_text(&buf),
			    "id,name,quoted,lines,nothing,at,ok,list,day,data\r\n"
			    "-5,'=1+1,\"a \"\"b\"\", c\",\"'-a\r\nb\",,2026-03-02T09:00:00.000000Z,true,"
			    "'=a; b;c; ,,\"{\"\"z\"\": 1, \"\"y\"\": 2}\"\r\n");
	buf_release(&buf);
}

static void test_fields(void **state)
{
	(void)state;
	const struct cell cells[] = {{"n", INT8, "42"},
				     {"none", INT8, NULL},
				     {"yes", BOOL, "t"},
				     {"text", TEXT, "x"},
				     {"at", TIMESTAMPTZ, "2026-03-02 09:00:00.25+00"},
				     {"never", TIMESTAMPTZ, "infinity"}};
	char instant[28];
	PGRESULT_AUTO PGresult *result = make_result(cells, 6);
	assert_int_equal(rows_int(result, 0, "n"), 42);
	assert_int_equal(rows_int(result, 0, "none"), 0);
	assert_null(rows_text(result, 0, "none"));
	assert_string_equal(rows_text(result, 0, "text"), "x");
	assert_true(rows_bool(result, 0, "yes"));
	assert_false(rows_bool(result, 0, "none"));
	rows_instant(result, 0, "at", instant);
	assert_string_equal(instant, "2026-03-02T09:00:00.250000Z");
	rows_instant(result, 0, "never", instant);
	assert_string_equal(instant, "");
}

static void test_known_types(void **state)
{
	(void)state;
	assert_true(rows_type_is_known(JSONB));
	assert_true(rows_type_is_known(21));
	assert_true(rows_type_is_known(JSON));
	assert_false(rows_type_is_known(1114)); /* timestamp without time zone */
	assert_false(rows_type_is_known(1043)); /* varchar */
	assert_false(rows_type_is_known(1007)); /* int4[] */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_type), cmocka_unit_test(test_instants),         cmocka_unit_test(test_lists),
		cmocka_unit_test(test_columns),   cmocka_unit_test(test_members_and_list), cmocka_unit_test(test_csv),
		cmocka_unit_test(test_fields),    cmocka_unit_test(test_known_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
