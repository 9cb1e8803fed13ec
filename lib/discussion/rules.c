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

/* Somebody said something: whoever was not reached, or declined, has clarified nothing. */
static bool brought_words(const char *result)
{
	static const char *const said[] = {"discussed", "written_reply"};
	return one_of(result, said, sizeof said / sizeof *said);
}

/* A reply in writing comes by a written way, and only where somebody could answer at once did nobody. */
static enum err_code check_method(const struct discussion_facts *facts, struct err *err)
{
	if (strcmp(facts->result, "written_reply") == 0 && is_live(facts->method))
		return err_set(err, ERR_RULE_BROKEN, "/method",
			       "a written reply comes by email or message; what was said live is `discussed`");
	if (strcmp(facts->result, "no_answer") == 0 && !is_live(facts->method))
		return err_set(err, ERR_RULE_BROKEN, "/method",
			       "in writing nobody is there to answer: what was sent is `message_left`");
	return ERR_NONE;
}

/* What is said of the topics must fit the result, and itself. */
static enum err_code check_words(const struct discussion_facts *facts, struct err *err)
{
	if (facts->confirmed_no_topic_open && strcmp(facts->result, "discussed") != 0)
		return err_set(err, ERR_RULE_BROKEN, "/confirmed_no_topic_open",
			       "that no topic is open can be confirmed of a discussion only");
	if (facts->confirmed_no_topic_open && facts->names_open_topic)
		return err_set(err, ERR_RULE_BROKEN, "/confirmed_no_topic_open",
			       "a topic named here is open or new: then it is not so that no topic is open");
	if (facts->resolved_place != NULL && !brought_words(facts->result))
		return err_set(err, ERR_RULE_BROKEN, facts->resolved_place,
			       "nothing was clarified: only `discussed` and `written_reply` resolve a topic");
	if (facts->says_understanding && !brought_words(facts->result))
		return err_set(err, ERR_RULE_BROKEN, "/shared_understanding",
			       "nothing was said: only `discussed` and `written_reply` show an understanding");
	return ERR_NONE;
}

enum err_code discussion_check(const struct discussion_facts *facts, struct err *err)
{
	if (!facts->holder_found)
		return err_set(err, ERR_RULE_BROKEN, "/held_by", "there is no such member of staff here");
	if (facts->holder_had_left)
		return err_set(err, ERR_RULE_BROKEN, "/held_by", "this member of staff had left by then");
	if (!facts->children_found)
		return err_set(err, ERR_RULE_BROKEN, "/children", "a child named here is not on this referral");
	if (facts->held_in_future)
		return err_set(err, ERR_RULE_BROKEN, "/held_at", "an attempt cannot lie in the future");
	if (facts->held_too_long_ago)
		return err_set(err, ERR_RULE_BROKEN, "/held_at", "an attempt this long ago can no longer be recorded");
	if (facts->held_before_receipt && !facts->held_within_working_day)
		return err_set(err, ERR_RULE_BROKEN, "/held_at",
			       "a consultation before the referral lies at most one working day before its receipt");
	enum err_code code = check_method(facts, err);
	return code == ERR_NONE ? check_words(facts, err) : code;
}

/* What speaks against counting it: a bit for each of `codes`, in their order. */
static unsigned against(const struct discussion_facts *facts)
{
	return (strcmp(facts->result, "discussed") != 0 ? 1U : 0) | (is_live(facts->method) ? 0 : 2U) |
	       (knows_directly(facts->counterpart) ? 0 : 4U) | (facts->holder_may_discuss ? 0 : 8U) |
	       (facts->held_before_receipt && !facts->confirmed_no_topic_open ? 16U : 0);
}

const char *discussion_why_not(const struct discussion_facts *facts, struct arena *arena)
{
	static const char *const codes[] = {"not_discussed", "not_live", "counterpart_not_direct",
					    "holder_not_practitioner", "held_before_receipt"};
	const char *text = "";
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		if ((against(facts) >> i & 1) != 0)
			text = arena_printf(arena, "%s%s%s", text, *text == '\0' ? "" : ",", codes[i]);
	}
	return arena_printf(arena, "{%s}", text);
}

bool discussion_counts(const struct discussion_facts *facts)
{
	return against(facts) == 0;
}
