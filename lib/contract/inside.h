/* The loaded contract as the files of this folder see it. Only they, and the tests of loading, include this. */
#ifndef MASHD_CONTRACT_INSIDE_H
#define MASHD_CONTRACT_INSIDE_H

#include "base/embedded.h"
#include "contract/contract.h"
#include "contract/model.h"

enum parameter_in { IN_PATH, IN_QUERY, IN_HEADER };

struct contract_parameter {
	const char *name;
	enum parameter_in in;
	bool required;
	size_t segment; /* of the path */
	const struct schema *schema;
	unsigned types;             /* that the schema admits: they decide what the text is read as */
	const struct schema *items; /* of a list, written with commas; else NULL */
	unsigned item_types;
	const char *default_text; /* or NULL */
	const char *says;         /* x-says: what its pattern asks for, in words; or NULL */
	const char *pointer;      /* "query: limit" */
};

struct contract_media {
	const char *type; /* "application/json", lower case */
	const struct schema *schema;
};

struct contract_operation {
	struct operation public;
	struct contract_parameter *parameters;
	size_t n_parameters;
	struct contract_media *media; /* of the body */
	size_t n_media;
	bool body_required;
};

struct route_node {
	const char *segment; /* NULL: a parameter */
	struct route_node *next;
	struct route_node *children; /* static ones */
	struct route_node *parameter;
	const struct contract_operation *operations[HTTP_METHOD_COUNT];
};

struct contract {
	struct arena arena;
	json_t *document;
	json_t *origins; /* pointer of a path or component -> file that holds it */
	struct schema_set *schemas;
	const struct quality_rule_row *rules;
	struct contract_operation *operations;
	size_t n_operations;
	struct route_node routes;
	const char *version;
};

/* load.c: the same as contract_load() from these files; `files[i].path` counts as the name. */
enum err_code contract_load_files(const struct embedded_file *files, size_t n, const struct quality_rule_row *rules,
				  struct contract **ret_contract, struct err *err) MUST_CHECK;

/* document.c: steps through the document that every reader of it needs. */
/* A member, with its pointer in *ret_place. NULL where absent. */
const json_t *contract_member(struct contract *contract, const json_t *node, const char *place, const char *name,
			      const char **ret_place);
/* Follows `$ref` in *node and *place until there is none. */
enum err_code contract_follow(struct contract *contract, const json_t **node, const char **place, struct err *err)
	MUST_CHECK;
/* Refuses members that are neither in `names` (ends with NULL) nor start with "x-"; refuses what is no object. */
enum err_code contract_expect_members(struct contract *contract, const json_t *node, const char *place,
				      const char *const *names, struct err *err) MUST_CHECK;
/* Compiles the `schema` member of a parameter, header or media type. *ret_schema is NULL where there is none. */
enum err_code contract_compile_schema(struct contract *contract, const json_t *node, const char *place,
				      const struct schema **ret_schema, struct err *err) MUST_CHECK;
enum err_code contract_compile_header(struct contract *contract, const json_t *node, const char *place, struct err *err)
	MUST_CHECK;
enum err_code contract_compile_response(struct contract *contract, const json_t *node, const char *place,
					struct err *err) MUST_CHECK;
enum err_code contract_compile_media(struct contract *contract, const json_t *content, const char *place,
				     struct contract_media **ret_media, size_t *ret_n, struct err *err) MUST_CHECK;
/* A requestBody, following references. */
enum err_code contract_compile_body(struct contract *contract, const json_t *node, const char *place,
				    struct contract_operation *operation, struct err *err) MUST_CHECK;

/* parameters.c: one parameter, following references; its segment isn't known yet. */
enum err_code contract_compile_parameter(struct contract *contract, const json_t *node, const char *place,
					 struct contract_parameter *ret_parameter, struct err *err) MUST_CHECK;

/* operations.c: the table of operations from `paths`. */
enum err_code contract_compile_operations(struct contract *contract, struct err *err) MUST_CHECK;

/* route.c */
enum err_code contract_add_route(struct contract *contract, const struct contract_operation *operation, struct err *err)
	MUST_CHECK;

/* body.c */
/* The code of a fault: its keyword in snake_case ("max_items"); "unknown_member" for members that nothing names. */
const char *contract_fault_code(struct arena *arena, const char *keyword);
/* Schema of the operation's JSON body; NULL where there is none. */
const struct schema *contract_body_schema(const struct contract *contract, const struct operation *operation);

/* quality.c: x-quality of every schema that is compiled. */
enum err_code contract_compile_quality(struct contract *contract, struct err *err) MUST_CHECK;

#endif
