/*
 * Flags: the stored fact that a follow-up went past its due instant. Raised by the sweep, or by the statement that ends a
 * follow-up too late (lib/followup); read and acknowledged here. Nobody can delete one.
 */
#ifndef MASHD_FLAG_FLAG_H
#define MASHD_FLAG_FLAG_H

#include "call/call.h"

enum err_code flag_list(struct call *call, struct err *err);
enum err_code flag_acknowledge(struct call *call, struct err *err);

/* The lists that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const flag_of_referral;

#endif
