/* recordContactAttempt, and the discussion that was logged before the screening that asks for it. */
#include <string.h>

#include "base/json.h"
#include "discussion/discussion.h"
#include "followup/followup.h"
#include "gen/discussion_sql.h"
#include "referral/referral.h"
#include "referral/state.h"
#include "referral/topics.h"

#include "base/banned.h"

const struct statement *const discussion_of_referral = &SQL_discussion_of_referral;
const struct statement *const discussion_of_referral_for_agency = &SQL_discussion_of_referral_for_agency;

struct attempt {
	const char *referral;
	const char *held_by;
	const char *held_at;
	const char *children; /* "{…}", NULL: all */
	const char *topics;   /* [{code, weight, outcome, reason}] */
	bool names_open_topic;
	const char *resolved_place; /* of the first topic said to be resolved, NULL: none */
	bool confirmed_no_topic_open;
	bool counts;
};

static const char *read_children(struct call *call)
{
	struct buf out;
	size_t i;
	json_t *id;
	buf_init(&out, 4096);
	json_array_foreach(json_object_get(call->body, "children"), i, id)
		buf_printf(&out, "%s%s", i == 0 ? "{" : ",", json_string_value(id));
	const char *text = out.size == 0 ? NULL : arena_printf(call->arena, "%s}", buf_text(&out));
	buf_release(&out);
	return text;
}

/* The topics as sent, each with its weight from the table. */
static const char *read_topics(struct call *call)
{
	struct buf out;
	size_t i;
	json_t *topic;
	buf_init(&out, 1 << 20);
	buf_add_char(&out, '[');
	json_array_foreach(json_object_get(call->body, "topics"), i, topic)
	{
		const char *code = json_text(topic, "code");
		const char *reason = json_text(topic, "reason");
		buf_printf(&out, "%s{\"code\":\"%s\",\"weight\":\"%s\",\"outcome\":\"%s\"", i == 0 ? "" : ",", code,
			   topic_weight(code), json_text(topic, "outcome"));
		if (reason != NULL) {
			buf_add_text(&out, ",\"reason\":");
			buf_add_json_string(&out, reason, strlen(reason));
		}
		buf_add_char(&out, '}');
	}
	buf_add_char(&out, ']');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

static void read_outcomes(struct call *call, struct attempt *a)
{
	size_t i;
	json_t *topic;
	json_array_foreach(json_object_get(call->body, "topics"), i, topic)
	{
		if (strcmp(json_text(topic, "outcome"), "resolved") != 0)
			a->names_open_topic = true;
		else if (a->resolved_place == NULL)
			a->resolved_place = arena_printf(call->arena, "/topics/%zu/outcome", i);
	}
}

/* The whole table of topics with their weights, where all may be settled at once. */
static const char *all_topics(struct call *call, const struct attempt *a)
{
	struct buf out;
	buf_init(&out, 8192);
	buf_add_char(&out, '[');
	for (size_t i = 0; a->confirmed_no_topic_open && topic_code(i) != NULL; i++)
		buf_printf(&out, "%s{\"code\":\"%s\",\"weight\":\"%s\"}", i == 0 ? "" : ",", topic_code(i),
			   topic_weight(topic_code(i)));
	buf_add_char(&out, ']');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

/* A topic named twice would be told two things at once. */
static enum err_code check_topics(struct call *call, struct err *err)
{
	const json_t *topics = json_object_get(call->body, "topics");
	size_t i;
	json_t *topic;
	json_array_foreach(topics, i, topic)
	{
		for (size_t k = 0; k < i; k++) {
			if (strcmp(json_text(topic, "code"), json_text(json_array_get(topics, k), "code")) == 0)
				return err_set(err, ERR_RULE_BROKEN, arena_printf(call->arena, "/topics/%zu/code", i),
					       "this topic stands here twice");
		}
	}
	return ERR_NONE;
}

static enum err_code judge(struct call *call, struct attempt *a, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	const char *days = arena_printf(call->arena, "%u", call->house->attempt_backdate_days);
	enum err_code code = call_run(call, &SQL_discussion_facts,
				      DB_VALUES(call->caller.partnership, a->referral, call->caller.calendar_id,
						a->held_by, a->held_at, a->children, days),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct discussion_facts facts = {
		.result = json_text(call->body, "result"),
		.method = json_text(call->body, "method"),
		.counterpart = json_text(call->body, "counterpart"),
		.holder_found = rows_bool(row, 0, "holder_found"),
		.holder_had_left = rows_bool(row, 0, "holder_had_left"),
		.holder_may_discuss = rows_bool(row, 0, "holder_may_discuss"),
		.held_in_future = rows_bool(row, 0, "in_future"),
		.held_too_long_ago = rows_bool(row, 0, "too_long_ago"),
		.held_before_receipt = rows_bool(row, 0, "before_receipt"),
		.held_within_working_day = rows_bool(row, 0, "within_working_day"),
		.confirmed_no_topic_open = a->confirmed_no_topic_open,
		.names_open_topic = a->names_open_topic,
		.resolved_place = a->resolved_place,
		.says_understanding = json_text(call->body, "shared_understanding") != NULL,
		.children_found = rows_bool(row, 0, "children_found"),
	};
	code = discussion_check(&facts, err);
	if (code == ERR_NONE)
		a->counts = discussion_counts(&facts);
	return code;
}

static enum err_code meet(struct call *call, const struct attempt *a, const PGresult *recorded, struct err *err)
{
	if (!a->counts)
		return ERR_NONE;
	const struct followup_change change = followup_change_of(call, a->referral, rows_int(recorded, 0, "version"));
	struct policy_facts facts;
	enum err_code code = followup_facts(call, a->referral, &facts, err);
	if (code == ERR_NONE)
		code = followup_happened(&change, call_policy(call), "discussion.held", &facts, a->held_at, err);
	return code == ERR_NONE ? followup_refresh(&change, err) : code;
}

enum err_code discussion_meet_held_since(struct call *call, const struct followup_change *change,
					 const struct policy_facts *facts, struct err *err)
{
	PGRESULT_AUTO PGresult *held = NULL;
	enum err_code code = call_run(call, &SQL_discussion_held_since,
				      DB_VALUES(call->caller.partnership, change->referral), &held, err);
	if (code != ERR_NONE || PQntuples(held) == 0)
		return code;
	return followup_happened(change, call_policy(call), "discussion.held", facts, rows_text(held, 0, "held_at"),
				 err);
}

static enum err_code record(struct call *call, const struct attempt *a, const char *state, struct err *err)
{
	char ids[3][IDENT_SIZE];
	for (size_t i = 0; i < 3; i++)
		ident_new(ids[i]);
	const char *effect = json_text(call->body, "effect_on_rating");
	const json_t *body = call->body;
	PGRESULT_AUTO PGresult *recorded = NULL;
	enum err_code code = call_run(
		call, &SQL_discussion_record,
		DB_VALUES(call->caller.partnership, a->referral, ids[0], json_text(body, "result"),
			  json_text(body, "method"), json_text(body, "counterpart"),
			  json_text(body, "counterpart_name"), a->held_by, a->held_at, call->caller.staff_id,
			  a->children, a->topics, json_text(body, "referrer_view"),
			  json_text(body, "shared_understanding"), effect == NULL ? "none" : effect,
			  json_text(body, "note"), a->confirmed_no_topic_open ? "true" : "false",
			  a->counts ? "true" : "false", state, ids[1], ids[2], call->x->request_id,
			  all_topics(call, a)),
		&recorded, err);
	if (code == ERR_NONE)
		code = meet(call, a, recorded, err);
	return code == ERR_NONE ? referral_answer(call, a->referral, recorded, err) : code;
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	struct attempt *a = ctx;
	PGRESULT_AUTO PGresult *referral = NULL;
	const char *state = NULL;
	enum err_code code = referral_lock(call, a->referral, &referral, err);
	if (code == ERR_NONE)
		code = state_after(rows_text(referral, 0, "state"), STATE_ATTEMPT_CONTACT, &state, err);
	if (code == ERR_NONE)
		code = judge(call, a, err);
	return code == ERR_NONE ? record(call, a, state, err) : code;
}

enum err_code discussion_record_attempt(struct call *call, struct err *err)
{
	if (call->caller.staff_id[0] == '\0')
		return err_set(err, ERR_FORBIDDEN, "",
			       "people talk to people: this needs the key of a member of staff");
	const char *held_by = json_text(call->body, "held_by");
	struct attempt a = {
		.referral = call_parameter(call, "referral_id"),
		.held_by = held_by != NULL ? held_by : call->caller.staff_id,
		.held_at = json_text(call->body, "held_at"),
		.children = read_children(call),
		.topics = read_topics(call),
		.confirmed_no_topic_open = json_is_true(json_object_get(call->body, "confirmed_no_topic_open")),
	};
	read_outcomes(call, &a);
	enum err_code code = check_topics(call, err);
	return code == ERR_NONE ? call_write(call, work, &a, err) : code;
}
