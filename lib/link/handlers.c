/* linkReferrals, confirmLink and unlinkReferrals. */
#include <string.h>

#include "base/json.h"
#include "gen/link_sql.h"
#include "link/link.h"
#include "referral/referral.h"

#include "base/banned.h"

const struct statement *const link_of_referral = &SQL_link_of_referral;

static enum err_code answer(struct call *call, const char *referral, const char *link, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_link_one, DB_VALUES(call->caller.partnership, referral, link), &row,
				      err);
	return code == ERR_NONE ? referral_answer(call, referral, row, err) : code;
}

/* ---- linkReferrals ---- */

static enum err_code check(struct call *call, const char *referral, const char *other, const char *kind,
			   struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_link_facts, DB_VALUES(call->caller.partnership, referral, other, kind),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	if (!rows_bool(row, 0, "found"))
		return call_not_found(err);
	const struct link_facts facts = {
		.is_duplicate = strcmp(kind, "duplicate") == 0,
		.to_itself = strcasecmp(referral, other) == 0,
		.other_found = rows_bool(row, 0, "other_found"),
		.linked_already = rows_bool(row, 0, "linked_already"),
		.is_duplicate_of = rows_bool(row, 0, "is_duplicate_of"),
		.other_is_duplicate = rows_bool(row, 0, "other_is_duplicate"),
		.has_duplicates = rows_bool(row, 0, "has_duplicates"),
	};
	return link_check(&facts, err);
}

static enum err_code create(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const char *referral = call_parameter(call, "referral_id");
	const char *other = json_text(call->body, "referral_id");
	const char *kind = json_text(call->body, "kind");
	/* A manager's word is the confirmation: to ask for it again would add nothing. */
	bool confirmed = strcmp(kind, "duplicate") == 0 && caller_has(&call->caller, ROLE_MANAGER);
	char ids[3][IDENT_SIZE];
	for (size_t i = 0; i < 3; i++)
		ident_new(ids[i]);
	enum err_code code = link_lock_pair(call, referral, other, err);
	if (code == ERR_NONE)
		code = check(call, referral, other, kind, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_link_record,
				DB_VALUES(call->caller.partnership, referral, other, ids[0], kind,
					  json_text(call->body, "reason"), call->caller.staff_id,
					  confirmed ? "true" : "false", ids[1], ids[2], call->x->request_id),
				NULL, err);
	return code == ERR_NONE ? answer(call, referral, ids[0], err) : code;
}

enum err_code link_create(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, create, NULL, err) : code;
}

/* ---- confirmLink and unlinkReferrals ---- */

/* What a confirmation or a removal looks at, of the link that the path names; it and both of its referrals are locked. */
static enum err_code lock_link(struct call *call, struct link_standing *ret_standing, struct err *err)
{
	PGRESULT_AUTO PGresult *ends = NULL;
	PGRESULT_AUTO PGresult *link = NULL;
	const char *const *values = DB_VALUES(call->caller.partnership, call_parameter(call, "referral_id"),
					      call_parameter(call, "link_id"));
	enum err_code code = call_run(call, &SQL_link_ends, values, &ends, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(ends) == 0)
		return call_not_found(err);
	code = link_lock_pair(call, rows_text(ends, 0, "referral_id"), rows_text(ends, 0, "other_referral_id"), err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_link_lock, values, &link, err);
	if (code != ERR_NONE)
		return code;
	*ret_standing = (struct link_standing){
		.is_duplicate = strcmp(rows_text(link, 0, "kind"), "duplicate") == 0,
		.is_confirmed = rows_text(link, 0, "confirmed_at") != NULL,
		.is_taken_back = rows_text(link, 0, "ended_at") != NULL,
	};
	return ERR_NONE;
}

static enum err_code change(struct call *call, bool takes_back, const char *text, struct err *err)
{
	const char *referral = call_parameter(call, "referral_id");
	const char *link = call_parameter(call, "link_id");
	char ids[2][IDENT_SIZE];
	ident_new(ids[0]);
	ident_new(ids[1]);
	enum err_code code = call_run(call, &SQL_link_change,
				      DB_VALUES(call->caller.partnership, referral, link, call->caller.staff_id,
						takes_back ? "true" : "false", text, ids[0], ids[1],
						call->x->request_id),
				      NULL, err);
	return code == ERR_NONE ? answer(call, referral, link, err) : code;
}

static enum err_code confirm(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	struct link_standing standing;
	enum err_code code = lock_link(call, &standing, err);
	if (code == ERR_NONE)
		code = link_check_confirmation(&standing, err);
	return code == ERR_NONE ? change(call, false, json_text(call->body, "note"), err) : code;
}

enum err_code link_confirm(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, confirm, NULL, err) : code;
}

static enum err_code take_back(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	struct link_standing standing;
	enum err_code code = lock_link(call, &standing, err);
	if (code == ERR_NONE)
		code = link_check_removal(&standing, err);
	return code == ERR_NONE ? change(call, true, json_text(call->body, "reason"), err) : code;
}

enum err_code link_remove(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, take_back, NULL, err) : code;
}
