/* Who may answer a sign-off, and when. */
#include <string.h>

#include "signoff/signoff.h"

#include "base/banned.h"

static enum err_code check_person(const struct sign_off_facts *facts, struct err *err)
{
	if (facts->asked_by_you)
		return err_set(err, ERR_FORBIDDEN, "",
			       "you asked for this yourself: two people are two people; somebody else answers");
	if (!facts->asked_you && !facts->is_manager)
		return err_set(err, ERR_FORBIDDEN, "",
			       facts->asked_somebody ? "this was asked of somebody else: they answer, or a manager in "
						       "their place"
						     : "this is a manager's to sign");
	if (strcmp(facts->part, "authorises") == 0 && !facts->is_qualified_manager)
		return err_set(err, ERR_FORBIDDEN, "", "only a social-work-qualified manager authorises a decision");
	return ERR_NONE;
}

static enum err_code check_stand_in(const struct sign_off_facts *facts, struct err *err)
{
	bool stands_in = facts->asked_somebody && !facts->asked_you;
	if (stands_in && !facts->has_stand_in_reason)
		return err_set(err, ERR_RULE_BROKEN, "/stand_in_reason",
			       "this was asked of somebody else: say why you answer in their place");
	if (!stands_in && facts->has_stand_in_reason)
		return err_set(err, ERR_RULE_BROKEN, "/stand_in_reason",
			       "you answer for yourself: there is nobody whose place you take");
	return ERR_NONE;
}

enum err_code sign_off_check(const struct sign_off_facts *facts, struct err *err)
{
	enum err_code code = check_person(facts, err);
	if (code != ERR_NONE)
		return code;
	if (strcmp(facts->state, "open") != 0)
		return err_set(err, ERR_WRONG_STATE, "", "this sign-off is %s; allowed now: nothing", facts->state);
	/* What came in since may speak against it: nobody agrees to what they cannot have weighed. */
	if (!facts->is_refusal && facts->takes_effect_on_referral && facts->triage_open)
		return err_set(
			err, ERR_WRONG_STATE, "",
			"the referral is to be screened, and has not been screened; allowed now: screen, refuse");
	return check_stand_in(facts, err);
}
