/* Joins and lays over. */
#include "referral/further.h"

#include <stdbool.h>
#include <string.h>

#include "base/json.h"

#include "base/banned.h"

/* ---- who joins ---- */

static void take_or_leave(struct further *f, const json_t *known, size_t max, const json_t *sent, size_t index)
{
	if (json_array_size(known) + json_array_size(f->joining) < max)
		(void)json_array_append(f->joining, json_array_get(sent, index));
	else if (f->n_left_out < HOUSEHOLD_MAX)
		f->left_out[f->n_left_out++] = index;
}

void further_children(const json_t *known, const json_t *sent, struct further *ret_further)
{
	int of_known[CHILDREN_MAX];
	*ret_further = (struct further){.joining = json_array()};
	children_pair(known, sent, of_known);
	for (size_t i = 0; i < json_array_size(sent) && i < CHILDREN_MAX; i++) {
		if (of_known[i] < 0)
			take_or_leave(ret_further, known, CHILDREN_MAX, sent, i);
	}
}

static json_t *find_person(const json_t *list, const json_t *person)
{
	size_t i;
	json_t *other;
	json_array_foreach(list, i, other)
	{
		if (children_same_person(person, other))
			return other;
	}
	return NULL;
}

void further_household(const json_t *known, const json_t *sent, struct further *ret_further)
{
	size_t i;
	json_t *person;
	*ret_further = (struct further){.joining = json_array()};
	json_array_foreach(sent, i, person)
	{
		if (find_person(known, person) == NULL && find_person(ret_further->joining, person) == NULL)
			take_or_leave(ret_further, known, HOUSEHOLD_MAX, sent, i);
	}
}

void further_release(struct further *further)
{
	json_decref(further->joining);
	further->joining = NULL;
}

/* ---- how it all reads ---- */

static bool says_nothing(const json_t *value)
{
	const char *text = json_string_value(value);
	const char *answer = json_text(value, "answer");
	return json_is_null(value) || (text != NULL && text[strspn(text, " \t\n\v\f\r")] == '\0') ||
	       (answer != NULL && strcmp(answer, "not_asked") == 0);
}

static void lay_members(json_t *below, const json_t *above);

static void lay_member(json_t *below, const char *name, const json_t *value)
{
	json_t *old = json_object_get(below, name);
	if (old != NULL && says_nothing(value))
		return;
	if (json_is_true(old) && strcmp(name, "immediate_protection_needed") == 0)
		return;
	if (json_is_object(old) && json_is_object(value))
		lay_members(old, value);
	else
		(void)json_object_set_new(below, name, json_deep_copy(value));
}

static void lay_members(json_t *below, const json_t *above)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)above, name, value) lay_member(below, name, value);
}

static void lay_children(json_t *below, const json_t *above)
{
	int of_below[CHILDREN_MAX];
	children_pair(below, above, of_below);
	for (size_t i = 0; i < json_array_size(above) && i < CHILDREN_MAX; i++) {
		const json_t *child = json_array_get(above, i);
		if (of_below[i] >= 0)
			lay_members(json_array_get(below, (size_t)of_below[i]), child);
		else if (json_array_size(below) < CHILDREN_MAX)
			(void)json_array_append_new(below, json_deep_copy(child));
	}
}

static void lay_household(json_t *below, const json_t *above)
{
	size_t i;
	json_t *person;
	json_array_foreach(above, i, person)
	{
		json_t *known = find_person(below, person);
		if (known != NULL)
			lay_members(known, person);
		else if (json_array_size(below) < HOUSEHOLD_MAX)
			(void)json_array_append_new(below, json_deep_copy(person));
	}
}

static void lay_concerns(json_t *below, const json_t *above)
{
	size_t i;
	json_t *concern;
	json_array_foreach(above, i, concern)(void) json_array_append_new(below, json_deep_copy(concern));
}

json_t *further_view(const json_t *children, const json_t *household)
{
	return json_pack("{s:o, s:o, s:[]}", "children", json_deep_copy(children), "household",
			 json_deep_copy(household), "concerns");
}

void further_lay(json_t *view, const json_t *body)
{
	static const struct {
		const char *name;
		void (*lay)(json_t *below, const json_t *above);
	} lists[] = {{"children", lay_children}, {"household", lay_household}, {"concerns", lay_concerns}};
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)body, name, value)
	{
		size_t i = 0;
		while (i < 3 && strcmp(lists[i].name, name) != 0)
			i++;
		if (i < 3)
			lists[i].lay(json_object_get(view, name), value);
		else
			lay_member(view, name, value);
	}
}
