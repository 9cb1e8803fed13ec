/* Atomics in fixed places; the text is made when somebody asks for it. */
#include "http/metrics.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { BUCKETS_MAX = 14, CLASSES = 5 };
enum type { counter, gauge, per_kind };

static const struct {
	enum type type;
	const char *name;
	const char *label;
	const char *help;
} rows[METRIC_COUNT] = {
#define METRIC_ROW(metric, type, name, label, help) [metric] = {type, name, label, help},
	METRIC_TABLE(METRIC_ROW)
#undef METRIC_ROW
};

/* Upper bounds, ascending; +Inf is implied. */
struct bounds {
	size_t n;
	double upper[BUCKETS_MAX];
};

static const struct bounds duration_bounds = {12,
					      {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10}};

static const struct {
	const char *name;
	const char *help;
	struct bounds bounds;
} histogram_rows[HISTOGRAM_COUNT] = {
	[HISTOGRAM_BATCH_ITEMS] = {"mashd_batch_items",
				   "Writes that shared one commit.",
				   {7, {1, 2, 4, 8, 16, 32, 64}}},
	[HISTOGRAM_BATCH_SECONDS] = {"mashd_batch_duration_seconds",
				     "Time from the first statement of a batch to its commit.",
				     {10, {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 2.5}}},
	[HISTOGRAM_SWEEP_SECONDS] = {"mashd_sweep_duration_seconds",
				     "Time that a sweep of all partnerships took, whatever it found.",
				     {8, {0.005, 0.025, 0.1, 0.25, 1, 5, 30, 120}}},
};

/* Status 0 first: the client left. */
static const char *const class_names[CLASSES] = {"none", "2xx", "3xx", "4xx", "5xx"};

struct histogram {
	_Atomic uint64_t buckets[BUCKETS_MAX + 1]; /* not cumulative; the last in use is +Inf */
	_Atomic double sum;
};

struct operation {
	_Atomic uint64_t by_class[CLASSES];
	struct histogram durations;
};

struct metrics {
	const char *const *operation_names;
	size_t n_operations;
	const char *const *kind_names;
	size_t n_kinds;
	struct operation *operations; /* one more than names: "none" */
	_Atomic double *per_kind;     /* METRIC_COUNT rows of n_kinds */
	_Atomic double values[METRIC_COUNT];
	struct histogram histograms[HISTOGRAM_COUNT];
};

struct metrics *metrics_new(const char *const *operations, size_t n_operations, const char *const *kinds,
			    size_t n_kinds)
{
	struct metrics *metrics = calloc(1, sizeof *metrics);
	if (metrics == NULL)
		abort();
	metrics->operation_names = operations;
	metrics->n_operations = n_operations;
	metrics->kind_names = kinds;
	metrics->n_kinds = n_kinds;
	metrics->operations = calloc(n_operations + 1, sizeof *metrics->operations);
	metrics->per_kind = calloc(METRIC_COUNT * n_kinds + 1, sizeof *metrics->per_kind);
	if (metrics->operations == NULL || metrics->per_kind == NULL)
		abort();
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	if (metrics == NULL)
		return;
	free(metrics->operations);
	free((void *)metrics->per_kind);
	free(metrics);
}

static void add(_Atomic double *to, double value)
{
	double before = atomic_load_explicit(to, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(to, &before, before + value, memory_order_relaxed,
						      memory_order_relaxed))
		;
}

static void observe(struct histogram *histogram, const struct bounds *bounds, double value)
{
	size_t i = 0;
	while (i < bounds->n && value > bounds->upper[i])
		i++;
	(void)atomic_fetch_add_explicit(&histogram->buckets[i], 1, memory_order_relaxed);
	add(&histogram->sum, value);
}

size_t metrics_operation(const struct metrics *metrics, const char *operation)
{
	size_t i = 0;
	if (operation == NULL)
		return metrics->n_operations;
	while (i < metrics->n_operations && strcmp(metrics->operation_names[i], operation) != 0)
		i++;
	return i;
}

void metrics_request(struct metrics *metrics, size_t operation, int status, uint64_t duration_ns)
{
	size_t class = status >= 200 && status <= 599 ? (size_t)status / 100 - 1 : 0;
	struct operation *counted =
		&metrics->operations[operation < metrics->n_operations ? operation : metrics->n_operations];
	(void)atomic_fetch_add_explicit(&counted->by_class[class], 1, memory_order_relaxed);
	observe(&counted->durations, &duration_bounds, (double)duration_ns / 1e9);
}

void metrics_set(struct metrics *metrics, enum metric metric, double value)
{
	atomic_store_explicit(&metrics->values[metric], value, memory_order_relaxed);
}

void metrics_add(struct metrics *metrics, enum metric metric, double value)
{
	add(&metrics->values[metric], value);
}

void metrics_set_kind(struct metrics *metrics, enum metric metric, size_t kind, double value)
{
	if (kind < metrics->n_kinds)
		atomic_store_explicit(&metrics->per_kind[(size_t)metric * metrics->n_kinds + kind], value,
				      memory_order_relaxed);
}

void metrics_observe(struct metrics *metrics, enum metric_histogram histogram, double value)
{
	observe(&metrics->histograms[histogram], &histogram_rows[histogram].bounds, value);
}

static void add_head(struct buf *buf, const char *name, const char *type, const char *help)
{
	buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* 15 digits: every count below 10^15 is exact, and 0.1 stays 0.1. */
static void add_value(struct buf *buf, double value)
{
	buf_printf(buf, " %.15g\n", value);
}

/* `label` is `name="value"` or "". */
static void add_histogram(struct buf *buf, const char *name, const char *label, const struct histogram *histogram,
			  const struct bounds *bounds)
{
	const char *comma = label[0] == '\0' ? "" : ",";
	uint64_t total = 0;
	for (size_t i = 0; i < bounds->n; i++) {
		total += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
		buf_printf(buf, "%s_bucket{%s%sle=\"%g\"} %ju\n", name, label, comma, bounds->upper[i],
			   (uintmax_t)total);
	}
	total += atomic_load_explicit(&histogram->buckets[bounds->n], memory_order_relaxed);
	buf_printf(buf, "%s_bucket{%s%sle=\"+Inf\"} %ju\n", name, label, comma, (uintmax_t)total);
	bool labelled = label[0] != '\0';
	buf_printf(buf, "%s_sum%s%s%s", name, labelled ? "{" : "", label, labelled ? "}" : "");
	add_value(buf, atomic_load_explicit(&histogram->sum, memory_order_relaxed));
	buf_printf(buf, "%s_count%s%s%s %ju\n", name, labelled ? "{" : "", label, labelled ? "}" : "",
		   (uintmax_t)total);
}

static const char *operation_name(const struct metrics *metrics, size_t i)
{
	return i < metrics->n_operations ? metrics->operation_names[i] : "none";
}

static void write_requests(const struct metrics *metrics, struct buf *buf)
{
	add_head(buf, "mashd_requests_total", "counter",
		 "HTTP requests by operation and class of the reply's status (none: the client left before).");
	for (size_t i = 0; i <= metrics->n_operations; i++)
		for (size_t k = 0; k < CLASSES; k++)
			buf_printf(buf, "mashd_requests_total{operation=\"%s\",status=\"%s\"} %ju\n",
				   operation_name(metrics, i), class_names[k],
				   (uintmax_t)atomic_load_explicit(&metrics->operations[i].by_class[k],
								   memory_order_relaxed));
	add_head(buf, "mashd_request_duration_seconds", "histogram",
		 "Time from the request line to the end of the reply, by operation.");
	for (size_t i = 0; i <= metrics->n_operations; i++) {
		struct buf label;
		buf_init(&label, 256);
		buf_printf(&label, "operation=\"%s\"", operation_name(metrics, i));
		add_histogram(buf, "mashd_request_duration_seconds", buf_text(&label),
			      &metrics->operations[i].durations, &duration_bounds);
		buf_release(&label);
	}
}

static void write_row(const struct metrics *metrics, size_t row, struct buf *buf)
{
	const char *name = rows[row].name;
	const char *label = rows[row].label;
	if (row == 0 || strcmp(rows[row - 1].name, name) != 0)
		add_head(buf, name, rows[row].type == counter ? "counter" : "gauge", rows[row].help);
	if (rows[row].type != per_kind) {
		bool labelled = label[0] != '\0';
		buf_printf(buf, "%s%s%s%s", name, labelled ? "{" : "", label, labelled ? "}" : "");
		add_value(buf, atomic_load_explicit(&metrics->values[row], memory_order_relaxed));
		return;
	}
	for (size_t i = 0; i < metrics->n_kinds; i++) {
		buf_printf(buf, "%s{kind=\"%s\"}", name, metrics->kind_names[i]);
		add_value(buf,
			  atomic_load_explicit(&metrics->per_kind[row * metrics->n_kinds + i], memory_order_relaxed));
	}
}

void metrics_write(const struct metrics *metrics, struct buf *buf)
{
	write_requests(metrics, buf);
	for (size_t i = 0; i < METRIC_COUNT; i++)
		write_row(metrics, i, buf);
	for (size_t i = 0; i < HISTOGRAM_COUNT; i++) {
		add_head(buf, histogram_rows[i].name, "histogram", histogram_rows[i].help);
		add_histogram(buf, histogram_rows[i].name, "", &metrics->histograms[i], &histogram_rows[i].bounds);
	}
}
