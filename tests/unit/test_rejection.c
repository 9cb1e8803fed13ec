/* Under which reference a refused post was sent: of what could be read, and of what could not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "rejection/rules.h"

static void is_read_where_it_has_the_right_form(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		const char *reference;
	} cases[] = {
		{"{\"agency_reference\": \"A-1\"}", "A-1"}, {"{\"agency_reference\": \"\"}", NULL},
		{"{\"agency_reference\": 7}", NULL},        {"{\"reference\": \"A-1\"}", NULL},
		{"[\"agency_reference\", \"A-1\"]", NULL},  {"\"agency_reference\"", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {0};
		JSON_AUTO json_t *body = NULL;
		assert_int_equal(json_read(cases[i].body, strlen(cases[i].body), &body, &err), ERR_NONE);
		const char *reference = rejection_reference_in(body);
		if (cases[i].reference == NULL)
			assert_null(reference);
		else
			assert_string_equal(reference, cases[i].reference);
	}
}

static void is_found_in_what_is_no_json(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		const char *reference;
	} cases[] = {
		{"{\"agency_reference\":\"A-1\"", "A-1"},
		{"{\"agency_reference\" \n:\t \"A 1/b\", \"children\": [,]}", "A 1/b"},
		{"{\"x\": 1, \"x\": 2, \"agency_reference\": \"first\", \"agency_reference\": \"second\"}", "first"},
		{"{\"agency_reference\": \"A-1", NULL},
		{"{\"agency_reference\": \"\"", NULL},
		{"{\"agency_reference\": \"A\\u0000\"", NULL},
		{"{\"agency_reference\": \"\xff\"", NULL},
		{"{\"agency_reference\": A-1", NULL},
		{"{\"agency_reference\"", NULL},
		{"{\"agency_reference\":", NULL},
		{"agency_reference: A-1", NULL},
		{"", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char reference[REJECTION_REFERENCE_SIZE];
		bool found = rejection_reference_scan(cases[i].bytes, strlen(cases[i].bytes), reference);
		assert_int_equal(found, cases[i].reference != NULL);
		assert_string_equal(reference, cases[i].reference == NULL ? "" : cases[i].reference);
	}
}

static void is_never_longer_than_a_reference(void **state)
{
	(void)state;
	enum { MAX = REJECTION_REFERENCE_SIZE - 1 };
	char bytes[MAX + 60];
	char reference[REJECTION_REFERENCE_SIZE];
	for (int length = MAX - 1; length <= MAX + 1; length++) {
		int size = snprintf(bytes, sizeof bytes, "{\"agency_reference\":\"%0*d\"", length, 0);
		assert_int_equal(rejection_reference_scan(bytes, (size_t)size, reference), length <= MAX);
		assert_int_equal(strlen(reference), length <= MAX ? length : 0);
	}
	assert_false(rejection_reference_scan(NULL, 0, reference));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_read_where_it_has_the_right_form),
		cmocka_unit_test(is_found_in_what_is_no_json),
		cmocka_unit_test(is_never_longer_than_a_reference),
	};
	return cmocka_run_group_tests_name("rejection", tests, NULL, NULL);
}
