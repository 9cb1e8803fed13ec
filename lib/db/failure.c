/*
 * SQLSTATE -> error. The one place that reads PostgreSQL's messages; none of their text gets into a struct err. The log
 * text leaves out messages that may quote a value, because values here are about children.
 */
#include "db/connection.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { RETRY_AFTER_S = 2 };

/* What a SQLSTATE, or all that start with it, means here. The first match counts. */
static const struct rule {
	const char *prefix;
	enum err_code code;
	bool again;      /* run the whole transaction again */
	bool no_culprit; /* not the fault of one statement */
	bool reconnect;  /* a fresh connection may cure it */
} rules[] = {
	{"40001", ERR_BUSY, true, false, false},       /* serialization_failure */
	{"40P01", ERR_BUSY, true, false, false},       /* deadlock_detected */
	{"55P03", ERR_BUSY, false, false, false},      /* lock_not_available */
	{"57014", ERR_BUSY, false, false, false},      /* query_canceled: statement_timeout, or the writer's own */
	{"57P", ERR_UNAVAILABLE, true, true, true},    /* shutdown, crash, starting up */
	{"08", ERR_UNAVAILABLE, true, true, true},     /* connection */
	{"25006", ERR_UNAVAILABLE, false, true, true}, /* read_only_sql_transaction: this server is a standby now */
	{"53", ERR_UNAVAILABLE, false, true, false},   /* disk, memory, connections */
	{"58", ERR_UNAVAILABLE, false, true, false},   /* I/O */
	{"0A000", ERR_INTERNAL, true, false, true}, /* "cached plan must not change result type", after a migration */
	{"26000", ERR_INTERNAL, true, false, true}, /* the prepared statement has gone */
};

/* Classes whose primary message never quotes a value. */
static const char *const quotable[] = {"08", "23", "25", "26", "40", "42", "53", "55", "57", "58", "XX"};

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static const struct rule *rule_of(const char *sqlstate)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (starts_with(sqlstate, rules[i].prefix))
			return &rules[i];
	return NULL;
}

void failure_clear(struct db *db)
{
	db->failure = (struct failure){0};
}

void failure_lost(struct db *db, const char *what)
{
	failure_clear(db);
	db->failure.lost = true;
	db->failure.again = true;
	(void)snprintf(db->failure.text, sizeof db->failure.text, "%s", what);
	size_t end = strcspn(db->failure.text, "\n");
	db->failure.text[end] = '\0';
}

static const char *field(const PGresult *result, int code)
{
	const char *text = PQresultErrorField(result, code);
	return text == NULL ? "" : text;
}

static bool may_quote(const char *sqlstate)
{
	for (size_t i = 0; i < sizeof quotable / sizeof *quotable; i++)
		if (starts_with(sqlstate, quotable[i]))
			return true;
	return false;
}

void failure_take(struct db *db, const PGresult *result, const char *statement)
{
	const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
	const char *severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	if (sqlstate[0] == '\0') {
		/* libpq's own words: they come when the connection is gone */
		failure_lost(db, PQresultErrorMessage(result));
		return;
	}
	struct failure *f = &db->failure;
	failure_clear(db);
	(void)snprintf(f->sqlstate, sizeof f->sqlstate, "%s", sqlstate);
	(void)snprintf(f->constraint, sizeof f->constraint, "%s", field(result, PG_DIAG_CONSTRAINT_NAME));
	(void)snprintf(f->text, sizeof f->text, "%s %s in %s: %s%s%s", severity, sqlstate, statement,
		       may_quote(sqlstate) ? field(result, PG_DIAG_MESSAGE_PRIMARY) : "(message withheld)",
		       f->constraint[0] == '\0' ? "" : ", constraint ", f->constraint);
	const struct rule *rule = rule_of(sqlstate);
	f->lost = strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0 || (rule != NULL && rule->reconnect);
	f->again = rule != NULL && rule->again;
}

enum err_code failure_err(const struct db *db, struct err *err)
{
	const struct rule *rule = rule_of(db->failure.sqlstate);
	enum err_code code = ERR_INTERNAL;
	if (rule != NULL)
		code = rule->code;
	else if (db->failure.lost)
		code = ERR_UNAVAILABLE;
	if (code == ERR_BUSY)
		(void)err_set(err, code, "", "The database did not get to this in time.");
	else if (code == ERR_UNAVAILABLE)
		(void)err_set(err, code, "", "The database cannot be reached. Nothing was stored.");
	else
		(void)err_set(err, code, "", "The database refused a statement.");
	if (err != NULL && code != ERR_INTERNAL)
		err->retry_after_s = RETRY_AFTER_S;
	return code;
}

bool failure_has_no_culprit(const struct db *db)
{
	const struct rule *rule = rule_of(db->failure.sqlstate);
	return db->failure.lost || (rule != NULL && rule->no_culprit);
}

const char *db_sqlstate(const struct db *db)
{
	return db->failure.sqlstate;
}

const char *db_constraint(const struct db *db)
{
	return db->failure.constraint;
}

const char *db_log_text(const struct db *db)
{
	return db->failure.text;
}
