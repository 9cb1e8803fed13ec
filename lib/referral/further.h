/*
 * What a further post adds to a referral that is there already: who joins its record, and how everything reads that was said
 * so far. Pure.
 */
#ifndef MASHD_REFERRAL_FURTHER_H
#define MASHD_REFERRAL_FURTHER_H

#include <jansson.h>
#include <stddef.h>

#include "referral/children.h"

/* DOMAIN section 4: how many a record holds. */
enum { HOUSEHOLD_MAX = 60 };

struct further {
	json_t *joining;                /* those of the post who are not in the record yet; borrowed from nobody */
	size_t left_out[HOUSEHOLD_MAX]; /* and those who would be, were there room: their places in the post */
	size_t n_left_out;
};

/* `known` as they stand in the record, `sent` as they stand in the post. Released with further_release(). */
void further_children(const json_t *known, const json_t *sent, struct further *ret_further);
void further_household(const json_t *known, const json_t *sent, struct further *ret_further);
void further_release(struct further *further);
#define FURTHER_AUTO __attribute__((cleanup(further_release)))

/*
 * The record as it reads with all documents laid on top of each other, the oldest first: what topics are offered from. What is
 * said later stands above what was said before; silence covers nothing (no value, an empty one, an answer `not_asked`), and a
 * claim that protection is needed now stays. Concerns are all kept. Begins with the people of the record; owned by the caller.
 */
json_t *further_view(const json_t *children, const json_t *household);
void further_lay(json_t *view, const json_t *body);

#endif
