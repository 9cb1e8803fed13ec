/*
 * Strategy discussions: when one was held and who was there. It meets the follow-up that a decision under section 47 opened, and
 * complies only with social care, police and health present (DOMAIN section 8: 1.7).
 */
#ifndef MASHD_STRATEGY_STRATEGY_H
#define MASHD_STRATEGY_STRATEGY_H

#include "call/call.h"

enum err_code strategy_record(struct call *call, struct err *err);

/* The list that a referral nests: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const strategy_of_referral;

/* rules.c: pure decisions. */
struct strategy_facts {
	bool chair_found; /* a practitioner, manager or duty worker here */
	bool children_found;
	bool in_future;
	bool before_receipt;
};
/* ERR_RULE_BROKEN with place = JSON Pointer. */
enum err_code strategy_check(const struct strategy_facts *facts, struct err *err) MUST_CHECK;

/* Which of social care, police and health none of `present` ([{agency, …}]) comes from; returns how many. */
enum { STRATEGY_REQUIRED = 3 };
size_t strategy_missing(const json_t *present, const char *ret_missing[STRATEGY_REQUIRED]);

#endif
