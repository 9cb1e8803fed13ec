/* What makes a screening acceptable. */
#include "screening/screening.h"

#include "base/banned.h"

enum err_code screening_check(const struct screening_facts *facts, struct err *err)
{
	if (facts->screened_in_future)
		return err_set(err, ERR_RULE_BROKEN, "/screened_at", "a screening cannot lie in the future");
	if (facts->screened_before_receipt)
		return err_set(err, ERR_RULE_BROKEN, "/screened_at",
			       "a screening cannot lie before the receipt of the referral");
	if (facts->has_second_person && !facts->second_person_fits)
		return err_set(err, ERR_RULE_BROKEN, "/agreed_by",
			       "the second person must be another practitioner or manager of this hub");
	/* DOMAIN section 4: only material topics demand a judgement; to say "not needed" against one takes two people. */
	if (!facts->clarification_needed && facts->has_material_topic && !facts->has_second_person)
		return err_set(
			err, ERR_RULE_BROKEN, "/agreed_by",
			"a material topic speaks for asking the referrer: to judge otherwise needs a second person");
	return ERR_NONE;
}
