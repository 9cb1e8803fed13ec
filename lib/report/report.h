/*
 * The figures on follow-up with referrers (DOMAIN section 7), counted from the records as they were known at the instant asked
 * for: nothing is summed up in advance. What each counts is figure_cases() in the database (0019). Names no child and no person.
 */
#ifndef MASHD_REPORT_REPORT_H
#define MASHD_REPORT_REPORT_H

#include "call/call.h"

/* getFollowUpMetrics: all figures of one cohort in one snapshot, JSON or CSV. */
enum err_code report_follow_up(struct call *call, struct err *err);
/* listMetricsRecords: the referrals, follow-ups or children behind one number, for those who may see referrals. */
enum err_code report_records(struct call *call, struct err *err);

#endif
