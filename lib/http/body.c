/*
 * Collects a request's body up to its ceiling, out of one budget for all bodies. What is refused halfway is read on and
 * thrown away up to a bound, because libmicrohttpd can answer only before the first byte or after the last.
 */
#include <stdlib.h>
#include <string.h>

#include "http/inside.h"

#include "base/banned.h"

enum { ROOM_FIRST = 2048, DISCARD_FACTOR = 4 };

static bool budget_take(struct http_server *server, size_t size)
{
	size_t before = atomic_fetch_add(&server->body_bytes, size);
	if (before + size <= server->options.body_budget)
		return true;
	(void)atomic_fetch_sub(&server->body_bytes, size);
	return false;
}

static enum err_code too_large(const struct request *request, struct err *err)
{
	return err_set(err, ERR_BODY_TOO_LARGE, "", "a body has %zu bytes at the most",
		       request->server->options.body_max);
}

static enum err_code too_much(struct err *err)
{
	return err_set(err, ERR_BUSY, "", "there is no room for another body at the moment");
}

enum err_code body_announce(struct request *request, struct err *err)
{
	const struct http_server *server = request->server;
	if (request->body_announced > server->options.body_max)
		return too_large(request, err);
	/* Asked, not yet taken: a client that announces much and sends nothing must not hold the budget. */
	if (request->body_announced + atomic_load(&server->body_bytes) > server->options.body_budget)
		return too_much(err);
	return ERR_NONE;
}

static enum err_code make_room(struct request *request, size_t size)
{
	size_t need = request->x.body_size + size + 1;
	if (need - 1 > request->server->options.body_max)
		return ERR_BODY_TOO_LARGE;
	if (need <= request->body_room)
		return ERR_NONE;
	size_t room = request->body_room == 0 ? ROOM_FIRST : request->body_room;
	while (room < need)
		room *= 2;
	if (request->body_announced > 0 && room > request->body_announced + 1)
		room = (size_t)request->body_announced + 1; /* framing keeps the body at this size */
	if (room > request->server->options.body_max + 1)
		room = request->server->options.body_max + 1;
	if (!budget_take(request->server, room - request->body_room))
		return ERR_BUSY;
	char *body = realloc(request->body, room);
	if (body == NULL) {
		(void)atomic_fetch_sub(&request->server->body_bytes, room - request->body_room);
		return ERR_BUSY;
	}
	request->body = body;
	request->body_room = room;
	return ERR_NONE;
}

bool body_add(struct request *request, const char *data, size_t size)
{
	if (request->body_refused == ERR_NONE) {
		request->body_refused = make_room(request, size);
		if (request->body_refused != ERR_NONE)
			body_release(request);
	}
	if (request->body_refused != ERR_NONE) {
		request->body_discarded += size;
		return request->body_discarded <= DISCARD_FACTOR * request->server->options.body_max;
	}
	memcpy(request->body + request->x.body_size, data, size);
	request->x.body_size += size;
	request->body[request->x.body_size] = '\0';
	return true;
}

enum err_code body_complete(struct request *request, struct err *err)
{
	if (request->body_refused == ERR_BODY_TOO_LARGE)
		return too_large(request, err);
	if (request->body_refused != ERR_NONE)
		return too_much(err);
	request->x.body = request->body == NULL ? "" : request->body;
	return ERR_NONE;
}

void body_release(struct request *request)
{
	free(request->body);
	(void)atomic_fetch_sub(&request->server->body_bytes, request->body_room);
	request->body = NULL;
	request->body_room = 0;
	request->x.body = "";
	request->x.body_size = 0;
}
