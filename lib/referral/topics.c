/* The table of topics and their rules. */
#include "referral/topics.h"

#include <string.h>

#include "base/json.h"

#include "base/banned.h"

/* Below this many bytes a description hardly lets anybody picture the child's day (DOMAIN section 8: 1.6.8). */
enum { SHORT_TEXT = 120, CONCRETE_TEXT = 80 };

static bool is(const json_t *object, const char *member, const char *value)
{
	const char *text = json_text(object, member);
	return text != NULL && strcmp(text, value) == 0;
}

static bool has_text(const json_t *object, const char *member)
{
	return json_said(object, member) != NULL;
}

/* An answer that says something: {"answer": "known", …}. */
static bool is_known(const json_t *object, const char *member)
{
	return is(json_object_get(object, member), "answer", "known");
}

/* True where some element of the list `member` of the body keeps `test`. */
static bool any(const json_t *body, const char *member, bool (*test)(const json_t *))
{
	size_t i;
	json_t *item;
	json_array_foreach(json_object_get(body, member), i, item)
	{
		if (test(item))
			return true;
	}
	return false;
}

static bool has_category(const json_t *concern)
{
	return has_text(concern, "category");
}

static bool has_basis(const json_t *concern)
{
	return has_text(concern, "basis");
}

static bool is_neglect(const json_t *concern)
{
	return is(concern, "category", "neglect");
}

static size_t description_size(const json_t *concern)
{
	const char *text = json_said(concern, "description");
	return text == NULL ? 0 : strlen(text);
}

static bool is_vague_neglect(const json_t *concern)
{
	return is_neglect(concern) && description_size(concern) < CONCRETE_TEXT;
}

static bool is_neglect_without_tool(const json_t *concern)
{
	return is_neglect(concern) && !is_known(concern, "neglect_tool_used");
}

static bool is_told_at_length(const json_t *concern)
{
	return description_size(concern) >= SHORT_TEXT;
}

static bool is_out_of_sight(const json_t *child)
{
	return !has_text(child, "whereabouts");
}

static bool is_unborn_without_date(const json_t *child)
{
	return is(child, "sex", "U") && !has_text(child, "date_of_birth") &&
	       !has_text(child, "expected_date_of_delivery");
}

static bool is_father(const json_t *person)
{
	const char *relationship = json_text(person, "relationship");
	return relationship != NULL &&
	       (strcasestr(relationship, "father") != NULL || strcasestr(relationship, "dad") != NULL) &&
	       strcasestr(relationship, "grand") == NULL;
}

/* ---- one rule per topic ---- */

static bool nature_of_concern(const json_t *body)
{
	return !any(body, "concerns", has_category);
}

static bool cause_of_concern(const json_t *body)
{
	return !has_text(body, "why_now");
}

static bool significant_harm(const json_t *body)
{
	return !json_is_boolean(json_object_get(body, "immediate_protection_needed"));
}

static bool urgent_action(const json_t *body)
{
	return json_is_true(json_object_get(body, "immediate_protection_needed"));
}

static bool direct_or_third_party(const json_t *body)
{
	return !any(body, "concerns", has_basis);
}

static bool who_has_been_told(const json_t *body)
{
	return !is_known(json_object_get(body, "information_sharing"), "parents_informed");
}

static bool whereabouts_of_child(const json_t *body)
{
	return any(body, "children", is_out_of_sight);
}

static bool how_to_reach_referrer(const json_t *body)
{
	const json_t *referrer = json_object_get(body, "referrer");
	return !has_text(referrer, "phone") && !has_text(referrer, "email");
}

static bool neglect_without_description(const json_t *body)
{
	return any(body, "concerns", is_vague_neglect);
}

static bool unborn_without_date(const json_t *body)
{
	return any(body, "children", is_unborn_without_date);
}

static bool needs(const json_t *body)
{
	return !has_text(body, "hoped_for_outcome");
}

static bool parental_factor_not_asked(const json_t *body)
{
	static const char *const factors[] = {
		"domestic_abuse",   "mental_ill_health",   "mental_ill_health_effect_on_parenting",
		"substance_misuse", "learning_difficulty", "own_adverse_childhood_experiences"};
	const json_t *given = json_object_get(body, "parental_factors");
	for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
		const json_t *answer = json_object_get(given, factors[i]);
		if (answer == NULL || is(answer, "answer", "not_asked"))
			return true;
	}
	return false;
}

static bool parents_not_informed_without_reason(const json_t *body)
{
	const json_t *sharing = json_object_get(body, "information_sharing");
	const json_t *informed = json_object_get(sharing, "parents_informed");
	return is(informed, "answer", "known") && json_is_false(json_object_get(informed, "value")) &&
	       !has_text(sharing, "parents_not_informed_reason");
}

static bool neglect_without_tool(const json_t *body)
{
	return any(body, "concerns", is_neglect_without_tool);
}

static bool father_or_carer_missing(const json_t *body)
{
	return !any(body, "household", is_father);
}

static bool level_of_need_missing(const json_t *body)
{
	return !has_text(body, "level_of_need");
}

static bool short_or_generic_text(const json_t *body)
{
	return !any(body, "concerns", is_told_at_length);
}

static const char MATERIAL[] = "material";
static const char COMPLETENESS[] = "completeness";

/* A topic without a rule is raised by people alone: it compares with the hub's own view. */
static const struct {
	const char *code;
	const char *weight;
	bool (*offered)(const json_t *body);
} topics[TOPICS_MAX] = {
	{"nature_of_concern", MATERIAL, nature_of_concern},
	{"cause_of_concern", MATERIAL, cause_of_concern},
	{"significant_harm", MATERIAL, significant_harm},
	{"urgent_action", MATERIAL, urgent_action},
	{"direct_or_third_party", MATERIAL, direct_or_third_party},
	{"who_has_been_told", MATERIAL, who_has_been_told},
	{"whereabouts_of_child", MATERIAL, whereabouts_of_child},
	{"how_to_reach_referrer", MATERIAL, how_to_reach_referrer},
	{"level_of_need_differs", MATERIAL, NULL},
	{"neglect_without_description", MATERIAL, neglect_without_description},
	{"unborn_without_date", MATERIAL, unborn_without_date},
	{"no_further_action_proposed", MATERIAL, NULL},
	{"needs", COMPLETENESS, needs},
	{"parental_factor_not_asked", COMPLETENESS, parental_factor_not_asked},
	{"parents_not_informed_without_reason", COMPLETENESS, parents_not_informed_without_reason},
	{"neglect_without_tool", COMPLETENESS, neglect_without_tool},
	{"father_or_carer_missing", COMPLETENESS, father_or_carer_missing},
	{"level_of_need_missing", COMPLETENESS, level_of_need_missing},
	{"short_or_generic_text", COMPLETENESS, short_or_generic_text},
	{"earlier_referral", COMPLETENESS, NULL},
};

const char *topic_weight(const char *code)
{
	for (size_t i = 0; i < TOPICS_MAX; i++) {
		if (strcmp(topics[i].code, code) == 0)
			return topics[i].weight;
	}
	return NULL;
}

const char *topic_code(size_t index)
{
	return index < TOPICS_MAX ? topics[index].code : NULL;
}

size_t topics_offered(const json_t *body, const char *ret_codes[TOPICS_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < TOPICS_MAX; i++) {
		if (topics[i].offered != NULL && topics[i].offered(body))
			ret_codes[n++] = topics[i].code;
	}
	return n;
}

size_t topics_of_array(struct arena *arena, const char *array, const char *ret_codes[TOPICS_MAX])
{
	char *text = arena_strdup(arena, array);
	size_t n = 0;
	for (char *at = text + 1; *at != '\0' && *at != '}' && n < TOPICS_MAX;) {
		size_t length = strcspn(at, ",}");
		bool last = at[length] != ',';
		at[length] = '\0';
		ret_codes[n++] = at;
		at += length + (last ? 0 : 1);
	}
	return n;
}
