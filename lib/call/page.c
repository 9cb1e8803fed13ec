/* Pages and their cursors. */
#include "call/page.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "http/accept.h"

#include "base/banned.h"

/*
 * The longest key is a name of 200 characters, all of them escaped (\u001f), with an id beside it: some 1250 bytes. The
 * text of a cursor is a third longer; TEXT_MAX is what the contract lets through as the parameter.
 */
enum { MAC_SIZE = 16, CURSOR_MAX = 1536, TEXT_MAX = 2048, LINK_MAX = 3072, LIMIT_DEFAULT = 50 };
static_assert(sodium_base64_ENCODED_LEN(CURSOR_MAX, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == TEXT_MAX + 1,
	      "the contract's maxLength of a cursor");

/* Everything that makes this list another list: operation, tenant, caller and each parameter but limit and cursor. */
static void mac(const struct call *call, const char *keys, unsigned char ret_mac[MAC_SIZE])
{
	crypto_generichash_state state;
	const char *secret = call->house->cursor_key;
	(void)crypto_generichash_init(&state, (const unsigned char *)secret, strnlen(secret, 64), MAC_SIZE);
	const char *const parts[] = {call->operation->id, call->caller.partnership, call->caller.agency_id,
				     call->x->path, keys};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		(void)crypto_generichash_update(&state, (const unsigned char *)parts[i], strlen(parts[i]) + 1);
	for (size_t i = 0; i < call->parameters.n; i++) {
		const struct http_field *p = &call->parameters.items[i];
		if (p->value == NULL || strcmp(p->name, "limit") == 0 || strcmp(p->name, "cursor") == 0)
			continue;
		(void)crypto_generichash_update(&state, (const unsigned char *)p->name, strlen(p->name) + 1);
		(void)crypto_generichash_update(&state, (const unsigned char *)p->value, strlen(p->value) + 1);
	}
	(void)crypto_generichash_final(&state, ret_mac, MAC_SIZE);
}

static enum err_code refuse(struct err *err)
{
	return err_set(err, ERR_INVALID_PARAMETER, "query: cursor",
		       "this cursor does not belong to this list; start again without it");
}

/* A cursor is MAC and keys, the keys a JSON array of strings. */
static enum err_code read_cursor(struct call *call, const char *cursor, struct page *page, struct err *err)
{
	unsigned char bytes[CURSOR_MAX + 1];
	size_t size = 0;
	const char *end = NULL;
	if (sodium_base642bin(bytes, sizeof bytes - 1, cursor, strlen(cursor), NULL, &size, &end,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    *end != '\0' || size <= MAC_SIZE)
		return refuse(err);
	bytes[size] = '\0';
	const char *keys = (const char *)bytes + MAC_SIZE;
	unsigned char expected[MAC_SIZE];
	mac(call, keys, expected);
	JSON_AUTO json_t *list = NULL;
	struct err ignored;
	if (strlen(keys) != size - MAC_SIZE || sodium_memcmp(expected, bytes, MAC_SIZE) != 0 ||
	    json_read(keys, strlen(keys), &list, &ignored) != ERR_NONE)
		return refuse(err);
	for (size_t i = 0; i < PAGE_KEYS; i++)
		page->after[i] = arena_strdup(call->arena, json_string_value(json_array_get(list, i)));
	return ERR_NONE;
}

enum err_code page_read(struct call *call, struct page *ret_page, struct err *err)
{
	struct page page = {.limit = LIMIT_DEFAULT};
	const char *limit = call_parameter(call, "limit");
	if (limit != NULL)
		page.limit = (int)strtol(limit, NULL, 10); /* the contract has bounded it */
	(void)snprintf(page.limit_text, sizeof page.limit_text, "%d", page.limit + 1);
	const char *cursor = call_parameter(call, "cursor");
	if (cursor != NULL) {
		enum err_code code = read_cursor(call, cursor, &page, err);
		if (code != ERR_NONE)
			return code;
	}
	*ret_page = page;
	return ERR_NONE;
}

/* The cursor behind these keys; NULL where they are longer than any that the contract admits. */
static const char *write_cursor(struct call *call, const char *const *values, size_t n)
{
	struct buf keys;
	buf_init(&keys, CURSOR_MAX - MAC_SIZE);
	buf_add_char(&keys, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(&keys, ',');
		buf_add_json_text(&keys, values[i]);
	}
	buf_add_char(&keys, ']');
	const char *cursor = NULL;
	if (!keys.overflow) {
		unsigned char bytes[CURSOR_MAX];
		char text[TEXT_MAX + 1];
		mac(call, buf_text(&keys), bytes);
		memcpy(bytes + MAC_SIZE, buf_text(&keys), keys.size);
		(void)sodium_bin2base64(text, sizeof text, bytes, MAC_SIZE + keys.size,
					sodium_base64_VARIANT_URLSAFE_NO_PADDING);
		cursor = arena_strdup(call->arena, text);
	}
	buf_release(&keys);
	return cursor;
}

bool page_wants_csv(const struct call *call)
{
	return call->operation->csv && accept_weight(call->x, "text/csv") > accept_weight(call->x, "application/json");
}

void page_add_query(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "&%s=", name);
	for (const char *c = value; *c != '\0'; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
			     strchr("-._~", *c) != NULL;
		if (plain)
			buf_add_char(out, *c);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)*c);
	}
}

/* NULL where it would be too long for a header. */
static const char *next_link(struct call *call, const char *cursor)
{
	struct buf link;
	buf_init(&link, LINK_MAX);
	buf_printf(&link, "<%s?cursor=%s", call->x->path, cursor);
	for (size_t i = 0; i < call->x->n_query; i++) {
		const struct http_field *q = &call->x->query[i];
		if (strcmp(q->name, "cursor") != 0)
			page_add_query(&link, q->name, q->value);
	}
	buf_add_text(&link, ">; rel=\"next\"");
	const char *text = link.overflow ? NULL : arena_strndup(call->arena, buf_text(&link), link.size);
	buf_release(&link);
	return text;
}

/* A page that ends without saying that there is more would be taken for the last one. */
static enum err_code next_behind(struct call *call, const char *const *keys, size_t n, const char **ret_cursor,
				 struct err *err)
{
	const char *cursor = write_cursor(call, keys, n);
	const char *link = cursor == NULL ? NULL : next_link(call, cursor);
	if (link == NULL)
		return err_set(err, ERR_INTERNAL, "", "the address of the next page cannot be written");
	http_reply_field(call->x, "Link", link);
	*ret_cursor = cursor;
	return ERR_NONE;
}

enum err_code page_next(struct call *call, const PGresult *result, int row, const char **ret_cursor, struct err *err)
{
	static const char *const columns[PAGE_KEYS] = {"_key1", "_key2", "_key3"};
	const char *keys[PAGE_KEYS];
	size_t n = 0;
	for (; n < PAGE_KEYS && PQfnumber(result, columns[n]) >= 0; n++)
		keys[n] = rows_text(result, row, columns[n]);
	return next_behind(call, keys, n, ret_cursor, err);
}

enum err_code page_next_behind(struct call *call, const char *key, const char **ret_cursor, struct err *err)
{
	return next_behind(call, &key, 1, ret_cursor, err);
}

/* How many of the rows belong to the page, and the cursor behind them: NULL on the last page. */
static enum err_code page_end(struct call *call, const struct page *page, const PGresult *result, int *ret_rows,
			      const char **ret_next, struct err *err)
{
	*ret_rows = PQntuples(result);
	*ret_next = NULL;
	if (*ret_rows <= page->limit)
		return ERR_NONE;
	*ret_rows = page->limit;
	return page_next(call, result, page->limit - 1, ret_next, err);
}

static void write_items(struct call *call, const PGresult *result, int rows, const char *next)
{
	buf_add_text(call->out, "\"items\":");
	rows_write_list(call->out, result, 0, rows);
	buf_add_text(call->out, ",\"next\":");
	buf_add_json_text(call->out, next);
}

enum err_code page_write(struct call *call, const struct page *page, const PGresult *result, struct err *err)
{
	int rows;
	const char *next;
	enum err_code code = page_end(call, page, result, &rows, &next, err);
	if (code == ERR_NONE)
		write_items(call, result, rows, next);
	return code;
}

enum err_code page_reply(struct call *call, const struct page *page, const PGresult *result, struct err *err)
{
	int rows;
	const char *next;
	enum err_code code = page_end(call, page, result, &rows, &next, err);
	if (code != ERR_NONE)
		return code;
	if (page_wants_csv(call)) {
		call->x->reply.content_type = "text/csv; charset=utf-8; header=present";
		rows_write_csv(call->out, result, 0, rows, NULL);
	} else {
		buf_add_char(call->out, '{');
		write_items(call, result, rows, next);
		buf_add_char(call->out, '}');
	}
	call_reply(call, 200);
	return ERR_NONE;
}

enum err_code page_answer(struct call *call, const struct statement *statement, struct err *err)
{
	struct page page;
	enum err_code code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	PGRESULT_AUTO PGresult *rows = NULL;
	code = call_read(call, statement,
			 DB_VALUES(call->caller.partnership, page.after[0], page.after[1], page.limit_text), &rows,
			 err);
	return code == ERR_NONE ? page_reply(call, &page, rows, err) : code;
}
