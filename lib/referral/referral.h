/*
 * Referrals: taking them in, reading them, listing them. The heart of intake is intake.c (what a post becomes), record.c (what
 * is decided about it) and sql/receive.sql (one statement for everything that a receipt opens).
 */
#ifndef MASHD_REFERRAL_REFERRAL_H
#define MASHD_REFERRAL_REFERRAL_H

#include "call/call.h"

enum err_code referral_create(struct call *call, struct err *err);
enum err_code referral_get(struct call *call, struct err *err);
enum err_code referral_list(struct call *call, struct err *err);

/*
 * Inside a transaction of call_write(): locks the referral (FOR NO KEY UPDATE) of the caller's partnership and, for an
 * agency, of that agency; ERR_NOT_FOUND otherwise. The row: id, version, state, rating, rating_source, received_at,
 * immediate_protection_needed, clarification, discussed, topics_offered, agency_id.
 */
enum err_code referral_lock(struct call *call, const char *id, PGresult **ret_row, struct err *err) MUST_CHECK;

/*
 * The same for an operation that takes If-Match: ERR_STALE_VERSION where it was sent and the referral is no longer as its caller
 * has read it. Whether it must be sent is the contract's to say.
 */
enum err_code referral_lock_unchanged(struct call *call, const char *id, PGresult **ret_row, struct err *err)
	MUST_CHECK;
/* That alone, of a row of referral_lock(). */
enum err_code referral_check_unchanged(const struct call *call, const PGresult *row, struct err *err) MUST_CHECK;

/* The same for one of many, whose part of the body may name the ETag that its caller has read; NULL: any version. */
enum err_code referral_lock_at(struct call *call, const char *id, const char *if_match, PGresult **ret_row,
			       struct err *err) MUST_CHECK;

/*
 * `event` (followup/events.h) happened to a referral, locked and now at `version`, with the facts that it has now: what the
 * policy says of it. `occurred_at` NULL: now.
 */
enum err_code referral_happened(struct call *call, const char *id, long long version, const char *event,
				const char *occurred_at, struct err *err) MUST_CHECK;

/*
 * The answer to something that was added: 201 with the members of `recorded` (one row, with the referral's new `version`),
 * `follow_ups` and `referral`, as they are in this transaction.
 */
enum err_code referral_answer(struct call *call, const char *id, const PGresult *recorded, struct err *err) MUST_CHECK;
/* The same where `recorded` is the row with the id `added` in a list that a referral nests, which was just added to it. */
enum err_code referral_answer_listed(struct call *call, const char *id, const struct statement *list, const char *added,
				     struct err *err) MUST_CHECK;

/* The whole answer 200 of a change: the record as getReferral gives it to the hub, as it is in this transaction. */
enum err_code referral_write_whole(struct call *call, const char *id, struct err *err) MUST_CHECK;

/* `"referral": {…}` of an answer: state, rating, discussed, version, next_due_at as they are in this transaction. */
enum err_code referral_write_now(struct call *call, const char *id, struct err *err) MUST_CHECK;

/* How many referrals a partnership has; outside a transaction. */
enum err_code referral_count(struct db *db, const char *partnership, unsigned *ret_count, struct err *err) MUST_CHECK;

/* The fixed sentence of each receipt: this is not an emergency service. */
extern const char REFERRAL_NOTICE[];

#endif
