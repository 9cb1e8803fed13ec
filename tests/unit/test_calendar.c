/* Which documents of a calendar make sense, and what the government's list of bank holidays adds to one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "base/json.h"
#include "calendar/calendar.h"

#include "base/banned.h"

static json_t *good(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:[{s:i, s:s, s:s}], s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}]}", "name",
			 "hub", "time_zone", "Europe/London", "covers_from", "2026-01-01", "covers_until", "2026-12-31",
			 "hours", "weekday", 1, "opens", "09:00", "closes", "17:00", "days", "date", "2026-01-01",
			 "kind", "bank_holiday", "title", "New Year", "date", "2026-12-25", "kind", "bank_holiday",
			 "title", "Christmas Day");
}

/* The document with one member replaced (JSON text), or removed (NULL), is refused at `place`. */
static void refused(const char *member, const char *value, const char *place)
{
	JSON_AUTO json_t *document = good();
	struct err err = {0};
	if (value == NULL)
		assert_int_equal(json_object_del(document, member), 0);
	else
		assert_int_equal(json_object_set_new(document, member, json_loads(value, JSON_DECODE_ANY, NULL)), 0);
	assert_int_equal(calendar_check(document, &err), ERR_INVALID_BODY);
	assert_string_equal(err.place, place);
	assert_true(strlen(err.detail) > 0);
}

static void accepted(const char *member, const char *value)
{
	JSON_AUTO json_t *document = good();
	struct err err = {0};
	assert_int_equal(json_object_set_new(document, member, json_loads(value, JSON_DECODE_ANY, NULL)), 0);
	assert_int_equal(calendar_check(document, &err), ERR_NONE);
}

static void the_shipped_calendar_makes_sense(void **state)
{
	(void)state;
	const struct embedded_file *file = embedded_find("api/calendars/england-and-wales.json");
	struct err err = {0};
	JSON_AUTO json_t *document = NULL;
	assert_non_null(file);
	assert_int_equal(json_read((const char *)file->data, file->size, &document, &err), ERR_NONE);
	assert_int_equal(calendar_check(document, &err), ERR_NONE);
}

static void names_zones_and_coverage_are_needed(void **state)
{
	(void)state;
	refused("name", NULL, "/name");
	refused("name", "\"\"", "/name");
	refused("time_zone", "7", "/time_zone");
	refused("covers_from", "\"2026-02-30\"", "/covers_from");
	refused("covers_until", "\"2025-12-31\"", "/covers_until");
	accepted("covers_until", "\"2027-01-01\"");
}

static void hours_are_times_in_order_that_do_not_overlap(void **state)
{
	(void)state;
	refused("hours", "[]", "/hours");
	refused("hours", NULL, "/hours");
	refused("hours", "[{\"weekday\":0,\"opens\":\"09:00\",\"closes\":\"17:00\"}]", "/hours/0");
	refused("hours", "[{\"weekday\":8,\"opens\":\"09:00\",\"closes\":\"17:00\"}]", "/hours/0");
	refused("hours", "[{\"weekday\":1,\"opens\":\"9:00\",\"closes\":\"17:00\"}]", "/hours/0");
	refused("hours", "[{\"weekday\":1,\"opens\":\"09:00\",\"closes\":\"24:01\"}]", "/hours/0");
	refused("hours", "[{\"weekday\":1,\"opens\":\"09:60\",\"closes\":\"17:00\"}]", "/hours/0");
	refused("hours", "[{\"weekday\":1,\"opens\":\"17:00\",\"closes\":\"17:00\"}]", "/hours/0");
	refused("hours",
		"[{\"weekday\":1,\"opens\":\"09:00\",\"closes\":\"13:00\"},{\"weekday\":1,\"opens\":\"12:59\","
		"\"closes\":\"17:00\"}]",
		"/hours/1");
	accepted("hours", "[{\"weekday\":1,\"opens\":\"09:00\",\"closes\":\"13:00\"},{\"weekday\":1,\"opens\":\"13:"
			  "00\",\"closes\":\"24:00\"}]");
}

static void a_calendar_covers_thirty_years_at_the_most(void **state)
{
	(void)state;
	accepted("covers_until", "\"2055-12-31\"");
	refused("covers_until", "\"2056-01-02\"", "/covers_until");
}

#define DAY(date, kind, rest)  "{\"date\":\"" date "\",\"kind\":\"" kind "\",\"title\":\"x\"" rest "}"
#define HOURS(list)            ",\"hours\":[" list "]"
#define STRETCH(opens, closes) "{\"opens\":\"" opens "\",\"closes\":\"" closes "\"}"

static void days_ascend_within_the_coverage(void **state)
{
	(void)state;
	refused("days", NULL, "/days");
	refused("days", "[" DAY("2025-12-31", "closure", "") "]", "/days/0");
	refused("days", "[" DAY("2027-01-01", "closure", "") "]", "/days/0");
	refused("days", "[" DAY("2026-05-04", "closure", "") "," DAY("2026-05-04", "bank_holiday", "") "]", "/days/1");
	refused("days", "[" DAY("2026-13-01", "closure", "") "]", "/days/0");
	refused("days", "[" DAY("2026-05-04", "holiday", "") "]", "/days/0");
	refused("days", "[{\"date\":\"2026-05-04\",\"kind\":\"closure\"}]", "/days/0");
	accepted("days", "[]");
}

static void open_days_have_hours_and_closed_ones_have_none(void **state)
{
	(void)state;
	accepted("days", "[" DAY("2026-05-02", "extra_working_day",
				 HOURS(STRETCH("09:00", "12:00") "," STRETCH("13:00", "24:00"))) "]");
	accepted("days", "[" DAY("2026-05-04", "closure", HOURS("")) "]");
	refused("days", "[" DAY("2026-05-04", "other_hours", "") "]", "/days/0/hours");
	refused("days", "[" DAY("2026-05-04", "extra_working_day", HOURS("")) "]", "/days/0/hours");
	refused("days", "[" DAY("2026-05-04", "bank_holiday", HOURS(STRETCH("09:00", "12:00"))) "]", "/days/0/hours");
	refused("days", "[" DAY("2026-05-04", "other_hours", HOURS(STRETCH("12:00", "12:00"))) "]", "/days/0/hours/0");
	refused("days",
		"[" DAY("2026-05-04", "other_hours",
			HOURS(STRETCH("09:00", "12:00") "," STRETCH("11:00", "13:00"))) "]",
		"/days/0/hours/1");
}

static void there_is_a_ceiling_of_days(void **state)
{
	(void)state;
	JSON_AUTO json_t *document = good();
	struct err err = {0};
	json_t *days = json_array();
	for (int i = 0; i < 5001; i++)
		(void)json_array_append_new(days, json_object());
	(void)json_object_set_new(document, "days", days);
	assert_int_equal(calendar_check(document, &err), ERR_INVALID_BODY);
	assert_string_equal(err.place, "/days");
}

/* ---- importing ---- */

/* A year of eight holidays, as the government writes them. */
static void add_year(json_t *events, int year, size_t n)
{
	static const char *const days[] = {"01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-28"};
	for (size_t i = 0; i < n; i++) {
		char date[16];
		(void)snprintf(date, sizeof date, "%d-%s", year, days[i]);
		(void)json_array_append_new(events, json_pack("{s:s, s:s, s:s, s:b}", "title", days[i], "date", date,
							      "notes", "", "bunting", 1));
	}
}

static json_t *list_of(int from, int until)
{
	json_t *events = json_array();
	for (int year = from; year <= until; year++)
		add_year(events, year, 8);
	return json_pack("{s:{s:s, s:o}}", "vale", "division", "vale", "events", events);
}

static const char *until(const json_t *document)
{
	return json_text(document, "covers_until");
}

static void an_import_adds_what_is_missing_and_reaches_as_far_as_the_list(void **state)
{
	(void)state;
	JSON_AUTO json_t *document = good();
	JSON_AUTO json_t *list = list_of(2025, 2028);
	struct calendar_import import;
	struct err err = {0};
	assert_int_equal(calendar_add_bank_holidays(document, list, "vale", &import, &err), ERR_NONE);
	assert_int_equal(json_array_size(import.added), 3 * 8 - 2);
	assert_int_equal(json_array_size(import.kept), 0);
	assert_true(import.extends);
	assert_string_equal(until(document), "2028-12-31");
	assert_int_equal(calendar_check(document, &err), ERR_NONE);
	calendar_import_release(&import);
	/* Twice is once. */
	assert_int_equal(calendar_add_bank_holidays(document, list, "vale", &import, &err), ERR_NONE);
	assert_int_equal(json_array_size(import.added), 0);
	assert_false(import.extends);
	calendar_import_release(&import);
}

static void an_import_keeps_what_is_different_here_and_names_what_is_only_here(void **state)
{
	(void)state;
	JSON_AUTO json_t *document = good();
	JSON_AUTO json_t *list = list_of(2026, 2026);
	struct calendar_import import;
	struct err err = {0};
	(void)json_object_set_new(
		document, "days",
		json_loads("[" DAY("2026-04-03", "other_hours", HOURS(STRETCH("09:00", "12:00"))) "," DAY(
				   "2026-05-08", "bank_holiday", "") "," DAY("2026-08-31", "closure", "") "]",
			   0, NULL));
	assert_int_equal(calendar_add_bank_holidays(document, list, "vale", &import, &err), ERR_NONE);
	assert_int_equal(json_array_size(import.added), 6);
	assert_int_equal(json_array_size(import.kept), 2);
	assert_int_equal(json_array_size(import.only_here), 1);
	assert_string_equal(json_text(json_array_get(import.only_here, 0), "date"), "2026-05-08");
	assert_string_equal(until(document), "2026-12-31");
	calendar_import_release(&import);
}

/* Years that are there in part, or not at all, end it. */
static void an_import_reaches_no_further_than_whole_years(void **state)
{
	(void)state;
	static const struct {
		int from, last;
		size_t more; /* holidays of the year after */
		const char *covers_until;
		const char *then;
	} cases[] = {
		{2026, 2027, 7, "2026-12-31", "2027-12-31"}, {2026, 2027, 0, "2026-12-31", "2027-12-31"},
		{2028, 2029, 0, "2026-12-31", "2026-12-31"}, {2026, 2027, 0, "2026-06-30", "2027-12-31"},
		{2027, 2028, 0, "2026-06-30", "2026-06-30"}, {2020, 2021, 0, "2026-12-31", "2026-12-31"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		JSON_AUTO json_t *document = good();
		JSON_AUTO json_t *list = list_of(cases[i].from, cases[i].last);
		struct calendar_import import;
		struct err err = {0};
		add_year(json_object_get(json_object_get(list, "vale"), "events"), cases[i].last + 1, cases[i].more);
		(void)json_object_set_new(document, "covers_until", json_string(cases[i].covers_until));
		(void)json_object_set_new(document, "days", json_array());
		assert_int_equal(calendar_add_bank_holidays(document, list, "vale", &import, &err), ERR_NONE);
		assert_string_equal(until(document), cases[i].then);
		assert_int_equal(calendar_check(document, &err), ERR_NONE);
		calendar_import_release(&import);
	}
}

static void a_list_of_another_form_changes_nothing(void **state)
{
	(void)state;
	static const char *const lists[] = {"{}",
					    "[]",
					    "{\"vale\":{}}",
					    "{\"vale\":{\"events\":[]}}",
					    "{\"vale\":{\"events\":[{\"title\":\"x\",\"date\":\"soon\"}]}}",
					    "{\"vale\":{\"events\":[{\"title\":\"\",\"date\":\"2026-01-01\"}]}}",
					    "{\"hill\":{\"events\":[{\"title\":\"x\",\"date\":\"2026-01-01\"}]}}"};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		JSON_AUTO json_t *document = good();
		JSON_AUTO json_t *before = good();
		JSON_AUTO json_t *list = json_loads(lists[i], 0, NULL);
		struct calendar_import import;
		struct err err = {0};
		assert_int_equal(calendar_add_bank_holidays(document, list, "vale", &import, &err), ERR_INVALID_BODY);
		assert_true(json_equal(document, before));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_calendar_makes_sense),
		cmocka_unit_test(names_zones_and_coverage_are_needed),
		cmocka_unit_test(hours_are_times_in_order_that_do_not_overlap),
		cmocka_unit_test(a_calendar_covers_thirty_years_at_the_most),
		cmocka_unit_test(days_ascend_within_the_coverage),
		cmocka_unit_test(open_days_have_hours_and_closed_ones_have_none),
		cmocka_unit_test(there_is_a_ceiling_of_days),
		cmocka_unit_test(an_import_adds_what_is_missing_and_reaches_as_far_as_the_list),
		cmocka_unit_test(an_import_keeps_what_is_different_here_and_names_what_is_only_here),
		cmocka_unit_test(an_import_reaches_no_further_than_whole_years),
		cmocka_unit_test(a_list_of_another_form_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
