/* A decision on its way: for this folder, where it is recorded (handlers.c) and where it takes effect (effect.c). */
#ifndef MASHD_DECISION_DECIDING_H
#define MASHD_DECISION_DECIDING_H

#include "decision/decision.h"

struct deciding {
	const char *referral;
	const char *outcome;
	bool final;
	bool protects;
	bool stale;           /* the referral has changed since the version that If-Match names */
	bool waits;           /* for the word of somebody whom it names: until then it governs nobody */
	bool asks_authoriser; /* another person than the one who decides */
	bool asks_second_person;
	const char *authorised_by; /* NULL: nobody who can */
	const char *agreed_by;
	const char *children; /* "{…}", NULL: all */
	const char *state_before;
	const char *state;           /* afterwards */
	const PGresult *found;       /* SQL_decision_facts */
	struct decision_facts facts; /* of SQL_decision_facts; as sent, where it is recorded just now */
	struct err_item findings[DECISION_FINDINGS_MAX];
	size_t n_findings;
};

/*
 * The state afterwards, once it is in effect: protection is possible in each; every other decision needs a referral whose
 * screening stands. ERR_WRONG_STATE.
 */
enum err_code deciding_find_state(struct deciding *d, struct err *err) MUST_CHECK;
/* It governs its children from now on. */
enum err_code deciding_govern(struct call *call, const struct deciding *d, const char *id, struct err *err) MUST_CHECK;
/* The referral's state once decisions govern otherwise than before; told where it is another one. The caller has raised the version. */
enum err_code deciding_change_state(struct call *call, const struct followup_change *change, const char *state,
				    struct err *err) MUST_CHECK;
/* What follows from it, once it governs. */
enum err_code deciding_tell_policy(struct call *call, const struct deciding *d, const struct followup_change *change,
				   struct err *err) MUST_CHECK;

#endif
