/* Who may pause what, and for how long; what a waiver cannot end. Pure: no I/O, no clock. */
#ifndef MASHD_FOLLOWUP_RULES_H
#define MASHD_FOLLOWUP_RULES_H

#include <stdbool.h>

#include "base/err.h"
#include "followup/policy.h"

/* What the database says of the follow-up, by its own clock (sql/pause_facts.sql). */
struct pause_facts {
	bool is_paused;
	bool is_red;
	bool has_no_due;
	bool is_overdue;
	bool may_be_paused;     /* its rule and its bound leave time for a pause */
	bool bound_is_first;    /* it is the bound that leaves the least */
	bool until_is_past;     /* what was asked for */
	bool until_is_too_late; /* later than may be */
	const char *latest;     /* until when it may be paused, in words; NULL where the calendar ends before */
	const char *due;        /* when it is due, in words */
};

/*
 * ERR_WRONG_STATE or ERR_RULE_BROKEN where the follow-up may not be paused for this reason and so long (DOMAIN section 3: red
 * never is). `rule` NULL: the policy has none of its kind.
 */
enum err_code pause_check(const struct policy_rule *rule, const struct pause_facts *facts, const char *reason,
			  struct err *err) MUST_CHECK;

/* What the database says of a follow-up that is to be waived (sql/waiver_facts.sql). */
struct waiver_facts {
	const char *kind;
	bool is_screened; /* a screening has been recorded since it was opened */
	bool is_decided;  /* no child has to be decided any more, as closing sees it */
};

/*
 * ERR_WRONG_STATE where the waiver would let a referral out of everybody's sight that nobody has screened, or of which nobody
 * has decided: what is left without either has nothing open any more, and cannot be closed.
 */
enum err_code waiver_check(const struct waiver_facts *facts, struct err *err) MUST_CHECK;

#endif
