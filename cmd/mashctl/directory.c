/* agency add, staff add: the same bodies as over HTTP, checked by the same contract. */
#include <jansson.h>
#include <stdio.h>

#include "agency/agency.h"
#include "base/json.h"
#include "staff/staff.h"
#include "tool.h"

#include "base/banned.h"

enum { ROLES_MAX = 32 };

typedef enum err_code (*insert_row)(struct db *db, const char *partnership, const json_t *body, PGresult **ret_row,
				    struct err *err);

struct addition {
	const char *schema;
	insert_row insert;
	const json_t *body;
	char partnership[IDENT_SIZE];
	PGresult *row;
};

static enum err_code insert(struct db *db, void *ctx, struct err *err)
{
	struct addition *a = ctx;
	db_result_auto_clear(&a->row);
	return a->insert(db, a->partnership, a->body, &a->row, err);
}

static enum err_code add(struct tool *tool, struct addition *a, struct err *err)
{
	enum err_code code = tool_contract(tool, err);
	if (code == ERR_NONE)
		code = contract_check_schema(tool->contract, a->schema, a->body, &tool->arena, err);
	if (code == ERR_NONE)
		code = tool_partnership(tool, a->partnership, err);
	if (code != ERR_NONE)
		return code;
	const struct db_scope scope = {.partnership = a->partnership, .now = tool->now};
	return db_write(tool->db, &scope, insert, a, err);
}

/* Adds it and prints its id. */
static enum exit_status add_and_say(struct tool *tool, struct addition *a)
{
	struct err err = {0};
	enum exit_status status = EXIT_FINE;
	if (add(tool, a, &err) == ERR_NONE)
		(void)puts(rows_text(a->row, 0, "id"));
	else
		status = tool_complain(tool, &err);
	db_result_auto_clear(&a->row);
	return status;
}

static void set_text(json_t *body, const char *member, const char *value)
{
	if (value != NULL)
		(void)json_object_set_new(body, member, json_string(value));
}

enum exit_status command_agency_add(struct tool *tool)
{
	JSON_AUTO json_t *body = json_object();
	set_text(body, "name", tool_option(tool, "name"));
	set_text(body, "kind", tool_option(tool, "kind"));
	set_text(body, "default_source", tool_option(tool, "source"));
	set_text(body, "secure_email", tool_option(tool, "email"));
	struct addition a = {.schema = "AgencyRequest", .insert = agency_insert, .body = body};
	return add_and_say(tool, &a);
}

enum exit_status command_staff_add(struct tool *tool)
{
	const char *roles[ROLES_MAX];
	size_t n = tool_options(tool, "role", roles, ROLES_MAX);
	JSON_AUTO json_t *body = json_object();
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_string(roles[i]));
	(void)json_object_set_new(body, "roles", list);
	set_text(body, "name", tool_option(tool, "name"));
	set_text(body, "email", tool_option(tool, "email"));
	bool qualified = tool_option(tool, "qualified") != NULL;
	(void)json_object_set_new(body, "social_work_qualified", json_boolean(qualified));
	/* An operator can add a person without an address: the schema that demands none has the same members. */
	struct addition a = {.schema = "StaffChange", .insert = staff_insert, .body = body};
	return add_and_say(tool, &a);
}
