/* Calendars over HTTP. A change answers when the open follow-ups that it moves are re-timed. */
#include <stdlib.h>

#include "calendar/store.h"
#include "gen/calendar_sql.h"

#include "base/banned.h"

enum { ITEMS_DEFAULT = 50 };

/* ---- reading ---- */

enum err_code calendar_list(struct call *call, struct err *err)
{
	PGRESULT_AUTO PGresult *rows = NULL;
	enum err_code code = calendar_all(call->db, &call->scope, &rows, err);
	if (code != ERR_NONE)
		return code;
	buf_add_text(call->out, "{\"items\":");
	rows_write_list(call->out, rows, 0, PQntuples(rows));
	buf_add_text(call->out, ",\"next\":null}");
	call_reply(call, 200);
	return ERR_NONE;
}

static enum err_code reply_one(struct call *call, const char *id, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_read_one(call, &SQL_calendar_one, id, &row, err);
	return code == ERR_NONE ? call_reply_version(call, row, 200) : code;
}

enum err_code calendar_get(struct call *call, struct err *err)
{
	return reply_one(call, call_parameter(call, "calendar_id"), err);
}

/* ---- changing ---- */

static const char *staff_of(const struct call *call)
{
	return call->caller.staff_id[0] == '\0' ? NULL : call->caller.staff_id;
}

/*
 * The change stands, whatever happens here: where a referral is in other hands for too long the jobs go on with it, and
 * `retimed_at` stays null until they have.
 */
static void retime(struct call *call)
{
	struct retime_report report;
	struct err ignored;
	(void)!calendar_retime(call->db, &call->scope, call->house, &report, &ignored);
}

static enum err_code create(struct call *call, void *ctx, struct err *err)
{
	char id[IDENT_SIZE];
	ident_new(id);
	(void)ctx;
	const struct calendar_change change = {
		.partnership = call->caller.partnership, .id = id, .document = call->body, .staff = staff_of(call)};
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = calendar_write(call->db, &change, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_calendar_one, DB_VALUES(call->caller.partnership, id), &row, err);
	if (code != ERR_NONE)
		return code;
	call_location(call, "/v1/calendars/%s", id);
	return call_reply_version(call, row, 201);
}

enum err_code calendar_create(struct call *call, struct err *err)
{
	enum err_code code = call_write(call, create, NULL, err);
	if (code == ERR_NONE)
		retime(call);
	return code;
}

static enum err_code replace(struct call *call, void *ctx, struct err *err)
{
	return calendar_write(call->db, ctx, err);
}

enum err_code calendar_replace(struct call *call, struct err *err)
{
	struct calendar_change change = {
		.partnership = call->caller.partnership,
		.id = call_parameter(call, "calendar_id"),
		.document = call->body,
		.staff = staff_of(call),
	};
	enum err_code code = call_if_match(call, &change.seen, err);
	if (code == ERR_NONE && change.seen == 0)
		code = err_set(err, ERR_STALE_VERSION, "If-Match", "no calendar has this version");
	if (code == ERR_NONE)
		code = call_write(call, replace, &change, err);
	if (code != ERR_NONE)
		return code;
	retime(call);
	return reply_one(call, change.id, err);
}

/* ---- trying ---- */

static enum err_code dry_run(struct call *call, struct retime_answer *answer, struct err *err)
{
	const struct calendar_change change = {
		.partnership = call->caller.partnership,
		.id = call_parameter(call, "calendar_id"),
		.document = call->body,
	};
	struct retime_report report;
	enum err_code code = calendar_rehearse(call->db, &call->scope, call->house, &change, retime_answer_add, answer,
					       &report, err);
	if (code != ERR_NONE)
		return code;
	buf_add_char(call->out, '{');
	retime_answer_write(answer, &report);
	buf_add_char(call->out, '}');
	call_reply(call, 200);
	return ERR_NONE;
}

enum err_code calendar_dry_run(struct call *call, struct err *err)
{
	const char *limit = call_parameter(call, "limit");
	struct retime_answer answer;
	retime_answer_begin(&answer, call, limit == NULL ? ITEMS_DEFAULT : strtol(limit, NULL, 10));
	enum err_code code = dry_run(call, &answer, err);
	retime_answer_release(&answer);
	return code;
}
