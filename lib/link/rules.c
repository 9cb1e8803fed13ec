/* Which links make sense, and when one is confirmed or taken back. */
#include "link/link.h"

#include "base/banned.h"

enum err_code link_check(const struct link_facts *facts, struct err *err)
{
	if (facts->to_itself)
		return err_set(err, ERR_RULE_BROKEN, "/referral_id", "a referral is not linked to itself");
	if (!facts->other_found)
		return err_set(err, ERR_RULE_BROKEN, "/referral_id", "there is no such referral here");
	if (facts->linked_already)
		return err_set(err, ERR_ALREADY_EXISTS, "/referral_id", "the two are linked in this way already");
	if (facts->is_duplicate && facts->is_duplicate_of)
		return err_set(
			err, ERR_RULE_BROKEN, "/kind",
			"this one stands as the duplicate of another referral already; take that link back first");
	/* Chains could close to a ring, and then none of its referrals would be left to count. */
	if (facts->is_duplicate && facts->other_is_duplicate)
		return err_set(err, ERR_RULE_BROKEN, "/referral_id",
			       "that one is itself a duplicate: link to the referral that it repeats");
	/* The same chain, begun at its other end. */
	if (facts->is_duplicate && facts->has_duplicates)
		return err_set(err, ERR_RULE_BROKEN, "/kind",
			       "others stand as duplicates of this one: take those links back first, and link them to "
			       "the referral that goes on");
	return ERR_NONE;
}

enum err_code link_check_duplicate(const struct link_facts *facts, struct err *err)
{
	if (facts->is_duplicate_of)
		return err_set(
			err, ERR_RULE_BROKEN, "/duplicate_of",
			"this one is linked as the duplicate of another referral already; take that link back first");
	if (facts->other_is_duplicate)
		return err_set(err, ERR_RULE_BROKEN, "/duplicate_of",
			       "that referral is linked as a duplicate itself: name the one that goes on");
	if (facts->has_duplicates)
		return err_set(
			err, ERR_RULE_BROKEN, "/duplicate_of",
			"others are linked as duplicates of this one: take those links back first, and link them "
			"to the referral that goes on");
	return ERR_NONE;
}

enum err_code link_check_removal(const struct link_standing *standing, struct err *err)
{
	if (standing->is_taken_back)
		return err_set(err, ERR_WRONG_STATE, "", "this link was taken back; allowed now: a new link");
	return ERR_NONE;
}

enum err_code link_check_confirmation(const struct link_standing *standing, struct err *err)
{
	enum err_code code = link_check_removal(standing, err);
	if (code != ERR_NONE)
		return code;
	if (!standing->is_duplicate)
		return err_set(err, ERR_WRONG_STATE, "",
			       "only a duplicate waits to be confirmed; allowed now: removal");
	if (standing->is_confirmed)
		return err_set(err, ERR_WRONG_STATE, "", "this duplicate is confirmed already; allowed now: removal");
	return ERR_NONE;
}
