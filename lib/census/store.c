/* Census history into the database, many records in one statement. */
#include <stdlib.h>

#include "base/clock.h"
#include "census/census.h"
#include "db/rows.h"
#include "gen/census_sql.h"

#include "base/banned.h"

enum err_code census_today(struct db *db, const char *partnership, const char *now, int *ret_day, struct err *err)
{
	const struct db_scope scope = {.partnership = partnership, .now = now};
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_read_one(db, &scope, &SQL_census_today, DB_VALUES(partnership), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0 || !clock_parse_date(rows_text(row, 0, "today"), ret_day))
		return err_set(err, ERR_NOT_FOUND, "calendar", "the partnership has no default calendar");
	return ERR_NONE;
}

struct storing {
	const char *partnership;
	const char *contract_version;
	const char *rows;
	json_t *fresh;
};

static enum err_code store(struct db *db, void *ctx, struct err *err)
{
	struct storing *s = ctx;
	PGRESULT_AUTO PGresult *fresh = NULL;
	enum err_code code = db_run(db, &SQL_census_insert, DB_VALUES(s->partnership, s->contract_version, s->rows),
				    &fresh, err);
	if (code != ERR_NONE)
		return code;
	(void)json_object_clear(s->fresh); /* of an attempt that was rolled back */
	for (int row = 0; row < PQntuples(fresh); row++)
		(void)json_object_set_new(s->fresh, rows_text(fresh, row, "id"), json_true());
	return ERR_NONE;
}

enum err_code census_store(struct db *db, const char *partnership, const char *now, const char *contract_version,
			   const json_t *rows, json_t **ret_fresh, struct err *err)
{
	const struct db_scope scope = {.partnership = partnership, .now = now};
	char *text = json_dumps(rows, JSON_COMPACT);
	if (text == NULL)
		return err_set(err, ERR_INTERNAL, "", "no memory for the records");
	struct storing s = {.partnership = partnership, .contract_version = contract_version, .rows = text};
	s.fresh = json_object();
	enum err_code code = db_write(db, &scope, store, &s, err);
	free(text);
	if (code == ERR_NONE)
		*ret_fresh = s.fresh;
	else
		json_decref(s.fresh);
	return code;
}
