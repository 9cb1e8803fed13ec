/* Clocks, and the Gregorian calendar without libc's time zones. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

enum { FIRST_YEAR = 1900, LAST_YEAR = 2200, OFFSET_MINUTES_MAX = 14 * 60 };

static const int64_t US_PER_DAY = INT64_C(86400) * 1000000;

uint64_t clock_monotonic_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

uint64_t clock_unix_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void clock_now_text(char ret_text[CLOCK_TEXT_SIZE])
{
	struct timespec t;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	clock_instant_text((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000, ret_text);
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar; years count from March to keep leap days last. */
static int day_of(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int month_from_march = (month + 9) % 12;
	int day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
	return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static void date_of(int days, int *ret_year, int *ret_month, int *ret_day)
{
	int64_t z = (int64_t)days + 719468;
	int64_t era = z / 146097;
	int64_t of_era = z % 146097;
	int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	*ret_day = (int)(day_of_year - (153 * month_from_march + 2) / 5) + 1;
	*ret_month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	*ret_year = (int)(year_of_era + era * 400) + (*ret_month <= 2 ? 1 : 0);
}

/* Exactly `count` digits at `text` as a number; -1 where there is anything else. */
static int digits(const char *text, int count)
{
	int number = 0;
	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

static int days_in(int year, int month)
{
	static const int length[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month == 2 && leap ? 29 : length[month - 1];
}

/* The ten characters of a date at the start of `text`. */
static bool parse_date_prefix(const char *text, int *ret_day)
{
	if (strnlen(text, 10) < 10 || text[4] != '-' || text[7] != '-')
		return false;
	int year = digits(text, 4);
	int month = digits(text + 5, 2);
	int day = digits(text + 8, 2);
	if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return false;
	*ret_day = day_of(year, month, day);
	return true;
}

bool clock_parse_date(const char *text, int *ret_day)
{
	return strlen(text) == 10 && parse_date_prefix(text, ret_day);
}

void clock_date_text(int day, char ret_text[11])
{
	int y;
	int m;
	int d;
	date_of(day, &y, &m, &d);
	(void)snprintf(ret_text, 11, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100, (unsigned)d % 100);
}

/* ".123" and so on; moves `*at` behind it. */
static bool parse_fraction(const char **at, int64_t *ret_us)
{
	*ret_us = 0;
	if (**at != '.')
		return true;
	(*at)++;
	int64_t unit = 100000;
	int count = 0;
	for (; **at >= '0' && **at <= '9'; (*at)++, count++) {
		*ret_us += (**at - '0') * unit;
		unit /= 10;
	}
	return count > 0;
}

static bool parse_offset(const char *at, int64_t *ret_us)
{
	*ret_us = 0;
	if ((at[0] == 'Z' || at[0] == 'z') && at[1] == '\0')
		return true;
	if ((at[0] != '+' && at[0] != '-') || strlen(at) != 6 || at[3] != ':')
		return false;
	int hours = digits(at + 1, 2);
	int minutes = digits(at + 4, 2);
	if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > OFFSET_MINUTES_MAX)
		return false;
	*ret_us = (int64_t)(hours * 60 + minutes) * 60000000 * (at[0] == '-' ? -1 : 1);
	return true;
}

bool clock_parse_instant(const char *text, int64_t *ret_us)
{
	int day;
	if (strnlen(text, 20) < 20 || !parse_date_prefix(text, &day))
		return false;
	if ((text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
		return false;
	int hour = digits(text + 11, 2);
	int minute = digits(text + 14, 2);
	int second = digits(text + 17, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	const char *at = text + 19;
	int64_t fraction;
	int64_t offset;
	if (!parse_fraction(&at, &fraction) || !parse_offset(at, &offset))
		return false;
	int64_t us = day * US_PER_DAY + (int64_t)(hour * 3600 + minute * 60 + second) * 1000000 + fraction - offset;
	if (us < day_of(FIRST_YEAR, 1, 1) * US_PER_DAY || us >= day_of(LAST_YEAR + 1, 1, 1) * US_PER_DAY)
		return false; /* the offset leads out of the years */
	*ret_us = us;
	return true;
}

void clock_instant_text(int64_t us, char ret_text[CLOCK_TEXT_SIZE])
{
	int64_t day = us / US_PER_DAY;
	int64_t rest = us % US_PER_DAY;
	if (rest < 0) {
		rest += US_PER_DAY;
		day--;
	}
	int y;
	int m;
	int d;
	date_of((int)day, &y, &m, &d);
	unsigned seconds = (unsigned)(rest / 1000000);
	(void)snprintf(ret_text, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ", (unsigned)y % 10000,
		       (unsigned)m % 100, (unsigned)d % 100, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
		       (unsigned)(rest % 1000000));
}
