/* See explanation.h. Times are those of the calendar's zone, as the statements wrote them. */
#include "followup/explanation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { SENTENCE_MAX = 48 * 1024 }; /* a screening's reason has 10,000 characters at the most */

struct telling {
	struct buf *out;
	bool more;
};

static void tell(struct telling *telling, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One sentence; the longest words that anybody can have written in it fit. */
static void tell(struct telling *telling, const char *format, ...)
{
	char sentence[SENTENCE_MAX];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	if (n < 0)
		return;
	if (telling->more)
		buf_add_char(telling->out, ',');
	telling->more = true;
	buf_add_json_string(telling->out, sentence, strlen(sentence));
}

/* ---- words for codes ---- */

static bool is(const char *text, const char *code)
{
	return text != NULL && strcmp(text, code) == 0;
}

/* "1 working day", "120 working minutes" */
static const char *length_text(char *out, size_t size, const char *amount, const char *unit)
{
	static const struct {
		const char *unit;
		const char *one;
		const char *many;
	} words[] = {
		{"elapsed_minutes", "minute", "minutes"},
		{"working_minutes", "working minute", "working minutes"},
		{"working_days", "working day", "working days"},
		{"calendar_months", "month", "months"},
	};
	const char *shown = amount[0] == '-' ? amount + 1 : amount;
	const char *back = amount[0] == '-' ? " before" : "";
	if (is(unit, "working_day_ends")) {
		(void)snprintf(out, size,
			       is(shown, "0") ? "the end of the working day" : "the end of working day %s after",
			       shown);
		return out;
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (is(unit, words[i].unit))
			(void)snprintf(out, size, "%s %s%s", shown, is(shown, "1") ? words[i].one : words[i].many,
				       back);
	}
	return out;
}

static const char *why_text(const char *why)
{
	static const char *const words[][2] = {
		{"weekend", "weekend"},           {"bank_holiday", "bank holiday"},   {"closure", "closed"},
		{"closed_day", "closed all day"}, {"outside_hours", "outside hours"}, {"paused", "paused"},
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (is(why, words[i][0]))
			return words[i][1];
	}
	return why;
}

/* ---- how the time was counted ---- */

static void tell_start(struct telling *telling, const PGresult *head, const PGresult *ledger)
{
	char length[80] = "";
	const char *opened = PQntuples(ledger) > 0 ? rows_text(ledger, 0, "_at") : rows_text(head, 0, "_started");
	tell(telling, "Opened on %s.", opened);
	if (is(rows_text(head, 0, "_due_problem"), "date_missing")) {
		tell(telling, "By the rule %s (%s; source: %s) it is counted from a date that the record lacks.",
		     rows_text(head, 0, "rule"), rows_text(head, 0, "policy"), rows_text(head, 0, "source"));
		return;
	}
	tell(telling, "By the rule %s (%s; source: %s) it has %s, counted from %s.", rows_text(head, 0, "rule"),
	     rows_text(head, 0, "policy"), rows_text(head, 0, "source"),
	     length_text(length, sizeof length, rows_text(head, 0, "amount"), rows_text(head, 0, "unit")),
	     rows_text(head, 0, "_counted_from"));
}

static void tell_stretches(struct telling *telling, const PGresult *stretches, bool in_working_time)
{
	for (int row = 0; row < PQntuples(stretches); row++) {
		const char *from = rows_text(stretches, row, "_from");
		const char *to = rows_text(stretches, row, "_to");
		const char *title = rows_text(stretches, row, "title");
		if (rows_bool(stretches, row, "counted"))
			tell(telling, "%s to %s: %s %s.", from, to, rows_text(stretches, row, "minutes"),
			     in_working_time ? "working minutes" : "minutes");
		else
			tell(telling, "%s to %s: skipped, %s%s%s%s.", from, to,
			     why_text(rows_text(stretches, row, "why")), title == NULL ? "" : " (",
			     title == NULL ? "" : title, title == NULL ? "" : ")");
	}
}

static void tell_sum(struct telling *telling, const struct explanation *e)
{
	const PGresult *head = e->head;
	if (rows_text(head, 0, "counted_to") == NULL) {
		if (!is(rows_text(head, 0, "_due_problem"), "date_missing"))
			tell(telling,
			     "The calendar ends before so much time has passed: nobody can say when it is due.");
		return;
	}
	tell(telling, "Together %s minutes, which end on %s.", rows_text(head, 0, "minutes"),
	     rows_text(head, 0, "_counted_to"));
}

static void tell_bound(struct telling *telling, const struct explanation *e)
{
	if (rows_text(e->head, 0, "limit_at") == NULL)
		return;
	const char *effect = rows_bool(e->head, 0, "limit_applies") ? "that is what counts"
								    : "that is later, and changes nothing";
	if (e->bound_kind != NULL)
		tell(telling, "It is not later than %s allows, %s: %s.", e->bound_kind, rows_text(e->head, 0, "_limit"),
		     effect);
	else
		tell(telling, "It is not later than %s: %s.", rows_text(e->head, 0, "_limit"), effect);
}

/* ---- what happened to it ---- */

static void tell_change(struct telling *telling, const PGresult *ledger, int row)
{
	const char *type = rows_text(ledger, row, "type");
	const char *at = rows_text(ledger, row, "_at");
	const char *note = rows_text(ledger, row, "note");
	const char *reason = rows_text(ledger, row, "reason");
	const char *due = rows_text(ledger, row, "_due");
	if (is(type, "follow_up_retimed") && is(reason, "rating"))
		tell(telling, "On %s %s gave it another time (rating, from %s to %s%s%s): due %s before, %s after.", at,
		     rows_text(ledger, row, "_actor"), rows_text(ledger, row, "rating_before"),
		     rows_text(ledger, row, "rating"), note == NULL ? "" : ": ", note == NULL ? "" : note,
		     rows_text(ledger, row, "_before"), due);
	else if (is(type, "follow_up_retimed"))
		tell(telling, "On %s %s gave it another time (%s): due %s before, %s after.", at,
		     rows_text(ledger, row, "_actor"), reason == NULL ? "facts" : reason,
		     rows_text(ledger, row, "_before"), due);
	else if (is(type, "follow_up_paused"))
		tell(telling, "On %s %s paused it until %s (%s: %s): due %s before, %s after.", at,
		     rows_text(ledger, row, "_actor"), rows_text(ledger, row, "_paused_until"), reason,
		     note == NULL ? "" : note, rows_text(ledger, row, "_before"), due);
	else if (is(type, "follow_up_resumed") && is(reason, "time_is_up"))
		tell(telling, "On %s it resumed by itself: due %s.", at, due);
	else if (is(type, "follow_up_resumed"))
		tell(telling, "On %s %s resumed it (%s%s%s): due %s before, %s after.", at,
		     rows_text(ledger, row, "_actor"), reason, note == NULL ? "" : ": ", note == NULL ? "" : note,
		     rows_text(ledger, row, "_before"), due);
	else if (is(type, "follow_up_warned"))
		tell(telling, "On %s it was told that it is due soon, on %s.", at, due);
}

static void tell_levels(struct telling *telling, const PGresult *levels)
{
	for (int row = 0; row < PQntuples(levels); row++) {
		const char *level = rows_text(levels, row, "level");
		const char *role = rows_text(levels, row, "role");
		const char *at = rows_text(levels, row, "_reached");
		const char *cleared = rows_text(levels, row, "_cleared");
		if (rows_bool(levels, row, "_is_ahead") && role != NULL)
			tell(telling, "If it is still open on %s, level %s tells the role %s.", at, level, role);
		else if (!rows_bool(levels, row, "_is_ahead"))
			tell(telling, "Timing %s was missed on %s: level %s%s%s%s%s.", rows_text(levels, row, "timing"),
			     at, level, role == NULL ? "" : ", told to the role ", role == NULL ? "" : role,
			     cleared == NULL ? "" : ", cleared on ", cleared == NULL ? "" : cleared);
	}
}

/* The reason stands with the last thing that happened to it. */
static void tell_cancelled(struct telling *telling, const char *ended, const PGresult *ledger)
{
	const char *reason = rows_text(ledger, PQntuples(ledger) - 1, "reason");
	if (reason != NULL && is(reason, "transferred"))
		tell(telling, "It was cancelled on %s: another authority has accepted the referral, and owes it now.",
		     ended);
	else
		tell(telling, "It was cancelled on %s: what it asked for had no object any more.", ended);
}

static void tell_end(struct telling *telling, const PGresult *head, const PGresult *ledger)
{
	const char *state = rows_text(head, 0, "_state");
	const char *due = rows_text(head, 0, "_due");
	const char *ended = rows_text(head, 0, "_ended");
	if (is(state, "met"))
		tell(telling, "It was met on %s, recorded on %s; it was due on %s.", rows_text(head, 0, "_met"), ended,
		     due == NULL ? "a day that nobody could tell" : due);
	else if (is(state, "waived"))
		tell(telling, "It was waived on %s: %s", ended, rows_text(head, 0, "_waived_reason"));
	else if (is(state, "cancelled"))
		tell_cancelled(telling, ended, ledger);
	else if (due == NULL)
		tell(telling, "It is open, and has no due instant.");
	else if (rows_bool(head, 0, "_is_past"))
		tell(telling, "It is open, and overdue since %s.", due);
	else
		tell(telling, "It is %s, and due on %s.", rows_bool(head, 0, "_is_paused") ? "paused" : "open", due);
}

void explanation_write_sentences(struct buf *out, const struct explanation *e)
{
	struct telling telling = {.out = out};
	const char *unit = rows_text(e->head, 0, "unit");
	buf_add_char(out, '[');
	tell_start(&telling, e->head, e->ledger);
	tell_stretches(&telling, e->stretches, strncmp(unit, "working", strlen("working")) == 0);
	tell_sum(&telling, e);
	tell_bound(&telling, e);
	if (!rows_bool(e->head, 0, "_fits"))
		tell(&telling, "The calendar has changed since: it was counted by the one of then.");
	for (int row = 0; row < PQntuples(e->ledger); row++)
		tell_change(&telling, e->ledger, row);
	tell_levels(&telling, e->levels);
	tell_end(&telling, e->head, e->ledger);
	buf_add_char(out, ']');
}
