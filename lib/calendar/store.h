/* Parts of writing a calendar that a rehearsal needs on their own: for this folder. */
#ifndef MASHD_CALENDAR_STORE_H
#define MASHD_CALENDAR_STORE_H

#include "calendar/calendar.h"

/* A document as text, with what it takes to sort its members. */
enum { CALENDAR_MEMORY = 32 << 20 };

/* Whether the database knows its time zone. ERR_INVALID_BODY. */
enum err_code calendar_check_zone(struct db *db, const json_t *document, struct err *err) MUST_CHECK;
/* Week and days of a calendar whose row is there and which has none yet, from the text of its document. */
enum err_code calendar_write_content(struct db *db, const char *partnership, const char *id, const char *text,
				     struct err *err) MUST_CHECK;

#endif
