/* What makes feedback acceptable. */
#include <string.h>

#include "feedback/feedback.h"

#include "base/banned.h"

const char *feedback_content(const struct feedback_facts *facts)
{
	if (facts->not_given)
		return NULL;
	return facts->content == NULL && !facts->professional ? "receipt_only" : facts->content;
}

enum err_code feedback_check(const struct feedback_facts *facts, struct err *err)
{
	const char *content = feedback_content(facts);
	if (!facts->giver_found)
		return err_set(err, ERR_RULE_BROKEN, "/given_by", "there is no such member of staff here");
	if (facts->given_in_future)
		return err_set(err, ERR_RULE_BROKEN, "/given_at", "feedback cannot lie in the future");
	if (facts->given_before_decision)
		return err_set(err, ERR_RULE_BROKEN, "/given_at",
			       "feedback on the outcome cannot lie before the final decision");
	if (facts->says_anonymous && !facts->referrer_anonymous)
		return err_set(err, ERR_RULE_BROKEN, "/not_given_reason",
			       "the referrer of this referral is known: tell them, or say what else keeps you from it");
	if (facts->not_given)
		return ERR_NONE;
	if (content == NULL)
		return err_set(err, ERR_RULE_BROKEN, "/content",
			       "a professional is told the outcome, or there is a reason: say how much was told");
	if (strcmp(content, "receipt_only") == 0)
		return ERR_NONE;
	if (!facts->professional && !facts->has_content_reason)
		return err_set(err, ERR_RULE_BROKEN, "/content_reason",
			       "a member of the public is told only that it arrived: say why this one was told more");
	if (!facts->has_text)
		return err_set(err, ERR_RULE_BROKEN, "/text",
			       "say what the referrer was told, in the words meant for them");
	return ERR_NONE;
}
