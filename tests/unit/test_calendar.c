/* Which documents of a calendar make sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <string.h>

#include "base/embedded.h"
#include "base/json.h"
#include "calendar/calendar.h"

#include "base/banned.h"

static json_t *good(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:[{s:i, s:s, s:s}], s:[{s:s, s:s}, {s:s, s:s}]}", "name", "hub",
			 "time_zone", "Europe/London", "covers_from", "2026-01-01", "covers_until", "2026-12-31",
			 "hours", "weekday", 1, "opens", "09:00", "closes", "17:00", "bank_holidays", "date",
			 "2026-01-01", "title", "New Year", "date", "2026-12-25", "title", "Christmas Day");
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

static void bank_holidays_ascend_within_the_coverage(void **state)
{
	(void)state;
	refused("bank_holidays", NULL, "/bank_holidays");
	refused("bank_holidays", "[{\"date\":\"2025-12-31\",\"title\":\"x\"}]", "/bank_holidays/0");
	refused("bank_holidays", "[{\"date\":\"2027-01-01\",\"title\":\"x\"}]", "/bank_holidays/0");
	refused("bank_holidays",
		"[{\"date\":\"2026-05-04\",\"title\":\"x\"},{\"date\":\"2026-05-04\",\"title\":\"y\"}]",
		"/bank_holidays/1");
	refused("bank_holidays", "[{\"date\":\"2026-13-01\",\"title\":\"x\"}]", "/bank_holidays/0");
	refused("bank_holidays", "[{\"date\":\"2026-05-04\"}]", "/bank_holidays/0");
	accepted("bank_holidays", "[]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_calendar_makes_sense),
		cmocka_unit_test(names_zones_and_coverage_are_needed),
		cmocka_unit_test(hours_are_times_in_order_that_do_not_overlap),
		cmocka_unit_test(bank_holidays_ascend_within_the_coverage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
