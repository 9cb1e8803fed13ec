/* JSON: what is refused and where, canonical text against jansson's own, digests that do not see the order of members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/json.h"

#include "base/banned.h"

static int start(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

/* ---- reading ---- */

static void reads_what_is_json(void **state)
{
	static const char *const cases[] = {
		"{}",
		"[]",
		"null",
		"true",
		"0",
		"-1.5e3",
		"\"\"",
		" \n{ \"a\" : [ 1 , 2 ] }\t",
		"\"\\u0001\\u00e9\"",
		"\"\\ud83d\\ude00\"",
		"\"\\\\u0000\"",
		"\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"",
		"{\"\":{\"\":1}}",
		"9223372036854775807",
		"{\"a\":1,\"A\":2}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		JSON_AUTO json_t *json = NULL;
		struct err err = {0};
		if (json_read(cases[i], strlen(cases[i]), &json, &err) != ERR_NONE)
			fail_msg("%s was refused: %s", cases[i], err.detail);
		assert_non_null(json);
	}
	/* No more than `size` is read. */
	JSON_AUTO json_t *json = NULL;
	struct err err;
	assert_int_equal(json_read("12345", 2, &json, &err), ERR_NONE);
	assert_int_equal(json_integer_value(json), 12);
}

#define T(text) (text), sizeof(text) - 1

static const struct {
	const char *text;
	size_t size;
	const char *place; /* NULL: any */
	const char *detail;
} refused[] = {
	{T(""), "line 1, column 1", "the body is empty"},
	{T(" "), NULL, "the text ends too early"},
	{T("{"), NULL, "the text ends too early"},
	{T("{\"a\""), NULL, "the text ends too early"},
	{T("[1,]"), NULL, "this is not JSON"},
	{T("{\"a\":1,}"), NULL, "this is not JSON"},
	{T("{a:1}"), NULL, "this is not JSON"},
	{T("'a'"), NULL, "this is not JSON"},
	{T("// a\n1"), NULL, "this is not JSON"},
	{T("01"), NULL, NULL},
	{T("NaN"), NULL, "this is not JSON"},
	{T("\xef\xbb\xbf{}"), "line 1, column 1", "a byte order mark is not allowed"},
	{T("\"a\nb\""), NULL, "a line break in a string must be written as \\n"},
	{T("\"a\tb\""), NULL, "a control character in a string must be written as an escape"},
	{T("\"\\u12g4\""), NULL, "a backslash in a string is followed by what is no escape"},
	{T("\"a"), NULL, NULL},
	{T("\"a\\"), NULL, NULL},
	{T("{} {}"), NULL, "there is something behind the end of the JSON text"},
	{T("1 x"), NULL, "there is something behind the end of the JSON text"},
	{T("{\"a\":1,\"a\":1}"), NULL, "a member stands twice in one object"},
	{T("{\"a\":1,\"\\u0061\":2}"), NULL, "a member stands twice in one object"},
	{T("9223372036854775808"), NULL, "a number is too large"},
	{T("1e999"), NULL, "a number is too large"},
	{T("\"\xff\""), NULL, "the text is not valid UTF-8"},
	{T("\"\xc0\xaf\""), NULL, "the text is not valid UTF-8"},
	{T("\"\xed\xa0\x80\""), NULL, "the text is not valid UTF-8"},
	{T("\"\xf4\x90\x80\x80\""), NULL, "the text is not valid UTF-8"},
	{T("\"\xc3"), NULL, NULL},
	{T("\"\\ud83d\""), NULL, "half of a surrogate pair is not allowed"},
	{T("\"\\ude00\""), NULL, "half of a surrogate pair is not allowed"},
	{T("\"\\ud83d\\u0041\""), NULL, "half of a surrogate pair is not allowed"},
	{T("\"\\x41\""), NULL, "a backslash in a string is followed by what is no escape"},
	{T("{\n\"a\": \"x\\u0000\"}"), "line 2, column 8", "\\u0000 is not allowed"},
	{T("{\"a\\u0000\": 1}"), "line 1, column 4", "\\u0000 is not allowed"},
	{T("[1,\0]"), "line 1, column 4", "a NUL byte is not allowed"},
	{T("\"\0\""), "line 1, column 2", "a NUL byte is not allowed"},
	{T("\"\\\0\""), NULL, "a NUL byte is not allowed"},
	{T("{}\0"), "line 1, column 3", "a NUL byte is not allowed"},
};

static void refuses_the_rest(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		json_t *json = (json_t *)(uintptr_t)&refused;
		struct err err = {0};
		/* A copy without a NUL behind it: the sanitizer sees who reads too far. */
		char *copy = malloc(refused[i].size + 1);
		assert_non_null(copy);
		memcpy(copy, refused[i].text, refused[i].size);
		char *exact = realloc(copy, refused[i].size == 0 ? 1 : refused[i].size);
		if (json_read(exact, refused[i].size, &json, &err) != ERR_INVALID_JSON)
			fail_msg("case %zu was let through: %s", i, refused[i].text);
		free(exact);
		assert_ptr_equal(json, &refused); /* untouched */
		assert_memory_equal(err.place, "line ", 5);
		if (refused[i].place != NULL)
			assert_string_equal(err.place, refused[i].place);
		if (refused[i].detail != NULL)
			assert_string_equal(err.detail, refused[i].detail);
	}
}

/* A detail is shown and logged: it must not quote the input. */
static void never_quotes_the_input(void **state)
{
	static const char *const cases[] = {
		"{\"Tobias\": Brackenfield}",
		"[\"Tobias\" \"Brackenfield\"]",
		"{\"Tobias\":1,\"Tobias\":2}",
		"\"Tobias\\q\"",
		"{\"a\":1} Tobias",
		"Tobias",
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *json = NULL;
		struct err err;
		assert_int_equal(json_read(cases[i], strlen(cases[i]), &json, &err), ERR_INVALID_JSON);
		assert_null(strstr(err.detail, "Tobias"));
		assert_null(strstr(err.detail, "Bracken"));
		assert_null(strstr(err.place, "Tobias"));
	}
}

static void counts_the_nesting(void **state)
{
	static const char *const opening[] = {"[", "{\"a\":"};
	static const char *const closing[] = {"]", "}"};
	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		for (int depth = 1; depth <= 40; depth++) {
			struct buf buf;
			buf_init(&buf, 10000);
			for (int i = 0; i < depth; i++)
				buf_add_text(&buf, opening[(kind + i) % 2]);
			buf_add_text(&buf, "1");
			for (int i = depth - 1; i >= 0; i--)
				buf_add_text(&buf, closing[(kind + i) % 2]);
			JSON_AUTO json_t *json = NULL;
			struct err err;
			assert_int_equal(json_read(buf.data, buf.size, &json, &err),
					 depth <= JSON_DEPTH_MAX ? ERR_NONE : ERR_INVALID_JSON);
			if (depth > JSON_DEPTH_MAX)
				assert_string_equal(err.detail, "nesting is deeper than 32 levels");
			buf_release(&buf);
		}
	}
	/* Far too deep, and unclosed: found before anything recurses. */
	enum { FAR = 2000000 };
	char *text = malloc(FAR);
	assert_non_null(text);
	memset(text, '[', FAR);
	json_t *json = NULL;
	struct err err;
	assert_int_equal(json_read(text, FAR, &json, &err), ERR_INVALID_JSON);
	assert_string_equal(err.place, "line 1, column 33");
	free(text);
}

/* ---- writing: random trees ---- */

static uint64_t seed;

static unsigned below(unsigned n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % n;
}

static json_t *random_string(void)
{
	static const char *const pieces[] = {
		"a",
		"Z",
		"_",
		"0",
		" ",
		"/",
		"\"",
		"\\",
		"\n",
		"\t",
		"\r",
		"\x7f",
		"é",
		"\xe2\x82\xac",
		"\xf0\x9f\x98\x80",
		"name",
		"date",
		"\xef\xbf\xbf",
	};
	char text[64] = "";
	size_t size = 0;
	for (unsigned n = below(8); n > 0; n--)
		size += (size_t)snprintf(text + size, sizeof text - size, "%s",
					 pieces[below(sizeof pieces / sizeof *pieces)]);
	return json_string(text);
}

static json_t *random_scalar(void)
{
	switch (below(6)) {
	case 0:
		return json_integer(((json_int_t)below(1u << 31) - (1 << 30)) * (1 + below(1000000)));
	case 1:
		return json_boolean(below(2) == 0);
	case 2:
		return json_null();
	case 3:
		return json_integer(below(20));
	default:
		return random_string();
	}
}

static json_t *random_tree(int depth)
{
	if (depth == 0 || below(4) == 0)
		return random_scalar();
	unsigned n = below(20) == 0 ? 60 + below(40) : below(6); /* more members than have room on the stack, too */
	if (n > 20)
		depth = 1;
	if (below(2) == 0) {
		json_t *array = json_array();
		while (n-- > 0)
			assert_int_equal(json_array_append_new(array, random_tree(depth - 1)), 0);
		return array;
	}
	json_t *object = json_object();
	while (n-- > 0) {
		JSON_AUTO json_t *name = random_string();
		assert_int_equal(json_object_set_new(object, json_string_value(name), random_tree(depth - 1)), 0);
	}
	return object;
}

static void writes_what_jansson_writes(void **state)
{
	(void)state;
	for (seed = 1; seed < 4000; seed++) {
		uint64_t kept = seed;
		JSON_AUTO json_t *tree = random_tree(5);
		seed = kept;
		char *expected = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
		struct buf buf;
		assert_non_null(expected);
		buf_init(&buf, (size_t)1 << 24);
		json_write(&buf, tree);
		assert_false(buf.overflow);
		assert_string_equal(buf_text(&buf), expected);
		JSON_AUTO json_t *back = NULL;
		struct err err;
		assert_int_equal(json_read(buf.data, buf.size, &back, &err), ERR_NONE);
		assert_true(json_equal(back, tree));
		buf_release(&buf);
		free(expected);
	}
}

/* The same tree with its members put in the reverse order. */
static json_t *reversed(const json_t *tree)
{
	if (json_is_array(tree)) {
		json_t *array = json_array();
		for (size_t i = 0; i < json_array_size(tree); i++)
			assert_int_equal(json_array_append_new(array, reversed(json_array_get(tree, i))), 0);
		return array;
	}
	if (!json_is_object(tree))
		return json_deep_copy(tree);
	const char *names[200];
	size_t n = 0;
	json_t *object = json_object();
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)tree, name, value) names[n++] = name;
	while (n-- > 0)
		assert_int_equal(json_object_set_new(object, names[n], reversed(json_object_get(tree, names[n]))), 0);
	return object;
}

static void digests_do_not_see_the_order(void **state)
{
	(void)state;
	for (seed = 5000; seed < 6000; seed++) {
		uint64_t kept = seed;
		char one[JSON_DIGEST_SIZE];
		char two[JSON_DIGEST_SIZE];
		JSON_AUTO json_t *tree = random_tree(5);
		JSON_AUTO json_t *other = reversed(tree);
		seed = kept;
		json_digest(tree, one);
		json_digest(other, two);
		assert_int_equal(strspn(one, "0123456789abcdef"), JSON_DIGEST_SIZE - 1);
		assert_string_equal(one, two);
		JSON_AUTO json_t *wrapped = json_pack("[O, n]", tree);
		json_digest(wrapped, two);
		assert_string_not_equal(one, two);
	}
}

/* SHA-256 of "{}" and of {"a":1,"b":[true,null]}, as any tool computes them. */
static void digests_are_sha_256_of_the_canonical_text(void **state)
{
	JSON_AUTO json_t *empty = json_object();
	JSON_AUTO json_t *some = json_pack("{s: [b, n], s: i}", "b", 1, "a", 1);
	char hex[JSON_DIGEST_SIZE];
	struct arena arena;
	size_t size;
	(void)state;
	json_digest(empty, hex);
	assert_string_equal(hex, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
	arena_init(&arena, (size_t)1 << 20);
	assert_string_equal(json_canonical(&arena, some, &size), "{\"a\":1,\"b\":[true,null]}");
	assert_int_equal(size, 23);
	assert_string_equal(json_canonical(&arena, some, NULL), "{\"a\":1,\"b\":[true,null]}");
	arena_release(&arena);
	json_digest(some, hex);
	assert_string_equal(hex, "1cc69c7fa23616ca2ec3ee70d24390a6225c8832db8a4c814c7e0e7f942f8668");
}

/* ---- small helpers ---- */

static void finds_texts_and_builds_pointers(void **state)
{
	JSON_AUTO json_t *json = json_pack("{s: s, s: i, s: n}", "a", "x", "b", 1, "c");
	struct arena arena;
	(void)state;
	assert_string_equal(json_text(json, "a"), "x");
	assert_null(json_text(json, "b"));
	assert_null(json_text(json, "c"));
	assert_null(json_text(json, "d"));
	assert_null(json_text(NULL, "a"));
	arena_init(&arena, (size_t)1 << 20);
	const char *pointer = json_pointer_member(&arena, "", "children");
	pointer = json_pointer_index(&arena, pointer, 10);
	pointer = json_pointer_member(&arena, pointer, "a/b~c");
	assert_string_equal(pointer, "/children/10/a~1b~0c");
	assert_string_equal(json_pointer_member(&arena, "", ""), "/");
	assert_string_equal(json_pointer_member(&arena, "/x", "~1"), "/x/~01");
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_json),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(never_quotes_the_input),
		cmocka_unit_test(counts_the_nesting),
		cmocka_unit_test(writes_what_jansson_writes),
		cmocka_unit_test(digests_do_not_see_the_order),
		cmocka_unit_test(digests_are_sha_256_of_the_canonical_text),
		cmocka_unit_test(finds_texts_and_builds_pointers),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
