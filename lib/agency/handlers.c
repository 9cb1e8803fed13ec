/* Agencies over HTTP. Their rules are the contract's shape and the database's keys; there is nothing to decide here. */
#include "agency/agency.h"
#include "call/page.h"
#include "gen/agency_sql.h"

#include "base/banned.h"

static enum err_code create(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = agency_insert(call->db, call->caller.partnership, call->body, &row, err);
	if (code != ERR_NONE)
		return code;
	call_location(call, "/v1/agencies/%s", rows_text(row, 0, "id"));
	return call_reply_version(call, row, 201);
}

enum err_code agency_create(struct call *call, struct err *err)
{
	return call_write(call, create, NULL, err);
}

enum err_code agency_list(struct call *call, struct err *err)
{
	return page_answer(call, &SQL_agency_list, err);
}

enum err_code agency_get(struct call *call, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_read_one(call, &SQL_agency_get, call_parameter(call, "agency_id"), &row, err);
	return code == ERR_NONE ? call_reply_version(call, row, 200) : code;
}

static enum err_code update(struct call *call, void *ctx, struct err *err)
{
	const long long *seen = ctx;
	const char *id = call_parameter(call, "agency_id");
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_lock_seen(call, &SQL_agency_lock, id, *seen,
					    "the agency has changed since; read it again and repeat the change", err);
	if (code == ERR_NONE)
		code = agency_change(call->db, call->caller.partnership, id, call->body, &row, err);
	return code == ERR_NONE ? call_reply_version(call, row, 200) : code;
}

enum err_code agency_update(struct call *call, struct err *err)
{
	long long seen = 0;
	enum err_code code = call_if_match(call, &seen, err);
	return code == ERR_NONE ? call_write(call, update, &seen, err) : code;
}
