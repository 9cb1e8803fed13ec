/* Partnerships: the tenants. They are made by the operator with mashctl; no operation of the API touches them. */
#ifndef MASHD_PARTNERSHIP_PARTNERSHIP_H
#define MASHD_PARTNERSHIP_PARTNERSHIP_H

#include "base/ident.h"
#include "db/db.h"

/*
 * A new one with its default calendar, in one transaction. `now` as in struct db_scope. ERR_ALREADY_EXISTS for a name that
 * is taken.
 */
enum err_code partnership_create(struct db *db, const char *name, const char *now, char ret_id[IDENT_SIZE],
				 struct err *err) MUST_CHECK;
/* All: `id`, `name`, `created_at`, by name. */
enum err_code partnership_list(struct db *db, PGresult **ret_rows, struct err *err) MUST_CHECK;
/*
 * The one that has this name or id; NULL means the only one there is. ERR_NOT_FOUND, and ERR_INVALID_PARAMETER where NULL
 * leaves a choice.
 */
enum err_code partnership_find(struct db *db, const char *name_or_id, char ret_id[IDENT_SIZE], struct err *err)
	MUST_CHECK;

#endif
