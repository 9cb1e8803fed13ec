/*
 * Reads and writes as whole transactions: what goes around the caller's statements, and when all of it is run again.
 * A write has succeeded only where COMMIT answered COMMIT.
 */
#include "db/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/banned.h"

enum {
	READ_ATTEMPTS = 2,
	WRITE_ATTEMPTS = 3,
	AROUND = 3, /* BEGIN, scope, COMMIT */
	STEP_ASIDE_MS = 20,
	READ_STEPS_MAX = 64,
};

const struct statement DB_BEGIN = {.name = "db_begin", .text = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"};
const struct statement DB_BEGIN_READ = {.name = "db_begin_read",
					.text = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"};
const struct statement DB_COMMIT = {.name = "db_commit", .text = "COMMIT;"};
const struct statement DB_ROLLBACK = {.name = "db_rollback", .text = "ROLLBACK;"};

static const struct statement SCOPE = {
	.name = "db_scope", .text = "SELECT set_config('mashd.partnership', $1, true);", .n_params = 1};
static const struct statement SCOPE_NOW = {
	.name = "db_scope_now",
	.text = "SELECT set_config('mashd.partnership', $1, true), set_config('mashd.now', $2, true);",
	.n_params = 2};

static const struct db_scope no_scope;

bool scope_has_now(const struct db_scope *scope)
{
	return scope->now != NULL;
}

struct db_step scope_step(const struct db_scope *scope, bool with_now, struct scope_values *ret_values)
{
	ret_values->values[0] = scope->partnership == NULL ? "" : scope->partnership;
	ret_values->values[1] = scope_has_now(scope) ? scope->now : "";
	return (struct db_step){with_now ? &SCOPE_NOW : &SCOPE, ret_values->values};
}

static void reserve(struct db *db, size_t n)
{
	if (n <= db->steps_room)
		return;
	free(db->steps);
	free(db->results);
	db->steps = calloc(n, sizeof *db->steps);
	db->results = calloc(n, sizeof *db->results);
	if (db->steps == NULL || db->results == NULL)
		abort();
	db->steps_room = n;
}

static void clear_results(PGresult **results, size_t n)
{
	for (size_t i = 0; i < n; i++)
		db_result_auto_clear(&results[i]);
}

/* Gives `n` results from `first` on to the caller (who may not want them), clears the others of `total`. */
static void hand_over(struct db *db, size_t total, size_t first, size_t n, PGresult **ret_results)
{
	for (size_t i = 0; ret_results != NULL && i < n; i++) {
		ret_results[i] = db->results[first + i];
		db->results[first + i] = NULL;
	}
	clear_results(db->results, total);
}

/* What is read: the steps, and where they go in two rounds how. */
struct reading {
	const struct db_scope *scope; /* NULL: nothing around the steps */
	const struct db_step *steps;
	size_t n;
	const struct db_rounds *rounds; /* NULL: all in one */
	PGresult **results;
};

/* One round of `n` steps, which may begin the transaction or end it. */
static bool try_round(struct db *db, const struct reading *r, size_t first, size_t n, bool begins, bool ends)
{
	struct scope_values values;
	size_t total = 0;
	reserve(db, r->n + AROUND);
	if (begins) {
		db->steps[total++] = (struct db_step){&DB_BEGIN_READ, NULL};
		db->steps[total++] = scope_step(r->scope, scope_has_now(r->scope), &values);
	}
	size_t before = total;
	size_t places[READ_STEPS_MAX] = {0};
	for (size_t i = first; i < first + n; i++) {
		if (first > 0 && !r->rounds->wanted(r->rounds->ctx, r->results, i))
			continue;
		places[total - before] = i;
		db->steps[total++] = r->steps[i];
	}
	size_t ran = total - before;
	if (ends)
		db->steps[total++] = (struct db_step){&DB_COMMIT, NULL};
	struct pipeline pipeline = {.steps = db->steps, .n = total, .results = db->results};
	bool ok = pipeline_run(db, &pipeline) == PIPELINE_OK;
	for (size_t i = 0; ok && i < ran; i++) {
		r->results[places[i]] = db->results[before + i];
		db->results[before + i] = NULL;
	}
	clear_results(db->results, total);
	return ok;
}

static bool try_read(struct db *db, const struct reading *r)
{
	bool around = r->scope != NULL;
	size_t n_first = r->rounds == NULL ? r->n : r->rounds->n_first;
	bool ok = try_round(db, r, 0, n_first, around, around && n_first == r->n);
	if (ok && n_first < r->n)
		ok = try_round(db, r, n_first, r->n - n_first, false, around);
	if (!ok) {
		clear_results(r->results, r->n);
		pipeline_rollback(db);
	}
	return ok;
}

static enum err_code read_with_retry(struct db *db, const struct reading *r, struct err *err)
{
	assert(db->scope == NULL && r->n <= READ_STEPS_MAX);
	for (size_t i = 0; i < r->n; i++)
		r->results[i] = NULL;
	for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		enum err_code code = db_connect(db, err);
		if (code != ERR_NONE)
			return code;
		if (try_read(db, r))
			return ERR_NONE;
		if (!db->failure.again)
			break;
	}
	return failure_err(db, err);
}

enum err_code db_read(struct db *db, const struct db_scope *scope, const struct db_step *steps, size_t n,
		      PGresult **ret_results, struct err *err)
{
	const struct reading reading = {scope == NULL ? &no_scope : scope, steps, n, NULL, ret_results};
	return read_with_retry(db, &reading, err);
}

enum err_code db_read_in_two(struct db *db, const struct db_scope *scope, const struct db_step *steps, size_t n,
			     const struct db_rounds *rounds, PGresult **ret_results, struct err *err)
{
	assert(rounds->n_first > 0 && rounds->n_first <= n);
	const struct reading reading = {scope == NULL ? &no_scope : scope, steps, n, rounds, ret_results};
	return read_with_retry(db, &reading, err);
}

enum err_code db_read_one(struct db *db, const struct db_scope *scope, const struct statement *statement,
			  const char *const *values, PGresult **ret_result, struct err *err)
{
	return db_read(db, scope, &(struct db_step){statement, values}, 1, ret_result, err);
}

enum err_code db_peek(struct db *db, const struct db_step *steps, size_t n, PGresult **ret_results, struct err *err)
{
	const struct reading reading = {NULL, steps, n, NULL, ret_results};
	return read_with_retry(db, &reading, err);
}

enum err_code db_run_all(struct db *db, const struct db_step *steps, size_t n, PGresult **ret_results, struct err *err)
{
	assert(db->scope != NULL);
	for (size_t i = 0; ret_results != NULL && i < n; i++)
		ret_results[i] = NULL;
	/* After a failure nothing of this transaction can go on; the first reason stays. */
	if (db->conn == NULL || PQtransactionStatus(db->conn) == PQTRANS_INERROR)
		return failure_err(db, err);
	struct scope_values values;
	size_t total = 0;
	reserve(db, n + AROUND);
	if (!db->begun) {
		db->steps[total++] = (struct db_step){&DB_BEGIN, NULL};
		db->steps[total++] = scope_step(db->scope, scope_has_now(db->scope), &values);
		db->begun = true;
	}
	size_t first = total;
	memcpy(db->steps + total, steps, n * sizeof *steps);
	total += n;
	struct pipeline pipeline = {.steps = db->steps, .n = total, .results = db->results};
	if (pipeline_run(db, &pipeline) == PIPELINE_OK) {
		hand_over(db, total, first, n, ret_results);
		return ERR_NONE;
	}
	clear_results(db->results, total);
	return failure_err(db, err);
}

enum err_code db_run(struct db *db, const struct statement *statement, const char *const *values, PGresult **ret_result,
		     struct err *err)
{
	return db_run_all(db, &(struct db_step){statement, values}, 1, ret_result, err);
}

static enum err_code commit(struct db *db, struct err *err)
{
	struct db_step step = {&DB_COMMIT, NULL};
	PGRESULT_AUTO PGresult *result = NULL;
	struct pipeline pipeline = {.steps = &step, .n = 1, .results = &result};
	enum pipeline_end end = pipeline_run(db, &pipeline);
	if (pipeline_has_committed(&pipeline))
		return ERR_NONE;
	if (end == PIPELINE_FAILED)
		return failure_err(db, err); /* a deferred constraint, say: rolled back */
	if (end == PIPELINE_OK && !pipeline.warned)
		return err_set(err, ERR_INTERNAL, "", "The database rolled the change back.");
	db->failure.again = false;
	return err_set(err, ERR_OUTCOME_UNKNOWN, "",
		       "The connection to the database was lost while it was storing this.");
}

/* One attempt; db->failure.again says afterwards whether another one makes sense. */
static enum err_code try_write(struct db *db, bool keep, db_work work, void *ctx, struct err *err)
{
	failure_clear(db);
	db->begun = false;
	enum err_code code = work(db, ctx, err);
	/* A failure that `work` passed over is a failure still: COMMIT would say ROLLBACK. */
	if (code == ERR_NONE && (db->failure.lost || db->failure.sqlstate[0] != '\0'))
		code = failure_err(db, err);
	if (code != ERR_NONE || !keep)
		pipeline_rollback(db);
	else if (db->begun)
		code = commit(db, err);
	return code;
}

/*
 * Whoever lost a deadlock lets the others through before it comes back: at once, it could take again what the other one is
 * about to get, and both would meet as before (seen on a busy machine, three times in a row).
 */
static void step_aside(const struct db *db, int attempt)
{
	if (db->failure.lost)
		return;
	uint64_t ns = db_jitter_ns((uint64_t)STEP_ASIDE_MS << attempt);
	const struct timespec pause = {.tv_sec = 0, .tv_nsec = (long)ns};
	(void)nanosleep(&pause, NULL);
}

static enum err_code write_with_retry(struct db *db, const struct db_scope *scope, bool keep, db_work work, void *ctx,
				      struct err *err)
{
	assert(db->scope == NULL);
	for (int attempt = 1;; attempt++) {
		enum err_code code = db_connect(db, err);
		if (code != ERR_NONE)
			return code;
		db->scope = scope == NULL ? &no_scope : scope;
		code = try_write(db, keep, work, ctx, err);
		db->scope = NULL;
		if (code == ERR_NONE || !db->failure.again || attempt == WRITE_ATTEMPTS)
			return code;
		step_aside(db, attempt);
	}
}

enum err_code db_write(struct db *db, const struct db_scope *scope, db_work work, void *ctx, struct err *err)
{
	return write_with_retry(db, scope, true, work, ctx, err);
}

enum err_code db_rehearse(struct db *db, const struct db_scope *scope, db_work work, void *ctx, struct err *err)
{
	return write_with_retry(db, scope, false, work, ctx, err);
}
