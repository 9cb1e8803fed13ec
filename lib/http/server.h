/*
 * The HTTP side of the house: sole owner of libmicrohttpd. One I/O thread reads whole requests; each complete one is
 * either answered at once by `on_request` (health, static) or put on a bounded queue that the workers empty.
 */
#ifndef MASHD_HTTP_SERVER_H
#define MASHD_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "http/exchange.h"

struct http_server;

struct http_server_options {
	const char *address;             /* numeric, "127.0.0.1" or "::1" */
	unsigned short port;             /* 0: the kernel chooses */
	unsigned connections_max;        /* further ones wait in the kernel's queue */
	unsigned connections_per_ip_max; /* 0: no limit */
	size_t body_max;                 /* bytes of one body */
	size_t body_budget;              /* bytes of all bodies in memory together; over it: busy */
	/*
	 * libmicrohttpd's memory per connection: request line, headers, a piece of body, the reply's header (4 KiB are kept
	 * for it). It is zeroed between requests, so every kept connection really holds it: 16 KiB leave room for an 8 KiB
	 * target and 4 KiB of headers.
	 */
	size_t header_max;
	size_t reply_max;             /* ceiling of one reply's body */
	unsigned queue_max;           /* exchanges that may wait for a worker */
	unsigned queue_age_ms;        /* one that waited longer is answered busy */
	unsigned request_deadline_ms; /* absolute, from accept or the end of the last request until this one is read */
	unsigned reply_deadline_ms;   /* absolute, from handing over the reply until the kernel has taken all of it */
	unsigned idle_deadline_ms;    /* keep-alive without a request */
	unsigned retry_after_s;       /* said with busy and draining */
	/*
	 * On the I/O thread, for each complete request: true when the reply is filled in (it is sent at once), false to
	 * queue it. Must not block. May be NULL.
	 */
	bool (*on_request)(void *ctx, struct http_exchange *x);
	/*
	 * On the I/O thread, for each request line that was read, after the reply was handed to the kernel or the connection
	 * broke (then `sent` is false, and the status is 0 where nothing had been decided): metrics and the access log. The
	 * body is gone by then. Requests that libmicrohttpd itself refuses as unreadable do come by (it answers them with a
	 * page of HTML of its own, which 0.9.75 has no way to replace), those without a request line do not.
	 */
	void (*on_done)(void *ctx, const struct http_exchange *x, bool sent);
	void *ctx;
};

struct http_server_stats {
	unsigned connections;
	unsigned queued;    /* waiting for a worker */
	unsigned in_flight; /* complete requests without a finished reply, queued ones included */
	size_t body_bytes;  /* of the budget, in use */
	unsigned long cut;  /* connections shut at a deadline, ever */
};

/*
 * Starts listening. The options are copied; strings and ctx must outlive the server. *ret_server is set before the first
 * callback runs, which can be before this returns; it must be initialised.
 */
enum err_code http_server_start(const struct http_server_options *options, struct http_server **ret_server,
				struct err *err) MUST_CHECK;
unsigned short http_server_port(const struct http_server *server);
void http_server_stats(struct http_server *server, struct http_server_stats *ret_stats);

/*
 * The next exchange to work on; blocks. NULL once http_server_stop_queue() was called and the queue is empty. Too old ones
 * are answered busy inside.
 */
struct http_exchange *http_server_take(struct http_server *server);

/*
 * Drain, step by step (the order is the caller's, in lib/app): stop accepting (a request whose request line was read is
 * still served, every reply says Connection: close); wait until nothing is in flight or the deadline passed (true when
 * empty, and nobody came or was answered so lately that a request of theirs may be on its way: the idle connections are
 * shut then, so that no further request can be read); let the workers' take() return NULL; stop and free.
 * http_server_free() waits for every exchange that was taken to be finished.
 */
void http_server_quiesce(struct http_server *server);
bool http_server_wait_idle(struct http_server *server, unsigned deadline_ms);
void http_server_stop_queue(struct http_server *server);
void http_server_free(struct http_server *server);

#endif
