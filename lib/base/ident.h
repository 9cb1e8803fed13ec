/*
 * Identifiers: UUIDv7 for rows and requests, human references for referrals. All are made here, so that an id is known
 * before the row exists.
 */
#ifndef MASHD_BASE_IDENT_H
#define MASHD_BASE_IDENT_H

#include <stdbool.h>
#include <stddef.h>

/* 36 characters and a NUL. */
enum { IDENT_SIZE = 37 };

/* A new UUIDv7 (RFC 9562): milliseconds, a counter that keeps ids of one process in order, 62 random bits. Thread-safe. */
void ident_new(char ret_text[IDENT_SIZE]);
/* True for the 36 characters of any UUID, hex digits in either case. */
bool ident_is_uuid(const char *text);

/*
 * A referral's human reference, "R-7K3M-9QXD-5": eight random symbols of the unambiguous alphabet
 * 23456789ABCDEFGHJKMNPQRSTVWXYZ (no 0 1 I L O U), and a check symbol that finds every single wrong symbol and every
 * swap of neighbours. 13 characters and a NUL. 30^8 references: the database's unique key decides on collisions.
 */
enum { IDENT_REFERENCE_SIZE = 14 };
void ident_reference_new(char ret_text[IDENT_REFERENCE_SIZE]);
/* True where `text` has the form and the check symbol is right. */
bool ident_reference_is_valid(const char *text);

#endif
