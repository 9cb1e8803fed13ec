/* Schemas that apply other schemas to the same value: references, all, any, one, not, if; and what none of them saw. */
#include <stdlib.h>

#include "contract/model.h"

#include "base/banned.h"

static bool check_all(struct checking *c, const struct schema_list *list, const json_t *value, const struct frame *at)
{
	bool ok = true;
	for (size_t i = 0; i < list->n && (ok || c->faults != NULL); i++)
		ok = schema_check_value(c, list->items[i], value, at) && ok;
	return ok;
}

/*
 * Could the sender have meant this branch? The type fits, and so does every member that the branch fixes to certain values
 * (the tag of a tagged union). Only for words: faults of the one branch that was meant help more than "none of the forms".
 */
static bool is_meant(struct checking *c, const struct schema *s, const json_t *value)
{
	if ((schema_admits(s) & schema_type_of(value)) == 0)
		return false;
	while (s->combination != NULL && s->combination->ref != NULL && s->object == NULL)
		s = s->combination->ref;
	if (s->object == NULL || s->object->slots == NULL || !json_is_object(value))
		return true;
	for (size_t i = 0; i <= s->object->mask; i++) {
		const struct property *slot = &s->object->slots[i];
		if (slot->name == NULL || slot->schema == NULL ||
		    (slot->schema->constant == NULL && slot->schema->allowed == NULL))
			continue;
		const json_t *member = json_object_get(value, slot->name);
		if (member != NULL && !schema_holds(c, slot->schema, member))
			return false;
	}
	return true;
}

static bool fault_none(struct checking *c, const struct schema_list *list, const char *keyword, const json_t *value,
		       const struct frame *at)
{
	if (c->faults == NULL)
		return false;
	const struct schema *meant = NULL;
	size_t n = 0;
	for (size_t i = 0; i < list->n; i++) {
		if (!is_meant(c, list->items[i], value))
			continue;
		meant = list->items[i];
		n++;
	}
	if (n == 1)
		return schema_check_value(c, meant, value, at);
	return schema_fault(c, at, keyword, value, "has none of the forms that the contract allows here");
}

static bool check_any(struct checking *c, const struct schema_list *list, const json_t *value, const struct frame *at)
{
	for (size_t i = 0; i < list->n; i++)
		if (schema_holds(c, list->items[i], value))
			return true;
	return fault_none(c, list, "anyOf", value, at);
}

static bool check_one(struct checking *c, const struct schema_list *list, const json_t *value, const struct frame *at)
{
	size_t n = 0;
	for (size_t i = 0; i < list->n && n < 2; i++)
		n += schema_holds(c, list->items[i], value);
	if (n > 1)
		return schema_fault(c, at, "oneOf", value, "has more than one of the forms of which one is allowed");
	return n == 1 || fault_none(c, list, "oneOf", value, at);
}

static bool check_if(struct checking *c, const struct combination *rules, const json_t *value, const struct frame *at)
{
	if (rules->then == NULL && rules->else_ == NULL)
		return true;
	const struct schema *s = schema_holds(c, rules->if_, value) ? rules->then : rules->else_;
	return s == NULL || schema_check_value(c, s, value, at);
}

bool schema_check_combination(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	const struct combination *rules = s->combination;
	bool ok = rules->ref == NULL || schema_check_value(c, rules->ref, value, at);
	if (rules->all_of.n > 0 && (ok || c->faults != NULL))
		ok = check_all(c, &rules->all_of, value, at) && ok;
	if (rules->any_of.n > 0 && (ok || c->faults != NULL))
		ok = check_any(c, &rules->any_of, value, at) && ok;
	if (rules->one_of.n > 0 && (ok || c->faults != NULL))
		ok = check_one(c, &rules->one_of, value, at) && ok;
	if (rules->not != NULL && (ok || c->faults != NULL) && schema_holds(c, rules->not, value))
		ok = schema_fault(c, at, "not", value, "has a form that the contract rules out");
	if (rules->if_ != NULL && (ok || c->faults != NULL))
		ok = check_if(c, rules, value, at) && ok;
	return ok;
}

static void visit_holding(struct checking *c, const struct schema_list *list, const json_t *value, schema_visit visit,
			  void *data)
{
	for (size_t i = 0; i < list->n; i++)
		if (schema_holds(c, list->items[i], value))
			visit(c, list->items[i], value, data);
}

static void visit_combination(struct checking *c, const struct combination *rules, const json_t *value,
			      schema_visit visit, void *data)
{
	if (rules->ref != NULL)
		visit(c, rules->ref, value, data);
	for (size_t i = 0; i < rules->all_of.n; i++)
		visit(c, rules->all_of.items[i], value, data);
	visit_holding(c, &rules->any_of, value, visit, data);
	visit_holding(c, &rules->one_of, value, visit, data);
	if (rules->if_ == NULL)
		return;
	bool holds = schema_holds(c, rules->if_, value);
	if (holds)
		visit(c, rules->if_, value, data);
	const struct schema *then = holds ? rules->then : rules->else_;
	if (then != NULL)
		visit(c, then, value, data);
}

void schema_visit_active(struct checking *c, const struct schema *s, const json_t *value, schema_visit visit,
			 void *data)
{
	if (s->kind != SCHEMA_RULES)
		return;
	if (s->combination != NULL)
		visit_combination(c, s->combination, value, visit, data);
	if (s->object == NULL || !json_is_object(value))
		return;
	for (size_t i = 0; i < s->object->n_dependent_schemas; i++) {
		const struct dependent_schema *row = &s->object->dependent_schemas[i];
		if (json_object_get(value, row->name) != NULL)
			visit(c, row->schema, value, data);
	}
}

/* ---- unevaluatedProperties, unevaluatedItems ---- */

/* Which members or items some schema has spoken for, by position. */
struct seen {
	bool *at;
	size_t n;
	const struct schema *except; /* the schema that asks */
};

static void see_all(struct seen *seen)
{
	for (size_t i = 0; i < seen->n; i++)
		seen->at[i] = true;
}

static bool is_spoken_for(struct checking *c, const struct object_rules *rules, const char *name, size_t length)
{
	const struct property *slot = schema_property_slot(rules, name, length);
	if (slot != NULL && slot->schema != NULL)
		return true;
	for (size_t i = 0; i < rules->n_patterns; i++)
		if (schema_pattern_matches(c, rules->patterns[i].pattern, name, length))
			return true;
	return false;
}

static void see_members(struct checking *c, const struct schema *s, const json_t *value, struct seen *seen)
{
	const struct object_rules *rules = s->object;
	if (rules->additional != NULL || (rules->unevaluated != NULL && s != seen->except)) {
		see_all(seen);
		return;
	}
	json_t *object = (json_t *)value;
	size_t at = 0;
	for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i), at++)
		if (!seen->at[at])
			seen->at[at] = is_spoken_for(c, rules, json_object_iter_key(i), json_object_iter_key_len(i));
}

static void see_items(struct checking *c, const struct schema *s, const json_t *value, struct seen *seen)
{
	const struct array_rules *rules = s->array;
	if (rules->items != NULL || (rules->unevaluated != NULL && s != seen->except)) {
		see_all(seen);
		return;
	}
	for (size_t i = 0; i < seen->n; i++)
		if (i < rules->prefix.n ||
		    (rules->contains != NULL && schema_holds(c, rules->contains, json_array_get(value, i))))
			seen->at[i] = true;
}

static void see(struct checking *c, const struct schema *s, const json_t *value, void *data)
{
	if (s->object != NULL && json_is_object(value))
		see_members(c, s, value, data);
	if (s->array != NULL && json_is_array(value))
		see_items(c, s, value, data);
	schema_visit_active(c, s, value, see, data);
}

static bool check_unseen(struct checking *c, const struct schema *unevaluated, const char *keyword, const json_t *value,
			 const struct frame *here)
{
	if (unevaluated->kind == SCHEMA_FALSE)
		return schema_fault(c, here, keyword, value, "is not something that the contract knows here");
	return schema_check_value(c, unevaluated, value, here);
}

bool schema_check_unevaluated(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	bool is_object = json_is_object(value);
	struct seen seen = {.n = is_object ? json_object_size(value) : json_array_size(value), .except = s};
	if (seen.n == 0)
		return true;
	seen.at = calloc(seen.n, sizeof *seen.at);
	if (seen.at == NULL)
		abort();
	see(c, s, value, &seen);
	bool ok = true;
	void *member = is_object ? json_object_iter((json_t *)value) : NULL;
	for (size_t i = 0; i < seen.n && !c->full && (ok || c->faults != NULL); i++) {
		struct frame here = {.up = at, .index = i};
		const json_t *part = is_object ? json_object_iter_value(member) : json_array_get(value, i);
		here.member = is_object ? json_object_iter_key(member) : NULL;
		if (is_object)
			member = json_object_iter_next((json_t *)value, member);
		if (!seen.at[i])
			ok = check_unseen(c, is_object ? s->object->unevaluated : s->array->unevaluated,
					  is_object ? "unevaluatedProperties" : "unevaluatedItems", part, &here) &&
			     ok;
	}
	free(seen.at);
	return ok;
}
