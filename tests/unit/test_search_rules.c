/* Numbers and references as people write them, as they are stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "search/search.h"

#include "base/banned.h"

static void references(void **state)
{
	static const char *const asked[] = {"R-7K3M-9QXD-5", "r-7k3m-9qxd-5", "R7K3M9QXD5", "r 7k3m 9qxd 5",
					    " R-7K3M9QXD-5 "};
	char text[IDENT_REFERENCE_SIZE];
	(void)state;
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		search_reference(asked[i], text);
		assert_string_equal(text, "R-7K3M-9QXD-5");
	}
}

static void every_new_reference_is_found_as_it_is(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		char stored[IDENT_REFERENCE_SIZE];
		char text[IDENT_REFERENCE_SIZE];
		ident_reference_new(stored);
		search_reference(stored, text);
		assert_string_equal(text, stored);
	}
}

/* Whatever comes, it ends within its room, and is no reference by accident. */
static void what_is_no_reference(void **state)
{
	static const char *const asked[] = {"",
					    "R",
					    "-------",
					    "R7K3M9QXD",
					    "R7K3M9QXD55",
					    "R7K3M9QXD5555555555555",
					    "7K3M-9QXD-5",
					    "R-7K3M-9QXD-55"};
	char text[IDENT_REFERENCE_SIZE];
	(void)state;
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		search_reference(asked[i], text);
		assert_true(strlen(text) < sizeof text);
		assert_string_not_equal(text, "R-7K3M-9QXD-5");
	}
}

static void numbers(void **state)
{
	char text[16];
	(void)state;
	search_number("943 476 5919", text, sizeof text);
	assert_string_equal(text, "9434765919");
	search_number("a243731687508", text, sizeof text);
	assert_string_equal(text, "A243731687508");
	search_number("12345678901234567890", text, sizeof text);
	assert_string_equal(text, "123456789012345");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references),
		cmocka_unit_test(every_new_reference_is_found_as_it_is),
		cmocka_unit_test(what_is_no_reference),
		cmocka_unit_test(numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
