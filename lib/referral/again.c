/* The same content, additional information, or other children under one reference. */
#include "referral/again.h"

#include <string.h>

#include "base/json.h"
#include "followup/followup.h"
#include "gen/referral_sql.h"
#include "person/person.h"
#include "referral/further.h"
#include "referral/people.h"
#include "referral/receipt.h"
#include "referral/referral.h"
#include "referral/state.h"

#include "base/banned.h"

/* ---- additional information ---- */

static enum err_code read_people(const PGresult *rows, int row, const char *column, json_t **ret_people,
				 struct err *err)
{
	const char *text = rows_text(rows, row, column);
	if (json_read(text, strlen(text), ret_people, err) != ERR_NONE)
		return err_set(err, ERR_INTERNAL, "", "the people of a record cannot be read");
	return ERR_NONE;
}

/* DOMAIN section 4: those that the record has no room for stand in the submission alone, and that is said. */
static void tell_left_out(struct call *call, struct record *record, const char *list, const struct further *further)
{
	for (size_t i = 0; i < further->n_left_out; i++) {
		size_t at = further->left_out[i];
		const json_t *person = json_array_get(json_object_get(call->body, list), at);
		record_add_issue(call, record, arena_printf(call->arena, "/%s/%zu", list, at), "record_full", person);
	}
}

/* What may still have to be asked, once everything counts that was said so far. */
static enum err_code offer_topics(struct call *call, const char *id, struct record *record, const json_t *children,
				  const json_t *household, struct err *err)
{
	PGRESULT_AUTO PGresult *said = NULL;
	enum err_code code = call_run(call, &SQL_referral_said, DB_VALUES(call->caller.partnership, id), &said, err);
	if (code != ERR_NONE)
		return code;
	JSON_AUTO json_t *view = further_view(children, household);
	for (int row = 0; row < PQntuples(said); row++) {
		JSON_AUTO json_t *body = NULL;
		struct err ignored; /* it was read when it came; should it be no more, it answers nothing */
		const char *text = rows_text(said, row, "body");
		if (json_read(text, strlen(text), &body, &ignored) == ERR_NONE)
			further_lay(view, body);
	}
	further_lay(view, call->body);
	record->n_topics = topics_offered(view, record->topics);
	return ERR_NONE;
}

/* Makes of the record of a new referral what joins the one that is there. */
static enum err_code join(struct call *call, const char *id, struct record *record, struct further *ret_children,
			  struct further *ret_household, struct err *err)
{
	PGRESULT_AUTO PGresult *people = NULL;
	JSON_AUTO json_t *children = NULL;
	JSON_AUTO json_t *household = NULL;
	enum err_code code = call_run(call, &SQL_referral_people, DB_VALUES(call->caller.partnership, id), &people,
				      err);
	if (code == ERR_NONE)
		code = read_people(people, 0, "children", &children, err);
	if (code == ERR_NONE)
		code = read_people(people, 0, "household", &household, err);
	if (code == ERR_NONE)
		code = offer_topics(call, id, record, children, household, err);
	if (code != ERR_NONE)
		return code;
	further_children(children, json_object_get(call->body, "children"), ret_children);
	further_household(household, json_object_get(call->body, "household"), ret_household);
	tell_left_out(call, record, "children", ret_children);
	tell_left_out(call, record, "household", ret_household);
	record->children = ret_children->joining;
	record->household = ret_household->joining;
	record->first_child = (size_t)rows_int(people, 0, "next_child");
	record->first_person = (size_t)rows_int(people, 0, "next_person");
	(void)json_array_extend(children, ret_children->joining);
	record->child_names = people_child_names(call->arena, children);
	return ERR_NONE;
}

static enum err_code store(struct call *call, const char *id, struct record *record, const char *state,
			   PGresult **ret_changed, struct err *err)
{
	FURTHER_AUTO struct further children = {0};
	FURTHER_AUTO struct further household = {0};
	enum err_code code = join(call, id, record, &children, &household, err);
	if (code != ERR_NONE)
		return code;
	char events[2][IDENT_SIZE];
	ident_new(events[0]);
	ident_new(events[1]);
	return call_run(
		call, &SQL_referral_add_information,
		DB_VALUES(call->caller.partnership, id, record_text(call, record, false), state, events[0], events[1]),
		ret_changed, err);
}

enum err_code again_follow_ups(struct call *call, const char *id, long long version, bool child_added, struct err *err)
{
	const struct followup_change change = followup_change_of(call, id, version);
	struct policy_facts facts;
	enum err_code code = followup_facts(call, id, &facts, err);
	if (code == ERR_NONE)
		code = followup_retime_all(&change, call_policy(call), &facts, err);
	if (code == ERR_NONE)
		code = followup_happened(&change, call_policy(call), "information.added", &facts, NULL, err);
	if (code == ERR_NONE && child_added)
		code = followup_happened(&change, call_policy(call), "child.added", &facts, NULL, err);
	return code == ERR_NONE ? followup_refresh(&change, err) : code;
}

static enum err_code add_information(struct call *call, const char *id, struct record *record, struct err *err)
{
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *changed = NULL;
	const char *state = NULL;
	enum err_code code = referral_lock(call, id, &referral, err);
	if (code == ERR_NONE)
		code = state_after(rows_text(referral, 0, "state"), STATE_ADD_INFORMATION, &state, err);
	if (code == ERR_NONE)
		code = store(call, id, record, state, &changed, err);
	if (code == ERR_NONE)
		code = person_changed(call, id, rows_int(changed, 0, "version"), err);
	if (code == ERR_NONE)
		code = again_follow_ups(call, id, rows_int(changed, 0, "version"),
					rows_int(changed, 0, "children_joined") > 0, err);
	return code == ERR_NONE ? receipt_write_known(call, id, "additional_information", record, err) : code;
}

/* ---- which of them ---- */

/* The row of the referral that this very content was sent for, -1 where there is none. */
static int find_content(const PGresult *rows)
{
	for (int row = 0; row < PQntuples(rows); row++) {
		if (rows_bool(rows, row, "same_content"))
			return row;
	}
	return -1;
}

/* The first row whose children are those of the post, -1 where there is none. */
static enum err_code find_children(struct call *call, const PGresult *rows, int *ret_row, struct err *err)
{
	*ret_row = -1;
	for (int row = 0; row < PQntuples(rows) && *ret_row < 0; row++) {
		JSON_AUTO json_t *before = NULL;
		enum err_code code = read_people(rows, row, "children", &before, err);
		if (code != ERR_NONE)
			return code;
		if (children_match(before, json_object_get(call->body, "children")))
			*ret_row = row;
	}
	return ERR_NONE;
}

static void tell_reused(struct call *call, struct record *record)
{
	record_add_issue(call, record, "/agency_reference", "reference_reused",
			 json_object_get(call->body, "agency_reference"));
}

enum err_code again_take(struct call *call, struct record *record, bool *ret_new, struct err *err)
{
	PGRESULT_AUTO PGresult *rows = NULL;
	enum err_code code = call_run(
		call, &SQL_referral_of_reference,
		DB_VALUES(call->caller.partnership, record->agency_id, record->folded_reference, record->body_digest),
		&rows, err);
	if (code != ERR_NONE)
		return code;
	int row = find_content(rows);
	bool is_known = row >= 0;
	if (!is_known)
		code = find_children(call, rows, &row, err);
	if (code != ERR_NONE)
		return code;
	*ret_new = row < 0;
	if (*ret_new || rows_bool(rows, row, "reference_reused"))
		tell_reused(call, record);
	record->reference_reused = *ret_new;
	if (*ret_new)
		return ERR_NONE;
	const char *id = rows_text(rows, row, "id");
	return is_known ? receipt_write_known(call, id, "existing", record, err)
			: add_information(call, id, record, err);
}
