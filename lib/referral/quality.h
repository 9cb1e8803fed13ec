/*
 * The rules behind x-quality that no schema can say: check digits and what must fit together (DOMAIN sections 4 and 6). Pure.
 * A breach is stored with the referral, never refused.
 */
#ifndef MASHD_REFERRAL_QUALITY_H
#define MASHD_REFERRAL_QUALITY_H

#include <stdbool.h>

#include "contract/contract.h"

/* For contract_load(). */
extern const struct quality_rule_row referral_quality_rules[];

/* NHS number: ten digits, the last a check digit (weights 10 to 2, modulus 11). NULL is not valid. */
bool quality_nhs_number(const char *text);
/*
 * Unique pupil number: a check letter and 12 digits, or 11 digits and a letter (temporary). The unknown codes UN1 to UN7 are
 * no identifier: false here, though the rule lets them pass.
 */
bool quality_upn(const char *text);

#endif
