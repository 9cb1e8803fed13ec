/* The arena: zeroed, aligned, apart from each other, never past its ceiling. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

#include "base/banned.h"

/* Pieces of many sizes, small ones and larger than a block: each keeps what was written into it. */
static void pieces_do_not_overlap(void **state)
{
	enum { PIECES = 3000 };
	static unsigned char *at[PIECES];
	static size_t size[PIECES];
	struct arena arena;
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	for (size_t i = 0; i < PIECES; i++) {
		size[i] = i % 100 == 99 ? 20000 : i * 37 % 700;
		at[i] = arena_alloc(&arena, size[i]);
		assert_int_equal((uintptr_t)at[i] % alignof(max_align_t), 0);
		for (size_t j = 0; j < size[i]; j++)
			assert_int_equal(at[i][j], 0);
		memset(at[i], (int)(i % 255) + 1, size[i]);
	}
	for (size_t i = 0; i < PIECES; i++) {
		for (size_t j = 0; j < size[i]; j++)
			assert_int_equal(at[i][j], i % 255 + 1);
	}
	arena_release(&arena);
}

/* After a release the memory is new again: what another request left is not seen. */
static void starts_again_after_release(void **state)
{
	struct arena arena;
	(void)state;
	arena_init(&arena, 1000);
	for (int i = 0; i < 20; i++) {
		unsigned char *at = arena_alloc(&arena, 900);
		assert_int_equal(at[0] | at[899], 0);
		memset(at, 0xff, 900);
		assert_null(arena_try_alloc(&arena, 200));
		arena_release(&arena);
		assert_int_equal(arena.used, 0);
	}
	arena_release(&arena);
}

static void stops_at_its_ceiling(void **state)
{
	struct arena arena;
	(void)state;
	arena_init(&arena, 4096);
	assert_null(arena_try_alloc(&arena, 4097));
	assert_null(arena_try_alloc(&arena, SIZE_MAX));
	assert_null(arena_try_alloc(&arena, SIZE_MAX - 8));
	assert_int_equal(arena.used, 0);
	assert_non_null(arena_try_alloc(&arena, 4096));
	assert_null(arena_try_alloc(&arena, 1));
	arena_release(&arena);

	size_t taken = 0;
	arena_init(&arena, 100000);
	while (arena_try_alloc(&arena, 33) != NULL)
		taken += 33;
	assert_true(taken > 50000 && taken <= 100000);
	arena_release(&arena);

	arena_init(&arena, 0);
	assert_null(arena_try_alloc(&arena, 1));
	arena_release(&arena);
}

static void copies_text(void **state)
{
	struct arena arena;
	const char source[] = "Größe";
	(void)state;
	arena_init(&arena, (size_t)1 << 20);
	char *copy = arena_strdup(&arena, source);
	assert_string_equal(copy, source);
	assert_ptr_not_equal(copy, source);
	assert_null(arena_strdup(&arena, NULL));
	assert_string_equal(arena_strdup(&arena, ""), "");
	assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&arena, "abcdef", 0), "");
	assert_memory_equal(arena_strndup(&arena, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_printf(&arena, "%s-%d", "x", 7), "x-7");
	assert_string_equal(arena_printf(&arena, "%s", ""), "");
	char *wide = arena_printf(&arena, "%*d", 30000, 1);
	assert_int_equal(strlen(wide), 30000);
	arena_release(&arena);
}

static void counts_arrays(void **state)
{
	struct arena arena;
	(void)state;
	arena_init(&arena, (size_t)1 << 20);
	uint64_t *numbers = arena_array(&arena, 1000, sizeof *numbers);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(numbers[i], 0);
		numbers[i] = i;
	}
	assert_non_null(arena_array(&arena, 0, sizeof *numbers));
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_do_not_overlap), cmocka_unit_test(starts_again_after_release),
		cmocka_unit_test(stops_at_its_ceiling),  cmocka_unit_test(copies_text),
		cmocka_unit_test(counts_arrays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
