/*
 * Re-timing what is open in a whole partnership, because its calendar or its policy is another one now. Referral by referral, some
 * in a transaction, each locked first, in the order of their ids, so that nobody waits for long: new times for what is open, then
 * whether duty has to take over, then the referral's version where anything changed. What was done stays done where it is
 * interrupted, and doing it again changes nothing. As a rehearsal nothing stays of it: that is what a dry-run is.
 */
#ifndef MASHD_FOLLOWUP_RETIME_OPEN_H
#define MASHD_FOLLOWUP_RETIME_OPEN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/ident.h"
#include "call/call.h"
#include "db/db.h"

/* A follow-up that would change: a row of SQL_followup_changed_now, as the contract's RetimedFollowUp. */
typedef void (*retime_told)(void *ctx, const PGresult *rows, int row);

struct retime_order {
	const struct db_scope *scope; /* of the partnership */
	struct policies *policies;
	const char *calendar; /* that counts from now on */
	/*
	 * What is another one now. A policy: it judges from now on what it has a rule for, and the referrals are those with such
	 * a follow-up that it does not judge yet. NULL: the calendar; each follow-up keeps the policy that judges it, and the
	 * referrals are those with something due after the instant `after`, or without a due instant, or handed to duty.
	 */
	const struct policy *policy;
	const char *after;
	const char *behind;  /* referral after which it goes on; NULL: from the first */
	int limit;           /* so many referrals; 0: RETIME_REFERRALS_MAX */
	unsigned budget_ms;  /* stops behind some referrals once so much time has passed; 0: never */
	const char *staff;   /* who caused it; NULL: the system */
	const char *request; /* request id, or NULL */
	/* A rehearsal; `prepare` comes first in each of its transactions, in which `calendar` may be made. */
	bool rehearse;
	db_work prepare;
	void *prepare_ctx;
	retime_told told; /* NULL: nobody wants to know */
	void *told_ctx;
};

enum { RETIME_REFERRALS_MAX = 100000, RETIME_KINDS_MAX = 64, RETIME_REHEARSAL_MS = 30000 };

/* Of follow-ups that were open or are: what became of them. */
struct retime_counts {
	char kind[64]; /* "": all kinds */
	long long earlier;
	long long later;
	long long timed;     /* they had no due instant */
	long long lost;      /* they have none any more */
	long long opened;    /* for duty to take over */
	long long cancelled; /* duty need not take over any more */
	long long unchanged;
};

struct retime_report {
	long long referrals; /* looked at */
	struct retime_counts all;
	struct retime_counts by_kind[RETIME_KINDS_MAX];
	size_t n_kinds;
	bool complete; /* there are no more; false where time ran out, or there are more than the order's limit */
	char got_to[IDENT_SIZE]; /* the last referral looked at; "": none */
};

/* Of those that have another due instant: earlier, later, timed and lost. */
long long retime_moved(const struct retime_counts *counts);

/*
 * In transactions of its own. ERR_BUSY where a referral was in other hands for too long. *ret_report tells what was done even
 * then.
 */
enum err_code followup_retime_open(struct db *db, const struct retime_order *order, struct retime_report *ret_report,
				   struct err *err) MUST_CHECK;
/* All of the order in the caller's transaction, for a policy; neither a rehearsal nor a budget. */
enum err_code followup_retime_inside(struct db *db, const struct retime_order *order, struct retime_report *ret_report,
				     struct err *err) MUST_CHECK;

/* How many open follow-ups a policy has no rule for: these stay as they are. */
enum err_code followup_without_rule(struct db *db, const struct db_scope *scope, const struct policy *policy,
				    long long *ret_count, struct err *err) MUST_CHECK;

/* ---- what a dry-run answers (retime_answer.c) ---- */

/*
 * The contract's members that the dry-runs share, without braces. Whoever may see no referral gets the counts alone: no items,
 * and no limit either, for there is nothing to turn pages of.
 */
struct retime_answer {
	struct call *call;
	bool named;       /* the caller may see whose they are */
	long limit;       /* items; 0: all */
	long n;           /* told so far */
	struct buf items; /* elements of a JSON array */
};
void retime_answer_begin(struct retime_answer *answer, struct call *call, long limit);
/* A retime_told. */
void retime_answer_add(void *answer, const PGresult *rows, int row);
/* Writes it to the reply's body. */
void retime_answer_write(const struct retime_answer *answer, const struct retime_report *report);
void retime_answer_release(struct retime_answer *answer);

#endif
