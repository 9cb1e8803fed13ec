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

#endif
