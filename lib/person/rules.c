/* What makes a link to a person acceptable. */
#include "person/rules.h"

#include "base/banned.h"

/* What the link names must be there. */
static enum err_code check_names(const struct person_link_facts *facts, struct err *err)
{
	if (!facts->subject_found)
		return err_set(err, ERR_RULE_BROKEN, "/subject_id",
			       "no child and nobody in the household of this referral has this id");
	if (facts->by_other && facts->same_row)
		return err_set(err, ERR_RULE_BROKEN, "/same_as/subject_id",
			       "this is the same entry of the same referral");
	if (facts->by_other && !facts->other_found)
		return err_set(err, ERR_RULE_BROKEN, "/same_as",
			       "there is no such child or member of a household on that referral");
	if (facts->by_person && !facts->target_found)
		return err_set(err, ERR_RULE_BROKEN, "/person_id", "there is no such person");
	if (facts->by_person && facts->confirmed && facts->target_ended)
		return err_set(err, ERR_RULE_BROKEN, "/person_id",
			       "nobody is linked to this person any more: leave it out to begin a new one");
	return ERR_NONE;
}

enum err_code person_link_check(const struct person_link_facts *facts, struct err *err)
{
	enum err_code code = check_names(facts, err);
	if (code != ERR_NONE)
		return code;
	if (!facts->confirmed && facts->linked_to_target)
		return err_set(err, ERR_WRONG_STATE, "",
			       "staff have said that this is the person; allowed now: undo that link");
	if (!facts->confirmed)
		return ERR_NONE;
	if (facts->linked)
		return err_set(err, ERR_WRONG_STATE, "",
			       "this is linked to a person already; allowed now: undo that link");
	if (facts->other_child_is)
		return err_set(err, ERR_RULE_BROKEN, facts->by_person ? "/person_id" : "/same_as",
			       "another child of this referral is that person: two children are two persons");
	if (facts->numbers_differ && !facts->has_reason)
		return err_set(err, ERR_RULE_BROKEN, "/reason",
			       "the NHS numbers differ: say why it is the same person all the same");
	return ERR_NONE;
}

enum err_code person_undo_check(const struct person_undo_facts *facts, struct err *err)
{
	if (!facts->confirmed)
		return err_set(err, ERR_WRONG_STATE, "",
			       "only a confirmed link is undone; a rejection ends when the link is confirmed");
	if (facts->undone)
		return err_set(err, ERR_WRONG_STATE, "", "this link was undone already");
	return ERR_NONE;
}
