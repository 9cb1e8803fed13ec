/*
 * Loads the contract. It is written in several files: api/openapi.yaml holds what stands once (openapi, info, servers, tags,
 * security); every api/<name>.yaml, that one included, may hold `paths` and `components`. All are united into one document,
 * so that each reference is local to it ("#/components/schemas/Child") whichever file it is written in; a path or
 * component that stands in two files is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "contract/inside.h"
#include "contract/yaml.h"

#include "base/banned.h"

static const char MAIN_FILE[] = "api/openapi.yaml";

enum { CONTRACT_MEMORY = 64 << 20 };

/* A pointer becomes "api/referrals.yaml#/paths/…". */
static void name_place(const char *file, struct err *err)
{
	if (err == NULL || (err->place[0] != '/' && err->place[0] != '\0'))
		return;
	char place[sizeof err->place];
	memcpy(place, err->place, sizeof place);
	(void)snprintf(err->place, sizeof err->place, "%.40s#%.150s", file, place);
}

static enum err_code move_row(struct contract *contract, json_t *into, const char *place, const char *name,
			      json_t *node, const char *file, struct err *err)
{
	const char *pointer = json_pointer_member(&contract->arena, place, name);
	const char *other = json_text(contract->origins, pointer);
	if (other != NULL)
		return err_set(err, ERR_INTERNAL, pointer, "this stands in %s and in %s", other, file);
	(void)json_object_set(into, name, node);
	(void)json_object_set_new(contract->origins, pointer, json_string(file));
	return ERR_NONE;
}

/* The rows of `from` go into the object `into`, which the document has at `place`. */
static enum err_code unite(struct contract *contract, json_t *into, const char *place, json_t *from, const char *file,
			   struct err *err)
{
	if (!json_is_object(from))
		return err_set(err, ERR_INTERNAL, place, "this must be an object in %s", file);
	const char *name;
	json_t *node;
	json_object_foreach(from, name, node)
	{
		enum err_code code = move_row(contract, into, place, name, node, file, err);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

static json_t *ensure_object(json_t *parent, const char *name)
{
	if (json_object_get(parent, name) == NULL)
		(void)json_object_set_new(parent, name, json_object());
	return json_object_get(parent, name);
}

static enum err_code unite_components(struct contract *contract, json_t *from, const char *file, struct err *err)
{
	static const char *const sections[] = {"schemas",       "responses", "parameters",      "examples",
					       "requestBodies", "headers",   "securitySchemes", NULL};
	json_t *components = ensure_object(contract->document, "components");
	enum err_code code = contract_expect_members(contract, from, "/components", sections, err);
	const char *section;
	json_t *rows;
	json_object_foreach(from, section, rows)
	{
		if (code != ERR_NONE)
			break;
		const char *place = json_pointer_member(&contract->arena, "/components", section);
		code = unite(contract, ensure_object(components, section), place, rows, file, err);
	}
	return code;
}

static enum err_code merge_file(struct contract *contract, const struct embedded_file *file, struct err *err)
{
	static const char *const main_members[] = {"openapi",  "info",  "servers",    "tags",
						   "security", "paths", "components", NULL};
	static const char *const members[] = {"paths", "components", NULL};
	bool is_main = strcmp(file->path, MAIN_FILE) == 0;
	JSON_AUTO json_t *json = NULL;
	enum err_code code = contract_yaml_read(file->path, (const char *)file->data, file->size, &json, err);
	if (code == ERR_NONE)
		code = contract_expect_members(contract, json, "", is_main ? main_members : members, err);
	if (code != ERR_NONE) {
		name_place(file->path, err);
		return code;
	}
	const char *name;
	json_t *node;
	json_object_foreach(json, name, node)
	{
		if (strcmp(name, "paths") == 0)
			code = unite(contract, ensure_object(contract->document, "paths"), "/paths", node, file->path,
				     err);
		else if (strcmp(name, "components") == 0)
			code = unite_components(contract, node, file->path, err);
		else
			(void)json_object_set(contract->document, name, node);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

static bool is_contract_file(const char *path)
{
	size_t length = strlen(path);
	return strncmp(path, "api/", 4) == 0 && strchr(path + 4, '/') == NULL && length > 9 &&
	       strcmp(path + length - 5, ".yaml") == 0;
}

/* The main file first: its members lead the document. */
static enum err_code merge(struct contract *contract, const struct embedded_file *files, size_t n, struct err *err)
{
	bool found = false;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < n; i++) {
			bool is_main = strcmp(files[i].path, MAIN_FILE) == 0;
			if (!is_contract_file(files[i].path) || is_main != (round == 0))
				continue;
			found = found || is_main;
			enum err_code code = merge_file(contract, &files[i], err);
			if (code != ERR_NONE)
				return code;
		}
	}
	if (!found)
		return err_set(err, ERR_INTERNAL, MAIN_FILE, "there is no such file");
	const char *openapi = json_text(contract->document, "openapi");
	if (openapi == NULL || strncmp(openapi, "3.1.", 4) != 0)
		return err_set(err, ERR_INTERNAL, "/openapi", "the contract must be OpenAPI 3.1");
	contract->version = json_text(json_object_get(contract->document, "info"), "version");
	if (contract->version == NULL)
		return err_set(err, ERR_INTERNAL, "/info/version", "the contract needs a version, as text");
	return ERR_NONE;
}

static enum err_code compile_component(struct contract *contract, const char *section, const json_t *node,
				       const char *place, struct err *err)
{
	struct contract_operation scratch = {0};
	struct contract_parameter parameter = {0};
	struct schema *schema = NULL;
	if (strcmp(section, "schemas") == 0)
		return schema_set_compile(contract->schemas, node, place, &schema, err);
	if (strcmp(section, "responses") == 0)
		return contract_compile_response(contract, node, place, err);
	if (strcmp(section, "parameters") == 0)
		return contract_compile_parameter(contract, node, place, &parameter, err);
	if (strcmp(section, "requestBodies") == 0)
		return contract_compile_body(contract, node, place, &scratch, err);
	if (strcmp(section, "headers") == 0)
		return contract_compile_header(contract, node, place, err);
	return ERR_NONE;
}

/* Everything under `components`, used or not: a fault in an unused one is a fault. */
static enum err_code compile_components(struct contract *contract, struct err *err)
{
	const json_t *components = json_object_get(contract->document, "components");
	const char *section;
	json_t *rows;
	json_object_foreach((json_t *)components, section, rows)
	{
		const char *place = json_pointer_member(&contract->arena, "/components", section);
		const char *name;
		json_t *node;
		json_object_foreach(rows, name, node)
		{
			enum err_code code = compile_component(contract, section, node,
							       json_pointer_member(&contract->arena, place, name), err);
			if (code != ERR_NONE)
				return code;
		}
	}
	return ERR_NONE;
}

static enum err_code load(struct contract *contract, const struct embedded_file *files, size_t n, struct err *err)
{
	enum err_code code = merge(contract, files, n, err);
	if (code == ERR_NONE)
		code = schema_set_new(&contract->arena, contract->document, &contract->schemas, err);
	if (code == ERR_NONE)
		code = compile_components(contract, err);
	if (code == ERR_NONE)
		code = contract_compile_operations(contract, err);
	if (code == ERR_NONE)
		code = contract_compile_quality(contract, err);
	return code;
}

/* Names the file that holds the path or component at fault; the main file where none does. */
static void name_file(const struct contract *contract, struct err *err)
{
	if (err == NULL || err->place[0] != '/')
		return;
	char pointer[sizeof err->place];
	memcpy(pointer, err->place, sizeof pointer);
	const char *file = NULL;
	while (file == NULL && pointer[0] == '/') {
		file = json_text(contract->origins, pointer);
		*strrchr(pointer, '/') = '\0';
	}
	name_place(file != NULL ? file : MAIN_FILE, err);
}

enum err_code contract_load_files(const struct embedded_file *files, size_t n, const struct quality_rule_row *rules,
				  struct contract **ret_contract, struct err *err)
{
	struct contract *contract = calloc(1, sizeof *contract);
	if (contract == NULL)
		return err_set(err, ERR_INTERNAL, "", "no memory for the contract");
	arena_init(&contract->arena, CONTRACT_MEMORY);
	contract->document = json_object();
	contract->origins = json_object();
	contract->rules = rules;
	enum err_code code = load(contract, files, n, err);
	if (code != ERR_NONE) {
		name_file(contract, err);
		contract_free(contract);
		return code;
	}
	*ret_contract = contract;
	return ERR_NONE;
}

enum err_code contract_load(const struct quality_rule_row *rules, struct contract **ret_contract, struct err *err)
{
	return contract_load_files(embedded_files, embedded_files_count, rules, ret_contract, err);
}

void contract_free(struct contract *contract)
{
	if (contract == NULL)
		return;
	schema_set_free(contract->schemas);
	json_decref(contract->document);
	json_decref(contract->origins);
	arena_release(&contract->arena);
	free(contract);
}

const json_t *contract_document(const struct contract *contract)
{
	return contract->document;
}

const char *contract_version(const struct contract *contract)
{
	return contract->version;
}
