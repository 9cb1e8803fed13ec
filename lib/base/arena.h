/*
 * A bump allocator with one owner and one end: what belongs to a request is taken from its arena and freed at once with
 * it. Running out of memory (or over the ceiling) is answered by NULL from the `try` function alone; every other function
 * aborts the process, because a daemon that cannot get 32 bytes cannot promise anything either.
 */
#ifndef MASHD_BASE_ARENA_H
#define MASHD_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;                /* bytes handed out */
	size_t ceiling;             /* bytes that may be handed out at the most */
};

/* `ceiling` in bytes; nothing is allocated yet. */
void arena_init(struct arena *arena, size_t ceiling);
/* Frees everything that was taken. The arena may be used again. */
void arena_release(struct arena *arena);

/* Zeroed memory, aligned for any type; NULL past the ceiling or without memory. */
void *arena_try_alloc(struct arena *arena, size_t size);
/* The same, but aborts instead of NULL: for sizes that the house bounds itself. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
/* `count` elements of `size`; the product is checked. */
void *arena_array(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));

/* Copies; NULL in, NULL out. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length) __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3), returns_nonnull));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
	__attribute__((format(printf, 2, 0), returns_nonnull));

#endif
