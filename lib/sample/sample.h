/*
 * Against gaming (DOMAIN section 7): a tenth of what was screened as "clarification not needed" in a week is read again by a
 * manager. Drawn once the week is over, so that nobody knows before which referrals it will be; by a hash of referral and week,
 * so that anybody can draw it again.
 */
#ifndef MASHD_SAMPLE_SAMPLE_H
#define MASHD_SAMPLE_SAMPLE_H

#include "call/call.h"

/*
 * Draws the next week that is over, if there is one, and opens what the policy opens on it (`sample.drawn`), for at most
 * SAMPLE_BATCH referrals. A job: any number of daemons may do it at once. *ret_opened: how many.
 */
enum { SAMPLE_BATCH = 100 };
enum err_code sample_draw(struct db *db, const struct db_scope *scope, const struct house *house, int *ret_opened,
			  struct err *err) MUST_CHECK;

/* recordSampleReview */
enum err_code sample_record_review(struct call *call, struct err *err);

/* rules.c: pure decisions. */
struct review_facts {
	bool is_sampled;       /* drawn, and not read again yet */
	bool screened_himself; /* or agreed to the screening */
};
enum err_code review_check(const struct review_facts *facts, struct err *err) MUST_CHECK;

#endif
