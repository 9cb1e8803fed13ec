/* recordScreening. */
#include <string.h>

#include "base/json.h"
#include "decision/decision.h"
#include "discussion/discussion.h"
#include "followup/followup.h"
#include "gen/screening_sql.h"
#include "referral/referral.h"
#include "referral/state.h"
#include "referral/topics.h"
#include "screening/screening.h"
#include "signoff/signoff.h"

#include "base/banned.h"

const struct statement *const screening_of_referral = &SQL_screening_of_referral;

struct screening {
	const char *referral;
	const char *rating;
	bool needed;
	bool waits;          /* "not needed" that a second person was named for: it takes effect when they agree */
	const char *topics;  /* "{a,b}", NULL where none */
	const char *weights; /* [{"code":…,"weight":…}] */
	const char *agreed_by;
	const char *screened_at;
};

/* The material topics as an array of PostgreSQL: codes are plain words. */
static const char *material_topics(struct call *call)
{
	struct buf out;
	buf_init(&out, 4096);
	buf_add_char(&out, '{');
	for (size_t i = 0; topic_code(i) != NULL; i++) {
		if (topic_is_material(topic_code(i)))
			buf_printf(&out, "%s%s", out.size > 1 ? "," : "", topic_code(i));
	}
	buf_add_char(&out, '}');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

static void read_topics(struct call *call, struct screening *s)
{
	struct buf codes;
	struct buf weights;
	size_t i;
	json_t *code;
	buf_init(&codes, 4096);
	buf_init(&weights, 8192);
	json_array_foreach(json_object_get(call->body, "topics"), i, code)
	{
		const char *text = json_string_value(code);
		buf_printf(&codes, "%s%s", i == 0 ? "{" : ",", text);
		buf_printf(&weights, "%s{\"code\":\"%s\",\"weight\":\"%s\"}", i == 0 ? "[" : ",", text,
			   topic_weight(text));
	}
	s->topics = codes.size == 0 ? NULL : arena_printf(call->arena, "%s}", buf_text(&codes));
	s->weights = weights.size == 0 ? "[]" : arena_printf(call->arena, "%s]", buf_text(&weights));
	buf_release(&codes);
	buf_release(&weights);
}

static enum err_code check(struct call *call, const struct screening *s, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_screening_facts,
				      DB_VALUES(call->caller.partnership, s->referral, call->caller.staff_id,
						s->agreed_by, s->screened_at, material_topics(call)),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct screening_facts facts = {
		.clarification_needed = s->needed,
		.has_material_topic = rows_bool(row, 0, "has_material_topic"),
		.has_second_person = s->agreed_by != NULL,
		.second_person_fits = rows_bool(row, 0, "second_person_fits"),
		.screened_in_future = rows_bool(row, 0, "in_future"),
		.screened_before_receipt = rows_bool(row, 0, "before_receipt"),
	};
	return screening_check(&facts, err);
}

/* What the judgement does to the obligations: triage is met, the discussion is owed or not, the rating re-times the rest. */
static enum err_code change_follow_ups(struct call *call, const struct screening *s, const char *id,
				       const PGresult *referral, long long version, struct err *err)
{
	const struct followup_change change = followup_change_of(call, s->referral, version);
	const struct policy *policy = call_policy(call);
	struct policy_facts facts;
	enum err_code code = followup_facts(call, s->referral, &facts, err);
	if (code == ERR_NONE)
		code = followup_happened(&change, policy, "screening.recorded", &facts, s->screened_at, err);
	if (code == ERR_NONE && !s->needed && !s->waits)
		code = followup_cancel(&change, "discuss", err);
	if (code == ERR_NONE && strcmp(rows_text(referral, 0, "rating"), s->rating) != 0)
		code = followup_retime_all(&change, policy, &facts, err);
	if (code == ERR_NONE && s->needed)
		code = followup_happened(&change, policy, "clarification.needed", &facts, s->screened_at, err);
	if (code == ERR_NONE && s->needed)
		code = discussion_meet_held_since(call, &change, &facts, err);
	if (code == ERR_NONE)
		code = decision_question(call, &change, id, err);
	return code == ERR_NONE ? followup_refresh(&change, err) : code;
}

/* A new judgement overtakes what was asked about earlier ones, and about decisions that were made on them. */
static enum err_code ask_second_person(struct call *call, const struct screening *s, const char *id, long long version,
				       struct err *err)
{
	const struct followup_change change = followup_change_of(call, s->referral, version);
	enum err_code code = sign_off_lapse(call, &change, "screening", NULL, "screened_again", err);
	if (code == ERR_NONE)
		code = decision_overtaken(call, &change, NULL, "screened_again", err);
	if (code == ERR_NONE && s->waits)
		code = sign_off_ask(call, &change, "screening", id, "agrees", s->agreed_by, err);
	return code;
}

static enum err_code record(struct call *call, struct screening *s, const PGresult *referral, const char *state,
			    struct err *err)
{
	char ids[4][IDENT_SIZE];
	for (size_t i = 0; i < 4; i++)
		ident_new(ids[i]);
	PGRESULT_AUTO PGresult *recorded = NULL;
	enum err_code code = call_run(call, &SQL_screening_record,
				      DB_VALUES(call->caller.partnership, s->referral, ids[0], s->rating,
						json_text(call->body, "reason"), s->needed ? "true" : "false",
						s->topics, s->weights, json_text(call->body, "not_needed_reason"),
						s->agreed_by, call->caller.staff_id, s->screened_at, state, ids[1],
						ids[2], ids[3], call->x->request_id, s->waits ? "true" : "false"),
				      &recorded, err);
	if (code == ERR_NONE)
		code = ask_second_person(call, s, ids[0], rows_int(recorded, 0, "version"), err);
	if (code == ERR_NONE)
		code = change_follow_ups(call, s, ids[0], referral, rows_int(recorded, 0, "version"), err);
	return code == ERR_NONE ? referral_answer(call, s->referral, recorded, err) : code;
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	struct screening *s = ctx;
	PGRESULT_AUTO PGresult *referral = NULL;
	const char *state = NULL;
	enum err_code code = referral_lock_unchanged(call, s->referral, &referral, err);
	if (code == ERR_NONE)
		code = state_after(rows_text(referral, 0, "state"), STATE_SCREEN, &state, err);
	if (code == ERR_NONE)
		code = check(call, s, err);
	return code == ERR_NONE ? record(call, s, referral, state, err) : code;
}

enum err_code screening_record(struct call *call, struct err *err)
{
	if (call->caller.staff_id[0] == '\0')
		return err_set(err, ERR_FORBIDDEN, "",
			       "a judgement is a person's: this needs the key of a member of staff");
	struct screening s = {
		.referral = call_parameter(call, "referral_id"),
		.rating = json_text(call->body, "rating"),
		.needed = json_is_true(json_object_get(call->body, "clarification_needed")),
		.agreed_by = json_text(call->body, "agreed_by"),
		.screened_at = json_text(call->body, "screened_at"),
	};
	s.waits = !s.needed && s.agreed_by != NULL;
	read_topics(call, &s);
	return call_write(call, work, &s, err);
}

/* ---- the second person has agreed, or refused ---- */

enum err_code screening_agreed(struct call *call, const struct followup_change *change, const char *screening,
			       struct err *err)
{
	enum err_code code = call_run(call, &SQL_screening_agree,
				      DB_VALUES(change->partnership, change->referral, screening), NULL, err);
	return code == ERR_NONE ? followup_cancel(change, "discuss", err) : code;
}

enum err_code screening_refused(struct call *call, const struct followup_change *change, struct err *err)
{
	struct policy_facts facts;
	enum err_code code = followup_facts(call, change->referral, &facts, err);
	if (code != ERR_NONE)
		return code;
	return followup_happened(change, call_policy(call), "not_needed.refused", &facts, NULL, err);
}
