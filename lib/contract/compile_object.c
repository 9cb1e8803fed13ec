/* The keywords for objects whose value is more than one schema or number. */
#include <string.h>

#include "base/json.h"
#include "contract/compile.h"

#include "base/banned.h"

/* The slot for a name that `properties` or `required` holds; the table is sized for both. */
static struct property *add_name(struct compiling *c, struct object_rules *rules, const char *name)
{
	if (rules->slots == NULL) {
		const json_t *source = c->schema->source;
		size_t names = json_object_size(json_object_get(source, "properties")) +
			       json_array_size(json_object_get(source, "required"));
		size_t size = 4;
		while (size < 2 * names)
			size *= 2;
		rules->slots = arena_array(schema_arena(c), size, sizeof *rules->slots);
		rules->mask = size - 1;
	}
	size_t length = strlen(name);
	struct property *slot = schema_property_slot(rules, name, length);
	slot->name = name;
	slot->length = length;
	slot->hash = schema_name_hash(name, length);
	return slot;
}

enum err_code schema_compile_properties(struct compiling *c, void *target, const json_t *value)
{
	struct object_rules *rules = target;
	if (!json_is_object(value))
		return schema_refuse(c, "this must be an object of schemas");
	rules->properties = json_object_size(value) > 0;
	const char *name;
	json_t *node;
	json_object_foreach((json_t *)value, name, node)
	{
		enum err_code code = schema_compile_part(c, node, json_pointer_member(schema_arena(c), c->place, name),
							 &add_name(c, rules, name)->schema);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

/* A list of different strings. */
static enum err_code read_names(struct compiling *c, const json_t *value, const char ***ret_names, size_t *ret_n)
{
	if (!json_is_array(value))
		return schema_refuse(c, "this must be a list of names");
	size_t n = json_array_size(value);
	const char **names = arena_array(schema_arena(c), n + 1, sizeof *names);
	for (size_t i = 0; i < n; i++) {
		names[i] = json_string_value(json_array_get(value, i));
		if (names[i] == NULL)
			return schema_refuse(c, "this must be a list of names");
		for (size_t j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0)
				return schema_refuse(c, "a name stands twice in the list");
	}
	*ret_names = names;
	*ret_n = n;
	return ERR_NONE;
}

enum err_code schema_compile_required(struct compiling *c, void *target, const json_t *value)
{
	struct object_rules *rules = target;
	enum err_code code = read_names(c, value, &rules->required, &rules->n_required);
	if (code != ERR_NONE)
		return code;
	for (size_t i = 0; i < rules->n_required; i++)
		add_name(c, rules, rules->required[i])->required = true;
	return ERR_NONE;
}

enum err_code schema_compile_pattern_properties(struct compiling *c, void *target, const json_t *value)
{
	struct object_rules *rules = target;
	if (!json_is_object(value))
		return schema_refuse(c, "this must be an object of schemas");
	rules->patterns = arena_array(schema_arena(c), json_object_size(value) + 1, sizeof *rules->patterns);
	const char *name;
	json_t *node;
	json_object_foreach((json_t *)value, name, node)
	{
		struct pattern_property *row = &rules->patterns[rules->n_patterns++];
		const char *place = json_pointer_member(schema_arena(c), c->place, name);
		enum err_code code = schema_pattern_compile(c->schema->set, name, place, &row->pattern, c->err);
		if (code == ERR_NONE)
			code = schema_compile_part(c, node, place, &row->schema);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

enum err_code schema_compile_dependent_required(struct compiling *c, void *target, const json_t *value)
{
	struct object_rules *rules = target;
	if (!json_is_object(value))
		return schema_refuse(c, "this must be an object of lists of names");
	rules->dependent_required = arena_array(schema_arena(c), json_object_size(value) + 1,
						sizeof *rules->dependent_required);
	const char *name;
	json_t *names;
	json_object_foreach((json_t *)value, name, names)
	{
		struct dependent_required *row = &rules->dependent_required[rules->n_dependent_required++];
		row->name = name;
		enum err_code code = read_names(c, names, &row->members, &row->n);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

enum err_code schema_compile_dependent_schemas(struct compiling *c, void *target, const json_t *value)
{
	struct object_rules *rules = target;
	if (!json_is_object(value))
		return schema_refuse(c, "this must be an object of schemas");
	rules->dependent_schemas = arena_array(schema_arena(c), json_object_size(value) + 1,
					       sizeof *rules->dependent_schemas);
	const char *name;
	json_t *node;
	json_object_foreach((json_t *)value, name, node)
	{
		struct dependent_schema *row = &rules->dependent_schemas[rules->n_dependent_schemas++];
		row->name = name;
		enum err_code code = schema_compile_part(c, node, json_pointer_member(schema_arena(c), c->place, name),
							 &row->schema);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}
