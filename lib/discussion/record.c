/* Recording a contact attempt: judged by the rules, written, and what it meets. For every feature that has one to record. */
#include "decision/decision.h"
#include "discussion/discussion.h"
#include "followup/followup.h"
#include "gen/discussion_sql.h"
#include "referral/referral.h"
#include "referral/state.h"
#include "referral/topics.h"

#include "base/banned.h"

struct verdict {
	bool counts;         /* as a discussion */
	const char *why_not; /* "{…}" */
};

static enum err_code judge(struct call *call, const struct discussion_attempt *attempt, struct verdict *ret,
			   struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	const char *days = arena_printf(call->arena, "%u", call->house->attempt_backdate_days);
	enum err_code code = call_run(call, &SQL_discussion_facts,
				      DB_VALUES(call->caller.partnership, attempt->referral, call->caller.calendar_id,
						attempt->held_by, attempt->held_at, attempt->children, days),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct discussion_facts facts = {
		.result = attempt->result,
		.method = attempt->method,
		.counterpart = attempt->counterpart,
		.holder_found = rows_bool(row, 0, "holder_found"),
		.holder_had_left = rows_bool(row, 0, "holder_had_left"),
		.holder_may_discuss = rows_bool(row, 0, "holder_may_discuss"),
		.held_in_future = rows_bool(row, 0, "in_future"),
		.held_too_long_ago = rows_bool(row, 0, "too_long_ago"),
		.held_before_receipt = rows_bool(row, 0, "before_receipt"),
		.held_within_working_day = rows_bool(row, 0, "within_working_day"),
		.confirmed_no_topic_open = attempt->confirmed_no_topic_open,
		.names_open_topic = attempt->names_open_topic,
		.resolved_place = attempt->resolved_place,
		.says_understanding = attempt->shared_understanding != NULL,
		.children_found = rows_bool(row, 0, "children_found"),
	};
	*ret = (struct verdict){discussion_counts(&facts), discussion_why_not(&facts, call->arena)};
	return discussion_check(&facts, err);
}

/* The whole table of topics with their weights, where all may be settled at once. */
static const char *all_topics(struct call *call, const struct discussion_attempt *attempt)
{
	struct buf out;
	buf_init(&out, 8192);
	buf_add_char(&out, '[');
	for (size_t i = 0; attempt->confirmed_no_topic_open && topic_code(i) != NULL; i++)
		buf_printf(&out, "%s{\"code\":\"%s\",\"weight\":\"%s\"}", i == 0 ? "" : ",", topic_code(i),
			   topic_weight(topic_code(i)));
	buf_add_char(&out, ']');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

static enum err_code write(struct call *call, const struct discussion_attempt *attempt, const struct verdict *verdict,
			   const char *state, PGresult **ret_recorded, struct err *err)
{
	char ids[3][IDENT_SIZE];
	for (size_t i = 0; i < 3; i++)
		ident_new(ids[i]);
	const char *effect = attempt->effect_on_rating;
	return call_run(call, &SQL_discussion_record,
			DB_VALUES(call->caller.partnership, attempt->referral, ids[0], attempt->result, attempt->method,
				  attempt->counterpart, attempt->counterpart_name, attempt->held_by, attempt->held_at,
				  call->caller.staff_id, attempt->children, attempt->topics, attempt->referrer_view,
				  attempt->shared_understanding, effect == NULL ? "none" : effect, attempt->note,
				  attempt->confirmed_no_topic_open ? "true" : "false",
				  verdict->counts ? "true" : "false", state, ids[1], ids[2], call->x->request_id,
				  all_topics(call, attempt), verdict->why_not),
			ret_recorded, err);
}

/*
 * What a discussion meets; and whether the referral counts as discussed now, or as tried. A decision about one of its children
 * that waits for somebody's word was made without what was said here: it is made again.
 */
static enum err_code follow(struct call *call, const struct discussion_attempt *attempt, bool counts, long long version,
			    struct err *err)
{
	const struct followup_change change = followup_change_of(call, attempt->referral, version);
	if (!counts)
		return followup_refresh(&change, err);
	enum err_code code = decision_overtaken(call, &change, attempt->children, "discussed_since", err);
	if (code != ERR_NONE)
		return code;
	return referral_happened(call, attempt->referral, version, "discussion.held", attempt->held_at, err);
}

enum err_code discussion_record(struct call *call, const struct discussion_attempt *attempt, const PGresult *referral,
				PGresult **ret_recorded, struct err *err)
{
	PGRESULT_AUTO PGresult *recorded = NULL;
	const char *state = NULL;
	struct verdict verdict = {0};
	enum err_code code = state_after(rows_text(referral, 0, "state"), STATE_ATTEMPT_CONTACT, &state, err);
	if (code == ERR_NONE)
		code = judge(call, attempt, &verdict, err);
	if (code == ERR_NONE)
		code = write(call, attempt, &verdict, state, &recorded, err);
	if (code == ERR_NONE)
		code = follow(call, attempt, verdict.counts, rows_int(recorded, 0, "version"), err);
	if (code != ERR_NONE)
		return code;
	*ret_recorded = recorded;
	recorded = NULL;
	return ERR_NONE;
}
