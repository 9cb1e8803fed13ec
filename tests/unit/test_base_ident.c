/* UUIDv7: form, stamp and order, across threads too. References: the check symbol finds what it promises to find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>

#include "base/clock.h"
#include "base/ident.h"

#include "base/banned.h"

static const char SYMBOLS[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
static const int PLACES[] = {2, 3, 4, 5, 7, 8, 9, 10, 12}; /* of symbols in "R-7K3M-9QXD-5" */

enum { N_PLACES = sizeof PLACES / sizeof *PLACES };

static int start(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

/* ---- UUIDs ---- */

static void has_the_form_of_version_7(void **state)
{
	(void)state;
	for (int i = 0; i < 10000; i++) {
		char id[IDENT_SIZE];
		uint64_t before = clock_unix_ms();
		ident_new(id);
		assert_int_equal(strlen(id), IDENT_SIZE - 1);
		assert_true(ident_is_uuid(id));
		assert_int_equal(strspn(id, "0123456789abcdef-"), IDENT_SIZE - 1);
		assert_int_equal(id[14], '7');
		assert_non_null(strchr("89ab", id[19]));
		char stamp[13];
		memcpy(stamp, id, 8);
		memcpy(stamp + 8, id + 9, 4);
		stamp[12] = '\0';
		uint64_t ms = strtoull(stamp, NULL, 16);
		assert_true(ms >= before && ms <= clock_unix_ms() + 1000); /* the counter may run ahead of the clock */
	}
}

enum { THREADS = 8, IDS = 20000 };

static void *make_ids(void *ctx)
{
	char(*ids)[IDENT_SIZE] = ctx;
	for (int i = 0; i < IDS; i++)
		ident_new(ids[i]);
	return NULL;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Each thread's ids ascend, and no two of the process share the 60 bits of stamp and counter. */
static void keeps_order_across_threads(void **state)
{
	pthread_t threads[THREADS];
	char(*ids)[IDENT_SIZE] = calloc((size_t)THREADS * IDS, IDENT_SIZE);
	(void)state;
	assert_non_null(ids);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_ids, ids + (size_t)i * IDS), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (size_t i = 0; i < (size_t)THREADS * IDS; i++)
		assert_true(i % IDS == 0 || strcmp(ids[i - 1], ids[i]) < 0);
	qsort(ids, (size_t)THREADS * IDS, IDENT_SIZE, compare_ids);
	for (size_t i = 1; i < (size_t)THREADS * IDS; i++)
		assert_true(memcmp(ids[i - 1], ids[i], 18) < 0);
	char later[IDENT_SIZE];
	ident_new(later);
	assert_true(strcmp(later, ids[(size_t)THREADS * IDS - 1]) > 0);
	free(ids);
}

static void knows_uuids(void **state)
{
	static const char good[] = "0195a1f0-3c2e-7abc-9def-0123456789ab";
	static const char *const bad[] = {
		"",
		"0195a1f03c2e7abc9def0123456789ab",
		"{0195a1f0-3c2e-7abc-9def-0123456789ab}",
		"0195a1f0-3c2e-7abc-9def-0123456789a",
		"0195a1f0-3c2e-7abc-9def-0123456789abc",
		"0195a1f0-3c2e-7abc-9def-0123456789ag",
		"0195a1f-03c2e-7abc-9def-0123456789ab",
		"0195a1f0 3c2e 7abc 9def 0123456789ab",
		" 195a1f0-3c2e-7abc-9def-0123456789ab",
	};
	(void)state;
	assert_true(ident_is_uuid(good));
	assert_true(ident_is_uuid("0195A1F0-3C2E-7ABC-9DEF-0123456789AB"));
	assert_true(ident_is_uuid("00000000-0000-0000-0000-000000000000"));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(ident_is_uuid(bad[i]));
	for (size_t at = 0; at < sizeof good - 1; at++) {
		char text[sizeof good];
		memcpy(text, good, sizeof good);
		text[at] = text[at] == '-' ? 'a' : '-';
		assert_false(ident_is_uuid(text));
		text[at] = '\0';
		assert_false(ident_is_uuid(text));
	}
}

/* ---- references ---- */

static void makes_references_of_its_form(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[IDENT_REFERENCE_SIZE];
		ident_reference_new(text);
		assert_int_equal(strlen(text), IDENT_REFERENCE_SIZE - 1);
		assert_memory_equal(text, "R-", 2);
		assert_int_equal(text[6], '-');
		assert_int_equal(text[11], '-');
		for (int place = 0; place < N_PLACES; place++)
			assert_non_null(strchr(SYMBOLS, text[PLACES[place]]));
		assert_true(ident_reference_is_valid(text));
	}
}

/* Every symbol in every place but the right one, and what is no symbol at all. */
static void finds_each_wrong_symbol(void **state)
{
	static const char foreign[] = "01ILOU-abr ?";
	(void)state;
	for (int i = 0; i < 500; i++) {
		char right[IDENT_REFERENCE_SIZE];
		ident_reference_new(right);
		for (int place = 0; place < N_PLACES; place++) {
			char text[IDENT_REFERENCE_SIZE];
			memcpy(text, right, sizeof text);
			for (const char *s = SYMBOLS; *s != '\0'; s++) {
				text[PLACES[place]] = *s;
				assert_int_equal(ident_reference_is_valid(text), *s == right[PLACES[place]]);
			}
			for (const char *s = foreign; *s != '\0'; s++) {
				text[PLACES[place]] = *s;
				assert_false(ident_reference_is_valid(text));
			}
		}
	}
}

/* Neighbours as a person reads them out: across the dashes, the check symbol included. */
static void finds_each_swap_of_neighbours(void **state)
{
	(void)state;
	for (int i = 0; i < 5000; i++) {
		char text[IDENT_REFERENCE_SIZE];
		ident_reference_new(text);
		for (int place = 1; place < N_PLACES; place++) {
			char *a = &text[PLACES[place - 1]];
			char *b = &text[PLACES[place]];
			char kept = *a;
			if (*a == *b)
				continue;
			*a = *b;
			*b = kept;
			if (ident_reference_is_valid(text))
				fail_msg("the swap in %s is not found", text);
			*b = *a;
			*a = kept;
		}
		assert_true(ident_reference_is_valid(text));
	}
}

static void refuses_foreign_forms(void **state)
{
	char right[IDENT_REFERENCE_SIZE];
	char longer[IDENT_REFERENCE_SIZE + 1] = "";
	(void)state;
	assert_false(ident_reference_is_valid(""));
	assert_false(ident_reference_is_valid("R-"));
	ident_reference_new(right);
	memcpy(longer, right, IDENT_REFERENCE_SIZE - 1);
	assert_true(ident_reference_is_valid(longer));
	longer[IDENT_REFERENCE_SIZE - 1] = '2';
	assert_false(ident_reference_is_valid(longer));
	for (size_t at = 0; at < IDENT_REFERENCE_SIZE - 1; at++) {
		char text[IDENT_REFERENCE_SIZE];
		memcpy(text, right, sizeof text);
		text[at] = '\0';
		assert_false(ident_reference_is_valid(text));
		text[at] = '_';
		assert_false(ident_reference_is_valid(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_form_of_version_7),
		cmocka_unit_test(keeps_order_across_threads),
		cmocka_unit_test(knows_uuids),
		cmocka_unit_test(makes_references_of_its_form),
		cmocka_unit_test(finds_each_wrong_symbol),
		cmocka_unit_test(finds_each_swap_of_neighbours),
		cmocka_unit_test(refuses_foreign_forms),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
