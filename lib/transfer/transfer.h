/*
 * A referral goes to another authority: to which, to whom there, why. It is ours until that authority has accepted, and who did
 * so is recorded (DOMAIN section 3). One transfer waits at a time: where an authority declines, the next one names it.
 */
#ifndef MASHD_TRANSFER_TRANSFER_H
#define MASHD_TRANSFER_TRANSFER_H

#include "call/call.h"

enum err_code transfer_decide(struct call *call, struct err *err);
enum err_code transfer_accept(struct call *call, struct err *err);

/* The list that a referral nests: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const transfer_of_referral;

/* rules.c: pure decisions. */
struct transfer_facts {
	bool is_pending; /* the latest transfer waits to be accepted */
	bool replaces;   /* the decision names a transfer that it stands in for */
	bool replaced_is_latest;
	bool is_accepted; /* it was, for every child, and the referral was not reopened since, nor more sent */
	bool in_future;   /* the moment of the step */
	bool before_receipt;
	bool before_decision;
};
/* Each ERR_RULE_BROKEN with place = JSON Pointer, or ERR_WRONG_STATE with what is allowed now. */
enum err_code transfer_check_decision(const struct transfer_facts *facts, struct err *err) MUST_CHECK;
enum err_code transfer_check_acceptance(const struct transfer_facts *facts, struct err *err) MUST_CHECK;

#endif
