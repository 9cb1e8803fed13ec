/* The parts of an OpenAPI document that hold schemas: media types, headers, responses, bodies; and references between. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "contract/inside.h"

#include "base/banned.h"

const json_t *contract_member(struct contract *contract, const json_t *node, const char *place, const char *name,
			      const char **ret_place)
{
	*ret_place = json_pointer_member(&contract->arena, place, name);
	return json_object_get(node, name);
}

enum err_code contract_follow(struct contract *contract, const json_t **node, const char **place, struct err *err)
{
	enum { HOPS_MAX = 8 };
	for (int hops = 0; hops < HOPS_MAX; hops++) {
		const json_t *ref = json_object_get(*node, "$ref");
		if (ref == NULL)
			return ERR_NONE;
		const char *there = NULL;
		const json_t *target = NULL;
		if (json_is_string(ref) && json_object_size(*node) == 1)
			target = schema_resolve(&contract->arena, contract->document, json_string_value(ref), &there);
		if (target == NULL)
			return err_set(err, ERR_INTERNAL, *place, "the reference leads nowhere, or has siblings");
		*node = target;
		*place = there;
	}
	return err_set(err, ERR_INTERNAL, *place, "the reference leads on without end");
}

enum err_code contract_expect_members(struct contract *contract, const json_t *node, const char *place,
				      const char *const *names, struct err *err)
{
	if (!json_is_object(node))
		return err_set(err, ERR_INTERNAL, place, "this must be an object");
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)node, name, value)
	{
		(void)value;
		const char *const *known = names;
		while (*known != NULL && strcmp(*known, name) != 0)
			known++;
		if (*known == NULL && strncmp(name, "x-", 2) != 0)
			return err_set(err, ERR_INTERNAL, json_pointer_member(&contract->arena, place, name),
				       "this member is not known here");
	}
	return ERR_NONE;
}

enum err_code contract_compile_schema(struct contract *contract, const json_t *node, const char *place,
				      const struct schema **ret_schema, struct err *err)
{
	const char *there = NULL;
	const json_t *source = contract_member(contract, node, place, "schema", &there);
	struct schema *schema = NULL;
	if (source != NULL) {
		enum err_code code = schema_set_compile(contract->schemas, source, there, &schema, err);
		if (code != ERR_NONE)
			return code;
	}
	*ret_schema = schema;
	return ERR_NONE;
}

enum err_code contract_compile_media(struct contract *contract, const json_t *content, const char *place,
				     struct contract_media **ret_media, size_t *ret_n, struct err *err)
{
	static const char *const members[] = {"schema", "example", "examples", NULL};
	if (!json_is_object(content) || json_object_size(content) == 0)
		return err_set(err, ERR_INTERNAL, place, "this must name media types");
	size_t n = 0;
	struct contract_media *media = arena_array(&contract->arena, json_object_size(content), sizeof *media);
	const char *type;
	json_t *node;
	json_object_foreach((json_t *)content, type, node)
	{
		const char *there = json_pointer_member(&contract->arena, place, type);
		enum err_code code = contract_expect_members(contract, node, there, members, err);
		if (code == ERR_NONE)
			code = contract_compile_schema(contract, node, there, &media[n].schema, err);
		if (code != ERR_NONE)
			return code;
		media[n++].type = type;
	}
	*ret_media = media;
	*ret_n = n;
	return ERR_NONE;
}

enum err_code contract_compile_header(struct contract *contract, const json_t *node, const char *place, struct err *err)
{
	static const char *const members[] = {"description", "required", "deprecated", "schema",
					      "example",     "examples", NULL};
	const struct schema *schema = NULL;
	enum err_code code = contract_follow(contract, &node, &place, err);
	if (code == ERR_NONE)
		code = contract_expect_members(contract, node, place, members, err);
	if (code == ERR_NONE)
		code = contract_compile_schema(contract, node, place, &schema, err);
	if (code == ERR_NONE && schema == NULL)
		code = err_set(err, ERR_INTERNAL, place, "a header needs a schema");
	return code;
}

static enum err_code compile_headers(struct contract *contract, const json_t *headers, const char *place,
				     struct err *err)
{
	const char *name;
	json_t *node;
	json_object_foreach((json_t *)headers, name, node)
	{
		enum err_code code = contract_compile_header(contract, node,
							     json_pointer_member(&contract->arena, place, name), err);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

enum err_code contract_compile_response(struct contract *contract, const json_t *node, const char *place,
					struct err *err)
{
	static const char *const members[] = {"description", "headers", "content", NULL};
	enum err_code code = contract_follow(contract, &node, &place, err);
	if (code == ERR_NONE)
		code = contract_expect_members(contract, node, place, members, err);
	if (code != ERR_NONE)
		return code;
	const char *there = NULL;
	if (!json_is_string(contract_member(contract, node, place, "description", &there)))
		return err_set(err, ERR_INTERNAL, place, "a response needs a description");
	code = compile_headers(contract, contract_member(contract, node, place, "headers", &there), there, err);
	if (code != ERR_NONE)
		return code;
	const json_t *content = contract_member(contract, node, place, "content", &there);
	struct contract_media *media = NULL;
	size_t n = 0;
	return content == NULL ? ERR_NONE : contract_compile_media(contract, content, there, &media, &n, err);
}

enum err_code contract_compile_body(struct contract *contract, const json_t *node, const char *place,
				    struct contract_operation *operation, struct err *err)
{
	static const char *const members[] = {"description", "content", "required", NULL};
	enum err_code code = contract_follow(contract, &node, &place, err);
	if (code == ERR_NONE)
		code = contract_expect_members(contract, node, place, members, err);
	if (code != ERR_NONE)
		return code;
	operation->public.has_body = true;
	operation->body_required = json_is_true(json_object_get(node, "required"));
	const char *there = NULL;
	const json_t *content = contract_member(contract, node, place, "content", &there);
	code = contract_compile_media(contract, content, there, &operation->media, &operation->n_media, err);
	for (size_t i = 0; code == ERR_NONE && i < operation->n_media; i++)
		if (strpbrk(operation->media[i].type, "ABCDEFGHIJKLMNOPQRSTUVWXYZ;* ") != NULL)
			code = err_set(err, ERR_INTERNAL, there, "media types are lower case, without parameters");
	return code;
}
