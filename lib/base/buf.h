/*
 * A growable byte buffer with a ceiling that is fixed when it is made. Writes past the ceiling, or without memory, are
 * dropped and remembered: callers write freely and ask once, at the end, whether it all fitted.
 */
#ifndef MASHD_BASE_BUF_H
#define MASHD_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* `size` bytes and a NUL behind them; NULL while nothing was written */
	size_t size;
	size_t room;
	size_t ceiling;
	bool overflow; /* something did not fit */
};

void buf_init(struct buf *buf, size_t ceiling);
void buf_release(struct buf *buf);
/* Empties it, keeps the memory. */
void buf_clear(struct buf *buf);

void buf_add(struct buf *buf, const void *data, size_t size);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
void buf_add_int(struct buf *buf, int64_t number);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A JSON string with its quotes; `text` is valid UTF-8. */
void buf_add_json_string(struct buf *buf, const char *text, size_t size);
/* The same of a text that ends with NUL; null where there is none. */
void buf_add_json_text(struct buf *buf, const char *text);

/* The text so far, never NULL. Valid until the next write. */
const char *buf_text(const struct buf *buf);
/* Moves the memory out; the caller frees it with free(). NULL if nothing was written. */
char *buf_take(struct buf *buf, size_t *ret_size);

#endif
