/* Closed lists of the Children in Need census (DOMAIN section 6). */
#ifndef MASHD_CENSUS_CODES_H
#define MASHD_CENSUS_CODES_H

#include <stdbool.h>

enum census_list {
	CENSUS_SOURCE,
	CENSUS_NEED,
	CENSUS_ETHNICITY,
	CENSUS_DISABILITY,
	CENSUS_ABUSE,
	CENSUS_FACTOR,
	CENSUS_CLOSURE,
	CENSUS_UPN_UNKNOWN,
	CENSUS_TRUTH, /* ReferralNFA in its six spellings */
	CENSUS_LISTS,
};

bool census_code_is_known(enum census_list list, const char *code);
/* The contract's M, F or U for Sex and the older GenderCurrent (1 male, 2 female, 0 and 9 not known); NULL otherwise. */
const char *census_sex(const char *code);

#endif
