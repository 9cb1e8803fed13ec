/*
 * The sweep: writes down what the passing of time has done to follow-ups: raises the flags of each level that was reached,
 * warns, tells that a pause is over. A job of the daemon, and of mashctl. Any number of daemons may sweep one database at once.
 * It finds its work by one index, whatever else stands overdue, and never writes a referral. Each batch is one transaction: a
 * sweep that is killed leaves nothing half done.
 */
#ifndef MASHD_FOLLOWUP_SWEEP_H
#define MASHD_FOLLOWUP_SWEEP_H

#include <stddef.h>

#include "db/db.h"

enum { SWEEP_BATCH = 1000, SWEEP_KINDS_MAX = 16, SWEEP_KIND_SIZE = 32 };

/* The follow-ups of one kind, over all partnerships. */
struct sweep_kind {
	char kind[SWEEP_KIND_SIZE];
	long long open;
	long long overdue;
};

struct sweep_report {
	long long raised; /* flags, of all levels */
	struct sweep_kind kinds[SWEEP_KINDS_MAX];
	size_t n_kinds;
};

/*
 * One batch of one partnership: at most `limit` follow-ups (SWEEP_BATCH or fewer), those first that wait longest. *ret_seen
 * below `limit` says that nothing is left (that no other sweeper or request has in its hands).
 */
enum err_code followup_sweep(struct db *db, const struct db_scope *scope, unsigned limit, long long *ret_seen,
			     long long *ret_raised, struct err *err) MUST_CHECK;

/*
 * All partnerships, each until nothing is left; records when each was done. `now` as in struct db_scope. A partnership that
 * fails does not keep the others from being swept; the first failure is returned then, with *ret_report filled all the same.
 */
enum err_code followup_sweep_all(struct db *db, const char *now, struct sweep_report *ret_report, struct err *err)
	MUST_CHECK;

#endif
