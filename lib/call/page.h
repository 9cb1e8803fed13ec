/*
 * Lists: pages by keyset, never OFFSET. A cursor is base64url of the last row's keys under a MAC that covers operation,
 * partnership and filters too, so that it fits only the list that it came from.
 */
#ifndef MASHD_CALL_PAGE_H
#define MASHD_CALL_PAGE_H

#include "call/call.h"

enum { PAGE_KEYS = 3 };

struct page {
	int limit;                    /* rows that the client gets at the most */
	char limit_text[12];          /* limit + 1: the statement's LIMIT, to see whether there is more */
	const char *after[PAGE_KEYS]; /* keys of the last row seen, NULL on the first page */
};

/* Reads the parameters `limit` and `cursor`. ERR_INVALID_PARAMETER for a cursor that is not of this list. */
enum err_code page_read(struct call *call, struct page *ret_page, struct err *err) MUST_CHECK;

/*
 * Replies with a page: JSON {"items": […], "next": …} with a Link header, or CSV where the operation offers it and the
 * client prefers it. The result holds up to limit + 1 rows; its columns `_key1` … `_key3` are the keys of a row.
 */
enum err_code page_reply(struct call *call, const struct page *page, const PGresult *result, struct err *err)
	MUST_CHECK;

/* The whole of a list that has no filters: its statement takes the partnership, two keys of the last row seen and the limit. */
enum err_code page_answer(struct call *call, const struct statement *statement, struct err *err) MUST_CHECK;

/* Its two members alone, without braces: for a reply that has others besides. */
enum err_code page_write(struct call *call, const struct page *page, const PGresult *result, struct err *err)
	MUST_CHECK;

/* `&name=value` of an address, with percent signs for what must not stand there as it is: nothing in it is escaped in JSON. */
void page_add_query(struct buf *out, const char *name, const char *value);

/* For a list that writes its rows itself: the cursor behind this row, in the arena; sets the Link header. */
enum err_code page_next(struct call *call, const PGresult *result, int row, const char **ret_cursor, struct err *err)
	MUST_CHECK;

/* The same of a list that has no such rows: the cursor behind one key. */
enum err_code page_next_behind(struct call *call, const char *key, const char **ret_cursor, struct err *err) MUST_CHECK;

/* True where the operation offers text/csv and the client wants it more than JSON. */
bool page_wants_csv(const struct call *call);

#endif
