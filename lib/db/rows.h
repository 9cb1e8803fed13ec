/*
 * Result sets as JSON and CSV: the column's name is the member's name, the column's type decides the format (text, uuid,
 * int2/4/8, float8, numeric, bool, date, timestamptz, json as it was stored, jsonb, text[], uuid[]). A jsonb column named "*" is
 * an object whose
 * members are spliced in. Times as RFC 3339 UTC with six decimals; 'infinity' is null. One generic writer, no view code.
 */
#ifndef MASHD_DB_ROWS_H
#define MASHD_DB_ROWS_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum {
	ROWS_COLUMNS_MAX = 100, /* of one result */
	ROWS_OID_JSONB = 3802,
};

/* True for the types above. */
bool rows_type_is_known(Oid type);

/* `{"a":1,…}`; columns whose name starts with '_' are for the code, not for the client, and are left out. */
void rows_write_object(struct buf *buf, const PGresult *result, int row);
/* The members without the braces, so that further members can follow; true if anything was written. */
bool rows_write_members(struct buf *buf, const PGresult *result, int row);
/* `[{…},{…}]`: rows `first` to before `last`. */
void rows_write_list(struct buf *buf, const PGresult *result, int first, int last);
/* `"name":` with a comma in front where `*more` says that something is there; sets it. */
void rows_write_name(struct buf *buf, const char *name, bool *more);

/*
 * CSV (RFC 4180, header line first, CRLF); text cells that start with = + - @ tab or CR get a ' in front. jsonb as text,
 * lists as `a; b`, null as nothing. The column "*" is left out. Every line ends with the cells of `constants`, which are the
 * same in all: what an answer of JSON says once, around its rows. They end with a name of NULL; NULL: none.
 */
struct rows_constant {
	const char *name;
	const char *text;
};
void rows_write_csv(struct buf *buf, const PGresult *result, int first, int last,
		    const struct rows_constant *constants);

/* The text of a field by column name, NULL where it is null; asserts that the column is there. */
const char *rows_text(const PGresult *result, int row, const char *column);
/* The same as a number or a boolean; 0 / false where null. */
long long rows_int(const PGresult *result, int row, const char *column);
bool rows_bool(const PGresult *result, int row, const char *column);
/* A timestamptz field as RFC 3339 text (28 bytes); "" where null or infinity. */
void rows_instant(const PGresult *result, int row, const char *column, char ret_text[28]);

#endif
