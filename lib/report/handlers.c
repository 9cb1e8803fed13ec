/* getFollowUpMetrics. All counting is SQL's; this checks the period and writes the envelope. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/page.h"
#include "gen/report_sql.h"
#include "report/report.h"

#include "base/banned.h"

enum { YEARS_MAX = 10 };

static void write_text_member(struct buf *out, const char *name, const char *text, bool *more)
{
	rows_write_name(out, name, more);
	if (text == NULL)
		buf_add_text(out, "null");
	else
		buf_add_json_string(out, text, strlen(text));
}

static void write_json(struct call *call, const PGresult *as_at, const PGresult *figures)
{
	buf_add_char(call->out, '{');
	bool more = rows_write_members(call->out, as_at, 0);
	write_text_member(call->out, "from", call_parameter(call, "from"), &more);
	write_text_member(call->out, "to", call_parameter(call, "to"), &more);
	write_text_member(call->out, "group_by", call_parameter(call, "group_by"), &more);
	rows_write_name(call->out, "figures", &more);
	rows_write_list(call->out, figures, 0, PQntuples(figures));
	buf_add_char(call->out, '}');
}

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

enum err_code report_follow_up(struct call *call, struct err *err)
{
	const char *from = call_parameter(call, "from");
	const char *to = call_parameter(call, "to");
	enum err_code code = check_period(from, to, err);
	if (code != ERR_NONE)
		return code;
	const char *calendar = call->caller.calendar_id[0] == '\0' ? NULL : call->caller.calendar_id;
	const struct db_step steps[] = {
		{&SQL_report_as_at, NULL},
		{&SQL_report_follow_up_figures,
		 DB_VALUES(call->caller.partnership, calendar, from, to, call_parameter(call, "group_by"))},
	};
	PGresult *results[2];
	code = call_read_all(call, steps, 2, results, err);
	if (code != ERR_NONE)
		return code;
	PGRESULT_AUTO PGresult *as_at = results[0];
	PGRESULT_AUTO PGresult *figures = results[1];
	if (page_wants_csv(call)) {
		call->x->reply.content_type = "text/csv; charset=utf-8; header=present";
		rows_write_csv(call->out, figures, 0, PQntuples(figures));
	} else {
		write_json(call, as_at, figures);
	}
	call_reply(call, 200);
	return ERR_NONE;
}
