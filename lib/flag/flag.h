/*
 * Flags: the stored fact that a follow-up went past its due instant. Raised by the sweep, or by the statement that ends a
 * follow-up too late (lib/followup); read and acknowledged here. Nobody can delete one. From the third breach of a referral on a
 * manager must sign what a practitioner plans.
 */
#ifndef MASHD_FLAG_FLAG_H
#define MASHD_FLAG_FLAG_H

#include "call/call.h"
#include "followup/followup.h"

enum err_code flag_list(struct call *call, struct err *err);
enum err_code flag_acknowledge(struct call *call, struct err *err);
enum err_code flag_acknowledge_many(struct call *call, struct err *err);
enum err_code flag_raise(struct call *call, struct err *err);
enum err_code flag_clear(struct call *call, struct err *err);

/* What people have raised on a referral has no object any more. The referral is locked, its version raised. */
enum err_code flag_cancel_manual(struct call *call, const struct followup_change *change, struct err *err) MUST_CHECK;

/*
 * A manager has signed the plan for a flag, or refused to: then the flag is as unacknowledged as before. In a transaction that
 * has locked the referral and raised its version.
 */
enum err_code flag_signed_off(struct call *call, const struct followup_change *change, const char *flag,
			      bool signed_off, struct err *err) MUST_CHECK;

/* The lists that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const flag_of_referral;

/* ---- rules.c: pure decisions ---- */

/* A referral that was late so often and is late again is not one person's to plan for. */
enum { FLAG_BREACHES_OF_ONE = 2 };

/* `breach_number`: the how-manieth breach of its referral; 0: none of one. */
bool flag_takes_manager(long long breach_number, bool by_manager);

#endif
