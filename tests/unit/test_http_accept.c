/* How much a client wants a media type, by what stands in Accept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/accept.h"

static unsigned weight(const char *accept, const char *type)
{
	struct http_field headers[] = {{"host", "text/csv;q=0"}, {"accept", accept}};
	struct http_exchange x = {.headers = headers, .n_headers = accept == NULL ? 1 : 2};
	return accept_weight(&x, type);
}

static void reads_elements(void **state)
{
	static const struct {
		const char *accept;
		unsigned csv;
		unsigned json;
	} cases[] = {
		{NULL, 1000, 1000},
		{"text/csv", 1000, 0},
		{"application/json", 0, 1000},
		{"*/*", 1000, 1000},
		{"text/*", 1000, 0},
		{"application/*;q=0.25", 0, 250},
		{"text/html, image/png", 0, 0},
		/* only whole names count */
		{"text/csvx, xtext/csv, text/csv-schema", 0, 0},
		{"application/jsonlines, application/vnd.api+json", 0, 0},
		{"text/html;x=text/csv, a/b", 0, 0},
		{"text/html;x=\"text/csv, application/json\"", 0, 0},
		{"text/html;x=\"a\\\", text/csv\"", 0, 0},
		{"t/csv, text/c", 0, 0},
		/* weights */
		{"text/csv;q=0", 0, 0},
		{"text/csv;q=0.0, */*", 0, 1000},
		{"text/csv;q=0.000", 0, 0},
		{"text/csv;q=0.", 0, 0},
		{"text/csv;q=1", 1000, 0},
		{"text/csv;q=1.", 1000, 0},
		{"text/csv;q=1.000", 1000, 0},
		{"text/csv;q=0.5,application/json;q=0.123", 500, 123},
		{"text/csv;q=0.001 , application/json;q=0.07", 1, 70},
		{"application/json, text/csv;q=0.999", 999, 1000},
		/* space and case */
		{"  text/csv\t;\tq=0.5 ,\tAPPLICATION/Json;Q=0.4 ", 500, 400},
		{",, ,text/csv;q=0.5,,", 500, 0},
		{"text/csv;;q=0.5;", 500, 0},
		/* the closest range decides, wherever it stands */
		{"*/*;q=0.1, text/*;q=0.2, text/csv;q=0.3", 300, 100},
		{"text/csv;q=0.3, text/*;q=0.2, */*;q=0.1", 300, 100},
		{"text/*;q=0.2, */*;q=0.9", 200, 900},
		{"text/csv;q=0, text/*, */*;q=0.5", 0, 500},
		{"text/csv, text/csv;q=0.5", 1000, 0},
		{"text/csv;q=0.5, text/csv", 1000, 0},
		/* parameters: UTF-8 is what there is, all else a form that there is not */
		{"text/csv;charset=utf-8;q=0.5, */*", 500, 1000},
		{"text/csv; Charset=\"UTF-8\"; q=0.5, */*", 500, 1000},
		{"text/csv;header=absent, text/csv;q=0.5", 500, 0},
		{"application/json;v=2;q=0, */*;q=0.5", 500, 500},
		{"application/json;odata=verbose", 0, 1000},
		{"application/json;odata=verbose, */*;q=0.1", 100, 100},
		{"text/csv;x=\"a,b;q=0\";q=0.5", 500, 0},
		{"text/csv;q=0.5;x=y;z, application/json;q=0.5;charset=latin1", 500, 500},
		/* what can't be read is passed over; where nothing is left, nothing was asked */
		{"", 1000, 1000},
		{" , ", 1000, 1000},
		{"nonsense", 1000, 1000},
		{"*/json", 1000, 1000},
		{"text/", 1000, 1000},
		{"/csv", 1000, 1000},
		{"text/csv;q=1.001", 1000, 1000},
		{"text/csv;q=2, application/json;q=0.2", 0, 200},
		{"text/csv;q=-1, application/json;q=0.2", 0, 200},
		{"text/csv;q=0.1234, application/json;q=0.2", 0, 200},
		{"text/csv;q=\"1\", application/json;q=0.2", 0, 200},
		{"text/csv;q=., application/json;q=0.2", 0, 200},
		{"text/csv;q=, application/json;q=0.2", 0, 200},
		{"text/csv;q, application/json;q=0.2", 0, 200},
		{"text/csv q=1, application/json;q=0.2", 0, 200},
		{"text/csv;x=\"open, application/json", 0, 1000},
		{"text/csv;x=\"open\\", 1000, 1000},
		{"text/html, image/gif, *; q=.2, */*; q=.2", 200, 200},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned csv = weight(cases[i].accept, "text/csv");
		unsigned json = weight(cases[i].accept, "application/json");
		if (csv != cases[i].csv || json != cases[i].json)
			fail_msg("\"%s\": CSV %u, JSON %u", cases[i].accept, csv, json);
	}
}

static void reads_every_line(void **state)
{
	struct http_field headers[] = {{"accept", "application/json;q=0.5"}, {"x", "y"}, {"accept", "text/csv;q=0.75"}};
	struct http_exchange x = {.headers = headers, .n_headers = 3};
	(void)state;
	assert_int_equal(accept_weight(&x, "application/json"), 500);
	assert_int_equal(accept_weight(&x, "text/csv"), 750);
	assert_int_equal(accept_weight(&x, "text/html"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads_elements), cmocka_unit_test(reads_every_line)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
