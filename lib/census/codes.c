/* The lists, as the census writes them: words between spaces. */
#include "census/codes.h"

#include <string.h>

#include "base/banned.h"

static const char *const lists[CENSUS_LISTS] = {
	[CENSUS_SOURCE] = " 1A 1B 1C 1D 2A 2B 3A 3B 3C 3D 3E 3F 4 5A 5B 5C 5D 6 7 8 9 10 ",
	[CENSUS_NEED] = " N0 N1 N2 N3 N4 N5 N6 N7 N8 N9 ",
	[CENSUS_ETHNICITY] =
		" WBRI WIRI WIRT WOTH WROM MWBC MWBA MWAS MOTH AIND APKN ABAN AOTH BCRB BAFR BOTH CHNE OOTH "
		"REFU NOBT ",
	[CENSUS_DISABILITY] = " NONE MOB HAND PC INC COMM LD HEAR VIS BEH CON AUT DDA ",
	[CENSUS_ABUSE] = " NEG PHY SAB EMO MUL ",
	[CENSUS_FACTOR] = " 1A 1B 1C 2A 2B 2C 3A 3B 3C 4A 4B 4C 5A 5B 5C 6A 6B 6C 7A 8B 8C 8D 8E 8F 9A 10A 11A 12A 13A "
			  "14A 15A 16A 17A 18B 18C 19B 19C 20 21 22A 23A 24A ",
	[CENSUS_CLOSURE] = " RC1 RC2 RC3 RC4 RC5 RC6 RC7 RC8 RC9 ",
	[CENSUS_UPN_UNKNOWN] = " UN1 UN2 UN3 UN4 UN5 UN6 UN7 ",
	[CENSUS_TRUTH] = " true false TRUE FALSE 0 1 ",
};

bool census_code_is_known(enum census_list list, const char *code)
{
	size_t length = strlen(code);
	if (length == 0 || strchr(code, ' ') != NULL)
		return false;
	for (const char *at = lists[list]; (at = strstr(at, code)) != NULL; at++) {
		if (at[-1] == ' ' && at[length] == ' ')
			return true;
	}
	return false;
}

const char *census_sex(const char *code)
{
	static const char *const pairs[][2] = {{"M", "M"}, {"F", "F"}, {"U", "U"}, {"1", "M"},
					       {"2", "F"}, {"0", "U"}, {"9", "U"}};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		if (strcmp(pairs[i][0], code) == 0)
			return pairs[i][1];
	}
	return NULL;
}
