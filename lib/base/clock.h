/*
 * The process's clocks. Times of the record come from the database alone (`mashd_now()`); these measure deadlines,
 * durations and the stamp inside identifiers and log lines.
 */
#ifndef MASHD_BASE_CLOCK_H
#define MASHD_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of a clock that never steps. */
uint64_t clock_monotonic_ns(void);
/* Milliseconds since 1970-01-01T00:00Z by the wall clock. */
uint64_t clock_unix_ms(void);

/* "2026-03-02T09:00:00.123456Z": RFC 3339, UTC, six decimals; 27 characters and a NUL. */
enum { CLOCK_TEXT_SIZE = 28 };
void clock_now_text(char ret_text[CLOCK_TEXT_SIZE]);

/*
 * A date-time of RFC 3339 with offset (leap seconds and offsets beyond 14 hours are refused), to microseconds since 1970
 * UTC. Fractions beyond six digits are cut. False where `text` is no such time or lies outside the years 1900 to 2200.
 */
bool clock_parse_instant(const char *text, int64_t *ret_us);
/* The reverse, in the form of clock_now_text(). */
void clock_instant_text(int64_t us, char ret_text[CLOCK_TEXT_SIZE]);

/* A calendar date "2026-03-02" to days since 1970-01-01; false where it is no date of the years 1900 to 2200. */
bool clock_parse_date(const char *text, int *ret_day);
/* The reverse; 10 characters and a NUL. */
void clock_date_text(int day, char ret_text[11]);

#endif
