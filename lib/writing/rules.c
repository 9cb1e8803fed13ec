/* Which referral is confirmed in writing. */
#include "writing/writing.h"

#include "base/banned.h"

enum err_code writing_check(const struct writing_facts *facts, struct err *err)
{
	if (!facts->came_by_phone)
		return err_set(err, ERR_WRONG_STATE, "",
			       "only a referral by phone is confirmed in writing; allowed now: nothing");
	if (facts->is_confirmed)
		return err_set(err, ERR_WRONG_STATE, "",
			       "this referral is confirmed in writing already; allowed now: nothing");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/received_at", "a document cannot have arrived in the future");
	if (facts->before_receipt)
		return err_set(err, ERR_RULE_BROKEN, "/received_at",
			       "what confirms a call cannot have arrived before it");
	return ERR_NONE;
}
