/* recordFeedback. */
#include "base/json.h"
#include "feedback/feedback.h"
#include "followup/followup.h"
#include "gen/feedback_sql.h"
#include "referral/referral.h"

#include "base/banned.h"

const struct statement *const feedback_of_referral = &SQL_feedback_of_referral;
const struct statement *const feedback_of_referral_for_agency = &SQL_feedback_of_referral_for_agency;

struct telling {
	const char *referral;
	const char *given_by;
	const char *given_at;
	const char *content; /* NULL: nothing was told */
	struct policy_facts facts;
};

static enum err_code check(struct call *call, struct telling *t, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_feedback_facts,
				      DB_VALUES(call->caller.partnership, t->referral, t->given_by, t->given_at), &row,
				      err);
	if (code != ERR_NONE)
		return code;
	if (!rows_bool(row, 0, "all_final"))
		return err_set(err, ERR_WRONG_STATE, "",
			       "feedback is about the outcome, and not every child has a final decision; allowed now: "
			       "decide");
	const json_t *body = call->body;
	const char *not_given = json_text(body, "not_given_reason");
	const struct feedback_facts facts = {
		.content = json_text(body, "content"),
		.not_given = not_given != NULL,
		.says_anonymous = not_given != NULL && strcmp(not_given, "anonymous") == 0,
		.referrer_anonymous = rows_bool(row, 0, "referrer_anonymous"),
		.has_content_reason = json_object_get(body, "content_reason") != NULL,
		.has_text = json_object_get(body, "text") != NULL,
		.professional = t->facts.professional,
		.giver_found = rows_bool(row, 0, "giver_found"),
		.given_in_future = rows_bool(row, 0, "in_future"),
		.given_before_decision = rows_bool(row, 0, "before_decision"),
	};
	t->content = feedback_content(&facts);
	return feedback_check(&facts, err);
}

static enum err_code record(struct call *call, const struct telling *t, struct err *err)
{
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	const json_t *body = call->body;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_feedback_record,
				      DB_VALUES(call->caller.partnership, t->referral, id, t->content,
						json_text(body, "content_reason"), json_text(body, "not_given_reason"),
						json_text(body, "method"), json_text(body, "told"),
						json_text(body, "text"), t->given_by, t->given_at,
						call->caller.staff_id, event, call->x->request_id),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct followup_change change = followup_change_of(call, t->referral, rows_int(row, 0, "version"));
	code = followup_happened(&change, call_policy(call), "feedback.recorded", &t->facts, t->given_at, err);
	if (code == ERR_NONE)
		code = followup_refresh(&change, err);
	return code == ERR_NONE ? referral_answer(call, t->referral, row, err) : code;
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	struct telling t = *(const struct telling *)ctx;
	PGRESULT_AUTO PGresult *referral = NULL;
	enum err_code code = referral_lock_unchanged(call, t.referral, &referral, err);
	if (code == ERR_NONE)
		code = followup_facts(call, t.referral, &t.facts, err);
	if (code == ERR_NONE)
		code = check(call, &t, err);
	return code == ERR_NONE ? record(call, &t, err) : code;
}

enum err_code feedback_record(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	const char *given_by = json_text(call->body, "given_by");
	struct telling t = {
		.referral = call_parameter(call, "referral_id"),
		.given_by = given_by != NULL ? given_by : call->caller.staff_id,
		.given_at = json_text(call->body, "given_at"),
	};
	return call_write(call, work, &t, err);
}
