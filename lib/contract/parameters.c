/*
 * Parameters of path, query and header: text that is read as the type that the schema names, then checked like any value.
 * Everything wrong is reported at once. And Accept, which every operation understands.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "contract/inside.h"
#include "http/accept.h"

#include "base/banned.h"

enum { ITEMS_MAX = 100, LIST_MAX = 100 };

/* ---- loading ---- */

/* A default, as it would be sent. NULL where it can't be a parameter. */
static const char *default_as_text(struct arena *arena, const json_t *value)
{
	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_integer(value))
		return arena_printf(arena, "%lld", json_integer_value(value));
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	return NULL;
}

static const struct schema *items_of(const struct schema *schema)
{
	while (schema->array == NULL && schema->combination != NULL && schema->combination->ref != NULL)
		schema = schema->combination->ref;
	return schema->array == NULL ? NULL : schema->array->items;
}

static enum err_code compile_text(struct contract *contract, const json_t *node, const char *place,
				  struct contract_parameter *parameter, struct err *err)
{
	const struct schema *schema = parameter->schema;
	parameter->types = schema_admits(schema);
	if (parameter->types == TYPE_ARRAY) {
		parameter->items = items_of(schema);
		if (parameter->in != IN_QUERY || parameter->items == NULL ||
		    !json_is_false(json_object_get(node, "explode")))
			return err_set(err, ERR_INTERNAL, place,
				       "a list is a query parameter with items and explode: false");
		parameter->item_types = schema_admits(parameter->items);
	} else if ((parameter->types & (TYPE_ARRAY | TYPE_OBJECT)) != 0) {
		return err_set(err, ERR_INTERNAL, place, "a parameter needs the type of a scalar or a list");
	}
	const json_t *preset = json_object_get(schema->source, "default");
	if (preset == NULL)
		return ERR_NONE;
	parameter->default_text = default_as_text(&contract->arena, preset);
	if (parameter->default_text == NULL || !schema_check(schema, preset, "", NULL))
		return err_set(err, ERR_INTERNAL, place, "the default is not a value of this parameter");
	return ERR_NONE;
}

static enum err_code compile_in(const json_t *node, const char *place, struct contract_parameter *parameter,
				struct err *err)
{
	static const char *const ins[] = {[IN_PATH] = "path", [IN_QUERY] = "query", [IN_HEADER] = "header"};
	const char *in = json_text(node, "in");
	const json_t *style = json_object_get(node, "style");
	for (unsigned i = 0; in != NULL && i < sizeof ins / sizeof *ins; i++) {
		if (strcmp(ins[i], in) != 0)
			continue;
		parameter->in = (enum parameter_in)i;
		if (style != NULL && strcmp(json_string_value(style) ?: "", i == IN_QUERY ? "form" : "simple") != 0)
			return err_set(err, ERR_INTERNAL, place, "no style but the usual one is known here");
		return ERR_NONE;
	}
	return err_set(err, ERR_INTERNAL, place, "a parameter is in path, query or header");
}

enum err_code contract_compile_parameter(struct contract *contract, const json_t *node, const char *place,
					 struct contract_parameter *ret_parameter, struct err *err)
{
	static const char *const members[] = {"name",    "in",       "required", "schema",  "description", "deprecated",
					      "example", "examples", "style",    "explode", "x-says",      NULL};
	enum err_code code = contract_follow(contract, &node, &place, err);
	if (code == ERR_NONE)
		code = contract_expect_members(contract, node, place, members, err);
	struct contract_parameter parameter = {
		.name = json_text(node, "name"),
		.required = json_is_true(json_object_get(node, "required")),
		.says = json_text(node, "x-says"),
	};
	if (code == ERR_NONE)
		code = compile_in(node, place, &parameter, err);
	if (code == ERR_NONE)
		code = contract_compile_schema(contract, node, place, &parameter.schema, err);
	if (code == ERR_NONE)
		code = schema_set_finish(contract->schemas, err);
	if (code != ERR_NONE)
		return code;
	if (parameter.name == NULL || parameter.schema == NULL)
		return err_set(err, ERR_INTERNAL, place, "a parameter needs a name and a schema");
	if (parameter.in == IN_PATH && !parameter.required)
		return err_set(err, ERR_INTERNAL, place, "a path parameter is always required");
	static const char *const words[] = {[IN_PATH] = "path", [IN_QUERY] = "query", [IN_HEADER] = "header"};
	parameter.pointer = arena_printf(&contract->arena, "%s: %s", words[parameter.in], parameter.name);
	code = compile_text(contract, node, place, &parameter, err);
	if (code == ERR_NONE)
		*ret_parameter = parameter;
	return code;
}

/* ---- checking ---- */

struct checking_parameters {
	const struct contract_operation *operation;
	const struct http_exchange *x;
	struct arena *arena;
	struct http_field *values;
	struct err_item items[ITEMS_MAX];
	size_t n_items;
	enum err_code missing; /* what an absent Idempotency-Key or If-Match alone would answer */
};

static void fault(struct checking_parameters *c, const char *pointer, const char *code, const char *detail)
{
	if (c->n_items < ITEMS_MAX)
		c->items[c->n_items++] = (struct err_item){pointer, code, detail};
}

/* The grammar of a JSON number; *ret_integer where it has neither fraction nor exponent. */
static bool is_number(const char *text, bool *ret_integer)
{
	const char *at = text + (*text == '-');
	size_t whole = strspn(at, "0123456789");
	if (whole == 0 || (whole > 1 && *at == '0') || strlen(text) > 60)
		return false;
	at += whole;
	*ret_integer = *at == '\0';
	if (*at == '.') {
		size_t digits = strspn(at + 1, "0123456789");
		if (digits == 0)
			return false;
		at += 1 + digits;
	}
	if (*at == 'e' || *at == 'E') {
		at++;
		at += *at == '-' || *at == '+';
		size_t digits = strspn(at, "0123456789");
		if (digits == 0)
			return false;
		at += digits;
	}
	return *at == '\0';
}

/* The text as the first of the types that it can be; as a string where it can be none. NULL: not UTF-8. */
static json_t *read_text(unsigned types, const char *text, size_t size)
{
	bool integer = false;
	bool numeric = (types & TYPE_STRING) == 0 && (types & (TYPE_INTEGER | TYPE_FRACTION)) != 0;
	/* A handler reads an integer's digits: 1e1 would be ten here and one there. */
	if (numeric && is_number(text, &integer) && (integer || (types & TYPE_FRACTION) != 0)) {
		errno = 0;
		json_t *number = integer ? json_integer(strtoll(text, NULL, 10)) : json_real(strtod(text, NULL));
		if (errno == 0 && number != NULL)
			return number;
		json_decref(number);
	}
	if ((types & TYPE_STRING) == 0 && (types & TYPE_BOOLEAN) != 0) {
		if (strcmp(text, "true") == 0)
			return json_true();
		if (strcmp(text, "false") == 0)
			return json_false();
	}
	return json_stringn(text, size);
}

static json_t *read_list(struct checking_parameters *c, unsigned types, const char *text)
{
	JSON_AUTO json_t *list = json_array();
	for (const char *at = text; json_array_size(list) <= LIST_MAX;) {
		size_t size = strcspn(at, ",");
		json_t *item = read_text(types, arena_strndup(c->arena, at, size), size);
		if (item == NULL || json_array_append_new(list, item) != 0)
			return NULL;
		if (at[size] == '\0')
			break;
		at += size + 1;
	}
	return json_incref(list);
}

static void check_text(struct checking_parameters *c, const struct contract_parameter *p, const char *text)
{
	JSON_AUTO json_t *value = p->items != NULL ? read_list(c, p->item_types, text)
						   : read_text(p->types, text, strlen(text));
	if (value == NULL) {
		fault(c, p->pointer, "format", "must be valid UTF-8");
		return;
	}
	struct schema_faults faults = {.arena = c->arena, .max = 8};
	if (schema_check(p->schema, value, "", NULL) || schema_check(p->schema, value, "", &faults))
		return;
	for (size_t i = 0; i < faults.n; i++) {
		const struct schema_fault *f = &faults.items[i];
		bool in_words = p->says != NULL && strcmp(f->keyword, "pattern") == 0;
		fault(c, p->pointer, contract_fault_code(c->arena, f->keyword), in_words ? p->says : f->detail);
	}
}

/* The value of a field; NULL where absent. One that stands twice is a fault. */
static const char *find_field(struct checking_parameters *c, const struct contract_parameter *p)
{
	bool query = p->in == IN_QUERY;
	const struct http_field *fields = query ? c->x->query : c->x->headers;
	size_t n = query ? c->x->n_query : c->x->n_headers;
	const char *value = NULL;
	for (size_t i = 0; i < n; i++) {
		if ((query ? strcmp(fields[i].name, p->name) : strcasecmp(fields[i].name, p->name)) != 0)
			continue;
		if (value != NULL) {
			fault(c, p->pointer, "repeated", "must stand only once");
			break;
		}
		value = fields[i].value;
	}
	return value;
}

static void check_parameter(struct checking_parameters *c, size_t index)
{
	const struct contract_parameter *p = &c->operation->parameters[index];
	const char *text = p->in == IN_PATH ? c->x->segments[p->segment] : find_field(c, p);
	c->values[index] = (struct http_field){p->name, text != NULL ? text : p->default_text};
	if (text != NULL) {
		check_text(c, p, text);
		return;
	}
	if (!p->required)
		return;
	if (p->in == IN_HEADER && c->missing == ERR_NONE) {
		if (strcmp(p->name, "Idempotency-Key") == 0)
			c->missing = ERR_IDEMPOTENCY_KEY_MISSING;
		else if (strcmp(p->name, "If-Match") == 0)
			c->missing = ERR_VERSION_REQUIRED;
		if (c->missing != ERR_NONE)
			return;
	}
	fault(c, p->pointer, "required", "is required");
}

static void check_unknown(struct checking_parameters *c)
{
	for (size_t i = 0; i < c->x->n_query; i++) {
		bool known = false;
		for (size_t k = 0; k < c->operation->n_parameters && !known; k++)
			known = c->operation->parameters[k].in == IN_QUERY &&
				strcmp(c->operation->parameters[k].name, c->x->query[i].name) == 0;
		/* The name is the sender's: it may be anything, so it isn't repeated. */
		if (!known)
			fault(c, "query", "unknown_parameter",
			      "there is a parameter that this operation does not know");
	}
}

enum err_code contract_check_parameters(const struct contract *contract, const struct operation *operation,
					const struct http_exchange *x, struct arena *arena,
					struct parameters *ret_parameters, struct err *err)
{
	struct checking_parameters c = {
		.operation = &contract->operations[operation->index],
		.x = x,
		.arena = arena,
	};
	c.values = arena_array(arena, c.operation->n_parameters + 1, sizeof *c.values);
	for (size_t i = 0; i < c.operation->n_parameters; i++)
		check_parameter(&c, i);
	check_unknown(&c);
	if (c.n_items > 0) {
		enum err_code code = err_set(err, ERR_INVALID_PARAMETER, c.items[0].pointer, "%s: %s",
					     c.items[0].pointer, c.items[0].detail);
		if (err != NULL) {
			struct err_item *items = arena_array(arena, c.n_items, sizeof *items);
			memcpy(items, c.items, c.n_items * sizeof *items);
			err->items = items;
			err->n_items = c.n_items;
		}
		return code;
	}
	if (c.missing == ERR_IDEMPOTENCY_KEY_MISSING)
		return err_set(
			err, c.missing, "header: Idempotency-Key",
			"send the header Idempotency-Key, with a value that is new for each thing to be recorded");
	if (c.missing == ERR_VERSION_REQUIRED)
		return err_set(err, c.missing, "header: If-Match",
			       "send the header If-Match, with the ETag of the version that you have read");
	*ret_parameters = (struct parameters){.items = c.values, .n = c.operation->n_parameters};
	return ERR_NONE;
}

enum err_code contract_check_accept(const struct operation *operation, const struct http_exchange *x, struct err *err)
{
	if (operation->method != HTTP_GET || strcmp(operation->permission, "none") == 0)
		return ERR_NONE;
	if (accept_weight(x, "application/json") > 0 || (operation->csv && accept_weight(x, "text/csv") > 0))
		return ERR_NONE;
	return err_set(err, ERR_NOT_ACCEPTABLE, "header: Accept", "%s",
		       operation->csv ? "there are application/json and text/csv" : "there is application/json");
}

const char *parameters_get(const struct parameters *parameters, const char *name)
{
	for (size_t i = 0; i < parameters->n; i++)
		if (strcmp(parameters->items[i].name, name) == 0)
			return parameters->items[i].value;
	return NULL;
}
