/* The growable buffer: what was written is what is read, and past the ceiling nothing is written and that is known. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/buf.h"

#include "base/banned.h"

static void keeps_what_is_added(void **state)
{
	struct buf buf;
	(void)state;
	buf_init(&buf, 1000000);
	assert_string_equal(buf_text(&buf), "");
	buf_add(&buf, NULL, 0);
	assert_string_equal(buf_text(&buf), "");
	for (int i = 0; i < 5000; i++) {
		buf_add_text(&buf, "line ");
		buf_add_int(&buf, i);
		buf_add_char(&buf, '\n');
	}
	char *expected = calloc(1, 100000);
	size_t size = 0;
	assert_non_null(expected);
	for (int i = 0; i < 5000; i++)
		size += (size_t)snprintf(expected + size, 100000 - size, "line %d\n", i);
	assert_int_equal(buf.size, size);
	assert_string_equal(buf_text(&buf), expected);
	assert_false(buf.overflow);
	free(expected);

	char *before = buf.data;
	buf_clear(&buf);
	assert_string_equal(buf_text(&buf), "");
	buf_add(&buf, "a\0b", 3);
	assert_ptr_equal(buf.data, before); /* keeps the memory */
	assert_int_equal(buf.size, 3);
	assert_memory_equal(buf_text(&buf), "a\0b", 4);
	buf_release(&buf);
	assert_string_equal(buf_text(&buf), "");
}

static void writes_numbers(void **state)
{
	static const int64_t numbers[] = {
		0, 1, -1, 9, 10, -10, 99, 100, 2147483647, -2147483648LL, INT64_C(999999999999), INT64_MAX, INT64_MIN,
	};
	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct buf buf;
		char text[32];
		buf_init(&buf, 100);
		buf_add_int(&buf, numbers[i]);
		(void)snprintf(text, sizeof text, "%" PRId64, numbers[i]);
		assert_string_equal(buf_text(&buf), text);
		buf_release(&buf);
	}
}

/* With each ceiling: all or nothing of a piece, nothing after the first that did not fit, and the flag says so. */
static void stops_at_its_ceiling(void **state)
{
	(void)state;
	for (size_t ceiling = 0; ceiling < 40; ceiling++) {
		struct buf buf;
		buf_init(&buf, ceiling);
		for (int i = 0; i < 4; i++)
			buf_add_text(&buf, "0123456");
		buf_add_char(&buf, 'x');
		size_t fitting = ceiling / 7 > 4 ? 4 : ceiling / 7;
		size_t expected = fitting * 7 + (fitting == 4 && ceiling > 28 ? 1 : 0);
		assert_int_equal(buf.size, expected);
		assert_int_equal(buf.overflow, ceiling < 29);
		assert_int_equal(strlen(buf_text(&buf)), expected);
		buf_clear(&buf);
		assert_false(buf.overflow);
		buf_printf(&buf, "%s", "0123456");
		assert_int_equal(buf.size, ceiling >= 7 ? 7 : 0);
		assert_int_equal(buf.overflow, ceiling < 7);
		buf_release(&buf);
		assert_int_equal(buf.ceiling, ceiling);
	}
	struct buf buf;
	buf_init(&buf, 100);
	buf_add_text(&buf, "a");
	buf_add(&buf, "b", SIZE_MAX);
	assert_true(buf.overflow);
	assert_string_equal(buf_text(&buf), "a");
	buf_release(&buf);
}

static void formats(void **state)
{
	struct buf buf;
	(void)state;
	buf_init(&buf, 100000);
	buf_printf(&buf, "%s=%d;", "a", 1);
	buf_printf(&buf, "%s", "");
	buf_printf(&buf, "%*d", 5000, 7);
	assert_int_equal(buf.size, 5004);
	assert_memory_equal(buf_text(&buf), "a=1;  ", 6);
	assert_string_equal(buf_text(&buf) + 5000, "   7");
	buf_release(&buf);
}

static void hands_its_memory_over(void **state)
{
	struct buf buf;
	size_t size = 77;
	(void)state;
	buf_init(&buf, 100);
	assert_null(buf_take(&buf, &size));
	assert_int_equal(size, 0);
	buf_add_text(&buf, "abc");
	char *text = buf_take(&buf, &size);
	assert_string_equal(text, "abc");
	assert_int_equal(size, 3);
	free(text);
	buf_add_text(&buf, "d");
	assert_string_equal(buf_text(&buf), "d");
	buf_release(&buf);
}

/* What is written as a string reads back as it was: every byte of ASCII, alone and between others, and beyond ASCII. */
static void json_strings_read_back(void **state)
{
	static const char *const words[] = {
		"",           "plain",          "\"quoted\"",       "back\\slash", "a/b",
		"\b\f\n\r\t", "é—\xe2\x80\xa8", "\xf0\x9f\x98\x80", "</script>",
	};
	(void)state;
	for (size_t i = 0; i < 127 + sizeof words / sizeof words[0]; i++) {
		const char text[] = {'x', (char)(i + 1), 'y', '\0'};
		const char *word = i < 127 ? text : words[i - 127];
		struct buf buf;
		buf_init(&buf, 1000);
		buf_add_json_string(&buf, word, strlen(word));
		json_t *read = json_loads(buf_text(&buf), JSON_DECODE_ANY, NULL);
		assert_non_null(read);
		assert_string_equal(json_string_value(read), word);
		for (size_t j = 0; j < buf.size; j++)
			assert_true((unsigned char)buf.data[j] >= 0x20);
		json_decref(read);
		buf_release(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_is_added),   cmocka_unit_test(writes_numbers),
		cmocka_unit_test(stops_at_its_ceiling),  cmocka_unit_test(formats),
		cmocka_unit_test(hands_its_memory_over), cmocka_unit_test(json_strings_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
