/* The children and the household of a referral as rows: a snapshot as JSON, with what is filtered or matched by apart. Pure. */
#ifndef MASHD_REFERRAL_PEOPLE_H
#define MASHD_REFERRAL_PEOPLE_H

#include <jansson.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"

/* "A. Example, B. Example" for lists, cut at a whole name; "" where none is named. In the arena. */
const char *people_child_names(struct arena *arena, const json_t *children);

/*
 * {"id": …, "ordinal": …, …, "document": …}: the columns of the row of a child, or of another person. A faulty identifier or
 * date has no column: it stands in the document alone.
 */
void people_write_child(struct buf *out, const json_t *child, const char *id, size_t ordinal);
void people_write_person(struct buf *out, const json_t *person, const char *id, size_t ordinal);

#endif
