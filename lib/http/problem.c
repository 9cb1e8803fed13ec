/* The one place where an error becomes a reply. Nothing that the client sent is repeated here. */
#include "http/problem.h"

#include <stdio.h>
#include <string.h>

#include "http/exchange.h"

#include "base/banned.h"

static void add_member(struct buf *buf, const char *name, const char *value)
{
	buf_add_char(buf, '"');
	buf_add_text(buf, name);
	buf_add(buf, "\":", 2);
	buf_add_json_string(buf, value, strlen(value));
}

static void add_item(struct buf *buf, const char *pointer, const char *code, const char *detail)
{
	buf_add_char(buf, '{');
	add_member(buf, "pointer", pointer == NULL ? "" : pointer);
	buf_add_char(buf, ',');
	add_member(buf, "code", code);
	buf_add_char(buf, ',');
	add_member(buf, "detail", detail == NULL ? "" : detail);
	buf_add_char(buf, '}');
}

/* The slug with underscores, as codes are written. */
static const char *code_of(const struct err *err, char room[64])
{
	(void)snprintf(room, 64, "%s", err_slug(err->code));
	for (char *c = room; *c != '\0'; c++)
		if (*c == '-')
			*c = '_';
	return room;
}

static void add_errors(struct buf *buf, const struct err *err)
{
	char room[64];
	buf_add_text(buf, ",\"errors\":[");
	for (size_t i = 0; i < err->n_items; i++) {
		const struct err_item *item = &err->items[i];
		if (i > 0)
			buf_add_char(buf, ',');
		add_item(buf, item->pointer, item->code == NULL ? code_of(err, room) : item->code, item->detail);
	}
	if (err->n_items == 0)
		add_item(buf, err->place, code_of(err, room), err->detail);
	buf_add_char(buf, ']');
}

void problem_write(struct buf *buf, const struct err *err, const char *request_id)
{
	buf_printf(buf, "{\"type\":\"/problems/%s\",", err_slug(err->code));
	add_member(buf, "title", err_title(err->code));
	buf_printf(buf, ",\"status\":%d,", err_status(err->code));
	if (err->detail[0] != '\0') {
		add_member(buf, "detail", err->detail);
		buf_add_char(buf, ',');
	}
	buf_printf(buf, "\"instance\":\"urn:uuid:%s\",", request_id);
	add_member(buf, "request_id", request_id);
	if (err->n_items > 0 || (err->place[0] != '\0' && err->code != ERR_METHOD_NOT_ALLOWED))
		add_errors(buf, err);
	buf_add_char(buf, '}');
}

void http_reply_problem(struct http_exchange *x, const struct err *err)
{
	http_reply_clear(x);
	struct http_reply *reply = &x->reply;
	reply->status = err_status(err->code);
	reply->content_type = "application/problem+json";
	problem_write(&reply->body, err, x->request_id);
	if (reply->status == 503 || reply->status == 429) {
		char seconds[16];
		(void)snprintf(seconds, sizeof seconds, "%u", err->retry_after_s > 0 ? err->retry_after_s : 1);
		http_reply_field(x, "Retry-After", seconds);
	}
	if (reply->status == 401)
		http_reply_field(x, "WWW-Authenticate", "Bearer");
	if (err->code == ERR_METHOD_NOT_ALLOWED && err->place[0] != '\0')
		http_reply_field(x, "Allow", err->place);
}
