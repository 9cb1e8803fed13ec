/*
 * Checks a value against a compiled schema: faults and where they are, types, fixed values, numbers and strings. Nothing is
 * allocated unless there is a fault; a fault never quotes the value.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "contract/model.h"

#include "base/banned.h"

/* Values deeper than this were not read by json_read(). */
enum { DEPTH_MAX = 2048 };

const char *schema_frame_pointer(struct arena *arena, const char *base, const struct frame *at)
{
	if (at == NULL)
		return base;
	const char *up = schema_frame_pointer(arena, base, at->up);
	return at->member != NULL ? json_pointer_member(arena, up, at->member)
				  : json_pointer_index(arena, up, at->index);
}

static bool is_known(const struct schema_faults *faults, const char *pointer, const char *keyword)
{
	for (size_t i = 0; i < faults->n; i++)
		if (strcmp(faults->items[i].pointer, pointer) == 0 && strcmp(faults->items[i].keyword, keyword) == 0)
			return true;
	return false;
}

static void make_room(struct schema_faults *faults)
{
	if (faults->n < faults->room)
		return;
	size_t room = faults->room == 0 ? 8 : faults->room * 2;
	struct schema_fault *items = arena_array(faults->arena, room, sizeof *items);
	if (faults->n > 0)
		memcpy(items, faults->items, faults->n * sizeof *items);
	faults->items = items;
	faults->room = room;
}

bool schema_fault(struct checking *c, const struct frame *at, const char *keyword, const json_t *value,
		  const char *format, ...)
{
	struct schema_faults *faults = c->faults;
	if (faults == NULL || c->full)
		return false;
	if (faults->n == faults->max) {
		c->full = true;
		return false;
	}
	const char *pointer = schema_frame_pointer(faults->arena, c->base, at);
	if (is_known(faults, pointer, keyword))
		return false;
	make_room(faults);
	va_list args;
	va_start(args, format);
	faults->items[faults->n++] = (struct schema_fault){
		.pointer = pointer,
		.keyword = keyword,
		.detail = arena_vprintf(faults->arena, format, args),
		.value = value,
	};
	va_end(args);
	return false;
}

static const char *number_text(struct checking *c, const json_t *number)
{
	if (c->faults == NULL)
		return "";
	if (json_is_integer(number))
		return arena_printf(c->faults->arena, "%lld", json_integer_value(number));
	return arena_printf(c->faults->arena, "%.15g", json_real_value(number));
}

static bool fault_type(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	static const struct {
		unsigned types;
		const char *words;
	} rows[] = {{TYPE_OBJECT, "an object"},  {TYPE_ARRAY, "a list"},       {TYPE_STRING, "a string"},
		    {TYPE_FRACTION, "a number"}, {TYPE_INTEGER, "an integer"}, {TYPE_BOOLEAN, "true or false"},
		    {TYPE_NULL, "null"}};
	char words[128] = "";
	size_t used = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool wanted = (s->types & rows[i].types) != 0;
		if (!wanted || (rows[i].types == TYPE_INTEGER && (s->types & TYPE_FRACTION) != 0))
			continue;
		int n = snprintf(words + used, sizeof words - used, "%s%s", used > 0 ? " or " : "", rows[i].words);
		used += (size_t)n;
	}
	return schema_fault(c, at, "type", value, "must be %s", words);
}

static bool is_allowed(const json_t *allowed, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(allowed); i++)
		if (schema_value_equal(json_array_get(allowed, i), value))
			return true;
	return false;
}

static bool fault_enum(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	char words[240] = "";
	size_t used = 0;
	for (size_t i = 0; i < json_array_size(s->allowed) && c->faults != NULL; i++) {
		const json_t *one = json_array_get(s->allowed, i);
		const char *text = json_is_null(one) ? "null" : json_string_value(one);
		size_t size = text == NULL ? sizeof words : strlen(text);
		if (used + size + 3 > sizeof words)
			return schema_fault(c, at, "enum", value, "must be one of the values that the contract lists");
		int n = snprintf(words + used, sizeof words - used, "%s%s", used > 0 ? ", " : "", text);
		used += (size_t)n;
	}
	return schema_fault(c, at, "enum", value, "must be one of: %s", words);
}

static bool check_fixed(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	if (s->allowed != NULL && !is_allowed(s->allowed, value))
		return fault_enum(c, s, value, at);
	if (s->constant != NULL && !schema_value_equal(s->constant, value)) {
		const char *text = json_string_value(s->constant);
		if (text == NULL || strlen(text) > 60)
			return schema_fault(c, at, "const", value, "must be the value that the contract fixes");
		return schema_fault(c, at, "const", value, "must be \"%s\"", text);
	}
	return true;
}

static bool check_number(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	const struct number_rules *rules = s->number;
	bool ok = true;
	if (rules->maximum != NULL && schema_number_compare(value, rules->maximum) > 0)
		ok = schema_fault(c, at, "maximum", value, "must be at most %s", number_text(c, rules->maximum));
	if (rules->minimum != NULL && schema_number_compare(value, rules->minimum) < 0)
		ok = schema_fault(c, at, "minimum", value, "must be at least %s", number_text(c, rules->minimum));
	if (rules->exclusive_maximum != NULL && schema_number_compare(value, rules->exclusive_maximum) >= 0)
		ok = schema_fault(c, at, "exclusiveMaximum", value, "must be less than %s",
				  number_text(c, rules->exclusive_maximum));
	if (rules->exclusive_minimum != NULL && schema_number_compare(value, rules->exclusive_minimum) <= 0)
		ok = schema_fault(c, at, "exclusiveMinimum", value, "must be more than %s",
				  number_text(c, rules->exclusive_minimum));
	if (rules->multiple_of != NULL && !schema_is_multiple(schema_decimal(value), rules->step))
		ok = schema_fault(c, at, "multipleOf", value, "must be a multiple of %s",
				  number_text(c, rules->multiple_of));
	return ok;
}

static size_t code_points(const char *text, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < size; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* The forms that everybody meets, in words. */
static bool pattern_fault(struct checking *c, const struct frame *at, const json_t *value, const char *pattern)
{
	if (strcmp(pattern, "\\S") == 0)
		return schema_fault(c, at, "pattern", value, "must not be blank");
	if (strcmp(pattern, "^[ -~]+$") == 0)
		return schema_fault(c, at, "pattern", value, "must be printable ASCII characters");
	return schema_fault(c, at, "pattern", value, "must have the form %s", pattern);
}

static bool check_string(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	const struct string_rules *rules = s->string;
	const char *text = json_string_value(value);
	size_t size = json_string_length(value);
	bool ok = true;
	/* A code point has one to four bytes: most lengths are decided without counting. */
	if (rules->max_length.set && size > rules->max_length.n && code_points(text, size) > rules->max_length.n) {
		size_t n = rules->max_length.n;
		return schema_fault(c, at, "maxLength", value, "must be at most %zu character%s", n, n == 1 ? "" : "s");
	}
	if (rules->min_length.set && size < 4 * rules->min_length.n && code_points(text, size) < rules->min_length.n) {
		size_t n = rules->min_length.n;
		ok = schema_fault(c, at, "minLength", value, "must be at least %zu character%s", n, n == 1 ? "" : "s");
	}
	if (rules->pattern != NULL && !schema_pattern_matches(c, rules->pattern, text, size))
		ok = pattern_fault(c, at, value, rules->pattern->text);
	return ok;
}

static bool check_by_type(struct checking *c, const struct schema *s, enum schema_type type, const json_t *value,
			  const struct frame *at)
{
	switch (type) {
	case TYPE_INTEGER:
	case TYPE_FRACTION:
		return s->number == NULL || check_number(c, s, value, at);
	case TYPE_STRING:
		return s->string == NULL || check_string(c, s, value, at);
	case TYPE_ARRAY:
		return s->array == NULL || schema_check_array(c, s, value, at);
	case TYPE_OBJECT:
		return s->object == NULL || schema_check_object(c, s, value, at);
	default:
		return true;
	}
}

static bool check_rules(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	enum schema_type type = schema_type_of(value);
	if ((s->types & type) == 0)
		return fault_type(c, s, value, at);
	bool ok = check_fixed(c, s, value, at);
	if (s->format != NULL && (s->format->types & type) != 0 && !s->format->holds(value))
		ok = schema_fault(c, at, "format", value, "must be %s", s->format->words);
	if ((ok || c->faults != NULL) && !check_by_type(c, s, type, value, at))
		ok = false;
	if (s->combination != NULL && (ok || c->faults != NULL) && !schema_check_combination(c, s, value, at))
		ok = false;
	bool unevaluated = (type == TYPE_OBJECT && s->object != NULL && s->object->unevaluated != NULL) ||
			   (type == TYPE_ARRAY && s->array != NULL && s->array->unevaluated != NULL);
	if (unevaluated && (ok || c->faults != NULL) && !schema_check_unevaluated(c, s, value, at))
		ok = false;
	return ok;
}

bool schema_check_value(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	if (s->kind == SCHEMA_TRUE)
		return true;
	if (c->full)
		return false;
	if (s->kind == SCHEMA_FALSE)
		return schema_fault(c, at, "false", value, "is not allowed here");
	if (c->depth >= DEPTH_MAX)
		return schema_fault(c, NULL, "depth", value, "is nested too deeply");
	c->depth++;
	bool ok = check_rules(c, s, value, at);
	c->depth--;
	return ok;
}

bool schema_holds(struct checking *c, const struct schema *s, const json_t *value)
{
	struct schema_faults *faults = c->faults;
	bool full = c->full;
	c->faults = NULL;
	c->full = false;
	bool ok = schema_check_value(c, s, value, NULL);
	c->faults = faults;
	c->full = full;
	return ok;
}

void schema_checking_release(struct checking *c)
{
	pcre2_match_data_free(c->match);
	c->match = NULL;
}

bool schema_check(const struct schema *schema, const json_t *value, const char *pointer, struct schema_faults *faults)
{
	struct checking c = {.faults = faults, .base = pointer, .set = schema->set};
	bool ok = schema_check_value(&c, schema, value, NULL);
	schema_checking_release(&c);
	return ok;
}
