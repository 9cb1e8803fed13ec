/* Writes the rows of people. */
#include "referral/people.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "referral/quality.h"

#include "base/banned.h"

enum { CHILD_NAMES_MAX = 200 };

/* The first character of a name, however many bytes it has. */
static int initial_size(const char *name)
{
	int n = 1;
	while (((unsigned char)name[n] & 0xc0) == 0x80)
		n++;
	return n;
}

const char *people_child_names(struct arena *arena, const json_t *children)
{
	struct buf names;
	buf_init(&names, CHILD_NAMES_MAX);
	size_t i;
	json_t *child;
	json_array_foreach(children, i, child)
	{
		const char *first = json_said(child, "first_name");
		const char *family = json_said(child, "family_name");
		if (first == NULL && family == NULL)
			continue;
		size_t before = names.size;
		if (before > 0)
			buf_add_text(&names, ", ");
		if (first != NULL)
			buf_printf(&names, "%.*s.%s", initial_size(first), first, family != NULL ? " " : "");
		buf_add_text(&names, family != NULL ? family : "");
		if (names.overflow) {
			names.size = before;
			names.overflow = false;
			break;
		}
	}
	const char *text = arena_strndup(arena, buf_text(&names), names.size);
	buf_release(&names);
	return text;
}

static void open_row(struct buf *out, const char *id, size_t ordinal)
{
	buf_printf(out, "{\"id\":\"%s\",\"ordinal\":%zu", id, ordinal);
}

static void close_row(struct buf *out, const json_t *document)
{
	buf_add_text(out, ",\"document\":");
	json_write(out, document);
	buf_add_char(out, '}');
}

static void add_text(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return; /* absent and null are the same to jsonb_to_recordset */
	buf_printf(out, ",\"%s\":", name);
	buf_add_json_string(out, value, strlen(value));
}

static void add_date(struct buf *out, const json_t *person, const char *member)
{
	const char *text = json_text(person, member);
	int day;
	if (text != NULL && clock_parse_date(text, &day))
		add_text(out, member, text);
}

void people_write_child(struct buf *out, const json_t *child, const char *id, size_t ordinal)
{
	const char *nhs_number = json_text(child, "nhs_number");
	const char *upn = json_text(child, "upn");
	open_row(out, id, ordinal);
	add_date(out, child, "date_of_birth");
	add_date(out, child, "expected_date_of_delivery");
	add_text(out, "nhs_number", quality_nhs_number(nhs_number) ? nhs_number : NULL);
	add_text(out, "upn", quality_upn(upn) ? upn : NULL);
	close_row(out, child);
}

void people_write_person(struct buf *out, const json_t *person, const char *id, size_t ordinal)
{
	open_row(out, id, ordinal);
	add_date(out, person, "date_of_birth");
	close_row(out, person);
}
