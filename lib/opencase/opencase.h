/*
 * A child of a referral has an open case: the hub passes the referral to the worker whose case it is, who accepts it, or their
 * manager or duty does (DOMAIN section 3). Different children are different cases, each with an acceptance of its own; the same
 * children passed again supersede what was passed before. A discussion that is still owed goes along with it: it becomes the allocated worker's
 * once all children have gone over to workers who are staff here, and is never cancelled by the passing.
 */
#ifndef MASHD_OPENCASE_OPENCASE_H
#define MASHD_OPENCASE_OPENCASE_H

#include "call/call.h"

enum err_code opencase_pass(struct call *call, struct err *err);
enum err_code opencase_accept(struct call *call, struct err *err);

/* The list that a referral nests: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const opencase_of_referral;

/* rules.c: pure decisions. */
struct opencase_facts {
	bool children_found; /* all that were named are on the referral */
	bool names_worker;   /* who is staff here */
	bool worker_fits;    /* with that role, not disabled */
	bool was_passed;     /* to anybody */
	bool names_case;     /* the acceptance says which */
	bool case_found;     /* the one that it names, or the only one that waits */
	bool is_accepted;    /* that one was */
	bool passed_by_you;  /* that one, by whoever accepts now */
	bool is_worker;      /* whoever accepts does so as the allocated worker */
	bool is_superseded;  /* all of its children were passed again since */
	long long waiting;   /* how many are neither accepted nor superseded */
	bool in_future;      /* the moment of acceptance */
	bool before_passing;
};
/* Each ERR_RULE_BROKEN with place = JSON Pointer, or ERR_WRONG_STATE with what is allowed now. */
enum err_code opencase_check_passing(const struct opencase_facts *facts, struct err *err) MUST_CHECK;
enum err_code opencase_check_acceptance(const struct opencase_facts *facts, struct err *err) MUST_CHECK;
/* As whom somebody with these roles (enum role) accepts: the worker before their manager before duty; NULL: as nobody. */
const char *opencase_accepted_as(unsigned roles);

#endif
