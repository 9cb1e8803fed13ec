/* Bodies: their content type, their shape. Faults of a schema become the items of an error here. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "contract/inside.h"

#include "base/banned.h"

enum { ITEMS_MAX = 100 };

const char *contract_fault_code(struct arena *arena, const char *keyword)
{
	if (strcmp(keyword, "additionalProperties") == 0 || strcmp(keyword, "unevaluatedProperties") == 0)
		return "unknown_member";
	if (strcmp(keyword, "false") == 0)
		return "not_allowed";
	char code[64];
	size_t n = 0;
	for (const char *c = keyword; *c != '\0' && n < sizeof code - 2; c++) {
		bool upper = *c >= 'A' && *c <= 'Z';
		if (upper)
			code[n++] = '_';
		code[n++] = upper ? (char)(*c - 'A' + 'a') : *c;
	}
	return arena_strndup(arena, code, n);
}

/* What follows the media type: nothing, or that the charset is UTF-8. */
static bool are_parameters_fine(const char *text)
{
	text += strspn(text, " \t");
	if (*text == '\0')
		return true;
	if (*text != ';')
		return false;
	text++;
	text += strspn(text, " \t");
	static const char *const charsets[] = {"charset=utf-8", "charset=\"utf-8\""};
	for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++) {
		size_t length = strlen(charsets[i]);
		if (strncasecmp(text, charsets[i], length) == 0)
			return text[length + strspn(text + length, " \t")] == '\0';
	}
	return false;
}

enum err_code contract_check_content_type(const struct contract *contract, const struct operation *operation,
					  const char *content_type, struct err *err)
{
	const struct contract_operation *full = &contract->operations[operation->index];
	if (full->n_media == 0)
		return ERR_NONE;
	for (size_t i = 0; content_type != NULL && i < full->n_media; i++) {
		size_t length = strlen(full->media[i].type);
		if (strncasecmp(content_type, full->media[i].type, length) == 0 &&
		    are_parameters_fine(content_type + length))
			return ERR_NONE;
	}
	return err_set(err, ERR_UNSUPPORTED_MEDIA_TYPE, "header: Content-Type", "the body must be sent as %s, in UTF-8",
		       full->media[0].type);
}

static bool is_json(const char *type)
{
	size_t length = strlen(type);
	return strcmp(type, "application/json") == 0 || (length > 5 && strcmp(type + length - 5, "+json") == 0);
}

const struct schema *contract_body_schema(const struct contract *contract, const struct operation *operation)
{
	const struct contract_operation *full = &contract->operations[operation->index];
	for (size_t i = 0; i < full->n_media; i++)
		if (is_json(full->media[i].type))
			return full->media[i].schema;
	return NULL;
}

/* The answer first: most values are valid, and finding that out needs no memory. */
static enum err_code check(const struct schema *schema, const json_t *value, struct arena *arena, struct err *err)
{
	if (schema == NULL || schema_check(schema, value, "", NULL))
		return ERR_NONE;
	struct schema_faults faults = {.arena = arena, .max = ITEMS_MAX};
	if (schema_check(schema, value, "", &faults))
		return ERR_NONE;
	struct err_item *items = arena_array(arena, faults.n + 1, sizeof *items);
	for (size_t i = 0; i < faults.n; i++)
		items[i] = (struct err_item){faults.items[i].pointer,
					     contract_fault_code(arena, faults.items[i].keyword),
					     faults.items[i].detail};
	size_t n = faults.n;
	enum err_code code = err_set(err, ERR_INVALID_BODY, n > 0 ? items[0].pointer : "",
				     "%zu%s thing%s in the body %s not as the contract asks for", n,
				     n == ITEMS_MAX ? " or more" : "", n == 1 ? "" : "s", n == 1 ? "is" : "are");
	if (err != NULL) {
		err->items = items;
		err->n_items = n;
	}
	return code;
}

enum err_code contract_check_body(const struct contract *contract, const struct operation *operation,
				  const json_t *body, struct arena *arena, struct err *err)
{
	const struct contract_operation *full = &contract->operations[operation->index];
	if (body == NULL && full->body_required)
		return err_set(err, ERR_INVALID_BODY, "", "this operation needs a body");
	if (body == NULL)
		return ERR_NONE;
	if (full->n_media == 0)
		return err_set(err, ERR_INVALID_BODY, "", "this operation takes no body");
	return check(contract_body_schema(contract, operation), body, arena, err);
}

enum err_code contract_check_schema(const struct contract *contract, const char *schema_name, const json_t *value,
				    struct arena *arena, struct err *err)
{
	const json_t *source = json_object_get(
		json_object_get(json_object_get(contract->document, "components"), "schemas"), schema_name);
	for (const struct schema *s = contract->schemas->first; s != NULL && source != NULL; s = s->next)
		if (s->source == source)
			return check(s, value, arena, err);
	return err_set(err, ERR_INTERNAL, schema_name, "the contract has no schema of that name");
}
