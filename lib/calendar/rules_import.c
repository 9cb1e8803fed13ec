/* What the government's list of bank holidays adds to a calendar's document. No database, no clock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "calendar/calendar.h"

#include "base/banned.h"

enum { FIRST_YEAR = 1900, YEARS = 301, EVENTS_MAX = 5000, COMPLETE_MIN = 8, NEW_YEAR_UNTIL = 4, CHRISTMAS_FROM = 25 };

struct year {
	unsigned holidays;
	bool begins; /* has one in the first days of January */
	bool ends;   /* has one in the last of December */
};

/* ---- the list ---- */

static enum err_code find_events(const json_t *list, const char *division, const json_t **ret_events, struct err *err)
{
	const json_t *events = json_object_get(json_object_get(list, division), "events");
	if (!json_is_array(events) || json_array_size(events) == 0 || json_array_size(events) > EVENTS_MAX)
		return err_set(err, ERR_INVALID_BODY, division,
			       "there is no such division in the file, or it has no events");
	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		const char *date = json_text(event, "date");
		const char *title = json_text(event, "title");
		int day;
		if (date == NULL || !clock_parse_date(date, &day) || title == NULL || title[0] == '\0')
			return err_set(err, ERR_INVALID_BODY, division, "event %zu has no title or no calendar date",
				       i + 1);
	}
	*ret_events = events;
	return ERR_NONE;
}

/* The parts of a date that clock_parse_date() has taken. */
static int year_of(const char *date)
{
	return (int)strtol(date, NULL, 10);
}

static void count_years(const json_t *events, struct year years[YEARS])
{
	for (size_t i = 0; i < json_array_size(events); i++) {
		const char *date = json_text(json_array_get(events, i), "date");
		struct year *year = &years[year_of(date) - FIRST_YEAR];
		long month = strtol(date + 5, NULL, 10);
		long day = strtol(date + 8, NULL, 10);
		year->holidays++;
		year->begins = year->begins || (month == 1 && day <= NEW_YEAR_UNTIL);
		year->ends = year->ends || (month == 12 && day >= CHRISTMAS_FROM);
	}
}

static bool is_complete(const struct year *year)
{
	return year->holidays >= COMPLETE_MIN && year->begins && year->ends;
}

static void last_day_of(int year, char ret_date[11])
{
	(void)snprintf(ret_date, 11, "%04u-12-31", (unsigned)year % 10000);
}

/* How far the calendar reaches with this list: its last year may be begun already, the ones after it must be whole. */
static void reach_with(const json_t *events, const char *covers_until, struct calendar_import *import)
{
	struct year years[YEARS] = {{0}};
	count_years(events, years);
	int last = year_of(covers_until);
	char ends[11];
	last_day_of(last, ends);
	bool whole = strcmp(covers_until, ends) == 0;
	(void)snprintf(import->covers_until, sizeof import->covers_until, "%s", covers_until);
	if (whole || is_complete(&years[last - FIRST_YEAR])) {
		while (last + 1 - FIRST_YEAR < YEARS && is_complete(&years[last + 1 - FIRST_YEAR]))
			last++;
		last_day_of(last, import->covers_until);
	}
	import->extends = strcmp(import->covers_until, covers_until) > 0;
}

/* ---- the document ---- */

static const json_t *day_at(const json_t *days, const char *date)
{
	for (size_t i = 0; i < json_array_size(days); i++) {
		const json_t *day = json_array_get(days, i);
		const char *here = json_text(day, "date");
		if (here != NULL && strcmp(here, date) == 0)
			return day;
	}
	return NULL;
}

static bool is_bank_holiday(const json_t *day)
{
	const char *kind = json_text(day, "kind");
	return kind != NULL && strcmp(kind, "bank_holiday") == 0;
}

static void add_events(const json_t *days, const json_t *events, const char *covers_from,
		       struct calendar_import *import)
{
	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *event = json_array_get(events, i);
		const char *date = json_text(event, "date");
		if (strcmp(date, covers_from) < 0 || strcmp(date, import->covers_until) > 0 ||
		    day_at(import->added, date) != NULL)
			continue;
		const json_t *day = day_at(days, date);
		if (day == NULL)
			(void)json_array_append_new(import->added,
						    json_pack("{s:s, s:s, s:s}", "date", date, "kind", "bank_holiday",
							      "title", json_text(event, "title")));
		else if (!is_bank_holiday(day))
			(void)json_array_append(import->kept, (json_t *)day);
	}
}

/* What the list no longer has, or never had: someone has to look at it, the import does not. */
static void find_only_here(const json_t *days, const json_t *events, struct calendar_import *import)
{
	struct year years[YEARS] = {{0}};
	count_years(events, years);
	for (size_t i = 0; i < json_array_size(days); i++) {
		const json_t *day = json_array_get(days, i);
		const char *date = json_text(day, "date");
		if (is_bank_holiday(day) && is_complete(&years[year_of(date) - FIRST_YEAR]) &&
		    day_at(events, date) == NULL)
			(void)json_array_append(import->only_here, (json_t *)day);
	}
}

static int by_date(const void *a, const void *b)
{
	return strcmp(json_text(*(json_t *const *)a, "date"), json_text(*(json_t *const *)b, "date"));
}

/* All days in ascending order, as a new list. */
static json_t *merged(const json_t *days, const json_t *added)
{
	size_t n = json_array_size(days) + json_array_size(added);
	json_t **rows = calloc(n + 1, sizeof(json_t *));
	if (rows == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		rows[i] = i < json_array_size(days) ? json_array_get(days, i)
						    : json_array_get(added, i - json_array_size(days));
	qsort(rows, n, sizeof *rows, by_date);
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append(list, rows[i]);
	free(rows);
	return list;
}

enum err_code calendar_add_bank_holidays(json_t *document, const json_t *list, const char *division,
					 struct calendar_import *ret_import, struct err *err)
{
	const json_t *events = NULL;
	enum err_code code = find_events(list, division, &events, err);
	if (code == ERR_NONE)
		code = calendar_check(document, err);
	if (code != ERR_NONE)
		return code;
	struct calendar_import import = {.added = json_array(), .kept = json_array(), .only_here = json_array()};
	const json_t *days = json_object_get(document, "days");
	reach_with(events, json_text(document, "covers_until"), &import);
	add_events(days, events, json_text(document, "covers_from"), &import);
	find_only_here(days, events, &import);
	(void)json_object_set_new(document, "days", merged(days, import.added));
	(void)json_object_set_new(document, "covers_until", json_string(import.covers_until));
	*ret_import = import;
	return ERR_NONE;
}

void calendar_import_release(struct calendar_import *import)
{
	json_decref(import->added);
	json_decref(import->kept);
	json_decref(import->only_here);
	*import = (struct calendar_import){.added = NULL};
}
