/*
 * Inside lib/db only: one leg of a batch, as the steps of a pipeline and whose they are. Groups what may share a statement.
 * Decides nothing about failures: that is batch_run.c.
 */
#ifndef MASHD_DB_BATCH_LEG_H
#define MASHD_DB_BATCH_LEG_H

#include "base/buf.h"
#include "db/batch.h"
#include "db/connection.h"

/* Whose a step is, and what it points at. */
struct leg_part {
	size_t owners[BATCH_SHARED_MAX]; /* indexes of the items, ascending; not always neighbours (second leg) */
	size_t n_owners;                 /* 0: BEGIN, COMMIT, a scope */
	const char *values[BATCH_VALUES_MAX];
	struct buf records; /* the JSON array that becomes the last value; empty where the owner has no record */
	struct scope_values scope;
};

struct batch_leg {
	struct db_step *steps;
	PGresult **results;
	struct leg_part *parts; /* one per step */
	size_t n;
	size_t room;
	const struct db_scope *scope; /* in force at this point of the transaction; NULL: set it anew */
	bool with_now;                /* some item brings its own time: set, or empty, the clock with each scope */
};

/* For batches of up to `items_max`. */
struct batch_leg *batch_leg_new(size_t items_max);
void batch_leg_free(struct batch_leg *leg);

/* BEGIN and each item's first statement. The leg is empty before; the items outlive it. */
void batch_leg_build_first(struct batch_leg *leg, struct batch_item *const *items, size_t n);
/* The second statements, of those that have one, and COMMIT. `scope` is as the first leg has left it. */
void batch_leg_build_second(struct batch_leg *leg, struct batch_item *const *items, size_t n);
/* Empties it, results too. Keeps `scope`, and memory for the next leg unless a record was large. */
void batch_leg_clear(struct batch_leg *leg);

#endif
