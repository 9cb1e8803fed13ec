/* When was it discussed? DOMAIN section 5, and nothing else. */
#include <string.h>

#include "discussion/discussion.h"

#include "base/banned.h"

static bool one_of(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], text) == 0)
			return true;
	}
	return false;
}

static bool is_live(const char *method)
{
	static const char *const live[] = {"phone", "video", "in_person"};
	return one_of(method, live, sizeof live / sizeof *live);
}

static bool knows_directly(const char *counterpart)
{
	static const char *const direct[] = {"referrer", "person_with_direct_knowledge"};
	return one_of(counterpart, direct, sizeof direct / sizeof *direct);
}

enum err_code discussion_check(const struct discussion_facts *facts, struct err *err)
{
	if (!facts->holder_found)
		return err_set(err, ERR_RULE_BROKEN, "/held_by", "there is no such member of staff here");
	if (!facts->children_found)
		return err_set(err, ERR_RULE_BROKEN, "/children", "a child named here is not on this referral");
	if (facts->held_in_future)
		return err_set(err, ERR_RULE_BROKEN, "/held_at", "an attempt cannot lie in the future");
	if (facts->held_too_long_ago)
		return err_set(err, ERR_RULE_BROKEN, "/held_at", "an attempt this long ago can no longer be recorded");
	if (facts->held_before_receipt && !facts->held_within_working_day)
		return err_set(err, ERR_RULE_BROKEN, "/held_at",
			       "a consultation before the referral lies at most one working day before its receipt");
	return ERR_NONE;
}

bool discussion_counts(const struct discussion_facts *facts)
{
	if (strcmp(facts->result, "discussed") != 0 || !is_live(facts->method) || !knows_directly(facts->counterpart))
		return false;
	if (!facts->holder_may_discuss)
		return false;
	return !facts->held_before_receipt || facts->confirmed_no_topic_open;
}
