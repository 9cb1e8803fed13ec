/* Is a second post under the same reference about the same children? Pure. */
#ifndef MASHD_REFERRAL_CHILDREN_H
#define MASHD_REFERRAL_CHILDREN_H

#include <jansson.h>
#include <stdbool.h>

/*
 * True where each child of the shorter list has a counterpart in the other. An NHS number or UPN that both state decides
 * alone (a faulty one states nothing); otherwise no date or name that both state differs, and one agrees or one of the two
 * children states none at all. Names are compared without case and outer spaces.
 */
bool children_match(const json_t *before, const json_t *after);

#endif
