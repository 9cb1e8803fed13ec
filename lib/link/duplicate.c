/* A duplicate that a manager has confirmed elsewhere, with the answer to a withdrawal: the link that says so. */
#include "gen/link_sql.h"
#include "link/link.h"

#include "base/banned.h"

enum err_code link_lock_pair(struct call *call, const char *one, const char *other, struct err *err)
{
	return call_run(call, &SQL_link_lock_pair, DB_VALUES(call->caller.partnership, one, other), NULL, err);
}

static enum err_code write(struct call *call, const char *referral, const char *version, const char *of,
			   const char *reason, struct err *err)
{
	char ids[3][IDENT_SIZE];
	for (size_t i = 0; i < 3; i++)
		ident_new(ids[i]);
	return call_run(call, &SQL_link_duplicate,
			DB_VALUES(call->caller.partnership, referral, version, of, ids[0], reason,
				  call->caller.staff_id, ids[1], ids[2], call->x->request_id),
			NULL, err);
}

enum err_code link_duplicate(struct call *call, const char *referral, const char *version, const char *of,
			     const char *reason, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_link_duplicate_facts,
				      DB_VALUES(call->caller.partnership, referral, of), &row, err);
	if (code != ERR_NONE)
		return code;
	const struct link_facts facts = {
		.is_duplicate = true,
		.other_found = true,
		.is_duplicate_of = rows_bool(row, 0, "is_duplicate_of"),
		.other_is_duplicate = rows_bool(row, 0, "other_is_duplicate"),
		.has_duplicates = rows_bool(row, 0, "has_duplicates"),
	};
	code = link_check_duplicate(&facts, err);
	if (code != ERR_NONE || rows_bool(row, 0, "is_confirmed"))
		return code;
	return write(call, referral, version, of, reason, err);
}
