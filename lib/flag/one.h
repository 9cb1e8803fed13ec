/* One flag that a request names by its id: for the handlers of this folder. */
#ifndef MASHD_FLAG_ONE_H
#define MASHD_FLAG_ONE_H

#include "flag/flag.h"

/* Inside call_write(): locks its referral, where it is of one, then the flag; its row as in lock.sql. ERR_NOT_FOUND. */
enum err_code flag_lock(struct call *call, const char *flag, PGresult **ret_flag, struct err *err) MUST_CHECK;
/* Takes note of it, and replies with it: 201. ERR_NOT_FOUND, ERR_WRONG_STATE. */
enum err_code flag_acknowledge_one(struct call *call, const char *flag, const char *plan, struct err *err) MUST_CHECK;
/* 201 with the flag as it is now. */
enum err_code flag_write_one(struct call *call, const char *flag, struct err *err) MUST_CHECK;

#endif
