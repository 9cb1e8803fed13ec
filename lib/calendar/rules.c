/* Whether a calendar's document makes sense. No database, no clock. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "calendar/calendar.h"

#include "base/banned.h"

enum { MINUTES_A_DAY = 24 * 60, STRETCHES_MAX = 70, HOLIDAYS_MAX = 2000, TITLE_MAX = 200 };

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

struct stretch {
	json_int_t weekday;
	int opens;
	int closes;
};

static enum err_code check_hours(const json_t *hours, struct err *err)
{
	struct stretch seen[STRETCHES_MAX];
	size_t n = json_array_size(hours);
	if (n == 0 || n > STRETCHES_MAX)
		return refuse(err, "/hours", "a calendar has between 1 and 70 stretches of opening time a week");
	for (size_t i = 0; i < n; i++) {
		char place[32];
		(void)snprintf(place, sizeof place, "/hours/%zu", i);
		const json_t *row = json_array_get(hours, i);
		seen[i] = (struct stretch){json_integer_value(json_object_get(row, "weekday")),
					   minute_of(json_text(row, "opens")), minute_of(json_text(row, "closes"))};
		if (seen[i].weekday < 1 || seen[i].weekday > 7)
			return refuse(err, place, "weekday counts from 1, Monday, to 7, Sunday");
		if (seen[i].opens < 0 || seen[i].closes < 0 || seen[i].opens >= seen[i].closes)
			return refuse(err, place, "opens and closes are times HH:MM, in this order");
		for (size_t j = 0; j < i; j++) {
			if (seen[j].weekday == seen[i].weekday && seen[j].opens < seen[i].closes &&
			    seen[i].opens < seen[j].closes)
				return refuse(err, place, "this overlaps another stretch of the same day");
		}
	}
	return ERR_NONE;
}

static enum err_code check_holidays(const json_t *holidays, int from, int until, struct err *err)
{
	size_t n = json_array_size(holidays);
	int before = from - 1;
	if (!json_is_array(holidays) || n > HOLIDAYS_MAX)
		return refuse(err, "/bank_holidays", "a list of at most 2000 days is needed");
	for (size_t i = 0; i < n; i++) {
		char place[40];
		(void)snprintf(place, sizeof place, "/bank_holidays/%zu", i);
		const json_t *row = json_array_get(holidays, i);
		const char *date = json_text(row, "date");
		const char *title = json_text(row, "title");
		int day = 0;
		if (date == NULL || !clock_parse_date(date, &day))
			return refuse(err, place, "date is no calendar date");
		if (day <= before || day > until)
			return refuse(err, place, "the days ascend, and lie within what the calendar covers");
		if (title == NULL || title[0] == '\0' || strlen(title) > TITLE_MAX)
			return refuse(err, place, "title is missing or too long");
		before = day;
	}
	return ERR_NONE;
}

enum err_code calendar_check(const json_t *document, struct err *err)
{
	const char *name = json_text(document, "name");
	const char *zone = json_text(document, "time_zone");
	const char *from_text = json_text(document, "covers_from");
	const char *until_text = json_text(document, "covers_until");
	int from = 0;
	int until = 0;
	if (name == NULL || name[0] == '\0' || strlen(name) > TITLE_MAX)
		return refuse(err, "/name", "a name is needed");
	if (zone == NULL || zone[0] == '\0')
		return refuse(err, "/time_zone", "a time zone is needed, such as Europe/London");
	if (from_text == NULL || !clock_parse_date(from_text, &from))
		return refuse(err, "/covers_from", "a calendar date is needed");
	if (until_text == NULL || !clock_parse_date(until_text, &until) || until < from)
		return refuse(err, "/covers_until", "a calendar date is needed, not before covers_from");
	enum err_code code = check_hours(json_object_get(document, "hours"), err);
	return code == ERR_NONE ? check_holidays(json_object_get(document, "bank_holidays"), from, until, err) : code;
}
