/* Agencies in the database: one function per statement. */
#include <string.h>

#include "agency/agency.h"
#include "base/json.h"
#include "gen/agency_sql.h"

#include "base/banned.h"

static enum err_code name_is_taken(struct err *err)
{
	return err_set(err, ERR_ALREADY_EXISTS, "/name", "an agency of this name exists already");
}

enum err_code agency_insert(struct db *db, const char *partnership, const json_t *body, PGresult **ret_row,
			    struct err *err)
{
	char id[IDENT_SIZE];
	ident_new(id);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_run(db, &SQL_agency_insert,
				    DB_VALUES(partnership, id, json_text(body, "name"), json_text(body, "kind"),
					      json_text(body, "default_source"), json_text(body, "secure_email")),
				    &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return name_is_taken(err);
	*ret_row = row;
	row = NULL;
	return ERR_NONE;
}

static const char *flag_text(const json_t *body, const char *member)
{
	const json_t *flag = json_object_get(body, member);
	return flag == NULL ? NULL : json_is_true(flag) ? "true" : "false";
}

enum err_code agency_change(struct db *db, const char *partnership, const char *id, const json_t *body,
			    PGresult **ret_row, struct err *err)
{
	const char *const values[] = {
		partnership,
		id,
		json_text(body, "name"),
		json_text(body, "kind"),
		json_text(body, "default_source"),
		json_object_get(body, "secure_email") == NULL ? "false" : "true",
		json_text(body, "secure_email"),
		flag_text(body, "disabled"),
	};
	enum err_code code = db_run(db, &SQL_agency_update, values, ret_row, err);
	if (code != ERR_NONE && strcmp(db_constraint(db), "agency_name_key") == 0)
		return name_is_taken(err);
	return code;
}

enum err_code agency_find(struct db *db, const char *partnership, const char *name_or_id, PGresult **ret_row,
			  struct err *err)
{
	const struct db_scope scope = {.partnership = partnership};
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_read_one(db, &scope, &SQL_agency_find, DB_VALUES(partnership, name_or_id), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return err_set(err, ERR_NOT_FOUND, name_or_id, "there is no agency of this name or id");
	*ret_row = row;
	row = NULL;
	return ERR_NONE;
}
