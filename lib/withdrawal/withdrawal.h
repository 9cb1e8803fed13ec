/*
 * Withdrawals (DOMAIN section 5): an agency asks for its referral back, a manager answers. Nothing stops in between, and only
 * the answer can close the referral.
 */
#ifndef MASHD_WITHDRAWAL_WITHDRAWAL_H
#define MASHD_WITHDRAWAL_WITHDRAWAL_H

#include "call/call.h"

enum err_code withdrawal_request(struct call *call, struct err *err);
enum err_code withdrawal_answer(struct call *call, struct err *err);

/* The lists that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const withdrawal_of_referral;
extern const struct statement *const withdrawal_of_referral_for_agency;

#endif
