/*
 * Writes receipts. What an agency is told, the first time and again: the provisional rating by rule from its own words, topics
 * as code and weight, and of the follow-ups those of its own view. Staff get the hub's rating and all follow-ups besides.
 */
#include "referral/receipt.h"

#include <string.h>

#include "followup/followup.h"
#include "gen/referral_sql.h"
#include "referral/referral.h"

#include "base/banned.h"

const char REFERRAL_NOTICE[] = "This is not an emergency service. If a child is in immediate danger, call 999 now. The "
			       "hub reads referrals in its "
			       "working hours and will contact the referrer where something needs to be clarified.";

static void add_text(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, ",\"%s\":", name);
	buf_add_json_text(out, value);
}

static void add_notice(struct buf *out)
{
	add_text(out, "notice", REFERRAL_NOTICE);
	buf_add_char(out, '}');
}

static void add_headers(struct call *call, const char *id, long long version)
{
	call_location(call, "/v1/referrals/%s", id);
	call_etag(call, version);
}

/* As SQL_followup_of_referral_for_agency writes them. */
static void add_agency_follow_ups(struct buf *out, const PGresult *rows, int first, int last)
{
	static const char *const instants[] = {"started_at", "due_at", "met_at"};
	bool more = false;
	buf_add_char(out, '[');
	for (int row = first; row < last; row++) {
		if (!rows_bool(rows, row, "_for_agency"))
			continue;
		buf_printf(out, "%s{\"id\":\"%s\",\"kind\":\"%s\",\"state\":\"%s\"", more ? "," : "",
			   rows_text(rows, row, "id"), rows_text(rows, row, "kind"), rows_text(rows, row, "state"));
		for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
			char at[28];
			rows_instant(rows, row, instants[i], at);
			add_text(out, instants[i], at[0] == '\0' ? NULL : at);
		}
		buf_add_char(out, '}');
		more = true;
	}
	buf_add_char(out, ']');
}

static void add_follow_ups(struct call *call, const PGresult *rows, int first, int last)
{
	buf_add_text(call->out, ",\"follow_ups\":");
	if (rows_text(rows, first, "id") == NULL) /* a policy that opens nothing on receipt */
		buf_add_text(call->out, "[]");
	else if (call->caller.agency_id[0] != '\0')
		add_agency_follow_ups(call->out, rows, first, last);
	else
		rows_write_list(call->out, rows, first, last);
}

void receipt_write_new(struct call *call, const struct record *record, const PGresult *rows, int first, int last)
{
	struct buf *out = call->out;
	char received_at[28];
	char recorded_at[28];
	rows_instant(rows, first, "_received_at", received_at);
	rows_instant(rows, first, "_recorded_at", recorded_at);
	buf_printf(out, "{\"id\":\"%s\",\"reference\":\"%s\",\"version\":1,\"outcome\":\"created\"", record->id,
		   record->reference);
	add_text(out, "agency_reference", record->agency_reference);
	add_text(out, "channel", record->channel);
	add_text(out, "record_kind", record->record_kind);
	add_text(out, "source", record->source);
	add_text(out, "received_at", received_at);
	add_text(out, "recorded_at", recorded_at);
	add_text(out, "state", "received");
	add_text(out, "provisional_rating", record->rating);
	if (call->caller.agency_id[0] == '\0') {
		add_text(out, "rating", record->rating);
		add_text(out, "rating_source", "provisional_rule");
	}
	buf_printf(out, ",\"immediate_protection_needed\":%s", record->immediate_protection_needed ? "true" : "false");
	add_text(out, "discussed", "no");
	add_follow_ups(call, rows, first, last);
	buf_add_text(out, ",\"topics\":");
	record_write_topics(out, record->topics, record->n_topics);
	buf_add_text(out, ",\"quality_issues\":");
	buf_add_text(out, record_issues_text(call, record));
	add_notice(out);
	add_headers(call, record->id, 1);
	call_reply(call, 201);
}

static void write_topics(struct call *call, const char *array)
{
	const char *codes[TOPICS_MAX];
	size_t n = topics_of_array(call->arena, array, codes);
	record_write_topics(call->out, codes, n);
}

enum err_code receipt_write_known(struct call *call, const char *referral_id, const char *outcome,
				  const struct record *record, struct err *err)
{
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *follow_ups = NULL;
	enum err_code code = call_run(call, &SQL_referral_receipt,
				      DB_VALUES(call->caller.partnership, referral_id, record->body_digest), &referral,
				      err);
	if (code == ERR_NONE)
		code = call_run(call, followup_of_referral_for_agency, DB_VALUES(call->caller.partnership, referral_id),
				&follow_ups, err);
	if (code != ERR_NONE)
		return code;
	struct buf *out = call->out;
	buf_printf(out, "{\"outcome\":\"%s\",", outcome);
	(void)rows_write_members(out, referral, 0);
	buf_add_text(out, ",\"follow_ups\":");
	rows_write_list(out, follow_ups, 0, PQntuples(follow_ups));
	buf_add_text(out, ",\"topics\":");
	write_topics(call, rows_text(referral, 0, "_topics"));
	buf_add_text(out, ",\"quality_issues\":");
	buf_add_text(out, record_issues_text(call, record));
	add_notice(out);
	add_headers(call, referral_id, rows_int(referral, 0, "version"));
	call_reply(call, strcmp(outcome, "existing") == 0 ? 200 : 201);
	return ERR_NONE;
}
