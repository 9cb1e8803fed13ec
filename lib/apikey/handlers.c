/*
 * Keys over HTTP. The reply that is stored under the Idempotency-Key says `"key": null`; the text is put in after the
 * commit, into the one reply that the first request gets.
 */
#include <string.h>

#include "apikey/apikey.h"
#include "base/json.h"
#include "call/page.h"
#include "gen/apikey_sql.h"

#include "base/banned.h"

static void write_issued(struct call *call, const PGresult *row, const char *key)
{
	buf_clear(call->out);
	buf_add_char(call->out, '{');
	bool more = rows_write_members(call->out, row, 0);
	rows_write_name(call->out, "key", &more);
	buf_add_json_text(call->out, key);
	buf_add_char(call->out, '}');
}

static void reply_issued(struct call *call, const struct apikey_issued *issued)
{
	write_issued(call, issued->row, NULL);
	call_location(call, "/v1/keys/%s", rows_text(issued->row, 0, "id"));
	call_reply(call, 201);
}

static bool is_replay(const struct call *call)
{
	const struct http_reply *reply = &call->x->reply;
	for (size_t i = 0; i < reply->n_fields; i++) {
		if (strcmp(reply->fields[i].name, "Idempotent-Replayed") == 0)
			return true;
	}
	return false;
}

/* Runs the write and, once it is committed, shows the key to the one who asked first. */
static enum err_code write_and_show(struct call *call, call_work work, struct err *err)
{
	struct apikey_issued issued = {0};
	enum err_code code = call_write(call, work, &issued, err);
	if (code == ERR_NONE && !is_replay(call))
		write_issued(call, issued.row, issued.key);
	apikey_issued_release(&issued);
	return code;
}

static enum err_code create(struct call *call, void *ctx, struct err *err)
{
	enum err_code code = apikey_issue(call->db, call->caller.partnership, call->body, ctx, err);
	if (code == ERR_NONE)
		reply_issued(call, ctx);
	return code;
}

enum err_code apikey_create(struct call *call, struct err *err)
{
	return write_and_show(call, create, err);
}

static enum err_code rotate(struct call *call, void *ctx, struct err *err)
{
	const json_t *overlap = json_object_get(call->body, "overlap_minutes");
	/* A whole number can also be written as 60.0. */
	const char *minutes = arena_printf(call->arena, "%d", (int)json_number_value(overlap));
	enum err_code code = apikey_replace(call->db, call->caller.partnership, call_parameter(call, "key_id"), minutes,
					    ctx, err);
	if (code == ERR_NONE)
		reply_issued(call, ctx);
	return code;
}

enum err_code apikey_rotate(struct call *call, struct err *err)
{
	return write_and_show(call, rotate, err);
}

static enum err_code revoke(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = apikey_end(call->db, call->caller.partnership, call_parameter(call, "key_id"),
					json_text(call->body, "reason"), &row, err);
	if (code != ERR_NONE)
		return code;
	return call_reply_row(call, row, 201);
}

enum err_code apikey_revoke(struct call *call, struct err *err)
{
	return call_write(call, revoke, NULL, err);
}

enum err_code apikey_list(struct call *call, struct err *err)
{
	return page_answer(call, &SQL_apikey_list, err);
}

enum err_code apikey_get(struct call *call, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_read_one(call, &SQL_apikey_get, call_parameter(call, "key_id"), &row, err);
	return code == ERR_NONE ? call_reply_row(call, row, 200) : code;
}
