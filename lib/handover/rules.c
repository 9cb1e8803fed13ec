/* Who may hand what over, and when. */
#include "handover/handover.h"

#include "base/banned.h"

enum err_code handover_check_offer(const struct handover_facts *facts, struct err *err)
{
	if (facts->is_with_duty)
		return err_set(err, ERR_WRONG_STATE, "", "duty has this referral already; allowed now: return");
	if (facts->names_duty && !facts->duty_fits)
		return err_set(err, ERR_RULE_BROKEN, "/offered_to", "no duty worker here has that id");
	return ERR_NONE;
}

enum err_code handover_check_acceptance(const struct handover_facts *facts, struct err *err)
{
	if (facts->is_with_duty)
		return err_set(err, ERR_WRONG_STATE, "", "duty has this referral already; allowed now: return");
	/* While the hub is closed duty takes what it must: protection does not wait for an offer. */
	if (!facts->is_offered && !facts->is_owed && !facts->is_closed)
		return err_set(err, ERR_WRONG_STATE, "",
			       "the hub is open and has not offered this referral to duty; allowed now: offer");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/accepted_at", "a handover cannot be accepted in the future");
	if (facts->before_receipt)
		return err_set(err, ERR_RULE_BROKEN, "/accepted_at",
			       "a handover cannot be accepted before the referral was received");
	return ERR_NONE;
}

enum err_code handover_check_return(const struct handover_facts *facts, struct err *err)
{
	if (!facts->is_with_duty)
		return err_set(err, ERR_WRONG_STATE, "",
			       "duty does not have this referral; allowed now: offer, acceptance");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/returned_at", "a referral cannot be taken back in the future");
	if (facts->before_acceptance)
		return err_set(err, ERR_RULE_BROKEN, "/returned_at",
			       "a referral cannot be taken back before duty accepted it");
	return ERR_NONE;
}
