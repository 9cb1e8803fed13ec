/* The table of operations: what the contract says under `paths`. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "contract/inside.h"

#include "base/banned.h"

struct path_item {
	const char *path;
	const json_t *node;
	const char *place;
};

static const struct {
	const char *name;
	enum http_method method;
} methods[] = {
	{"get", HTTP_GET}, {"post", HTTP_POST}, {"put", HTTP_PUT}, {"patch", HTTP_PATCH}, {"delete", HTTP_DELETE}};

/* The number of the segment that is "{name}", counted from 0; -1 where there is none. */
static int segment_of(const char *path, const char *name)
{
	size_t length = strlen(name);
	int index = 0;
	for (const char *at = path; at != NULL; at = strchr(at + 1, '/'), index++)
		if (at[1] == '{' && strncmp(at + 2, name, length) == 0 && at[2 + length] == '}')
			return index;
	return -1;
}

static size_t count_parameters(const char *path)
{
	size_t n = 0;
	for (; *path != '\0'; path++)
		n += *path == '{';
	return n;
}

static enum err_code add_parameter(struct contract *contract, struct contract_operation *operation, const json_t *node,
				   const char *place, struct err *err)
{
	struct contract_parameter parameter = {0};
	enum err_code code = contract_compile_parameter(contract, node, place, &parameter, err);
	if (code != ERR_NONE)
		return code;
	for (size_t i = 0; i < operation->n_parameters; i++)
		if (strcmp(operation->parameters[i].name, parameter.name) == 0)
			return err_set(err, ERR_INTERNAL, place, "there are two parameters of that name");
	if (parameter.in == IN_PATH) {
		int segment = segment_of(operation->public.path, parameter.name);
		if (segment < 0)
			return err_set(err, ERR_INTERNAL, place, "the path has no such segment");
		parameter.segment = (size_t)segment;
	}
	if (parameter.in == IN_HEADER && parameter.required) {
		operation->public.idempotent_write |= strcmp(parameter.name, "Idempotency-Key") == 0;
		operation->public.versioned_write |= strcmp(parameter.name, "If-Match") == 0;
	}
	operation->parameters[operation->n_parameters++] = parameter;
	return ERR_NONE;
}

static enum err_code add_parameters(struct contract *contract, const struct path_item *item, const json_t *node,
				    const char *place, struct contract_operation *operation, struct err *err)
{
	const char *places[2];
	const json_t *lists[2] = {contract_member(contract, item->node, item->place, "parameters", &places[0]),
				  contract_member(contract, node, place, "parameters", &places[1])};
	operation->parameters = arena_array(&contract->arena, json_array_size(lists[0]) + json_array_size(lists[1]) + 1,
					    sizeof *operation->parameters);
	for (int list = 0; list < 2; list++) {
		if (lists[list] != NULL && !json_is_array(lists[list]))
			return err_set(err, ERR_INTERNAL, places[list], "this must be a list");
		for (size_t i = 0; i < json_array_size(lists[list]); i++) {
			enum err_code code = add_parameter(contract, operation, json_array_get(lists[list], i),
							   json_pointer_index(&contract->arena, places[list], i), err);
			if (code != ERR_NONE)
				return code;
		}
	}
	size_t in_path = 0;
	for (size_t i = 0; i < operation->n_parameters; i++)
		in_path += operation->parameters[i].in == IN_PATH;
	if (in_path != count_parameters(operation->public.path))
		return err_set(err, ERR_INTERNAL, place, "a segment of the path is not declared as a parameter");
	return ERR_NONE;
}

static enum err_code add_responses(struct contract *contract, const json_t *node, const char *place,
				   struct contract_operation *operation, struct err *err)
{
	const char *there = NULL;
	const json_t *responses = contract_member(contract, node, place, "responses", &there);
	if (!json_is_object(responses) || json_object_size(responses) == 0)
		return err_set(err, ERR_INTERNAL, place, "an operation needs responses");
	const char *status;
	json_t *response;
	json_object_foreach((json_t *)responses, status, response)
	{
		const char *here = json_pointer_member(&contract->arena, there, status);
		if (strcmp(status, "default") != 0 && (strlen(status) != 3 || strspn(status, "0123456789") != 3))
			return err_set(err, ERR_INTERNAL, here, "this is no status");
		enum err_code code = contract_compile_response(contract, response, here, err);
		if (code != ERR_NONE)
			return code;
		const json_t *target = response;
		code = contract_follow(contract, &target, &here, err);
		if (code != ERR_NONE)
			return code;
		if (strcmp(status, "200") == 0)
			operation->public.csv = json_object_get(json_object_get(target, "content"), "text/csv") != NULL;
	}
	return ERR_NONE;
}

static enum err_code add_names(struct contract *contract, const json_t *node, const char *place,
			       struct contract_operation *operation, struct err *err)
{
	struct operation *public = &operation->public;
	public->id = json_text(node, "operationId");
	public->permission = json_text(node, "x-permission");
	const json_t *immediate = json_object_get(node, "x-immediate");
	if (public->id == NULL || *public->id == '\0')
		return err_set(err, ERR_INTERNAL, place, "an operation needs an operationId");
	if (contract_operation_by_id(contract, public->id) != NULL)
		return err_set(err, ERR_INTERNAL, place, "there are two operations \"%.60s\"", public->id);
	if (public->permission == NULL || *public->permission == '\0')
		return err_set(err, ERR_INTERNAL, place, "an operation needs x-permission");
	if (immediate != NULL && !json_is_boolean(immediate))
		return err_set(err, ERR_INTERNAL, place, "x-immediate must be true or false");
	public->immediate = json_is_true(immediate);
	return ERR_NONE;
}

static enum err_code add_operation(struct contract *contract, const struct path_item *item, enum http_method method,
				   const json_t *node, const char *place, struct err *err)
{
	static const char *const members[] = {"tags",        "summary",   "description", "operationId", "parameters",
					      "requestBody", "responses", "deprecated",  "security",    NULL};
	struct contract_operation *operation = &contract->operations[contract->n_operations];
	*operation = (struct contract_operation){
		.public = {.method = method, .path = item->path, .index = contract->n_operations}};
	enum err_code code = contract_expect_members(contract, node, place, members, err);
	if (code == ERR_NONE)
		code = add_names(contract, node, place, operation, err);
	if (code == ERR_NONE)
		code = add_parameters(contract, item, node, place, operation, err);
	if (code == ERR_NONE)
		code = add_responses(contract, node, place, operation, err);
	if (code != ERR_NONE)
		return code;
	const char *there = NULL;
	const json_t *body = contract_member(contract, node, place, "requestBody", &there);
	if (body != NULL)
		code = contract_compile_body(contract, body, there, operation, err);
	if (code == ERR_NONE && operation->public.immediate && operation->public.has_body)
		code = err_set(err, ERR_INTERNAL, place, "an immediate operation takes no body");
	if (code != ERR_NONE)
		return code;
	contract->n_operations++;
	return contract_add_route(contract, operation, err);
}

static enum err_code add_path(struct contract *contract, const struct path_item *item, struct err *err)
{
	static const char *const members[] = {"get",        "post",    "put",         "patch", "delete",
					      "parameters", "summary", "description", NULL};
	enum err_code code = contract_expect_members(contract, item->node, item->place, members, err);
	for (size_t i = 0; code == ERR_NONE && i < sizeof methods / sizeof *methods; i++) {
		const char *place = NULL;
		const json_t *node = contract_member(contract, item->node, item->place, methods[i].name, &place);
		if (node != NULL)
			code = add_operation(contract, item, methods[i].method, node, place, err);
	}
	return code;
}

enum err_code contract_compile_operations(struct contract *contract, struct err *err)
{
	json_t *paths = json_object_get(contract->document, "paths");
	size_t most = json_object_size(paths) * (sizeof methods / sizeof *methods);
	contract->operations = arena_array(&contract->arena, most + 1, sizeof *contract->operations);
	const char *path;
	json_t *node;
	json_object_foreach(paths, path, node)
	{
		struct path_item item = {path, node, json_pointer_member(&contract->arena, "/paths", path)};
		enum err_code code = add_path(contract, &item, err);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

size_t contract_operation_count(const struct contract *contract)
{
	return contract->n_operations;
}

const struct operation *contract_operation(const struct contract *contract, size_t index)
{
	return index < contract->n_operations ? &contract->operations[index].public : NULL;
}

const struct operation *contract_operation_by_id(const struct contract *contract, const char *id)
{
	for (size_t i = 0; i < contract->n_operations; i++)
		if (strcmp(contract->operations[i].public.id, id) == 0)
			return &contract->operations[i].public;
	return NULL;
}
