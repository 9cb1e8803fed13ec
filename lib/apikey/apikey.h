/*
 * API keys of agencies, members of staff and systems. A key's text is shown once, when it is issued; only a hash of its
 * secret is kept, and no stored reply ever holds it.
 */
#ifndef MASHD_APIKEY_APIKEY_H
#define MASHD_APIKEY_APIKEY_H

#include "call/call.h"

/* ---- handlers, one per operation of api/keys.yaml ---- */

enum err_code apikey_create(struct call *call, struct err *err) MUST_CHECK;
enum err_code apikey_list(struct call *call, struct err *err) MUST_CHECK;
enum err_code apikey_get(struct call *call, struct err *err) MUST_CHECK;
enum err_code apikey_revoke(struct call *call, struct err *err) MUST_CHECK;
enum err_code apikey_rotate(struct call *call, struct err *err) MUST_CHECK;

/* ---- store ---- */

/* All keys for an operator, the latest first: id, created_at, roles, label, holder_kind, holder_name, state. */
enum err_code apikey_overview(struct db *db, const char *partnership, PGresult **ret_rows, struct err *err) MUST_CHECK;

/* What follows runs inside a db_write(). */

/* A key just made: its text for the holder, and the row of the answer. */
struct apikey_issued {
	char key[AUTH_KEY_SIZE];
	PGresult *row; /* owned: apikey_issued_release() */
};
void apikey_issued_release(struct apikey_issued *issued);

/*
 * Issues a key. `body` has the shape KeyRequest. ERR_RULE_BROKEN with the place for an unknown or disabled holder, a role
 * that the holder cannot have, an end that lies in the past.
 */
enum err_code apikey_issue(struct db *db, const char *partnership, const json_t *body, struct apikey_issued *issued,
			   struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND; ERR_WRONG_STATE where it is revoked already. */
enum err_code apikey_end(struct db *db, const char *partnership, const char *id, const char *reason, PGresult **ret_row,
			 struct err *err) MUST_CHECK;
/*
 * A successor with the same holder, roles, label and end; the old key works for `overlap_minutes` more. ERR_NOT_FOUND;
 * ERR_WRONG_STATE where the old one is revoked, replaced or expired, or its holder disabled.
 */
enum err_code apikey_replace(struct db *db, const char *partnership, const char *id, const char *overlap_minutes,
			     struct apikey_issued *issued, struct err *err) MUST_CHECK;

#endif
