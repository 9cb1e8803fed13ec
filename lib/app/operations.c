/* One row per operation of the contract. A new endpoint is a row here. */
#include "app/operations.h"

#include <string.h>

#include "agency/agency.h"
#include "apikey/apikey.h"
#include "app/service.h"
#include "auth/permission.h"
#include "calendar/calendar.h"
#include "change/change.h"
#include "closure/closure.h"
#include "consultation/consultation.h"
#include "decision/decision.h"
#include "discussion/discussion.h"
#include "feedback/feedback.h"
#include "flag/flag.h"
#include "followup/followup.h"
#include "handover/handover.h"
#include "link/link.h"
#include "note/note.h"
#include "opencase/opencase.h"
#include "person/person.h"
#include "policy/versions.h"
#include "referral/referral.h"
#include "rejection/rejection.h"
#include "report/report.h"
#include "sample/sample.h"
#include "screening/screening.h"
#include "search/search.h"
#include "signoff/signoff.h"
#include "staff/staff.h"
#include "strategy/strategy.h"
#include "timeline/timeline.h"
#include "transfer/transfer.h"
#include "withdrawal/withdrawal.h"
#include "work/work.h"
#include "writing/writing.h"

#include "base/banned.h"

static const struct {
	const char *id;
	call_handler handler;
} rows[] = {
	{"createReferral", referral_create},
	{"getReferral", referral_get},
	{"listReferrals", referral_list},
	{"updateReferral", change_referral},
	{"listRejectedSubmissions", rejection_list},
	{"recordNoReferral", rejection_record_no_referral},
	{"recordScreening", screening_record},
	{"recordContactAttempt", discussion_record_attempt},
	{"confirmDiscussion", discussion_confirm},
	{"recordDecision", decision_record},
	{"recordFeedback", feedback_record},
	{"addNote", note_add},
	{"requestWithdrawal", withdrawal_request},
	{"answerWithdrawal", withdrawal_answer},
	{"closeReferral", closure_close},
	{"reopenReferral", closure_reopen},
	{"listSignOffs", sign_off_list},
	{"answerSignOff", sign_off_answer},

	{"passToAllocatedWorker", opencase_pass},
	{"acceptAllocatedWorker", opencase_accept},
	{"transferReferral", transfer_decide},
	{"acceptTransfer", transfer_accept},
	{"recordBirth", change_record_birth},
	{"recordStrategyDiscussion", strategy_record},
	{"recordWrittenConfirmation", writing_record},
	{"createConsultation", consultation_create},
	{"listConsultations", consultation_list},
	{"linkConsultation", consultation_link},
	{"offerHandover", handover_offer},
	{"acceptHandover", handover_accept},
	{"returnHandover", handover_take_back},
	{"linkReferrals", link_create},
	{"confirmLink", link_confirm},
	{"unlinkReferrals", link_remove},

	{"recordAcknowledgement", followup_acknowledge},
	{"listFollowUps", followup_list},
	{"waiveFollowUp", followup_waive_one},
	{"pauseFollowUp", followup_pause_one},
	{"resumeFollowUp", followup_resume_one},
	{"getFollowUpExplanation", followup_explain},
	{"listFlags", flag_list},
	{"acknowledgeFlag", flag_acknowledge},
	{"acknowledgeFlags", flag_acknowledge_many},
	{"raiseFlag", flag_raise},
	{"clearFlag", flag_clear},
	{"listWork", work_list},
	{"actOnMany", work_act},
	{"getTimeline", timeline_get},
	{"listMatches", person_list_matches},
	{"linkPerson", person_link},
	{"undoPersonLink", person_undo_link},
	{"getPerson", person_get},
	{"searchReferrals", search_referrals},
	{"listPolicies", policy_list},
	{"getPolicy", policy_get},
	{"createPolicy", policy_create},
	{"activatePolicy", policy_activate},
	{"dryRunPolicy", policy_dry_run},
	{"getFollowUpMetrics", report_follow_up},
	{"listMetricsRecords", report_records},
	{"recordSampleReview", sample_record_review},

	{"listCalendars", calendar_list},
	{"getCalendar", calendar_get},
	{"createCalendar", calendar_create},
	{"replaceCalendar", calendar_replace},
	{"dryRunCalendar", calendar_dry_run},

	{"createAgency", agency_create},
	{"listAgencies", agency_list},
	{"getAgency", agency_get},
	{"updateAgency", agency_update},
	{"createStaff", staff_create},
	{"listStaff", staff_list},
	{"getStaff", staff_get},
	{"updateStaff", staff_update},
	{"createKey", apikey_create},
	{"listKeys", apikey_list},
	{"getKey", apikey_get},
	{"revokeKey", apikey_revoke},
	{"rotateKey", apikey_rotate},

	{"getLivez", service_livez},
	{"getReadyz", service_readyz},
	{"getMetrics", service_metrics},
	{"getOpenapi", service_openapi},
	{"getDocs", service_docs},
	{"getDocsAsset", service_docs_asset},
	{"listProblems", service_problems},
	{"getProblem", service_problem},
};

enum { ROWS = sizeof rows / sizeof *rows };

static call_handler find(const char *id)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].id, id) == 0)
			return rows[i].handler;
	}
	return NULL;
}

call_handler operations_handler(const struct contract *contract, const struct operation *operation)
{
	(void)contract;
	return find(operation->id);
}

static enum err_code check_operation(const struct operation *operation, struct err *err)
{
	if (find(operation->id) == NULL)
		return err_set(err, ERR_INTERNAL, operation->id, "the contract has an operation without a handler");
	if (strcmp(operation->permission, "none") != 0 && permission_roles(operation->permission) == 0)
		return err_set(err, ERR_INTERNAL, operation->id, "the contract names a permission that no role has");
	return ERR_NONE;
}

static bool permission_is_used(const struct contract *contract, const char *permission)
{
	for (size_t i = 0; i < contract_operation_count(contract); i++) {
		if (strcmp(contract_operation(contract, i)->permission, permission) == 0)
			return true;
	}
	return false;
}

enum err_code operations_check(const struct contract *contract, struct err *err)
{
	for (size_t i = 0; i < contract_operation_count(contract); i++) {
		enum err_code code = check_operation(contract_operation(contract, i), err);
		if (code != ERR_NONE)
			return code;
	}
	for (size_t i = 0; i < ROWS; i++) {
		if (contract_operation_by_id(contract, rows[i].id) == NULL)
			return err_set(err, ERR_INTERNAL, rows[i].id,
				       "there is a handler for no operation of the contract");
	}
	for (size_t i = 0; permission_name(i) != NULL; i++) {
		if (!permission_is_used(contract, permission_name(i)))
			return err_set(err, ERR_INTERNAL, permission_name(i), "no operation asks for this permission");
	}
	return ERR_NONE;
}
