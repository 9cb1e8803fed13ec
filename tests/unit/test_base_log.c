/* Log lines: each one valid JSON on a line of its own, whatever its fields hold and however many threads write. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

#include "base/banned.h"

enum { OUTPUT_MAX = 8 << 20 };

/* Standard error goes to a file while a test writes its lines. */
struct capture {
	FILE *file;
	int stderr_fd;
	char *text;
	size_t size;
};

static void capture_start(struct capture *capture)
{
	*capture = (struct capture){.file = tmpfile()};
	assert_non_null(capture->file);
	capture->stderr_fd = dup(STDERR_FILENO);
	assert_int_equal(fcntl(fileno(capture->file), F_SETFL, O_APPEND), 0);
	assert_true(dup2(fileno(capture->file), STDERR_FILENO) >= 0);
}

static void capture_end(struct capture *capture)
{
	assert_true(dup2(capture->stderr_fd, STDERR_FILENO) >= 0);
	(void)close(capture->stderr_fd);
	capture->text = calloc(1, OUTPUT_MAX);
	assert_non_null(capture->text);
	rewind(capture->file);
	capture->size = fread(capture->text, 1, OUTPUT_MAX - 1, capture->file);
	(void)fclose(capture->file);
}

/* The next line as JSON; NULL at the end. A line that is no JSON object, or has no newline, fails. */
static json_t *next_line(const char **at)
{
	if (**at == '\0')
		return NULL;
	const char *end = strchr(*at, '\n');
	if (end == NULL)
		fail_msg("the last line has no end: …%s", strlen(*at) > 60 ? *at + strlen(*at) - 60 : *at);
	json_t *line = NULL;
	struct err err;
	if (json_read(*at, (size_t)(end - *at), &line, &err) != ERR_NONE)
		fail_msg("%s: %s", err.detail, *at);
	assert_true(json_is_object(line));
	*at = end + 1;
	return line;
}

static void writes_one_object_a_line(void **state)
{
	struct capture capture;
	(void)state;
	capture_start(&capture);
	log_info("first", "name", "value", "none", (const char *)NULL, "quoted", "a\"b\\c\nd\x01");
	log_warning("second");
	log_error("third", "place", "");
	capture_end(&capture);
	const char *at = capture.text;

	JSON_AUTO json_t *first = next_line(&at);
	int64_t us;
	assert_true(clock_parse_instant(json_text(first, "time"), &us));
	assert_string_equal(json_text(first, "level"), "info");
	assert_string_equal(json_text(first, "event"), "first");
	assert_string_equal(json_text(first, "name"), "value");
	assert_string_equal(json_text(first, "quoted"), "a\"b\\c\nd\x01");
	assert_int_equal(json_object_size(first), 5);
	JSON_AUTO json_t *second = next_line(&at);
	assert_string_equal(json_text(second, "level"), "warning");
	assert_int_equal(json_object_size(second), 3);
	JSON_AUTO json_t *third = next_line(&at);
	assert_string_equal(json_text(third, "level"), "error");
	assert_string_equal(json_text(third, "place"), "");
	assert_null(next_line(&at));
	free(capture.text);
}

static void leaves_out_what_lies_above_the_level(void **state)
{
	struct capture capture;
	size_t lines = 0;
	(void)state;
	capture_start(&capture);
	for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
		log_set_level((enum log_level)level);
		for (int of_line = LOG_LEVEL_ERROR; of_line <= LOG_LEVEL_DEBUG; of_line++)
			log_event((enum log_level)of_line, "line", (const char *)0);
	}
	log_set_level(LOG_LEVEL_INFO);
	log_event(LOG_LEVEL_DEBUG, "hidden", (const char *)0);
	capture_end(&capture);
	for (const char *at = capture.text; *at != '\0'; lines++) {
		JSON_AUTO json_t *line = next_line(&at);
		assert_string_equal(json_text(line, "event"), "line");
	}
	assert_int_equal(lines, 1 + 2 + 3 + 4);
	free(capture.text);
}

/* Lengths around the cut of a value and around the end of the line, in characters of one to four bytes. */
static void stays_valid_at_every_length(void **state)
{
	static const char *const letters[] = {"a", "é", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\""};
	(void)state;
	for (size_t letter = 0; letter < sizeof letters / sizeof *letters; letter++) {
		struct capture capture;
		size_t lines = 0;
		capture_start(&capture);
		for (size_t length = 0; length < 1100; length++) {
			char value[1200];
			size_t wide = strlen(letters[letter]);
			memset(value, 'x', length);
			for (size_t at = length % wide; at + wide <= length; at += wide)
				memcpy(value + at, letters[letter], wide);
			value[length] = '\0';
			log_info("one", "value", value);
			log_info("four", "a", value, "b", value, "c", value, "d", value);
		}
		capture_end(&capture);
		for (const char *at = capture.text; *at != '\0'; lines++) {
			const char *start = at;
			JSON_AUTO json_t *line = next_line(&at);
			assert_non_null(json_text(line, "event"));
			assert_true(at - start <= 4096);
		}
		assert_int_equal(lines, 2 * 1100);
		free(capture.text);
	}
}

enum { THREADS = 4, LINES = 2000 };

static void *write_lines(void *ctx)
{
	for (int i = 0; i < LINES; i++)
		log_info("line", "thread", (const char *)ctx, "filling", "0123456789012345678901234567890123456789");
	return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
	static const char *const names[THREADS] = {"a", "b", "c", "d"};
	pthread_t threads[THREADS];
	size_t counts[THREADS] = {0};
	struct capture capture;
	(void)state;
	capture_start(&capture);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_create(&threads[i], NULL, write_lines, (void *)(uintptr_t)names[i]);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	capture_end(&capture);
	for (const char *at = capture.text; *at != '\0';) {
		JSON_AUTO json_t *line = next_line(&at);
		counts[json_text(line, "thread")[0] - 'a']++;
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(counts[i], LINES);
	free(capture.text);
}

static void counts_lines(void **state)
{
	struct capture capture;
	unsigned long before[LOG_LEVEL_DEBUG + 1];
	(void)state;
	for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++)
		before[level] = log_count((enum log_level)level);
	unsigned long dropped = log_dropped();
	capture_start(&capture);
	log_error("a");
	log_info("b");
	log_info("c");
	log_event(LOG_LEVEL_DEBUG, "hidden", (const char *)0);
	int full = open("/dev/full", O_WRONLY);
	assert_true(full >= 0);
	assert_true(dup2(full, STDERR_FILENO) >= 0);
	log_warning("lost");
	(void)close(full);
	capture_end(&capture);
	assert_int_equal(log_count(LOG_LEVEL_ERROR) - before[LOG_LEVEL_ERROR], 1);
	assert_int_equal(log_count(LOG_LEVEL_WARNING) - before[LOG_LEVEL_WARNING], 0);
	assert_int_equal(log_count(LOG_LEVEL_INFO) - before[LOG_LEVEL_INFO], 2);
	assert_int_equal(log_count(LOG_LEVEL_DEBUG) - before[LOG_LEVEL_DEBUG], 0);
	assert_int_equal(log_dropped() - dropped, 1);
	free(capture.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_one_object_a_line),
		cmocka_unit_test(leaves_out_what_lies_above_the_level),
		cmocka_unit_test(stays_valid_at_every_length),
		cmocka_unit_test(lines_of_threads_do_not_mix),
		cmocka_unit_test(counts_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
