/* When a referral may go, and when it has gone. */
#include "transfer/transfer.h"

#include "base/banned.h"

enum err_code transfer_check_decision(const struct transfer_facts *facts, struct err *err)
{
	if (facts->is_accepted)
		return err_set(err, ERR_WRONG_STATE, "",
			       "another authority has accepted this referral; allowed now: nothing, until it is "
			       "reopened, or more is sent");
	if (facts->replaces && !(facts->is_pending && facts->replaced_is_latest))
		return err_set(err, ERR_RULE_BROKEN, "/replaces", "no transfer with that id waits to be accepted");
	if (facts->is_pending && !facts->replaces)
		return err_set(
			err, ERR_WRONG_STATE, "",
			"a transfer of this referral waits to be accepted; allowed now: acceptance, a transfer that "
			"names that one in `replaces`");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/decided_at", "a transfer cannot be decided in the future");
	if (facts->before_receipt)
		return err_set(err, ERR_RULE_BROKEN, "/decided_at",
			       "a transfer cannot be decided before the referral was received");
	return ERR_NONE;
}

enum err_code transfer_check_acceptance(const struct transfer_facts *facts, struct err *err)
{
	if (!facts->is_pending)
		return err_set(err, ERR_WRONG_STATE, "",
			       facts->is_accepted
				       ? "the transfer of this referral is accepted already; allowed now: nothing"
				       : "no transfer of this referral waits to be accepted; allowed now: transfer");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/accepted_at", "a transfer cannot be accepted in the future");
	if (facts->before_decision)
		return err_set(err, ERR_RULE_BROKEN, "/accepted_at",
			       "a transfer cannot be accepted before it was decided");
	return ERR_NONE;
}
