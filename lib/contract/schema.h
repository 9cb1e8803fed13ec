/*
 * A JSON Schema 2020-12 interpreter for the keywords that the contract uses and those a reader would expect:
 * type enum const · multipleOf maximum exclusiveMaximum minimum exclusiveMinimum · maxLength minLength pattern format ·
 * items prefixItems contains minContains maxContains maxItems minItems uniqueItems · properties patternProperties
 * additionalProperties propertyNames required maxProperties minProperties dependentRequired dependentSchemas ·
 * allOf anyOf oneOf not if then else · $ref $defs · unevaluatedProperties unevaluatedItems · annotations (title, description,
 * default, examples, deprecated, readOnly, writeOnly, $comment, x-…). Compiled once; checked without allocation but for faults.
 * `pattern` is ECMA-style as far as PCRE2 and it agree (escapes that mean something else there are refused). `format` is
 * asserted: uuid date date-time time duration email uri uri-reference int32 int64; dates and times must lie in the years 1900
 * to 2200, which is what the house can hold. Any other keyword or format stops the compilation.
 */
#ifndef MASHD_CONTRACT_SCHEMA_H
#define MASHD_CONTRACT_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct schema;

struct schema_fault {
	const char *pointer; /* into the value */
	const char *keyword; /* the keyword that failed, static; "false" for the schema `false` */
	const char *detail;  /* in words, never with the value */
	const json_t *value; /* what is at fault, borrowed; NULL where a member is missing */
};

/* Set `arena` and `max`; the rest starts as zero. */
struct schema_faults {
	struct arena *arena;
	struct schema_fault *items;
	size_t n;
	size_t room;
	size_t max;
};

/*
 * Compiles the schema at `pointer` of `document` ("" for the whole) and everything it refers to. `document` must outlive it.
 * ERR_INTERNAL with place = pointer of the fault. `arena` owns everything compiled.
 */
enum err_code schema_compile(struct arena *arena, const json_t *document, const char *pointer,
			     struct schema **ret_schema, struct err *err) MUST_CHECK;
/* Frees what the arena can't hold (compiled patterns) of everything that was compiled with it. NULL is fine. */
void schema_release(struct schema *schema);

/* True when `value` is valid. `faults` may be NULL when only the answer counts. */
bool schema_check(const struct schema *schema, const json_t *value, const char *pointer, struct schema_faults *faults);

#endif
