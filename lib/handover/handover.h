/*
 * Out of hours: the hub offers a referral to duty, a named duty worker accepts it, the hub takes it back after opening (DOMAIN
 * section 3). Which follow-ups that meets and opens is the policy's; when duty is needed, lib/followup/out_of_hours.c's.
 */
#ifndef MASHD_HANDOVER_HANDOVER_H
#define MASHD_HANDOVER_HANDOVER_H

#include "call/call.h"

enum err_code handover_offer(struct call *call, struct err *err);
enum err_code handover_accept(struct call *call, struct err *err);
enum err_code handover_take_back(struct call *call, struct err *err);

/* The list that a referral nests: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const handover_of_referral;

/* rules.c: pure decisions. */
struct handover_facts {
	bool is_with_duty;  /* accepted for the hours that the hub is closed now or next, and not taken back */
	bool is_own;        /* by who takes the step */
	bool is_unreturned; /* accepted, be it for a night that is over, and not taken back */
	bool is_offered;    /* by the hub, and not accepted */
	bool is_owed;       /* out_of_hours_handover is open */
	bool is_closed;     /* the calendar, now */
	bool names_running; /* says which handover it takes over */
	bool takes_over;    /* which is the one that is unreturned */
	bool names_duty;    /* offered to somebody in particular */
	bool duty_fits;     /* who is a duty worker here, not disabled */
	bool in_future;     /* the moment of the step */
	bool before_receipt;
	bool before_acceptance;
	bool is_dated;            /* the step names its moment */
	const char *closed_until; /* the hub is closed at that moment, and opens then; NULL: open, or not known when */
};
/* Each ERR_RULE_BROKEN with place = JSON Pointer, or ERR_WRONG_STATE with what is allowed now. */
enum err_code handover_check_offer(const struct handover_facts *facts, struct err *err) MUST_CHECK;
enum err_code handover_check_acceptance(const struct handover_facts *facts, struct err *err) MUST_CHECK;
enum err_code handover_check_return(const struct handover_facts *facts, struct err *err) MUST_CHECK;

#endif
