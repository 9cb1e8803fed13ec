/* Reads a policy document, whose shape the contract has checked, and loads one. Pure: no clock, no database. */
#include <string.h>

#include "base/embedded.h"
#include "base/json.h"
#include "followup/policy_inside.h"

#include "base/banned.h"

static struct policy_length read_length(struct arena *arena, const json_t *json)
{
	if (json == NULL)
		return (struct policy_length){NULL, NULL};
	return (struct policy_length){
		.unit = arena_strdup(arena, json_text(json, "unit")),
		.amount = arena_printf(arena, "%lld", (long long)json_integer_value(json_object_get(json, "amount"))),
	};
}

static struct policy_due read_due(struct arena *arena, const json_t *json, const struct rule *rule)
{
	const struct policy_length length = read_length(arena, json);
	return (struct policy_due){
		.kind = rule->public.kind,
		.unit = length.unit,
		.amount = length.amount,
		.from = arena_strdup(arena, json_text(json, "from")),
		.source = rule->public.source,
	};
}

static void read_rows(struct arena *arena, const json_t *json, struct rule *rule)
{
	size_t i;
	json_t *item;
	rule->n_rows = json_array_size(json);
	rule->rows = arena_array(arena, rule->n_rows, sizeof *rule->rows);
	json_array_foreach(json, i, item)
	{
		struct policy_row *row = &rule->rows[i];
		const json_t *when = json_object_get(item, "when");
		row->when = policy_when_read(arena, when);
		row->has_when = when != NULL;
		row->due = read_due(arena, item, rule);
		row->due.rule = arena_printf(arena, "%s%s", rule->public.kind, policy_when_text(arena, &row->when));
	}
}

/* One event, or a list of events each with facts of its own. */
static void read_triggers(struct arena *arena, const json_t *json, struct rule *rule)
{
	rule->opens_on_list = json_is_array(json);
	rule->n_triggers = rule->opens_on_list ? json_array_size(json) : 1;
	rule->triggers = arena_array(arena, rule->n_triggers, sizeof *rule->triggers);
	if (json_is_string(json)) {
		rule->triggers[0].event = arena_strdup(arena, json_string_value(json));
		rule->triggers[0].when = policy_when_read(arena, NULL);
		return;
	}
	size_t i;
	json_t *item;
	json_array_foreach(json, i, item)
	{
		rule->triggers[i].event = arena_strdup(arena, json_text(item, "event"));
		rule->triggers[i].when = policy_when_read(arena, json_object_get(item, "when"));
	}
}

static const char *const *read_list(struct arena *arena, const json_t *json)
{
	if (json == NULL)
		return NULL;
	const char **list = arena_array(arena, json_array_size(json) + 1, sizeof *list);
	for (size_t i = 0; i < json_array_size(json); i++)
		list[i] = arena_strdup(arena, json_string_value(json_array_get(json, i)));
	return list;
}

static void read_ladder(struct arena *arena, const json_t *json, struct policy_rule *rule)
{
	size_t i;
	json_t *item;
	rule->n_escalate = json_array_size(json);
	struct policy_step *steps = arena_array(arena, rule->n_escalate, sizeof *steps);
	json_array_foreach(json, i, item)
	{
		steps[i] = (struct policy_step){
			.after = read_length(arena, json_object_get(item, "after")),
			.role = arena_strdup(arena, json_text(item, "role")),
			.out_of_hours = json_is_true(json_object_get(item, "out_of_hours")),
		};
	}
	rule->escalate = steps;
}

/* Codes of the contract: nothing in them needs escaping. */
static const char *signals_text(struct arena *arena, const struct policy_rule *rule)
{
	const struct policy_length *warning = &rule->warn_before;
	if (warning->unit == NULL && rule->n_escalate == 0)
		return NULL;
	const char *text = "";
	if (warning->unit != NULL)
		text = arena_printf(arena, "\"warn_before\":{\"unit\":\"%s\",\"amount\":%s}", warning->unit,
				    warning->amount);
	for (size_t i = 0; i < rule->n_escalate; i++) {
		const struct policy_step *step = &rule->escalate[i];
		const char *before = i > 0 ? "," : warning->unit != NULL ? ",\"escalate\":[" : "\"escalate\":[";
		text = arena_printf(arena, "%s%s{\"unit\":\"%s\",\"amount\":%s,\"role\":\"%s\"%s}", text, before,
				    step->after.unit, step->after.amount, step->role,
				    step->out_of_hours ? ",\"out_of_hours\":true" : "");
	}
	return arena_printf(arena, "{%s%s}", text, rule->n_escalate > 0 ? "]" : "");
}

static void read_rule(struct arena *arena, const json_t *json, struct rule *rule)
{
	const json_t *pause = json_object_get(json, "pause");
	const json_t *bound = json_object_get(json, "not_later_than");
	rule->public = (struct policy_rule){
		.kind = arena_strdup(arena, json_text(json, "kind")),
		.source = arena_strdup(arena, json_text(json, "source")),
		.responsible = arena_strdup(arena, json_text(json, "responsible")),
		.met_by = read_list(arena, json_object_get(json, "met_by")),
		.cancelled_by = read_list(arena, json_object_get(json, "cancelled_by")),
		.warn_before = read_length(arena, json_object_get(json, "warn_before")),
		.pause_reasons = read_list(arena, json_object_get(pause, "reasons")),
		.pause_max = read_length(arena, json_object_get(pause, "max")),
	};
	read_ladder(arena, json_object_get(json, "escalate"), &rule->public);
	rule->public.signals = signals_text(arena, &rule->public);
	rule->when = policy_when_read(arena, json_object_get(json, "when"));
	read_triggers(arena, json_object_get(json, "opens_on"), rule);
	read_rows(arena, json_object_get(json, "due"), rule);
	if (bound == NULL)
		return;
	rule->bound_kind = arena_strdup(arena, json_text(bound, "kind"));
	rule->found_after = read_due(arena, json_object_get(bound, "found_after"), rule);
	rule->found_after.rule = arena_printf(arena, "%s/found_after_%s", rule->public.kind, rule->bound_kind);
}

const struct rule *policy_find(const struct policy *policy, const char *kind)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		if (strcmp(policy->rules[i].public.kind, kind) == 0)
			return &policy->rules[i];
	}
	return NULL;
}

struct policy *policy_read(struct arena *arena, const json_t *document)
{
	const json_t *rules = json_object_get(document, "rules");
	struct policy *policy = arena_alloc(arena, sizeof *policy);
	policy->title = arena_printf(arena, "%s %s", json_text(document, "name"), json_text(document, "version"));
	policy->n_rules = json_array_size(rules);
	policy->rules = arena_array(arena, policy->n_rules, sizeof *policy->rules);
	for (size_t i = 0; i < policy->n_rules; i++)
		read_rule(arena, json_array_get(rules, i), &policy->rules[i]);
	/* A bound may name a rule that stands further down. */
	for (size_t i = 0; i < policy->n_rules; i++) {
		if (policy->rules[i].bound_kind != NULL)
			policy->rules[i].bound = policy_find(policy, policy->rules[i].bound_kind);
	}
	return policy;
}

enum err_code policy_load(const struct contract *contract, const json_t *document, struct arena *arena,
			  struct policy **ret_policy, struct err *err)
{
	enum err_code code = contract_check_schema(contract, "Policy", document, arena, err);
	if (code != ERR_NONE)
		return code;
	struct policy *policy = policy_read(arena, document);
	code = policy_check(policy, arena, err);
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
