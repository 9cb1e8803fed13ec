/*
 * What each keyword means for the compiled schema: one table. A keyword that is not in it, and does not start with "x-",
 * stops the compilation; so does one whose own value has the wrong form.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "contract/compile.h"

#include "base/banned.h"

enum err_code schema_refuse(const struct compiling *c, const char *words)
{
	return err_set(c->err, ERR_INTERNAL, c->place, "%s", words);
}

struct arena *schema_arena(const struct compiling *c)
{
	return c->schema->set->arena;
}

enum err_code schema_compile_part(struct compiling *c, const json_t *node, const char *place,
				  const struct schema **ret_schema)
{
	struct schema *schema = NULL;
	enum err_code code = schema_set_compile(c->schema->set, node, place, &schema, c->err);
	if (code != ERR_NONE)
		return code;
	struct schema_edge **list = c->row->in_place ? &c->schema->in_place : &c->schema->inside;
	struct schema_edge *edge = arena_alloc(schema_arena(c), sizeof *edge);
	*edge = (struct schema_edge){.to = schema, .next = *list};
	*list = edge;
	*ret_schema = schema;
	return ERR_NONE;
}

static enum err_code compile_schema(struct compiling *c, void *target, const json_t *value)
{
	return schema_compile_part(c, value, c->place, target);
}

static enum err_code compile_schema_list(struct compiling *c, void *target, const json_t *value)
{
	struct schema_list *list = target;
	if (!json_is_array(value) || json_array_size(value) == 0)
		return schema_refuse(c, "this must be a list of schemas");
	list->n = json_array_size(value);
	list->items = arena_array(schema_arena(c), list->n, sizeof(struct schema *));
	for (size_t i = 0; i < list->n; i++) {
		enum err_code code = schema_compile_part(
			c, json_array_get(value, i), json_pointer_index(schema_arena(c), c->place, i), &list->items[i]);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

static enum err_code compile_definitions(struct compiling *c, void *target, const json_t *value)
{
	(void)target;
	if (!json_is_object(value))
		return schema_refuse(c, "this must be an object of schemas");
	const char *name;
	json_t *node;
	json_object_foreach((json_t *)value, name, node)
	{
		struct schema *ignored = NULL;
		enum err_code code = schema_set_compile(
			c->schema->set, node, json_pointer_member(schema_arena(c), c->place, name), &ignored, c->err);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

static enum err_code compile_ref(struct compiling *c, void *target, const json_t *value)
{
	struct combination *rules = target;
	const char *place = NULL;
	const json_t *node = NULL;
	if (json_is_string(value))
		node = schema_resolve(schema_arena(c), c->schema->set->document, json_string_value(value), &place);
	if (node == NULL)
		return schema_refuse(c, "the reference leads nowhere");
	return schema_compile_part(c, node, place, &rules->ref);
}

static unsigned type_bits(const json_t *name)
{
	static const struct {
		const char *name;
		unsigned types;
	} rows[] = {{"null", TYPE_NULL},      {"boolean", TYPE_BOOLEAN}, {"object", TYPE_OBJECT},
		    {"array", TYPE_ARRAY},    {"string", TYPE_STRING},   {"number", TYPE_FRACTION | TYPE_INTEGER},
		    {"integer", TYPE_INTEGER}};
	const char *text = json_string_value(name);
	for (size_t i = 0; text != NULL && i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].name, text) == 0)
			return rows[i].types;
	return 0;
}

static enum err_code compile_type(struct compiling *c, void *target, const json_t *value)
{
	unsigned types = json_is_array(value) ? 0 : type_bits(value);
	for (size_t i = 0; i < json_array_size(value); i++) {
		unsigned bits = type_bits(json_array_get(value, i));
		if (bits == 0)
			return schema_refuse(c, "there is no such type");
		types |= bits;
	}
	if (types == 0)
		return schema_refuse(c, "there is no such type");
	*(unsigned *)target = types;
	return ERR_NONE;
}

static enum err_code compile_any(struct compiling *c, void *target, const json_t *value)
{
	(void)c;
	*(const json_t **)target = value;
	return ERR_NONE;
}

static enum err_code compile_enum(struct compiling *c, void *target, const json_t *value)
{
	if (!json_is_array(value) || json_array_size(value) == 0)
		return schema_refuse(c, "this must be a list of values");
	return compile_any(c, target, value);
}

static enum err_code compile_number(struct compiling *c, void *target, const json_t *value)
{
	return json_is_number(value) ? compile_any(c, target, value) : schema_refuse(c, "this must be a number");
}

static enum err_code compile_multiple_of(struct compiling *c, void *target, const json_t *value)
{
	struct number_rules *rules = target;
	if (!json_is_number(value) || json_number_value(value) <= 0)
		return schema_refuse(c, "this must be a number above 0");
	rules->multiple_of = value;
	rules->step = schema_decimal(value);
	return ERR_NONE;
}

static enum err_code compile_limit(struct compiling *c, void *target, const json_t *value)
{
	double n = json_number_value(value);
	if (!json_is_number(value) || schema_type_of(value) != TYPE_INTEGER || n < 0 || n > 4e15)
		return schema_refuse(c, "this must be an integer of at least 0");
	*(struct limit *)target = (struct limit){.set = true, .n = (size_t)n};
	return ERR_NONE;
}

static enum err_code compile_bool(struct compiling *c, void *target, const json_t *value)
{
	if (!json_is_boolean(value))
		return schema_refuse(c, "this must be true or false");
	*(bool *)target = json_is_true(value);
	return ERR_NONE;
}

static enum err_code compile_pattern(struct compiling *c, void *target, const json_t *value)
{
	if (!json_is_string(value))
		return schema_refuse(c, "this must be a regular expression");
	return schema_pattern_compile(c->schema->set, json_string_value(value), c->place, target, c->err);
}

static enum err_code compile_format(struct compiling *c, void *target, const json_t *value)
{
	const struct schema_format_row *row = json_is_string(value) ? schema_format_find(json_string_value(value))
								    : NULL;
	if (row == NULL)
		return schema_refuse(c, "this format is not known here");
	*(const struct schema_format_row **)target = row;
	return ERR_NONE;
}

#define NUMBER(member) OF_NUMBER, offsetof(struct number_rules, member), false
#define STRING(member) OF_STRING, offsetof(struct string_rules, member), false
#define ARRAY(member)  OF_ARRAY, offsetof(struct array_rules, member), false
#define OBJECT(member) OF_OBJECT, offsetof(struct object_rules, member), false
#define SAME(member)   OF_COMBINATION, offsetof(struct combination, member), true

static const struct keyword keywords[] = {
	{"type", compile_type, OF_SCHEMA, offsetof(struct schema, types), false},
	{"enum", compile_enum, OF_SCHEMA, offsetof(struct schema, allowed), false},
	{"const", compile_any, OF_SCHEMA, offsetof(struct schema, constant), false},
	{"format", compile_format, OF_SCHEMA, offsetof(struct schema, format), false},
	{"multipleOf", compile_multiple_of, OF_NUMBER, 0, false},
	{"maximum", compile_number, NUMBER(maximum)},
	{"exclusiveMaximum", compile_number, NUMBER(exclusive_maximum)},
	{"minimum", compile_number, NUMBER(minimum)},
	{"exclusiveMinimum", compile_number, NUMBER(exclusive_minimum)},
	{"maxLength", compile_limit, STRING(max_length)},
	{"minLength", compile_limit, STRING(min_length)},
	{"pattern", compile_pattern, STRING(pattern)},
	{"items", compile_schema, ARRAY(items)},
	{"prefixItems", compile_schema_list, ARRAY(prefix)},
	{"contains", compile_schema, ARRAY(contains)},
	{"maxContains", compile_limit, ARRAY(max_contains)},
	{"minContains", compile_limit, ARRAY(min_contains)},
	{"maxItems", compile_limit, ARRAY(max_items)},
	{"minItems", compile_limit, ARRAY(min_items)},
	{"uniqueItems", compile_bool, ARRAY(unique)},
	{"unevaluatedItems", compile_schema, ARRAY(unevaluated)},
	{"properties", schema_compile_properties, OF_OBJECT, 0, false},
	{"required", schema_compile_required, OF_OBJECT, 0, false},
	{"patternProperties", schema_compile_pattern_properties, OF_OBJECT, 0, false},
	{"dependentRequired", schema_compile_dependent_required, OF_OBJECT, 0, false},
	{"dependentSchemas", schema_compile_dependent_schemas, OF_OBJECT, 0, true},
	{"additionalProperties", compile_schema, OBJECT(additional)},
	{"unevaluatedProperties", compile_schema, OBJECT(unevaluated)},
	{"propertyNames", compile_schema, OBJECT(names)},
	{"maxProperties", compile_limit, OBJECT(max_properties)},
	{"minProperties", compile_limit, OBJECT(min_properties)},
	{"$ref", compile_ref, OF_COMBINATION, 0, true},
	{"allOf", compile_schema_list, SAME(all_of)},
	{"anyOf", compile_schema_list, SAME(any_of)},
	{"oneOf", compile_schema_list, SAME(one_of)},
	{"not", compile_schema, SAME(not )},
	{"if", compile_schema, SAME(if_)},
	{"then", compile_schema, SAME(then)},
	{"else", compile_schema, SAME(else_)},
	{"$defs", compile_definitions, OF_SCHEMA, 0, false},
	{"title", NULL, OF_SCHEMA, 0, false},
	{"description", NULL, OF_SCHEMA, 0, false},
	{"default", NULL, OF_SCHEMA, 0, false},
	{"examples", NULL, OF_SCHEMA, 0, false},
	{"deprecated", NULL, OF_SCHEMA, 0, false},
	{"readOnly", NULL, OF_SCHEMA, 0, false},
	{"writeOnly", NULL, OF_SCHEMA, 0, false},
	{"$comment", NULL, OF_SCHEMA, 0, false},
};

#define ENSURE(arena, member) ((member) != NULL ? (member) : ((member) = arena_alloc((arena), sizeof *(member))))

static char *family_of(struct schema *schema, enum family family)
{
	struct arena *arena = schema->set->arena;
	switch (family) {
	case OF_NUMBER:
		return (char *)ENSURE(arena, schema->number);
	case OF_STRING:
		return (char *)ENSURE(arena, schema->string);
	case OF_ARRAY:
		return (char *)ENSURE(arena, schema->array);
	case OF_OBJECT:
		return (char *)ENSURE(arena, schema->object);
	case OF_COMBINATION:
		return (char *)ENSURE(arena, schema->combination);
	default:
		return (char *)schema;
	}
}

enum err_code schema_compile_keyword(struct schema *schema, const char *keyword, const json_t *value, struct err *err)
{
	if (strncmp(keyword, "x-", 2) == 0)
		return ERR_NONE;
	const char *place = json_pointer_member(schema->set->arena, schema->place, keyword);
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		const struct keyword *row = &keywords[i];
		if (strcmp(row->name, keyword) != 0)
			continue;
		if (row->compile == NULL)
			return ERR_NONE;
		struct compiling c = {.schema = schema, .row = row, .place = place, .err = err};
		return row->compile(&c, family_of(schema, row->family) + row->offset, value);
	}
	return err_set(err, ERR_INTERNAL, place, "the keyword \"%.60s\" is not known here", keyword);
}
