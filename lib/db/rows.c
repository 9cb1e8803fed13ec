/*
 * Result sets as JSON, written by hand from libpq's text: this is most of what a read costs the daemon. Knows types, not
 * resources; the CSV of the same rows is in rows_csv.c.
 */
#include "db/rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "db/cells.h"

#include "base/banned.h"

enum {
	COLUMNS_MAX = ROWS_COLUMNS_MAX,
	PREFIX_SIZE = 68, /* `,"` a name of PostgreSQL (63) `":` */
	SHORT_TEXT = 126, /* bytes that are quoted on the stack and written at once */
};

/* One column of a result on its way out; made once per result, used for each row. */
struct column {
	char prefix[PREFIX_SIZE]; /* `,"name":` */
	size_t prefix_size;
	int index;
	enum cell_kind kind;
	bool splice; /* named "*" */
};

static struct column column_of(const PGresult *result, int index)
{
	const char *name = PQfname(result, index);
	size_t size = strlen(name);
	struct column column = {
		.index = index, .kind = cell_kind(PQftype(result, index)), .splice = strcmp(name, "*") == 0};
	assert(size + 4 <= sizeof column.prefix);
	memcpy(column.prefix, ",\"", 2);
	memcpy(column.prefix + 2, name, size);
	memcpy(column.prefix + 2 + size, "\":", 2);
	column.prefix_size = size + 4;
	return column;
}

/* The columns that a client sees. */
static int columns_of(const PGresult *result, struct column ret_columns[COLUMNS_MAX])
{
	int n = 0;
	int fields = PQnfields(result);
	assert(fields <= COLUMNS_MAX);
	for (int i = 0; i < fields; i++)
		if (PQfname(result, i)[0] != '_')
			ret_columns[n++] = column_of(result, i);
	return n;
}

void rows_write_name(struct buf *buf, const char *name, bool *more)
{
	buf_add(buf, ",\"", *more ? 2 : 0);
	if (!*more)
		buf_add_char(buf, '"');
	buf_add_text(buf, name);
	buf_add(buf, "\":", 2);
	*more = true;
}

/* The inside of a JSON object as PostgreSQL writes jsonb: `{"a": 1}`. Anything else than an object is left out. */
static void splice(struct buf *buf, const char *text, size_t size, bool *more)
{
	if (size < 3 || text[0] != '{')
		return;
	if (*more)
		buf_add_char(buf, ',');
	buf_add(buf, text + 1, size - 2);
	*more = true;
}

static void write_array(struct buf *buf, const char *text, size_t size)
{
	struct cell_elements elements;
	struct cell_element element;
	const char *separator = "[";
	cell_elements_init(&elements, text, size);
	while (cell_elements_next(&elements, &element)) {
		buf_add_text(buf, separator);
		separator = ",";
		if (element.is_null)
			buf_add(buf, "null", 4);
		else
			buf_add_json_string(buf, element.text, element.size);
	}
	cell_elements_release(&elements);
	if (separator[0] == '[')
		buf_add_char(buf, '[');
	buf_add_char(buf, ']');
}

/* A text of ordinary characters, which is nearly every one, goes out in one piece. */
static void write_text(struct buf *buf, const char *text, size_t size)
{
	char quoted[SHORT_TEXT + 2];
	if (size > SHORT_TEXT) {
		buf_add_json_string(buf, text, size);
		return;
	}
	quoted[0] = '"';
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c < 0x20 || c == '"' || c == '\\') {
			buf_add_json_string(buf, text, size);
			return;
		}
		quoted[i + 1] = text[i];
	}
	quoted[size + 1] = '"';
	buf_add(buf, quoted, size + 2);
}

static void write_instant(struct buf *buf, const char *text, size_t size)
{
	char quoted[CLOCK_TEXT_SIZE + 1] = "\"";
	if (!cell_instant(text, size, quoted + 1)) {
		buf_add(buf, "null", 4);
		return;
	}
	quoted[CLOCK_TEXT_SIZE] = '"';
	buf_add(buf, quoted, CLOCK_TEXT_SIZE + 1);
}

static void write_value(struct buf *buf, enum cell_kind kind, const char *text, size_t size)
{
	switch (kind) {
	case CELL_TEXT:
	case CELL_PLAIN:
		write_text(buf, text, size);
		return;
	case CELL_DATE:
		if (cell_is_date(text, size))
			write_text(buf, text, size);
		else
			buf_add(buf, "null", 4);
		return;
	case CELL_INSTANT:
		write_instant(buf, text, size);
		return;
	case CELL_NUMBER:
		if (cell_is_finite(text))
			buf_add(buf, text, size);
		else
			buf_add(buf, "null", 4);
		return;
	case CELL_INTEGER:
	case CELL_JSON:
		buf_add(buf, text, size);
		return;
	case CELL_BOOL:
		buf_add_text(buf, text[0] == 't' ? "true" : "false");
		return;
	case CELL_ARRAY:
		write_array(buf, text, size);
		return;
	case CELL_UNKNOWN:
		break;
	}
	/* The check at start has refused statements with such a column. */
	buf_add(buf, "null", 4);
}

static void write_row(struct buf *buf, const PGresult *result, int row, const struct column *columns, int n, bool *more)
{
	for (const struct column *c = columns; c < columns + n; c++) {
		const char *text = PQgetvalue(result, row, c->index);
		size_t size = (size_t)PQgetlength(result, row, c->index);
		if (c->splice) {
			splice(buf, text, size, more);
			continue;
		}
		buf_add(buf, c->prefix + !*more, c->prefix_size - !*more);
		*more = true;
		/* Only an empty text can be null: asking costs as much as the text itself. */
		if (size == 0 && PQgetisnull(result, row, c->index) != 0)
			buf_add(buf, "null", 4);
		else
			write_value(buf, c->kind, text, size);
	}
}

bool rows_write_members(struct buf *buf, const PGresult *result, int row)
{
	struct column columns[COLUMNS_MAX];
	int n = columns_of(result, columns);
	bool more = false;
	write_row(buf, result, row, columns, n, &more);
	return more;
}

void rows_write_object(struct buf *buf, const PGresult *result, int row)
{
	buf_add_char(buf, '{');
	(void)rows_write_members(buf, result, row);
	buf_add_char(buf, '}');
}

void rows_write_list(struct buf *buf, const PGresult *result, int first, int last)
{
	struct column columns[COLUMNS_MAX];
	int n = columns_of(result, columns);
	buf_add_char(buf, '[');
	for (int row = first; row < last; row++) {
		bool more = false;
		buf_add(buf, ",{", row == first ? 0 : 2);
		if (row == first)
			buf_add_char(buf, '{');
		write_row(buf, result, row, columns, n, &more);
		buf_add_char(buf, '}');
	}
	buf_add_char(buf, ']');
}

bool rows_type_is_known(Oid type)
{
	return cell_kind(type) != CELL_UNKNOWN;
}

/* The field of a named column; NULL where it is null. */
static const char *field(const PGresult *result, int row, const char *column, size_t *ret_size)
{
	int index = PQfnumber(result, column);
	assert(index >= 0 && row < PQntuples(result));
	if (PQgetisnull(result, row, index) != 0)
		return NULL;
	*ret_size = (size_t)PQgetlength(result, row, index);
	return PQgetvalue(result, row, index);
}

const char *rows_text(const PGresult *result, int row, const char *column)
{
	size_t size;
	return field(result, row, column, &size);
}

long long rows_int(const PGresult *result, int row, const char *column)
{
	const char *text = rows_text(result, row, column);
	return text == NULL ? 0 : strtoll(text, NULL, 10);
}

bool rows_bool(const PGresult *result, int row, const char *column)
{
	const char *text = rows_text(result, row, column);
	return text != NULL && text[0] == 't';
}

void rows_instant(const PGresult *result, int row, const char *column, char ret_text[CLOCK_TEXT_SIZE])
{
	size_t size = 0;
	const char *text = field(result, row, column, &size);
	if (text == NULL || !cell_instant(text, size, ret_text))
		ret_text[0] = '\0';
}
