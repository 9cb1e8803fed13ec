/* What a request's target is understood as, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/target.h"

/* Segments in <>, then parameters as name=value;. */
static const char *shown(struct arena *arena, const struct target *target)
{
	const char *text = "";
	for (size_t i = 0; i < target->n_segments; i++)
		text = arena_printf(arena, "%s<%s>", text, target->segments[i]);
	for (size_t i = 0; i < target->n_query; i++)
		text = arena_printf(arena, "%s%s=%s;", text, target->query[i].name, target->query[i].value);
	return text;
}

static void understands(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
		{"/", ""},
		{"/a", "<a>"},
		{"/a/", "<a><>"},
		{"//", "<><>"},
		{"//a", "<><a>"},
		{"/v1/referrals", "<v1><referrals>"},
		{"/a%2Fb/c", "<a/b><c>"},
		{"/a%2fb", "<a/b>"},
		{"/a+b", "<a+b>"},
		{"/%41%62c", "<Abc>"},
		{"/%252F", "<%2F>"},
		{"/%C3%A9", "<\xc3\xa9>"},
		{"/%F0%9F%98%80", "<\xf0\x9f\x98\x80>"},
		{"/...", "<...>"},
		{"/.a/..b", "<.a><..b>"},
		{"/a;b=1,c", "<a;b=1,c>"},
		{"/a?", "<a>"},
		{"/a?x", "<a>x=;"},
		{"/a?x=", "<a>x=;"},
		{"/a?=y", "<a>=y;"},
		{"/a?x=1&x=2", "<a>x=1;x=2;"},
		{"/a?x=1=2", "<a>x=1=2;"},
		{"/a?&&x=1&", "<a>x=1;"},
		{"/a?x=1+2%2B3", "<a>x=1 2+3;"},
		{"/a?x=%26%3D", "<a>x=&=;"},
		{"/a?x+y=z", "<a>x y=z;"},
		{"/a?b/../c=.", "<a>b/../c=.;"},
		{"/a?x=?", "<a>x=?;"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena arena;
		struct target target;
		struct err err;
		arena_init(&arena, (size_t)1 << 20);
		assert_int_equal(target_decode(&arena, cases[i].text, &target, &err), ERR_NONE);
		assert_string_equal(shown(&arena, &target), cases[i].shown);
		arena_release(&arena);
	}
}

static void keeps_the_path_as_sent(void **state)
{
	struct arena arena;
	struct target target;
	struct err err;
	(void)state;
	arena_init(&arena, (size_t)1 << 20);
	assert_int_equal(target_decode(&arena, "/a%2Fb/c?x=1", &target, &err), ERR_NONE);
	assert_string_equal(target.path, "/a%2Fb/c");
	arena_release(&arena);
}

static void refuses(void **state)
{
	static const char *const cases[] = {
		"",
		"*",
		"a",
		"http://host/a",
		"?x=1",
		"/a b",
		"/a\tb",
		"/a\x7f",
		"/a\xc3\xa9",
		"/a#b",
		"/a\\b",
		"/%",
		"/%4",
		"/%4/a",
		"/%zz",
		"/%-1",
		"/%00",
		"/a%00b",
		"/%0a",
		"/%1F",
		"/%7f",
		"/%ff",
		"/%C3",
		"/%C3/%A9",
		"/%C0%AF",
		"/%E0%80%AF",
		"/%ED%A0%80",
		"/%F4%90%80%80",
		"/%F8%88%80%80%80",
		"/.",
		"/..",
		"/a/..",
		"/a/../b",
		"/./a",
		"/%2e",
		"/%2E%2e/a",
		"/.%2e/a",
		"/a?x=%",
		"/a?x=%00",
		"/a?%00=x",
		"/a?x=%ff",
		"/a?x=%C3&y=%A9",
		"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/23/24/25/26/27/28/29/30/31/32/33",
		"/a?&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&",
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena arena;
		struct target target = {.n_query = 77};
		struct err err;
		arena_init(&arena, (size_t)1 << 20);
		if (target_decode(&arena, cases[i], &target, &err) != ERR_MALFORMED_REQUEST)
			fail_msg("\"%s\" was let through", cases[i]);
		assert_int_equal(target.n_query, 77); /* untouched */
		arena_release(&arena);
	}
}

static void refuses_what_is_too_long(void **state)
{
	struct arena arena;
	struct target target;
	struct err err;
	char text[TARGET_MAX + 2];
	(void)state;
	memset(text, 'a', sizeof text);
	text[0] = '/';
	text[TARGET_MAX] = '\0';
	arena_init(&arena, (size_t)1 << 20);
	assert_int_equal(target_decode(&arena, text, &target, &err), ERR_NONE);
	text[TARGET_MAX] = 'a';
	text[TARGET_MAX + 1] = '\0';
	assert_int_equal(target_decode(&arena, text, &target, &err), ERR_URI_TOO_LONG);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands),
		cmocka_unit_test(keeps_the_path_as_sent),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_what_is_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
