/*
 * Closing a referral when nothing is left to do, and taking it up again. Whoever closes by another way (a withdrawal's answer)
 * or reopens by another (a decision that protects) writes it down here too.
 */
#ifndef MASHD_CLOSURE_CLOSURE_H
#define MASHD_CLOSURE_CLOSURE_H

#include "call/call.h"
#include "followup/followup.h"

enum err_code closure_close(struct call *call, struct err *err);
enum err_code closure_reopen(struct call *call, struct err *err);

/* A closure that a manager's answer to a withdrawal brings: `reason` sent_in_error or duplicate (then `duplicate_of`). */
enum err_code closure_withdrawn(struct call *call, const struct followup_change *change, const char *reason,
				const char *withdrawal, const char *duplicate_of, struct err *err) MUST_CHECK;
/*
 * A closed referral was taken up again in this transaction, which has changed its state and raised its version: writes it
 * down and tells the policy. `note` NULL: none. *ret_id, where not NULL, gets the id of the record.
 */
enum err_code closure_reopened(struct call *call, const struct followup_change *change, const char *reason,
			       const char *note, char ret_id[IDENT_SIZE], struct err *err) MUST_CHECK;

/* The lists that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const closure_of_referral;
extern const struct statement *const closure_reopenings_of_referral;

#endif
