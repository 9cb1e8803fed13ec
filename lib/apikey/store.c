/* Keys in the database. A secret exists here only on its way to the holder. */
#include <stdio.h>
#include <string.h>

#include "apikey/apikey.h"
#include "base/clock.h"
#include "base/json.h"
#include "gen/apikey_sql.h"

#include "base/banned.h"

enum { ROLES_SIZE = 256 };

void apikey_issued_release(struct apikey_issued *issued)
{
	db_result_auto_clear(&issued->row);
	memset(issued->key, 0, sizeof issued->key);
}

/* The request taken apart into what the statements want. */
struct wanted {
	const char *agency_id;
	const char *staff_id;
	const char *system_name;
	const char *label;
	const char *expires_at; /* NULL: never */
	char roles[ROLES_SIZE]; /* JSON */
	char instant[CLOCK_TEXT_SIZE];
};

static enum err_code read_request(const json_t *body, struct wanted *wanted, struct err *err)
{
	wanted->agency_id = json_text(body, "agency_id");
	wanted->staff_id = json_text(body, "staff_id");
	wanted->system_name = json_text(body, "system_name");
	wanted->label = json_text(body, "label");
	size_t size = json_dumpb(json_object_get(body, "roles"), wanted->roles, ROLES_SIZE - 1, JSON_COMPACT);
	wanted->roles[size < ROLES_SIZE ? size : 0] = '\0'; /* the contract bounds the list and its words */
	const char *expires_at = json_text(body, "expires_at");
	int64_t us = 0;
	if (expires_at == NULL)
		return ERR_NONE;
	if (!clock_parse_instant(expires_at, &us))
		return err_set(err, ERR_RULE_BROKEN, "/expires_at",
			       "this is no instant between the years 1900 and 2200");
	clock_instant_text(us, wanted->instant);
	wanted->expires_at = wanted->instant;
	return ERR_NONE;
}

static enum err_code refuse_role(const struct wanted *wanted, long long index, struct err *err)
{
	char place[32];
	(void)snprintf(place, sizeof place, "/roles/%lld", index);
	if (wanted->agency_id != NULL)
		return err_set(err, ERR_RULE_BROKEN, place, "an agency's key has the role agency and no other");
	if (wanted->staff_id != NULL)
		return err_set(err, ERR_RULE_BROKEN, place, "a key has no role that the person does not have");
	return err_set(err, ERR_RULE_BROKEN, place,
		       "a system's key cannot have this role: it is an agency's, or a person's");
}

static enum err_code check_holder(struct db *db, const char *partnership, const struct wanted *wanted, struct err *err)
{
	const char *place = wanted->agency_id != NULL ? "/agency_id" : "/staff_id";
	PGRESULT_AUTO PGresult *holder = NULL;
	enum err_code code = db_run(
		db, &SQL_apikey_holder,
		DB_VALUES(partnership, wanted->agency_id, wanted->staff_id, wanted->roles, wanted->expires_at), &holder,
		err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(holder) == 0)
		return err_set(err, ERR_RULE_BROKEN, place, "there is no such holder");
	if (rows_bool(holder, 0, "disabled"))
		return err_set(err, ERR_RULE_BROKEN, place, "the holder is disabled");
	if (rows_text(holder, 0, "refused_role") != NULL)
		return refuse_role(wanted, rows_int(holder, 0, "refused_role"), err);
	if (rows_bool(holder, 0, "expired"))
		return err_set(err, ERR_RULE_BROKEN, "/expires_at", "the key would have expired already");
	return ERR_NONE;
}

enum err_code apikey_issue(struct db *db, const char *partnership, const json_t *body, struct apikey_issued *issued,
			   struct err *err)
{
	struct wanted wanted = {0};
	enum err_code code = read_request(body, &wanted, err);
	if (code == ERR_NONE)
		code = check_holder(db, partnership, &wanted, err);
	if (code != ERR_NONE)
		return code;
	char id[IDENT_SIZE];
	char hash[AUTH_HASH_SIZE];
	apikey_issued_release(issued); /* of an attempt that was rolled back */
	ident_new(id);
	auth_key_new(id, issued->key, hash);
	return db_run(db, &SQL_apikey_insert,
		      DB_VALUES(partnership, id, wanted.agency_id, wanted.staff_id, wanted.system_name, wanted.roles,
				wanted.label, wanted.expires_at, hash),
		      &issued->row, err);
}

/* What the locked key is, one row. */
static enum err_code lock_key(struct db *db, const char *partnership, const char *id, PGresult **ret_state,
			      struct err *err)
{
	PGRESULT_AUTO PGresult *state = NULL;
	enum err_code code = db_run(db, &SQL_apikey_lock, DB_VALUES(partnership, id), &state, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(state) == 0)
		return call_not_found(err);
	if (rows_bool(state, 0, "revoked"))
		return err_set(err, ERR_WRONG_STATE, "", "the key is revoked; all you can do is issue a new one");
	*ret_state = state;
	state = NULL;
	return ERR_NONE;
}

enum err_code apikey_end(struct db *db, const char *partnership, const char *id, const char *reason, PGresult **ret_row,
			 struct err *err)
{
	PGRESULT_AUTO PGresult *state = NULL;
	enum err_code code = lock_key(db, partnership, id, &state, err);
	if (code != ERR_NONE)
		return code;
	return db_run(db, &SQL_apikey_revoke, DB_VALUES(partnership, id, reason), ret_row, err);
}

enum err_code apikey_replace(struct db *db, const char *partnership, const char *id, const char *overlap_minutes,
			     struct apikey_issued *issued, struct err *err)
{
	PGRESULT_AUTO PGresult *state = NULL;
	enum err_code code = lock_key(db, partnership, id, &state, err);
	if (code != ERR_NONE)
		return code;
	if (rows_bool(state, 0, "replaced"))
		return err_set(err, ERR_WRONG_STATE, "",
			       "the key has been replaced and is in its overlap; it can be revoked, or its successor "
			       "replaced");
	if (rows_bool(state, 0, "expired"))
		return err_set(err, ERR_WRONG_STATE, "", "the key has expired; issue a new one");
	if (rows_bool(state, 0, "disabled"))
		return err_set(err, ERR_WRONG_STATE, "", "the holder is disabled; the key can be revoked");
	char new_id[IDENT_SIZE];
	char hash[AUTH_HASH_SIZE];
	apikey_issued_release(issued); /* of an attempt that was rolled back */
	ident_new(new_id);
	auth_key_new(new_id, issued->key, hash);
	return db_run(db, &SQL_apikey_rotate, DB_VALUES(partnership, id, new_id, hash, overlap_minutes), &issued->row,
		      err);
}

enum err_code apikey_overview(struct db *db, const char *partnership, PGresult **ret_rows, struct err *err)
{
	const struct db_scope scope = {.partnership = partnership};
	return db_read_one(db, &scope, &SQL_apikey_overview, DB_VALUES(partnership), ret_rows, err);
}
