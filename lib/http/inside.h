/*
 * What the files of lib/http share among themselves; nobody outside includes it. libmicrohttpd is named by reply.c and
 * server.c alone, so that suspension and its rules live in two places.
 */
#ifndef MASHD_HTTP_INSIDE_H
#define MASHD_HTTP_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "http/exchange.h"
#include "http/server.h"

struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

/* ---- sockets.c: every connection, its absolute deadline, and the thread that cuts at it ---- */

/* What a connection is doing. The first three have a deadline each; a held one (its request is with a worker) has none. */
enum socket_phase {
	SOCKET_READING,
	SOCKET_IDLE,
	SOCKET_REPLYING,
	SOCKET_TIMED_PHASES,
	SOCKET_HELD = SOCKET_TIMED_PHASES,
	SOCKET_PHASES,
};

enum { LINGER_MAX = 64 };

struct socket {
	struct socket *previous; /* in the list of its phase */
	struct socket *next;
	int fd;
	enum socket_phase phase;
	uint64_t deadline_ns;
	bool had_request;
	bool cut;
	bool linger; /* answered before the request was read to its end: see sockets_remove() */
};

struct socket_list {
	struct socket *first;
	struct socket *last;
};

struct lingering {
	int fd;
	uint64_t deadline_ns;
};

/* A phase has one duration, so its list is in order of the deadlines and only the first needs a look. */
struct sockets {
	pthread_mutex_t lock;
	pthread_cond_t quiet; /* `open` fell to 0 */
	struct socket_list lists[SOCKET_PHASES];
	uint64_t duration_ns[SOCKET_TIMED_PHASES];
	uint64_t wake_ns; /* when the watchdog looks next */
	unsigned count;
	int adopted;   /* given to libmicrohttpd at drain, not yet seen here */
	unsigned open; /* requests whose line was read and whose reply is not yet with the kernel */
	unsigned long cut;
	bool stop;
	int wake_fd;
	pthread_t watchdog;
	bool running;
	struct lingering lingering[LINGER_MAX];
	size_t n_lingering;
	/* Called by the watchdog now and then, at least every `tick_ms`, without the lock. */
	void (*tick)(void *ctx);
	void *ctx;
	unsigned tick_ms;
};

enum err_code sockets_start(struct sockets *sockets, struct err *err) MUST_CHECK;
void sockets_release(struct sockets *sockets);
/* NULL without memory. */
struct socket *sockets_add(struct sockets *sockets, int fd);
/*
 * Before the descriptor is closed. One whose request was refused before it was read to the end is duplicated and read
 * empty for a while: closing it with unread bytes would make the kernel send RST, and the client would lose the reply
 * that says why.
 */
void sockets_remove(struct sockets *sockets, struct socket *socket);
/* A request line was read. */
void sockets_begin(struct sockets *sockets, struct socket *socket);
/* The request is with a worker: no deadline. */
void sockets_hold(struct sockets *sockets, struct socket *socket);
void sockets_reply(struct sockets *sockets, struct socket *socket);
/* The reply is with the kernel, or the connection broke. */
void sockets_end(struct sockets *sockets, struct socket *socket);
/* One more (or one less) connection was given to libmicrohttpd at drain and will come by sockets_add(). */
void sockets_adopt(struct sockets *sockets, int change);
/* See http_server_wait_idle(). */
bool sockets_wait_quiet(struct sockets *sockets, unsigned deadline_ms);

/* ---- queue.c ---- */

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	struct request **ring;
	unsigned max;
	unsigned first;
	unsigned count;
	bool stopped;
};

enum err_code queue_init(struct queue *queue, unsigned max, struct err *err) MUST_CHECK;
void queue_release(struct queue *queue);
/* ERR_BUSY when full, ERR_DRAINING once stopped. */
enum err_code queue_put(struct queue *queue, struct request *request) MUST_CHECK;
/* The oldest; blocks. NULL once stopped and empty. */
struct request *queue_take(struct queue *queue);
/* The oldest if it was queued before `limit_ns`, else NULL; never blocks. */
struct request *queue_take_older(struct queue *queue, uint64_t limit_ns);
void queue_stop(struct queue *queue);
unsigned queue_count(struct queue *queue);

/* ---- the request and the server ---- */

/* Of a connection's memory, what a request must leave for the header of its reply: the longest has a Link with a cursor. */
enum { REPLY_HEADER_ROOM = 4096 };

enum request_stage {
	STAGE_LINE,     /* request line read */
	STAGE_BODY,     /* admitted; the body is coming */
	STAGE_HELD,     /* with a worker, connection suspended */
	STAGE_FINISHED, /* reply made, connection resumed */
	STAGE_REPLYING,
};

struct request {
	struct http_exchange x; /* first: a pointer to it is a pointer to the request */
	struct http_server *server;
	struct MHD_Connection *connection;
	struct socket *socket;
	struct MHD_Response *response;
	enum request_stage stage;
	char *target;            /* as sent, in the arena */
	uint64_t body_announced; /* Content-Length; 0 also where there is none */
	bool body_expected;
	char *body;
	size_t body_room; /* bytes of the budget it holds */
	size_t body_discarded;
	enum err_code body_refused; /* the rest is read and thrown away, then this is the answer */
	bool close;                 /* the reply ends the connection */
};

struct http_server {
	struct http_server_options options;
	struct MHD_Daemon *daemon;
	int listen_fd;
	unsigned short port;
	struct sockets sockets;
	struct queue queue;
	atomic_size_t body_bytes;
	atomic_uint in_flight;
	atomic_bool draining;
};

/* listen.c: a listening socket at a numeric address; the port that it got. */
enum err_code listen_open(const char *address, unsigned short port, int *ret_fd, unsigned short *ret_port,
			  struct err *err) MUST_CHECK;

/* admit.c: what can be said about a request before its body is read. Fills method, target, headers of the exchange. */
enum err_code admit(struct request *request, const char *method, const char *version, struct err *err) MUST_CHECK;

/* body.c */
enum err_code body_announce(struct request *request, struct err *err) MUST_CHECK;
/* False: too much was sent on after the refusal; cut the connection. */
bool body_add(struct request *request, const char *data, size_t size);
enum err_code body_complete(struct request *request, struct err *err) MUST_CHECK;
void body_release(struct request *request);

/* reply.c: makes request->response from the exchange's reply; never fails visibly (NULL: cut the connection). */
void reply_make(struct request *request);
/* The problem becomes the reply, with the server's Retry-After where it has none. */
void reply_refuse(struct request *request, struct err *err);
struct request *request_of(struct http_exchange *x);

#endif
