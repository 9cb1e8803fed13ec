/* Is a second post under the same reference about the same children? Pure. */
#ifndef MASHD_REFERRAL_CHILDREN_H
#define MASHD_REFERRAL_CHILDREN_H

#include <jansson.h>
#include <stdbool.h>

/*
 * True where each child of the shorter list has a counterpart in the other: no fact (NHS number, UPN, dates, names, sex)
 * that both state differs, and one agrees or one of them states none. Names are compared without case and outer spaces.
 */
bool children_match(const json_t *before, const json_t *after);

#endif
