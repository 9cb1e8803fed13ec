/* Objects: members by name, by pattern, by what is left, and what must be there. */
#include <string.h>

#include "contract/model.h"

#include "base/banned.h"

static uint64_t eight_bytes(const char *at)
{
	uint64_t piece;
	memcpy(&piece, at, sizeof piece);
	return piece;
}

static uint64_t mix(uint64_t hash, uint64_t piece)
{
	hash = (hash ^ piece) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

/*
 * Eight bytes at a time; the last eight may overlap those before. The names of the table come from the contract: a sender
 * can't make its chains longer.
 */
uint32_t schema_name_hash(const char *name, size_t length)
{
	uint64_t hash = length;
	if (length < sizeof(uint64_t)) {
		uint64_t piece = 0;
		for (size_t i = 0; i < length; i++)
			piece = piece << 8 | (unsigned char)name[i];
		return (uint32_t)mix(hash, piece);
	}
	for (size_t i = 0; i + sizeof(uint64_t) < length; i += sizeof(uint64_t))
		hash = mix(hash, eight_bytes(name + i));
	return (uint32_t)mix(hash, eight_bytes(name + length - sizeof(uint64_t)));
}

struct property *schema_property_slot(const struct object_rules *rules, const char *name, size_t length)
{
	if (rules->slots == NULL)
		return NULL;
	uint32_t hash = schema_name_hash(name, length);
	for (size_t i = hash & rules->mask;; i = (i + 1) & rules->mask) {
		struct property *slot = &rules->slots[i];
		if (slot->name == NULL ||
		    (slot->hash == hash && slot->length == length && memcmp(slot->name, name, length) == 0))
			return slot;
	}
}

static bool check_name(struct checking *c, const struct schema *names, const char *name, size_t length,
		       const json_t *value, const struct frame *here)
{
	json_t *text = json_stringn_nocheck(name, length);
	bool ok = text != NULL && schema_holds(c, names, text);
	json_decref(text);
	return ok || schema_fault(c, here, "propertyNames", value, "has a name that is not allowed");
}

/* What no other keyword of the schema speaks for. */
static bool check_left(struct checking *c, const struct schema *additional, const json_t *value,
		       const struct frame *here)
{
	if (additional->kind == SCHEMA_FALSE)
		return schema_fault(c, here, "additionalProperties", value, "is not a member that the contract knows");
	return schema_check_value(c, additional, value, here);
}

static bool check_member(struct checking *c, const struct object_rules *rules, const struct property *slot,
			 const char *name, size_t length, const json_t *value, const struct frame *here)
{
	bool ok = true;
	bool spoken_for = false;
	if (slot != NULL && slot->schema != NULL) {
		spoken_for = true;
		ok = schema_check_value(c, slot->schema, value, here);
	}
	for (size_t i = 0; i < rules->n_patterns; i++) {
		if (!schema_pattern_matches(c, rules->patterns[i].pattern, name, length))
			continue;
		spoken_for = true;
		ok = schema_check_value(c, rules->patterns[i].schema, value, here) && ok;
	}
	if (!spoken_for && rules->additional != NULL)
		ok = check_left(c, rules->additional, value, here);
	if (rules->names != NULL && (ok || c->faults != NULL))
		ok = check_name(c, rules->names, name, length, value, here) && ok;
	return ok;
}

/* *ret_found counts the members that `required` names. */
static bool check_members(struct checking *c, const struct object_rules *rules, const json_t *value,
			  const struct frame *at, size_t *ret_found)
{
	json_t *object = (json_t *)value;
	bool ok = true;
	for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
		const char *name = json_object_iter_key(i);
		size_t length = json_object_iter_key_len(i);
		const struct property *slot = schema_property_slot(rules, name, length);
		if (slot != NULL && slot->name == NULL)
			slot = NULL;
		*ret_found += slot != NULL && slot->required;
		struct frame here = {.up = at, .member = name};
		if (!check_member(c, rules, slot, name, length, json_object_iter_value(i), &here))
			ok = false;
		if (c->full || (!ok && c->faults == NULL))
			break;
	}
	return ok;
}

static bool check_required(struct checking *c, const char *const *names, size_t n, const char *keyword,
			   const json_t *value, const struct frame *at)
{
	bool ok = true;
	for (size_t i = 0; i < n && (ok || c->faults != NULL); i++) {
		struct frame here = {.up = at, .member = names[i]};
		if (json_object_get(value, names[i]) == NULL)
			ok = schema_fault(c, &here, keyword, NULL, "is required");
	}
	return ok;
}

static bool check_counts(struct checking *c, const struct object_rules *rules, const json_t *value,
			 const struct frame *at)
{
	size_t n = json_object_size(value);
	bool ok = true;
	if (rules->min_properties.set && n < rules->min_properties.n)
		ok = schema_fault(c, at, "minProperties", value, "must have at least %zu member%s",
				  rules->min_properties.n, rules->min_properties.n == 1 ? "" : "s");
	if (rules->max_properties.set && n > rules->max_properties.n)
		ok = schema_fault(c, at, "maxProperties", value, "must have at most %zu member%s",
				  rules->max_properties.n, rules->max_properties.n == 1 ? "" : "s");
	return ok;
}

static bool check_dependent(struct checking *c, const struct object_rules *rules, const json_t *value,
			    const struct frame *at)
{
	bool ok = true;
	for (size_t i = 0; i < rules->n_dependent_required && (ok || c->faults != NULL); i++) {
		const struct dependent_required *row = &rules->dependent_required[i];
		if (json_object_get(value, row->name) != NULL &&
		    !check_required(c, row->members, row->n, "dependentRequired", value, at))
			ok = false;
	}
	for (size_t i = 0; i < rules->n_dependent_schemas && (ok || c->faults != NULL); i++) {
		const struct dependent_schema *row = &rules->dependent_schemas[i];
		if (json_object_get(value, row->name) != NULL && !schema_check_value(c, row->schema, value, at))
			ok = false;
	}
	return ok;
}

bool schema_check_object(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	const struct object_rules *rules = s->object;
	bool ok = check_counts(c, rules, value, at);
	size_t found = 0;
	bool members_matter = rules->properties || rules->n_patterns > 0 || rules->additional != NULL ||
			      rules->names != NULL;
	if (members_matter && (ok || c->faults != NULL) && !check_members(c, rules, value, at, &found))
		ok = false;
	if (found < rules->n_required && (ok || c->faults != NULL) &&
	    !check_required(c, rules->required, rules->n_required, "required", value, at))
		ok = false;
	if ((ok || c->faults != NULL) && !check_dependent(c, rules, value, at))
		ok = false;
	return ok;
}
