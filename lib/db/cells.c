/* Reads PostgreSQL's text form of single values: time stamps and one-dimensional arrays. Writes no JSON. */
#include "db/cells.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Of src/include/catalog/pg_type.dat: built-in types keep their numbers for ever. */
enum {
	OID_BOOL = 16,
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_TEXT = 25,
	OID_JSON = 114,
	OID_FLOAT8 = 701,
	OID_TEXT_ARRAY = 1009,
	OID_DATE = 1082,
	OID_TIMESTAMPTZ = 1184,
	OID_NUMERIC = 1700,
	OID_UUID = 2950,
	OID_UUID_ARRAY = 2951,
	OID_JSONB = 3802,
};

enum cell_kind cell_kind(Oid type)
{
	switch (type) {
	case OID_TEXT:
		return CELL_TEXT;
	case OID_UUID:
		return CELL_PLAIN;
	case OID_INT2:
	case OID_INT4:
	case OID_INT8:
		return CELL_INTEGER;
	case OID_FLOAT8:
	case OID_NUMERIC:
		return CELL_NUMBER;
	case OID_BOOL:
		return CELL_BOOL;
	case OID_DATE:
		return CELL_DATE;
	case OID_TIMESTAMPTZ:
		return CELL_INSTANT;
	case OID_JSON:
	case OID_JSONB:
		return CELL_JSON;
	case OID_TEXT_ARRAY:
	case OID_UUID_ARRAY:
		return CELL_ARRAY;
	default:
		return CELL_UNKNOWN;
	}
}

bool cell_is_date(const char *text, size_t size)
{
	return size == 10 && text[4] == '-' && text[7] == '-';
}

bool cell_is_finite(const char *text)
{
	return text[0] != 'N' && text[0] != 'I' && text[1] != 'I';
}

bool cell_instant(const char *text, size_t size, char ret_text[CLOCK_TEXT_SIZE])
{
	/* "2026-03-02 09:00:00" [".1" to ".123456"] "+00"; " BC" or a fifth digit of the year fall through. */
	if (size < 22 || size > 29 || text[4] != '-' || text[10] != ' ' || memcmp(text + size - 3, "+00", 3) != 0)
		return false;
	size_t fraction = size - 22; /* with its point */
	memcpy(ret_text, text, 19);
	ret_text[10] = 'T';
	memcpy(ret_text + 19, ".000000Z", 9);
	if (fraction > 0)
		memcpy(ret_text + 19, text + 19, fraction);
	return true;
}

void cell_elements_init(struct cell_elements *elements, const char *text, size_t size)
{
	/* Explicit bounds stand in front of the braces: "[0:1]={a,b}". */
	const char *start = memchr(text, '{', size);
	*elements = (struct cell_elements){.end = text + size};
	elements->at = start == NULL ? elements->end : start + 1;
}

void cell_elements_release(struct cell_elements *elements)
{
	free(elements->unquoted);
	elements->unquoted = NULL;
}

/* From behind the opening quote; backslashes protect quotes and backslashes. */
static void next_quoted(struct cell_elements *e, struct cell_element *ret_element)
{
	if (e->unquoted == NULL) {
		e->unquoted = malloc((size_t)(e->end - e->at) + 1);
		if (e->unquoted == NULL)
			abort();
	}
	size_t size = 0;
	while (e->at < e->end && *e->at != '"') {
		if (*e->at == '\\' && e->at + 1 < e->end)
			e->at++;
		e->unquoted[size++] = *e->at++;
	}
	if (e->at < e->end)
		e->at++;
	*ret_element = (struct cell_element){.text = e->unquoted, .size = size};
}

bool cell_elements_next(struct cell_elements *e, struct cell_element *ret_element)
{
	if (e->at < e->end && *e->at == ',')
		e->at++;
	if (e->at >= e->end || *e->at == '}')
		return false;
	if (*e->at == '"') {
		e->at++;
		next_quoted(e, ret_element);
		return true;
	}
	const char *start = e->at;
	while (e->at < e->end && *e->at != ',' && *e->at != '}')
		e->at++;
	size_t size = (size_t)(e->at - start);
	/* Only the unquoted word is the null; the text "NULL" comes quoted. */
	*ret_element = (struct cell_element){
		.text = start, .size = size, .is_null = size == 4 && memcmp(start, "NULL", 4) == 0};
	return true;
}
