/* When taking note of a flag takes a manager. */
#include "flag/flag.h"

#include "base/banned.h"

/* A referral that was late twice and is late again is not one person's to plan for. */
enum { BREACHES_OF_ONE = 2 };

bool flag_takes_manager(long long breach_number, bool by_manager)
{
	return breach_number > BREACHES_OF_ONE && !by_manager;
}
