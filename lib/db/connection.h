/*
 * Inside lib/db only: the connection's parts that its files share (connect.c, pipeline.c, failure.c, transaction.c,
 * check.c, batch_*.c). Nobody else includes this.
 */
#ifndef MASHD_DB_CONNECTION_H
#define MASHD_DB_CONNECTION_H

#include <stdint.h>

#include "db/db.h"

/* The last failure. `sqlstate` is empty where PostgreSQL said nothing. */
struct failure {
	bool lost;  /* the connection is gone */
	bool again; /* the whole transaction may be run again */
	char sqlstate[6];
	char constraint[64];
	char text[600];
};

/* The statements that this connection has prepared: an open hash of pointers. */
struct prepared {
	const struct statement **slots;
	size_t room; /* a power of two, or 0 */
	size_t count;
};

struct db {
	struct db_options options;
	PGconn *conn; /* NULL: not connected */
	struct prepared prepared;
	struct failure failure;

	unsigned connect_failures; /* in a row */
	uint64_t connect_after_ns; /* clock_monotonic_ns(): no attempt before this */

	unsigned warnings; /* that the server sent since the pipeline began */
	bool *prepares;    /* scratch of pipeline.c: which steps brought their Parse along */
	size_t prepares_room;

	const struct db_scope *scope; /* inside db_write(), else NULL */
	bool begun;                   /* BEGIN has gone out in this db_write() */
	struct db_step *steps;        /* scratch of transaction.c */
	PGresult **results;
	size_t steps_room;
};

/* ---- connect.c ---- */

/* Closes at once, without a word to the server; the next db_connect() starts anew. */
void db_drop(struct db *db);
/* What a statement may take before the server is held for dead, whatever the server's own timeouts do; 0: no limit. */
uint64_t db_wall_ns(const struct db *db);
/* Asks the server to stop what it does; waits for nothing. */
void db_cancel(struct db *db);
/* A random time below `ceiling_ms` milliseconds, in nanoseconds: so that those who met once don't meet again. */
uint64_t db_jitter_ns(uint64_t ceiling_ms);

bool prepared_has(const struct prepared *prepared, const struct statement *statement);
void prepared_add(struct prepared *prepared, const struct statement *statement);
void prepared_remove(struct prepared *prepared, const struct statement *statement);
void prepared_release(struct prepared *prepared);

/* ---- pipeline.c ---- */

enum pipeline_end {
	PIPELINE_OK,     /* every step succeeded */
	PIPELINE_FAILED, /* step `n_good` was refused, those behind it were not tried */
	PIPELINE_LOST,   /* the connection went: dropped */
};

struct pipeline {
	const struct db_step *steps;
	size_t n;
	PGresult **results; /* n entries; those of the good steps are filled, the others NULL. The caller clears them */
	size_t n_good;      /* steps that are known to have succeeded */
	uint64_t cancel_at_ns; /* 0: never; the statements are cancelled then (and the connection dropped after that) */
	bool cancelled;
	bool warned; /* a WARNING came along */
};

/*
 * Sends all steps with one Sync and reads all that comes back, preparing on the way. Needs a connection. On a failure
 * db->failure says why. Never blocks for ever: see db_wall_ns().
 */
enum pipeline_end pipeline_run(struct db *db, struct pipeline *pipeline);
/* True where the last step, a COMMIT, did commit. */
bool pipeline_has_committed(const struct pipeline *pipeline);
/* Ends what transaction there may be; drops the connection where that doesn't work. */
void pipeline_rollback(struct db *db);

/* ---- failure.c ---- */

void failure_clear(struct db *db);
void failure_lost(struct db *db, const char *what);
void failure_take(struct db *db, const PGresult *result, const char *statement);
/* Fills `err` from the last failure: no text of PostgreSQL in it. */
enum err_code failure_err(const struct db *db, struct err *err);
/* True where no single statement is to blame: connection, disk, memory, shutdown. */
bool failure_has_no_culprit(const struct db *db);

/* ---- transaction.c ---- */

extern const struct statement DB_BEGIN;
extern const struct statement DB_BEGIN_READ;
extern const struct statement DB_COMMIT;
extern const struct statement DB_ROLLBACK;

/* What a scope's step needs to live as long as the step. */
struct scope_values {
	const char *values[2];
};
/* The step that sets `scope`; `with_now` where `mashd.now` is to be set, or emptied, too. */
struct db_step scope_step(const struct db_scope *scope, bool with_now, struct scope_values *ret_values);
bool scope_has_now(const struct db_scope *scope);

#endif
