/*
 * What is to be done, by due time, across referrals: one's own, one's team's, what nobody has, what waits for one's word; and
 * doing one thing to many referrals at once.
 */
#ifndef MASHD_WORK_WORK_H
#define MASHD_WORK_WORK_H

#include "call/call.h"

enum err_code work_list(struct call *call, struct err *err);
enum err_code work_act(struct call *call, struct err *err);

#endif
