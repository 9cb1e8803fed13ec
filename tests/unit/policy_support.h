/* What a policy needs besides the rules that a test looks at: its duties (lib/followup/policy_check_duties.c). */
#ifndef MASHD_TESTS_POLICY_SUPPORT_H
#define MASHD_TESTS_POLICY_SUPPORT_H

/* Rules to stand behind those of a test, which are of other kinds; the source says that they are none of it. */
#define DUTIES_SOURCE "of every policy"
#define DUTY(kind, on, met)                                                                              \
	"{\"kind\":\"" kind "\",\"opens_on\":\"" on "\",\"met_by\":[\"" met                              \
	"\"],\"due\":[{\"unit\":\"working_days\",\"amount\":1}],\"responsible\":\"manager\",\"source\":" \
	"\"" DUTIES_SOURCE "\"}"
#define TRIAGE         DUTY("triage", "referral.received", "screening.recorded")
#define DISCUSS        DUTY("discuss", "clarification.needed", "discussion.held")
#define DECIDE_OUTCOME DUTY("decide_outcome", "referral.received", "decision.final")
#define DUTIES         TRIAGE "," DISCUSS "," DECIDE_OUTCOME

#endif
