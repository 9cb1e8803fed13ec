/*
 * A call before any referral: somebody asks the hub for advice, and no child need be named. A referral that comes of it within a
 * working day is linked to it; the consultation counts as the discussion where a practitioner confirms, after reading, that no
 * topic is open (DOMAIN section 5; lib/discussion judges).
 */
#ifndef MASHD_CONSULTATION_CONSULTATION_H
#define MASHD_CONSULTATION_CONSULTATION_H

#include "call/call.h"

enum err_code consultation_create(struct call *call, struct err *err);
enum err_code consultation_list(struct call *call, struct err *err);
enum err_code consultation_link(struct call *call, struct err *err);

/* The list that a referral nests: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const consultation_of_referral;

/* rules.c: pure decisions. */
struct consultation_facts {
	bool holder_found; /* a practitioner, manager or duty worker here */
	bool agency_found; /* or none was named */
	bool in_future;
	bool too_long_ago; /* more than the settings allow */
};
/* ERR_RULE_BROKEN with place = JSON Pointer. */
enum err_code consultation_check(const struct consultation_facts *facts, struct err *err) MUST_CHECK;

struct consultation_link_facts {
	bool referral_found;
	bool is_linked;
	bool other_agency;       /* a known one asked, and another one referred */
	bool after_receipt;      /* held then: no consultation, a discussion */
	bool within_working_day; /* at most one before receipt */
	bool confirms;           /* that no topic is open */
	bool too_long_ago;       /* to be recorded as a contact attempt still */
};
/* ERR_RULE_BROKEN with place = JSON Pointer, or ERR_WRONG_STATE. */
enum err_code consultation_check_link(const struct consultation_link_facts *facts, struct err *err) MUST_CHECK;
/* What came of the call, as a contact attempt says it: only one that was live was a discussion. */
const char *consultation_result(const char *method);

#endif
