/* When taking note of a flag takes a manager. */
#include "flag/flag.h"

#include "base/banned.h"

bool flag_takes_manager(long long breach_number, bool by_manager)
{
	return breach_number > FLAG_BREACHES_OF_ONE && !by_manager;
}
