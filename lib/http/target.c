/* Splits, then decodes. Whatever could be read in two ways is refused rather than repaired. */
#include "http/target.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/banned.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The length of the UTF-8 sequence at `at` (RFC 3629: shortest form, no surrogates, up to U+10FFFF), 0 where there is none. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
	static const struct {
		unsigned char first_low, first_high, second_low, second_high;
		size_t length;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	if (at[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (at[0] < forms[i].first_low || at[0] > forms[i].first_high)
			continue;
		if (left < forms[i].length || at[1] < forms[i].second_low || at[1] > forms[i].second_high)
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((at[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/* No controls (C0, DEL), valid UTF-8. */
static bool is_clean(const char *text, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	for (size_t i = 0; i < size;) {
		size_t length = utf8_length(at + i, size - i);
		if (length == 0 || at[i] < 0x20 || at[i] == 0x7f)
			return false;
		i += length;
	}
	return true;
}

/* Percent-decodes `size` bytes into the arena; `plus` makes "+" a space. NULL where they are broken. */
static const char *decode(struct arena *arena, const char *text, size_t size, bool plus)
{
	char *out = arena_alloc(arena, size + 1);
	size_t n = 0;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		if (c == '%') {
			int high = i + 2 < size ? hex_digit(text[i + 1]) : -1;
			int low = i + 2 < size ? hex_digit(text[i + 2]) : -1;
			if (high < 0 || low < 0)
				return NULL;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		out[n++] = c;
	}
	return is_clean(out, n) ? out : NULL;
}

static size_t count(const char *text, size_t size, char wanted)
{
	size_t n = 0;
	for (size_t i = 0; i < size; i++)
		n += text[i] == wanted;
	return n;
}

static size_t until(const char *text, size_t size, char wanted)
{
	const char *at = memchr(text, wanted, size);
	return at == NULL ? size : (size_t)(at - text);
}

static enum err_code decode_path(struct arena *arena, const char *path, size_t size, struct target *target,
				 struct err *err)
{
	size_t n = count(path, size, '/');
	if (n > TARGET_SEGMENTS_MAX)
		return err_set(err, ERR_MALFORMED_REQUEST, "path", "the path has more than %d segments",
			       TARGET_SEGMENTS_MAX);
	target->path = arena_strndup(arena, path, size);
	target->segments = arena_array(arena, n, sizeof *target->segments);
	target->n_segments = size == 1 ? 0 : n;
	size_t at = 1;
	for (size_t i = 0; i < target->n_segments; i++) {
		size_t length = until(path + at, size - at, '/');
		const char *segment = decode(arena, path + at, length, false);
		if (segment == NULL)
			return err_set(
				err, ERR_MALFORMED_REQUEST, "path",
				"a segment of the path is not valid percent-encoded UTF-8 without control characters");
		if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
			return err_set(err, ERR_MALFORMED_REQUEST, "path", "the path has a segment of dots");
		target->segments[i] = segment;
		at += length + 1;
	}
	return ERR_NONE;
}

static enum err_code decode_query(struct arena *arena, const char *query, size_t size, struct target *target,
				  struct err *err)
{
	size_t most = count(query, size, '&') + 1;
	if (most > TARGET_QUERY_MAX)
		return err_set(err, ERR_MALFORMED_REQUEST, "query", "the query has more than %d parameters",
			       TARGET_QUERY_MAX);
	target->query = arena_array(arena, most, sizeof *target->query);
	for (size_t at = 0; at < size;) {
		size_t length = until(query + at, size - at, '&');
		size_t name = until(query + at, length, '=');
		size_t skip = name < length ? name + 1 : length;
		struct http_field field = {
			.name = decode(arena, query + at, name, true),
			.value = decode(arena, query + at + skip, length - skip, true),
		};
		if (field.name == NULL || field.value == NULL)
			return err_set(err, ERR_MALFORMED_REQUEST, "query",
				       "the query is not valid percent-encoded UTF-8 without control characters");
		if (length > 0)
			target->query[target->n_query++] = field;
		at += length + 1;
	}
	return ERR_NONE;
}

enum err_code target_decode(struct arena *arena, const char *text, struct target *ret_target, struct err *err)
{
	size_t size = strnlen(text, TARGET_MAX + 1);
	if (size > TARGET_MAX)
		return err_set(err, ERR_URI_TOO_LONG, "", "path and query have more than %d bytes", TARGET_MAX);
	if (text[0] != '/')
		return err_set(err, ERR_MALFORMED_REQUEST, "", "the target does not start with a slash");
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c <= 0x20 || c >= 0x7f || c == '#' || c == '\\')
			return err_set(err, ERR_MALFORMED_REQUEST, "",
				       "the target has a character that must be encoded");
	}
	struct target target = {0};
	size_t path = until(text, size, '?');
	size_t query = path < size ? path + 1 : size;
	enum err_code code = decode_path(arena, text, path, &target, err);
	if (code == ERR_NONE && query < size)
		code = decode_query(arena, text + query, size - query, &target, err);
	if (code == ERR_NONE)
		*ret_target = target;
	return code;
}
