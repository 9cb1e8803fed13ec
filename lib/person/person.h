/*
 * People: who the children and households of referrals are. Names on a referral are snapshots and stay as they were sent; rules
 * propose that two of them are one person (compare.h), as a signal and never a block, and staff link them or undo it.
 */
#ifndef MASHD_PERSON_PERSON_H
#define MASHD_PERSON_PERSON_H

#include "call/call.h"

enum err_code person_list_matches(struct call *call, struct err *err);
enum err_code person_link(struct call *call, struct err *err);
enum err_code person_undo_link(struct call *call, struct err *err);
enum err_code person_get(struct call *call, struct err *err);

/* Earlier referrals, for the record of one; parameters are partnership and referral. */
extern const struct statement *const person_earlier_of_referral;
/*
 * `"earlier_referrals":[…]` from the rows of that statement, null where nobody has looked yet. True where there are any: then
 * the topic `earlier_referral` may be offered (DOMAIN section 4).
 */
bool person_write_earlier(struct buf *out, const PGresult *rows);

/*
 * Inside a transaction that has locked the referral and raised its version: names, dates, numbers or addresses of the people
 * on it are not those any more that were compared. Whoever adds or corrects a child or a household calls this
 * (a new referral's first comparison is asked for by the statement that receives it).
 */
enum err_code person_changed(struct call *call, const char *referral, long long version, struct err *err) MUST_CHECK;

#endif
