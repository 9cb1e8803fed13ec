/* Reads a policy document and answers from it. Pure: no clock, no database. */
#include "followup/policy.h"

#include <string.h>

#include "base/embedded.h"
#include "base/json.h"

#include "base/banned.h"

enum { RULES_MAX = 100, ROWS_MAX = 20 };

struct row {
	const char *when_rating; /* NULL: any */
	int when_immediate;      /* -1: any */
	struct policy_due due;
};

struct rule {
	const char *kind;
	const char *opens_on;
	struct row rows[ROWS_MAX];
	size_t n_rows;
	const struct rule *bound; /* NULL: none */
	struct policy_due found_after;
};

struct policy {
	const char *title;
	struct rule *rules;
	size_t n_rules;
};

static const char *rule_text(struct arena *arena, const char *kind, const struct row *row)
{
	return arena_printf(arena, "%s%s%s%s", kind, row->when_rating != NULL ? "/" : "",
			    row->when_rating != NULL ? row->when_rating : "",
			    row->when_immediate == 1 ? "/immediate_protection" : "");
}

static struct policy_due read_duration(struct arena *arena, const json_t *json, const char *kind, const char *source)
{
	return (struct policy_due){
		.kind = kind,
		.unit = arena_strdup(arena, json_text(json, "unit")),
		.amount = arena_printf(arena, "%lld", (long long)json_integer_value(json_object_get(json, "amount"))),
		.source = source,
	};
}

static void read_rows(struct arena *arena, const json_t *json, struct rule *rule, const char *source)
{
	size_t i;
	json_t *item;
	json_array_foreach(json_object_get(json, "due"), i, item)
	{
		struct row *row = &rule->rows[rule->n_rows++];
		const json_t *when = json_object_get(item, "when");
		const json_t *immediate = json_object_get(when, "immediate_protection_needed");
		row->when_rating = arena_strdup(arena, json_text(when, "rating"));
		row->when_immediate = immediate == NULL ? -1 : json_is_true(immediate);
		row->due = read_duration(arena, item, rule->kind, source);
		row->due.rule = rule_text(arena, rule->kind, row);
	}
}

static const struct rule *find(const struct policy *policy, const char *kind)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		if (strcmp(policy->rules[i].kind, kind) == 0)
			return &policy->rules[i];
	}
	return NULL;
}

static enum err_code read_rule(struct policy *policy, const json_t *json, struct arena *arena, struct err *err)
{
	const char *kind = arena_strdup(arena, json_text(json, "kind"));
	const char *place = arena_printf(arena, "/rules/%zu", policy->n_rules);
	if (find(policy, kind) != NULL)
		return err_set(err, ERR_INVALID_BODY, place, "there is a rule for follow-up '%s' already", kind);
	struct rule *rule = &policy->rules[policy->n_rules++];
	rule->kind = kind;
	rule->opens_on = arena_strdup(arena, json_text(json, "opens_on"));
	read_rows(arena, json, rule, arena_strdup(arena, json_text(json, "source")));
	const struct row *last = &rule->rows[rule->n_rows - 1];
	if (last->when_rating != NULL || last->when_immediate >= 0)
		return err_set(
			err, ERR_INVALID_BODY, place,
			"the last row of `due` for follow-up '%s' has a condition: some referrals would get no time",
			kind);
	return ERR_NONE;
}

/* Bounds name rules that may stand further down, so they are tied in a second pass. */
static enum err_code tie_bounds(struct policy *policy, const json_t *rules, struct arena *arena, struct err *err)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const json_t *json = json_array_get(rules, i);
		const json_t *bound = json_object_get(json, "not_later_than");
		if (bound == NULL)
			continue;
		struct rule *rule = &policy->rules[i];
		rule->bound = find(policy, json_text(bound, "kind"));
		if (rule->bound == NULL || rule->bound == rule)
			return err_set(err, ERR_INVALID_BODY, arena_printf(arena, "/rules/%zu/not_later_than", i),
				       "follow-up '%s' is bounded by '%s', and there is no other rule of that name",
				       rule->kind, json_text(bound, "kind"));
		rule->found_after = read_duration(arena, json_object_get(bound, "found_after"), rule->kind,
						  rule->rows[0].due.source);
		rule->found_after.rule = arena_printf(arena, "%s/found_after_%s", rule->kind, rule->bound->kind);
	}
	return ERR_NONE;
}

enum err_code policy_load(const struct contract *contract, const json_t *document, struct arena *arena,
			  struct policy **ret_policy, struct err *err)
{
	enum err_code code = contract_check_schema(contract, "Policy", document, arena, err);
	if (code != ERR_NONE)
		return code;
	struct policy *policy = arena_alloc(arena, sizeof *policy);
	policy->rules = arena_array(arena, RULES_MAX, sizeof *policy->rules);
	policy->title = arena_printf(arena, "%s %s", json_text(document, "name"), json_text(document, "version"));
	const json_t *rules = json_object_get(document, "rules");
	size_t i;
	json_t *rule;
	json_array_foreach(rules, i, rule)
	{
		code = read_rule(policy, rule, arena, err);
		if (code != ERR_NONE)
			return code;
	}
	code = tie_bounds(policy, rules, arena, err);
	if (code == ERR_NONE)
		*ret_policy = policy;
	return code;
}

enum err_code policy_load_embedded(const struct contract *contract, const char *name, struct arena *arena,
				   struct policy **ret_policy, struct err *err)
{
	const char *path = arena_printf(arena, "api/policies/%s.json", name);
	const struct embedded_file *file = embedded_find(path);
	if (file == NULL)
		return err_set(err, ERR_INTERNAL, path, "there is no such policy");
	JSON_AUTO json_t *document = NULL;
	enum err_code code = json_read((const char *)file->data, file->size, &document, err);
	if (code == ERR_NONE)
		code = policy_load(contract, document, arena, ret_policy, err);
	return code == ERR_NONE ? code : err_context(err, "%s", path);
}

const char *policy_title(const struct policy *policy)
{
	return policy->title;
}

static const struct row *fitting(const struct rule *rule, const struct policy_facts *facts)
{
	for (size_t i = 0; i < rule->n_rows; i++) {
		const struct row *row = &rule->rows[i];
		bool rating_fits = row->when_rating == NULL || strcmp(row->when_rating, facts->rating) == 0;
		bool immediate_fits = row->when_immediate < 0 ||
				      row->when_immediate == (int)facts->immediate_protection_needed;
		if (rating_fits && immediate_fits)
			return row;
	}
	return &rule->rows[rule->n_rows - 1];
}

size_t policy_opens(const struct policy *policy, const char *event, const struct policy_facts *facts,
		    struct policy_due ret_due[POLICY_OPENS_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < policy->n_rules && n < POLICY_OPENS_MAX; i++) {
		if (strcmp(policy->rules[i].opens_on, event) == 0)
			ret_due[n++] = fitting(&policy->rules[i], facts)->due;
	}
	return n;
}

bool policy_due(const struct policy *policy, const char *kind, const struct policy_facts *facts,
		struct policy_due *ret_due)
{
	const struct rule *rule = find(policy, kind);
	if (rule == NULL)
		return false;
	*ret_due = fitting(rule, facts)->due;
	return true;
}

const char *policy_kind(const struct policy *policy, size_t index)
{
	return index < policy->n_rules ? policy->rules[index].kind : NULL;
}

bool policy_looks_at_facts(const struct policy *policy, const char *kind)
{
	const struct rule *rule = find(policy, kind);
	return rule != NULL && (rule->n_rows > 1 || (rule->bound != NULL && rule->bound->n_rows > 1));
}

bool policy_bound(const struct policy *policy, const char *kind, const struct policy_facts *facts,
		  struct policy_bound *ret_bound)
{
	const struct rule *rule = find(policy, kind);
	if (rule == NULL || rule->bound == NULL)
		return false;
	ret_bound->latest = fitting(rule->bound, facts)->due;
	ret_bound->found_after = rule->found_after;
	return true;
}
