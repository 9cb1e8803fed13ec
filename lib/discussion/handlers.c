/* recordContactAttempt, and the discussion that was logged before the screening that asks for it. */
#include <string.h>

#include "base/json.h"
#include "discussion/discussion.h"
#include "followup/followup.h"
#include "gen/discussion_sql.h"
#include "referral/referral.h"
#include "referral/topics.h"

#include "base/banned.h"

const struct statement *const discussion_of_referral = &SQL_discussion_of_referral;
const struct statement *const discussion_of_referral_for_agency = &SQL_discussion_of_referral_for_agency;

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

static void read_outcomes(struct call *call, struct discussion_attempt *a)
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

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	const struct discussion_attempt *attempt = ctx;
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *recorded = NULL;
	enum err_code code = referral_lock_unchanged(call, attempt->referral, &referral, err);
	if (code == ERR_NONE)
		code = discussion_record(call, attempt, referral, &recorded, err);
	return code == ERR_NONE ? referral_answer(call, attempt->referral, recorded, err) : code;
}

enum err_code discussion_record_attempt(struct call *call, struct err *err)
{
	if (call->caller.staff_id[0] == '\0')
		return err_set(err, ERR_FORBIDDEN, "",
			       "people talk to people: this needs the key of a member of staff");
	const json_t *body = call->body;
	const char *held_by = json_text(body, "held_by");
	struct discussion_attempt attempt = {
		.referral = call_parameter(call, "referral_id"),
		.result = json_text(body, "result"),
		.method = json_text(body, "method"),
		.counterpart = json_text(body, "counterpart"),
		.counterpart_name = json_text(body, "counterpart_name"),
		.held_by = held_by != NULL ? held_by : call->caller.staff_id,
		.held_at = json_text(body, "held_at"),
		.children = call_ids(call, "children"),
		.topics = read_topics(call),
		.referrer_view = json_text(body, "referrer_view"),
		.shared_understanding = json_text(body, "shared_understanding"),
		.effect_on_rating = json_text(body, "effect_on_rating"),
		.note = json_text(body, "note"),
		.confirmed_no_topic_open = json_is_true(json_object_get(body, "confirmed_no_topic_open")),
	};
	read_outcomes(call, &attempt);
	enum err_code code = check_topics(call, err);
	return code == ERR_NONE ? call_write(call, work, &attempt, err) : code;
}
