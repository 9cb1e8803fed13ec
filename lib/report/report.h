/*
 * The figures on follow-up with referrers (DOMAIN section 7), counted from the records at the moment of the question: nothing
 * is summed up in advance. Names no child and no person.
 */
#ifndef MASHD_REPORT_REPORT_H
#define MASHD_REPORT_REPORT_H

#include "call/call.h"

/* getFollowUpMetrics: all figures of one cohort in one snapshot, JSON or CSV. */
enum err_code report_follow_up(struct call *call, struct err *err);

#endif
