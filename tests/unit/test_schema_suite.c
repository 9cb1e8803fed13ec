/*
 * The official JSON-Schema-Test-Suite (Debian's json-schema-test-suite, up to draft 7) against lib/contract. Its schemas are
 * rewritten to the spelling of 2020-12 where that changed the words alone; what means something else there, or what the
 * interpreter leaves out on purpose, is listed below with the reason. A row that excludes nothing fails the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "contract/schema.h"

#include "base/banned.h"

static const char SUITE[] = "/usr/share/json-schema-test-suite/tests/draft7";

static const char *const files[] = {
	"additionalItems",
	"additionalProperties",
	"allOf",
	"anyOf",
	"boolean_schema",
	"const",
	"contains",
	"default",
	"definitions",
	"dependencies",
	"enum",
	"exclusiveMaximum",
	"exclusiveMinimum",
	"if-then-else",
	"items",
	"maxItems",
	"maxLength",
	"maxProperties",
	"maximum",
	"minItems",
	"minLength",
	"minProperties",
	"minimum",
	"multipleOf",
	"not",
	"oneOf",
	"pattern",
	"patternProperties",
	"properties",
	"propertyNames",
	"ref",
	"refRemote",
	"required",
	"type",
	"uniqueItems",
	"optional/bignum",
	"optional/content",
	"optional/ecmascript-regex",
	"optional/zeroTerminatedFloats",
	"optional/format/date-time",
	"optional/format/date",
	"optional/format/email",
	"optional/format/hostname",
	"optional/format/idn-email",
	"optional/format/idn-hostname",
	"optional/format/ipv4",
	"optional/format/ipv6",
	"optional/format/iri-reference",
	"optional/format/iri",
	"optional/format/json-pointer",
	"optional/format/regex",
	"optional/format/relative-json-pointer",
	"optional/format/time",
	"optional/format/uri-reference",
	"optional/format/uri-template",
	"optional/format/uri",
};

#define NO_SUCH_FORMAT "a format that the contract doesn't use; naming it stops the start"

static struct exclusion {
	const char *file;
	const char *group; /* NULL: the whole file */
	const char *test;  /* NULL: the whole group */
	const char *reason;
	size_t used;
} exclusions[] = {
	{"definitions", NULL, NULL, "refers to the meta-schema of draft 7 over the network", 0},
	{"refRemote", NULL, NULL, "remote references: a contract has none", 0},
	{"ref", "remote ref, containing refs itself", NULL, "a remote reference", 0},
	{"ref", "Recursive references between schemas", NULL, "$id: a contract is one document", 0},
	{"ref", "ref overrides any sibling keywords", NULL, "changed: siblings of $ref count in 2020-12", 0},
	{"ref", "escaped pointer ref", NULL, "schemas under unknown keywords: unknown keywords are refused", 0},
	{"additionalItems", "additionalItems as false without items", NULL,
	 "changed: without the list form of items the keyword is gone", 0},
	{"optional/bignum", NULL, NULL, "integers beyond 64 bits: the reader refuses them before any schema", 0},
	{"optional/content", NULL, NULL,
	 "contentEncoding and contentMediaType: annotations that the contract has no use for", 0},
	{"optional/ecmascript-regex", NULL, NULL, "the format regex: " NO_SUCH_FORMAT, 0},
	{"optional/format/hostname", NULL, NULL, NO_SUCH_FORMAT, 0},
	{"optional/format/idn-email", NULL, NULL, NO_SUCH_FORMAT, 0},
	{"optional/format/idn-hostname", NULL, NULL, NO_SUCH_FORMAT, 0},
	{"optional/format/ipv4", NULL, NULL, NO_SUCH_FORMAT, 0},
	{"optional/format/ipv6", NULL, NULL, NO_SUCH_FORMAT, 0},
	{"optional/format/iri-reference", NULL, NULL, NO_SUCH_FORMAT, 0},
	{"optional/format/iri", NULL, NULL, NO_SUCH_FORMAT, 0},
	{"optional/format/json-pointer", NULL, NULL, NO_SUCH_FORMAT, 0},
	{"optional/format/regex", NULL, NULL, NO_SUCH_FORMAT, 0},
	{"optional/format/relative-json-pointer", NULL, NULL, NO_SUCH_FORMAT, 0},
	{"optional/format/uri-template", NULL, NULL, NO_SUCH_FORMAT, 0},
};

/* ---- the spelling of 2020-12 ---- */

static void rename_member(json_t *object, const char *from, const char *to)
{
	json_t *value = json_object_get(object, from);
	if (value == NULL)
		return;
	(void)json_object_set(object, to, value);
	(void)json_object_del(object, from);
}

/* `dependencies` became two keywords. */
static void split_dependencies(json_t *object)
{
	json_t *rows = json_incref(json_object_get(object, "dependencies"));
	if (rows == NULL)
		return;
	(void)json_object_del(object, "dependencies");
	(void)json_object_set_new(object, "dependentRequired", json_object());
	(void)json_object_set_new(object, "dependentSchemas", json_object());
	const char *name;
	json_t *row;
	json_object_foreach(rows, name, row)
	{
		const char *keyword = json_is_array(row) ? "dependentRequired" : "dependentSchemas";
		(void)json_object_set(json_object_get(object, keyword), name, row);
	}
	json_decref(rows);
}

static void upgrade_reference(json_t *object)
{
	static const struct {
		const char *from;
		const char *to;
	} rows[] = {{"#/definitions/", "#/$defs/"}, {"#/items/", "#/prefixItems/"}};
	const char *reference = json_text(object, "$ref");
	for (size_t i = 0; reference != NULL && i < 2; i++) {
		size_t length = strlen(rows[i].from);
		if (strncmp(reference, rows[i].from, length) == 0) {
			(void)json_object_set_new(object, "$ref", json_sprintf("%s%s", rows[i].to, reference + length));
			break;
		}
	}
}

static void upgrade(json_t *node)
{
	size_t index;
	json_t *part;
	json_array_foreach(node, index, part) upgrade(part);
	if (!json_is_object(node))
		return;
	if (json_is_array(json_object_get(node, "items"))) {
		rename_member(node, "items", "prefixItems");
		rename_member(node, "additionalItems", "items");
	} else {
		(void)json_object_del(node, "additionalItems");
	}
	rename_member(node, "definitions", "$defs");
	split_dependencies(node);
	upgrade_reference(node);
	const char *name;
	json_object_foreach(node, name, part) if (strcmp(name, "const") != 0 && strcmp(name, "enum") != 0)
		upgrade(part);
}

/* ---- running ---- */

static bool is_excluded(const char *file, const char *group, const char *test)
{
	for (size_t i = 0; i < sizeof exclusions / sizeof *exclusions; i++) {
		struct exclusion *row = &exclusions[i];
		if (strcmp(row->file, file) != 0 || (row->group != NULL && strcmp(row->group, group) != 0) ||
		    (row->test != NULL && strcmp(row->test, test) != 0))
			continue;
		row->used++;
		return true;
	}
	return false;
}

static void run_group(const char *file, const json_t *group, size_t *ran, size_t *failed)
{
	const char *name = json_text(group, "description");
	json_t *source = json_object_get(group, "schema");
	JSON_AUTO json_t *document = json_deep_copy(source);
	upgrade(document);
	struct arena arena;
	arena_init(&arena, 1 << 24);
	struct schema *schema = NULL;
	struct err err;
	bool compiled = false;
	size_t index;
	json_t *test;
	json_array_foreach(json_object_get(group, "tests"), index, test)
	{
		const char *what = json_text(test, "description");
		if (is_excluded(file, name, what))
			continue;
		if (!compiled && schema_compile(&arena, document, "", &schema, &err) != ERR_NONE)
			fail_msg("%s: %s: %s: %s", file, name, err.place, err.detail);
		compiled = true;
		const json_t *value = json_object_get(test, "data");
		bool wanted = json_is_true(json_object_get(test, "valid"));
		struct schema_faults faults = {.arena = &arena, .max = 10};
		(*ran)++;
		if (schema_check(schema, value, "", NULL) != wanted ||
		    schema_check(schema, value, "", &faults) != wanted || (faults.n == 0) != wanted) {
			print_error("%s: %s: %s: should be %s\n", file, name, what, wanted ? "valid" : "invalid");
			(*failed)++;
		}
	}
	schema_release(schema);
	arena_release(&arena);
}

static size_t run_file(const char *file, size_t *failed)
{
	char path[256];
	if (is_excluded(file, "", ""))
		return 0;
	(void)snprintf(path, sizeof path, "%s/%s.json", SUITE, file);
	json_error_t error;
	JSON_AUTO json_t *groups = json_load_file(path, 0, &error);
	if (groups == NULL)
		fail_msg("%s: %s", path, error.text);
	size_t ran = 0;
	size_t index;
	json_t *group;
	json_array_foreach(groups, index, group) run_group(file, group, &ran, failed);
	return ran;
}

static bool is_wholly_excluded(const char *file)
{
	for (size_t i = 0; i < sizeof exclusions / sizeof *exclusions; i++)
		if (exclusions[i].group == NULL && strcmp(exclusions[i].file, file) == 0)
			return true;
	return false;
}

static void test_suite(void **state)
{
	(void)state;
	size_t total = 0;
	size_t failed = 0;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		size_t ran = run_file(files[i], &failed);
		if (ran == 0 && !is_wholly_excluded(files[i]))
			fail_msg("%s: no test ran", files[i]);
		total += ran;
	}
	for (size_t i = 0; i < sizeof exclusions / sizeof *exclusions; i++)
		if (exclusions[i].used == 0)
			fail_msg("nothing is excluded by: %s, %s", exclusions[i].file, exclusions[i].reason);
	print_message("%zu cases of the official suite, %zu failed\n", total, failed);
	assert_int_equal(failed, 0);
	assert_true(total > 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_suite)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
