/*
 * Screening: the first judgement of a referral, repeatable, the latest counts. It meets `triage`, opens or cancels `discuss`
 * (and meets it where the discussion was held since, and logged first) and re-times what is open when the rating changes. "Not
 * needed" that takes two people cancels nothing until the second one has agreed (lib/signoff).
 */
#ifndef MASHD_SCREENING_SCREENING_H
#define MASHD_SCREENING_SCREENING_H

#include "call/call.h"
#include "followup/followup.h"

enum err_code screening_record(struct call *call, struct err *err);

/*
 * The second person has agreed that nothing need be asked, in a transaction that has locked the referral and raised its version:
 * the judgement takes effect. The caller refreshes.
 */
enum err_code screening_agreed(struct call *call, const struct followup_change *change, const char *screening,
			       struct err *err) MUST_CHECK;

/*
 * The second person has refused it, in such a transaction: nobody has judged, so that the referral is to be screened again. The
 * caller refreshes.
 */
enum err_code screening_refused(struct call *call, const struct followup_change *change, struct err *err) MUST_CHECK;

/* The lists that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const screening_of_referral;

/* rules.c: pure decisions. */
struct screening_facts {
	bool clarification_needed;
	bool has_material_topic; /* offered by rule or raised by a person, resolved by no discussion */
	bool has_second_person;  /* agreed_by was given */
	bool second_person_fits; /* another practitioner or manager, not disabled */
	bool screened_in_future;
	bool screened_before_receipt;
};
/* ERR_RULE_BROKEN with place = JSON Pointer. */
enum err_code screening_check(const struct screening_facts *facts, struct err *err) MUST_CHECK;

#endif
