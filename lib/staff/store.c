/* Staff in the database: one function per statement. */
#include <string.h>

#include "base/json.h"
#include "gen/staff_sql.h"
#include "staff/staff.h"

#include "base/banned.h"

enum { ROLES_SIZE = 512 };

static enum err_code address_is_taken(struct err *err)
{
	return err_set(err, ERR_ALREADY_EXISTS, "/email", "somebody with this e-mail address is here already");
}

/* The list as JSON text, which the statement takes apart; NULL where it is absent. */
static const char *roles_text(const json_t *body, char room[ROLES_SIZE])
{
	const json_t *roles = json_object_get(body, "roles");
	if (roles == NULL)
		return NULL;
	size_t size = json_dumpb(roles, room, ROLES_SIZE - 1, JSON_COMPACT);
	room[size < ROLES_SIZE ? size : 0] = '\0'; /* the contract bounds the list and its words */
	return room;
}

static const char *flag_text(const json_t *body, const char *member)
{
	const json_t *flag = json_object_get(body, member);
	return flag == NULL ? NULL : json_is_true(flag) ? "true" : "false";
}

enum err_code staff_insert(struct db *db, const char *partnership, const json_t *body, PGresult **ret_row,
			   struct err *err)
{
	char id[IDENT_SIZE];
	char roles[ROLES_SIZE];
	const char *qualified = flag_text(body, "social_work_qualified");
	ident_new(id);
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_run(db, &SQL_staff_insert,
				    DB_VALUES(partnership, id, json_text(body, "name"), json_text(body, "email"),
					      roles_text(body, roles), qualified == NULL ? "false" : qualified),
				    &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return address_is_taken(err);
	*ret_row = row;
	row = NULL;
	return ERR_NONE;
}

enum err_code staff_change(struct db *db, const char *partnership, const char *id, const json_t *body,
			   PGresult **ret_row, struct err *err)
{
	char roles[ROLES_SIZE];
	enum err_code code = db_run(db, &SQL_staff_update,
				    DB_VALUES(partnership, id, json_text(body, "name"), json_text(body, "email"),
					      roles_text(body, roles), flag_text(body, "social_work_qualified"),
					      flag_text(body, "disabled")),
				    ret_row, err);
	if (code != ERR_NONE && strcmp(db_constraint(db), "staff_email_key") == 0)
		return address_is_taken(err);
	return code;
}

enum err_code staff_find(struct db *db, const char *partnership, const char *name_or_id, PGresult **ret_row,
			 struct err *err)
{
	const struct db_scope scope = {.partnership = partnership};
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_read_one(db, &scope, &SQL_staff_find, DB_VALUES(partnership, name_or_id), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return err_set(err, ERR_NOT_FOUND, name_or_id, "nobody has this name, e-mail address or id");
	if (PQntuples(row) > 1)
		return err_set(err, ERR_ALREADY_EXISTS, name_or_id, "several people have this name: give an id");
	*ret_row = row;
	row = NULL;
	return ERR_NONE;
}
