/*
 * The target of a request line, taken apart: path split at its slashes first and decoded afterwards (so that %2F stays
 * data), query decoded as forms encode it. Pure text work.
 */
#ifndef MASHD_HTTP_TARGET_H
#define MASHD_HTTP_TARGET_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "http/exchange.h"

enum { TARGET_MAX = 8192, TARGET_SEGMENTS_MAX = 32, TARGET_QUERY_MAX = 64 };

struct target {
	const char *path;      /* as sent, without the query */
	const char **segments; /* decoded; "/" has none, "/a/" has "a" and "" */
	size_t n_segments;
	struct http_field *query; /* decoded, in order */
	size_t n_query;
};

/*
 * Refuses with ERR_MALFORMED_REQUEST: no leading slash, bytes that a URI cannot hold, broken percent signs, NUL and
 * control characters, invalid UTF-8, segments "." and ".." (also encoded), more than the maxima above; ERR_URI_TOO_LONG
 * over TARGET_MAX bytes. Everything is copied into the arena.
 */
enum err_code target_decode(struct arena *arena, const char *text, struct target *ret_target, struct err *err)
	MUST_CHECK;

#endif
