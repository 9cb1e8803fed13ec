/* Keys: taking them apart, looking them up, comparing in constant time, making them. */
#include "auth/auth.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "auth/permission.h"
#include "db/rows.h"
#include "gen/auth_sql.h"

#include "base/banned.h"

static const char PREFIX[] = "mashd_";

enum { PREFIX_SIZE = sizeof PREFIX - 1, SECRET_BYTES = 32 };

const char *caller_kind(const struct caller *caller)
{
	if (caller->staff_id[0] != '\0')
		return "staff";
	return caller->agency_id[0] != '\0' ? "agency" : "system";
}

const char *caller_actor(const struct caller *caller)
{
	if (caller->staff_id[0] != '\0')
		return caller->staff_id;
	return caller->agency_id[0] != '\0' ? caller->agency_id : NULL;
}

static void hash_secret(const char *key_id, const char *secret, char ret_hash[AUTH_HASH_SIZE])
{
	unsigned char hash[32];
	(void)crypto_generichash(hash, sizeof hash, (const unsigned char *)secret, strlen(secret),
				 (const unsigned char *)key_id, strlen(key_id));
	(void)sodium_bin2hex(ret_hash, AUTH_HASH_SIZE, hash, sizeof hash);
}

void auth_key_new(const char *key_id, char ret_key[AUTH_KEY_SIZE], char ret_hash[AUTH_HASH_SIZE])
{
	unsigned char bytes[SECRET_BYTES];
	char secret[AUTH_SECRET_SIZE];
	randombytes_buf(bytes, sizeof bytes);
	(void)sodium_bin2base64(secret, sizeof secret, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	(void)snprintf(ret_key, AUTH_KEY_SIZE, "%s%s_%s", PREFIX, key_id, secret);
	hash_secret(key_id, secret, ret_hash);
	sodium_memzero(bytes, sizeof bytes);
	sodium_memzero(secret, sizeof secret);
}

static enum err_code refuse(struct err *err)
{
	return err_set(err, ERR_UNAUTHENTICATED, "Authorization",
		       "send a valid key as: Authorization: Bearer mashd_<key id>_<secret>");
}

/* Splits "Bearer mashd_<key id>_<secret>"; the scheme in any case. */
static bool take_apart(const char *authorization, char ret_key_id[IDENT_SIZE], const char **ret_secret)
{
	if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0)
		return false;
	const char *key = authorization + 7;
	while (*key == ' ')
		key++;
	if (strnlen(key, AUTH_KEY_SIZE) != AUTH_KEY_SIZE - 1 || strncmp(key, PREFIX, PREFIX_SIZE) != 0)
		return false;
	memcpy(ret_key_id, key + PREFIX_SIZE, IDENT_SIZE - 1);
	ret_key_id[IDENT_SIZE - 1] = '\0';
	*ret_secret = key + PREFIX_SIZE + IDENT_SIZE;
	return ident_is_uuid(ret_key_id) && key[PREFIX_SIZE + IDENT_SIZE - 1] == '_';
}

static void copy_column(char *into, size_t room, const PGresult *result, const char *column)
{
	const char *text = rows_text(result, 0, column);
	(void)snprintf(into, room, "%s", text == NULL ? "" : text);
}

/* "{practitioner,manager}": the roles are plain words, so the array needs no unquoting. */
static unsigned roles_of(const char *array)
{
	unsigned roles = 0;
	char word[32];
	size_t length = 0;
	for (const char *c = array; *c != '\0'; c++) {
		if (*c == ',' || *c == '}') {
			word[length] = '\0';
			roles |= role_bit(word);
			length = 0;
		} else if (*c != '{' && length + 1 < sizeof word) {
			word[length++] = *c;
		}
	}
	return roles;
}

static enum err_code look_up(struct db *db, const char *key_id, const char *now, PGresult **ret_key, struct err *err)
{
	const struct db_step steps[] = {
		{&SQL_auth_enter, DB_VALUES(key_id, now)},
		{&SQL_auth_key, DB_VALUES(key_id)},
	};
	PGresult *results[2] = {NULL, NULL};
	enum err_code code = db_peek(db, steps, 2, results, err);
	if (code != ERR_NONE)
		return code;
	PQclear(results[0]);
	*ret_key = results[1];
	return ERR_NONE;
}

enum err_code auth_identify(struct db *db, const char *authorization, const char *now, struct caller *ret_caller,
			    struct err *err)
{
	char key_id[IDENT_SIZE];
	const char *secret;
	if (!take_apart(authorization, key_id, &secret))
		return refuse(err);
	PGRESULT_AUTO PGresult *key = NULL;
	enum err_code code = look_up(db, key_id, now, &key, err);
	if (code != ERR_NONE)
		return code;
	char hash[AUTH_HASH_SIZE];
	hash_secret(key_id, secret, hash);
	if (PQntuples(key) != 1 || strlen(rows_text(key, 0, "secret_hash")) != AUTH_HASH_SIZE - 1 ||
	    sodium_memcmp(hash, rows_text(key, 0, "secret_hash"), AUTH_HASH_SIZE - 1) != 0)
		return refuse(err);
	struct caller caller = {.roles = roles_of(rows_text(key, 0, "roles"))};
	copy_column(caller.partnership, sizeof caller.partnership, key, "partnership_id");
	copy_column(caller.key_id, sizeof caller.key_id, key, "id");
	copy_column(caller.first_key_id, sizeof caller.first_key_id, key, "first_key_id");
	copy_column(caller.agency_id, sizeof caller.agency_id, key, "agency_id");
	copy_column(caller.staff_id, sizeof caller.staff_id, key, "staff_id");
	copy_column(caller.calendar_id, sizeof caller.calendar_id, key, "calendar_id");
	copy_column(caller.policy_id, sizeof caller.policy_id, key, "policy_id");
	copy_column(caller.default_source, sizeof caller.default_source, key, "default_source");
	*ret_caller = caller;
	return ERR_NONE;
}
