/* Strict JSON in, canonical JSON out. */
#include "base/json.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void json_auto_free(json_t **json)
{
	json_decref(*json);
	*json = NULL;
}

static enum err_code refuse(struct err *err, const char *text, size_t at, const char *why)
{
	size_t line = 1;
	size_t column = 1;
	for (size_t i = 0; i < at; i++) {
		column++;
		if (text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	char place[64];
	(void)snprintf(place, sizeof place, "line %zu, column %zu", line, column);
	return err_set(err, ERR_INVALID_JSON, place, "%s", why);
}

/* What jansson lets pass or finds too late: depth before it recurses, raw NUL, \u0000. Strings are followed, no more. */
static enum err_code scan(const char *text, size_t size, struct err *err)
{
	bool in_string = false;
	int depth = 0;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		if (c == '\0')
			return refuse(err, text, i, "a NUL byte is not allowed");
		if (in_string && c == '\\') {
			if (size - i > 5 && memcmp(text + i, "\\u0000", 6) == 0)
				return refuse(err, text, i, "\\u0000 is not allowed");
			i++;
			if (i < size && text[i] == '\0')
				return refuse(err, text, i, "a NUL byte is not allowed");
		} else if (c == '"') {
			in_string = !in_string;
		} else if (!in_string && (c == '{' || c == '[') && ++depth > JSON_DEPTH_MAX) {
			return refuse(err, text, i, "nesting is deeper than 32 levels");
		} else if (!in_string && (c == '}' || c == ']')) {
			depth--;
		}
	}
	return ERR_NONE;
}

/* What a string holds that none may; jansson has one code for all of it. */
static const char *syntax_reason(const char *text)
{
	static const struct {
		const char *begins;
		const char *reason;
	} rows[] = {
		{"invalid Unicode", "half of a surrogate pair is not allowed"},
		{"invalid escape", "a backslash in a string is followed by what is no escape"},
		{"unexpected newline", "a line break in a string must be written as \\n"},
		{"control character", "a control character in a string must be written as an escape"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strncmp(text, rows[i].begins, strlen(rows[i].begins)) == 0)
			return rows[i].reason;
	}
	return "this is not JSON";
}

/* jansson's words without the piece of the input that it quotes: that may be a child's name. */
static const char *reason(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_premature_end_of_input:
		return "the text ends too early";
	case json_error_end_of_input_expected:
		return "there is something behind the end of the JSON text";
	case json_error_invalid_utf8:
		return "the text is not valid UTF-8";
	case json_error_duplicate_key:
		return "a member stands twice in one object";
	case json_error_numeric_overflow:
		return "a number is too large";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "\\u0000 is not allowed";
	case json_error_invalid_syntax:
		return syntax_reason(error->text);
	default:
		return "this is not JSON";
	}
}

enum err_code json_read(const char *text, size_t size, json_t **ret_json, struct err *err)
{
	if (size == 0)
		return err_set(err, ERR_INVALID_JSON, "line 1, column 1", "the body is empty");
	if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		return refuse(err, text, 0, "a byte order mark is not allowed");
	enum err_code code = scan(text, size, err);
	if (code != ERR_NONE)
		return code;
	json_error_t error;
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (json == NULL) {
		char place[64];
		(void)snprintf(place, sizeof place, "line %d, column %d", error.line, error.column);
		return err_set(err, ERR_INVALID_JSON, place, "%s", reason(&error));
	}
	*ret_json = json;
	return ERR_NONE;
}

/* ---- canonical text ---- */

struct member {
	const char *name;
	const json_t *value;
};

enum { MEMBERS_ON_STACK = 48 };

static int compare_members(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static void write_object(struct buf *buf, const json_t *json)
{
	struct member on_stack[MEMBERS_ON_STACK];
	size_t size = json_object_size(json);
	struct member *members = on_stack;
	if (size > MEMBERS_ON_STACK) {
		members = calloc(size, sizeof *members);
		if (members == NULL)
			abort();
	}
	size_t n = 0;
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)json, name, value) members[n++] = (struct member){name, value};
	qsort(members, n, sizeof *members, compare_members);
	buf_add_char(buf, '{');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(buf, ',');
		buf_add_json_string(buf, members[i].name, strlen(members[i].name));
		buf_add_char(buf, ':');
		json_write(buf, members[i].value);
	}
	buf_add_char(buf, '}');
	if (members != on_stack)
		free(members);
}

static void write_array(struct buf *buf, const json_t *json)
{
	buf_add_char(buf, '[');
	for (size_t i = 0; i < json_array_size(json); i++) {
		if (i > 0)
			buf_add_char(buf, ',');
		json_write(buf, json_array_get(json, i));
	}
	buf_add_char(buf, ']');
}

static void write_real(struct buf *buf, const json_t *json)
{
	char *text = json_dumps(json, JSON_ENCODE_ANY);
	if (text == NULL)
		abort();
	buf_add_text(buf, text);
	free(text);
}

/* Recursion is bounded by the nesting that json_read() lets in. */
void json_write(struct buf *buf, const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		write_object(buf, json);
		break;
	case JSON_ARRAY:
		write_array(buf, json);
		break;
	case JSON_STRING:
		buf_add_json_string(buf, json_string_value(json), json_string_length(json));
		break;
	case JSON_INTEGER:
		buf_add_int(buf, json_integer_value(json));
		break;
	case JSON_REAL:
		write_real(buf, json);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		buf_add_text(buf, json_is_true(json) ? "true" : "false");
		break;
	case JSON_NULL:
		buf_add_text(buf, "null");
		break;
	}
}

static const size_t CANONICAL_MAX = (size_t)64 << 20;

const char *json_canonical(struct arena *arena, const json_t *json, size_t *ret_size)
{
	struct buf buf;
	buf_init(&buf, CANONICAL_MAX);
	json_write(&buf, json);
	const char *text = arena_strndup(arena, buf_text(&buf), buf.size);
	if (ret_size != NULL)
		*ret_size = buf.size;
	buf_release(&buf);
	return text;
}

void json_digest(const json_t *json, char ret_hex[JSON_DIGEST_SIZE])
{
	struct buf buf;
	unsigned char digest[crypto_hash_sha256_BYTES];
	buf_init(&buf, CANONICAL_MAX);
	json_write(&buf, json);
	(void)crypto_hash_sha256(digest, (const unsigned char *)buf_text(&buf), buf.size);
	buf_release(&buf);
	(void)sodium_bin2hex(ret_hex, JSON_DIGEST_SIZE, digest, sizeof digest);
}

const char *json_text(const json_t *json, const char *member)
{
	return json_string_value(json_object_get(json, member));
}

const char *json_said(const json_t *json, const char *member)
{
	const char *text = json_text(json, member);
	return text == NULL || text[strspn(text, " \t\n\v\f\r")] == '\0' ? NULL : text;
}

const char *json_pointer_member(struct arena *arena, const char *pointer, const char *member)
{
	struct buf buf;
	buf_init(&buf, (size_t)1 << 20);
	buf_add_text(&buf, pointer);
	buf_add_char(&buf, '/');
	for (const char *c = member; *c != '\0'; c++) {
		if (*c == '~')
			buf_add_text(&buf, "~0");
		else if (*c == '/')
			buf_add_text(&buf, "~1");
		else
			buf_add_char(&buf, *c);
	}
	const char *text = arena_strndup(arena, buf_text(&buf), buf.size);
	buf_release(&buf);
	return text;
}

const char *json_pointer_index(struct arena *arena, const char *pointer, size_t index)
{
	return arena_printf(arena, "%s/%zu", pointer, index);
}
