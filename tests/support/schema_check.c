/*
 * The schema interpreter by itself, for comparison with another one (tests/contract/schema.test.mjs). Reads a line of JSON at
 * a time, {"schema": …, "values": […]}, and answers each with a line: [true,false,…], or "place: why" as a string where the
 * schema does not compile. Each value is checked twice, with and without collecting faults: the answers must agree.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "contract/schema.h"

#include "base/banned.h"

static json_t *check_values(struct arena *arena, const struct schema *schema, const json_t *values)
{
	json_t *answers = json_array();
	for (size_t i = 0; i < json_array_size(values); i++) {
		const json_t *value = json_array_get(values, i);
		struct schema_faults faults = {.arena = arena, .max = 10};
		bool valid = schema_check(schema, value, "", NULL);
		if (schema_check(schema, value, "", &faults) != valid || (faults.n == 0) != valid)
			abort();
		(void)json_array_append_new(answers, json_boolean(valid));
	}
	return answers;
}

static json_t *answer(const json_t *question)
{
	struct arena arena;
	arena_init(&arena, (size_t)64 << 20);
	struct schema *schema = NULL;
	struct err err;
	enum err_code code = schema_compile(&arena, json_object_get(question, "schema"), "", &schema, &err);
	json_t *reply = code == ERR_NONE ? check_values(&arena, schema, json_object_get(question, "values"))
					 : json_sprintf("%s: %s", err.place, err.detail);
	schema_release(schema);
	arena_release(&arena);
	return reply;
}

int main(void)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;
	while ((size = getline(&line, &room, stdin)) > 0) {
		json_error_t error;
		JSON_AUTO json_t *question = json_loadb(line, (size_t)size, 0, &error);
		if (question == NULL) {
			(void)fprintf(stderr, "%s\n", error.text);
			return 1;
		}
		JSON_AUTO json_t *reply = answer(question);
		if (json_dumpf(reply, stdout, JSON_COMPACT | JSON_ENCODE_ANY) != 0 || putchar('\n') == EOF)
			return 1;
	}
	free(line);
	return 0;
}
