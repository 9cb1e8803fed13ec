/* One follow-up that a request names by its id: for the handlers of this folder. */
#ifndef MASHD_FOLLOWUP_ONE_H
#define MASHD_FOLLOWUP_ONE_H

#include "followup/store.h"

/*
 * Inside call_write(): locks its referral, where it is of one, raises that one's version, and locks the follow-up. *ret_change
 * is what changes belong to, *ret_locked its row (lock_id.sql). ERR_NOT_FOUND, ERR_WRONG_STATE (`what`: "waived").
 */
enum err_code one_lock_open(struct call *call, const char *follow_up, const char *what,
			    struct followup_change *ret_change, PGresult **ret_locked, struct err *err) MUST_CHECK;

/* After the change: the referral's next due instant, and 201 with the follow-up as it is now. */
enum err_code one_reply(struct call *call, const struct followup_change *change, const char *follow_up, struct err *err)
	MUST_CHECK;

#endif
