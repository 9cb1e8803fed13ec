/* createConsultation, listConsultations and linkConsultation. */
#include <string.h>

#include "base/json.h"
#include "call/page.h"
#include "consultation/consultation.h"
#include "discussion/discussion.h"
#include "gen/consultation_sql.h"
#include "referral/referral.h"

#include "base/banned.h"

const struct statement *const consultation_of_referral = &SQL_consultation_of_referral;

static const char *backdate_days(struct call *call)
{
	return arena_printf(call->arena, "%u", call->house->attempt_backdate_days);
}

/* ---- createConsultation ---- */

static enum err_code check(struct call *call, const char *held_by, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_consultation_facts,
				      DB_VALUES(call->caller.partnership, held_by, json_text(call->body, "agency_id"),
						json_text(call->body, "held_at"), backdate_days(call)),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct consultation_facts facts = {
		.holder_found = rows_bool(row, 0, "holder_found"),
		.agency_found = rows_bool(row, 0, "agency_found"),
		.in_future = rows_bool(row, 0, "in_future"),
		.too_long_ago = rows_bool(row, 0, "too_long_ago"),
	};
	return consultation_check(&facts, err);
}

static enum err_code create(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const json_t *body = call->body;
	const char *said = json_text(body, "held_by");
	const char *held_by = said != NULL ? said : call->caller.staff_id;
	bool advised = json_is_true(json_object_get(body, "referral_advised"));
	char id[IDENT_SIZE];
	ident_new(id);
	PGRESULT_AUTO PGresult *recorded = NULL;
	enum err_code code = check(call, held_by, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_consultation_record,
				DB_VALUES(call->caller.partnership, id, held_by, json_text(body, "held_at"),
					  json_text(body, "method"), json_text(body, "agency_id"),
					  json_text(body, "caller_name"), json_text(body, "caller_role"),
					  json_text(body, "caller_agency"), json_text(body, "about"),
					  json_text(body, "advice"), advised ? "true" : "false", call->caller.staff_id),
				&recorded, err);
	if (code != ERR_NONE)
		return code;
	return call_reply_row(call, recorded, 201);
}

enum err_code consultation_create(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, create, NULL, err) : code;
}

/* ---- listConsultations ---- */

enum err_code consultation_list(struct call *call, struct err *err)
{
	struct page page;
	enum err_code code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	PGRESULT_AUTO PGresult *rows = NULL;
	code = call_read(call, &SQL_consultation_list,
			 DB_VALUES(call->caller.partnership, call_parameter(call, "linked"), page.after[0],
				   page.after[1], page.limit_text),
			 &rows, err);
	return code == ERR_NONE ? page_reply(call, &page, rows, err) : code;
}

/* ---- linkConsultation ---- */

struct link {
	const char *consultation;
	const char *referral;
	bool confirms; /* that no topic is open */
};

/* The referral stands in the body: where it cannot be found that is a fault of the body. */
static enum err_code lock(struct call *call, const struct link *link, PGresult **ret_referral, struct err *err)
{
	const struct consultation_link_facts nothing = {.referral_found = false};
	enum err_code code = referral_lock(call, link->referral, ret_referral, err);
	return code == ERR_NOT_FOUND ? consultation_check_link(&nothing, err) : code;
}

static enum err_code check_link(struct call *call, const struct link *link, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_consultation_link_facts,
				      DB_VALUES(call->caller.partnership, link->consultation, link->referral,
						call->caller.calendar_id, backdate_days(call)),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct consultation_link_facts facts = {
		.referral_found = true,
		.is_linked = rows_bool(row, 0, "is_linked"),
		.other_agency = rows_bool(row, 0, "other_agency"),
		.after_receipt = rows_bool(row, 0, "after_receipt"),
		.within_working_day = rows_bool(row, 0, "within_working_day"),
		.confirms = link->confirms,
		.too_long_ago = rows_bool(row, 0, "too_long_ago"),
	};
	return consultation_check_link(&facts, err);
}

/* The consultation as a contact attempt of the referral: whether it counts is lib/discussion's to say. */
static enum err_code discuss(struct call *call, const struct link *link, const PGresult *consultation,
			     const PGresult *referral, PGresult **ret_attempt, struct err *err)
{
	const char *counterpart = json_text(call->body, "counterpart");
	const char *result = consultation_result(rows_text(consultation, 0, "method"));
	const struct discussion_attempt attempt = {
		.referral = link->referral,
		.result = result,
		.method = rows_text(consultation, 0, "method"),
		.counterpart = counterpart == NULL ? "referrer" : counterpart,
		.counterpart_name = rows_text(consultation, 0, "caller_name"),
		.held_by = rows_text(consultation, 0, "held_by"),
		.held_at = rows_text(consultation, 0, "held_at"),
		.topics = "[]",
		.shared_understanding = json_text(call->body, "shared_understanding"),
		.note = json_text(call->body, "note"),
		/* A written one was no discussion, and settles no topic. */
		.confirmed_no_topic_open = strcmp(result, "discussed") == 0,
	};
	return discussion_record(call, &attempt, referral, ret_attempt, err);
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	const struct link *link = ctx;
	PGRESULT_AUTO PGresult *consultation = NULL;
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *attempt = NULL;
	PGRESULT_AUTO PGresult *recorded = NULL;
	char event[IDENT_SIZE];
	ident_new(event);
	enum err_code code = call_run(call, &SQL_consultation_find,
				      DB_VALUES(call->caller.partnership, link->consultation), &consultation, err);
	if (code == ERR_NONE && PQntuples(consultation) == 0)
		return call_not_found(err);
	if (code == ERR_NONE)
		code = lock(call, link, &referral, err);
	if (code == ERR_NONE)
		code = check_link(call, link, err);
	if (code == ERR_NONE && link->confirms)
		code = discuss(call, link, consultation, referral, &attempt, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_consultation_link,
				DB_VALUES(call->caller.partnership, link->consultation, link->referral,
					  rows_text(referral, 0, "version"),
					  attempt == NULL ? NULL : rows_text(attempt, 0, "id"), call->caller.staff_id,
					  event, call->x->request_id),
				&recorded, err);
	return code == ERR_NONE ? referral_answer(call, link->referral, recorded, err) : code;
}

enum err_code consultation_link(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	struct link link = {
		.consultation = call_parameter(call, "consultation_id"),
		.referral = json_text(call->body, "referral_id"),
		.confirms = json_is_true(json_object_get(call->body, "confirmed_no_topic_open")),
	};
	return call_write(call, work, &link, err);
}
