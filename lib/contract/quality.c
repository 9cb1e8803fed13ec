/*
 * x-quality: what is wrong with a value but stored all the same. Rows stand in any schema object; the walk follows value and
 * schema in step and reports in the order of the document. It runs on bodies whose shape holds.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "contract/inside.h"

#include "base/banned.h"

enum { ISSUES_MAX = 500, FAULTS_MAX = 60, ACTIVE_MAX = 64, RECENT_MAX = 16 };

/* ---- loading ---- */

static const struct quality_rule_row *find_rule(const struct contract *contract, const char *name)
{
	for (const struct quality_rule_row *row = contract->rules; row != NULL && row->name != NULL; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static bool is_snake(const char *code)
{
	return code != NULL && *code >= 'a' && *code <= 'z' &&
	       strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(code);
}

static enum err_code compile_row(struct contract *contract, const json_t *node, const char *place,
				 struct quality_row *row, struct err *err)
{
	static const char *const members[] = {"code",          "schema",      "rule", "unknown_members",
					      "blank_members", "description", NULL};
	enum err_code code = contract_expect_members(contract, node, place, members, err);
	if (code == ERR_NONE)
		code = contract_compile_schema(contract, node, place, &row->schema, err);
	if (code != ERR_NONE)
		return code;
	row->code = json_text(node, "code");
	if (!is_snake(row->code))
		return err_set(err, ERR_INTERNAL, place, "a row of x-quality needs a code in snake_case");
	const char *name = json_text(node, "rule");
	const struct quality_rule_row *rule = name == NULL ? NULL : find_rule(contract, name);
	if (name != NULL && rule == NULL)
		return err_set(err, ERR_INTERNAL, place, "there is no rule \"%.60s\"", name);
	row->rule = rule == NULL ? NULL : rule->rule;
	row->unknown_members = json_is_true(json_object_get(node, "unknown_members"));
	row->blank_members = json_is_true(json_object_get(node, "blank_members"));
	if ((row->schema != NULL) + (row->rule != NULL) + row->unknown_members + row->blank_members != 1)
		return err_set(err, ERR_INTERNAL, place,
			       "a row of x-quality has a schema, a rule, unknown_members: true or blank_members: true");
	return ERR_NONE;
}

static enum err_code compile_rows(struct contract *contract, struct schema *s, struct err *err)
{
	const char *place = NULL;
	const json_t *rows = contract_member(contract, s->source, s->place, "x-quality", &place);
	if (rows == NULL)
		return ERR_NONE;
	if (!json_is_array(rows))
		return err_set(err, ERR_INTERNAL, place, "x-quality must be a list");
	s->quality = arena_array(&contract->arena, json_array_size(rows) + 1, sizeof *s->quality);
	for (size_t i = 0; i < json_array_size(rows); i++) {
		enum err_code code = compile_row(contract, json_array_get(rows, i),
						 json_pointer_index(&contract->arena, place, i),
						 &s->quality[s->n_quality++], err);
		if (code != ERR_NONE)
			return code;
	}
	s->quality_below = s->n_quality > 0;
	return ERR_NONE;
}

static bool leads_to_quality(const struct schema *s)
{
	for (const struct schema_edge *e = s->in_place; e != NULL; e = e->next)
		if (e->to->quality_below)
			return true;
	for (const struct schema_edge *e = s->inside; e != NULL; e = e->next)
		if (e->to->quality_below)
			return true;
	return false;
}

enum err_code contract_compile_quality(struct contract *contract, struct err *err)
{
	struct schema_set *set = contract->schemas;
	/* Rows compile further schemas, which join the end of this list. */
	for (struct schema *s = set->first; s != NULL; s = s->next) {
		enum err_code code = compile_rows(contract, s, err);
		if (code != ERR_NONE)
			return code;
	}
	for (bool changed = true; changed;) {
		changed = false;
		for (struct schema *s = set->first; s != NULL; s = s->next) {
			if (!s->quality_below && leads_to_quality(s)) {
				s->quality_below = true;
				changed = true;
			}
		}
	}
	return schema_set_finish(set, err);
}

/* ---- checking ---- */

struct walking {
	struct checking check;
	struct quality_view view;
	struct arena *arena;
	struct quality_issues issues;
	size_t room;
	struct quality_issue
		recent[RECENT_MAX]; /* the last ones, kept or not: two rows may say the same of one value */
	size_t n_recent;
};

/* The schemas that speak for one value, without those that lead to no x-quality. */
struct active {
	const struct schema *items[ACTIVE_MAX];
	size_t n;
};

static bool was_added(const struct walking *w, const char *pointer, const char *code)
{
	for (size_t i = 0; i < w->n_recent && i < RECENT_MAX; i++)
		if (strcmp(w->recent[i].pointer, pointer) == 0 && strcmp(w->recent[i].code, code) == 0)
			return true;
	return false;
}

static void add_issue(struct walking *w, const char *pointer, const char *code, const json_t *value)
{
	struct quality_issues *issues = &w->issues;
	if (was_added(w, pointer, code))
		return;
	w->recent[w->n_recent++ % RECENT_MAX] = (struct quality_issue){pointer, code, value};
	if (issues->n == ISSUES_MAX) {
		issues->left_out++;
		return;
	}
	if (issues->n == w->room) {
		w->room = w->room == 0 ? 16 : w->room * 2;
		struct quality_issue *items = arena_array(w->arena, w->room, sizeof *items);
		if (issues->n > 0)
			memcpy(items, issues->items, issues->n * sizeof *items);
		issues->items = items;
	}
	issues->items[issues->n++] = (struct quality_issue){pointer, code, value};
}

static void run_schema(struct walking *w, const struct quality_row *row, const json_t *value, const struct frame *at)
{
	if (schema_holds(&w->check, row->schema, value))
		return;
	struct schema_faults faults = {.arena = w->arena, .max = FAULTS_MAX};
	(void)schema_check(row->schema, value, schema_frame_pointer(w->arena, "", at), &faults);
	for (size_t i = 0; i < faults.n; i++)
		add_issue(w, faults.items[i].pointer, row->code, faults.items[i].value);
}

static void run_rule(struct walking *w, const struct quality_row *row, const json_t *value, const struct frame *at)
{
	const char *member = NULL;
	if (row->rule(value, &w->view, &member))
		return;
	struct frame here = {.up = at, .member = member};
	add_issue(w, schema_frame_pointer(w->arena, "", member != NULL ? &here : at), row->code,
		  member != NULL ? json_object_get(value, member) : value);
}

/* Do `properties` of the schema, or of what it refers to, name the member? */
static bool names_member(const struct schema *s, const char *name, size_t length)
{
	const struct property *slot = s->object == NULL ? NULL : schema_property_slot(s->object, name, length);
	if (slot != NULL && slot->schema != NULL)
		return true;
	if (s->combination == NULL)
		return false;
	if (s->combination->ref != NULL && names_member(s->combination->ref, name, length))
		return true;
	for (size_t i = 0; i < s->combination->all_of.n; i++)
		if (names_member(s->combination->all_of.items[i], name, length))
			return true;
	return false;
}

static void run_unknown(struct walking *w, const struct schema *s, const struct quality_row *row, const json_t *value,
			const struct frame *at)
{
	json_t *object = (json_t *)value;
	for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
		const char *name = json_object_iter_key(i);
		if (names_member(s, name, json_object_iter_key_len(i)))
			continue;
		struct frame here = {.up = at, .member = name};
		add_issue(w, schema_frame_pointer(w->arena, "", &here), row->code, json_object_iter_value(i));
	}
}

static void run_rows(struct walking *w, const struct schema *s, const json_t *value, const struct frame *at)
{
	for (size_t i = 0; i < s->n_quality; i++) {
		const struct quality_row *row = &s->quality[i];
		if (row->schema != NULL)
			run_schema(w, row, value, at);
		else if (row->rule != NULL)
			run_rule(w, row, value, at);
		else if (row->unknown_members && json_is_object(value))
			run_unknown(w, s, row, value, at);
	}
}

/* Adds the schema and all that it applies to the same value. */
static void activate(struct checking *c, const struct schema *s, const json_t *value, void *data)
{
	struct active *active = data;
	if (s == NULL || !s->quality_below)
		return;
	for (size_t i = 0; i < active->n; i++)
		if (active->items[i] == s)
			return;
	assert(active->n < ACTIVE_MAX);
	active->items[active->n++] = s;
	schema_visit_active(c, s, value, activate, active);
}

static void activate_member(struct walking *w, const struct schema *s, const char *name, size_t length,
			    const json_t *value, struct active *active)
{
	const struct object_rules *rules = s->object;
	if (rules == NULL)
		return;
	const struct property *slot = schema_property_slot(rules, name, length);
	bool spoken_for = slot != NULL && slot->schema != NULL;
	if (spoken_for)
		activate(&w->check, slot->schema, value, active);
	for (size_t i = 0; i < rules->n_patterns; i++) {
		if (!schema_pattern_matches(&w->check, rules->patterns[i].pattern, name, length))
			continue;
		spoken_for = true;
		activate(&w->check, rules->patterns[i].schema, value, active);
	}
	if (!spoken_for)
		activate(&w->check, rules->additional, value, active);
}

/* null, or a text of white space alone. Where the shape wants anything but a text it has refused null. */
static bool is_blank(const json_t *value)
{
	const char *text = json_string_value(value);
	return json_is_null(value) || (text != NULL && text[strspn(text, " \t\n\v\f\r")] == '\0');
}

static bool is_told_of(const struct walking *w, const char *pointer)
{
	for (size_t i = 0; i < w->issues.n; i++)
		if (strcmp(w->issues.items[i].pointer, pointer) == 0)
			return true;
	return false;
}

static void tell_blank(struct walking *w, const char *code, const json_t *value, const struct frame *at)
{
	const char *pointer = is_blank(value) ? schema_frame_pointer(w->arena, "", at) : NULL;
	if (pointer != NULL && !is_told_of(w, pointer))
		add_issue(w, pointer, code, value);
}

/* After the member's own rows: what they say of it is enough. */
static void check_blank(struct walking *w, const struct active *active, const json_t *member, const struct frame *at)
{
	for (size_t k = 0; k < active->n; k++) {
		const struct schema *s = active->items[k];
		for (size_t i = 0; i < s->n_quality; i++) {
			if (!s->quality[i].blank_members || !names_member(s, at->member, strlen(at->member)))
				continue;
			tell_blank(w, s->quality[i].code, member, at);
			for (size_t n = 0; n < json_array_size(member); n++) {
				struct frame item = {.up = at, .index = n};
				tell_blank(w, s->quality[i].code, json_array_get(member, n), &item);
			}
		}
	}
}

static void walk(struct walking *w, const struct active *active, const json_t *value, const struct frame *at);

static void walk_object(struct walking *w, const struct active *active, const json_t *value, const struct frame *at)
{
	json_t *object = (json_t *)value;
	for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
		const json_t *member = json_object_iter_value(i);
		struct frame here = {.up = at, .member = json_object_iter_key(i)};
		struct active below;
		below.n = 0;
		for (size_t k = 0; k < active->n; k++)
			activate_member(w, active->items[k], here.member, json_object_iter_key_len(i), member, &below);
		if (below.n > 0)
			walk(w, &below, member, &here);
		check_blank(w, active, member, &here);
	}
}

static void walk_array(struct walking *w, const struct active *active, const json_t *value, const struct frame *at)
{
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);
		struct frame here = {.up = at, .index = i};
		struct active below;
		below.n = 0;
		for (size_t k = 0; k < active->n; k++) {
			const struct array_rules *rules = active->items[k]->array;
			if (rules != NULL)
				activate(&w->check, i < rules->prefix.n ? rules->prefix.items[i] : rules->items, item,
					 &below);
		}
		if (below.n > 0)
			walk(w, &below, item, &here);
	}
}

static void walk(struct walking *w, const struct active *active, const json_t *value, const struct frame *at)
{
	for (size_t k = 0; k < active->n; k++)
		run_rows(w, active->items[k], value, at);
	if (json_is_object(value))
		walk_object(w, active, value, at);
	else if (json_is_array(value))
		walk_array(w, active, value, at);
}

void contract_check_quality(const struct contract *contract, const struct operation *operation, const json_t *body,
			    int64_t now_us, struct arena *arena, struct quality_issues *ret_issues)
{
	const struct schema *schema = contract_body_schema(contract, operation);
	struct walking w = {.check = {.base = "", .set = contract->schemas},
			    .view = {.root = body, .now_us = now_us},
			    .arena = arena};
	if (schema != NULL && body != NULL) {
		struct active active;
		active.n = 0;
		activate(&w.check, schema, body, &active);
		walk(&w, &active, body, NULL);
	}
	schema_checking_release(&w.check);
	*ret_issues = w.issues;
}
