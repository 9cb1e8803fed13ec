/*
 * The schema interpreter where the official suite has no cases: keywords of 2020-12, faults and their pointers, formats,
 * what stops a compilation, and values that are deep, wide or hostile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "contract/schema.h"

#include "base/banned.h"

enum { MEMORY = 256 << 20 };

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		fail_msg("%s: %s", text, error.text);
	return json;
}

static struct schema *compile(struct arena *arena, const json_t *document)
{
	struct schema *schema = NULL;
	struct err err;
	if (schema_compile(arena, document, "", &schema, &err) != ERR_NONE)
		fail_msg("%s: %s", err.place, err.detail);
	return schema;
}

/* "/a type; /b required" */
static void faults_of(const char *schema_text, const char *value_text, char *ret_text, size_t size)
{
	struct arena arena;
	arena_init(&arena, MEMORY);
	JSON_AUTO json_t *document = parse(schema_text);
	JSON_AUTO json_t *value = parse(value_text);
	struct schema *schema = compile(&arena, document);
	struct schema_faults faults = {.arena = &arena, .max = 20};
	bool ok = schema_check(schema, value, "", &faults);
	assert_int_equal(ok, faults.n == 0);
	assert_int_equal(ok, schema_check(schema, value, "", NULL));
	size_t used = 0;
	ret_text[0] = '\0';
	for (size_t i = 0; i < faults.n && used < size; i++)
		used += (size_t)snprintf(ret_text + used, size - used, "%s%s %s", i > 0 ? "; " : "",
					 faults.items[i].pointer, faults.items[i].keyword);
	schema_release(schema);
	arena_release(&arena);
}

static void faults_and_their_pointers(void **state)
{
	static const struct {
		const char *schema;
		const char *value;
		const char *faults;
	} cases[] = {
		{"{\"type\":\"object\",\"required\":[\"a\",\"b\"]}", "{}", "/a required; /b required"},
		{"{\"properties\":{\"a\":{\"type\":\"string\"},\"b\":{\"maximum\":3}}}", "{\"b\":4,\"a\":1}",
		 "/b maximum; /a type"},
		{"{\"items\":{\"properties\":{\"x/y~\":false}}}", "[{},{\"x/y~\":1}]", "/1/x~1y~0 false"},
		{"{\"properties\":{\"a\":true},\"additionalProperties\":false}", "{\"a\":1,\"b\":2,\"c\":3}",
		 "/b additionalProperties; /c additionalProperties"},
		{"{\"maxItems\":2,\"items\":{\"type\":\"integer\"}}", "[1,\"a\",2.5]", " maxItems; /1 type; /2 type"},
		{"{\"uniqueItems\":true}", "[{\"a\":1,\"b\":[2]},3,{\"b\":[2.0],\"a\":1.0}]", "/2 uniqueItems"},
		{"{\"uniqueItems\":true}", "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,7.0]", "/15 uniqueItems"},
		{"{\"uniqueItems\":true}", "[0,1,2,3,4,5,6,7,8,9,10,11,12,\"12\",[12],{\"a\":12}]", ""},
		{"{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}", "[\"a\",1]", "/1 false"},
		{"{\"contains\":{\"const\":1},\"minContains\":2,\"maxContains\":3}", "[1,2]", " minContains"},
		{"{\"contains\":{\"const\":1},\"minContains\":0,\"maxContains\":1}", "[1,1]", " maxContains"},
		{"{\"contains\":{\"const\":1},\"minContains\":0}", "[]", ""},
		{"{\"dependentRequired\":{\"a\":[\"b\",\"c\"]}}", "{\"a\":1,\"c\":2}", "/b dependentRequired"},
		{"{\"dependentSchemas\":{\"a\":{\"required\":[\"z\"]}}}", "{\"a\":1}", "/z required"},
		{"{\"propertyNames\":{\"maxLength\":2}}", "{\"abc\":1,\"ab\":2}", "/abc propertyNames"},
		{"{\"not\":{\"type\":\"null\"}}", "null", " not"},
		/* The branch that was meant says what is wrong with it. */
		{"{\"anyOf\":[{\"type\":\"object\",\"required\":[\"a\"]},{\"type\":\"null\"}]}", "{}", "/a required"},
		{"{\"oneOf\":[{\"properties\":{\"k\":{\"const\":\"x\"},\"v\":{\"type\":\"string\"}},\"required\":["
		 "\"k\","
		 "\"v\"]},{\"properties\":{\"k\":{\"enum\":[\"y\",\"z\"]}},\"required\":[\"k\"]}]}",
		 "{\"k\":\"x\",\"v\":1}", "/v type"},
		{"{\"anyOf\":[{\"maximum\":1},{\"minimum\":5}]}", "3", " anyOf"},
		{"{\"oneOf\":[{\"maximum\":5},{\"minimum\":1}]}", "3", " oneOf"},
		/* One fault is named once, however many ways lead to it. */
		{"{\"allOf\":[{\"type\":\"string\"},{\"type\":\"string\"}]}", "3", " type"},
		{"{\"allOf\":[{\"properties\":{\"a\":true}}],\"properties\":{\"b\":true},\"unevaluatedProperties\":"
		 "false}",
		 "{\"a\":1,\"b\":2,\"c\":3}", "/c unevaluatedProperties"},
		{"{\"anyOf\":[{\"properties\":{\"a\":{\"const\":1}},\"required\":[\"a\"]},{\"properties\":{\"b\":true}}"
		 "],"
		 "\"unevaluatedProperties\":{\"type\":\"string\"}}",
		 "{\"a\":2,\"b\":2}", "/a type"},
		{"{\"if\":{\"properties\":{\"a\":{\"const\":1}},\"required\":[\"a\"]},\"then\":{\"properties\":{\"b\":"
		 "true}"
		 "},\"else\":{\"properties\":{\"c\":true}},\"unevaluatedProperties\":false}",
		 "{\"a\":1,\"b\":2,\"c\":3}", "/c unevaluatedProperties"},
		{"{\"allOf\":[{\"unevaluatedProperties\":true}],\"unevaluatedProperties\":false}", "{\"a\":1}", ""},
		{"{\"dependentSchemas\":{\"a\":{\"properties\":{\"b\":true}}},\"properties\":{\"a\":true},"
		 "\"unevaluatedProperties\":false}",
		 "{\"a\":1,\"b\":2}", ""},
		{"{\"prefixItems\":[true],\"contains\":{\"const\":7},\"unevaluatedItems\":false}", "[1,7,2]",
		 "/2 unevaluatedItems"},
		{"{\"$defs\":{\"a\":{\"prefixItems\":[true,true]}},\"$ref\":\"#/$defs/"
		 "a\",\"unevaluatedItems\":{\"type\":"
		 "\"string\"}}",
		 "[1,2,3]", "/2 type"},
		{"{\"$defs\":{\"t\":{\"properties\":{\"c\":{\"items\":{\"$ref\":\"#/$defs/"
		 "t\"}},\"v\":{\"type\":\"integer\"}}"
		 "}},\"$ref\":\"#/$defs/t\"}",
		 "{\"c\":[{\"c\":[{\"v\":1},{\"v\":\"x\"}]}]}", "/c/0/c/1/v type"},
		{"{\"maxLength\":3}", "\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"", ""},
		{"{\"minLength\":3}", "\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"", " minLength"},
		{"{\"pattern\":\"^.$\"}", "\"\xf0\x9f\x98\x80\"", ""},
		{"{\"pattern\":\"^a$\"}", "\"a\\n\"", " pattern"},
		{"{\"pattern\":\"^\\\\d$\"}", "\"\xd9\xa3\"", " pattern"},
		{"{\"multipleOf\":0.01}", "4.35", ""},
		{"{\"multipleOf\":0.01}", "1e300", ""},
		{"{\"multipleOf\":0.3}", "0.9", ""},
		{"{\"multipleOf\":0.3}", "1.0000000001", " multipleOf"},
		{"{\"multipleOf\":7}", "9223372036854775807", ""},
		{"{\"multipleOf\":9}", "9223372036854775807", " multipleOf"},
		{"{\"multipleOf\":1e-300}", "5", ""},
		{"{\"multipleOf\":3}", "1e22", " multipleOf"},
		{"{\"maximum\":9007199254740992.0}", "9007199254740993", " maximum"},
		{"{\"exclusiveMinimum\":9007199254740992.0}", "9007199254740993", ""},
		{"{\"maximum\":9223372036854775807}", "1e19", " maximum"},
		{"{\"minimum\":-9223372036854775807}", "-1e19", " minimum"},
		{"{\"type\":\"integer\"}", "1e19", ""},
		{"{\"type\":\"integer\"}", "1.0", ""},
		{"{\"const\":1}", "1.0", ""},
		{"{\"enum\":[{\"a\":[1,2]}]}", "{\"a\":[1.0,2.0]}", ""},
		{"{\"const\":9007199254740993}", "9007199254740992.0", " const"},
		{"{\"type\":\"integer\",\"format\":\"int32\"}", "2147483648", " format"},
		{"{\"type\":\"integer\",\"format\":\"int64\"}", "1e19", " format"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[512];
		faults_of(cases[i].schema, cases[i].value, text, sizeof text);
		if (strcmp(text, cases[i].faults) != 0)
			fail_msg("%s with %s: \"%s\", not \"%s\"", cases[i].schema, cases[i].value, text,
				 cases[i].faults);
	}
}

static void formats(void **state)
{
	static const struct {
		const char *format;
		const char *value;
		bool valid;
	} cases[] = {
		{"uuid", "01890a5d-ac96-774b-bcce-b302099a8057", true},
		{"uuid", "01890a5dac96774bbcceb302099a8057", false},
		{"date", "2024-02-29", true},
		{"date", "2023-02-29", false},
		{"date", "1899-12-31", false},
		{"date", "2201-01-01", false},
		{"date", "2024-2-9", false},
		{"date-time", "2026-03-02T09:00:00.123456Z", true},
		{"date-time", "2026-03-02T09:00:00+01:00", true},
		{"date-time", "2026-03-02T09:00:00", false},
		{"date-time", "2026-03-02T23:59:60Z", false},
		{"time", "09:00:00Z", true},
		{"time", "09:00:00.5+01:00", true},
		{"time", "09:00:00", false},
		{"time", "24:00:00Z", false},
		{"duration", "P1DT12H", true},
		{"duration", "PT0S", true},
		{"duration", "P3W", true},
		{"duration", "P", false},
		{"duration", "P1DT", false},
		{"duration", "P1H", false},
		{"duration", "P1W2D", false},
		{"duration", "P2M1Y", false},
		{"email", "a.b+c@example.org", true},
		{"email", "a@b", true},
		{"email", "a@", false},
		{"email", "@b.org", false},
		{"email", "a..b@c.org", false},
		{"email", "a b@c.org", false},
		{"email", "a@-c.org", false},
		{"email", "a@c-.org", false},
		{"email", "a@b@c.org", false},
		{"uri", "https://example.org/a?b=%20#c", true},
		{"uri", "urn:isbn:0451450523", true},
		{"uri", "/a/b", false},
		{"uri", "https://example.org/a b", false},
		{"uri", "https://example.org/%2", false},
		{"uri-reference", "/a/b?c", true},
		{"uri-reference", "a\\\\b", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char schema[64];
		char value[128];
		char faults[64];
		(void)snprintf(schema, sizeof schema, "{\"format\":\"%s\"}", cases[i].format);
		(void)snprintf(value, sizeof value, "\"%s\"", cases[i].value);
		faults_of(schema, value, faults, sizeof faults);
		if ((faults[0] == '\0') != cases[i].valid)
			fail_msg("%s %s should be %s", cases[i].format, cases[i].value,
				 cases[i].valid ? "valid" : "invalid");
	}
}

static void what_stops_a_compilation(void **state)
{
	static const struct {
		const char *schema;
		const char *place;
	} cases[] = {
		{"{\"minLenght\":1}", "/minLenght"},
		{"{\"properties\":{\"a\":{\"items\":{\"additionalItems\":false}}}}",
		 "/properties/a/items/additionalItems"},
		{"{\"$id\":\"x\"}", "/$id"},
		{"{\"$dynamicRef\":\"#x\"}", "/$dynamicRef"},
		{"{\"nullable\":true}", "/nullable"},
		{"{\"type\":\"text\"}", "/type"},
		{"{\"type\":[]}", "/type"},
		{"{\"type\":[\"string\",7]}", "/type"},
		{"{\"enum\":[]}", "/enum"},
		{"{\"enum\":\"a\"}", "/enum"},
		{"{\"minLength\":-1}", "/minLength"},
		{"{\"minLength\":1.5}", "/minLength"},
		{"{\"maximum\":\"3\"}", "/maximum"},
		{"{\"multipleOf\":0}", "/multipleOf"},
		{"{\"uniqueItems\":1}", "/uniqueItems"},
		{"{\"required\":\"a\"}", "/required"},
		{"{\"required\":[\"a\",\"a\"]}", "/required"},
		{"{\"properties\":[]}", "/properties"},
		{"{\"properties\":{\"a\":7}}", "/properties/a"},
		{"{\"allOf\":[]}", "/allOf"},
		{"{\"items\":[{}]}", "/items"},
		{"{\"format\":\"shoe-size\"}", "/format"},
		{"{\"pattern\":\"(\"}", "/pattern"},
		{"{\"pattern\":\"\\\\A\"}", "/pattern"},
		{"{\"pattern\":\"(?i)a\"}", "/pattern"},
		{"{\"patternProperties\":{\"[\":true}}", "/patternProperties/["},
		{"{\"$ref\":\"#/$defs/none\"}", "/$ref"},
		{"{\"$ref\":\"other.yaml#/a\"}", "/$ref"},
		{"{\"$ref\":7}", "/$ref"},
		/* No progress: the same value for ever. */
		{"{\"$ref\":\"#\"}", ""},
		{"{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"allOf\":[{\"$ref\":\"#/$defs/a\"}]}}}",
		 "/$defs/a"},
		{"{\"anyOf\":[{\"type\":\"null\"},{\"not\":{\"$ref\":\"#\"}}]}", ""},
		{"{\"if\":true,\"then\":{\"dependentSchemas\":{\"a\":{\"$ref\":\"#\"}}}}", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena arena;
		arena_init(&arena, MEMORY);
		JSON_AUTO json_t *document = parse(cases[i].schema);
		struct schema *schema = NULL;
		struct err err = {0};
		enum err_code code = schema_compile(&arena, document, "", &schema, &err);
		if (code != ERR_INTERNAL || strcmp(err.place, cases[i].place) != 0)
			fail_msg("%s: code %d at \"%s\" (%s)", cases[i].schema, (int)code, err.place, err.detail);
		arena_release(&arena);
	}
}

static void details_never_quote_the_value(void **state)
{
	static const char secret[] = "Zanzibar";
	static const char *const schemas[] = {
		"{\"type\":\"integer\"}", "{\"maxLength\":3}",  "{\"minLength\":30}",
		"{\"pattern\":\"^a\"}",   "{\"enum\":[\"a\"]}", "{\"const\":\"a\"}",
		"{\"format\":\"date\"}",  "{\"not\":{}}",       "{\"anyOf\":[{\"const\":1},{\"const\":2}]}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
		struct arena arena;
		arena_init(&arena, MEMORY);
		JSON_AUTO json_t *document = parse(schemas[i]);
		JSON_AUTO json_t *value = json_string(secret);
		struct schema *schema = compile(&arena, document);
		struct schema_faults faults = {.arena = &arena, .max = 5};
		assert_false(schema_check(schema, value, "", &faults));
		assert_true(faults.n > 0);
		for (size_t k = 0; k < faults.n; k++)
			assert_null(strstr(faults.items[k].detail, secret));
		schema_release(schema);
		arena_release(&arena);
	}
}

/* Checks within a second what could take for ever; returns the number of faults. */
static size_t check_quickly(const char *schema_text, json_t *value)
{
	struct arena arena;
	arena_init(&arena, MEMORY);
	JSON_AUTO json_t *document = parse(schema_text);
	struct schema *schema = compile(&arena, document);
	struct schema_faults faults = {.arena = &arena, .max = 100};
	uint64_t start = clock_monotonic_ns();
	(void)schema_check(schema, value, "", &faults);
	double seconds = (double)(clock_monotonic_ns() - start) / 1e9;
	if (seconds > 2)
		fail_msg("%.80s took %.1f s", schema_text, seconds);
	schema_release(schema);
	arena_release(&arena);
	return faults.n;
}

static void hostile_values(void **state)
{
	(void)state;
	/* Far deeper than any reader lets through: two steps a level, at most 2,048 steps. */
	JSON_AUTO json_t *deep = json_array();
	for (int i = 0; i < 1000; i++)
		deep = json_pack("[o]", deep);
	assert_int_equal(check_quickly("{\"items\":{\"$ref\":\"#\"}}", deep), 0);
	for (int i = 0; i < 1000; i++)
		deep = json_pack("[o]", deep);
	assert_int_equal(check_quickly("{\"items\":{\"$ref\":\"#\"}}", deep), 1);

	JSON_AUTO json_t *wide = json_array();
	JSON_AUTO json_t *members = json_object();
	for (int i = 0; i < 100000; i++) {
		char name[16];
		(void)snprintf(name, sizeof name, "m%d", i);
		(void)json_array_append_new(wide, json_pack("{s:i}", "a", i));
		(void)json_object_set_new(members, name, json_integer(i));
	}
	assert_int_equal(check_quickly("{\"uniqueItems\":true}", wide), 0);
	assert_int_equal(check_quickly("{\"maxItems\":5,\"uniqueItems\":true}", wide), 1);
	assert_int_equal(check_quickly("{\"items\":{\"type\":\"string\"}}", wide), 100);
	assert_int_equal(check_quickly("{\"additionalProperties\":false}", members), 100);
	assert_int_equal(
		check_quickly("{\"allOf\":[{\"patternProperties\":{\"^m\":true}}],\"unevaluatedProperties\":false}",
			      members),
		0);

	/* A pattern that backtracks without end gives up and counts as no match. */
	char text[4001];
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	JSON_AUTO json_t *long_text = json_string(text);
	assert_int_equal(check_quickly("{\"pattern\":\"^(a+)+$\"}", long_text), 0);
	text[sizeof text - 2] = '!';
	JSON_AUTO json_t *spoilt = json_string(text);
	assert_int_equal(check_quickly("{\"pattern\":\"^(a+)+$\"}", spoilt), 1);
	assert_int_equal(check_quickly("{\"pattern\":\"^(a|b|ab)*c\"}", spoilt), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_and_their_pointers),
		cmocka_unit_test(formats),
		cmocka_unit_test(what_stops_a_compilation),
		cmocka_unit_test(details_never_quote_the_value),
		cmocka_unit_test(hostile_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
