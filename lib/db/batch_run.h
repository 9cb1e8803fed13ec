/* Inside lib/db only: one batch on its way through the database. batch.c decides what is in it. */
#ifndef MASHD_DB_BATCH_RUN_H
#define MASHD_DB_BATCH_RUN_H

#include "db/batch.h"
#include "db/connection.h"

struct batch_leg;

/* What the writer's thread keeps from batch to batch. */
struct batch_run {
	struct db *db;
	unsigned timeout_ms;
	uint64_t down_since_ns; /* no connection since then; 0: there is one */
	uint64_t give_up_ns;    /* this batch's last moment */
	struct batch_leg *leg;
};

void batch_run_init(struct batch_run *run, const struct batch_options *options);
void batch_run_release(struct batch_run *run);
/* Brings every item to its end: each one's done() is called exactly once. Clobbers `items`. */
void batch_run_items(struct batch_run *run, struct batch_item **items, size_t n);

#endif
