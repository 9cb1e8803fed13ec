/* Partnerships in the database. */
#include "partnership/partnership.h"

#include <stdio.h>

#include "calendar/calendar.h"
#include "db/rows.h"
#include "gen/partnership_sql.h"

#include "base/banned.h"

struct creation {
	const char *id;
	const char *name;
};

static enum err_code create(struct db *db, void *ctx, struct err *err)
{
	const struct creation *creation = ctx;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_run(db, &SQL_partnership_insert, DB_VALUES(creation->id, creation->name), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return err_set(err, ERR_ALREADY_EXISTS, "name", "a partnership of this name exists already");
	return calendar_create_default(db, creation->id, err);
}

enum err_code partnership_create(struct db *db, const char *name, const char *now, char ret_id[IDENT_SIZE],
				 struct err *err)
{
	char id[IDENT_SIZE];
	ident_new(id);
	const struct db_scope scope = {.partnership = id, .now = now};
	struct creation creation = {.id = id, .name = name};
	enum err_code code = db_write(db, &scope, create, &creation, err);
	if (code == ERR_NONE)
		(void)snprintf(ret_id, IDENT_SIZE, "%s", id);
	return code;
}

enum err_code partnership_list(struct db *db, PGresult **ret_rows, struct err *err)
{
	return db_read_one(db, NULL, &SQL_partnership_list, NULL, ret_rows, err);
}

enum err_code partnership_find(struct db *db, const char *name_or_id, char ret_id[IDENT_SIZE], struct err *err)
{
	PGRESULT_AUTO PGresult *rows = NULL;
	enum err_code code = db_read_one(db, NULL, &SQL_partnership_find, DB_VALUES(name_or_id), &rows, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(rows) == 0)
		return err_set(err, ERR_NOT_FOUND, "partnership", "there is no such partnership");
	if (PQntuples(rows) > 1)
		return err_set(err, ERR_INVALID_PARAMETER, "partnership", "there are several partnerships: say which");
	(void)snprintf(ret_id, IDENT_SIZE, "%s", rows_text(rows, 0, "id"));
	return ERR_NONE;
}
