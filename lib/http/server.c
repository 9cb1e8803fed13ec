/*
 * The server's life and libmicrohttpd's callbacks: together with http_exchange_finish() the only place that knows about
 * suspension. The access handler is called several times per request; each call moves the request one stage on.
 */
#include <microhttpd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/inside.h"

#include "base/banned.h"

static const uint64_t NS_PER_MS = 1000000;

/* ---- one request ---- */

static enum MHD_Result send_reply(struct request *request)
{
	if (request->response == NULL)
		return MHD_NO;
	if (request->close || atomic_load(&request->server->draining))
		(void)MHD_add_response_header(request->response, "Connection", "close");
	request->stage = STAGE_REPLYING;
	sockets_reply(&request->server->sockets, request->socket);
	enum MHD_Result queued = MHD_queue_response(request->connection, (unsigned)request->x.reply.status,
						    request->response);
	MHD_destroy_response(request->response);
	request->response = NULL;
	return queued;
}

static enum MHD_Result answer(struct request *request)
{
	body_release(request);
	reply_make(request);
	return send_reply(request);
}

static enum MHD_Result refuse(struct request *request, struct err *err)
{
	reply_refuse(request, err);
	return answer(request);
}

static enum MHD_Result begin(struct request *request, const char *method, const char *version)
{
	struct err err;
	request->stage = STAGE_BODY;
	enum err_code code = admit(request, method, version, &err);
	if (code == ERR_NONE)
		code = body_announce(request, &err);
	if (code == ERR_NONE)
		return MHD_YES;
	request->close = true;
	request->socket->linger = request->body_expected;
	return refuse(request, &err);
}

void http_exchange_finish(struct http_exchange *x)
{
	struct request *request = request_of(x);
	struct http_server *server = request->server;
	body_release(request);
	reply_make(request);
	request->stage = STAGE_FINISHED;
	MHD_resume_connection(request->connection);
	/* Last: http_server_free() waits for this before it stops what was used above. */
	(void)atomic_fetch_sub(&server->in_flight, 1);
}

enum err_code http_exchange_requeue(struct http_exchange *x)
{
	struct request *request = request_of(x);
	x->queued_ns = clock_monotonic_ns();
	return queue_put(&request->server->queue, request);
}

static void finish_refused(struct request *request, enum err_code code, const char *why)
{
	struct err err;
	(void)err_set(&err, code, "", "%s", why);
	reply_refuse(request, &err);
	http_exchange_finish(&request->x);
}

static enum MHD_Result complete(struct request *request)
{
	struct err err;
	struct http_server *server = request->server;
	if (body_complete(request, &err) != ERR_NONE)
		return refuse(request, &err);
	request->x.queued_ns = clock_monotonic_ns();
	if (server->options.on_request != NULL && server->options.on_request(server->options.ctx, &request->x))
		return answer(request);
	request->stage = STAGE_HELD;
	(void)atomic_fetch_add(&server->in_flight, 1);
	sockets_hold(&server->sockets, request->socket);
	/* Before it is queued: a worker can be done with it before this function returns. */
	MHD_suspend_connection(request->connection);
	enum err_code code = queue_put(&server->queue, request);
	if (code != ERR_NONE)
		finish_refused(request, code, "as many requests wait as may wait");
	return MHD_YES;
}

static enum MHD_Result on_access(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
				 const char *version, const char *data, size_t *data_size, void **con_cls)
{
	(void)ctx;
	(void)connection;
	(void)url;
	struct request *request = *con_cls;
	if (request == NULL)
		return MHD_NO;
	switch (request->stage) {
	case STAGE_LINE:
		return begin(request, method, version);
	case STAGE_BODY:
		if (*data_size == 0)
			return complete(request);
		bool taken = body_add(request, data, *data_size);
		*data_size = 0;
		return taken ? MHD_YES : MHD_NO;
	case STAGE_FINISHED:
		return send_reply(request);
	case STAGE_HELD:
	case STAGE_REPLYING:
		break;
	}
	return MHD_NO;
}

/* Called once the request line is read, with the whole target as sent. The result becomes *con_cls above. */
static void *on_request_line(void *ctx, const char *target, struct MHD_Connection *connection)
{
	struct http_server *server = ctx;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	if (info == NULL || info->socket_context == NULL)
		return NULL;
	struct request *request = malloc(sizeof *request);
	if (request == NULL)
		return NULL;
	*request = (struct request){.server = server, .connection = connection, .socket = info->socket_context};
	http_exchange_init(&request->x, server->options.reply_max);
	request->x.server_private = request;
	request->x.started_ns = clock_monotonic_ns();
	request->target = arena_strdup(&request->x.arena, target);
	sockets_begin(&server->sockets, request->socket);
	return request;
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **con_cls,
			 enum MHD_RequestTerminationCode why)
{
	(void)connection;
	struct http_server *server = ctx;
	struct request *request = *con_cls;
	if (request == NULL)
		return;
	*con_cls = NULL;
	if (server->options.on_done != NULL)
		server->options.on_done(server->options.ctx, &request->x, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	body_release(request);
	if (request->response != NULL)
		MHD_destroy_response(request->response);
	struct socket *socket = request->socket;
	if (request->stage < STAGE_HELD) /* libmicrohttpd refused it by itself, or the client left */
		socket->linger = true;
	http_exchange_release(&request->x);
	free(request);
	sockets_end(&server->sockets, socket);
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **socket_context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct http_server *server = ctx;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection,
									       MHD_CONNECTION_INFO_CONNECTION_FD);
		*socket_context = info == NULL ? NULL : sockets_add(&server->sockets, info->connect_fd);
	} else if (*socket_context != NULL) {
		sockets_remove(&server->sockets, *socket_context);
		*socket_context = NULL;
	}
}

/* Decoding is target.c's: libmicrohttpd would turn %2F into a slash and cut the path at %00. */
static size_t leave_escaped(void *ctx, struct MHD_Connection *connection, char *text)
{
	(void)ctx;
	(void)connection;
	return strlen(text);
}

/* ---- the queue's other end ---- */

static const char WAITED_TOO_LONG[] = "the request waited too long for its turn";

static uint64_t oldest_allowed(const struct http_server *server)
{
	return clock_monotonic_ns() - server->options.queue_age_ms * NS_PER_MS;
}

struct http_exchange *http_server_take(struct http_server *server)
{
	struct request *request;
	while ((request = queue_take(&server->queue)) != NULL && request->x.queued_ns < oldest_allowed(server))
		finish_refused(request, ERR_BUSY, WAITED_TOO_LONG);
	return request == NULL ? NULL : &request->x;
}

/* From the watchdog, for the case that every worker is stuck. */
static void refuse_aged(void *ctx)
{
	struct http_server *server = ctx;
	struct request *request;
	while ((request = queue_take_older(&server->queue, oldest_allowed(server))) != NULL)
		finish_refused(request, ERR_BUSY, WAITED_TOO_LONG);
}

/* ---- life ---- */

static enum err_code start_daemon(struct http_server *server, struct err *err)
{
	const struct http_server_options *o = &server->options;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC;
	if (strchr(o->address, ':') != NULL)
		flags |= MHD_USE_IPv6;
	server->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, on_access, server, MHD_OPTION_LISTEN_SOCKET, server->listen_fd,
		MHD_OPTION_CONNECTION_LIMIT, o->connections_max, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		o->connections_per_ip_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->header_max,
		MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK, on_request_line,
		server, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_END);
	if (server->daemon == NULL)
		return err_set(err, ERR_UNAVAILABLE, "",
			       "the HTTP server did not start (is the limit of open files below %u?)",
			       o->connections_max);
	return ERR_NONE;
}

static void prepare_sockets(struct http_server *server)
{
	const struct http_server_options *o = &server->options;
	unsigned tick_ms = o->queue_age_ms / 2;
	server->sockets.duration_ns[SOCKET_READING] = o->request_deadline_ms * NS_PER_MS;
	server->sockets.duration_ns[SOCKET_IDLE] = o->idle_deadline_ms * NS_PER_MS;
	server->sockets.duration_ns[SOCKET_REPLYING] = o->reply_deadline_ms * NS_PER_MS;
	server->sockets.tick = refuse_aged;
	server->sockets.ctx = server;
	server->sockets.tick_ms = tick_ms < 10 ? 10 : tick_ms > 1000 ? 1000 : tick_ms;
}

/* Sets the output before the I/O thread exists, because that calls the application back at once. */
static enum err_code start_all(struct http_server *server, struct http_server **ret_server, struct err *err)
{
	struct http_server *before = *ret_server;
	enum err_code code = queue_init(&server->queue, server->options.queue_max, err);
	if (code == ERR_NONE)
		code = listen_open(server->options.address, server->options.port, &server->listen_fd, &server->port,
				   err);
	if (code == ERR_NONE)
		code = sockets_start(&server->sockets, err);
	if (code != ERR_NONE)
		return code;
	*ret_server = server;
	code = start_daemon(server, err);
	if (code != ERR_NONE)
		*ret_server = before;
	return code;
}

enum err_code http_server_start(const struct http_server_options *options, struct http_server **ret_server,
				struct err *err)
{
	struct http_server *server = calloc(1, sizeof *server);
	if (server == NULL)
		return err_set(err, ERR_INTERNAL, "", "no memory for the HTTP server");
	server->options = *options;
	server->listen_fd = -1;
	prepare_sockets(server);
	/* The threads made here must not take the signals that the main thread waits for. */
	sigset_t all;
	sigset_t before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	enum err_code code = start_all(server, ret_server, err);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code != ERR_NONE)
		http_server_free(server);
	return code;
}

unsigned short http_server_port(const struct http_server *server)
{
	return server->port;
}

void http_server_stats(struct http_server *server, struct http_server_stats *ret_stats)
{
	struct http_server_stats stats = {
		.queued = queue_count(&server->queue),
		.in_flight = atomic_load(&server->in_flight),
		.body_bytes = atomic_load(&server->body_bytes),
	};
	(void)pthread_mutex_lock(&server->sockets.lock);
	stats.connections = server->sockets.count;
	stats.cut = server->sockets.cut;
	(void)pthread_mutex_unlock(&server->sockets.lock);
	*ret_stats = stats;
}

/* Connections that the kernel accepted and libmicrohttpd did not: their requests may already be on the way. */
static void adopt_waiting(struct http_server *server)
{
	for (;;) {
		struct sockaddr_storage from;
		socklen_t size = sizeof from;
		int fd = accept4(server->listen_fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		sockets_adopt(&server->sockets, 1);
		if (MHD_add_connection(server->daemon, fd, (struct sockaddr *)&from, size) != MHD_YES)
			sockets_adopt(&server->sockets, -1);
	}
}

void http_server_quiesce(struct http_server *server)
{
	if (atomic_exchange(&server->draining, true) || server->daemon == NULL)
		return;
	(void)MHD_quiesce_daemon(server->daemon);
	adopt_waiting(server);
	/* Not closed before the end: the I/O thread may be about to use the number once more. */
	(void)shutdown(server->listen_fd, SHUT_RDWR);
}

bool http_server_wait_idle(struct http_server *server, unsigned deadline_ms)
{
	return sockets_wait_quiet(&server->sockets, deadline_ms);
}

void http_server_stop_queue(struct http_server *server)
{
	queue_stop(&server->queue);
}

void http_server_free(struct http_server *server)
{
	if (server == NULL)
		return;
	if (server->daemon != NULL) {
		http_server_quiesce(server);
		/* libmicrohttpd aborts the process when it is stopped with a suspended connection. */
		while (atomic_load(&server->in_flight) > 0)
			(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = 1000000}, NULL);
		(void)sockets_wait_quiet(&server->sockets, 200);
		MHD_stop_daemon(server->daemon);
	}
	if (server->listen_fd >= 0)
		(void)close(server->listen_fd);
	sockets_release(&server->sockets);
	queue_release(&server->queue);
	free(server);
}
