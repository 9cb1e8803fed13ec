/* key issue, key list, key revoke. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agency/agency.h"
#include "apikey/apikey.h"
#include "base/json.h"
#include "staff/staff.h"
#include "tool.h"

#include "base/banned.h"

enum { ROLES_MAX = 32 };

struct issue {
	char partnership[IDENT_SIZE];
	const json_t *body;
	struct apikey_issued issued;
};

static void set_text(json_t *body, const char *member, const char *value)
{
	if (value != NULL)
		(void)json_object_set_new(body, member, json_string(value));
}

/* The holder's id goes into the body. */
static enum err_code find_holder(struct tool *tool, const char *partnership, json_t *body, struct err *err)
{
	const char *agency = tool_option(tool, "agency");
	const char *staff = tool_option(tool, "staff");
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = ERR_NONE;
	if (agency != NULL)
		code = agency_find(tool->db, partnership, agency, &row, err);
	else if (staff != NULL)
		code = staff_find(tool->db, partnership, staff, &row, err);
	else
		set_text(body, "system_name", tool_option(tool, "system"));
	if (code == ERR_NONE && row != NULL)
		set_text(body, agency != NULL ? "agency_id" : "staff_id", rows_text(row, 0, "id"));
	return code;
}

static json_t *roles_of(const struct tool *tool)
{
	const char *roles[ROLES_MAX];
	size_t n = tool_options(tool, "role", roles, ROLES_MAX);
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_string(roles[i]));
	if (n == 0 && tool_option(tool, "agency") != NULL)
		(void)json_array_append_new(list, json_string("agency"));
	return list;
}

static enum err_code issue(struct db *db, void *ctx, struct err *err)
{
	struct issue *i = ctx;
	return apikey_issue(db, i->partnership, i->body, &i->issued, err);
}

static enum err_code read_and_issue(struct tool *tool, struct issue *i, json_t *body, struct err *err)
{
	(void)json_object_set_new(body, "roles", roles_of(tool));
	set_text(body, "label", tool_option(tool, "label"));
	set_text(body, "expires_at", tool_option(tool, "expires"));
	i->body = body;
	enum err_code code = tool_contract(tool, err);
	if (code == ERR_NONE)
		code = tool_partnership(tool, i->partnership, err);
	if (code == ERR_NONE)
		code = find_holder(tool, i->partnership, body, err);
	if (code == ERR_NONE)
		code = contract_check_schema(tool->contract, "KeyRequest", body, &tool->arena, err);
	if (code != ERR_NONE)
		return code;
	const struct db_scope scope = {.partnership = i->partnership, .now = tool->now};
	return db_write(tool->db, &scope, issue, i, err);
}

enum exit_status command_key_issue(struct tool *tool)
{
	int holders = (tool_option(tool, "agency") != NULL) + (tool_option(tool, "staff") != NULL) +
		      (tool_option(tool, "system") != NULL);
	if (holders != 1)
		return tool_usage(tool, "say whose key it is: one of --agency, --staff and --system");
	if (tool_option(tool, "role") == NULL && tool_option(tool, "agency") == NULL)
		return tool_usage(tool, "say what the key may do: --role");
	struct err err = {0};
	struct issue i = {0};
	enum exit_status status = EXIT_FINE;
	JSON_AUTO json_t *body = json_object();
	if (read_and_issue(tool, &i, body, &err) == ERR_NONE)
		(void)puts(i.issued.key);
	else
		status = tool_complain(tool, &err);
	apikey_issued_release(&i.issued);
	return status;
}

static void print_keys(const PGresult *rows)
{
	for (int i = 0; i < PQntuples(rows); i++) {
		char created[28];
		rows_instant(rows, i, "created_at", created);
		const char *label = rows_text(rows, i, "label");
		(void)printf("%s  %.10s  %-8s %-8s %s  %s%s%s\n", rows_text(rows, i, "id"), created,
			     rows_text(rows, i, "state"), rows_text(rows, i, "holder_kind"),
			     rows_text(rows, i, "holder_name"), rows_text(rows, i, "roles"), label == NULL ? "" : "  ",
			     label == NULL ? "" : label);
	}
}

enum exit_status command_key_list(struct tool *tool)
{
	struct err err = {0};
	char partnership[IDENT_SIZE];
	PGRESULT_AUTO PGresult *rows = NULL;
	enum err_code code = tool_partnership(tool, partnership, &err);
	if (code == ERR_NONE)
		code = apikey_overview(tool->db, partnership, &rows, &err);
	if (code != ERR_NONE)
		return tool_complain(tool, &err);
	print_keys(rows);
	return EXIT_FINE;
}

struct revocation {
	char partnership[IDENT_SIZE];
	const char *id;
	const char *reason;
};

static enum err_code revoke(struct db *db, void *ctx, struct err *err)
{
	const struct revocation *r = ctx;
	PGRESULT_AUTO PGresult *row = NULL;
	return apikey_end(db, r->partnership, r->id, r->reason, &row, err);
}

enum exit_status command_key_revoke(struct tool *tool)
{
	struct err err = {0};
	struct revocation r = {.id = tool->arguments[0], .reason = tool_option(tool, "reason")};
	if (!ident_is_uuid(r.id))
		return tool_usage(tool, "a key's id is a UUID; `mashctl key list` shows it");
	if (r.reason[0] == '\0')
		return tool_usage(tool, "say why: --reason");
	enum err_code code = tool_partnership(tool, r.partnership, &err);
	const struct db_scope scope = {.partnership = r.partnership, .now = tool->now};
	if (code == ERR_NONE)
		code = db_write(tool->db, &scope, revoke, &r, &err);
	return code == ERR_NONE ? EXIT_FINE : tool_complain(tool, &err);
}
