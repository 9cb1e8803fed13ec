/* getFollowUpMetrics and listMetricsRecords. All counting is SQL's; this checks the period and writes the envelope. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/page.h"
#include "gen/report_sql.h"
#include "report/report.h"
#include "report/suppress.h"

#include "base/banned.h"

enum { YEARS_MAX = 10 };

/* ---- what both ask for ---- */

/* The contract has checked that both are dates: of this one form, so that the order of the texts is that of the days. */
static enum err_code check_period(const char *from, const char *to, struct err *err)
{
	char latest[40];
	(void)snprintf(latest, sizeof latest, "%04ld%.6s", strtol(from, NULL, 10) + YEARS_MAX, from + 4);
	if (strcmp(from, to) >= 0)
		return err_set(err, ERR_INVALID_PARAMETER, "query: to",
			       "this is the first day after the period: it must be later than `from`");
	if (strcmp(to, latest) > 0)
		return err_set(err, ERR_INVALID_PARAMETER, "query: to", "a period is at most %d years long", YEARS_MAX);
	return ERR_NONE;
}

static enum err_code check_as_at(const PGresult *as_at, struct err *err)
{
	if (rows_bool(as_at, 0, "_in_future"))
		return err_set(err, ERR_INVALID_PARAMETER, "query: as_at",
			       "nobody knows the figures of a moment to come");
	return ERR_NONE;
}

static const char *calendar_of(const struct call *call)
{
	return call->caller.calendar_id[0] == '\0' ? NULL : call->caller.calendar_id;
}

/* ---- the figures ---- */

static void write_text_member(struct buf *out, const char *name, const char *text, bool *more)
{
	rows_write_name(out, name, more);
	buf_add_json_text(out, text);
}

static void add_query(struct buf *out, const char *name, const char *value)
{
	if (value != NULL)
		page_add_query(out, name, value);
}

static void write_link(const struct call *call, const PGresult *figures, int row, const char *as_at, const char *part)
{
	struct buf *out = call->out;
	buf_printf(out, "\"%s\":\"/v1/metrics/follow-up/records?part=%s", part, part);
	add_query(out, "name", rows_text(figures, row, "name"));
	add_query(out, "band", rows_text(figures, row, "band"));
	add_query(out, "from", call_parameter(call, "from"));
	add_query(out, "to", call_parameter(call, "to"));
	add_query(out, "as_at", as_at);
	add_query(out, "group_by", call_parameter(call, "group_by"));
	add_query(out, "group", rows_text(figures, row, "group"));
	buf_add_char(out, '"');
}

/* The links stand only where the caller may follow them. */
static void write_figure(const struct call *call, const PGresult *figures, int row, const char *as_at, bool linked)
{
	buf_add_char(call->out, '{');
	bool more = rows_write_members(call->out, figures, row);
	rows_write_name(call->out, "records", &more);
	if (linked) {
		buf_add_char(call->out, '{');
		write_link(call, figures, row, as_at, "numerator");
		buf_add_char(call->out, ',');
		write_link(call, figures, row, as_at, "denominator");
		buf_add_char(call->out, '}');
	} else {
		buf_add_text(call->out, "null");
	}
	buf_add_char(call->out, '}');
}

static void write_json(const struct call *call, const PGresult *as_at, const PGresult *figures, bool suppressed)
{
	char instant[28];
	bool linked = !suppressed && caller_has(&call->caller, permission_roles("metrics_record.list"));
	rows_instant(as_at, 0, "as_at", instant);
	buf_add_char(call->out, '{');
	bool more = rows_write_members(call->out, as_at, 0);
	write_text_member(call->out, "from", call_parameter(call, "from"), &more);
	write_text_member(call->out, "to", call_parameter(call, "to"), &more);
	write_text_member(call->out, "group_by", call_parameter(call, "group_by"), &more);
	rows_write_name(call->out, "suppressed", &more);
	buf_add_text(call->out, suppressed ? "true" : "false");
	rows_write_name(call->out, "figures", &more);
	buf_add_char(call->out, '[');
	for (int row = 0; row < PQntuples(figures); row++) {
		if (row > 0)
			buf_add_char(call->out, ',');
		write_figure(call, figures, row, instant, linked);
	}
	buf_add_text(call->out, "]}");
}

static void write_csv(const struct call *call, const PGresult *as_at, const PGresult *figures, bool suppressed)
{
	char instant[28];
	rows_instant(as_at, 0, "as_at", instant);
	const struct rows_constant constants[] = {{"as_at", instant},
						  {"from", call_parameter(call, "from")},
						  {"to", call_parameter(call, "to")},
						  {"suppressed", suppressed ? "true" : "false"},
						  {NULL, NULL}};
	call->x->reply.content_type = "text/csv; charset=utf-8; header=present";
	rows_write_csv(call->out, figures, 0, PQntuples(figures), constants);
}

/* Whoever may not see referrals takes figures out of the hub: for them small numbers are always hidden. */
static bool is_suppressed(const struct call *call)
{
	const char *asked = call_parameter(call, "suppress");
	return !caller_has(&call->caller, permission_roles("metrics_record.list")) ||
	       (asked != NULL && strcmp(asked, "true") == 0);
}

enum err_code report_follow_up(struct call *call, struct err *err)
{
	const char *from = call_parameter(call, "from");
	const char *to = call_parameter(call, "to");
	const char *at = call_parameter(call, "as_at");
	enum err_code code = check_period(from, to, err);
	if (code != ERR_NONE)
		return code;
	const struct db_step steps[] = {
		{&SQL_report_patience, NULL},
		{&SQL_report_as_at, DB_VALUES(at)},
		{&SQL_report_figures, DB_VALUES(call->caller.partnership, calendar_of(call), from, to,
						call_parameter(call, "group_by"), at)},
	};
	PGresult *results[3];
	code = call_read_all(call, steps, 3, results, err);
	if (code != ERR_NONE)
		return code;
	PQclear(results[0]);
	PGRESULT_AUTO PGresult *as_at = results[1];
	PGRESULT_AUTO PGresult *figures = results[2];
	code = check_as_at(as_at, err);
	if (code != ERR_NONE)
		return code;
	bool suppressed = is_suppressed(call);
	if (suppressed)
		suppress_figures(figures, call->arena);
	if (page_wants_csv(call)) {
		write_csv(call, as_at, figures, suppressed);
	} else {
		write_json(call, as_at, figures, suppressed);
	}
	call_reply(call, 200);
	return ERR_NONE;
}

/* ---- the records behind a number ---- */

enum err_code report_records(struct call *call, struct err *err)
{
	const char *from = call_parameter(call, "from");
	const char *to = call_parameter(call, "to");
	const char *at = call_parameter(call, "as_at");
	struct page page;
	enum err_code code = check_period(from, to, err);
	if (code == ERR_NONE)
		code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	const struct db_step steps[] = {
		{&SQL_report_patience, NULL},
		{&SQL_report_as_at, DB_VALUES(at)},
		{&SQL_report_records,
		 DB_VALUES(call->caller.partnership, calendar_of(call), from, to, call_parameter(call, "group_by"), at,
			   call_parameter(call, "name"), call_parameter(call, "band"), call_parameter(call, "part"),
			   call_parameter(call, "group"), page.after[0], page.after[1], page.after[2],
			   page.limit_text)},
	};
	PGresult *results[3];
	code = call_read_all(call, steps, 3, results, err);
	if (code != ERR_NONE)
		return code;
	PQclear(results[0]);
	PGRESULT_AUTO PGresult *as_at = results[1];
	PGRESULT_AUTO PGresult *records = results[2];
	code = check_as_at(as_at, err);
	return code == ERR_NONE ? page_reply(call, &page, records, err) : code;
}
