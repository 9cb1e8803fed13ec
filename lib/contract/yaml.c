/*
 * libyaml's events become a jansson tree. libyaml only splits the text into events here: what a plain scalar means is
 * decided below, because its own rules are those of YAML 1.1, where `no` is false.
 */
#include "contract/yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/json.h"

#include "base/banned.h"

enum { DEPTH_MAX = 64, NUMBER_MAX = 64 };

#define EVENT_AUTO __attribute__((cleanup(yaml_event_delete)))

struct reading {
	yaml_parser_t parser;
	const char *file;
	struct err *err;
	int depth;
};

__attribute__((format(printf, 3, 4))) static enum err_code refuse(struct reading *r, size_t line, const char *format,
								  ...)
{
	char place[160];
	char detail[300];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	(void)snprintf(place, sizeof place, "%s:%zu", r->file, line + 1);
	return err_set(r->err, ERR_INTERNAL, place, "%s", detail);
}

static enum err_code next(struct reading *r, yaml_event_t *ret_event)
{
	if (yaml_parser_parse(&r->parser, ret_event) == 1)
		return ERR_NONE;
	memset(ret_event, 0, sizeof *ret_event);
	return refuse(r, r->parser.problem_mark.line, "%s",
		      r->parser.problem != NULL ? r->parser.problem : "this is not YAML");
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static const char *skip_digits(const char *text, const char *digits)
{
	return text + strspn(text, digits);
}

/* [-+]? [0-9]+, 0o[0-7]+ or 0x[0-9a-fA-F]+: `ret_base` is 0 where it is none of them. */
static const char *integer_digits(const char *text, int *ret_base)
{
	static const struct {
		const char *prefix;
		const char *digits;
		int base;
	} forms[] = {{"0o", "01234567", 8}, {"0x", "0123456789abcdefABCDEF", 16}};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		if (strncmp(text, forms[i].prefix, 2) != 0)
			continue;
		const char *end = skip_digits(text + 2, forms[i].digits);
		*ret_base = end > text + 2 && *end == '\0' ? forms[i].base : 0;
		return text + 2;
	}
	const char *digits = text + (*text == '-' || *text == '+');
	const char *end = skip_digits(digits, "0123456789");
	*ret_base = end > digits && *end == '\0' ? 10 : 0;
	return text;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_float(const char *text)
{
	const char *at = text + (*text == '-' || *text == '+');
	const char *whole = skip_digits(at, "0123456789");
	size_t digits = (size_t)(whole - at);
	at = whole;
	if (*at == '.') {
		const char *fraction = skip_digits(at + 1, "0123456789");
		digits += (size_t)(fraction - at - 1);
		at = fraction;
	}
	if (digits == 0)
		return false;
	if (*at == 'e' || *at == 'E') {
		at++;
		at += *at == '-' || *at == '+';
		const char *end = skip_digits(at, "0123456789");
		if (end == at)
			return false;
		at = end;
	}
	return *at == '\0';
}

static enum err_code read_plain(struct reading *r, const char *text, size_t size, size_t line, json_t **ret_json)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const trues[] = {"true", "True", "TRUE", NULL};
	static const char *const falses[] = {"false", "False", "FALSE", NULL};
	static const char *const beyond[] = {".inf",  ".Inf",  ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
					     "-.Inf", "-.INF", ".nan", ".NaN",  ".NAN",  NULL};
	int base = 0;
	const char *digits = integer_digits(text, &base);
	if (is_one_of(text, nulls)) {
		*ret_json = json_null();
	} else if (is_one_of(text, trues)) {
		*ret_json = json_true();
	} else if (is_one_of(text, falses)) {
		*ret_json = json_false();
	} else if (is_one_of(text, beyond)) {
		return refuse(r, line, "JSON has no such number; quote it where it is text");
	} else if (base != 0) {
		errno = 0;
		long long number = strtoll(digits, NULL, base);
		if (errno != 0)
			return refuse(r, line, "an integer is out of range");
		*ret_json = json_integer(number);
	} else if (size < NUMBER_MAX && is_float(text)) {
		double number = strtod(text, NULL);
		*ret_json = json_real(number);
		if (*ret_json == NULL)
			return refuse(r, line, "a number is out of range");
	} else {
		*ret_json = json_stringn(text, size);
	}
	return ERR_NONE;
}

static enum err_code check_scalar(struct reading *r, const yaml_event_t *event)
{
	size_t line = event->start_mark.line;
	if (event->data.scalar.anchor != NULL)
		return refuse(r, line, "anchors are not used here");
	if (event->data.scalar.tag != NULL)
		return refuse(r, line, "tags are not used here");
	if (memchr(event->data.scalar.value, '\0', event->data.scalar.length) != NULL)
		return refuse(r, line, "a NUL character is not allowed");
	return ERR_NONE;
}

static enum err_code read_scalar(struct reading *r, const yaml_event_t *event, json_t **ret_json)
{
	enum err_code code = check_scalar(r, event);
	if (code != ERR_NONE)
		return code;
	const char *text = (const char *)event->data.scalar.value;
	size_t size = event->data.scalar.length;
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return read_plain(r, text, size, event->start_mark.line, ret_json);
	*ret_json = json_stringn(text, size);
	return ERR_NONE;
}

static enum err_code read_node(struct reading *r, const yaml_event_t *event, json_t **ret_json);

static enum err_code read_sequence(struct reading *r, json_t **ret_json)
{
	JSON_AUTO json_t *array = json_array();
	for (;;) {
		EVENT_AUTO yaml_event_t event = {0};
		enum err_code code = next(r, &event);
		if (code != ERR_NONE)
			return code;
		if (event.type == YAML_SEQUENCE_END_EVENT)
			break;
		json_t *item = NULL;
		code = read_node(r, &event, &item);
		if (code != ERR_NONE)
			return code;
		(void)json_array_append_new(array, item);
	}
	*ret_json = json_incref(array);
	return ERR_NONE;
}

static enum err_code read_member(struct reading *r, const yaml_event_t *key, json_t *object)
{
	size_t line = key->start_mark.line;
	if (key->type != YAML_SCALAR_EVENT)
		return refuse(r, line, "a key must be a scalar");
	enum err_code code = check_scalar(r, key);
	if (code != ERR_NONE)
		return code;
	const char *name = (const char *)key->data.scalar.value;
	if (key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strcmp(name, "<<") == 0)
		return refuse(r, line, "merge keys are not used here");
	if (json_object_get(object, name) != NULL)
		return refuse(r, line, "the key \"%s\" stands twice in one mapping", name);
	EVENT_AUTO yaml_event_t event = {0};
	code = next(r, &event);
	if (code != ERR_NONE)
		return code;
	json_t *value = NULL;
	code = read_node(r, &event, &value);
	if (code != ERR_NONE)
		return code;
	(void)json_object_set_new(object, name, value);
	return ERR_NONE;
}

static enum err_code read_mapping(struct reading *r, json_t **ret_json)
{
	JSON_AUTO json_t *object = json_object();
	for (;;) {
		EVENT_AUTO yaml_event_t key = {0};
		enum err_code code = next(r, &key);
		if (code != ERR_NONE)
			return code;
		if (key.type == YAML_MAPPING_END_EVENT)
			break;
		code = read_member(r, &key, object);
		if (code != ERR_NONE)
			return code;
	}
	*ret_json = json_incref(object);
	return ERR_NONE;
}

static enum err_code read_node(struct reading *r, const yaml_event_t *event, json_t **ret_json)
{
	size_t line = event->start_mark.line;
	enum err_code code;
	if (r->depth >= DEPTH_MAX)
		return refuse(r, line, "nesting is deeper than %d levels", DEPTH_MAX);
	r->depth++;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		code = read_scalar(r, event, ret_json);
		break;
	case YAML_SEQUENCE_START_EVENT:
		if (event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL)
			return refuse(r, line, "anchors and tags are not used here");
		code = read_sequence(r, ret_json);
		break;
	case YAML_MAPPING_START_EVENT:
		if (event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL)
			return refuse(r, line, "anchors and tags are not used here");
		code = read_mapping(r, ret_json);
		break;
	case YAML_ALIAS_EVENT:
		return refuse(r, line, "aliases are not used here");
	default:
		return refuse(r, line, "a value is missing");
	}
	r->depth--;
	return code;
}

/* The next event, which must be of `type`. */
static enum err_code expect(struct reading *r, yaml_event_type_t type, const char *otherwise)
{
	EVENT_AUTO yaml_event_t event = {0};
	enum err_code code = next(r, &event);
	if (code == ERR_NONE && event.type != type)
		code = refuse(r, event.start_mark.line, "%s", otherwise);
	return code;
}

static enum err_code read_document(struct reading *r, json_t **ret_json)
{
	enum err_code code = expect(r, YAML_STREAM_START_EVENT, "this is not YAML");
	if (code == ERR_NONE)
		code = expect(r, YAML_DOCUMENT_START_EVENT, "the file is empty");
	if (code != ERR_NONE)
		return code;
	EVENT_AUTO yaml_event_t event = {0};
	code = next(r, &event);
	if (code != ERR_NONE)
		return code;
	JSON_AUTO json_t *json = NULL;
	code = read_node(r, &event, &json);
	if (code == ERR_NONE)
		code = expect(r, YAML_DOCUMENT_END_EVENT, "the document goes on after its end");
	if (code == ERR_NONE)
		code = expect(r, YAML_STREAM_END_EVENT, "there is a second document in the file");
	if (code == ERR_NONE)
		*ret_json = json_incref(json);
	return code;
}

enum err_code contract_yaml_read(const char *file, const char *text, size_t size, json_t **ret_json, struct err *err)
{
	struct reading r = {.file = file, .err = err};
	if (yaml_parser_initialize(&r.parser) != 1)
		return err_set(err, ERR_INTERNAL, file, "no memory for reading YAML");
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
	enum err_code code = read_document(&r, ret_json);
	yaml_parser_delete(&r.parser);
	return code;
}
