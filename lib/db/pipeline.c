/*
 * A list of statements to the server and back in one round trip, in libpq's pipeline mode. Sending and reading are
 * interleaved (non-blocking): neither side can end up waiting for the other to empty its buffers. Decides nothing about
 * transactions and retries.
 */
#include "db/connection.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#include "base/banned.h"

/* Parameters that may pile up in libpq's buffer before the socket is served. */
enum { FLUSH_EVERY_BYTES = 256 * 1024 };

/* One run on its way. */
struct run {
	struct db *db;
	struct pipeline *pipeline;
	uint64_t wall_at_ns;
	bool eof;    /* the socket has ended; what was read before can still be looked at */
	bool failed; /* a step was refused, the rest of the results are "aborted" */
};

static void reserve_scratch(struct db *db, size_t n)
{
	if (n <= db->prepares_room)
		return;
	free(db->prepares);
	db->prepares = calloc(n, sizeof *db->prepares);
	if (db->prepares == NULL)
		abort();
	db->prepares_room = n;
}

/* Waits for the socket and returns what it is ready for; 0 where the server is held for dead. */
static short wait_io(struct run *run, short events)
{
	struct pipeline *p = run->pipeline;
	for (;;) {
		uint64_t now = clock_monotonic_ns();
		if (p->cancel_at_ns != 0 && !p->cancelled && now >= p->cancel_at_ns) {
			db_cancel(run->db);
			p->cancelled = true;
		}
		if (now >= run->wall_at_ns) {
			failure_lost(run->db, "no answer from the server in time");
			run->db->failure.again = false;
			return 0;
		}
		uint64_t until = run->wall_at_ns;
		if (p->cancel_at_ns != 0 && !p->cancelled && p->cancel_at_ns < until)
			until = p->cancel_at_ns;
		uint64_t wait_ms = (until - now) / 1000000 + 1;
		struct pollfd fd = {.fd = PQsocket(run->db->conn), .events = events};
		int n = poll(&fd, 1, wait_ms > 3600000 ? 3600000 : (int)wait_ms);
		if (n > 0)
			return fd.revents;
		if (n < 0 && errno != EINTR)
			return POLLIN; /* reading will say what is wrong */
	}
}

/* Sends what libpq has buffered, taking in what the server says meanwhile. False: give up. */
static bool flush(struct run *run)
{
	PGconn *conn = run->db->conn;
	while (!run->eof) {
		int left = PQflush(conn);
		if (left <= 0)
			return true; /* after a failed write the reason is there to be read */
		short ready = wait_io(run, POLLIN | POLLOUT);
		if (ready == 0)
			return false;
		if ((ready & ~POLLOUT) != 0 && PQconsumeInput(conn) == 0)
			run->eof = true;
	}
	return true;
}

static bool send_step(struct run *run, size_t i)
{
	struct db *db = run->db;
	const struct db_step *step = &run->pipeline->steps[i];
	const struct statement *statement = step->statement;
	db->prepares[i] = !prepared_has(&db->prepared, statement);
	if (db->prepares[i]) {
		if (PQsendPrepare(db->conn, statement->name, statement->text, 0, NULL) == 0)
			return false;
		prepared_add(&db->prepared, statement);
	}
	return PQsendQueryPrepared(db->conn, statement->name, statement->n_params, step->values, NULL, NULL, 0) != 0;
}

static size_t size_of(const struct db_step *step)
{
	size_t size = 0;
	if (step->values == NULL)
		return 0;
	for (int i = 0; i < step->statement->n_params; i++)
		size += step->values[i] == NULL ? 0 : strlen(step->values[i]);
	return size;
}

static bool send_all(struct run *run)
{
	PGconn *conn = run->db->conn;
	size_t unsent = 0;
	for (size_t i = 0; i < run->pipeline->n; i++) {
		if (!send_step(run, i))
			goto refused;
		unsent += size_of(&run->pipeline->steps[i]);
		if (unsent > FLUSH_EVERY_BYTES) {
			unsent = 0;
			if (!flush(run))
				return false;
		}
	}
	if (PQpipelineSync(conn) == 0)
		goto refused;
	return flush(run);
refused:
	failure_lost(run->db, PQerrorMessage(conn));
	return false;
}

/* The next thing that PQgetResult() has to say; NULL also where the server is held for dead. */
static PGresult *next_result(struct run *run)
{
	PGconn *conn = run->db->conn;
	while (!run->eof && PQisBusy(conn) != 0) {
		if (wait_io(run, POLLIN) == 0)
			return NULL;
		if (PQconsumeInput(conn) == 0)
			run->eof = true; /* what is missing now comes as an error from PQgetResult() */
	}
	return PQgetResult(conn);
}

/* The one result of a command and the NULL behind it. NULL: lost. */
static PGresult *command_result(struct run *run)
{
	PGresult *result = next_result(run);
	if (result == NULL) {
		if (!run->db->failure.lost)
			failure_lost(run->db, PQerrorMessage(run->db->conn));
		return NULL;
	}
	ExecStatusType status = PQresultStatus(result);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_FATAL_ERROR ||
	    status == PGRES_PIPELINE_ABORTED) {
		PGRESULT_AUTO PGresult *end = next_result(run);
		(void)end;
	}
	return result;
}

/* Looks at one result: true where it is good. */
static bool judge(struct run *run, const PGresult *result, const struct statement *statement)
{
	ExecStatusType status = PQresultStatus(result);
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return true;
	if (status == PGRES_PIPELINE_ABORTED && run->failed)
		return false;
	if (status == PGRES_FATAL_ERROR)
		failure_take(run->db, result, statement->name);
	else
		failure_lost(run->db, "an answer out of order");
	run->failed = true;
	return false;
}

/* Reads what belongs to one step. False: lost. */
static bool receive_step(struct run *run, size_t i)
{
	struct pipeline *p = run->pipeline;
	const struct statement *statement = p->steps[i].statement;
	if (run->db->prepares[i]) {
		PGRESULT_AUTO PGresult *prepared = command_result(run);
		if (prepared == NULL || !judge(run, prepared, statement))
			prepared_remove(&run->db->prepared, statement);
		if (prepared == NULL || run->db->failure.lost)
			return false;
	}
	PGRESULT_AUTO PGresult *result = command_result(run);
	if (result == NULL)
		return false;
	if (judge(run, result, statement)) {
		p->results[i] = result;
		p->n_good++;
		result = NULL;
	}
	return !run->db->failure.lost;
}

static bool receive_all(struct run *run)
{
	for (size_t i = 0; i < run->pipeline->n; i++)
		if (!receive_step(run, i))
			return false;
	PGRESULT_AUTO PGresult *sync = next_result(run);
	if (sync != NULL && PQresultStatus(sync) == PGRES_PIPELINE_SYNC)
		return true;
	/* A FATAL error can come here too: the server was shut down after the last statement. */
	if (sync != NULL && PQresultStatus(sync) == PGRES_FATAL_ERROR)
		failure_take(run->db, sync, "sync");
	if (!run->db->failure.lost)
		failure_lost(run->db, PQerrorMessage(run->db->conn));
	return false;
}

static enum pipeline_end finish(struct run *run, bool through)
{
	struct db *db = run->db;
	struct pipeline *p = run->pipeline;
	p->warned = db->warnings > 0;
	if (!through || PQexitPipelineMode(db->conn) == 0 || PQsetnonblocking(db->conn, 0) != 0) {
		if (!db->failure.lost)
			failure_lost(db, PQerrorMessage(db->conn));
		db_drop(db);
		return PIPELINE_LOST;
	}
	if (p->cancelled) {
		/* The request to cancel may still be under way and would hit whatever comes next. */
		db_drop(db);
		if (!run->failed && !pipeline_has_committed(p)) {
			failure_lost(db, "cancelled when it was just done");
			return PIPELINE_LOST;
		}
	}
	return run->failed ? PIPELINE_FAILED : PIPELINE_OK;
}

enum pipeline_end pipeline_run(struct db *db, struct pipeline *pipeline)
{
	assert(db->conn != NULL && pipeline->n > 0);
	uint64_t wall = db_wall_ns(db);
	uint64_t start = pipeline->cancel_at_ns == 0 ? clock_monotonic_ns() : pipeline->cancel_at_ns;
	struct run run = {.db = db, .pipeline = pipeline, .wall_at_ns = wall == 0 ? UINT64_MAX : start + wall};
	reserve_scratch(db, pipeline->n);
	failure_clear(db);
	db->warnings = 0;
	pipeline->n_good = 0;
	for (size_t i = 0; i < pipeline->n; i++)
		pipeline->results[i] = NULL;
	bool through = PQsetnonblocking(db->conn, 1) == 0 && PQenterPipelineMode(db->conn) == 1 && send_all(&run) &&
		       receive_all(&run);
	return finish(&run, through);
}

bool pipeline_has_committed(const struct pipeline *pipeline)
{
	/*
	 * After a failed statement COMMIT succeeds with the tag ROLLBACK. A WARNING can mean that there was no
	 * transaction, or that the wait for a standby was cut short.
	 */
	return pipeline->n_good == pipeline->n && !pipeline->warned &&
	       strcmp(PQcmdStatus(pipeline->results[pipeline->n - 1]), "COMMIT") == 0;
}

void pipeline_rollback(struct db *db)
{
	if (db->conn == NULL || PQtransactionStatus(db->conn) == PQTRANS_IDLE)
		return;
	struct failure reason = db->failure;
	struct db_step step = {&DB_ROLLBACK, NULL};
	PGRESULT_AUTO PGresult *result = NULL;
	struct pipeline pipeline = {.steps = &step, .n = 1, .results = &result};
	if (pipeline_run(db, &pipeline) == PIPELINE_FAILED)
		db_drop(db);
	db->failure = reason;
}
