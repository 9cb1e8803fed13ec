/*
 * The log: one JSON line an event on standard error. Never personal data: no names, no bodies, no addresses of records'
 * subjects, no values that a client sent. Only lib/app and cmd/ log; the library returns errors.
 */
#ifndef MASHD_BASE_LOG_H
#define MASHD_BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above `level` are left out. Before the first call: info. */
void log_set_level(enum log_level level);

/*
 * {"time":…,"level":…,"event":"snake_case", name: value, …}. Fields are pairs of text; a NULL name ends them; a pair with a
 * NULL value is left out. One write() a line, so lines of several threads don't mix.
 */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));
#define log_error(...)   log_event(LOG_LEVEL_ERROR, __VA_ARGS__, (const char *)0)
#define log_warning(...) log_event(LOG_LEVEL_WARNING, __VA_ARGS__, (const char *)0)
#define log_info(...)    log_event(LOG_LEVEL_INFO, __VA_ARGS__, (const char *)0)

/* Lines of a level so far, and lines of any level that could not be written: for the metrics. */
unsigned long log_count(enum log_level level);
unsigned long log_dropped(void);

#endif
