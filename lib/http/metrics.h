/*
 * The figures of the running process in Prometheus's text format. One table says what exists; counting is lock-free and
 * cheap enough for every request, from any thread. Nothing about a person, no identifier, is ever a label.
 */
#ifndef MASHD_HTTP_METRICS_H
#define MASHD_HTTP_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * X(metric, type, name, fixed label or "", help). Rows of one name stand together. Type `counter` or `gauge`: one value;
 * `per_kind`: a gauge with one value per kind of follow-up.
 */
#define METRIC_TABLE(X)                                                                                            \
	X(METRIC_CONNECTIONS, gauge, "mashd_connections", "", "Open HTTP connections.")                            \
	X(METRIC_CONNECTIONS_CUT, counter, "mashd_connections_cut_total", "",                                      \
	  "HTTP connections that were cut at a deadline.")                                                         \
	X(METRIC_QUEUE_DEPTH, gauge, "mashd_queue_depth", "", "Requests that wait for a worker.")                  \
	X(METRIC_IN_FLIGHT, gauge, "mashd_requests_in_flight", "", "Complete requests without a reply yet.")       \
	X(METRIC_BODY_BYTES, gauge, "mashd_request_body_bytes", "", "Memory held by request bodies.")              \
	X(METRIC_DB_CONNECTIONS, gauge, "mashd_db_connections", "", "Database connections that are up.")           \
	X(METRIC_DB_RECONNECTS, counter, "mashd_db_reconnects_total", "", "Database connections made again.")      \
	X(METRIC_SWEEP_LAG, gauge, "mashd_sweep_lag_seconds", "", "Time since the last complete sweep.")           \
	X(METRIC_SWEEPS, counter, "mashd_sweeps_total", "outcome=\"ok\"", "Sweeps for overdue follow-ups.")        \
	X(METRIC_SWEEPS_FAILED, counter, "mashd_sweeps_total", "outcome=\"failed\"", "")                           \
	X(METRIC_FOLLOW_UPS_OPEN, per_kind, "mashd_follow_ups_open", "", "Open follow-ups, as of the last sweep.") \
	X(METRIC_FOLLOW_UPS_OVERDUE, per_kind, "mashd_follow_ups_overdue", "",                                     \
	  "Open follow-ups past their due time, as of the last sweep.")                                            \
	X(METRIC_COMPARED, counter, "mashd_referrals_compared_total", "",                                          \
	  "Referrals whose people were compared with those that are known.")                                       \
	X(METRIC_CALENDAR_COVERAGE, gauge, "mashd_calendar_coverage_seconds", "",                                  \
	  "How far ahead the shortest calendar in use reaches.")                                                   \
	X(METRIC_LOG_ERRORS, counter, "mashd_log_lines_total", "level=\"error\"", "Lines logged.")                 \
	X(METRIC_LOG_WARNINGS, counter, "mashd_log_lines_total", "level=\"warning\"", "")                          \
	X(METRIC_LOG_INFOS, counter, "mashd_log_lines_total", "level=\"info\"", "")                                \
	X(METRIC_LOG_DROPPED, counter, "mashd_log_lines_dropped_total", "", "Lines that could not be written.")

enum metric {
#define METRIC_ENUM(metric, type, name, label, help) metric,
	METRIC_TABLE(METRIC_ENUM)
#undef METRIC_ENUM
		METRIC_COUNT,
};

/* Distributions that are not per operation. */
enum metric_histogram { HISTOGRAM_BATCH_ITEMS, HISTOGRAM_BATCH_SECONDS, HISTOGRAM_SWEEP_SECONDS, HISTOGRAM_COUNT };

struct metrics;

/*
 * All values 0. The names are borrowed and must outlive the result; they are label values without quotes or backslashes.
 * Aborts without memory.
 */
struct metrics *metrics_new(const char *const *operations, size_t n_operations, const char *const *kinds,
			    size_t n_kinds);
void metrics_free(struct metrics *metrics);

/* The index of an operation; `n_operations` (counted as operation="none") for NULL and unknown names. */
size_t metrics_operation(const struct metrics *metrics, const char *operation);
/* A request is over: reply status (0: the client left before there was one), and its duration. */
void metrics_request(struct metrics *metrics, size_t operation, int status, uint64_t duration_ns);
void metrics_set(struct metrics *metrics, enum metric metric, double value);
void metrics_add(struct metrics *metrics, enum metric metric, double value);
/* `kind` is an index into the kinds; others are ignored. */
void metrics_set_kind(struct metrics *metrics, enum metric metric, size_t kind, double value);
void metrics_observe(struct metrics *metrics, enum metric_histogram histogram, double value);

/* The whole exposition, content type METRICS_CONTENT_TYPE. */
#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"
void metrics_write(const struct metrics *metrics, struct buf *buf);

#endif
