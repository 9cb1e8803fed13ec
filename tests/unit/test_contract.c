/* The contract at work: routing, parameters, content types, bodies, x-quality. */
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

static struct contract *load(const char *text)
{
	struct embedded_file files[] = {file("api/openapi.yaml", text)};
	struct contract *contract = NULL;
	struct err err;
	if (contract_load_files(files, 1, rules, &contract, &err) != ERR_NONE)
		fail_msg("%s: %s", err.place, err.detail);
	return contract;
}

/* ---- routes ---- */

static const char SHOP[] = HEAD
	"paths:\n"
	"  /: {get: {operationId: root, x-permission: none, x-immediate: true, " ANSWER "}}\n"
	"  /a: {get: {operationId: list, x-permission: p, " ANSWER
	", parameters: [{$ref: '#/components/parameters/limit'}, "
	"{name: state, in: query, explode: false, schema: {type: array, maxItems: 2, items: {enum: [x, y]}}}, "
	"{name: late, in: query, schema: {type: boolean}}, {name: share, in: query, schema: {type: number, maximum: "
	"1}}]},\n"
	"    post: {operationId: create, x-permission: p, " ANSWER ", parameters: [{name: Idempotency-Key, in: header, "
	"required: true, schema: {type: string, minLength: 1, maxLength: 5}}], requestBody: {required: true, content: "
	"{application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}}\n"
	"  /a/special: {post: {operationId: special, x-permission: p, " ANSWER "}}\n"
	"  /a/{id}: {parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}],\n"
	"    get: {operationId: read, x-permission: p, responses: {'200': {description: d, content: {text/csv: "
	"{}}}}},\n"
	"    patch: {operationId: change, x-permission: p, " ANSWER
	", parameters: [{name: If-Match, in: header, required: "
	"true, schema: {type: string}}]}}\n"
	"components:\n"
	"  parameters: {limit: {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 200, default: "
	"50}}}\n"
	"  schemas:\n"
	"    Thing:\n"
	"      type: object\n"
	"      required: [name]\n"
	"      x-quality: [{code: unknown_member, unknown_members: true}, {code: missing, schema: {required: [colour, "
	"size]}}]\n"
	"      properties:\n"
	"        name: {type: string, maxLength: 8}\n"
	"        colour: {type: string, x-quality: [{code: unknown_code, schema: {enum: [red]}}]}\n"
	"        size: {type: integer}\n"
	"        parts: {type: array, maxItems: 3, items: {$ref: '#/components/schemas/Part'}}\n"
	"    Part:\n"
	"      allOf: [{$ref: '#/components/schemas/Named'}]\n"
	"      properties: {b: {type: integer}}\n"
	"      x-quality: [{code: unknown_member, unknown_members: true}, {code: odd, rule: never}]\n"
	"    Named: {type: object, properties: {label: {x-quality: [{code: short, schema: {minLength: 3}}]}}}\n";

struct call {
	enum http_method method;
	const char *segments[4];
	struct http_field query[4];
	struct http_field headers[4];
};

static struct http_exchange exchange(struct call *call)
{
	struct http_exchange x = {.method = call->method, .segments = call->segments};
	while (x.n_segments < 4 && call->segments[x.n_segments] != NULL)
		x.n_segments++;
	x.query = call->query;
	while (x.n_query < 4 && call->query[x.n_query].name != NULL)
		x.n_query++;
	x.headers = call->headers;
	while (x.n_headers < 4 && call->headers[x.n_headers].name != NULL)
		x.n_headers++;
	return x;
}

static void routes(void **state)
{
	static const struct {
		struct call call;
		const char *found; /* operation, or the allowed methods, or "" */
	} cases[] = {
		{{.method = HTTP_GET}, "root"},
		{{.method = HTTP_GET, .segments = {""}}, ""},
		{{.method = HTTP_GET, .segments = {"a"}}, "list"},
		{{.method = HTTP_HEAD, .segments = {"a"}}, "list"},
		{{.method = HTTP_POST, .segments = {"a"}}, "create"},
		{{.method = HTTP_DELETE, .segments = {"a"}}, "GET, HEAD, POST"},
		{{.method = HTTP_GET, .segments = {"a", ""}}, ""},
		{{.method = HTTP_GET, .segments = {"a", "7"}}, "read"},
		{{.method = HTTP_POST, .segments = {"a", "special"}}, "special"},
		{{.method = HTTP_GET, .segments = {"a", "special"}}, "read"},
		{{.method = HTTP_PUT, .segments = {"a", "special"}}, "GET, HEAD, POST, PATCH"},
		{{.method = HTTP_GET, .segments = {"a", "7", "b"}}, ""},
		{{.method = HTTP_GET, .segments = {"A"}}, ""},
	};
	(void)state;
	struct contract *contract = load(SHOP);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct call call = cases[i].call;
		struct http_exchange x = exchange(&call);
		const struct operation *operation = NULL;
		struct err err = {0};
		enum err_code code = contract_route(contract, &x, &operation, &err);
		const char *found = code == ERR_NONE ? operation->id : code == ERR_METHOD_NOT_ALLOWED ? err.place : "";
		if (strcmp(found, cases[i].found) != 0)
			fail_msg("case %zu: \"%s\"", i, found);
	}
	assert_true(contract_operation_by_id(contract, "root")->immediate);
	assert_true(contract_operation_by_id(contract, "create")->idempotent_write);
	assert_true(contract_operation_by_id(contract, "create")->has_body);
	assert_true(contract_operation_by_id(contract, "change")->versioned_write);
	assert_true(contract_operation_by_id(contract, "read")->csv);
	assert_false(contract_operation_by_id(contract, "list")->csv);
	assert_string_equal(contract_version(contract), "7");
	contract_free(contract);
}

static void parameters(void **state)
{
	static const char ID[] = "01890a5d-ac96-774b-bcce-b302099a8057";
	static const struct {
		const char *operation;
		struct call call;
		enum err_code code;
		const char *items; /* "query: limit maximum" */
	} cases[] = {
		{"list", {.segments = {"a"}}, ERR_NONE, ""},
		{"list", {.segments = {"a"}, .query = {{"limit", "200"}, {"late", "true"}}}, ERR_NONE, ""},
		{"list", {.segments = {"a"}, .query = {{"state", "x,y"}, {"share", "0.5"}}}, ERR_NONE, ""},
		{"list", {.query = {{"limit", "201"}}}, ERR_INVALID_PARAMETER, "query: limit maximum"},
		{"list", {.query = {{"limit", "007"}}}, ERR_INVALID_PARAMETER, "query: limit type"},
		{"list", {.query = {{"limit", ""}}}, ERR_INVALID_PARAMETER, "query: limit type"},
		{"list", {.query = {{"limit", "99999999999999999999"}}}, ERR_INVALID_PARAMETER, "query: limit type"},
		{"list", {.query = {{"limit", "5"}, {"limit", "6"}}}, ERR_INVALID_PARAMETER, "query: limit repeated"},
		{"list",
		 {.query = {{"limit", "0"}, {"late", "yes"}, {"nope", "1"}, {"share", "1e3"}}},
		 ERR_INVALID_PARAMETER,
		 "query: limit minimum; query: late type; query: share maximum; query unknown_parameter"},
		{"list", {.query = {{"state", "x,z"}}}, ERR_INVALID_PARAMETER, "query: state enum"},
		{"list", {.query = {{"state", "x,y,x"}}}, ERR_INVALID_PARAMETER, "query: state max_items"},
		{"list", {.query = {{"state", "\xff"}}}, ERR_INVALID_PARAMETER, "query: state format"},
		{"read", {.segments = {"a", ID}}, ERR_NONE, ""},
		{"read", {.segments = {"a", "7"}}, ERR_INVALID_PARAMETER, "path: id format"},
		{"change", {.segments = {"a", ID}}, ERR_VERSION_REQUIRED, ""},
		{"change", {.segments = {"a", ID}, .headers = {{"if-match", "\"3\""}}}, ERR_NONE, ""},
		{"create", {.segments = {"a"}}, ERR_IDEMPOTENCY_KEY_MISSING, ""},
		{"create", {.headers = {{"idempotency-key", "abc"}}}, ERR_NONE, ""},
		{"create",
		 {.headers = {{"idempotency-key", "abcdef"}}},
		 ERR_INVALID_PARAMETER,
		 "header: Idempotency-Key max_length"},
		{"create",
		 {.headers = {{"idempotency-key", "a"}, {"idempotency-key", "a"}}},
		 ERR_INVALID_PARAMETER,
		 "header: Idempotency-Key repeated"},
	};
	(void)state;
	struct contract *contract = load(SHOP);
	struct arena arena;
	arena_init(&arena, 1 << 20);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct call call = cases[i].call;
		struct http_exchange x = exchange(&call);
		struct parameters values = {0};
		struct err err = {0};
		enum err_code code = contract_check_parameters(
			contract, contract_operation_by_id(contract, cases[i].operation), &x, &arena, &values, &err);
		const char *items = "";
		for (size_t k = 0; k < err.n_items; k++)
			items = arena_printf(&arena, "%s%s%s %s", items, k > 0 ? "; " : "", err.items[k].pointer,
					     err.items[k].code);
		if (code != cases[i].code || strcmp(items, cases[i].items) != 0)
			fail_msg("case %zu: code %d, \"%s\"", i, (int)code, items);
		if (i == 0)
			assert_string_equal(parameters_get(&values, "limit"), "50");
		if (i == 0)
			assert_null(parameters_get(&values, "state"));
	}
	arena_release(&arena);
	contract_free(contract);
}

/* ---- bodies ---- */

static void content_types(void **state)
{
	static const struct {
		const char *type;
		bool fine;
	} cases[] = {
		{"application/json", true},
		{"Application/JSON", true},
		{"application/json; charset=utf-8", true},
		{"application/json;charset=\"UTF-8\" ", true},
		{"application/json; charset=latin-1", false},
		{"application/json; charset=utf-8; x=y", false},
		{"application/json5", false},
		{"text/json", false},
		{"", false},
		{NULL, false},
	};
	(void)state;
	struct contract *contract = load(SHOP);
	const struct operation *create = contract_operation_by_id(contract, "create");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err;
		enum err_code code = contract_check_content_type(contract, create, cases[i].type, &err);
		if (code != (cases[i].fine ? ERR_NONE : ERR_UNSUPPORTED_MEDIA_TYPE))
			fail_msg("%s: %d", cases[i].type, (int)code);
	}
	const struct operation *special = contract_operation_by_id(contract, "special");
	assert_int_equal(contract_check_content_type(contract, special, NULL, NULL), ERR_NONE);
	contract_free(contract);
}

static void bodies_and_quality(void **state)
{
	static const struct {
		const char *body;
		const char *items;
		const char *issues;
	} cases[] = {
		{"{\"name\":\"a\",\"colour\":\"red\",\"size\":1}", "", ""},
		{"{}", "/name required", ""},
		{"{\"name\":\"123456789\",\"size\":\"x\",\"parts\":[{},{},3,{}]}",
		 "/name max_length; /size type; /parts max_items; /parts/2 type", ""},
		{"[]", " type", ""},
		{"{\"name\":\"a\"}", "", "/colour missing absent; /size missing absent"},
		{"{\"name\":\"a\",\"size\":2,\"parts\":[{\"b\":1,\"label\":\"x\",\"q\":2}],\"z/"
		 "z\":3,\"colour\":\"blue\"}",
		 "",
		 "/z~1z unknown_member 3; /parts/0/q unknown_member 2; /parts/0/b odd 1; /parts/0/label short \"x\"; "
		 "/colour unknown_code \"blue\""},
		{"{\"name\":\"a\",\"size\":2,\"colour\":\"red\",\"parts\":[{}]}", "", "/parts/0/b odd absent"},
	};
	(void)state;
	struct contract *contract = load(SHOP);
	const struct operation *create = contract_operation_by_id(contract, "create");
	struct arena arena;
	arena_init(&arena, 1 << 22);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		JSON_AUTO json_t *body = json_loads(cases[i].body, 0, NULL);
		struct err err = {0};
		enum err_code code = contract_check_body(contract, create, body, &arena, &err);
		const char *items = "";
		for (size_t k = 0; k < err.n_items; k++)
			items = arena_printf(&arena, "%s%s%s %s", items, k > 0 ? "; " : "", err.items[k].pointer,
					     err.items[k].code);
		struct quality_issues issues = {0};
		if (code == ERR_NONE)
			contract_check_quality(contract, create, body, 0, &arena, &issues);
		const char *found = "";
		for (size_t k = 0; k < issues.n; k++) {
			const json_t *value = issues.items[k].value;
			found = arena_printf(&arena, "%s%s%s %s %s", found, k > 0 ? "; " : "", issues.items[k].pointer,
					     issues.items[k].code,
					     value == NULL ? "absent" : json_canonical(&arena, value, NULL));
		}
		if ((code != ERR_NONE) != (err.n_items > 0) || strcmp(items, cases[i].items) != 0 ||
		    strcmp(found, cases[i].issues) != 0)
			fail_msg("%s: \"%s\", \"%s\"", cases[i].body, items, found);
	}
	struct err err;
	assert_int_equal(contract_check_body(contract, create, NULL, &arena, &err), ERR_INVALID_BODY);
	JSON_AUTO json_t *thing = json_pack("{s:s}", "name", "a");
	assert_int_equal(contract_check_schema(contract, "Thing", thing, &arena, &err), ERR_NONE);
	assert_int_equal(contract_check_schema(contract, "Named", json_null(), &arena, &err), ERR_INVALID_BODY);
	assert_int_equal(contract_check_schema(contract, "None", thing, &arena, &err), ERR_INTERNAL);
	arena_release(&arena);
	contract_free(contract);
}

static void ceilings(void **state)
{
	(void)state;
	struct contract *contract = load(SHOP);
	const struct operation *create = contract_operation_by_id(contract, "create");
	struct arena arena;
	arena_init(&arena, 1 << 24);
	JSON_AUTO json_t *body = json_pack("{s:s, s:[]}", "name", "a", "parts");
	for (int i = 0; i < 600; i++) {
		char name[16];
		(void)snprintf(name, sizeof name, "u%d", i);
		(void)json_object_set_new(body, name, json_true());
		(void)json_array_append_new(json_object_get(body, "parts"), json_integer(i));
	}
	struct err err;
	assert_int_equal(contract_check_body(contract, create, body, &arena, &err), ERR_INVALID_BODY);
	assert_int_equal(err.n_items, 100);
	struct quality_issues issues;
	contract_check_quality(contract, create, body, 0, &arena, &issues);
	assert_int_equal(issues.n, 500);
	assert_int_equal(issues.left_out, 702); /* 600 members that nobody knows, two that are missing, 600 odd parts */
	arena_release(&arena);
	contract_free(contract);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes),        cmocka_unit_test(parameters),
		cmocka_unit_test(content_types), cmocka_unit_test(bodies_and_quality),
		cmocka_unit_test(ceilings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
