/*
 * Finding referrals by the people on them, and by their references. What is alike is decided by found_referrals() in the
 * database. What was looked for is written nowhere.
 */
#ifndef MASHD_SEARCH_SEARCH_H
#define MASHD_SEARCH_SEARCH_H

#include "call/call.h"

enum err_code search_referrals(struct call *call, struct err *err);

/* rules.c: pure. */

/* A reference as it is stored ("R-7K3M-9QXD-5") from one that was read aloud or typed: any case, hyphens, blanks. */
void search_reference(const char *asked, char ret_text[IDENT_REFERENCE_SIZE]);
/* A number without blanks and hyphens, letters in upper case. At most `size` - 1 characters. */
void search_number(const char *asked, char *ret_text, size_t size);

#endif
