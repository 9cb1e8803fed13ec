/*
 * Reads a Children in Need census file (Department for Education, XML) as a stream: one record per CINdetails, with what
 * the file says about its child. Nothing is fetched, no entity is expanded, a document type is refused, and every size has
 * a ceiling. Knows nothing about codes and rules.
 */
#ifndef MASHD_CENSUS_READER_H
#define MASHD_CENSUS_READER_H

#include <jansson.h>
#include <stdio.h>

#include "base/err.h"

enum {
	CENSUS_DEPTH_MAX = 24,
	CENSUS_TEXT_MAX = 10000,    /* bytes of one element's text */
	CENSUS_CHILD_MAX = 1 << 20, /* bytes of text and names below one Child */
	CENSUS_DETAILS_MAX = 1000,  /* CINdetails of one Child */
};

/* One CINdetails. Elements are members: text, an object, or a list where one is repeated. Borrowed for the call. */
struct census_record {
	json_t *identifiers;     /* ChildIdentifiers; NULL where absent */
	json_t *characteristics; /* ChildCharacteristics; NULL where absent */
	json_t *details;         /* CINdetails; NULL where the child has none */
	const char *authority;   /* LEA of the file's header; "" where absent */
	int line;                /* on which the CINdetails begins, or the child without any */
};

/* Returns other than ERR_NONE to end the reading with that error. */
typedef enum err_code (*census_on_record)(void *ctx, const struct census_record *record, struct err *err);

/*
 * Reads `file` from where it stands to its end. ERR_INVALID_BODY with place = "line N" where it is not well-formed, has a
 * document type, goes past a ceiling, or is no census file (its root is not Message).
 */
enum err_code census_read(FILE *file, census_on_record on_record, void *ctx, struct err *err) MUST_CHECK;

#endif
