/*
 * What can happen to a referral, as policies name it: one table. A rule of a policy opens on, is met by and is cancelled by these names
 * alone;
 * a feature raises them with followup_happened().
 */
#ifndef MASHD_FOLLOWUP_EVENTS_H
#define MASHD_FOLLOWUP_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

struct followup_event {
	const char *name; /* noun.verb */
	const char *meaning;
	bool meets_later;   /*
	 * Also what begins after it: a discussion meets every open `discuss` (DOMAIN section 5); a handover is offered and accepted
	 * before the hub closes, from when on it is owed.
	 */
	bool of_submission; /* of a post that was refused: there is no referral, and `resubmission` alone is about it */
	const char *cancels_as; /*
	 * Why a rule lets it cancel what it asks for: the referral is somebody else's from then on ("ours until accepted", DOMAIN
	 * section 3). NULL: the hub still owes what it owed.
	 */
};

/* The table: NULL past the end. */
const struct followup_event *followup_event(size_t index);
/* The row of a name; NULL where there is none. */
const struct followup_event *followup_event_find(const char *name);
/* The name that somebody may have meant; NULL where none is near. */
const char *followup_event_nearest(const char *name);

#endif
