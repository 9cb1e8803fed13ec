/* The figures' text; promtool, where it is installed, has the last word on the format. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "http/metrics.h"

static const char *const operations[] = {"createReferral", "getReferral"};
static const char *const kinds[] = {"acknowledge", "triage", "discuss"};

static struct metrics *metrics_made(void)
{
	return metrics_new(operations, 2, kinds, 3);
}

/* True where `line` stands alone on a line. */
static int has(const struct metrics *metrics, const char *line)
{
	struct buf buf;
	buf_init(&buf, (size_t)1 << 20);
	buf_add_char(&buf, '\n');
	metrics_write(metrics, &buf);
	char wanted[300];
	(void)snprintf(wanted, sizeof wanted, "\n%s\n", line);
	int found = strstr(buf_text(&buf), wanted) != NULL;
	buf_release(&buf);
	return found;
}

static void counts_requests(void **state)
{
	struct metrics *m = metrics_made();
	(void)state;
	assert_int_equal(metrics_operation(m, "getReferral"), 1);
	assert_int_equal(metrics_operation(m, "nothing"), 2);
	assert_int_equal(metrics_operation(m, NULL), 2);
	metrics_request(m, 0, 201, 3000000);
	metrics_request(m, 0, 201, 1000000); /* exactly a bound: inside it */
	metrics_request(m, 0, 503, UINT64_C(60000000000));
	metrics_request(m, 1, 0, 0);
	metrics_request(m, 99, 404, 0);
	assert_true(has(m, "mashd_requests_total{operation=\"createReferral\",status=\"2xx\"} 2"));
	assert_true(has(m, "mashd_requests_total{operation=\"createReferral\",status=\"5xx\"} 1"));
	assert_true(has(m, "mashd_requests_total{operation=\"getReferral\",status=\"none\"} 1"));
	assert_true(has(m, "mashd_requests_total{operation=\"none\",status=\"4xx\"} 1"));
	assert_true(has(m, "mashd_request_duration_seconds_bucket{operation=\"createReferral\",le=\"0.001\"} 1"));
	assert_true(has(m, "mashd_request_duration_seconds_bucket{operation=\"createReferral\",le=\"0.005\"} 2"));
	assert_true(has(m, "mashd_request_duration_seconds_bucket{operation=\"createReferral\",le=\"10\"} 2"));
	assert_true(has(m, "mashd_request_duration_seconds_bucket{operation=\"createReferral\",le=\"+Inf\"} 3"));
	assert_true(has(m, "mashd_request_duration_seconds_sum{operation=\"createReferral\"} 60.004"));
	assert_true(has(m, "mashd_request_duration_seconds_count{operation=\"createReferral\"} 3"));
	metrics_free(m);
}

static void keeps_values(void **state)
{
	struct metrics *m = metrics_made();
	(void)state;
	metrics_set(m, METRIC_QUEUE_DEPTH, 7);
	metrics_set(m, METRIC_SWEEP_LAG, 2.5);
	metrics_add(m, METRIC_LOG_ERRORS, 1);
	metrics_add(m, METRIC_LOG_ERRORS, 1);
	metrics_set_kind(m, METRIC_FOLLOW_UPS_OVERDUE, 2, 12);
	metrics_set_kind(m, METRIC_FOLLOW_UPS_OVERDUE, 3, 99);
	metrics_observe(m, HISTOGRAM_BATCH_ITEMS, 1);
	metrics_observe(m, HISTOGRAM_BATCH_ITEMS, 64);
	metrics_observe(m, HISTOGRAM_BATCH_ITEMS, 65);
	assert_true(has(m, "mashd_queue_depth 7"));
	assert_true(has(m, "mashd_sweep_lag_seconds 2.5"));
	assert_true(has(m, "mashd_log_lines_total{level=\"error\"} 2"));
	assert_true(has(m, "mashd_log_lines_total{level=\"info\"} 0"));
	assert_true(has(m, "mashd_follow_ups_overdue{kind=\"discuss\"} 12"));
	assert_true(has(m, "mashd_follow_ups_overdue{kind=\"acknowledge\"} 0"));
	assert_true(has(m, "mashd_batch_items_bucket{le=\"1\"} 1"));
	assert_true(has(m, "mashd_batch_items_bucket{le=\"64\"} 2"));
	assert_true(has(m, "mashd_batch_items_sum 130"));
	assert_true(has(m, "mashd_batch_items_count 3"));
	metrics_free(m);
}

static void *count_many(void *ctx)
{
	for (int i = 0; i < 10000; i++) {
		metrics_request(ctx, 0, 200, 1000000);
		metrics_add(ctx, METRIC_DB_RECONNECTS, 1);
	}
	return NULL;
}

static void loses_nothing_between_threads(void **state)
{
	struct metrics *m = metrics_made();
	pthread_t threads[4];
	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, m), 0);
	for (int i = 0; i < 4; i++)
		(void)pthread_join(threads[i], NULL);
	assert_true(has(m, "mashd_requests_total{operation=\"createReferral\",status=\"2xx\"} 40000"));
	assert_true(has(m, "mashd_db_reconnects_total 40000"));
	metrics_free(m);
}

static void promtool_is_content(void **state)
{
	struct metrics *m = metrics_made();
	struct buf buf;
	int ends[2];
	(void)state;
	metrics_request(m, 0, 201, 3000000);
	buf_init(&buf, (size_t)1 << 20);
	metrics_write(m, &buf);
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)dup2(ends[0], 0);
		(void)close(ends[0]);
		(void)close(ends[1]);
		(void)execlp("promtool", "promtool", "check", "metrics", (char *)NULL);
		_exit(127);
	}
	(void)close(ends[0]);
	assert_int_equal(write(ends[1], buf.data, buf.size), (ssize_t)buf.size);
	(void)close(ends[1]);
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	buf_release(&buf);
	metrics_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_requests),
		cmocka_unit_test(keeps_values),
		cmocka_unit_test(loses_nothing_between_threads),
		cmocka_unit_test(promtool_is_content),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
