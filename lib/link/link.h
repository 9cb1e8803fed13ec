/*
 * Links between two referrals: the same child, a sibling, a duplicate. Staff record them with a reason; both records show
 * them. Nothing is deleted: a link that is taken back has an end. A duplicate is one in the figures only from the moment that
 * a manager has confirmed it (DOMAIN section 7).
 */
#ifndef MASHD_LINK_LINK_H
#define MASHD_LINK_LINK_H

#include "call/call.h"

enum err_code link_create(struct call *call, struct err *err);
enum err_code link_confirm(struct call *call, struct err *err);
enum err_code link_remove(struct call *call, struct err *err);

/* Locks two referrals in the order that everybody keeps: two requests about the same pair must not wait for each other. */
enum err_code link_lock_pair(struct call *call, const char *one, const char *other, struct err *err) MUST_CHECK;
/*
 * A manager has said in the answer to a withdrawal that a referral, at `version` now, is a duplicate `of` another: the confirmed
 * link of the two, on both timelines. Both are locked. ERR_RULE_BROKEN as link_check_duplicate() says.
 */
enum err_code link_duplicate(struct call *call, const char *referral, const char *version, const char *of,
			     const char *reason, struct err *err) MUST_CHECK;

/* The list that a referral nests: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const link_of_referral;

/* rules.c: pure decisions. */
struct link_facts {
	bool is_duplicate; /* the first is a duplicate of the other */
	bool to_itself;
	bool other_found;
	bool linked_already;     /* in this way, from either side */
	bool is_duplicate_of;    /* the first is one already, of a third */
	bool other_is_duplicate; /* of a third */
	bool has_duplicates;     /* others are linked as duplicates of the first */
};
/* ERR_RULE_BROKEN or ERR_ALREADY_EXISTS with place = JSON Pointer. */
enum err_code link_check(const struct link_facts *facts, struct err *err) MUST_CHECK;
/* The same of a duplicate that an answer names (both are there): ERR_RULE_BROKEN with place /duplicate_of. */
enum err_code link_check_duplicate(const struct link_facts *facts, struct err *err) MUST_CHECK;

/* How a link that there is stands. */
struct link_standing {
	bool is_duplicate;
	bool is_confirmed;
	bool is_taken_back;
};
/* ERR_WRONG_STATE that says what is allowed now. */
enum err_code link_check_confirmation(const struct link_standing *standing, struct err *err) MUST_CHECK;
enum err_code link_check_removal(const struct link_standing *standing, struct err *err) MUST_CHECK;

#endif
