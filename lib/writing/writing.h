/* The document that confirms a phone referral in writing (DOMAIN section 3: written_confirmation). */
#ifndef MASHD_WRITING_WRITING_H
#define MASHD_WRITING_WRITING_H

#include "call/call.h"

enum err_code writing_record(struct call *call, struct err *err);

/* The list that a referral nests: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const writing_of_referral;

/* rules.c: pure decisions. */
struct writing_facts {
	bool came_by_phone;
	bool is_confirmed; /* a document arrived already */
	bool in_future;    /* the moment of arrival */
	bool before_receipt;
};
/* ERR_WRONG_STATE, or ERR_RULE_BROKEN with place = JSON Pointer. */
enum err_code writing_check(const struct writing_facts *facts, struct err *err) MUST_CHECK;

#endif
