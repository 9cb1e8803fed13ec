/* Loading: YAML, what is refused and where, and the shipped contract with its examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "contract/inside.h"
#include "contract/yaml.h"

#include "base/banned.h"

#define HEAD   "openapi: 3.1.0\ninfo: {title: t, version: '7'}\n"
#define ANSWER "responses: {'200': {description: fine}}"

static struct embedded_file file(const char *path, const char *text)
{
	return (struct embedded_file){path, (const unsigned char *)text, strlen(text)};
}

static bool never(const json_t *value, const struct quality_view *view, const char **ret_member)
{
	(void)value;
	(void)view;
	*ret_member = "b";
	return false;
}

static const struct quality_rule_row rules[] = {{"never", never}, {NULL, NULL}};

static void what_stops_loading(void **state)
{
	static const struct {
		const char *main;
		const char *other; /* api/zoo.yaml */
		const char *place;
	} cases[] = {
		{HEAD "paths: {a: 1, a: 2}\n", "", "api/openapi.yaml:3"},
		{HEAD "paths: &x {}\n", "", "api/openapi.yaml:3"},
		{HEAD "paths: !!map {}\n", "", "api/openapi.yaml:3"},
		{HEAD "servers: [{url: /, <<: 3}]\n", "", "api/openapi.yaml:3"},
		{HEAD "servers: [.inf]\n", "", "api/openapi.yaml:3"},
		{HEAD "servers: [99999999999999999999]\n", "", "api/openapi.yaml:3"},
		{HEAD "servers: [\n", "", "api/openapi.yaml:4"},
		{HEAD "---\na: 1\n", "", "api/openapi.yaml:3"},
		{HEAD "webhooks: {}\n", "", "api/openapi.yaml#/webhooks"},
		{"openapi: 3.0.3\ninfo: {title: t, version: '7'}\n", "", "api/openapi.yaml#/openapi"},
		{"openapi: 3.1.0\ninfo: {title: t, version: 7}\n", "", "api/openapi.yaml#/info/version"},
		{HEAD "components: {schemas: {A: {}}}\n", "components: {schemas: {A: {}}}\n",
		 "api/openapi.yaml#/components/schemas/A"},
		{HEAD, "components: {schemas: {A: {minLenght: 1}}}\n", "api/zoo.yaml#/components/schemas/A/minLenght"},
		{HEAD, "components: {schemas: {A: {$ref: '#/components/schemas/B'}}}\n",
		 "api/zoo.yaml#/components/schemas/A/$ref"},
		{HEAD, "components: {schemas: {A: {$ref: '#/components/schemas/A'}}}\n",
		 "api/zoo.yaml#/components/schemas/A"},
		{HEAD, "components: {schemas: {A: {x-quality: [{code: a, rule: none}]}}}\n",
		 "api/zoo.yaml#/components/schemas/A/x-quality/0"},
		{HEAD, "components: {schemas: {A: {x-quality: [{code: a}]}}}\n",
		 "api/zoo.yaml#/components/schemas/A/x-quality/0"},
		{HEAD, "components: {schemas: {A: {x-quality: [{code: A b, rule: never}]}}}\n",
		 "api/zoo.yaml#/components/schemas/A/x-quality/0"},
		{HEAD, "components: {schemas: {A: {x-quality: [{code: a, schema: {typ: a}}]}}}\n",
		 "api/zoo.yaml#/components/schemas/A/x-quality/0/schema/typ"},
		{HEAD, "paths: {/a: {get: {x-permission: p, " ANSWER "}}}\n", "api/zoo.yaml#/paths/~1a/get"},
		{HEAD, "paths: {/a: {get: {operationId: a, " ANSWER "}}}\n", "api/zoo.yaml#/paths/~1a/get"},
		{HEAD, "paths: {/a: {get: {operationId: a, x-permission: p}}}\n", "api/zoo.yaml#/paths/~1a/get"},
		{HEAD, "paths: {/a: {get: {operationId: a, x-permission: p, respnses: {}}}}\n",
		 "api/zoo.yaml#/paths/~1a/get/respnses"},
		{HEAD,
		 "paths: {/a: {get: {operationId: a, x-permission: p, " ANSWER
		 "}, post: {operationId: a, x-permission: p, " ANSWER "}}}\n",
		 "api/zoo.yaml#/paths/~1a/post"},
		{HEAD, "paths: {'/a/{b}': {get: {operationId: a, x-permission: p, " ANSWER "}}}\n",
		 "api/zoo.yaml#/paths/~1a~1{b}/get"},
		{HEAD,
		 "paths: {/a: {get: {operationId: a, x-permission: p, parameters: [{name: n, in: cookie, schema: "
		 "{}}], " ANSWER "}}}\n",
		 "api/zoo.yaml#/paths/~1a/get/parameters/0"},
		{HEAD,
		 "paths: {/a: {get: {operationId: a, x-permission: p, parameters: [{name: n, in: query, schema: "
		 "{type: integer, default: x}}], " ANSWER "}}}\n",
		 "api/zoo.yaml#/paths/~1a/get/parameters/0"},
		{HEAD, "tags: []\n", "api/zoo.yaml#/tags"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct embedded_file files[] = {file("api/openapi.yaml", cases[i].main),
						file("api/zoo.yaml", cases[i].other)};
		struct contract *contract = NULL;
		struct err err = {0};
		size_t n = cases[i].other[0] == '\0' ? 1 : 2;
		enum err_code code = contract_load_files(files, n, rules, &contract, &err);
		if (code != ERR_INTERNAL || strcmp(err.place, cases[i].place) != 0)
			fail_msg("case %zu: code %d at \"%s\": %s", i, (int)code, err.place, err.detail);
	}
}

/* The same route twice, under two names of its parameter. */
static void two_operations_for_one_route(void **state)
{
	(void)state;
	struct embedded_file files[] = {
		file("api/openapi.yaml",
		     HEAD "paths:\n"
			  "  /a/{b}: {parameters: [{$ref: '#/components/parameters/b'}], get: {operationId: x, "
			  "x-permission: p, " ANSWER "}}\n"
			  "  /a/{c}: {parameters: [{$ref: '#/components/parameters/c'}], get: {operationId: y, "
			  "x-permission: p, " ANSWER "}}\n"
			  "components: {parameters: {b: {name: b, in: path, required: true, schema: {type: string}}, "
			  "c: {name: c, in: path, required: true, schema: {type: string}}}}\n")};
	struct contract *contract = NULL;
	struct err err;
	assert_int_equal(contract_load_files(files, 1, rules, &contract, &err), ERR_INTERNAL);
	assert_string_equal(err.detail, "x and y have the same route");
}

static void scalars_of_yaml(void **state)
{
	static const struct {
		const char *yaml;
		const char *json;
	} cases[] = {
		{"[true, True, false, yes, no, on, y]", "[true,true,false,\"yes\",\"no\",\"on\",\"y\"]"},
		{"[null, ~, Null, '', \"null\"]", "[null,null,null,\"\",\"null\"]"},
		{"[1, -2, +3, 0o17, 0x1F, 007, 1_000, 1:30]", "[1,-2,3,15,31,7,\"1_000\",\"1:30\"]"},
		{"[1.5, .5, 2., 1e3, -1.5E-1, 1e, .]", "[1.5,0.5,2.0,1000.0,-0.15,\"1e\",\".\"]"},
		{"[2026-03-02, 3.1.0, '12', \"1.5\", 0o9, 0x, +]",
		 "[\"2026-03-02\",\"3.1.0\",\"12\",\"1.5\",\"0o9\",\"0x\",\"+\"]"},
		{"{200: a, true: b, 1.0: c}", "{\"200\":\"a\",\"true\":\"b\",\"1.0\":\"c\"}"},
		{"a: |\n  x\n  y\nb: >-\n  x\n  y\nc:\n", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\",\"c\":null}"},
		{"- {a: [b, {c: d}]}\n- e", "[{\"a\":[\"b\",{\"c\":\"d\"}]},\"e\"]"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err;
		JSON_AUTO json_t *json = NULL;
		enum err_code code = contract_yaml_read("x.yaml", cases[i].yaml, strlen(cases[i].yaml), &json, &err);
		if (code != ERR_NONE)
			fail_msg("%s: %s: %s", cases[i].yaml, err.place, err.detail);
		JSON_AUTO json_t *wanted = json_loads(cases[i].json, 0, NULL);
		if (!json_equal(json, wanted))
			fail_msg("%s is something else", cases[i].yaml);
	}
}

/* ---- the shipped contract ---- */

static bool always(const json_t *value, const struct quality_view *view, const char **ret_member)
{
	(void)value;
	(void)view;
	(void)ret_member;
	return true;
}

/* Each rule that the contract names, under `node`. */
static void collect_rules(struct arena *arena, const json_t *node, struct quality_rule_row *rows, size_t *n)
{
	const char *rule = json_text(node, "rule");
	if (rule != NULL && json_text(node, "code") != NULL && *n < 63)
		rows[(*n)++] = (struct quality_rule_row){arena_strdup(arena, rule), always};
	const char *name;
	json_t *part;
	json_object_foreach((json_t *)node, name, part) if (strcmp(name, "examples") != 0)
		collect_rules(arena, part, rows, n);
	size_t index;
	json_array_foreach(node, index, part) collect_rules(arena, part, rows, n);
}

static void shipped_contract_and_examples(void **state)
{
	(void)state;
	struct quality_rule_row rows[64] = {{0}};
	size_t n_rules = 0;
	struct arena arena;
	arena_init(&arena, 1 << 24);
	for (size_t i = 0; i < embedded_files_count; i++) {
		const struct embedded_file *f = &embedded_files[i];
		if (strchr(f->path + 4, '/') != NULL || strstr(f->path, ".yaml") == NULL)
			continue;
		JSON_AUTO json_t *json = NULL;
		struct err err;
		if (contract_yaml_read(f->path, (const char *)f->data, f->size, &json, &err) != ERR_NONE)
			fail_msg("%s: %s", err.place, err.detail);
		collect_rules(&arena, json, rows, &n_rules);
	}
	struct contract *contract = NULL;
	struct err err;
	if (contract_load(rows, &contract, &err) != ERR_NONE)
		fail_msg("%s: %s", err.place, err.detail);
	size_t examples = 0;
	for (size_t i = 0; i < embedded_files_count; i++) {
		const struct embedded_file *f = &embedded_files[i];
		if (strncmp(f->path, "api/examples/", 13) != 0)
			continue;
		const char *id = arena_strndup(&arena, f->path + 13, strcspn(f->path + 13, "-."));
		const struct operation *operation = contract_operation_by_id(contract, id);
		if (operation == NULL)
			fail_msg("%s: no such operation", f->path);
		JSON_AUTO json_t *body = NULL;
		if (json_read((const char *)f->data, f->size, &body, &err) != ERR_NONE ||
		    contract_check_body(contract, operation, body, &arena, &err) != ERR_NONE)
			fail_msg("%s: %s: %s", f->path, err.place, err.n_items > 0 ? err.items[0].detail : err.detail);
		examples++;
	}
	assert_true(examples > 0);
	arena_release(&arena);
	contract_free(contract);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stops_loading),
		cmocka_unit_test(two_operations_for_one_route),
		cmocka_unit_test(scalars_of_yaml),
		cmocka_unit_test(shipped_contract_and_examples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
