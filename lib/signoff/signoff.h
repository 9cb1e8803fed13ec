/*
 * Sign-offs: a second person's word (DOMAIN sections 4, 5 and 7). Naming somebody only asks them; what takes two people takes
 * effect when they have said so themselves. Protection never waits for it. Open until the one who was asked has agreed or
 * refused, or until what they were asked about has been overtaken (lapsed).
 */
#ifndef MASHD_SIGNOFF_SIGNOFF_H
#define MASHD_SIGNOFF_SIGNOFF_H

#include "call/call.h"
#include "followup/followup.h"

enum err_code sign_off_list(struct call *call, struct err *err);
enum err_code sign_off_answer(struct call *call, struct err *err);

/* The list that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const sign_off_of_referral;

/*
 * Asks for a word, in a transaction that has locked the referral and raised its version. `subject_kind`: screening, decision,
 * flag; `part`: agrees, authorises, signs_off; `asked_of` NULL: any manager. Asked by the caller.
 */
enum err_code sign_off_ask(struct call *call, const struct followup_change *change, const char *subject_kind,
			   const char *subject, const char *part, const char *asked_of, struct err *err) MUST_CHECK;

/*
 * What was asked has been overtaken: open sign-offs of the referral lapse. `subject_kind` NULL: of all kinds; `subjects`
 * ("{…}") NULL: all of them. `reason`: screened_again, discussed_since, decided_again, refused_by_another, withdrawn.
 */
enum err_code sign_off_lapse(struct call *call, const struct followup_change *change, const char *subject_kind,
			     const char *subjects, const char *reason, struct err *err) MUST_CHECK;

/* ---- rules.c: pure decisions ---- */

struct sign_off_facts {
	const char *state;   /* of the sign-off */
	const char *part;    /* agrees, authorises, signs_off */
	bool is_refusal;     /* the answer */
	bool asked_you;      /* by name */
	bool asked_somebody; /* by name, whoever */
	bool asked_by_you;
	bool is_manager; /* the caller's key */
	bool is_qualified_manager;
	bool has_stand_in_reason;
	/* An agreement would take effect on a referral that is to be screened first: something came in, say. */
	bool takes_effect_on_referral;
	bool triage_open;
};
/* ERR_FORBIDDEN, ERR_WRONG_STATE, or ERR_RULE_BROKEN with place = JSON Pointer. */
enum err_code sign_off_check(const struct sign_off_facts *facts, struct err *err) MUST_CHECK;

#endif
