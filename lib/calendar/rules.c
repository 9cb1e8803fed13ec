/* Whether a calendar's document makes sense. No database, no clock. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "calendar/calendar.h"

#include "base/banned.h"

enum {
	MINUTES_A_DAY = 24 * 60,
	STRETCHES_MAX = 70, /* of a week */
	DAY_STRETCHES_MAX = 10,
	DAYS_MAX = 5000,
	COVERAGE_MAX = 10958, /* days: 30 years */
	TEXT_MAX = 800,       /* bytes of 200 characters */
	PLACE_SIZE = 48,
};

static enum err_code refuse(struct err *err, const char *place, const char *detail)
{
	return err_set(err, ERR_INVALID_BODY, place, "%s", detail);
}

/* Two digits from `from` to `until`; -1 otherwise. */
static int two_digits(const char *text, int until)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	int number = (text[0] - '0') * 10 + text[1] - '0';
	return number <= until ? number : -1;
}

/* "09:30" as minutes of the day; "24:00" is the end of it; -1 where it is no such time. */
static int minute_of(const char *text)
{
	if (text == NULL || strlen(text) != 5 || text[2] != ':')
		return -1;
	int hour = two_digits(text, 24);
	int minute = two_digits(text + 3, 59);
	if (hour < 0 || minute < 0 || hour * 60 + minute > MINUTES_A_DAY)
		return -1;
	return hour * 60 + minute;
}

static bool is_text(const char *text)
{
	return text != NULL && text[0] != '\0' && strlen(text) <= TEXT_MAX;
}

/* ---- stretches ---- */

struct stretch {
	json_int_t weekday; /* 0 on a day that differs */
	int opens;
	int closes;
};

/* The one at `place`, which must not overlap any of the `n` before it. */
static enum err_code check_stretch(const json_t *row, struct stretch *seen, size_t n, const char *place,
				   struct err *err)
{
	struct stretch *here = &seen[n];
	here->opens = minute_of(json_text(row, "opens"));
	here->closes = minute_of(json_text(row, "closes"));
	if (here->opens < 0 || here->closes < 0 || here->opens >= here->closes)
		return refuse(err, place, "opens and closes are times HH:MM, in this order");
	for (size_t i = 0; i < n; i++) {
		if (seen[i].weekday == here->weekday && seen[i].opens < here->closes && here->opens < seen[i].closes)
			return refuse(err, place, "this overlaps another stretch of the same day");
	}
	return ERR_NONE;
}

static enum err_code check_hours(const json_t *hours, struct err *err)
{
	struct stretch seen[STRETCHES_MAX];
	size_t n = json_array_size(hours);
	enum err_code code = ERR_NONE;
	if (n == 0 || n > STRETCHES_MAX)
		return refuse(err, "/hours", "a calendar has between 1 and 70 stretches of opening time a week");
	for (size_t i = 0; code == ERR_NONE && i < n; i++) {
		char place[PLACE_SIZE];
		(void)snprintf(place, sizeof place, "/hours/%zu", i);
		const json_t *row = json_array_get(hours, i);
		seen[i].weekday = json_integer_value(json_object_get(row, "weekday"));
		if (seen[i].weekday < 1 || seen[i].weekday > 7)
			return refuse(err, place, "weekday counts from 1, Monday, to 7, Sunday");
		code = check_stretch(row, seen, i, place, err);
	}
	return code;
}

/* ---- days that differ ---- */

/* -1 where there is no such kind. */
static int is_open_kind(const char *kind)
{
	static const struct {
		const char *name;
		bool open;
	} kinds[] = {{"bank_holiday", false}, {"closure", false}, {"other_hours", true}, {"extra_working_day", true}};
	for (size_t i = 0; kind != NULL && i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(kinds[i].name, kind) == 0)
			return kinds[i].open;
	}
	return -1;
}

static enum err_code check_day_hours(const json_t *row, bool open, const char *place, struct err *err)
{
	struct stretch seen[DAY_STRETCHES_MAX];
	const json_t *hours = json_object_get(row, "hours");
	size_t n = json_array_size(hours);
	char at[PLACE_SIZE + 32];
	(void)snprintf(at, sizeof at, "%s/hours", place);
	if (!open)
		return n == 0 ? ERR_NONE : refuse(err, at, "a day of this kind is closed: it has no hours");
	if (n == 0 || n > DAY_STRETCHES_MAX)
		return refuse(err, at, "a day of this kind has between 1 and 10 stretches of opening time");
	enum err_code code = ERR_NONE;
	for (size_t i = 0; code == ERR_NONE && i < n; i++) {
		(void)snprintf(at, sizeof at, "%s/hours/%zu", place, i);
		seen[i].weekday = 0;
		code = check_stretch(json_array_get(hours, i), seen, i, at, err);
	}
	return code;
}

static enum err_code check_days(const json_t *days, int from, int until, struct err *err)
{
	int before = from - 1;
	if (!json_is_array(days) || json_array_size(days) > DAYS_MAX)
		return refuse(err, "/days", "a list of at most 5000 days is needed");
	for (size_t i = 0; i < json_array_size(days); i++) {
		char place[PLACE_SIZE];
		(void)snprintf(place, sizeof place, "/days/%zu", i);
		const json_t *row = json_array_get(days, i);
		const char *date = json_text(row, "date");
		int day = 0;
		if (date == NULL || !clock_parse_date(date, &day))
			return refuse(err, place, "date is no calendar date");
		if (day <= before || day > until)
			return refuse(err, place,
				      "the days ascend, each once, and lie within what the calendar covers");
		if (!is_text(json_text(row, "title")))
			return refuse(err, place, "title is missing or too long");
		int open = is_open_kind(json_text(row, "kind"));
		if (open < 0)
			return refuse(err, place, "kind is bank_holiday, closure, other_hours or extra_working_day");
		enum err_code code = check_day_hours(row, open == 1, place, err);
		if (code != ERR_NONE)
			return code;
		before = day;
	}
	return ERR_NONE;
}

enum err_code calendar_check(const json_t *document, struct err *err)
{
	const char *from_text = json_text(document, "covers_from");
	const char *until_text = json_text(document, "covers_until");
	int from = 0;
	int until = 0;
	if (!is_text(json_text(document, "name")))
		return refuse(err, "/name", "a name is needed");
	if (!is_text(json_text(document, "time_zone")))
		return refuse(err, "/time_zone", "a time zone is needed, such as Europe/London");
	if (from_text == NULL || !clock_parse_date(from_text, &from))
		return refuse(err, "/covers_from", "a calendar date is needed");
	if (until_text == NULL || !clock_parse_date(until_text, &until) || until < from)
		return refuse(err, "/covers_until", "a calendar date is needed, not before covers_from");
	if (until - from >= COVERAGE_MAX)
		return refuse(err, "/covers_until", "a calendar covers 30 years at the most");
	enum err_code code = check_hours(json_object_get(document, "hours"), err);
	return code == ERR_NONE ? check_days(json_object_get(document, "days"), from, until, err) : code;
}
