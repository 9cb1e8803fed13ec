/*
 * Inside lib/db only: single values as PostgreSQL writes them in text form, under the session's settings (UTC, ISO dates).
 */
#ifndef MASHD_DB_CELLS_H
#define MASHD_DB_CELLS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

enum cell_kind {
	CELL_UNKNOWN,
	CELL_TEXT,
	CELL_PLAIN, /* a string that needs no escaping: uuid */
	CELL_INTEGER,
	CELL_NUMBER, /* may be NaN or infinite */
	CELL_BOOL,
	CELL_DATE,
	CELL_INSTANT,
	CELL_JSON,
	CELL_ARRAY, /* of text or uuid, one-dimensional */
};

enum cell_kind cell_kind(Oid type);

/* "2026-03-02 09:00:00.5+00" as RFC 3339 with six decimals; false for infinity and years outside 0001 to 9999. */
bool cell_instant(const char *text, size_t size, char ret_text[CLOCK_TEXT_SIZE]);
/* False for infinity and years outside 0001 to 9999. */
bool cell_is_date(const char *text, size_t size);
bool cell_is_finite(const char *text);

/* The elements of `{a,"b \"c\"",NULL}` in turn. */
struct cell_elements {
	const char *at;
	const char *end;
	char *unquoted; /* room for one element */
};
struct cell_element {
	const char *text; /* valid until the next call; not NUL-terminated */
	size_t size;
	bool is_null;
};
void cell_elements_init(struct cell_elements *elements, const char *text, size_t size);
void cell_elements_release(struct cell_elements *elements);
bool cell_elements_next(struct cell_elements *elements, struct cell_element *ret_element);

#endif
