/*
 * Getting, checking and losing a connection. The session is set up in one round trip; a session that would not protect
 * the data (durability off, role too mighty, clock set) is refused in words for the operator. Runs no statement of a
 * feature.
 */
#include "db/connection.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

#include "base/banned.h"

enum {
	SERVER_VERSION_MIN = 150000,
	BACKOFF_FIRST_MS = 50,
	BACKOFF_MAX_MS = 5000,
	IDLE_IN_TRANSACTION_MS = 10000,
};

static const uint64_t NS_PER_MS = 1000000;

/*
 * enable_seqscan: a plan that was cached while a table was nearly empty reads all of it for ever after (tried: on a new
 * database POSTs fell from thousands to 300 a second until autovacuum looked); every statement here has its index, so the
 * planner is told not to count on small tables. random_page_cost: what is open is in memory, the rest on a solid disk.
 * jit: no statement lives long enough to earn its compilation.
 * Role checks: owning a table or being able to become its owner switches row-level security off.
 */
static const struct statement SETUP = {
	.name = "db_setup",
	.text = "SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false),"
		" set_config('extra_float_digits', '1', false), set_config('bytea_output', 'hex', false),"
		" set_config('client_min_messages', 'warning', false),"
		" set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
		" set_config('idle_in_transaction_session_timeout', $3, false),"
		" set_config('client_connection_check_interval', '1s', false),"
		" set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false),"
		" set_config('random_page_cost', '1.1', false),"
		" current_setting('synchronous_commit') = 'off' AS commit_off,"
		" EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolsuper"
		"  AND pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER')) AS superuser,"
		" EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolbypassrls"
		"  AND pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER')) AS bypass_rls,"
		" EXISTS (SELECT FROM pg_catalog.pg_class c"
		"  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
		"  WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
		"  AND pg_catalog.pg_has_role(current_user, c.relowner, 'MEMBER')) AS owner,"
		" coalesce(current_setting('mashd.now', true), '') <> '' AS now_set;",
	.n_params = 3,
};

struct db *db_new(const struct db_options *options)
{
	struct db *db = calloc(1, sizeof *db);
	if (db == NULL)
		abort();
	db->options = *options;
	return db;
}

void db_free(struct db *db)
{
	if (db == NULL)
		return;
	db_drop(db);
	free(db->prepares);
	free(db->steps);
	free(db->results);
	free(db);
}

void db_drop(struct db *db)
{
	PQfinish(db->conn);
	db->conn = NULL;
	prepared_release(&db->prepared);
}

bool db_is_connected(const struct db *db)
{
	return db->conn != NULL;
}

PGconn *db_connection(struct db *db)
{
	return db->conn;
}

uint64_t db_wall_ns(const struct db *db)
{
	if (db->options.statement_timeout_ms == 0)
		return 0;
	/* Twice, because a pipeline holds several statements, each with a timeout of its own. */
	return ((uint64_t)db->options.statement_timeout_ms * 2 + 2000) * NS_PER_MS;
}

static void *cancel_main(void *argument)
{
	PGcancel *cancel = argument;
	char text[256];
	(void)PQcancel(cancel, text, (int)sizeof text);
	PQfreeCancel(cancel);
	return NULL;
}

/* On a thread of its own: PQcancel() blocks, without a bound where the server is stopped. */
void db_cancel(struct db *db)
{
	PGcancel *cancel = PQgetCancel(db->conn);
	pthread_t thread;
	if (cancel == NULL)
		return;
	if (pthread_create(&thread, NULL, cancel_main, cancel) == 0)
		(void)pthread_detach(thread);
	else
		PQfreeCancel(cancel);
}

uint64_t db_jitter_ns(uint64_t ceiling_ms)
{
	uint64_t bits = 0;
	(void)!getrandom(&bits, sizeof bits, GRND_NONBLOCK);
	return bits % (ceiling_ms * NS_PER_MS);
}

/* "Full jitter": anywhere between nothing and the doubled delay, so that workers don't come back all at once. */
static void back_off(struct db *db)
{
	unsigned doublings = db->connect_failures < 10 ? db->connect_failures : 10;
	uint64_t ceiling_ms = (uint64_t)BACKOFF_FIRST_MS << doublings;
	if (ceiling_ms > BACKOFF_MAX_MS)
		ceiling_ms = BACKOFF_MAX_MS;
	db->connect_failures++;
	db->connect_after_ns = clock_monotonic_ns() + db_jitter_ns(ceiling_ms);
}

/* Waits for the socket; false at the deadline. */
static bool wait_for(int fd, short events, uint64_t deadline_ns)
{
	for (;;) {
		uint64_t now = clock_monotonic_ns();
		if (now >= deadline_ns)
			return false;
		struct pollfd p = {.fd = fd, .events = events};
		int n = poll(&p, 1, (int)((deadline_ns - now) / NS_PER_MS) + 1);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

static bool finish_connecting(struct db *db)
{
	uint64_t seconds = db->options.connect_timeout_s == 0 ? 5 : db->options.connect_timeout_s;
	uint64_t deadline = clock_monotonic_ns() + seconds * 1000 * NS_PER_MS;
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	while (status == PGRES_POLLING_WRITING || status == PGRES_POLLING_READING) {
		short events = status == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
		if (!wait_for(PQsocket(db->conn), events, deadline)) {
			failure_lost(db, "connecting took too long");
			return false;
		}
		status = PQconnectPoll(db->conn);
	}
	if (status == PGRES_POLLING_OK)
		return true;
	failure_lost(db, PQerrorMessage(db->conn));
	return false;
}

static void on_notice(void *argument, const PGresult *result)
{
	struct db *db = argument;
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	if (severity != NULL && strcmp(severity, "WARNING") == 0)
		db->warnings++;
}

/* What stands before dbname can be changed by the URL, what stands behind it can't. */
static bool open_connection(struct db *db)
{
	const struct db_options *o = &db->options;
	const char *const names[] = {
		"keepalives",       "keepalives_idle",  "keepalives_interval",
		"keepalives_count", "tcp_user_timeout", "dbname",
		"client_encoding",  "application_name", NULL,
	};
	const char *const values[] = {
		"1",     "30",   "10",   "3",
		"10000", o->url, "UTF8", o->application_name == NULL ? "mashd" : o->application_name,
		NULL,
	};
	_Static_assert(sizeof names == sizeof values, "a value for each name");
	db->conn = PQconnectStartParams(names, values, 1);
	if (db->conn == NULL)
		abort();
	if (PQstatus(db->conn) == CONNECTION_BAD) {
		failure_lost(db, PQerrorMessage(db->conn));
		return false;
	}
	(void)PQsetNoticeReceiver(db->conn, on_notice, db);
	return finish_connecting(db);
}

/* The first reason against working on this session, or NULL. */
static const char *objection(const struct db *db, const PGresult *result)
{
	static const struct {
		const char *column;
		const char *reason;
	} checks[] = {
		{"commit_off", "synchronous_commit is off for this role or database: a confirmed write could be lost."},
		{"superuser", "The role is, or can become, a superuser: row-level security would not hold."},
		{"bypass_rls", "The role has, or can get, BYPASSRLS: row-level security would not hold."},
		{"owner", "The role owns tables, or can become their owner: row-level security would not hold."},
#ifndef MASHD_TEST_CLOCK
		{"now_set", "The setting mashd.now is set: the database's clock would stand still."},
#endif
	};
	if (PQserverVersion(db->conn) < SERVER_VERSION_MIN)
		return "The server is older than PostgreSQL 15.";
	if (!db->options.require_app_role)
		return NULL;
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		if (PQgetvalue(result, 0, PQfnumber(result, checks[i].column))[0] == 't')
			return checks[i].reason;
	return NULL;
}

static enum err_code set_up(struct db *db, struct err *err)
{
	char statement_timeout[16];
	char lock_timeout[16];
	char idle_timeout[16];
	(void)snprintf(statement_timeout, sizeof statement_timeout, "%u", db->options.statement_timeout_ms);
	(void)snprintf(lock_timeout, sizeof lock_timeout, "%u", db->options.lock_timeout_ms);
	(void)snprintf(idle_timeout, sizeof idle_timeout, "%d", IDLE_IN_TRANSACTION_MS);
	struct db_step step = {&SETUP, DB_VALUES(statement_timeout, lock_timeout, idle_timeout)};
	PGRESULT_AUTO PGresult *result = NULL;
	struct pipeline pipeline = {.steps = &step, .n = 1, .results = &result};
	if (pipeline_run(db, &pipeline) != PIPELINE_OK)
		return failure_err(db, err);
	const char *reason = objection(db, result);
	if (reason == NULL)
		return ERR_NONE;
	failure_lost(db, reason);
	db->failure.again = false;
	return err_set(err, ERR_INTERNAL, "", "%s", reason);
}

enum err_code db_connect(struct db *db, struct err *err)
{
	if (db->conn != NULL)
		return ERR_NONE;
	/* During the backoff the failure of the last attempt stays in place: it is still the reason. */
	if (clock_monotonic_ns() < db->connect_after_ns)
		return failure_err(db, err);
	failure_clear(db);
	enum err_code code = ERR_NONE;
	if (!open_connection(db))
		code = failure_err(db, err);
	else
		code = set_up(db, err);
	if (code != ERR_NONE) {
		db_drop(db);
		back_off(db);
		return code;
	}
	db->connect_failures = 0;
	db->connect_after_ns = 0;
	return ERR_NONE;
}

void db_result_auto_clear(PGresult **result)
{
	PQclear(*result);
	*result = NULL;
}
