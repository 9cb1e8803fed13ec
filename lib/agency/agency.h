/*
 * Agencies: the organisations that refer or take part. Nothing is ever deleted; a disabled agency's keys stop working at
 * once, because each request looks at its holder.
 */
#ifndef MASHD_AGENCY_AGENCY_H
#define MASHD_AGENCY_AGENCY_H

#include "call/call.h"

/* ---- handlers, one per operation of api/agencies.yaml ---- */

enum err_code agency_create(struct call *call, struct err *err) MUST_CHECK;
enum err_code agency_list(struct call *call, struct err *err) MUST_CHECK;
enum err_code agency_get(struct call *call, struct err *err) MUST_CHECK;
enum err_code agency_update(struct call *call, struct err *err) MUST_CHECK;

/* ---- store ---- */

/*
 * Adds one, inside a db_write(). `body` has the shape AgencyRequest. The row is the answer's. ERR_ALREADY_EXISTS for a name
 * that is taken.
 */
enum err_code agency_insert(struct db *db, const char *partnership, const json_t *body, PGresult **ret_row,
			    struct err *err) MUST_CHECK;
/* Changes what `body` (shape AgencyChange) names, of a locked one. ERR_ALREADY_EXISTS for a name that is taken. */
enum err_code agency_change(struct db *db, const char *partnership, const char *id, const json_t *body,
			    PGresult **ret_row, struct err *err) MUST_CHECK;
/* `id` and `name` of the one that has this name or id. ERR_NOT_FOUND. */
enum err_code agency_find(struct db *db, const char *partnership, const char *name_or_id, PGresult **ret_row,
			  struct err *err) MUST_CHECK;

#endif
