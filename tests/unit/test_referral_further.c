/* Who joins a record, and how it reads with all that was said laid on top of each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "referral/further.h"

#include "base/banned.h"

static json_t *parsed(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	if (json == NULL)
		fail_msg("the test's own JSON: %s", text);
	return json;
}

static json_t *people(size_t n, const char *prefix)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) {
		char name[40];
		(void)snprintf(name, sizeof name, "%s%zu", prefix, i);
		(void)json_array_append_new(list, json_pack("{s:s}", "first_name", name));
	}
	return list;
}

static void assert_json(const json_t *json, const char *expected, const char *what)
{
	JSON_AUTO json_t *wanted = parsed(expected);
	if (!json_equal(json, wanted)) {
		char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
		fail_msg("%s: %s, not %s", what, text, expected);
	}
}

static void children_join_who_have_no_counterpart(void **state)
{
	JSON_AUTO json_t *known = parsed("[{\"first_name\":\"Ann\"},{}]");
	JSON_AUTO json_t *sent = parsed("[{\"first_name\":\"Zoe\"},{\"first_name\":\"Ann\"},{\"first_name\":\"Tom\"}]");
	FURTHER_AUTO struct further further;
	(void)state;
	further_children(known, sent, &further);
	assert_json(further.joining, "[{\"first_name\":\"Zoe\"},{\"first_name\":\"Tom\"}]",
		    "the nameless one is nobody's counterpart");
	assert_int_equal(further.n_left_out, 0);
}

static void a_full_record_leaves_out(void **state)
{
	JSON_AUTO json_t *known = people(CHILDREN_MAX - 1, "known");
	JSON_AUTO json_t *sent = parsed("[{\"first_name\":\"A\"},{\"first_name\":\"known3\"},{\"first_name\":\"B\"}]");
	FURTHER_AUTO struct further children;
	(void)state;
	further_children(known, sent, &children);
	assert_json(children.joining, "[{\"first_name\":\"A\"}]", "the last place");
	assert_int_equal(children.n_left_out, 1);
	assert_int_equal(children.left_out[0], 2);

	JSON_AUTO json_t *others = people(HOUSEHOLD_MAX, "known");
	JSON_AUTO json_t *strangers = people(HOUSEHOLD_MAX, "new");
	FURTHER_AUTO struct further household;
	further_household(others, strangers, &household);
	assert_int_equal(json_array_size(household.joining), 0);
	assert_int_equal(household.n_left_out, HOUSEHOLD_MAX);
	assert_int_equal(household.left_out[HOUSEHOLD_MAX - 1], HOUSEHOLD_MAX - 1);
}

static void a_person_joins_once(void **state)
{
	JSON_AUTO json_t *known = parsed("[{\"first_name\":\"Mary\",\"relationship\":\"Mother\"}]");
	JSON_AUTO json_t *sent = parsed(
		"[{\"relationship\":\"Father\"},{\"first_name\":\"mary\"},{\"relationship\":\"father\"}]");
	FURTHER_AUTO struct further further;
	FURTHER_AUTO struct further nobody;
	(void)state;
	further_household(known, sent, &further);
	assert_json(further.joining, "[{\"relationship\":\"Father\"}]", "household");
	further_household(known, NULL, &nobody);
	assert_int_equal(json_array_size(nobody.joining), 0);
}

/* Documents laid on an empty record, the oldest first, and what it then says. */
static const struct {
	const char *bodies[3];
	const char *member;
	const char *reads;
} readings[] = {
	{{"{\"a\":1}", "{\"b\":2}"}, "a", "1"},
	{{"{\"a\":1}", "{\"a\":2}"}, "a", "2"},
	{{"{\"a\":\"x\"}", "{\"a\":\"\"}", "{\"a\":null}"}, "a", "\"x\""},
	{{"{\"a\":\"\"}", "{\"a\":\"x\"}"}, "a", "\"x\""},
	{{"{\"a\":false}", "{\"a\":true}", "{\"a\":false}"}, "a", "false"},
	{{"{\"immediate_protection_needed\":true}", "{\"immediate_protection_needed\":false}"},
	 "immediate_protection_needed",
	 "true"},
	{{"{\"r\":{\"name\":\"N\",\"phone\":\"1\"}}", "{\"r\":{\"phone\":\"2\"}}"},
	 "r",
	 "{\"name\":\"N\",\"phone\":\"2\"}"},
	{{"{\"f\":{\"x\":{\"answer\":\"known\",\"value\":true}}}", "{\"f\":{\"x\":{\"answer\":\"not_asked\"}}}"},
	 "f",
	 "{\"x\":{\"answer\":\"known\",\"value\":true}}"},
	{{"{\"f\":{\"x\":{\"answer\":\"not_asked\"}}}", "{\"f\":{\"x\":{\"answer\":\"not_known\"}}}"},
	 "f",
	 "{\"x\":{\"answer\":\"not_known\"}}"},
	{{"{\"concerns\":[{\"c\":1}]}", "{}", "{\"concerns\":[{\"c\":1},{\"c\":2}]}"},
	 "concerns",
	 "[{\"c\":1},{\"c\":1},{\"c\":2}]"},
	{{"{\"children\":[{\"first_name\":\"Ann\",\"sex\":\"F\"}]}",
	  "{\"children\":[{\"first_name\":\"Tom\"},{\"first_name\":\"ann\",\"sex\":\"\",\"whereabouts\":\"here\"}]}"},
	 "children",
	 "[{\"first_name\":\"ann\",\"sex\":\"F\",\"whereabouts\":\"here\"},{\"first_name\":\"Tom\"}]"},
	{{"{\"household\":[{\"relationship\":\"Father\"}]}",
	  "{\"household\":[{\"relationship\":\"father\",\"no_letters\":true},{}]}"},
	 "household",
	 "[{\"relationship\":\"father\",\"no_letters\":true},{}]"},
};

static void what_is_said_later_stands_above(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
		JSON_AUTO json_t *nobody = json_array();
		JSON_AUTO json_t *view = further_view(nobody, nobody);
		for (size_t k = 0; k < 3 && readings[i].bodies[k] != NULL; k++) {
			JSON_AUTO json_t *body = parsed(readings[i].bodies[k]);
			JSON_AUTO json_t *before = json_deep_copy(body);
			further_lay(view, body);
			assert_true(json_equal(body, before)); /* what was sent stays as it was */
		}
		JSON_AUTO json_t *wanted = json_loads(readings[i].reads, JSON_DECODE_ANY, NULL);
		if (!json_equal(json_object_get(view, readings[i].member), wanted))
			fail_msg("%s: %s", readings[i].bodies[0], json_dumps(view, JSON_COMPACT));
	}
}

static void a_view_begins_with_the_record(void **state)
{
	JSON_AUTO json_t *children = parsed("[{\"first_name\":\"Ann\"}]");
	JSON_AUTO json_t *household = parsed("[{\"first_name\":\"Mary\"}]");
	JSON_AUTO json_t *view = further_view(children, household);
	JSON_AUTO json_t *body = parsed("{\"children\":[{\"first_name\":\"Ann\",\"sex\":\"F\"}]}");
	(void)state;
	further_lay(view, body);
	assert_json(json_object_get(view, "children"), "[{\"first_name\":\"Ann\",\"sex\":\"F\"}]", "children");
	assert_json(children, "[{\"first_name\":\"Ann\"}]", "the record itself");
	assert_json(json_object_get(view, "household"), "[{\"first_name\":\"Mary\"}]", "household");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_join_who_have_no_counterpart),
		cmocka_unit_test(a_full_record_leaves_out),
		cmocka_unit_test(a_person_joins_once),
		cmocka_unit_test(what_is_said_later_stands_above),
		cmocka_unit_test(a_view_begins_with_the_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
