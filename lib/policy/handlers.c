/* listPolicies, getPolicy and createPolicy. */
#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "base/json.h"
#include "call/page.h"
#include "gen/policy_sql.h"
#include "policy/versions.h"

#include "base/banned.h"

enum err_code policy_list(struct call *call, struct err *err)
{
	return page_answer(call, &SQL_policy_list, err);
}

/* ---- getPolicy ---- */

/* A shipped one has no row: its name stands for it. */
static enum err_code get_shipped(struct call *call, const char *name, struct err *err)
{
	const struct embedded_file *file = embedded_find(arena_printf(call->arena, "api/policies/%s.json", name));
	if (file == NULL)
		return call_not_found(err);
	JSON_AUTO json_t *document = NULL;
	enum err_code code = json_read((const char *)file->data, file->size, &document, err);
	if (code != ERR_NONE)
		return code;
	buf_add_text(call->out, "{\"id\":null,\"name\":");
	json_write(call->out, json_object_get(document, "name"));
	buf_add_text(call->out, ",\"version\":");
	json_write(call->out, json_object_get(document, "version"));
	buf_add_text(call->out, ",\"state\":null,\"created_at\":null,\"author\":null,\"active_from\":null,"
				"\"active_until\":null,\"activated_by\":null,\"activation_reason\":null,"
				"\"retime_open\":null,\"retimed_at\":null,\"document\":");
	json_write(call->out, document);
	buf_add_char(call->out, '}');
	call_reply(call, 200);
	return ERR_NONE;
}

enum err_code policy_get(struct call *call, struct err *err)
{
	const char *id = call_parameter(call, "policy_id");
	if (!ident_is_uuid(id))
		return get_shipped(call, id, err);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_read_one(call, &SQL_policy_get, id, &row, err);
	return code == ERR_NONE ? call_reply_row(call, row, 200) : code;
}

/* ---- createPolicy ---- */

enum err_code policy_insert(struct db *db, const char *partnership, const char *id, const json_t *document,
			    const char *author, PGresult **ret_row, struct err *err)
{
	struct buf text;
	PGRESULT_AUTO PGresult *row = NULL;
	buf_init(&text, (size_t)16 << 20);
	json_write(&text, document);
	enum err_code code = db_run(db, &SQL_policy_insert,
				    DB_VALUES(partnership, id, json_text(document, "name"),
					      json_text(document, "version"), buf_text(&text), author),
				    &row, err);
	buf_release(&text);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return err_set(
			err, ERR_ALREADY_EXISTS, "/version",
			"there is this version of that policy already; a version never changes: give it another");
	*ret_row = row;
	row = NULL;
	return ERR_NONE;
}

enum err_code policy_find_same(struct db *db, const char *partnership, const json_t *document, char ret_id[IDENT_SIZE],
			       struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	JSON_AUTO json_t *there = NULL;
	enum err_code code = db_run(db, &SQL_policy_find,
				    DB_VALUES(partnership, json_text(document, "name"), json_text(document, "version")),
				    &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return call_not_found(err);
	const char *text = rows_text(row, 0, "document");
	code = json_read(text, strlen(text), &there, err);
	if (code != ERR_NONE)
		return code;
	if (json_equal(there, document) == 0)
		return err_set(err, ERR_ALREADY_EXISTS, "/version",
			       "there is this version with other content; a version never changes: give it another");
	(void)snprintf(ret_id, IDENT_SIZE, "%s", rows_text(row, 0, "id"));
	return ERR_NONE;
}

static enum err_code create(struct call *call, void *ctx, struct err *err)
{
	char id[IDENT_SIZE];
	(void)ctx;
	ident_new(id);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = policy_insert(call->db, call->caller.partnership, id, call->body, call->caller.staff_id,
					   &row, err);
	if (code != ERR_NONE)
		return code;
	call_location(call, "/v1/policies/%s", id);
	return call_reply_row(call, row, 201);
}

enum err_code policy_create(struct call *call, struct err *err)
{
	struct policy *policy = NULL;
	if (call->caller.staff_id[0] == '\0')
		return err_set(err, ERR_FORBIDDEN, "",
			       "a policy has an author: this needs the key of a member of staff");
	enum err_code code = policy_load(call->house->contract, call->body, call->arena, &policy, err);
	if (code == ERR_INVALID_BODY && err != NULL)
		err->code = ERR_RULE_BROKEN; /* its shape is right: the contract has seen to that */
	if (code != ERR_NONE)
		return code == ERR_INVALID_BODY ? ERR_RULE_BROKEN : code;
	return call_write(call, create, NULL, err);
}
