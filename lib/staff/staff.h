/*
 * Staff: the people who work in the hub; never a referrer, never a person that a referral is about. Nothing is ever
 * deleted; a disabled person's keys stop working at once, because each request looks at its holder.
 */
#ifndef MASHD_STAFF_STAFF_H
#define MASHD_STAFF_STAFF_H

#include "call/call.h"

/* ---- handlers, one per operation of api/staff.yaml ---- */

enum err_code staff_create(struct call *call, struct err *err) MUST_CHECK;
enum err_code staff_list(struct call *call, struct err *err) MUST_CHECK;
enum err_code staff_get(struct call *call, struct err *err) MUST_CHECK;
enum err_code staff_update(struct call *call, struct err *err) MUST_CHECK;

/* ---- store ---- */

/*
 * Adds one, inside a db_write(). `body` has the shape StaffRequest. The row is the answer's. ERR_ALREADY_EXISTS for an
 * e-mail address that is taken.
 */
enum err_code staff_insert(struct db *db, const char *partnership, const json_t *body, PGresult **ret_row,
			   struct err *err) MUST_CHECK;
/* Changes what `body` (shape StaffChange) names, of a locked one. ERR_ALREADY_EXISTS for an address that is taken. */
enum err_code staff_change(struct db *db, const char *partnership, const char *id, const json_t *body,
			   PGresult **ret_row, struct err *err) MUST_CHECK;
/*
 * `id` and `name` of the one that has this name, address or id. ERR_NOT_FOUND; ERR_ALREADY_EXISTS where several share the
 * name.
 */
enum err_code staff_find(struct db *db, const char *partnership, const char *name_or_id, PGresult **ret_row,
			 struct err *err) MUST_CHECK;

#endif
