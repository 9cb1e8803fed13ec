/* Is a second post under the same reference about the same children, and who is who in it? Pure. */
#ifndef MASHD_REFERRAL_CHILDREN_H
#define MASHD_REFERRAL_CHILDREN_H

#include <jansson.h>
#include <stdbool.h>

/*
 * True where each child of the shorter list has a counterpart in the other. An NHS number or UPN that both state decides
 * alone (a faulty one states nothing); otherwise no date or name that both state differs, and one agrees. Names are compared
 * without case and outer spaces. A child that states none of these is nobody's counterpart and speaks neither for nor against:
 * lists of which one holds only such children do not match.
 */
bool children_match(const json_t *before, const json_t *after);

/*
 * Who of `before` is each child of `after`: ret_before[i] is the index, -1 where it is somebody else. Nobody is two; as many
 * find their counterpart as can, first by identifier, then where something agrees, then those of whom nothing is stated on
 * either side. Lists of at
 * most CHILDREN_MAX.
 */
enum { CHILDREN_MAX = 40 };
void children_pair(const json_t *before, const json_t *after, int ret_before[CHILDREN_MAX]);

/* Two of a household: the same names and date of birth; where neither states any of these, the same relationship. */
bool children_same_person(const json_t *a, const json_t *b);

#endif
