/* Notes: what staff write down about a referral besides. For the hub alone, in every state. */
#ifndef MASHD_NOTE_NOTE_H
#define MASHD_NOTE_NOTE_H

#include "call/call.h"

enum err_code note_add(struct call *call, struct err *err);

/* The list that other records nest: rows as in the contract; parameters are partnership and referral. */
extern const struct statement *const note_of_referral;

#endif
