/*
 * The states of a referral and what leads from one to another: one table, compared by a test with the contract and the
 * database's constraint.
 */
#ifndef MASHD_REFERRAL_STATE_H
#define MASHD_REFERRAL_STATE_H

#include <stddef.h>

#include "base/err.h"

/* What can happen to a referral that its state has a say in. */
enum state_action {
	STATE_SCREEN,
	STATE_ATTEMPT_CONTACT,
	STATE_ACKNOWLEDGE,
	STATE_ADD_INFORMATION,
	STATE_DECIDE,            /* every child has a final decision now */
	STATE_DECIDE_NEXT_STEPS, /* a decision after which not every child has a final one */
	STATE_PROTECT,           /* a decision that protects a child: never refused (DOMAIN section 5) */
	STATE_CLOSE,
	STATE_WITHDRAW, /* a manager lets it go: sent in error, or a duplicate */
	STATE_REOPEN,
	STATE_ASSIGN,
	STATE_PROMOTE,
	STATE_HAND_OVER,
	STATE_PASS_ON,
	STATE_TRANSFER,
	STATE_RAISE_FLAG,
	STATE_ADD_CHILD,     /* by a correction: the new child has no decision yet */
	STATE_PROTECT_AGAIN, /* protection that takes the place of a final decision, which is to be made again */
	STATE_RATE_HIGHER,   /* a screening that puts a final decision in question, which is to be made again */
	STATE_LET_GO,        /* closing what another authority has */
	STATE_ACTION_COUNT,
};

/*
 * The state after `action` in `state`, as the table says. ERR_WRONG_STATE otherwise, with a detail that says what is allowed
 * now. The result has static lifetime.
 */
enum err_code state_after(const char *state, enum state_action action, const char **ret_state, struct err *err)
	MUST_CHECK;

/* The table's rows, for mashctl and tests: NULL past the end. */
struct state_row {
	const char *from;
	enum state_action action;
	const char *to;
};
const struct state_row *state_row(size_t index);
/* "screen", "attempt_contact", …: for messages and tests. */
const char *state_action_name(enum state_action action);

#endif
