/*
 * What a post becomes before it meets the database: every value of the new rows but those that only the database can tell
 * (its clock, due times). Decided by rules alone, so that it is the same on the fast and on the ordinary way.
 */
#ifndef MASHD_REFERRAL_RECORD_H
#define MASHD_REFERRAL_RECORD_H

#include "call/call.h"
#include "followup/policy.h"
#include "referral/topics.h"

struct record_issues {
	struct quality_issue *items;
	size_t n;
	size_t room;
};

struct record {
	char id[IDENT_SIZE];
	char reference[IDENT_REFERENCE_SIZE];
	char submission_id[IDENT_SIZE];
	const char *agency_id; /* NULL where staff record it */
	const char *agency_reference;
	const char
		*folded_reference; /* what it is compared by: without outer and repeated white space; case as it is */
	const char *incident_reference;
	const char *channel;
	const char *record_kind;
	const char *source;
	const char *received_at; /* RFC 3339, NULL: now, by the database's clock */
	const char *rating;      /* provisional: red where immediate protection is claimed, else amber */
	bool immediate_protection_needed;
	bool reference_reused;
	const char *topics[TOPICS_MAX];
	size_t n_topics;
	const char *child_names;
	const json_t *children; /* who gets rows: those of the body; of a further post, those who join */
	const json_t *household;
	size_t first_child; /* ordinal of the first of them */
	size_t first_person;
	const char *body_digest;
	struct quality_issues found; /* by the contract's rules */
	struct record_issues own;    /* what no rule of the contract can tell */
	struct policy_opening opens[POLICY_OPENS_MAX];
	size_t n_opens;
	struct policy_opening
		duty[POLICY_OPENS_MAX]; /* what hands a red one over to duty, where it falls due out of hours */
	size_t n_duty;
};

/* Lives in the call's arena; texts belong to call->body, which must outlive it. `call->body` has the contract's shape. */
struct record *record_new(struct call *call);
/* One more of its own; `value` as in struct quality_issue. */
void record_add_issue(struct call *call, struct record *record, const char *pointer, const char *code,
		      const json_t *value);

/* ---- record_text.c ---- */

/* The JSON object that SQL_referral_receive takes, and SQL_referral_add_information; `plain` as there. In the arena. */
const char *record_text(struct call *call, const struct record *record, bool plain);
/*
 * `[{pointer, code, value_as_sent}, …]`, in the arena: the rules' issues, then the record's own. At most RECORD_ISSUES_MAX:
 * where there are more, some of the rules' are left out, and a last one (`too_many_issues`) says how many.
 */
enum { RECORD_ISSUES_MAX = 500 };
const char *record_issues_text(struct call *call, const struct record *record);

/* The facts that a policy's rules look at, from the body; what only the database can tell (out_of_hours) is false. */
struct policy_facts record_facts(struct call *call, const struct record *record);
/* What the receipt opens, as SQL_referral_receive takes it: `[{id, kind, unit, amount, …}, …]`. */
void record_write_openings(struct buf *out, const struct record *record, const struct policy *policy);

/* `[{"code":…,"weight":…}, …]` of topic codes. */
void record_write_topics(struct buf *out, const char *const *codes, size_t n);

#endif
