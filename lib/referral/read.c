/* Reading: one referral, for the hub or for its agency, and the worklist. */
#include <string.h>

#include "call/page.h"
#include "change/change.h"
#include "closure/closure.h"
#include "consultation/consultation.h"
#include "decision/decision.h"
#include "discussion/discussion.h"
#include "feedback/feedback.h"
#include "flag/flag.h"
#include "followup/followup.h"
#include "gen/referral_sql.h"
#include "handover/handover.h"
#include "link/link.h"
#include "note/note.h"
#include "opencase/opencase.h"
#include "person/person.h"
#include "referral/referral.h"
#include "referral/topics.h"
#include "screening/screening.h"
#include "signoff/signoff.h"
#include "strategy/strategy.h"
#include "transfer/transfer.h"
#include "withdrawal/withdrawal.h"
#include "writing/writing.h"

#include "base/banned.h"

/*
 * One nested list of a record: a member and the statement that gives its rows; both take partnership and referral. Most records
 * have few of them: whatever adds a row to one tells it by an event, and without any of these the list is empty and not read.
 */
struct part {
	const char *member;
	const struct statement *const *statement; /* where its owner keeps it */
	const char *told_by[2];                   /* types of events; none: always read */
};

enum { PARTS_MAX = 40 };

static const struct statement *const children = &SQL_referral_children;
static const struct statement *const household = &SQL_referral_household;
static const struct statement *const submissions = &SQL_referral_submissions;
static const struct statement *const submissions_for_agency = &SQL_referral_submissions_for_agency;
static const struct statement *const topics = &SQL_referral_topics;

static void clear_all(PGresult **results, size_t n)
{
	for (size_t i = 0; i < n; i++)
		PQclear(results[i]);
}

static void write_parts(struct call *call, const struct part *parts, PGresult *const *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_printf(call->out, ",\"%s\":", parts[i].member);
		if (results[i] == NULL)
			buf_add_text(call->out, "[]");
		else
			rows_write_list(call->out, results[i], 0, PQntuples(results[i]));
	}
}

static void write_topic(struct buf *out, bool *more, const char *code, const char *status, const char *reason)
{
	buf_printf(out, "%s{\"code\":\"%s\",\"weight\":\"%s\",\"status\":\"%s\",\"reason\":", *more ? "," : "", code,
		   topic_weight(code), status);
	buf_add_json_text(out, reason);
	buf_add_char(out, '}');
	*more = true;
}

static bool is_judged(const PGresult *judged, const char *code)
{
	for (int row = 0; row < PQntuples(judged); row++) {
		if (strcmp(rows_text(judged, row, "code"), code) == 0)
			return true;
	}
	return false;
}

/*
 * What a person has judged, then what a rule only offers; the weight is the table's in C. That there was an earlier referral is
 * no part of what was sent: it is offered when the record is read.
 */
static void write_topics(struct call *call, const PGresult *record, const PGresult *judged, bool earlier)
{
	static const char EARLIER[] = "earlier_referral";
	const char *offered[TOPICS_MAX];
	size_t n = topics_of_array(call->arena, rows_text(record, 0, "_topics_offered"), offered);
	bool more = false;
	buf_add_text(call->out, ",\"topics\":[");
	for (int row = 0; row < PQntuples(judged); row++)
		write_topic(call->out, &more, rows_text(judged, row, "code"), rows_text(judged, row, "status"),
			    rows_text(judged, row, "reason"));
	for (size_t i = 0; i < n; i++) {
		if (!is_judged(judged, offered[i]))
			write_topic(call->out, &more, offered[i], "offered", NULL);
	}
	if (earlier && !is_judged(judged, EARLIER))
		write_topic(call->out, &more, EARLIER, "offered", NULL);
	buf_add_char(call->out, ']');
}

static bool is_told(const struct part *part, const PGresult *happened)
{
	for (size_t i = 0; i < 2 && part->told_by[i] != NULL; i++) {
		for (int row = 0; row < PQntuples(happened); row++) {
			if (strcmp(PQgetvalue(happened, row, 0), part->told_by[i]) == 0)
				return true;
		}
	}
	return part->told_by[0] == NULL;
}

/* Steps of read_all(): the record, what has happened to it, the parts. */
enum { RECORD, HAPPENED, PARTS };

static bool is_wanted(const void *ctx, PGresult *const *results, size_t step)
{
	const struct part *parts = ctx;
	return PQntuples(results[RECORD]) == 1 && is_told(&parts[step - PARTS], results[HAPPENED]);
}

/*
 * Reads the record and its parts, in one snapshot or in the transaction that runs. results[RECORD] is the record, those from PARTS
 * on are the parts', NULL where one was not read because it is empty. ERR_NOT_FOUND where there is no record for this caller.
 */
static enum err_code read_all(struct call *call, const struct statement *record, const char *const *values,
			      const struct part *parts, size_t n, bool in_transaction, PGresult **ret_results,
			      struct err *err)
{
	struct db_step steps[PARTS + PARTS_MAX] = {{record, values}, {&SQL_referral_happened, values}};
	for (size_t i = 0; i < n; i++)
		steps[PARTS + i] = (struct db_step){*parts[i].statement, values};
	const struct db_rounds rounds = {.n_first = PARTS, .wanted = is_wanted, .ctx = parts};
	enum err_code code = in_transaction ? db_run_all(call->db, steps, PARTS + n, ret_results, err)
					    : call_read_in_two(call, steps, PARTS + n, &rounds, ret_results, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(ret_results[RECORD]) == 1)
		return ERR_NONE;
	clear_all(ret_results, PARTS + n);
	return call_not_found(err);
}

static enum err_code get_for_hub(struct call *call, const char *id, bool in_transaction, struct err *err)
{
	static const struct part parts[] = {
		{"children", &children, {NULL}},
		{"household", &household, {NULL}},
		{"submissions", &submissions, {NULL}},
		{"screenings", &screening_of_referral, {"screened"}},
		{"contact_attempts", &discussion_of_referral, {"contact_attempted", "discussed"}},
		{"discussion_confirmations",
		 &discussion_confirmations_of_referral,
		 {"discussion_confirmed", "discussion_disputed"}},
		{"decisions", &decision_of_referral, {"decided"}},
		{"feedback", &feedback_of_referral, {"feedback_recorded"}},
		{"notes", &note_of_referral, {"note_added"}},
		{"withdrawals", &withdrawal_of_referral, {"withdrawal_requested"}},
		{"closures", &closure_of_referral, {"closed"}},
		{"reopenings", &closure_reopenings_of_referral, {"reopened"}},
		{"follow_ups", &followup_of_referral, {NULL}},
		{"flags", &flag_of_referral, {"flag_raised"}},
		{"assignments", &change_assignments, {"assigned"}},
		{"links", &link_of_referral, {"linked"}},
		{"open_cases", &opencase_of_referral, {"passed_to_allocated_worker"}},
		{"handovers", &handover_of_referral, {"handover_offered", "handover_accepted"}},
		{"births", &change_births, {"birth_recorded"}},
		{"transfers", &transfer_of_referral, {"transfer_decided"}},
		{"strategy_discussions", &strategy_of_referral, {"strategy_discussion_recorded"}},
		{"written_confirmations", &writing_of_referral, {"document_received"}},
		{"consultations", &consultation_of_referral, {"consultation_linked"}},
		{"sign_offs", &sign_off_of_referral, {"sign_off_asked"}},
		{"earlier_referrals", &person_earlier_of_referral, {NULL}},
		{"topics", &topics, {NULL}},
	};
	enum { N = sizeof parts / sizeof *parts };
	PGresult *results[PARTS + N] = {NULL};
	enum err_code code = read_all(call, &SQL_referral_one, DB_VALUES(call->caller.partnership, id), parts, N,
				      in_transaction, results, err);
	if (code != ERR_NONE)
		return code;
	buf_add_char(call->out, '{');
	(void)rows_write_members(call->out, results[RECORD], 0);
	write_parts(call, parts, results + PARTS, N - 2);
	bool earlier = person_write_earlier(call->out, results[PARTS + N - 2]);
	write_topics(call, results[RECORD], results[PARTS + N - 1], earlier);
	buf_add_char(call->out, '}');
	call_etag(call, rows_int(results[RECORD], 0, "version"));
	call_reply(call, 200);
	clear_all(results, PARTS + N);
	return ERR_NONE;
}

static enum err_code get_for_agency(struct call *call, const char *id, struct err *err)
{
	static const struct part parts[] = {
		{"submissions", &submissions_for_agency, {NULL}},
		{"follow_ups", &followup_of_referral_for_agency, {NULL}},
		{"contact_attempts", &discussion_of_referral_for_agency, {"contact_attempted", "discussed"}},
		{"discussion_confirmations",
		 &discussion_confirmations_of_referral,
		 {"discussion_confirmed", "discussion_disputed"}},
		{"feedback", &feedback_of_referral_for_agency, {"feedback_recorded"}},
		{"withdrawals", &withdrawal_of_referral_for_agency, {"withdrawal_requested"}},
	};
	enum { N = sizeof parts / sizeof *parts };
	PGresult *results[PARTS + N] = {NULL};
	enum err_code code = read_all(call, &SQL_referral_for_agency,
				      DB_VALUES(call->caller.partnership, id, call->caller.agency_id), parts, N, false,
				      results, err);
	if (code != ERR_NONE)
		return code;
	buf_add_char(call->out, '{');
	(void)rows_write_members(call->out, results[RECORD], 0);
	write_parts(call, parts, results + PARTS, N);
	buf_add_text(call->out, ",\"notice\":");
	buf_add_json_string(call->out, REFERRAL_NOTICE, strlen(REFERRAL_NOTICE));
	buf_add_char(call->out, '}');
	call_etag(call, rows_int(results[RECORD], 0, "version"));
	call_reply(call, 200);
	clear_all(results, PARTS + N);
	return ERR_NONE;
}

enum err_code referral_get(struct call *call, struct err *err)
{
	const char *id = call_parameter(call, "referral_id");
	return call->caller.agency_id[0] == '\0' ? get_for_hub(call, id, false, err) : get_for_agency(call, id, err);
}

enum err_code referral_write_whole(struct call *call, const char *id, struct err *err)
{
	return get_for_hub(call, id, true, err);
}

enum err_code referral_list(struct call *call, struct err *err)
{
	const char *order = call_parameter(call, "order");
	const char *state = call_parameter(call, "state");
	bool closed = state != NULL && strcmp(state, "closed") == 0;
	bool by_received = order == NULL ? closed : strcmp(order, "received") == 0;
	bool by_rating = order != NULL && strcmp(order, "rating") == 0;
	if (closed && !by_received)
		return err_set(err, ERR_INVALID_PARAMETER, "query: order",
			       "closed referrals have no due time: list them with order=received");
	struct page page;
	enum err_code code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	const struct statement *statement = &SQL_referral_list_by_due;
	if (by_received)
		statement = &SQL_referral_list_by_received;
	else if (by_rating)
		statement = &SQL_referral_list_by_rating;
	PGRESULT_AUTO PGresult *rows = NULL;
	code = call_read(call, statement,
			 DB_VALUES(call->caller.partnership, state, call_parameter(call, "rating"),
				   call_parameter(call, "record_kind"), call_parameter(call, "overdue"),
				   call_parameter(call, "discussed"), call_parameter(call, "agency"),
				   call_parameter(call, "source"), call_parameter(call, "received_from"),
				   call_parameter(call, "received_to"), call_parameter(call, "due_from"),
				   call_parameter(call, "due_to"), page.after[0], page.after[1], page.after[2],
				   page.limit_text),
			 &rows, err);
	return code == ERR_NONE ? page_reply(call, &page, rows, err) : code;
}

enum err_code referral_lock(struct call *call, const char *id, PGresult **ret_row, struct err *err)
{
	const char *agency = call->caller.agency_id[0] == '\0' ? NULL : call->caller.agency_id;
	PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_referral_lock, DB_VALUES(call->caller.partnership, id, agency), &row,
				      err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0) {
		PQclear(row);
		return call_not_found(err);
	}
	*ret_row = row;
	return ERR_NONE;
}

enum err_code referral_write_now(struct call *call, const char *id, struct err *err)
{
	PGRESULT_AUTO PGresult *now = NULL;
	enum err_code code = call_run(call, &SQL_referral_now, DB_VALUES(call->caller.partnership, id), &now, err);
	if (code != ERR_NONE)
		return code;
	buf_add_text(call->out, ",\"referral\":");
	rows_write_object(call->out, now, 0);
	return ERR_NONE;
}

enum err_code referral_count(struct db *db, const char *partnership, unsigned *ret_count, struct err *err)
{
	const struct db_scope scope = {.partnership = partnership};
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_read_one(db, &scope, &SQL_referral_count, DB_VALUES(partnership), &row, err);
	if (code == ERR_NONE)
		*ret_count = (unsigned)rows_int(row, 0, "referrals");
	return code;
}
