/*
 * Feedback (DOMAIN section 5): what the referrer was told of the outcome, or the lawful reason not to tell. Either meets
 * `feedback`. The agency sees what was told, never why nothing was.
 */
#ifndef MASHD_FEEDBACK_FEEDBACK_H
#define MASHD_FEEDBACK_FEEDBACK_H

#include "call/call.h"

enum err_code feedback_record(struct call *call, struct err *err);

/* The lists that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const feedback_of_referral;
extern const struct statement *const feedback_of_referral_for_agency;

/* rules.c: pure decisions. */
struct feedback_facts {
	const char *content; /* as sent, NULL: not said */
	bool not_given;      /* a lawful reason not to tell was given */
	bool says_anonymous; /* that was the reason */
	bool referrer_anonymous;
	bool has_content_reason;
	bool has_text;
	bool professional; /* the referrer is, and no member of the public */
	bool giver_found;  /* given_by is a member of staff here */
	bool given_in_future;
	bool given_before_decision; /* before every child had a final decision */
};
/* What counts where the body does not say: receipt_only for the public (DOMAIN); NULL: it must say, or nothing was told. */
const char *feedback_content(const struct feedback_facts *facts);
/* ERR_RULE_BROKEN with place = JSON Pointer. */
enum err_code feedback_check(const struct feedback_facts *facts, struct err *err) MUST_CHECK;

#endif
