/*
 * A JSON Schema 2020-12 interpreter for the keywords that the contract uses and those a reader would expect:
 * type enum const · multipleOf maximum exclusiveMaximum minimum exclusiveMinimum · maxLength minLength pattern format ·
 * items prefixItems contains minContains maxContains maxItems minItems uniqueItems · properties patternProperties
 * additionalProperties propertyNames required maxProperties minProperties dependentRequired dependentSchemas ·
 * allOf anyOf oneOf not if then else · $ref $defs · unevaluatedProperties unevaluatedItems · annotations (title, description,
 * default, examples, deprecated, readOnly, writeOnly, $comment, x-…). Compiled once; checked without allocation but for faults.
 * `pattern` is ECMA-style as far as PCRE2 and it agree. `format` is asserted: uuid date date-time email uri(-ish) time duration.
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
	const char *keyword; /* the keyword that failed */
	const char *detail;
};

struct schema_faults {
	struct arena *arena;
	struct schema_fault *items;
	size_t n;
	size_t max;
};

/*
 * Compiles the schema at `pointer` of `document` ("" for the whole) and everything it refers to. `document` must outlive it.
 * ERR_INTERNAL with place = pointer of the fault. `arena` owns everything compiled.
 */
enum err_code schema_compile(struct arena *arena, const json_t *document, const char *pointer, struct schema **ret_schema,
			     struct err *err) MUST_CHECK;

/* True when `value` is valid. `faults` may be NULL when only the answer counts. */
bool schema_check(const struct schema *schema, const json_t *value, const char *pointer, struct schema_faults *faults);

#endif
