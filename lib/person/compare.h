/*
 * Comparing people of new and changed referrals with those that are known: what search finds them by, and who may be the same
 * person, or a brother or sister. A job of the daemon: a post only notes that its referral waits. Any number of daemons may
 * compare at once. Writes nothing that it could not derive again.
 */
#ifndef MASHD_PERSON_COMPARE_H
#define MASHD_PERSON_COMPARE_H

#include "db/db.h"

/* At most `limit` referrals of one partnership that wait, the newest first; *ret_compared below it: no more wait. */
enum err_code person_compare(struct db *db, const struct db_scope *scope, unsigned limit, long long *ret_compared,
			     struct err *err) MUST_CHECK;

/*
 * Inside `work`, before it writes who somebody is or reads it to compare: from here to its end no other transaction of the
 * partnership does either. A job that had read a row before staff undid its link, and wrote after them, would put the link
 * back for a moment. Whoever locks referrals too locks them first.
 */
enum err_code person_lock_matches(struct db *db, const char *partnership, struct err *err) MUST_CHECK;

/*
 * Inside `work`, after person_lock_matches(), for referrals that are indexed already ("{id,…}"): derives their matches anew,
 * for what staff have just said about them.
 */
enum err_code person_compare_again(struct db *db, const char *partnership, const char *referrals, struct err *err)
	MUST_CHECK;

#endif
