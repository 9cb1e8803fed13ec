/*
 * The statements against the real schema, at start: what would fail at the first request stops the daemon instead.
 */
#include "db/connection.h"

#include <assert.h>
#include <string.h>

#include "db/rows.h"

#include "base/banned.h"

static enum err_code lost(struct db *db, struct err *err)
{
	if (!db->failure.lost)
		failure_lost(db, PQerrorMessage(db->conn));
	db_drop(db);
	return failure_err(db, err);
}

/* Column names go into replies as they stand, so they may hold nothing that JSON would escape. */
static bool name_is_fit(const char *name)
{
	return strcmp(name, "*") == 0 ||
	       (name[0] != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") == strlen(name));
}

static enum err_code check_columns(const struct statement *statement, const PGresult *description, struct err *err)
{
	int fields = PQnfields(description);
	if (fields > ROWS_COLUMNS_MAX)
		return err_set(err, ERR_INTERNAL, statement->name, "More than %d columns.", ROWS_COLUMNS_MAX);
	for (int i = 0; i < fields; i++) {
		const char *name = PQfname(description, i);
		if (!name_is_fit(name))
			return err_set(err, ERR_INTERNAL, statement->name, "Column %d has no fit name.", i + 1);
		if (!rows_type_is_known(PQftype(description, i)))
			return err_set(err, ERR_INTERNAL, statement->name,
				       "Column \"%s\" has a type (oid %u) that the row writer does not know.", name,
				       PQftype(description, i));
		if (strcmp(name, "*") == 0 && PQftype(description, i) != ROWS_OID_JSONB)
			return err_set(err, ERR_INTERNAL, statement->name, "Column \"*\" is not jsonb.");
		for (int j = 0; j < i; j++)
			if (strcmp(name, PQfname(description, j)) == 0)
				return err_set(err, ERR_INTERNAL, statement->name, "Two columns are named \"%s\".",
					       name);
	}
	return ERR_NONE;
}

static enum err_code check_description(const struct statement *statement, const PGresult *description, struct err *err)
{
	if (PQnparams(description) != statement->n_params)
		return err_set(err, ERR_INTERNAL, statement->name, "Takes %d parameters where %d were declared.",
			       PQnparams(description), statement->n_params);
	return statement->json ? check_columns(statement, description, err) : ERR_NONE;
}

static enum err_code check_one(struct db *db, const struct statement *statement, struct err *err)
{
	if (!prepared_has(&db->prepared, statement)) {
		PGRESULT_AUTO PGresult *result = PQprepare(db->conn, statement->name, statement->text, 0, NULL);
		if (PQresultStatus(result) != PGRES_COMMAND_OK) {
			failure_take(db, result, statement->name);
			if (PQstatus(db->conn) != CONNECTION_OK)
				return lost(db, err);
			return err_set(err, ERR_INTERNAL, statement->name, "PostgreSQL refuses it (SQLSTATE %s).",
				       db_sqlstate(db));
		}
		prepared_add(&db->prepared, statement);
	}
	PGRESULT_AUTO PGresult *description = PQdescribePrepared(db->conn, statement->name);
	if (PQresultStatus(description) != PGRES_COMMAND_OK) {
		failure_take(db, description, statement->name);
		return lost(db, err);
	}
	return check_description(statement, description, err);
}

enum err_code db_check_statements(struct db *db, const struct statement *const *statements, size_t n, struct err *err)
{
	assert(db->scope == NULL);
	enum err_code code = db_connect(db, err);
	if (code == ERR_NONE)
		failure_clear(db);
	for (size_t i = 0; code == ERR_NONE && i < n; i++)
		code = check_one(db, statements[i], err);
	return code;
}
