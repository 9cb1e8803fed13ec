/* Markdown to HTML, and that nothing gets through it as HTML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "http/page.h"

static void turns_markdown_into_html(void **state)
{
	static const struct {
		const char *text;
		const char *html;
	} cases[] = {
		{"", ""},
		{"\n\n", ""},
		{"# One", "<h1>One</h1>\n"},
		{"#### Four\n", "<h4>Four</h4>\n"},
		{"##### Five", "<p>##### Five</p>\n"},
		{"#One", "<p>#One</p>\n"},
		{"a\nb\n\nc\n", "<p>a\nb</p>\n<p>c</p>\n"},
		{"a\r\nb\r\n", "<p>a\nb</p>\n"},
		{"- a\n- b\n", "<ul>\n<li>a</li>\n<li>b</li></ul>\n"},
		{"- a\n  more\n- b", "<ul>\n<li>a\nmore</li>\n<li>b</li></ul>\n"},
		{"1. a\n10. b\n\nc", "<ol>\n<li>a</li>\n<li>b</li></ol>\n<p>c</p>\n"},
		{"text\n- a\n1. b", "<p>text</p>\n<ul>\n<li>a</li></ul>\n<ol>\n<li>b</li></ol>\n"},
		{"1.5 times", "<p>1.5 times</p>\n"},
		{"```json\n{\"a\": 1}\n\n# not a heading\n```\nb",
		 "<pre><code>{&quot;a&quot;: 1}\n\n# not a heading\n</code></pre>\n<p>b</p>\n"},
		{"```\nopen", "<pre><code>open\n</code></pre>\n"},
		{"`a<b` c", "<p><code>a&lt;b</code> c</p>\n"},
		{"`open", "<p>`open</p>\n"},
		{"a `**b**`", "<p>a <code>**b**</code></p>\n"},
		{"**a** *b* ** c", "<p><strong>a</strong> *b* ** c</p>\n"},
		{"[a](/b)", "<p><a href=\"/b\">a</a></p>\n"},
		{"[`a`](https://x.example/?a=1&b=2).",
		 "<p><a href=\"https://x.example/?a=1&amp;b=2\"><code>a</code></a>.</p>\n"},
		{"[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"},
		{"[a](//evil.example)", "<p>[a](//evil.example)</p>\n"},
		{"[a](/x\"onclick=\"y)", "<p><a href=\"/x&quot;onclick=&quot;y\">a</a></p>\n"},
		{"[1] and [b](/c)", "<p>[1] and <a href=\"/c\">b</a></p>\n"},
		{"[a](/b", "<p>[a](/b</p>\n"},
		{"<script>alert(\"&\")</script>", "<p>&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;</p>\n"},
		{"# <b>", "<h1>&lt;b&gt;</h1>\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf buf;
		buf_init(&buf, 65536);
		page_markdown(&buf, cases[i].text, strlen(cases[i].text));
		assert_string_equal(buf_text(&buf), cases[i].html);
		buf_release(&buf);
	}
}

static void refuses_unknown_problems(void **state)
{
	static const char *const cases[] = {"", "no-such-problem", "../openapi", "not-found.md", "NOT-FOUND"};
	struct http_exchange x;
	struct err err;
	(void)state;
	http_exchange_init(&x, 65536);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(http_problem_page(&x, cases[i], &err), ERR_NOT_FOUND);
		assert_int_equal(x.reply.status, 0);
	}
	http_exchange_release(&x);
}

/* One page per way of failing: the table in base/err.h and the files must not drift apart. */
static void every_problem_has_its_page(void **state)
{
	(void)state;
	if (embedded_find("api/problems/not-found.md") == NULL)
		skip();
	for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
		struct http_exchange x;
		struct err err;
		http_exchange_init(&x, 65536);
		if (http_problem_page(&x, err_slug((enum err_code)code), &err) != ERR_NONE)
			fail_msg("api/problems/%s.md is missing", err_slug((enum err_code)code));
		assert_int_equal(x.reply.status, 200);
		assert_non_null(strstr(buf_text(&x.reply.body), "<h1>"));
		assert_null(strstr(buf_text(&x.reply.body), "<title></title>"));
		assert_string_equal(x.reply.fields[0].name, "Content-Security-Policy");
		http_exchange_release(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_markdown_into_html),
		cmocka_unit_test(refuses_unknown_problems),
		cmocka_unit_test(every_problem_has_its_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
