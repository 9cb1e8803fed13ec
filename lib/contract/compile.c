/*
 * Compiles the schemas of one document into the structures of model.h: which node is a schema, references, loops. What a
 * keyword means stands in compile_keywords.c. Each node is compiled once, however many ways lead to it.
 */
#include <search.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "contract/model.h"

#include "base/banned.h"

enum { MATCH_STEPS = 200000 };

enum err_code schema_set_new(struct arena *arena, const json_t *document, struct schema_set **ret_set, struct err *err)
{
	if (sodium_init() < 0)
		return err_set(err, ERR_INTERNAL, "", "libsodium does not start");
	struct schema_set *set = arena_alloc(arena, sizeof *set);
	set->arena = arena;
	set->document = document;
	set->end = &set->first;
	set->compile_context = pcre2_compile_context_create(NULL);
	set->match_context = pcre2_match_context_create(NULL);
	if (set->compile_context == NULL || set->match_context == NULL) {
		schema_set_free(set);
		return err_set(err, ERR_INTERNAL, "", "no memory for patterns");
	}
	(void)pcre2_set_newline(set->compile_context, PCRE2_NEWLINE_ANYCRLF);
	(void)pcre2_set_compile_extra_options(set->compile_context, PCRE2_EXTRA_ALT_BSUX);
	(void)pcre2_set_match_limit(set->match_context, MATCH_STEPS);
	randombytes_buf(set->hash_key, sizeof set->hash_key);
	*ret_set = set;
	return ERR_NONE;
}

static void keep_node(void *node)
{
	(void)node; /* schemas belong to the arena */
}

void schema_set_free(struct schema_set *set)
{
	if (set == NULL)
		return;
	for (struct schema_pattern *p = set->patterns; p != NULL; p = p->next)
		pcre2_code_free(p->code);
	set->patterns = NULL;
	pcre2_compile_context_free(set->compile_context);
	pcre2_match_context_free(set->match_context);
	tdestroy(set->by_source, keep_node);
	set->by_source = NULL;
}

static int compare_source(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct schema *)a)->source;
	uintptr_t y = (uintptr_t)((const struct schema *)b)->source;
	return (x > y) - (x < y);
}

static struct schema *new_schema(struct schema_set *set, const json_t *node, const char *place)
{
	struct schema *schema = arena_alloc(set->arena, sizeof *schema);
	schema->set = set;
	schema->source = node;
	schema->place = place;
	schema->types = TYPE_ANY;
	schema->kind = json_is_true(node) ? SCHEMA_TRUE : json_is_false(node) ? SCHEMA_FALSE : SCHEMA_RULES;
	*set->end = schema;
	set->end = &schema->next;
	return schema;
}

enum err_code schema_set_compile(struct schema_set *set, const json_t *node, const char *place,
				 struct schema **ret_schema, struct err *err)
{
	/* `true` and `false` are one node each for all of jansson: they don't tell the place. */
	if (json_is_boolean(node)) {
		*ret_schema = new_schema(set, node, place);
		return ERR_NONE;
	}
	if (!json_is_object(node))
		return err_set(err, ERR_INTERNAL, place, "a schema must be an object, true or false");
	struct schema wanted = {.source = node};
	struct schema **known = tfind(&wanted, &set->by_source, compare_source);
	if (known != NULL) {
		*ret_schema = *known;
		return ERR_NONE;
	}
	struct schema *schema = new_schema(set, node, place);
	if (tsearch(schema, &set->by_source, compare_source) == NULL)
		abort();
	const char *keyword;
	json_t *value;
	json_object_foreach((json_t *)node, keyword, value)
	{
		enum err_code code = schema_compile_keyword(schema, keyword, value, err);
		if (code != ERR_NONE)
			return code;
	}
	*ret_schema = schema;
	return ERR_NONE;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Undoes percent-encoding; the result is never longer. */
static char *percent_decode(struct arena *arena, const char *text)
{
	char *decoded = arena_strdup(arena, text);
	char *to = decoded;
	for (const char *c = text; *c != '\0'; c++, to++) {
		int high = *c == '%' ? hex_digit(c[1]) : -1;
		int low = high < 0 ? -1 : hex_digit(c[2]);
		*to = low < 0 ? *c : (char)(high * 16 + low);
		c += low < 0 ? 0 : 2;
	}
	*to = '\0';
	return decoded;
}

/* Undoes ~1 and ~0 in place. */
static void unescape_step(char *step)
{
	char *to = step;
	for (const char *c = step; *c != '\0'; c++, to++) {
		bool escaped = c[0] == '~' && (c[1] == '0' || c[1] == '1');
		*to = !escaped ? *c : c[1] == '0' ? '~' : '/';
		c += escaped ? 1 : 0;
	}
	*to = '\0';
}

static const json_t *step_down(const json_t *node, const char *step)
{
	if (json_is_object(node))
		return json_object_get(node, step);
	if (!json_is_array(node) || *step == '\0' || strspn(step, "0123456789") != strlen(step) || strlen(step) > 9)
		return NULL;
	return json_array_get(node, (size_t)strtoul(step, NULL, 10));
}

const json_t *schema_resolve(struct arena *arena, const json_t *document, const char *reference, const char **ret_place)
{
	if (reference[0] != '#' || (reference[1] != '\0' && reference[1] != '/'))
		return NULL;
	char *pointer = percent_decode(arena, reference + 1);
	*ret_place = arena_strdup(arena, pointer);
	const json_t *node = document;
	char *at = pointer;
	while (node != NULL && *at == '/') {
		char *step = at + 1;
		at = step + strcspn(step, "/");
		bool last = *at == '\0';
		*at = '\0';
		unescape_step(step);
		node = step_down(node, step);
		if (last)
			break;
		*at = '/';
	}
	return node;
}

enum { WHITE, GREY, BLACK };

static enum err_code search_loop(struct schema *schema, struct err *err)
{
	if (schema->colour == GREY)
		return err_set(err, ERR_INTERNAL, schema->place, "the schema leads back to itself without end");
	if (schema->colour == BLACK)
		return ERR_NONE;
	schema->colour = GREY;
	for (const struct schema_edge *e = schema->in_place; e != NULL; e = e->next) {
		enum err_code code = search_loop(e->to, err);
		if (code != ERR_NONE)
			return code;
	}
	schema->colour = BLACK;
	return ERR_NONE;
}

enum err_code schema_set_finish(struct schema_set *set, struct err *err)
{
	for (struct schema *s = set->first; s != NULL; s = s->next) {
		enum err_code code = search_loop(s, err);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

enum err_code schema_compile(struct arena *arena, const json_t *document, const char *pointer,
			     struct schema **ret_schema, struct err *err)
{
	struct schema_set *set = NULL;
	enum err_code code = schema_set_new(arena, document, &set, err);
	if (set == NULL)
		return code;
	const char *place = NULL;
	const json_t *node = schema_resolve(arena, document, arena_printf(arena, "#%s", pointer), &place);
	struct schema *schema = NULL;
	code = node == NULL ? err_set(err, ERR_INTERNAL, pointer, "there is no schema here")
			    : schema_set_compile(set, node, place, &schema, err);
	if (code == ERR_NONE)
		code = schema_set_finish(set, err);
	if (code != ERR_NONE) {
		schema_set_free(set);
		return code;
	}
	*ret_schema = schema;
	return ERR_NONE;
}

void schema_release(struct schema *schema)
{
	if (schema != NULL)
		schema_set_free(schema->set);
}
