/* Which consultations there can be, and which referral came of one. */
#include <string.h>

#include "consultation/consultation.h"

#include "base/banned.h"

enum err_code consultation_check(const struct consultation_facts *facts, struct err *err)
{
	if (!facts->holder_found)
		return err_set(err, ERR_RULE_BROKEN, "/held_by",
			       "no practitioner, manager or duty worker here has that id");
	if (!facts->agency_found)
		return err_set(err, ERR_RULE_BROKEN, "/agency_id", "there is no such agency here");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/held_at", "a consultation cannot lie in the future");
	if (facts->too_long_ago)
		return err_set(err, ERR_RULE_BROKEN, "/held_at",
			       "a consultation this long ago can no longer be recorded");
	return ERR_NONE;
}

enum err_code consultation_check_link(const struct consultation_link_facts *facts, struct err *err)
{
	if (!facts->referral_found)
		return err_set(err, ERR_RULE_BROKEN, "/referral_id", "there is no such referral here");
	if (facts->is_linked)
		return err_set(err, ERR_WRONG_STATE, "",
			       "this consultation is linked to that referral already; allowed now: nothing");
	if (facts->other_agency)
		return err_set(err, ERR_RULE_BROKEN, "/referral_id",
			       "another agency asked for that advice than the one that made this referral: what it "
			       "said does not stand for this one's discussion");
	if (facts->after_receipt)
		return err_set(err, ERR_RULE_BROKEN, "/referral_id",
			       "this was held after that referral was received: record it as a contact attempt");
	if (!facts->within_working_day)
		return err_set(err, ERR_RULE_BROKEN, "/referral_id",
			       "a consultation lies at most one working day before the receipt of its referral");
	if (facts->confirms && facts->too_long_ago)
		return err_set(err, ERR_RULE_BROKEN, "/confirmed_no_topic_open",
			       "a consultation this long ago can no longer be recorded as a discussion");
	return ERR_NONE;
}

const char *consultation_result(const char *method)
{
	bool written = strcmp(method, "email") == 0 || strcmp(method, "message") == 0;
	return written ? "written_reply" : "discussed";
}
