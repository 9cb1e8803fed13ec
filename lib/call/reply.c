/* What handlers say back, and the two headers that carry versions. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "call/call.h"

#include "base/banned.h"

const char *call_parameter(const struct call *call, const char *name)
{
	return parameters_get(&call->parameters, name);
}

void call_reply(struct call *call, int status)
{
	call->x->reply.status = status;
}

enum err_code call_reply_row(struct call *call, const PGresult *row, int status)
{
	rows_write_object(call->out, row, 0);
	call_reply(call, status);
	return ERR_NONE;
}

enum err_code call_reply_version(struct call *call, const PGresult *row, int status)
{
	call_etag(call, rows_int(row, 0, "version"));
	return call_reply_row(call, row, status);
}

void call_etag(struct call *call, long long version)
{
	http_reply_field(call->x, "ETag", arena_printf(call->arena, "\"%lld\"", version));
}

void call_location(struct call *call, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	http_reply_field(call->x, "Location", arena_vprintf(call->arena, format, args));
	va_end(args);
}

enum err_code call_not_found(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "", "there is no record with this id that you may see");
}

enum err_code call_version(const char *etag, const char *place, long long *ret_version, struct err *err)
{
	if (strlen(etag) < 3 || strlen(etag) > 12 || etag[0] != '"')
		return err_set(err, ERR_STALE_VERSION, place, "this is not an ETag of such a record");
	char *end = NULL;
	long long version = strtoll(etag + 1, &end, 10);
	if (end == etag + 1 || strcmp(end, "\"") != 0)
		return err_set(err, ERR_STALE_VERSION, place, "this is not an ETag of such a record");
	*ret_version = version;
	return ERR_NONE;
}

enum err_code call_if_match(const struct call *call, long long *ret_version, struct err *err)
{
	const char *etag = http_exchange_header(call->x, "if-match");
	if (etag == NULL)
		return err_set(err, ERR_VERSION_REQUIRED, "If-Match", "send the ETag of the record that you read");
	return call_version(etag, "If-Match", ret_version, err);
}

enum err_code call_person(const struct call *call, struct err *err)
{
	if (call->caller.staff_id[0] == '\0')
		return err_set(err, ERR_FORBIDDEN, "",
			       "this is a person's to answer for: it needs the key of a member of staff");
	return ERR_NONE;
}

bool call_sees_referrals(const struct call *call)
{
	return caller_has(&call->caller, permission_roles("referral.list"));
}

enum err_code call_read(struct call *call, const struct statement *statement, const char *const *values,
			PGresult **ret_result, struct err *err)
{
	return db_read_one(call->db, &call->scope, statement, values, ret_result, err);
}

enum err_code call_read_one(struct call *call, const struct statement *statement, const char *id, PGresult **ret_row,
			    struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_read(call, statement, DB_VALUES(call->caller.partnership, id), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return call_not_found(err);
	*ret_row = row;
	row = NULL;
	return ERR_NONE;
}

enum err_code call_read_all(struct call *call, const struct db_step *steps, size_t n, PGresult **ret_results,
			    struct err *err)
{
	return db_read(call->db, &call->scope, steps, n, ret_results, err);
}

enum err_code call_read_in_two(struct call *call, const struct db_step *steps, size_t n, const struct db_rounds *rounds,
			       PGresult **ret_results, struct err *err)
{
	return db_read_in_two(call->db, &call->scope, steps, n, rounds, ret_results, err);
}

enum err_code call_lock_seen(struct call *call, const struct statement *statement, const char *id, long long seen,
			     const char *detail, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, statement, DB_VALUES(call->caller.partnership, id), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return call_not_found(err);
	return rows_int(row, 0, "version") == seen ? ERR_NONE
						   : err_set(err, ERR_STALE_VERSION, "If-Match", "%s", detail);
}

enum err_code call_run(struct call *call, const struct statement *statement, const char *const *values,
		       PGresult **ret_result, struct err *err)
{
	return db_run(call->db, statement, values, ret_result, err);
}
