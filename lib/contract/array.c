/* Arrays: items, counts, uniqueness. */
#include "contract/model.h"

#include "base/banned.h"

static bool check_counts(struct checking *c, const struct array_rules *rules, const json_t *value,
			 const struct frame *at)
{
	size_t n = json_array_size(value);
	bool ok = true;
	if (rules->min_items.set && n < rules->min_items.n)
		ok = schema_fault(c, at, "minItems", value, "must be at least %zu item%s", rules->min_items.n,
				  rules->min_items.n == 1 ? "" : "s");
	if (rules->max_items.set && n > rules->max_items.n)
		ok = schema_fault(c, at, "maxItems", value, "must be at most %zu item%s", rules->max_items.n,
				  rules->max_items.n == 1 ? "" : "s");
	return ok;
}

static bool check_contains(struct checking *c, const struct array_rules *rules, const json_t *value,
			   const struct frame *at)
{
	size_t least = rules->min_contains.set ? rules->min_contains.n : 1;
	size_t most = rules->max_contains.set ? rules->max_contains.n : SIZE_MAX;
	size_t found = 0;
	for (size_t i = 0; i < json_array_size(value) && found <= most; i++)
		found += schema_holds(c, rules->contains, json_array_get(value, i));
	bool ok = true;
	if (found < least)
		ok = schema_fault(c, at, rules->min_contains.set ? "minContains" : "contains", value,
				  "must have at least %zu item%s of the kind that the contract asks for", least,
				  least == 1 ? "" : "s");
	if (found > most)
		ok = schema_fault(c, at, "maxContains", value,
				  "must have at most %zu item%s of the kind that the contract names", most,
				  most == 1 ? "" : "s");
	return ok;
}

static bool check_items(struct checking *c, const struct array_rules *rules, const json_t *value,
			const struct frame *at)
{
	bool ok = true;
	for (size_t i = 0; i < json_array_size(value) && !c->full; i++) {
		const struct schema *s = i < rules->prefix.n ? rules->prefix.items[i] : rules->items;
		if (s == NULL)
			break;
		struct frame here = {.up = at, .index = i};
		if (!schema_check_value(c, s, json_array_get(value, i), &here))
			ok = false;
		if (!ok && c->faults == NULL)
			break;
	}
	return ok;
}

bool schema_check_array(struct checking *c, const struct schema *s, const json_t *value, const struct frame *at)
{
	const struct array_rules *rules = s->array;
	bool counted = check_counts(c, rules, value, at);
	bool ok = counted;
	if ((ok || c->faults != NULL) && (rules->items != NULL || rules->prefix.n > 0) &&
	    !check_items(c, rules, value, at))
		ok = false;
	if ((ok || c->faults != NULL) && rules->contains != NULL && !check_contains(c, rules, value, at))
		ok = false;
	size_t index = 0;
	if (counted && rules->unique && (ok || c->faults != NULL) && !schema_items_unique(c->set, value, &index)) {
		struct frame here = {.up = at, .index = index};
		ok = schema_fault(c, &here, "uniqueItems", json_array_get(value, index), "stands in the list already");
	}
	return ok;
}
