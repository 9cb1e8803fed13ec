/* Dates and instants against a calendar that is counted day by day, and what is no date or instant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

#include "base/banned.h"

static const int64_t US_PER_DAY = INT64_C(86400000000);

static int month_length(int year, int month)
{
	if (month == 2)
		return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* 1900-01-01 lies 25567 days before 1970: 70 years with 17 leap days. */
static void knows_each_day_of_its_years(void **state)
{
	int expected = -25567;
	(void)state;
	for (int year = 1900; year <= 2200; year++) {
		for (int month = 1; month <= 12; month++) {
			for (int day = 1; day <= month_length(year, month); day++, expected++) {
				char text[48];
				char back[11];
				int found = 1 << 30;
				(void)snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
				if (!clock_parse_date(text, &found) || found != expected)
					fail_msg("%s is read as day %d, not %d", text, found, expected);
				clock_date_text(found, back);
				assert_string_equal(back, text);
			}
			char none[48];
			int untouched = 77;
			(void)snprintf(none, sizeof none, "%04d-%02d-%02d", year, month, month_length(year, month) + 1);
			assert_false(clock_parse_date(none, &untouched));
			assert_int_equal(untouched, 77);
		}
	}
	assert_int_equal(expected, 84371); /* 2201-01-01 */
}

static void refuses_what_is_no_date(void **state)
{
	static const char *const cases[] = {
		"",           "2026",        "2026-3-2",    "2026-03-2",   "2026-03-022", "2026-03-02T", " 2026-03-02",
		"2026-03-0a", "2026/03/02",  "20260302",    "2026-00-01",  "2026-13-01",  "2026-03-00",  "2026-03-32",
		"1899-12-31", "2201-01-01",  "0000-00-00",  "-026-03-02",  "+026-03-02",  "2026-+3-02",  "2026-03- 2",
		"02-03-2026", "2026-03-02 ", "2026-W10-01", "１９９９-01",
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int day = 77;
		if (clock_parse_date(cases[i], &day))
			fail_msg("\"%s\" was taken for a date", cases[i]);
		assert_int_equal(day, 77);
	}
}

static void reads_instants(void **state)
{
	static const struct {
		const char *text;
		const char *utc;
	} cases[] = {
		{"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"},
		{"2026-03-02T09:00:00Z", "2026-03-02T09:00:00.000000Z"},
		{"2026-03-02t09:00:00z", "2026-03-02T09:00:00.000000Z"},
		{"2026-03-02T09:00:00.1Z", "2026-03-02T09:00:00.100000Z"},
		{"2026-03-02T09:00:00.123456Z", "2026-03-02T09:00:00.123456Z"},
		{"2026-03-02T09:00:00.1234567899999999999999999999Z", "2026-03-02T09:00:00.123456Z"},
		{"2026-03-02T09:00:00+00:00", "2026-03-02T09:00:00.000000Z"},
		{"2026-03-02T09:00:00-00:00", "2026-03-02T09:00:00.000000Z"},
		{"2026-03-02T09:00:00+01:00", "2026-03-02T08:00:00.000000Z"},
		{"2026-03-02T00:30:00.5+05:45", "2026-03-01T18:45:00.500000Z"},
		{"2026-12-31T23:59:59-00:01", "2027-01-01T00:00:59.000000Z"},
		{"2026-01-01T00:00:00+14:00", "2025-12-31T10:00:00.000000Z"},
		{"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
		{"1900-01-01T00:00:00Z", "1900-01-01T00:00:00.000000Z"},
		{"2200-12-31T23:59:59.999999Z", "2200-12-31T23:59:59.999999Z"},
		{"2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000000Z"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t us;
		char text[CLOCK_TEXT_SIZE];
		if (!clock_parse_instant(cases[i].text, &us))
			fail_msg("\"%s\" was refused", cases[i].text);
		clock_instant_text(us, text);
		assert_string_equal(text, cases[i].utc);
	}
}

static void refuses_what_is_no_instant(void **state)
{
	static const char *const cases[] = {
		"",
		"2026-03-02",
		"2026-03-02T09:00Z",
		"2026-03-02T09:00:00",
		"2026-03-02 09:00:00Z",
		"2026-03-02T09:00:00ZZ",
		"2026-03-02T09:00:00Z ",
		" 2026-03-02T09:00:00Z",
		"2026-03-02T24:00:00Z",
		"2026-03-02T09:60:00Z",
		"2016-12-31T23:59:60Z", /* a leap second */
		"2026-02-29T09:00:00Z",
		"2026-03-02T09:00:00.Z",
		"2026-03-02T09:00:00,5Z",
		"2026-03-02T09:00:00.5",
		"2026-03-02T9:00:00Z0",
		"2026-03-02T09-00-00Z",
		"2026-03-02T09:00:00+1:00",
		"2026-03-02T09:00:00+0100",
		"2026-03-02T09:00:00+01",
		"2026-03-02T09:00:00+01:60",
		"2026-03-02T09:00:00+14:01",
		"2026-03-02T09:00:00-14:59",
		"2026-03-02T09:00:00+15:00",
		"2026-03-02T09:00:00+24:00",
		"2026-03-02T09:00:00+01:00Z",
		"2026-03-02T09:00:00 +01:00",
		"2026-03-02T-9:00:00Z",
		"1899-12-31T23:59:59Z",
		"2201-01-01T00:00:00Z",
		"1900-01-01T00:00:00+00:01", /* of 1899, in UTC */
		"2200-12-31T23:59:59-14:00", /* of 2201, in UTC */
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t us = 77;
		if (clock_parse_instant(cases[i], &us))
			fail_msg("\"%s\" was taken for an instant", cases[i]);
		assert_int_equal(us, 77);
	}
}

/* Text and number are each other's reverse, over steps that share no factor with a day; and libc agrees. */
static void instants_make_the_round_trip(void **state)
{
	const int64_t first = -25567 * US_PER_DAY;
	const int64_t last = 84371 * US_PER_DAY;
	int64_t step = INT64_C(123456789012347) / 1000;
	(void)state;
	for (int64_t us = first; us < last; us += step) {
		char text[CLOCK_TEXT_SIZE];
		int64_t back;
		clock_instant_text(us, text);
		assert_int_equal(strlen(text), CLOCK_TEXT_SIZE - 1);
		if (!clock_parse_instant(text, &back) || back != us)
			fail_msg("%lld becomes %s", (long long)us, text);
		struct tm tm = {.tm_year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 +
					   (text[3] - '0') - 1900,
				.tm_mon = (text[5] - '0') * 10 + (text[6] - '0') - 1,
				.tm_mday = (text[8] - '0') * 10 + (text[9] - '0'),
				.tm_hour = (text[11] - '0') * 10 + (text[12] - '0'),
				.tm_min = (text[14] - '0') * 10 + (text[15] - '0'),
				.tm_sec = (text[17] - '0') * 10 + (text[18] - '0')};
		int64_t seconds = us >= 0 ? us / 1000000 : -((-us + 999999) / 1000000);
		assert_int_equal(timegm(&tm), seconds);
	}
}

/* The same instant under every offset from -14:00 to +14:00. */
static void offsets_do_not_move_the_instant(void **state)
{
	int64_t expected;
	(void)state;
	assert_true(clock_parse_instant("2026-03-29T01:30:00Z", &expected)); /* the night of a clock change */
	for (int minutes = -14 * 60; minutes <= 14 * 60; minutes++) {
		char local[CLOCK_TEXT_SIZE];
		char text[48];
		int64_t us;
		int size = minutes < 0 ? -minutes : minutes;
		clock_instant_text(expected + (int64_t)minutes * 60000000, local);
		(void)snprintf(text, sizeof text, "%.19s%c%02d:%02d", local, minutes < 0 ? '-' : '+', size / 60,
			       size % 60);
		if (!clock_parse_instant(text, &us) || us != expected)
			fail_msg("%s is another instant", text);
	}
}

static void the_clocks_go_on(void **state)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t us;
	(void)state;
	uint64_t before = clock_monotonic_ns();
	uint64_t wall = clock_unix_ms();
	clock_now_text(text);
	assert_true(clock_parse_instant(text, &us));
	assert_true(us / 1000 >= (int64_t)wall);
	assert_true(us / 1000 <= (int64_t)wall + 60000);
	assert_true(clock_monotonic_ns() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_each_day_of_its_years),
		cmocka_unit_test(refuses_what_is_no_date),
		cmocka_unit_test(reads_instants),
		cmocka_unit_test(refuses_what_is_no_instant),
		cmocka_unit_test(instants_make_the_round_trip),
		cmocka_unit_test(offsets_do_not_move_the_instant),
		cmocka_unit_test(the_clocks_go_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
