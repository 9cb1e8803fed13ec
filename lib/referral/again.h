/* A post under a reference that its agency has used before. */
#ifndef MASHD_REFERRAL_AGAIN_H
#define MASHD_REFERRAL_AGAIN_H

#include "referral/record.h"

/*
 * The caller has locked the referral that owns record->agency_reference. The same content as before answers with the referral
 * it was sent for; other content about the same children is additional information on theirs: replied to, *ret_new false. Else
 * it is to be taken as a new referral, which the record then says itself: *ret_new true.
 */
enum err_code again_take(struct call *call, struct record *record, bool *ret_new, struct err *err) MUST_CHECK;

/*
 * What new content sets going on a referral, locked and now at `version`: what is open may get another time, triage begins again,
 * where a child came with it (`child_added`) that child is to be decided, and, where it claims that a child needs protection while
 * the hub is closed, duty has to take over. For a correction that makes such a claim as well.
 */
enum err_code again_follow_ups(struct call *call, const char *id, long long version, bool child_added, struct err *err)
	MUST_CHECK;

#endif
