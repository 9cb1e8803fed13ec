/* See rules.h. The order of the refusals: what the follow-up is, what its rule allows, what was asked for. */
#include "followup/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static enum err_code check_state(const struct policy_rule *rule, const struct pause_facts *facts, struct err *err)
{
	if (facts->is_red)
		return err_set(err, ERR_WRONG_STATE, "", "this referral is red, and red is never paused");
	if (rule == NULL || rule->pause_reasons == NULL)
		return err_set(err, ERR_RULE_BROKEN, "", "the policy allows no pause of this kind of follow-up");
	if (facts->is_paused)
		return err_set(err, ERR_WRONG_STATE, "", "this follow-up is paused already; allowed now: resume");
	if (facts->has_no_due)
		return err_set(err, ERR_WRONG_STATE, "",
			       "this follow-up has no due instant, so that there is nothing to pause");
	if (facts->is_overdue)
		return err_set(err, ERR_WRONG_STATE, "",
			       "this follow-up was due on %s, and what is overdue is not paused", facts->due);
	return ERR_NONE;
}

static enum err_code check_reason(const struct policy_rule *rule, const char *reason, struct err *err)
{
	char listed[400] = "";
	size_t used = 0;
	for (size_t i = 0; rule->pause_reasons[i] != NULL; i++) {
		if (strcmp(rule->pause_reasons[i], reason) == 0)
			return ERR_NONE;
		if (used >= sizeof listed)
			continue;
		int n = snprintf(listed + used, sizeof listed - used, "%s%s", i == 0 ? "" : ", ",
				 rule->pause_reasons[i]);
		used += n > 0 ? (size_t)n : 0;
	}
	return err_set(err, ERR_RULE_BROKEN, "/reason", "the policy lists these reasons for a pause: %s", listed);
}

enum err_code pause_check(const struct policy_rule *rule, const struct pause_facts *facts, const char *reason,
			  struct err *err)
{
	enum err_code code = check_state(rule, facts, err);
	if (code == ERR_NONE)
		code = check_reason(rule, reason, err);
	if (code != ERR_NONE)
		return code;
	if (facts->latest == NULL)
		return err_set(err, ERR_WRONG_STATE, "",
			       "the calendar ends too soon: nobody can say until when this follow-up may be paused");
	if (!facts->may_be_paused)
		return err_set(err, ERR_RULE_BROKEN, "",
			       facts->bound_is_first
				       ? "its bound leaves this follow-up no time for a pause"
				       : "this follow-up has been paused for as long as the policy allows");
	if (facts->until_is_past)
		return err_set(err, ERR_RULE_BROKEN, "/until", "a pause cannot end in the past");
	if (facts->until_is_too_late)
		return err_set(err, ERR_RULE_BROKEN, "/until", "this follow-up may be paused until %s at the latest%s",
			       facts->latest, facts->bound_is_first ? ", because it is never due after that" : "");
	return ERR_NONE;
}

enum err_code waiver_check(const struct waiver_facts *facts, struct err *err)
{
	if (strcmp(facts->kind, "triage") == 0 && !facts->is_screened)
		return err_set(
			err, ERR_WRONG_STATE, "",
			"nobody has screened this referral since its triage was opened: a screening ends that, or the "
			"answer to a withdrawal, not a waiver; allowed now: screen");
	if (strcmp(facts->kind, "decide_outcome") == 0 && !facts->is_decided)
		return err_set(
			err, ERR_WRONG_STATE, "",
			"not every child of this referral has a final decision in effect: that ends what is owed, or "
			"the answer to a withdrawal, not a waiver; allowed now: decide");
	return ERR_NONE;
}
