/*
 * The batch writer: a thread with a connection of its own that commits many small writes at once. A worker does every step
 * up to authorise, hands over an item and moves on; the item's completion answers the client after one durable commit.
 *
 * Two legs in pipeline mode: BEGIN, per partnership the scope, per item its statement, Sync; all results are read and each
 * item's `between` turns its result into the second statement (the stored reply, say); then those and COMMIT, Sync. An item
 * that failed in the database is named by the pipeline, the batch is rolled back and run again without it; where several
 * shared the statement they run apart from the others, each with its own; after three rounds, or an error at COMMIT, items
 * run singly. 40001 and 40P01 run the whole batch again. Faults of connection or disk
 * have no culprit. Nothing about HTTP or referrals in here.
 */
#ifndef MASHD_DB_BATCH_H
#define MASHD_DB_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "db/db.h"

struct batch;

enum batch_outcome {
	BATCH_COMMITTED, /* durable */
	BATCH_DECLINED,  /* `between` said that the item needs the ordinary way; it left nothing behind */
	BATCH_FAILED, /* see err: ERR_BUSY, ERR_UNAVAILABLE, ERR_OUTCOME_UNKNOWN, ERR_INTERNAL; db's SQLSTATE in `sqlstate` */
};

/*
 * A statement of an item. Without a record it runs for this item alone, with its values. With one (a JSON object) it runs
 * once for all neighbours in the sorted batch that have the same scope, statement and leading values, at most
 * BATCH_SHARED_MAX of them: its last parameter is the JSON array of their records, and the rows of the result carry a
 * column `_item`, the index in that array, in ascending order (only the first statement's result is looked at). To start a
 * statement of many inserts costs PostgreSQL more than its rows do: for a referral, with six of them, about 1,000 µs alone,
 * and 330 where up to BATCH_SHARED_MAX share it.
 */
enum { BATCH_VALUES_MAX = 4, BATCH_SHARED_MAX = 16 };
struct batch_step {
	const struct statement *statement;
	const char *values[BATCH_VALUES_MAX]; /* without the last one where there is a record */
	const char *record;
};

struct batch_item {
	struct db_scope scope;
	/* Batches are sorted by partnership and this (agency and reference), so that locks are taken in one order. */
	const char *sort_key;
	/* An item waits for the next batch while one with an equal key (same partnership) is in this one. May be NULL. */
	const char *unique_keys[2];
	struct batch_step first;
	/*
	 * On the writer's thread, for the rows `row` to before `end` of the result of `first`, perhaps several times (rounds):
	 * fills ret_second (what it points at must live until `done`; a statement of NULL means that there is none) and returns
	 * true, or returns false to decline.
	 */
	bool (*between)(struct batch_item *item, const PGresult *result, int row, int end,
			struct batch_step *ret_second);
	/*
	 * Says that `first` has changed nothing whenever `between` declines (ON CONFLICT DO NOTHING met a row): then the batch
	 * simply goes on. Otherwise the batch is rolled back and run again without the item, which costs all others time.
	 */
	bool declines_clean;
	/* On the writer's thread, exactly once. After it the item belongs to nobody here. `err` is NULL unless BATCH_FAILED. */
	void (*done)(struct batch_item *item, enum batch_outcome outcome, const struct err *err, const char *sqlstate);
	/* private to the writer */
	struct batch_item *next;
	struct batch_step second;
	uint64_t key_hashes[2];
	bool alone; /* a statement that it shared has failed */
};

struct batch_options {
	struct db_options db;
	unsigned items_max;        /* of one batch: 64 */
	unsigned waiting_max;      /* further ones are refused with ERR_BUSY */
	unsigned batch_timeout_ms; /* a batch that takes longer is cancelled: 2,000 */
	/* After each batch, on the writer's thread: for metrics. May be NULL. */
	void (*on_batch)(void *ctx, unsigned items, unsigned long long ns);
	void *ctx;
};

enum err_code batch_start(const struct batch_options *options, struct batch **ret_batch, struct err *err) MUST_CHECK;
/* Never blocks for long. On success `done` will be called. */
enum err_code batch_submit(struct batch *batch, struct batch_item *item, struct err *err) MUST_CHECK;
/* Works off what waits, ends the thread, frees. */
void batch_free(struct batch *batch);

#endif
