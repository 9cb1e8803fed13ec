/*
 * Changing a referral (updateReferral): who has it, corrections of what it says, promotion of a notification to a request.
 * Submissions stay as sent: a correction changes the record alone, with a reason, old and new value on the hub's timeline.
 */
#ifndef MASHD_CHANGE_CHANGE_H
#define MASHD_CHANGE_CHANGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "call/call.h"

enum err_code change_referral(struct call *call, struct err *err);
enum err_code change_record_birth(struct call *call, struct err *err);

/*
 * Gives a referral, locked and at `version` before this transaction, to a member of staff (NULL: to nobody): raises the version,
 * adds to the history, tells the timeline. Who may have it is the caller's to check.
 */
enum err_code change_assign(struct call *call, const char *referral, const char *version, const char *assigned_to,
			    const char *reason, struct err *err) MUST_CHECK;

/*
 * The same by itself, with the members `assigned_to` (absent or null: to nobody) and `reason` of the body, inside call_write():
 * locks the referral, checks as updateReferral does. Whoever has it already keeps it, and nothing is written.
 */
enum err_code change_assign_one(struct call *call, const char *referral, const char *if_match, struct err *err)
	MUST_CHECK;

/* Who had a referral, oldest first; parameters are partnership and referral. */
extern const struct statement *const change_assignments;
/* The births that were recorded, by date. */
extern const struct statement *const change_births;

/* ---- rules.c: pure decisions ---- */

/* The members of a record that can be corrected: NULL past the end. */
const char *change_member(size_t index);

/* JSON merge patch (RFC 7396): a new reference to `target` with what `patch` says. */
json_t *change_merge(const json_t *target, const json_t *patch);

/*
 * What differs: [{"pointer", "before", "after"}, …], null where a member is absent. Objects member by member; lists of objects
 * that have an `id` by that ("/children/<id>/family_name"); other lists as a whole.
 */
json_t *change_differences(const json_t *before, const json_t *after, struct arena *arena);

/*
 * The children (or the household) after a correction against those before: each that was there still is, once; what has no id
 * is new. ERR_RULE_BROKEN with place = JSON Pointer under `place`, an arena's text.
 */
enum err_code change_check_people(const json_t *before, const json_t *after, const char *place, struct arena *arena,
				  struct err *err) MUST_CHECK;

struct change_facts {
	bool assigns;
	bool assignee_fits; /* a member of staff who works on referrals, not disabled; or nobody */
	bool promotes;
	const char *record_kind; /* as it is */
};
/* ERR_RULE_BROKEN with place = JSON Pointer. */
enum err_code change_check(const struct change_facts *facts, struct err *err) MUST_CHECK;

/*
 * How far back a child's birth may lie who was expected: a pregnancy (DOMAIN section 6, census check 8606) before the receipt of the
 * referral; before the expected date six weeks more, since that date is an estimate.
 */
enum { BIRTH_RECEIPT_DAYS = 280, BIRTH_EXPECTED_DAYS = 280 + 42 };

struct birth_facts {
	bool is_unborn;       /* expected, or of sex U, and without a date of birth */
	bool in_future;       /* the day of birth, by the hub's time zone */
	bool before_expected; /* more than BIRTH_EXPECTED_DAYS before the expected date */
	bool before_receipt;  /* more than BIRTH_RECEIPT_DAYS before the receipt of the referral */
	bool has_nhs_number;
	bool nhs_number_fits; /* by its check digit */
};
/* ERR_WRONG_STATE, or ERR_RULE_BROKEN with place = JSON Pointer. */
enum err_code birth_check(const struct birth_facts *facts, struct err *err) MUST_CHECK;

#endif
