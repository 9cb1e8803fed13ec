/*
 * Who is calling. A key's text is "mashd_<key id>_<secret>"; only a keyed hash of the secret is stored. Each request looks
 * its key up, so that revoking works at once. Tokens of people's own log-ins will come in here as a second way.
 */
#ifndef MASHD_AUTH_AUTH_H
#define MASHD_AUTH_AUTH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/ident.h"
#include "db/db.h"

/* Strings are "" where they do not apply. */
struct caller {
	char partnership[IDENT_SIZE];
	char key_id[IDENT_SIZE];
	char first_key_id
		[IDENT_SIZE]; /* that this one goes back to, replacement by replacement: the scope of Idempotency-Keys */
	char agency_id[IDENT_SIZE];   /* of an agency's key */
	char staff_id[IDENT_SIZE];    /* of a member of staff's key */
	char calendar_id[IDENT_SIZE]; /* the partnership's calendar */
	char policy_id[IDENT_SIZE];   /* its active policy; "": the shipped one */
	char default_source[4];       /* of the agency */
	unsigned roles; /* enum role, of the key; a member of staff's key never has more than the person */
};

/* "staff", "agency" or "system": the actor's kind in events; and its id, NULL for a system. */
const char *caller_kind(const struct caller *caller);
const char *caller_actor(const struct caller *caller);
static inline bool caller_has(const struct caller *caller, unsigned roles)
{
	return (caller->roles & roles) != 0;
}

/*
 * `authorization` is the header's value or NULL; `now` as in struct db_scope. ERR_UNAUTHENTICATED with one and the same
 * answer for no header, a foreign form, an unknown, wrong, revoked or expired key and a disabled holder.
 */
enum err_code auth_identify(struct db *db, const char *authorization, const char *now, struct caller *ret_caller,
			    struct err *err) MUST_CHECK;

enum { AUTH_SECRET_SIZE = 44, AUTH_HASH_SIZE = 65, AUTH_KEY_SIZE = 6 + 36 + 1 + AUTH_SECRET_SIZE };

/* A new secret for the key `key_id`: its text for the holder, and the hash that is stored. */
void auth_key_new(const char *key_id, char ret_key[AUTH_KEY_SIZE], char ret_hash[AUTH_HASH_SIZE]);

#endif
