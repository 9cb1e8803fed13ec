/* The answer to a post: what was taken in, what that opened, what may need clarification. */
#ifndef MASHD_REFERRAL_RECEIPT_H
#define MASHD_REFERRAL_RECEIPT_H

#include "referral/record.h"

/* For a referral that was just made: rows `first` to before `last` of SQL_referral_receive. Status 201, Location, ETag. */
void receipt_write_new(struct call *call, const struct record *record, const PGresult *rows, int first, int last);

/*
 * For one that is there already, to its agency: nobody else has references of its own. `outcome` existing (200) or
 * additional_information (201). Inside a transaction, after the content was kept.
 */
enum err_code receipt_write_known(struct call *call, const char *referral_id, const char *outcome,
				  const struct record *record, struct err *err) MUST_CHECK;

#endif
