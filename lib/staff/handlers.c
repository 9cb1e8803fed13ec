/* Staff over HTTP. Their rules are the contract's shape and the database's keys; there is nothing to decide here. */
#include "staff/staff.h"
#include "call/page.h"
#include "gen/staff_sql.h"

#include "base/banned.h"

static enum err_code create(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = staff_insert(call->db, call->caller.partnership, call->body, &row, err);
	if (code != ERR_NONE)
		return code;
	call_location(call, "/v1/staff/%s", rows_text(row, 0, "id"));
	return call_reply_version(call, row, 201);
}

enum err_code staff_create(struct call *call, struct err *err)
{
	return call_write(call, create, NULL, err);
}

enum err_code staff_list(struct call *call, struct err *err)
{
	return page_answer(call, &SQL_staff_list, err);
}

enum err_code staff_get(struct call *call, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_read_one(call, &SQL_staff_get, call_parameter(call, "staff_id"), &row, err);
	return code == ERR_NONE ? call_reply_version(call, row, 200) : code;
}

static enum err_code update(struct call *call, void *ctx, struct err *err)
{
	const long long *seen = ctx;
	const char *id = call_parameter(call, "staff_id");
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_lock_seen(call, &SQL_staff_lock, id, *seen,
					    "this person has changed since; read them again and repeat the change",
					    err);
	if (code == ERR_NONE)
		code = staff_change(call->db, call->caller.partnership, id, call->body, &row, err);
	return code == ERR_NONE ? call_reply_version(call, row, 200) : code;
}

enum err_code staff_update(struct call *call, struct err *err)
{
	long long seen = 0;
	enum err_code code = call_if_match(call, &seen, err);
	return code == ERR_NONE ? call_write(call, update, &seen, err) : code;
}
