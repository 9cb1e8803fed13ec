/* Conditions on the facts of a record. Pure. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "followup/policy_inside.h"

#include "base/banned.h"

enum { TEXT_MAX = 4096 }; /* all words of the contract at once have less */

/* A word, or a list of words, as a list. */
static const char *const *read_words(struct arena *arena, const json_t *json)
{
	if (json == NULL)
		return NULL;
	size_t n = json_is_array(json) ? json_array_size(json) : 1;
	const char **words = arena_array(arena, n + 1, sizeof *words);
	for (size_t i = 0; i < n; i++)
		words[i] = arena_strdup(arena, json_string_value(json_is_array(json) ? json_array_get(json, i) : json));
	return words;
}

static int read_answer(const json_t *json, const char *member)
{
	const json_t *value = json_object_get(json, member);
	return value == NULL ? -1 : json_is_true(value);
}

struct policy_when policy_when_read(struct arena *arena, const json_t *json)
{
	return (struct policy_when){
		.ratings = read_words(arena, json_object_get(json, "rating")),
		.channels = read_words(arena, json_object_get(json, "channel")),
		.record_kinds = read_words(arena, json_object_get(json, "record_kind")),
		.sources = read_words(arena, json_object_get(json, "source")),
		.concern_categories = read_words(arena, json_object_get(json, "concern_category")),
		.immediate_protection_needed = read_answer(json, "immediate_protection_needed"),
		.any_child_unborn = read_answer(json, "any_child_unborn"),
		.open_case = read_answer(json, "open_case"),
		.professional = read_answer(json, "professional"),
		.protection_first = read_answer(json, "protection_first"),
		.out_of_hours = read_answer(json, "out_of_hours"),
	};
}

static bool word_fits(const char *const *wanted, const char *word)
{
	if (wanted == NULL)
		return true;
	for (; word != NULL && *wanted != NULL; wanted++) {
		if (strcmp(*wanted, word) == 0)
			return true;
	}
	return false;
}

static bool any_word_fits(const char *const *wanted, const char *const *words)
{
	if (wanted == NULL)
		return true;
	for (; words != NULL && *words != NULL; words++) {
		if (word_fits(wanted, *words))
			return true;
	}
	return false;
}

static bool answer_fits(int wanted, bool answer)
{
	return wanted < 0 || wanted == (int)answer;
}

bool policy_when_fits(const struct policy_when *when, const struct policy_facts *facts)
{
	return word_fits(when->ratings, facts->rating) && word_fits(when->channels, facts->channel) &&
	       word_fits(when->record_kinds, facts->record_kind) && word_fits(when->sources, facts->source) &&
	       any_word_fits(when->concern_categories, facts->concern_categories) &&
	       answer_fits(when->immediate_protection_needed, facts->immediate_protection_needed) &&
	       answer_fits(when->any_child_unborn, facts->any_child_unborn) &&
	       answer_fits(when->open_case, facts->open_case) && answer_fits(when->professional, facts->professional) &&
	       answer_fits(when->protection_first, facts->protection_first);
}

static void add_words(struct buf *text, const char *const *words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		buf_printf(text, "%c%s", i == 0 ? '/' : '+', words[i]);
}

static void add_answer(struct buf *text, const char *name, int answer)
{
	if (answer >= 0)
		buf_printf(text, "/%s%s", answer == 1 ? "" : "no_", name);
}

const char *policy_when_text(struct arena *arena, const struct policy_when *when)
{
	struct buf text;
	buf_init(&text, TEXT_MAX);
	add_words(&text, when->ratings);
	add_answer(&text, "immediate_protection", when->immediate_protection_needed);
	add_words(&text, when->channels);
	add_words(&text, when->record_kinds);
	add_words(&text, when->sources);
	add_words(&text, when->concern_categories);
	add_answer(&text, "child_unborn", when->any_child_unborn);
	add_answer(&text, "open_case", when->open_case);
	add_answer(&text, "professional", when->professional);
	add_answer(&text, "protection_first", when->protection_first);
	const char *copy = arena_strndup(arena, buf_text(&text), text.size);
	buf_release(&text);
	return copy;
}
