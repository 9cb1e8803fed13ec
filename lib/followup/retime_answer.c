/* The part that the dry-runs of calendars and of policies answer alike. */
#include "db/rows.h"
#include "followup/retime_open.h"

#include "base/banned.h"

enum { ITEMS_MAX = 8 << 20 };

void retime_answer_begin(struct retime_answer *answer, struct call *call, long limit)
{
	*answer = (struct retime_answer){.call = call, .named = call_sees_referrals(call), .limit = limit};
	buf_init(&answer->items, ITEMS_MAX);
}

void retime_answer_add(void *answer, const PGresult *rows, int row)
{
	struct retime_answer *a = answer;
	if (!a->named || (a->limit > 0 && a->n >= a->limit))
		return;
	if (a->n++ > 0)
		buf_add_char(&a->items, ',');
	rows_write_object(&a->items, rows, row);
}

static void write_counts(struct buf *out, const struct retime_counts *counts)
{
	buf_printf(out,
		   "\"moved\":%lld,\"earlier\":%lld,\"later\":%lld,\"timed\":%lld,\"lost\":%lld,\"opened\":%lld,"
		   "\"cancelled\":%lld,\"unchanged\":%lld",
		   retime_moved(counts), counts->earlier, counts->later, counts->timed, counts->lost, counts->opened,
		   counts->cancelled, counts->unchanged);
}

void retime_answer_write(const struct retime_answer *answer, const struct retime_report *report)
{
	struct buf *out = answer->call->out;
	buf_printf(out, "\"referrals\":%lld,", report->referrals);
	write_counts(out, &report->all);
	buf_printf(out, ",\"complete\":%s,\"by_kind\":[", report->complete ? "true" : "false");
	for (size_t i = 0; i < report->n_kinds; i++) {
		buf_printf(out, "%s{\"kind\":\"%s\",", i == 0 ? "" : ",", report->by_kind[i].kind);
		write_counts(out, &report->by_kind[i]);
		buf_add_char(out, '}');
	}
	buf_add_text(out, "],\"items\":[");
	buf_add_text(out, buf_text(&answer->items));
	buf_add_char(out, ']');
}

void retime_answer_release(struct retime_answer *answer)
{
	buf_release(&answer->items);
}
