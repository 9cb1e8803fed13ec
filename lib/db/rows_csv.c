/*
 * Result sets as CSV (RFC 4180) for people with a spreadsheet: no cell may start a formula. Same columns as the JSON,
 * without the spliced one.
 */
#include "db/rows.h"

#include <string.h>

#include "db/cells.h"

#include "base/banned.h"

static bool is_shown(const PGresult *result, int column)
{
	const char *name = PQfname(result, column);
	return name[0] != '_' && strcmp(name, "*") != 0;
}

static void write_text(struct buf *buf, const char *text, size_t size)
{
	bool defuse = size > 0 && strchr("=+-@\t\r", text[0]) != NULL;
	bool quote = memchr(text, '"', size) != NULL || memchr(text, ',', size) != NULL ||
		     memchr(text, '\n', size) != NULL || memchr(text, '\r', size) != NULL;
	if (quote)
		buf_add_char(buf, '"');
	if (defuse)
		buf_add_char(buf, '\'');
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '"')
			buf_add_char(buf, '"');
		buf_add_char(buf, text[i]);
	}
	if (quote)
		buf_add_char(buf, '"');
}

/* `a; b; c` */
static void write_array(struct buf *buf, const char *text, size_t size)
{
	struct buf joined;
	struct cell_elements elements;
	struct cell_element element;
	buf_init(&joined, 2 * size + 2);
	cell_elements_init(&elements, text, size);
	while (cell_elements_next(&elements, &element)) {
		if (joined.size > 0)
			buf_add(&joined, "; ", 2);
		if (!element.is_null)
			buf_add(&joined, element.text, element.size);
	}
	cell_elements_release(&elements);
	write_text(buf, buf_text(&joined), joined.size);
	buf_release(&joined);
}

static void write_cell(struct buf *buf, enum cell_kind kind, const char *text, size_t size)
{
	char instant[CLOCK_TEXT_SIZE];
	switch (kind) {
	case CELL_INSTANT:
		if (cell_instant(text, size, instant))
			buf_add_text(buf, instant);
		return;
	case CELL_DATE:
		if (cell_is_date(text, size))
			buf_add(buf, text, size);
		return;
	case CELL_NUMBER:
		if (cell_is_finite(text))
			buf_add(buf, text, size);
		return;
	case CELL_INTEGER:
	case CELL_PLAIN:
		buf_add(buf, text, size);
		return;
	case CELL_BOOL:
		buf_add_text(buf, text[0] == 't' ? "true" : "false");
		return;
	case CELL_ARRAY:
		write_array(buf, text, size);
		return;
	case CELL_TEXT:
	case CELL_JSON:
	case CELL_UNKNOWN:
		break;
	}
	write_text(buf, text, size);
}

static void write_header(struct buf *buf, const PGresult *result)
{
	bool more = false;
	for (int i = 0; i < PQnfields(result); i++) {
		if (!is_shown(result, i))
			continue;
		if (more)
			buf_add_char(buf, ',');
		more = true;
		write_text(buf, PQfname(result, i), strlen(PQfname(result, i)));
	}
}

static void write_row(struct buf *buf, const PGresult *result, int row)
{
	bool more = false;
	for (int i = 0; i < PQnfields(result); i++) {
		if (!is_shown(result, i))
			continue;
		if (more)
			buf_add_char(buf, ',');
		more = true;
		if (PQgetisnull(result, row, i) == 0)
			write_cell(buf, cell_kind(PQftype(result, i)), PQgetvalue(result, row, i),
				   (size_t)PQgetlength(result, row, i));
	}
}

/* Their names, or their texts, behind the cells of the line; and its end. */
static void end_line(struct buf *buf, const struct rows_constant *constants, bool is_header)
{
	for (; constants != NULL && constants->name != NULL; constants++) {
		const char *cell = is_header ? constants->name : constants->text;
		buf_add_char(buf, ',');
		write_text(buf, cell, strlen(cell));
	}
	buf_add(buf, "\r\n", 2);
}

void rows_write_csv(struct buf *buf, const PGresult *result, int first, int last, const struct rows_constant *constants)
{
	write_header(buf, result);
	end_line(buf, constants, true);
	for (int row = first; row < last; row++) {
		write_row(buf, result, row);
		end_line(buf, constants, false);
	}
}
