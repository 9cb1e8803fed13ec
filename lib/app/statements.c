/* Every statement of every feature, for the check at start. A new feature with statements is a row here. */
#include "app/operations.h"
#include "gen/agency_sql.h"
#include "gen/apikey_sql.h"
#include "gen/app_sql.h"
#include "gen/auth_sql.h"
#include "gen/calendar_sql.h"
#include "gen/call_sql.h"
#include "gen/census_sql.h"
#include "gen/change_sql.h"
#include "gen/closure_sql.h"
#include "gen/consultation_sql.h"
#include "gen/decision_sql.h"
#include "gen/discussion_sql.h"
#include "gen/feedback_sql.h"
#include "gen/flag_sql.h"
#include "gen/followup_sql.h"
#include "gen/handover_sql.h"
#include "gen/link_sql.h"
#include "gen/note_sql.h"
#include "gen/opencase_sql.h"
#include "gen/partnership_sql.h"
#include "gen/person_sql.h"
#include "gen/policy_sql.h"
#include "gen/referral_sql.h"
#include "gen/rejection_sql.h"
#include "gen/report_sql.h"
#include "gen/sample_sql.h"
#include "gen/screening_sql.h"
#include "gen/search_sql.h"
#include "gen/signoff_sql.h"
#include "gen/staff_sql.h"
#include "gen/strategy_sql.h"
#include "gen/timeline_sql.h"
#include "gen/transfer_sql.h"
#include "gen/withdrawal_sql.h"
#include "gen/work_sql.h"
#include "gen/writing_sql.h"

#include "base/banned.h"

const struct statement *const *const operations_statements[] = {
	SQL_agency_all,
	SQL_apikey_all,
	SQL_app_all,
	SQL_auth_all,
	SQL_calendar_all,
	SQL_call_all,
	SQL_census_all,
	SQL_change_all,
	SQL_closure_all,
	SQL_consultation_all,
	SQL_decision_all,
	SQL_discussion_all,
	SQL_feedback_all,
	SQL_flag_all,
	SQL_followup_all,
	SQL_handover_all,
	SQL_link_all,
	SQL_note_all,
	SQL_opencase_all,
	SQL_partnership_all,
	SQL_person_all,
	SQL_policy_all,
	SQL_referral_all,
	SQL_rejection_all,
	SQL_report_all,
	SQL_sample_all,
	SQL_screening_all,
	SQL_search_all,
	SQL_signoff_all,
	SQL_staff_all,
	SQL_strategy_all,
	SQL_timeline_all,
	SQL_transfer_all,
	SQL_withdrawal_all,
	SQL_work_all,
	SQL_writing_all,
	NULL,
};
