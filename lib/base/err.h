/*
 * The ways in which work can fail: one table for the whole house. Each row is at the same time a problem type of the
 * API (RFC 9457) with a page under api/problems/; lib/http/problem.c alone turns a row into a reply.
 */
#ifndef MASHD_BASE_ERR_H
#define MASHD_BASE_ERR_H

#include <stddef.h>

/* The result of a call that can fail must be looked at. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* X(code, HTTP status, slug of the problem type, title) */
#define ERR_TABLE(X)                                                                                                   \
	X(ERR_MALFORMED_REQUEST, 400, "malformed-request", "The request is not well-formed")                           \
	X(ERR_INVALID_JSON, 400, "invalid-json", "The body is not valid JSON")                                         \
	X(ERR_INVALID_PARAMETER, 400, "invalid-parameter", "A parameter is not valid")                                 \
	X(ERR_IDEMPOTENCY_KEY_MISSING, 400, "idempotency-key-missing", "The Idempotency-Key header is missing")        \
	X(ERR_UNAUTHENTICATED, 401, "unauthenticated", "The key is missing or not valid")                              \
	X(ERR_FORBIDDEN, 403, "forbidden", "This key may not do that")                                                 \
	X(ERR_NOT_FOUND, 404, "not-found", "There is no such thing here")                                              \
	X(ERR_METHOD_NOT_ALLOWED, 405, "method-not-allowed", "The method is not allowed here")                         \
	X(ERR_NOT_ACCEPTABLE, 406, "not-acceptable", "No such representation")                                         \
	X(ERR_WRONG_STATE, 409, "wrong-state", "The record's state does not allow that")                               \
	X(ERR_REQUEST_IN_PROGRESS, 409, "request-in-progress", "The same request is still being worked on")            \
	X(ERR_ALREADY_EXISTS, 409, "already-exists", "There is one already")                                           \
	X(ERR_STALE_VERSION, 412, "stale-version", "The record has changed since you read it")                         \
	X(ERR_BODY_TOO_LARGE, 413, "body-too-large", "The body is too large")                                          \
	X(ERR_URI_TOO_LONG, 414, "uri-too-long", "The address is too long")                                            \
	X(ERR_UNSUPPORTED_MEDIA_TYPE, 415, "unsupported-media-type", "The content type is not supported")              \
	X(ERR_INVALID_BODY, 422, "invalid-body", "The body does not have the shape that the contract asks for")        \
	X(ERR_IDEMPOTENCY_KEY_REUSED, 422, "idempotency-key-reused", "The Idempotency-Key was used for other content") \
	X(ERR_RULE_BROKEN, 422, "rule-broken", "A rule of the follow-up process refuses this")                         \
	X(ERR_VERSION_REQUIRED, 428, "version-required", "The If-Match header is missing")                             \
	X(ERR_HEADERS_TOO_LARGE, 431, "headers-too-large", "The headers are too large")                                \
	X(ERR_INTERNAL, 500, "internal-error", "Something went wrong here")                                            \
	X(ERR_BUSY, 503, "busy", "Too much work is waiting")                                                           \
	X(ERR_UNAVAILABLE, 503, "unavailable", "The database cannot be reached")                                       \
	X(ERR_OUTCOME_UNKNOWN, 503, "outcome-unknown", "It is not known whether this was stored")                      \
	X(ERR_DRAINING, 503, "draining", "This server is stopping")

enum err_code {
	ERR_NONE = 0,
#define ERR_ENUM(code, status, slug, title) code,
	ERR_TABLE(ERR_ENUM)
#undef ERR_ENUM
		ERR_COUNT,
};

/* One of several faults of one input. The strings belong to the arena of the caller that asked for the check. */
struct err_item {
	const char *pointer; /* JSON Pointer into the body, or the name of a parameter or header */
	const char *code;    /* machine-readable, snake_case */
	const char *detail;  /* for a person; never a value that was sent */
};

/*
 * What went wrong, once. `place` names where in the input (JSON Pointer, parameter, header, file:line) or is empty;
 * `detail` says what in a sentence and holds no personal data. `items` is NULL or names every fault of the input.
 */
struct err {
	enum err_code code;
	unsigned retry_after_s; /* > 0: when to try again, in seconds */
	char place[200];
	char detail[600];
	const struct err_item *items;
	size_t n_items;
};

/* Fills `err` (which may be NULL) and returns `code`, so that `return err_set(…)` reads as one step. */
enum err_code err_set(struct err *err, enum err_code code, const char *place, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Puts "context: " before the detail that is already there; returns its code. */
enum err_code err_context(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The row of the table: HTTP status, slug, title. ERR_NONE and codes outside the table read as ERR_INTERNAL. */
int err_status(enum err_code code);
const char *err_slug(enum err_code code);
const char *err_title(enum err_code code);

#endif
