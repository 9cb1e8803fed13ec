/*
 * The timeline of one referral: its events in the order of the changes that they tell. Reads only; events are written by the
 * features whose changes they tell.
 */
#ifndef MASHD_TIMELINE_TIMELINE_H
#define MASHD_TIMELINE_TIMELINE_H

#include "call/call.h"

/*
 * getTimeline: the hub sees all events; an agency those of its own referrals that are meant for it, without staff. ERR_NOT_FOUND
 * for a referral that the caller may not see.
 */
enum err_code timeline_get(struct call *call, struct err *err);

#endif
