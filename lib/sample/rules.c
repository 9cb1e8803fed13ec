/* Who may read again what. */
#include "sample/sample.h"

#include "base/banned.h"

enum err_code review_check(const struct review_facts *facts, struct err *err)
{
	if (!facts->is_sampled)
		return err_set(err, ERR_WRONG_STATE, "",
			       "no sample has this referral in it that was not read again; allowed now: nothing");
	if (facts->screened_himself)
		return err_set(err, ERR_RULE_BROKEN, "",
			       "it is read again by somebody else than those who screened it");
	return ERR_NONE;
}
