/* Writes receipts. */
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
	if (value == NULL)
		buf_add_text(out, "null");
	else
		buf_add_json_string(out, value, strlen(value));
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
	add_text(out, "rating", record->rating);
	add_text(out, "rating_source", "provisional_rule");
	buf_printf(out, ",\"immediate_protection_needed\":%s", record->immediate_protection_needed ? "true" : "false");
	add_text(out, "discussed", "no");
	buf_add_text(out, ",\"follow_ups\":");
	if (rows_text(rows, first, "id") == NULL) /* a policy that opens nothing on receipt */
		buf_add_text(out, "[]");
	else
		rows_write_list(out, rows, first, last);
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
	const char *const *values = DB_VALUES(call->caller.partnership, referral_id);
	bool is_agency = call->caller.agency_id[0] != '\0';
	enum err_code code = call_run(call, &SQL_referral_receipt, values, &referral, err);
	if (code == ERR_NONE)
		code = call_run(call, is_agency ? followup_of_referral_for_agency : followup_of_referral, values,
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
