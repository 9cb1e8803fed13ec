/* Agencies over HTTP. Their rules are the contract's shape and the database's keys; there is nothing to decide here. */
#include "agency/agency.h"
#include "call/page.h"
#include "gen/agency_sql.h"

#include "base/banned.h"

static void reply_row(struct call *call, const PGresult *row, int status)
{
	rows_write_object(call->out, row, 0);
	call_etag(call, rows_int(row, 0, "version"));
	call_reply(call, status);
}

static enum err_code create(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = agency_insert(call->db, call->caller.partnership, call->body, &row, err);
	if (code != ERR_NONE)
		return code;
	reply_row(call, row, 201);
	call_location(call, "/v1/agencies/%s", rows_text(row, 0, "id"));
	return ERR_NONE;
}

enum err_code agency_create(struct call *call, struct err *err)
{
	return call_write(call, create, NULL, err);
}

enum err_code agency_list(struct call *call, struct err *err)
{
	struct page page;
	enum err_code code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	PGRESULT_AUTO PGresult *rows = NULL;
	code = call_read(call, &SQL_agency_list,
			 DB_VALUES(call->caller.partnership, page.after[0], page.after[1], page.limit_text), &rows,
			 err);
	return code == ERR_NONE ? page_reply(call, &page, rows, err) : code;
}

enum err_code agency_get(struct call *call, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_read(call, &SQL_agency_get,
				       DB_VALUES(call->caller.partnership, call_parameter(call, "agency_id")), &row,
				       err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return call_not_found(err);
	reply_row(call, row, 200);
	return ERR_NONE;
}

static enum err_code update(struct call *call, void *ctx, struct err *err)
{
	const long long *seen = ctx;
	const char *id = call_parameter(call, "agency_id");
	long long version = 0;
	enum err_code code = agency_lock(call->db, call->caller.partnership, id, &version, err);
	if (code != ERR_NONE)
		return code;
	if (version != *seen)
		return err_set(err, ERR_STALE_VERSION, "If-Match",
			       "the agency has changed since; read it again and repeat the change");
	PGRESULT_AUTO PGresult *row = NULL;
	code = agency_change(call->db, call->caller.partnership, id, call->body, &row, err);
	if (code != ERR_NONE)
		return code;
	reply_row(call, row, 200);
	return ERR_NONE;
}

enum err_code agency_update(struct call *call, struct err *err)
{
	long long seen = 0;
	enum err_code code = call_if_match(call, &seen, err);
	return code == ERR_NONE ? call_write(call, update, &seen, err) : code;
}
