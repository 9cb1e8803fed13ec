/* What makes a link to a person acceptable. Pure: no I/O, no clock. */
#ifndef MASHD_PERSON_RULES_H
#define MASHD_PERSON_RULES_H

#include <stdbool.h>

#include "base/err.h"

struct person_link_facts {
	bool confirmed; /* what staff say: it is this person; false: it is not */
	bool has_reason;
	bool by_person; /* person_id was given */
	bool by_other;  /* same_as was given */
	bool subject_found;
	bool same_row; /* same_as is the row itself */
	bool other_found;
	bool target_found; /* the person, given or of same_as */
	bool target_ended;
	bool linked;           /* the row has a person */
	bool linked_to_target; /* and it is that one */
	bool other_child_is;   /* another child of this referral is that person */
	bool numbers_differ;   /* two valid NHS numbers */
};
/* ERR_RULE_BROKEN with place = JSON Pointer, ERR_WRONG_STATE. */
enum err_code person_link_check(const struct person_link_facts *facts, struct err *err) MUST_CHECK;

struct person_undo_facts {
	bool confirmed; /* the link is a confirmation */
	bool undone;    /* already */
};
/* ERR_WRONG_STATE. */
enum err_code person_undo_check(const struct person_undo_facts *facts, struct err *err) MUST_CHECK;

#endif
