/* Who may hand what over, and when. */
#include "handover/handover.h"

#include "base/banned.h"

static enum err_code with_duty(const struct handover_facts *facts, struct err *err)
{
	return err_set(
		err, ERR_WRONG_STATE, "",
		"duty has this referral already; allowed now: %sacceptance by another duty worker, who names the "
		"running handover in 'takes_over'",
		facts->is_closed ? "" : "return, ");
}

enum err_code handover_check_offer(const struct handover_facts *facts, struct err *err)
{
	if (facts->is_with_duty)
		return with_duty(facts, err);
	if (facts->names_duty && !facts->duty_fits)
		return err_set(err, ERR_RULE_BROKEN, "/offered_to", "no duty worker here has that id");
	return ERR_NONE;
}

/* Who has it is relieved by somebody who knows of them: of two who take it unknowing one learns that the other has it. */
static enum err_code check_takeover(const struct handover_facts *facts, struct err *err)
{
	if (facts->names_running && !facts->takes_over)
		return err_set(
			err, ERR_WRONG_STATE, "",
			"'takes_over' names no running handover of this referral; allowed now: acceptance of what is "
			"offered, owed, or running as the referral's 'handovers' show it");
	/* Owed once more, because more was claimed: whoever accepts that has it, also who had it before. */
	if (!facts->is_with_duty || facts->is_owed)
		return ERR_NONE;
	if (facts->is_own)
		return err_set(err, ERR_WRONG_STATE, "",
			       "you have this referral already; allowed now: acceptance by another duty worker");
	return facts->takes_over ? ERR_NONE : with_duty(facts, err);
}

enum err_code handover_check_acceptance(const struct handover_facts *facts, struct err *err)
{
	enum err_code code = check_takeover(facts, err);
	if (code != ERR_NONE)
		return code;
	/* While the hub is closed duty takes what it must: protection does not wait for an offer. */
	if (!facts->is_with_duty && !facts->is_offered && !facts->is_owed && !facts->is_closed)
		return err_set(err, ERR_WRONG_STATE, "",
			       "the hub is open and has not offered this referral to duty; allowed now: offer");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/accepted_at", "a handover cannot be accepted in the future");
	if (facts->before_receipt)
		return err_set(err, ERR_RULE_BROKEN, "/accepted_at",
			       "a handover cannot be accepted before the referral was received");
	if (facts->before_acceptance)
		return err_set(err, ERR_RULE_BROKEN, "/accepted_at",
			       "a handover cannot be accepted before duty accepted the one that ends with it");
	return ERR_NONE;
}

enum err_code handover_check_return(const struct handover_facts *facts, struct err *err)
{
	if (!facts->is_unreturned)
		return err_set(err, ERR_WRONG_STATE, "",
			       "duty does not have this referral; allowed now: offer, acceptance");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/returned_at", "a referral cannot be taken back in the future");
	if (facts->before_acceptance)
		return err_set(err, ERR_RULE_BROKEN, "/returned_at",
			       "a referral cannot be taken back before duty accepted it");
	/* Nobody would have it for the rest of the night: not duty any more, and at the hub there is nobody. */
	if (facts->closed_until != NULL && facts->is_dated)
		return err_set(err, ERR_RULE_BROKEN, "/returned_at",
			       "the hub was closed then, and opened again at %s: until then duty had the referral",
			       facts->closed_until);
	if (facts->closed_until != NULL)
		return err_set(
			err, ERR_WRONG_STATE, "",
			"the hub is closed, and opens again at %s: until then duty has the referral; allowed now: "
			"acceptance by another duty worker",
			facts->closed_until);
	return ERR_NONE;
}
