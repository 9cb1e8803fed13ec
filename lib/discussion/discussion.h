/*
 * The discussion with the referrer: what this service exists for. Every try is recorded; rules.c alone says which one counts
 * as a discussion (DOMAIN section 5). One that counts meets every open `discuss` of the referral.
 */
#ifndef MASHD_DISCUSSION_DISCUSSION_H
#define MASHD_DISCUSSION_DISCUSSION_H

#include "call/call.h"

struct followup_change;
struct policy_facts;

enum err_code discussion_record_attempt(struct call *call, struct err *err);
enum err_code discussion_confirm(struct call *call, struct err *err);

/*
 * Practitioners may log the call before the screening that asked for it: meets the open `discuss`, if there is one, at the
 * earliest discussion that counts and was held since it began. One held before does not meet it: the need is new.
 */
enum err_code discussion_meet_held_since(struct call *call, const struct followup_change *change,
					 const struct policy_facts *facts, struct err *err) MUST_CHECK;

/* One try to reach somebody, as it is told. Texts are NULL where nothing is said. */
struct discussion_attempt {
	const char *referral;
	const char *result;
	const char *method;
	const char *counterpart;
	const char *counterpart_name;
	const char *held_by;
	const char *held_at;   /* NULL: now */
	const char *children;  /* "{…}", NULL: all */
	const char *topics;    /* [{code, weight, outcome, reason}] as JSON */
	bool names_open_topic; /* one whose outcome is `open` or `new` */
	const char *
		resolved_place; /* JSON Pointer to the outcome of the first one that is said to be resolved; NULL: none */
	const char *referrer_view;
	const char *shared_understanding;
	const char *effect_on_rating; /* NULL: none */
	const char *note;
	bool confirmed_no_topic_open;
};
/*
 * Records it on a referral that the caller has locked (`referral`: the row of referral_lock()), and meets what it meets. The row:
 * as in the contract. What discussion_check() refuses, and ERR_WRONG_STATE.
 */
enum err_code discussion_record(struct call *call, const struct discussion_attempt *attempt, const PGresult *referral,
				PGresult **ret_recorded, struct err *err) MUST_CHECK;

/* The lists that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const discussion_of_referral;
extern const struct statement *const discussion_of_referral_for_agency;
extern const struct statement *const discussion_confirmations_of_referral; /* for both */

/* rules.c: pure decisions. */
struct discussion_facts {
	const char *result;
	const char *method;
	const char *counterpart;
	bool holder_found;       /* held_by is a member of staff here */
	bool holder_had_left;    /* but disabled by then */
	bool holder_may_discuss; /* and a practitioner or manager: support staff record attempts only */
	bool held_in_future;
	bool held_too_long_ago;       /* more than the settings allow */
	bool held_before_receipt;     /* a consultation */
	bool held_within_working_day; /* of receipt: at most one working day before it */
	bool confirmed_no_topic_open; /* after reading the referral */
	bool names_open_topic;        /* a topic whose outcome is `open` or `new` */
	const char *resolved_place; /* JSON Pointer to the outcome of the first topic said to be resolved; NULL: none */
	bool says_understanding;    /* shared_understanding was given */
	bool children_found;        /* all that were named are on the referral */
};
/* ERR_RULE_BROKEN with place = JSON Pointer, where the attempt cannot be recorded as it is. */
enum err_code discussion_check(const struct discussion_facts *facts, struct err *err) MUST_CHECK;
/*
 * Does it count? Discussed, live (phone, video, in person), with the referrer or a person with direct knowledge, held by a
 * practitioner or manager. One held before receipt counts only when the practitioner confirms that no topic is open.
 */
bool discussion_counts(const struct discussion_facts *facts);
/* All that speaks against it, "{code,…}" in the arena: AttemptWhyNot of the contract; "{}" where it counts. */
const char *discussion_why_not(const struct discussion_facts *facts, struct arena *arena);

#endif
