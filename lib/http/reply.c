/* From a filled reply to libmicrohttpd's response. Runs on the thread that finishes the exchange, off the I/O thread. */
#include <microhttpd.h>
#include <string.h>

#include "http/inside.h"

#include "base/banned.h"

struct request *request_of(struct http_exchange *x)
{
	return x->server_private;
}

void reply_refuse(struct request *request, struct err *err)
{
	if (err->retry_after_s == 0)
		err->retry_after_s = request->server->options.retry_after_s;
	http_reply_problem(&request->x, err);
}

/* What no handler may send: nothing decided, or cut off at the ceiling. */
static void repair(struct http_exchange *x)
{
	struct err err;
	if (x->reply.status >= 200 && x->reply.status <= 599 && !x->reply.body.overflow)
		return;
	(void)err_set(&err, ERR_INTERNAL, "", "the reply could not be made");
	http_reply_problem(x, &err);
}

static struct MHD_Response *take_body(struct buf *body)
{
	static char nothing[1];
	size_t size;
	char *data = buf_take(body, &size);
	if (data == NULL)
		return MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
	return MHD_create_response_from_buffer(size, data, MHD_RESPMEM_MUST_FREE);
}

static bool may_have_content(int status)
{
	return status != 204 && status != 304;
}

void reply_make(struct request *request)
{
	struct http_exchange *x = &request->x;
	repair(x);
	const struct http_reply *reply = &x->reply;
	struct MHD_Response *response = take_body(&x->reply.body);
	if (response == NULL)
		return;
	bool ok = true;
	if (may_have_content(reply->status)) {
		const char *type = reply->content_type == NULL ? "application/json" : reply->content_type;
		ok &= MHD_add_response_header(response, "Content-Type", type) == MHD_YES;
	}
	if (!reply->cacheable)
		ok &= MHD_add_response_header(response, "Cache-Control", "no-store") == MHD_YES;
	ok &= MHD_add_response_header(response, "X-Content-Type-Options", "nosniff") == MHD_YES;
	ok &= MHD_add_response_header(response, "X-Request-Id", x->request_id) == MHD_YES;
	for (size_t i = 0; i < reply->n_fields; i++)
		ok &= MHD_add_response_header(response, reply->fields[i].name, reply->fields[i].value) == MHD_YES;
	if (!ok) { /* a reply without one of its headers would mean something else */
		MHD_destroy_response(response);
		return;
	}
	request->response = response;
}
