/* The daemon's settings: one table. A new one is a row here and a member; everything else reads the table. */
#ifndef MASHD_APP_SETTINGS_H
#define MASHD_APP_SETTINGS_H

#include "base/setting.h"

/* X(kind, type, member, flag, environment, default, min, max, help) */
#define SETTINGS_TABLE(X)                                                                                              \
	X(SETTING_TEXT, const char *, listen, "listen", "MASHD_LISTEN", "127.0.0.1:8080", 0, 0,                        \
	  "numeric address and port to listen on; port 0 lets the kernel choose")                                      \
	X(SETTING_SECRET, const char *, database_url, "database-url", "DATABASE_URL", NULL, 0, 0,                      \
	  "PostgreSQL, as the application role")                                                                       \
	X(SETTING_SECRET, const char *, cursor_key, "cursor-key", "MASHD_CURSOR_KEY", NULL, 0, 0,                      \
	  "key of list cursors, 32 characters or more, the same for all daemons; random where not set")                \
	X(SETTING_TEXT, const char *, policy, "policy", "MASHD_POLICY", "england", 0, 0,                               \
	  "name of the policy to judge by")                                                                            \
	X(SETTING_TEXT, const char *, log_level, "log-level", "MASHD_LOG_LEVEL", "info", 0, 0,                         \
	  "error, warning, info (a line a request) or debug")                                                          \
	X(SETTING_NUMBER, long, workers, "workers", "MASHD_WORKERS", "8", 1, 256,                                      \
	  "threads that work on requests, each with a database connection")                                            \
	X(SETTING_NUMBER, long, queue_max, "queue-max", "MASHD_QUEUE_MAX", "1024", 1, 100000,                          \
	  "requests that may wait for a worker; further ones are answered 503")                                        \
	X(SETTING_NUMBER, long, queue_age_ms, "queue-age-ms", "MASHD_QUEUE_AGE_MS", "10000", 10, 600000,               \
	  "milliseconds that a request may wait for a worker")                                                         \
	X(SETTING_NUMBER, long, connections_max, "connections-max", "MASHD_CONNECTIONS_MAX", "4096", 1, 100000,        \
	  "open connections")                                                                                          \
	X(SETTING_NUMBER, long, body_max, "body-max", "MASHD_BODY_MAX", "1048576", 1024, 67108864,                     \
	  "bytes of one body")                                                                                         \
	X(SETTING_NUMBER, long, body_budget, "body-budget", "MASHD_BODY_BUDGET", "67108864", 1048576, 17179869184L,    \
	  "bytes of all bodies in memory together")                                                                    \
	X(SETTING_NUMBER, long, request_deadline_ms, "request-deadline-ms", "MASHD_REQUEST_DEADLINE_MS", "15000", 10,  \
	  600000, "milliseconds in which a request must have arrived")                                                 \
	X(SETTING_NUMBER, long, reply_deadline_ms, "reply-deadline-ms", "MASHD_REPLY_DEADLINE_MS", "30000", 10,        \
	  600000, "milliseconds in which a reply must have been read")                                                 \
	X(SETTING_NUMBER, long, idle_deadline_ms, "idle-deadline-ms", "MASHD_IDLE_DEADLINE_MS", "60000", 10, 3600000,  \
	  "milliseconds that a connection is kept without a request")                                                  \
	X(SETTING_NUMBER, long, drain_deadline_ms, "drain-deadline-ms", "MASHD_DRAIN_DEADLINE_MS", "25000", 0, 600000, \
	  "milliseconds for requests in flight to end when the daemon stops")                                          \
	X(SETTING_NUMBER, long, statement_timeout_ms, "statement-timeout-ms", "MASHD_STATEMENT_TIMEOUT_MS", "10000",   \
	  100, 600000, "milliseconds of one statement")                                                                \
	X(SETTING_NUMBER, long, lock_timeout_ms, "lock-timeout-ms", "MASHD_LOCK_TIMEOUT_MS", "2000", 10, 60000,        \
	  "milliseconds to wait for a lock, such as an idempotency key's")                                             \
	X(SETTING_NUMBER, long, batch_items_max, "batch-items-max", "MASHD_BATCH_ITEMS_MAX", "64", 1, 1000,            \
	  "referrals that the batch writer stores in one transaction")                                                 \
	X(SETTING_NUMBER, long, sweep_interval_ms, "sweep-interval-ms", "MASHD_SWEEP_INTERVAL_MS", "5000", 100,        \
	  3600000, "milliseconds from one sweep for overdue follow-ups to the next")                                   \
	X(SETTING_NUMBER, long, compare_interval_ms, "compare-interval-ms", "MASHD_COMPARE_INTERVAL_MS", "1000", 100,  \
	  3600000, "milliseconds from one comparison of new people with those known to the next")                      \
	X(SETTING_NUMBER, long, attempt_backdate_days, "attempt-backdate-days", "MASHD_ATTEMPT_BACKDATE_DAYS", "30",   \
	  0, 3650, "days back to which a contact attempt may be recorded")

struct settings {
#define SETTINGS_MEMBER(kind, type, member, flag, env, fallback, min, max, help) type member;
	SETTINGS_TABLE(SETTINGS_MEMBER)
#undef SETTINGS_MEMBER
};

extern const struct setting settings_table[];
extern const size_t settings_count;

/* What no single row can say: a database is named, the address has a port, the cursor key is long enough. */
enum err_code settings_check(const struct settings *settings, struct err *err) MUST_CHECK;
/* "127.0.0.1:8080" or "[::1]:8080" taken apart; the address goes into the arena. */
enum err_code settings_listen(const struct settings *settings, struct arena *arena, const char **ret_address,
			      unsigned short *ret_port, struct err *err) MUST_CHECK;

#endif
