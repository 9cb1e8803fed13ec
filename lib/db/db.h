/*
 * One connection to PostgreSQL, owned by one thread. Statements are prepared lazily, once per connection, again after a
 * reconnect. No text of PostgreSQL leaves this module except through db_log_text(), for the operator's log.
 *
 * Failures: ERR_UNAVAILABLE (no connection, or lost before COMMIT was sent, or no disk or memory: nothing happened),
 * ERR_OUTCOME_UNKNOWN (lost, or not answered in time, once COMMIT was sent), ERR_BUSY (40001 and 40P01 after the last try,
 * 55P03 lock_timeout, 57014 statement_timeout), ERR_INTERNAL (a statement failed for a reason nobody expected); what a
 * caller can expect (a unique key, a lock not had in time) is told by db_sqlstate() and db_constraint().
 */
#ifndef MASHD_DB_DB_H
#define MASHD_DB_DB_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "db/statement.h"

struct db;

void db_result_auto_clear(PGresult **result);
#define PGRESULT_AUTO __attribute__((cleanup(db_result_auto_clear)))

struct db_options {
	const char *url; /* libpq connection string; never logged */
	const char *application_name;
	unsigned connect_timeout_s;
	unsigned
		statement_timeout_ms; /* a round trip over twice this and 2 s: the server is held for dead. 0: no limit */
	unsigned lock_timeout_ms;
	bool require_app_role; /* refuse owner, superuser, BYPASSRLS, synchronous_commit=off, a set mashd.now */
};

/*
 * Whose data a transaction may see, and what time it is in it. Only test builds and mashctl's demo data bring a time of their
 * own: the daemon takes none from its clients (lib/app/request.c).
 */
struct db_scope {
	const char *partnership; /* uuid; NULL: nothing under row-level security is visible */
	const char *now;         /* NULL: the database's clock */
};

/* One statement with its parameters in text form (NULL is SQL's null); `values` has statement->n_params entries. */
struct db_step {
	const struct statement *statement;
	const char *const *values;
};
#define DB_VALUES(...) ((const char *const[]){__VA_ARGS__})

/* Does not connect yet. The options' strings must outlive it. */
struct db *db_new(const struct db_options *options);
void db_free(struct db *db);

/*
 * Connects where there is no connection; between failures there is a backoff with jitter, up to 5 s, during which it returns
 * ERR_UNAVAILABLE at once. ERR_INTERNAL, with the reason for the operator in `detail`: what require_app_role refuses.
 */
enum err_code db_connect(struct db *db, struct err *err) MUST_CHECK;
bool db_is_connected(const struct db *db);

/*
 * A read: BEGIN REPEATABLE READ READ ONLY, the scope, all steps, COMMIT, in one round trip and one snapshot. Retried once
 * on a lost connection. `ret_results` has n entries, owned by the caller, all NULL on failure.
 */
enum err_code db_read(struct db *db, const struct db_scope *scope, const struct db_step *steps, size_t n,
		      PGresult **ret_results, struct err *err) MUST_CHECK;
/*
 * The same in two rounds of one snapshot: the first `n_first` steps, then those of the others that `wanted` asks for when it has
 * seen their results (not called where the first round failed). The results of steps that were not run stay NULL.
 */
typedef bool (*db_wanted)(const void *ctx, PGresult *const *results, size_t step);
struct db_rounds {
	size_t n_first;
	db_wanted wanted;
	const void *ctx;
};
enum err_code db_read_in_two(struct db *db, const struct db_scope *scope, const struct db_step *steps, size_t n,
			     const struct db_rounds *rounds, PGresult **ret_results, struct err *err) MUST_CHECK;
/* The same for one step. */
enum err_code db_read_one(struct db *db, const struct db_scope *scope, const struct statement *statement,
			  const char *const *values, PGresult **ret_result, struct err *err) MUST_CHECK;

/*
 * The steps of an implicit transaction without BEGIN (one Sync): for the look-up of a key, whose first step sets the scope.
 * Only for reading: retried once on a lost connection, like db_read().
 */
enum err_code db_peek(struct db *db, const struct db_step *steps, size_t n, PGresult **ret_results, struct err *err)
	MUST_CHECK;

/*
 * A write. `work` runs between BEGIN (READ COMMITTED) with the scope and COMMIT; it calls db_run(). When it returns an
 * error everything is rolled back and that error is returned, except that 40001, 40P01 and a connection lost before
 * COMMIT was sent run the whole of it again (at most 3 times): it must be repeatable. Success only where COMMIT said COMMIT.
 */
typedef enum err_code (*db_work)(struct db *db, void *ctx, struct err *err);
enum err_code db_write(struct db *db, const struct db_scope *scope, db_work work, void *ctx, struct err *err)
	MUST_CHECK;

/* The same, but everything is rolled back in the end: what would it do? */
enum err_code db_rehearse(struct db *db, const struct db_scope *scope, db_work work, void *ctx, struct err *err)
	MUST_CHECK;

/* One statement inside `work`. `ret_result` may be NULL. */
enum err_code db_run(struct db *db, const struct statement *statement, const char *const *values, PGresult **ret_result,
		     struct err *err) MUST_CHECK;
/* Several in one round trip inside `work`; stops at the first that fails. `ret_results` has n entries or is NULL. */
enum err_code db_run_all(struct db *db, const struct db_step *steps, size_t n, PGresult **ret_results, struct err *err)
	MUST_CHECK;
/*
 * Inside `work`: SAVEPOINT-free attempt for a statement whose failure is expected is not offered: write statements so that
 * they report by their rows (ON CONFLICT ON CONSTRAINT … DO NOTHING RETURNING).
 */

/* Of the last failure on this connection: SQLSTATE ("" if none), constraint name ("" if none), text for the log. */
const char *db_sqlstate(const struct db *db);
const char *db_constraint(const struct db *db);
const char *db_log_text(const struct db *db);

/* Prepares and describes every statement: errors in SQL, and types that the row writer does not know, stop the start. */
enum err_code db_check_statements(struct db *db, const struct statement *const *statements, size_t n, struct err *err)
	MUST_CHECK;

/* The connection itself, for COPY in mashctl and tests. Never keep it: it is replaced by a reconnect. */
PGconn *db_connection(struct db *db);

#endif
