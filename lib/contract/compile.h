/* What the files that compile keywords share. Only compile_keywords.c and compile_object.c include this. */
#ifndef MASHD_CONTRACT_COMPILE_H
#define MASHD_CONTRACT_COMPILE_H

#include "contract/model.h"

/* Where a row's offset counts from. */
enum family { OF_SCHEMA, OF_NUMBER, OF_STRING, OF_ARRAY, OF_OBJECT, OF_COMBINATION };

struct keyword;

struct compiling {
	struct schema *schema;
	const struct keyword *row;
	const char *place; /* of the keyword's value */
	struct err *err;
};

struct keyword {
	const char *name;
	enum err_code (*compile)(struct compiling *c, void *target, const json_t *value); /* NULL: an annotation */
	enum family family;
	size_t offset;
	bool in_place; /* sub-schemas are for the same value */
};

/* ERR_INTERNAL with the place of the keyword's value. */
enum err_code schema_refuse(const struct compiling *c, const char *words);
struct arena *schema_arena(const struct compiling *c);
/* Compiles a schema inside the keyword's value, and remembers the edge to it. */
enum err_code schema_compile_part(struct compiling *c, const json_t *node, const char *place,
				  const struct schema **ret_schema) MUST_CHECK;

/* compile_object.c: `target` is a struct object_rules. */
enum err_code schema_compile_properties(struct compiling *c, void *target, const json_t *value) MUST_CHECK;
enum err_code schema_compile_required(struct compiling *c, void *target, const json_t *value) MUST_CHECK;
enum err_code schema_compile_pattern_properties(struct compiling *c, void *target, const json_t *value) MUST_CHECK;
enum err_code schema_compile_dependent_required(struct compiling *c, void *target, const json_t *value) MUST_CHECK;
enum err_code schema_compile_dependent_schemas(struct compiling *c, void *target, const json_t *value) MUST_CHECK;

#endif
