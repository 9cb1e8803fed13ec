/* Under which reference was a refused post sent? Pure. */
#ifndef MASHD_REJECTION_RULES_H
#define MASHD_REJECTION_RULES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The reference in a body that could be read; NULL where there is none of the right form. Borrowed from `body`. */
const char *rejection_reference_in(const json_t *body);

/*
 * The same in bytes that are no JSON: the first plain string behind "agency_reference". A guess, good for finding what a
 * later post makes good; never more than a reference. False, and "", where there is none.
 */
enum { REJECTION_REFERENCE_SIZE = 2001 };
bool rejection_reference_scan(const char *bytes, size_t size, char ret_reference[REJECTION_REFERENCE_SIZE]);

#endif
