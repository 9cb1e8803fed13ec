/* Reading a request and filling its reply: what handlers use. Sends nothing. */
#include "http/exchange.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

/* A reply built from a full worklist page takes some MiB; beyond this something is wrong. */
static const size_t ARENA_CEILING = (size_t)256 << 20;

void http_exchange_init(struct http_exchange *x, size_t reply_max)
{
	*x = (struct http_exchange){.path = "", .body = ""};
	arena_init(&x->arena, ARENA_CEILING);
	buf_init(&x->reply.body, reply_max);
	ident_new(x->request_id);
}

void http_exchange_release(struct http_exchange *x)
{
	buf_release(&x->reply.body);
	arena_release(&x->arena);
}

static const char *find(const struct http_field *fields, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].value;
	return NULL;
}

const char *http_exchange_header(const struct http_exchange *x, const char *name)
{
	return find(x->headers, x->n_headers, name);
}

const char *http_exchange_query(const struct http_exchange *x, const char *name)
{
	return find(x->query, x->n_query, name);
}

void http_reply_field(struct http_exchange *x, const char *name, const char *value)
{
	struct http_reply *reply = &x->reply;
	assert(reply->n_fields < HTTP_REPLY_FIELDS);
	reply->fields[reply->n_fields++] = (struct http_field){.name = name, .value = arena_strdup(&x->arena, value)};
}

void http_reply_clear(struct http_exchange *x)
{
	struct buf body = x->reply.body;
	buf_clear(&body);
	x->reply = (struct http_reply){.body = body};
}
