/* See db_support.h. */
#include "db_support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

static const char *url_of(const char *variable)
{
	const char *url = getenv(variable);
	if (url == NULL || url[0] == '\0') {
		(void)fprintf(stderr, "%s is not set: this test needs a PostgreSQL (make test starts one)\n", variable);
		exit(1);
	}
	return url;
}

const char *db_support_url(void)
{
	return url_of("DATABASE_URL");
}

const char *db_support_owner_url(void)
{
	return url_of("MIGRATE_DATABASE_URL");
}

static void on_notice(void *argument, const PGresult *result)
{
	(void)argument;
	(void)result;
}

static PGconn *connect_to(const char *url)
{
	PGconn *conn = PQconnectdb(url);
	if (PQstatus(conn) != CONNECTION_OK) {
		(void)fprintf(stderr, "%s", PQerrorMessage(conn));
		exit(1);
	}
	(void)PQsetNoticeReceiver(conn, on_notice, NULL);
	return conn;
}

static void run(PGconn *conn, const char *sql)
{
	PGRESULT_AUTO PGresult *result = PQexec(conn, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
		(void)fprintf(stderr, "%s\nin: %s\n", PQerrorMessage(conn), sql);
		exit(1);
	}
}

static const char TABLES[] =
	"CREATE TABLE note (partnership_id uuid NOT NULL, key text NOT NULL, body text NOT NULL,"
	" seen_by text, CONSTRAINT note_pkey PRIMARY KEY (partnership_id, key),"
	" CONSTRAINT note_body_fit CHECK (body <> 'unfit'));"
	"ALTER TABLE note ENABLE ROW LEVEL SECURITY;"
	"CREATE POLICY partnership ON note"
	" USING (partnership_id = nullif(current_setting('mashd.partnership', true), '')::uuid);"
	"CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
	" IF NEW.body = 'sleepy' THEN PERFORM pg_sleep(2);"
	" ELSIF NEW.body = 'late refusal' THEN RAISE check_violation USING CONSTRAINT = 'note_late'; END IF;"
	" RETURN NULL; END $$;"
	"CREATE CONSTRAINT TRIGGER late AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED"
	" FOR EACH ROW WHEN (NEW.body IN ('sleepy', 'late refusal')) EXECUTE FUNCTION late();";

void db_support_make_schema(const char *schema)
{
	PGconn *app = connect_to(db_support_url());
	PGconn *owner = connect_to(db_support_owner_url());
	char sql[500];
	db_support_drop_schema(schema);
	(void)snprintf(sql, sizeof sql, "CREATE SCHEMA %s; SET search_path TO %s", schema, schema);
	run(owner, sql);
	run(owner, TABLES);
	(void)snprintf(sql, sizeof sql,
		       "GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT, INSERT, UPDATE, DELETE ON note TO %s", schema,
		       PQuser(app), PQuser(app));
	run(owner, sql);
	PQfinish(owner);
	PQfinish(app);
}

void db_support_drop_schema(const char *schema)
{
	PGconn *owner = connect_to(db_support_owner_url());
	char sql[200];
	(void)snprintf(sql, sizeof sql, "DROP SCHEMA IF EXISTS %s CASCADE", schema);
	run(owner, sql);
	PQfinish(owner);
}

const char *db_support_ask(const char *format, ...)
{
	static char answer[2000];
	char sql[2000];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(sql, sizeof sql, format, args);
	va_end(args);
	PGconn *owner = connect_to(db_support_owner_url());
	PGRESULT_AUTO PGresult *result = PQexec(owner, sql);
	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		(void)fprintf(stderr, "%s\nin: %s\n", PQerrorMessage(owner), sql);
		exit(1);
	}
	(void)snprintf(answer, sizeof answer, "%s", PQntuples(result) == 0 ? "" : PQgetvalue(result, 0, 0));
	PQfinish(owner);
	return answer;
}

/* As the application's role: a role may look at its own sessions and end them. */
static int terminate(PGconn *app, const char *application_name, const char *wait_event)
{
	const char *const values[] = {application_name, wait_event};
	PGRESULT_AUTO PGresult *result = PQexecParams(
		app,
		"SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity"
		" WHERE application_name = $1 AND pid <> pg_backend_pid()"
		" AND ($2::text IS NULL OR wait_event = $2::text)",
		2, NULL, values, NULL, NULL, 0);
	return (int)strtol(PQgetvalue(result, 0, 0), NULL, 10);
}

int db_support_terminate(const char *application_name)
{
	PGconn *app = connect_to(db_support_url());
	int n = terminate(app, application_name, NULL);
	PQfinish(app);
	return n;
}

int db_support_terminate_asleep(const char *application_name)
{
	PGconn *app = connect_to(db_support_url());
	int n = 0;
	for (int i = 0; i < 10000 && n == 0; i++) {
		struct timespec nap = {.tv_nsec = 3000000};
		(void)nanosleep(&nap, NULL);
		n = terminate(app, application_name, "PgSleep");
	}
	PQfinish(app);
	return n;
}

struct db_options db_support_options(const char *application_name)
{
	return (struct db_options){.url = db_support_url(),
				   .application_name = application_name,
				   .connect_timeout_s = 3,
				   .statement_timeout_ms = 3000,
				   .lock_timeout_ms = 1000,
				   .require_app_role = true};
}
