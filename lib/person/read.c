/* Reading: what a referral's people have to do with others, and a person over all referrals. */
#include "gen/person_sql.h"
#include "person/person.h"

#include "base/banned.h"

const struct statement *const person_earlier_of_referral = &SQL_person_earlier;

static void clear_all(PGresult **results, size_t n)
{
	for (size_t i = 0; i < n; i++)
		PQclear(results[i]);
}

static void write_list(struct buf *out, const char *member, const PGresult *rows)
{
	buf_printf(out, ",\"%s\":", member);
	rows_write_list(out, rows, 0, PQntuples(rows));
}

bool person_write_earlier(struct buf *out, const PGresult *rows)
{
	int n = 0; /* what only waits comes last */
	while (n < PQntuples(rows) && !rows_bool(rows, n, "_waiting"))
		n++;
	buf_add_text(out, ",\"earlier_referrals\":");
	if (n == 0 && PQntuples(rows) > 0)
		buf_add_text(out, "null");
	else
		rows_write_list(out, rows, 0, n);
	return n > 0;
}

enum err_code person_list_matches(struct call *call, struct err *err)
{
	const char *const *values = DB_VALUES(call->caller.partnership, call_parameter(call, "referral_id"));
	const struct db_step steps[] = {
		{&SQL_person_visible, values}, {&SQL_person_matches, values}, {&SQL_person_links_of_referral, values}};
	enum { N = sizeof steps / sizeof *steps };
	PGresult *results[N] = {NULL};
	enum err_code code = call_read_all(call, steps, N, results, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(results[0]) == 0) {
		clear_all(results, N);
		return call_not_found(err);
	}
	buf_printf(call->out, "{\"compared\":%s", rows_bool(results[0], 0, "compared") ? "true" : "false");
	write_list(call->out, "items", results[1]);
	write_list(call->out, "links", results[2]);
	buf_add_char(call->out, '}');
	call_reply(call, 200);
	clear_all(results, N);
	return ERR_NONE;
}

enum err_code person_get(struct call *call, struct err *err)
{
	const char *const *values = DB_VALUES(call->caller.partnership, call_parameter(call, "person_id"));
	const struct db_step steps[] = {{&SQL_person_get, values},
					{&SQL_person_referrals, values},
					{&SQL_person_relatives, values},
					{&SQL_person_family_referrals, values}};
	enum { N = sizeof steps / sizeof *steps };
	PGresult *results[N] = {NULL};
	enum err_code code = call_read_all(call, steps, N, results, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(results[0]) == 0) {
		clear_all(results, N);
		return call_not_found(err);
	}
	buf_add_char(call->out, '{');
	(void)rows_write_members(call->out, results[0], 0);
	write_list(call->out, "referrals", results[1]);
	write_list(call->out, "relatives", results[2]);
	write_list(call->out, "family_referrals", results[3]);
	buf_add_char(call->out, '}');
	call_etag(call, rows_int(results[0], 0, "version"));
	call_reply(call, 200);
	clear_all(results, N);
	return ERR_NONE;
}
