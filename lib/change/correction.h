/* What a correction makes of a record: every value of the statement that writes it. For lib/change alone. */
#ifndef MASHD_CHANGE_CORRECTION_H
#define MASHD_CHANGE_CORRECTION_H

#include "call/call.h"

/* Texts lie in the call's arena. */
struct correction {
	bool any;        /* false: what was sent is what stands there */
	bool adds_child; /* one that the record did not have */
	const char *document;
	const char *issues;
	const char *topics; /* "{a,b}" */
	const char *source;
	const char *incident_reference; /* NULL: none */
	bool immediate_protection_needed;
	bool claims_protection; /* which nobody had claimed before */
	const char *child_names;
	const char *child_count;
	const char *children;  /* rows that are new or differ */
	const char *household; /* likewise */
	const char *differences;
};

/*
 * Applies `patch`, a merge patch of members that can be corrected (others are left aside), to the record: `record` is the row of
 * SQL_change_record, `people` are those of SQL_change_people.
 * ERR_INVALID_BODY where the result would not have a referral's shape, ERR_RULE_BROKEN as change_check_people() says.
 */
enum err_code correction_make(struct call *call, const json_t *patch, const PGresult *record, const PGresult *people,
			      struct correction *ret_correction, struct err *err) MUST_CHECK;

/*
 * Writes it on the referral, locked and at `version` before this transaction. `event`: corrected or birth_recorded, with `more`
 * (a JSON object) besides reason and differences; `state` afterwards, NULL: as before. Then come the follow-ups:
 * change_retime(), or again_follow_ups() where it claims protection.
 */
enum err_code correction_write(struct call *call, const char *referral, const char *version,
			       const struct correction *correction, const char *reason, const char *event,
			       const char *more, const char *state, struct err *err) MUST_CHECK;

/* The facts of the referral may be others now: gives what is open the time that the policy says under them. */
enum err_code change_retime(struct call *call, const char *referral, const char *version_before, struct err *err)
	MUST_CHECK;

#endif
