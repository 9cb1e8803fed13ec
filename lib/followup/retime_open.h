/*
 * Re-timing what is open in a whole partnership after its calendar changed, each follow-up by the policy that judges it. Some
 * referrals at a time, each locked first, so that nobody waits for long; what was done stays done where it is interrupted,
 * and doing it again changes nothing. As a rehearsal nothing stays of it.
 */
#ifndef MASHD_FOLLOWUP_RETIME_OPEN_H
#define MASHD_FOLLOWUP_RETIME_OPEN_H

#include <stdbool.h>

#include "base/ident.h"
#include "call/call.h"
#include "db/db.h"

/* A follow-up whose due instant moved: a row of SQL_followup_changed_now, as the contract's RetimedFollowUp. */
typedef void (*retime_told)(void *ctx, const PGresult *rows, int row);

struct retime_order {
	const struct db_scope *scope; /* of the partnership */
	const struct house *house;
	const char *calendar; /* that counts from now on */
	const char *after;    /* only referrals with something due after this instant, or without a due instant */
	const char *reason;   /* calendar, policy */
	const char *staff;    /* who caused it; NULL: the system */
	const char *request;  /* request id, or NULL */
	const char *behind;   /* referral after which it goes on; NULL: from the first */
	unsigned budget_ms;   /* stops behind a referral once so much time has passed */
	/* A rehearsal; `prepare` comes first in each of its transactions, in which `calendar` may be made. */
	bool rehearse;
	db_work prepare;
	void *prepare_ctx;
	retime_told told; /* NULL: nobody wants to know */
	void *told_ctx;
};

struct retime_report {
	long long referrals; /* looked at */
	long long moved;     /* of follow-ups; the next four add up to it */
	long long earlier;
	long long later;
	long long timed;         /* they had no due instant */
	long long lost;          /* they have none any more */
	bool complete;           /* all were looked at; false where time ran out, or there are too many for one go */
	char got_to[IDENT_SIZE]; /* the last referral looked at; "": none */
};

enum { RETIME_REFERRALS_MAX = 100000 };

/* ERR_BUSY where a referral was in other hands for too long. *ret_report tells what was done even then. */
enum err_code followup_retime_open(struct db *db, const struct retime_order *order, struct retime_report *ret_report,
				   struct err *err) MUST_CHECK;

#endif
