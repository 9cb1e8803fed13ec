/*
 * One request and its reply. The server makes it, reads the whole request into it, gives it to one worker (or to the
 * batch writer) and gets it back with http_exchange_finish(). Between those it has exactly one owner, who may use every
 * member without a lock. Everything in it lives in its arena and ends with it.
 */
#ifndef MASHD_HTTP_EXCHANGE_H
#define MASHD_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/ident.h"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHOD_COUNT };

/* "GET" and so on. */
const char *http_method_name(enum http_method method);

struct http_field {
	const char *name; /* headers: lower case; query: decoded */
	const char *value;
};

enum { HTTP_REPLY_FIELDS = 12, HTTP_TRACEPARENT_SIZE = 56 };

struct http_reply {
	int status;               /* 0 until somebody decided */
	const char *content_type; /* "application/json" unless set */
	struct buf body;
	struct http_field fields[HTTP_REPLY_FIELDS]; /* further headers; values in the arena */
	size_t n_fields;
	bool cacheable; /* else Cache-Control: no-store is sent */
};

struct http_exchange {
	struct arena arena;
	enum http_method method;
	const char *path;      /* as sent, without the query; for logs use the operation's name instead */
	const char **segments; /* of the path, decoded after splitting: "/" has none, "/a/" has "a" and "" */
	size_t n_segments;
	const struct http_field *query; /* decoded, in order, repeated names kept */
	size_t n_query;
	const struct http_field *headers;
	size_t n_headers;
	const char *body; /* NUL-terminated behind `body_size` bytes; gone once the exchange is finished */
	size_t body_size;
	char request_id[IDENT_SIZE];             /* UUIDv7, sent back as X-Request-Id and in problems */
	char traceparent[HTTP_TRACEPARENT_SIZE]; /* as accepted, or "" */
	uint64_t started_ns;                     /* monotonic: request line read */
	uint64_t queued_ns;                      /* monotonic: given to the queue */
	struct http_reply reply;
	const char *operation; /* for metrics and logs, set once routed; static lifetime */
	const void *route;     /* the application's: what it found for method and path */
	bool ordinary;         /* the application's: the fast way declined this one */
	void *server_private;
};

/*
 * For the server, and for tests that need an exchange without one: a new request id, nothing else. `reply_max` is the
 * ceiling of the reply's body.
 */
void http_exchange_init(struct http_exchange *x, size_t reply_max);
void http_exchange_release(struct http_exchange *x);

/* The value of the first header of that (lower-case) name, NULL where absent. Those that matter can stand only once. */
const char *http_exchange_header(const struct http_exchange *x, const char *name);
/* The value of the first query parameter of that name, NULL where absent. */
const char *http_exchange_query(const struct http_exchange *x, const char *name);

/* Adds a reply header; `value` is copied into the arena. Asserts on more than HTTP_REPLY_FIELDS. */
void http_reply_field(struct http_exchange *x, const char *name, const char *value);
/* Empties the reply for a new start: status 0, no body, no fields. */
void http_reply_clear(struct http_exchange *x);
/* The reply is the problem `err` says (lib/http/problem.c): status, application/problem+json, Retry-After, WWW-Authenticate. */
void http_reply_problem(struct http_exchange *x, const struct err *err);

/*
 * Gives the exchange back to the server, which sends the reply. Exactly once per exchange, from any thread; the caller
 * must not touch it afterwards. A reply whose body overflowed, or without a status, goes out as internal-error.
 */
void http_exchange_finish(struct http_exchange *x);

/*
 * Instead of finishing: puts the exchange back at the end of the queue, for another worker to start it anew. From any
 * thread. ERR_BUSY or ERR_DRAINING where there is no place; then it is still the caller's to finish.
 */
enum err_code http_exchange_requeue(struct http_exchange *x) MUST_CHECK;

#endif
