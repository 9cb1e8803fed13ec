/*
 * Writing once: the idempotency key is claimed first, in the transaction of the work, and holds the reply when that
 * transaction commits. Nothing else of a request is remembered.
 */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "call/call.h"
#include "gen/call_sql.h"
#include "http/problem.h"

#include "base/banned.h"

const struct statement *const call_store_replies = &SQL_call_store_replies;

enum { PARTS_TEXT_MAX = 16 << 20 };

struct writing {
	struct call *call;
	call_work work;
	void *ctx;
	const char *key; /* NULL: the operation asks for none */
	const char *digest;
};

const char *call_body_digest(struct call *call)
{
	if (call->body_digest == NULL) {
		char hex[JSON_DIGEST_SIZE] = "";
		if (call->body != NULL)
			json_digest(call->body, hex);
		/* The same key on another record is another request: the path belongs to it. */
		call->body_digest = arena_printf(call->arena, "%s %s", hex, call->x->path);
	}
	return call->body_digest;
}

/* The reply's headers that a replay must repeat, as a JSON object. */
static const char *fields_text(struct call *call)
{
	struct buf buf;
	buf_init(&buf, 16384);
	buf_add_char(&buf, '{');
	for (size_t i = 0; i < call->x->reply.n_fields; i++) {
		const struct http_field *field = &call->x->reply.fields[i];
		if (i > 0)
			buf_add_char(&buf, ',');
		buf_add_json_string(&buf, field->name, strlen(field->name));
		buf_add_char(&buf, ':');
		buf_add_json_string(&buf, field->value, strlen(field->value));
	}
	buf_add_char(&buf, '}');
	const char *text = arena_strndup(call->arena, buf_text(&buf), buf.size);
	buf_release(&buf);
	return text;
}

static void add_member(struct buf *buf, const char *name, const char *value)
{
	if (buf->size > 1)
		buf_add_char(buf, ',');
	buf_add_json_string(buf, name, strlen(name));
	buf_add_char(buf, ':');
	buf_add_json_string(buf, value, strlen(value));
}

const char *call_stored_reply(struct call *call)
{
	struct buf buf;
	buf_init(&buf, (size_t)16 << 20);
	buf_add_char(&buf, '{');
	add_member(&buf, "key_id", call->caller.first_key_id);
	add_member(&buf, "operation", call->operation->id);
	add_member(&buf, "idempotency_key", call_parameter(call, "Idempotency-Key"));
	add_member(&buf, "body_digest", call_body_digest(call));
	add_member(&buf, "reply_fields", fields_text(call));
	add_member(&buf, "reply_body", buf_text(call->out));
	buf_printf(&buf, ",\"reply_status\":%d}", call->x->reply.status);
	const char *text = arena_strndup(call->arena, buf_text(&buf), buf.size);
	buf_release(&buf);
	return text;
}

static void replay(struct call *call, const PGresult *stored)
{
	http_reply_clear(call->x);
	JSON_AUTO json_t *fields = NULL;
	struct err ignored;
	const char *text = rows_text(stored, 0, "reply_fields");
	if (json_read(text, strlen(text), &fields, &ignored) == ERR_NONE) {
		const char *name;
		json_t *value;
		json_object_foreach(fields, name, value)
			http_reply_field(call->x, arena_strdup(call->arena, name), json_string_value(value));
	}
	http_reply_field(call->x, "Idempotent-Replayed", "true");
	buf_add_text(call->out, rows_text(stored, 0, "reply_body"));
	call_reply(call, (int)rows_int(stored, 0, "reply_status"));
}

/* True in *ret_claimed: the key is ours. Otherwise the reply is the stored one. */
static enum err_code claim(struct writing *w, bool *ret_claimed, struct err *err)
{
	struct call *call = w->call;
	PGRESULT_AUTO PGresult *claimed = NULL;
	enum err_code code = call_run(
		call, &SQL_call_claim_key,
		DB_VALUES(call->caller.partnership, call->caller.first_key_id, call->operation->id, w->key, w->digest),
		&claimed, err);
	if (code != ERR_NONE && strcmp(db_sqlstate(call->db), "55P03") == 0)
		return err_set(err, ERR_REQUEST_IN_PROGRESS, "Idempotency-Key",
			       "the first request with this key is still being worked on; try again in a moment");
	if (code != ERR_NONE)
		return code;
	*ret_claimed = PQntuples(claimed) == 1;
	if (*ret_claimed)
		return ERR_NONE;
	PGRESULT_AUTO PGresult *stored = NULL;
	code = call_run(call, &SQL_call_stored_reply,
			DB_VALUES(call->caller.partnership, call->caller.first_key_id, call->operation->id, w->key),
			&stored, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(stored) == 0) /* the first one rolled back in between, or the key grew too old */
		return err_set(err, ERR_REQUEST_IN_PROGRESS, "Idempotency-Key", "try again in a moment");
	if (strcmp(rows_text(stored, 0, "body_digest"), w->digest) != 0)
		return err_set(err, ERR_IDEMPOTENCY_KEY_REUSED, "Idempotency-Key",
			       "this key was used for another request; choose a new key for new content");
	replay(call, stored);
	return ERR_NONE;
}

static enum err_code store(struct writing *w, struct err *err)
{
	struct call *call = w->call;
	const char *status = arena_printf(call->arena, "%d", call->x->reply.status);
	return call_run(call, &SQL_call_store_reply,
			DB_VALUES(call->caller.partnership, call->caller.first_key_id, call->operation->id, w->key,
				  status, fields_text(call), buf_text(call->out)),
			NULL, err);
}

static enum err_code write_once(struct db *db, void *ctx, struct err *err)
{
	(void)db;
	struct writing *w = ctx;
	http_reply_clear(w->call->x);
	if (w->key == NULL)
		return w->work(w->call, w->ctx, err);
	bool claimed = false;
	enum err_code code = claim(w, &claimed, err);
	if (code != ERR_NONE || !claimed)
		return code;
	code = w->work(w->call, w->ctx, err);
	return code == ERR_NONE ? store(w, err) : code;
}

enum err_code call_write(struct call *call, call_work work, void *ctx, struct err *err)
{
	struct writing w = {.call = call, .work = work, .ctx = ctx};
	if (call->operation->idempotent_write) {
		w.key = call_parameter(call, "Idempotency-Key");
		w.digest = call_body_digest(call);
	}
	return db_write(call->db, &call->scope, write_once, &w, err);
}

/* The key of one part of a request: no key that a client can send has a line feed in it. */
static enum err_code write_part(struct call *call, size_t index, call_work work, void *ctx, struct err *err)
{
	struct writing w = {
		.call = call,
		.work = work,
		.ctx = ctx,
		.key = arena_printf(call->arena, "%s\n%zu", call_parameter(call, "Idempotency-Key"), index),
		.digest = call_body_digest(call),
	};
	return db_write(call->db, &call->scope, write_once, &w, err);
}

static void add_result(struct buf *out, struct call *call, const struct call_part *part, const struct err *err)
{
	buf_printf(out, "%s{\"id\":\"%s\",\"status\":%d,\"%s\":", out->size > 1 ? "," : "", part->id,
		   err->code == ERR_NONE ? call->x->reply.status : err_status(err->code), part->member);
	if (err->code == ERR_NONE)
		buf_add_text(out, buf_text(call->out));
	else
		buf_add_text(out, "null");
	buf_add_text(out, ",\"problem\":");
	if (err->code == ERR_NONE)
		buf_add_text(out, "null");
	else
		problem_write(out, err, call->x->request_id);
	buf_add_char(out, '}');
}

enum err_code call_write_each(struct call *call, const struct call_part *parts, size_t n, call_work work,
			      struct err *err)
{
	struct buf items;
	buf_init(&items, PARTS_TEXT_MAX);
	buf_add_char(&items, '[');
	for (size_t i = 0; i < n; i++) {
		struct err own = {.code = ERR_NONE};
		enum err_code code = write_part(call, i, work, (void *)(uintptr_t)&parts[i], &own);
		/* These are about the request, not about a part. */
		if (code == ERR_IDEMPOTENCY_KEY_REUSED || code == ERR_REQUEST_IN_PROGRESS) {
			buf_release(&items);
			*err = own;
			return code;
		}
		add_result(&items, call, &parts[i], &own);
	}
	http_reply_clear(call->x);
	buf_printf(call->out, "{\"items\":");
	buf_add_text(call->out, buf_text(&items));
	buf_add_text(call->out, "]}");
	buf_release(&items);
	call_reply(call, 200);
	return ERR_NONE;
}
