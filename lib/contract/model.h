/*
 * A compiled schema as the files of this folder see it: compile*.c write it, check*.c and quality.c read it. Nobody else
 * includes this.
 */
#ifndef MASHD_CONTRACT_MODEL_H
#define MASHD_CONTRACT_MODEL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <jansson.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "contract/schema.h"

/* Bits of `type`. A schema that says "number" has both number bits; a value has one. */
enum schema_type {
	TYPE_NULL = 1,
	TYPE_BOOLEAN = 2,
	TYPE_OBJECT = 4,
	TYPE_ARRAY = 8,
	TYPE_FRACTION = 16,
	TYPE_INTEGER = 32,
	TYPE_STRING = 64,
	TYPE_ANY = 127,
};

/* A keyword whose value counts something. */
struct limit {
	bool set;
	size_t n;
};

struct schema_list {
	const struct schema **items;
	size_t n;
};

/* |number| = digits × 10^exponent, exactly as the shortest text of the number says. */
struct decimal {
	uint64_t digits;
	int exponent;
};

struct number_rules {
	const json_t *maximum;
	const json_t *exclusive_maximum;
	const json_t *minimum;
	const json_t *exclusive_minimum;
	const json_t *multiple_of;
	struct decimal step; /* multiple_of */
};

struct schema_pattern {
	pcre2_code *code;
	const char *text;
	struct schema_pattern *next; /* of the set */
};

typedef bool (*schema_format)(const json_t *value);

struct schema_format_row {
	const char *name;
	unsigned types; /* values of other types are not looked at */
	schema_format holds;
	const char *words; /* "a date such as 2026-03-02" */
};

struct string_rules {
	struct limit max_length;
	struct limit min_length;
	const struct schema_pattern *pattern;
};

struct array_rules {
	struct schema_list prefix;
	const struct schema *items;
	const struct schema *contains;
	const struct schema *unevaluated;
	struct limit max_contains;
	struct limit min_contains;
	struct limit max_items;
	struct limit min_items;
	bool unique;
};

/* A member that `properties` or `required` names. */
struct property {
	const char *name; /* NULL: a free slot */
	size_t length;
	uint32_t hash;
	const struct schema *schema; /* NULL: named by `required` alone */
	bool required;
};

struct pattern_property {
	const struct schema_pattern *pattern;
	const struct schema *schema;
};

struct dependent_required {
	const char *name;
	const char **members;
	size_t n;
};

struct dependent_schema {
	const char *name;
	const struct schema *schema;
};

struct object_rules {
	struct property *slots; /* open addressing; NULL where nothing is named */
	size_t mask;            /* number of slots, a power of two, less one */
	bool properties;        /* `properties` names something */
	const char **required;
	size_t n_required;
	struct pattern_property *patterns;
	size_t n_patterns;
	struct dependent_required *dependent_required;
	size_t n_dependent_required;
	struct dependent_schema *dependent_schemas;
	size_t n_dependent_schemas;
	const struct schema *additional;
	const struct schema *unevaluated;
	const struct schema *names;
	struct limit max_properties;
	struct limit min_properties;
};

/* What applies other schemas to the same value. */
struct combination {
	const struct schema *ref;
	struct schema_list all_of;
	struct schema_list any_of;
	struct schema_list one_of;
	const struct schema * not ;
	const struct schema *if_;
	const struct schema *then;
	const struct schema *else_;
};

struct schema_edge {
	struct schema *to;
	struct schema_edge *next;
};

struct quality_view; /* contract.h */

struct quality_row {
	const char *code;
	const struct schema *schema; /* one of these four */
	bool (*rule)(const json_t *value, const struct quality_view *view, const char **ret_member);
	bool unknown_members;
	bool blank_members; /* texts that say nothing, alone or in a list, where no other row speaks of them */
};

enum schema_kind { SCHEMA_RULES, SCHEMA_TRUE, SCHEMA_FALSE };

struct schema {
	enum schema_kind kind;
	unsigned types; /* bits; TYPE_ANY where `type` is absent */
	struct schema_set *set;
	const json_t *source;   /* its place in the document */
	const char *place;      /* JSON Pointer of the same */
	const json_t *constant; /* of `const` */
	const json_t *allowed;  /* of `enum` */
	const struct schema_format_row *format;
	struct number_rules *number; /* NULL where no keyword of that family stands */
	struct string_rules *string;
	struct array_rules *array;
	struct object_rules *object;
	struct combination *combination;
	struct quality_row *quality;
	size_t n_quality;
	bool quality_below;           /* this schema or one that it leads to has x-quality */
	int colour;                   /* of the search for loops */
	struct schema_edge *in_place; /* schemas for the same value */
	struct schema_edge *inside;   /* schemas for parts of the value */
	struct schema *next;          /* of the set, in order of compilation */
};

enum { HASH_KEY_SIZE = 16 };

/* All schemas of one document. */
struct schema_set {
	struct arena *arena;
	const json_t *document;
	void *by_source; /* tsearch() tree of struct schema */
	struct schema *first;
	struct schema **end;
	struct schema_pattern *patterns;
	pcre2_compile_context *compile_context;
	pcre2_match_context *match_context;
	unsigned char hash_key[HASH_KEY_SIZE]; /* against chosen collisions in uniqueItems */
};

/* compile.c. `document` and `arena` must outlive the set. */
enum err_code schema_set_new(struct arena *arena, const json_t *document, struct schema_set **ret_set, struct err *err)
	MUST_CHECK;
void schema_set_free(struct schema_set *set);
/* Compiles `node`, which stands at `place` in the document. The set must be finished before anything is checked. */
enum err_code schema_set_compile(struct schema_set *set, const json_t *node, const char *place,
				 struct schema **ret_schema, struct err *err) MUST_CHECK;
/* Refuses schemas that lead back to themselves for the same value. */
enum err_code schema_set_finish(struct schema_set *set, struct err *err) MUST_CHECK;
/* The node that a local reference ("#/components/schemas/X") names, NULL where there is none. *ret_place: its pointer. */
const json_t *schema_resolve(struct arena *arena, const json_t *document, const char *reference,
			     const char **ret_place);

/* compile_keywords.c: one keyword of `schema`. ERR_INTERNAL for one that isn't known. */
enum err_code schema_compile_keyword(struct schema *schema, const char *keyword, const json_t *value, struct err *err)
	MUST_CHECK;

/* pattern.c */
enum err_code schema_pattern_compile(struct schema_set *set, const char *text, const char *place,
				     const struct schema_pattern **ret_pattern, struct err *err) MUST_CHECK;

/* format.c: NULL where the format isn't known. */
const struct schema_format_row *schema_format_find(const char *name);

/* object.c */
uint32_t schema_name_hash(const char *name, size_t length);
/* The slot of a name: with it, or free. NULL where nothing is named. */
struct property *schema_property_slot(const struct object_rules *rules, const char *name, size_t length);

/* value.c */
enum schema_type schema_type_of(const json_t *value);
/* Types that the schema and what it refers to let through. */
unsigned schema_admits(const struct schema *schema);
/* < 0, 0, > 0; exact also between integers and fractions. */
int schema_number_compare(const json_t *a, const json_t *b);
struct decimal schema_decimal(const json_t *number);
bool schema_is_multiple(struct decimal number, struct decimal step);
/* Equality of JSON Schema: 1 and 1.0 are the same. */
bool schema_value_equal(const json_t *a, const json_t *b);
/* False where two items are equal; the index of the later one. */
bool schema_items_unique(const struct schema_set *set, const json_t *array, size_t *ret_index);

/* ---- checking ---- */

/* A step on the way to a value, on the stack: pointers are written only when a fault needs one. */
struct frame {
	const struct frame *up;
	const char *member; /* NULL: `index` counts */
	size_t index;
};

struct checking {
	struct schema_faults *faults; /* NULL: only the answer counts */
	const char *base;             /* pointer of the value at the top */
	const struct schema_set *set;
	pcre2_match_data *match; /* made when the first pattern needs it */
	int depth;
	bool full; /* no room for further faults */
};

void schema_checking_release(struct checking *c);
bool schema_check_value(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at);
/* The same for the answer alone. */
bool schema_holds(struct checking *c, const struct schema *s, const json_t *value);
bool schema_check_array(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at);
bool schema_check_object(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at);
bool schema_check_combination(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at);
bool schema_check_unevaluated(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at);
bool schema_pattern_matches(struct checking *c, const struct schema_pattern *pattern, const char *text, size_t size);
/* Notes a fault, returns false. `value` is what is at fault, NULL where it is absent. */
bool schema_fault(struct checking *c, const struct frame *at, const char *keyword, const json_t *value,
		  const char *format, ...) __attribute__((format(printf, 5, 6)));
const char *schema_frame_pointer(struct arena *arena, const char *base, const struct frame *at);

/* Calls `visit` for each schema that `s` applies to the same value, where its condition holds. Not recursive. */
typedef void (*schema_visit)(struct checking *c, const struct schema *s, const json_t *value, void *data);
void schema_visit_active(struct checking *c, const struct schema *s, const json_t *value, schema_visit visit,
			 void *data);

#endif
