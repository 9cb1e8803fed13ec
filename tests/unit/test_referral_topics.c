/* Topics that the rules offer: none for a complete referral, the right ones for each thing left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/embedded.h"
#include "base/json.h"
#include "referral/topics.h"

#include "base/banned.h"

static json_t *example(const char *path)
{
	const struct embedded_file *file = embedded_find(path);
	json_t *json = NULL;
	struct err err;
	if (file == NULL || json_read((const char *)file->data, file->size, &json, &err) != ERR_NONE)
		fail_msg("%s cannot be read", path);
	return json;
}

/* The offered codes, each followed by a space. */
static const char *offered(const json_t *body)
{
	static char text[1000];
	const char *codes[TOPICS_MAX];
	size_t size = 0;
	size_t n = topics_offered(body, codes);
	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		size += (size_t)snprintf(text + size, sizeof text - size, "%s ", codes[i]);
	return text;
}

/* DOMAIN section 4: twelve material ones, eight about completeness; material ones first. */
static void the_table_is_the_domains(void **state)
{
	size_t n = 0;
	(void)state;
	for (const char *code; (code = topic_code(n)) != NULL; n++) {
		assert_string_equal(topic_weight(code), n < 12 ? "material" : "completeness");
		assert_int_equal(topic_is_material(code), n < 12);
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(code, topic_code(i));
	}
	assert_int_equal(n, 20);
	assert_null(topic_weight("no_such_topic"));
	assert_null(topic_weight(""));
	assert_false(topic_is_material("no_such_topic"));
}

static void a_complete_referral_raises_nothing(void **state)
{
	JSON_AUTO json_t *body = example("api/examples/createReferral.json");
	(void)state;
	assert_string_equal(offered(body), "");
}

/* Nothing but the minimum: everything that a rule can see missing. */
static void a_minimal_referral_raises_what_is_missing(void **state)
{
	JSON_AUTO json_t *body = json_pack("{s:[{}], s:[{s:s}]}", "children", "concerns", "description", "Help.");
	(void)state;
	assert_string_equal(
		offered(body),
		"nature_of_concern cause_of_concern significant_harm direct_or_third_party "
		"who_has_been_told whereabouts_of_child how_to_reach_referrer needs parental_factor_not_asked "
		"father_or_carer_missing level_of_need_missing short_or_generic_text ");
}

/* One change to the complete example: where (a path of members), the new value as JSON or NULL to remove it, the topics. */
static const struct {
	const char *path;
	const char *value;
	const char *topics;
} changes[] = {
	{"concerns 0 category", "\"\"", ""}, /* another concern still has one */
	{"concerns", "[{\"description\":\"x\",\"basis\":\"heard\"}]", "nature_of_concern short_or_generic_text "},
	{"why_now", NULL, "cause_of_concern "},
	{"why_now", "\"\"", "cause_of_concern "},
	{"why_now", "7", "cause_of_concern "},
	{"immediate_protection_needed", NULL, "significant_harm "},
	{"immediate_protection_needed", "null", "significant_harm "},
	{"immediate_protection_needed", "true", "urgent_action "},
	{"concerns 0 basis", NULL, ""},
	{"information_sharing parents_informed", NULL, "who_has_been_told "},
	{"information_sharing parents_informed", "{\"answer\":\"not_known\"}", "who_has_been_told "},
	{"information_sharing parents_informed", "{\"answer\":\"not_asked\"}", "who_has_been_told "},
	{"information_sharing parents_informed", "{\"answer\":\"known\",\"value\":false}", ""}, /* a reason is given */
	{"information_sharing", "{\"parents_informed\":{\"answer\":\"known\",\"value\":false}}",
	 "parents_not_informed_without_reason "},
	{"information_sharing", NULL, "who_has_been_told "},
	{"children 1 whereabouts", NULL, "whereabouts_of_child "},
	{"children 2 whereabouts", "\"\"", "whereabouts_of_child "},
	{"referrer phone", NULL, ""},
	{"referrer", "{\"name\":\"x\"}", "how_to_reach_referrer "},
	{"referrer", NULL, "how_to_reach_referrer "},
	{"concerns 0 description", "\"Neglect.\"",
	 "neglect_without_description "}, /* the other one is told at length */
	{"concerns 0 neglect_tool_used", NULL, "neglect_without_tool "},
	{"concerns 0 neglect_tool_used", "{\"answer\":\"not_known\"}", "neglect_without_tool "},
	{"concerns 1 category", "\"neglect\"", "neglect_without_tool "},
	{"children 2 expected_date_of_delivery", NULL, "unborn_without_date "},
	{"children 0 sex", "\"U\"", ""}, /* born */
	{"hoped_for_outcome", NULL, "needs "},
	{"parental_factors", NULL, "parental_factor_not_asked "},
	{"parental_factors domestic_abuse", NULL, "parental_factor_not_asked "},
	{"parental_factors mental_ill_health", "{\"answer\":\"not_asked\"}", "parental_factor_not_asked "},
	{"parental_factors mental_ill_health_effect_on_parenting", NULL, "parental_factor_not_asked "},
	{"parental_factors substance_misuse", "{\"answer\":\"not_known\"}", ""},
	{"parental_factors learning_difficulty", "{\"answer\":\"not_applicable\"}", ""},
	{"parental_factors own_adverse_childhood_experiences", NULL, "parental_factor_not_asked "},
	{"household", NULL, "father_or_carer_missing "},
	{"household 1 relationship", "\"Uncle\"", "father_or_carer_missing "},
	{"household 1 relationship", "\"Grandfather\"", "father_or_carer_missing "},
	{"household 1 relationship", "\"granddad\"", "father_or_carer_missing "},
	{"household 1 relationship", "\"birth FATHER\"", ""},
	{"household 1 relationship", "\"Stepdad\"", ""},
	{"level_of_need", NULL, "level_of_need_missing "},
};

/* Puts the value at the path into `body`; the last step names a member. */
static void change(json_t *body, const char *path, const char *value)
{
	json_t *at = body;
	const char *end;
	while ((end = strchr(path, ' ')) != NULL) {
		char step[64] = "";
		memcpy(step, path, (size_t)(end - path));
		at = json_is_array(at) ? json_array_get(at, (size_t)(step[0] - '0')) : json_object_get(at, step);
		assert_non_null(at);
		path = end + 1;
	}
	if (value == NULL) {
		assert_int_equal(json_object_del(at, path), 0);
		return;
	}
	json_t *json = json_loads(value, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	assert_int_equal(json_object_set_new(at, path, json), 0);
}

static void each_gap_raises_its_topic(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		JSON_AUTO json_t *body = example("api/examples/createReferral.json");
		change(body, changes[i].path, changes[i].value);
		if (strcmp(offered(body), changes[i].topics) != 0)
			fail_msg("%s = %s offers: %s", changes[i].path,
				 changes[i].value == NULL ? "(nothing)" : changes[i].value, offered(body));
	}
}

/* Every topic that a rule can offer stands in the list above: a rule that never fires would not be noticed otherwise. */
static void every_rule_was_seen(void **state)
{
	static const char by_people_alone[] = "level_of_need_differs no_further_action_proposed earlier_referral ";
	static const char both_concerns[] = "direct_or_third_party "; /* of the minimal referral */
	(void)state;
	for (size_t i = 0; topic_code(i) != NULL; i++) {
		char word[64];
		(void)snprintf(word, sizeof word, "%s ", topic_code(i));
		bool seen = strstr(by_people_alone, word) != NULL || strcmp(both_concerns, word) == 0;
		for (size_t c = 0; c < sizeof changes / sizeof changes[0]; c++)
			seen = seen || strstr(changes[c].topics, word) != NULL;
		if (!seen)
			fail_msg("no case offers %s", word);
	}
}

/* Whatever shape the parts have (unknown members and odd types are stored, too), the rules answer. */
static void odd_shapes_do_no_harm(void **state)
{
	static const char *const bodies[] = {
		"{}",
		"{\"children\":{},\"concerns\":\"x\",\"household\":7,\"referrer\":[],\"parental_factors\":true}",
		"{\"children\":[1,null,[]],\"concerns\":[[],7,null,\"x\"],\"household\":[null,\"Father\"]}",
		"{\"parental_factors\":{\"domestic_abuse\":7},\"information_sharing\":{\"parents_informed\":\"yes\"}}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		JSON_AUTO json_t *body = json_loads(bodies[i], 0, NULL);
		assert_non_null(body);
		assert_non_null(strstr(offered(body), "nature_of_concern"));
		assert_non_null(strstr(offered(body), "parental_factor_not_asked"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_the_domains),
		cmocka_unit_test(a_complete_referral_raises_nothing),
		cmocka_unit_test(a_minimal_referral_raises_what_is_missing),
		cmocka_unit_test(each_gap_raises_its_topic),
		cmocka_unit_test(every_rule_was_seen),
		cmocka_unit_test(odd_shapes_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
