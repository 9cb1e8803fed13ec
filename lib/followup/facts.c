/* The facts of a stored referral that a policy's rules look at. Intake takes them from the body: lib/referral/openings.c. */
#include <string.h>

#include "base/json.h"
#include "followup/store.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

static enum err_code read_categories(struct arena *arena, const char *text, const char *const **ret_list,
				     struct err *err)
{
	JSON_AUTO json_t *json = NULL;
	enum err_code code = json_read(text, strlen(text), &json, err);
	if (code != ERR_NONE)
		return err_set(err, ERR_INTERNAL, "", "stored concerns cannot be read");
	const char **list = arena_array(arena, json_array_size(json) + 1, sizeof *list);
	for (size_t i = 0; i < json_array_size(json); i++)
		list[i] = arena_strdup(arena, json_string_value(json_array_get(json, i)));
	*ret_list = list;
	return ERR_NONE;
}

enum err_code followup_facts_of(const PGresult *row, struct arena *arena, struct policy_facts *ret_facts,
				struct err *err)
{
	struct policy_facts facts = {
		.rating = arena_strdup(arena, rows_text(row, 0, "rating")),
		.immediate_protection_needed = rows_bool(row, 0, "immediate_protection_needed"),
		.channel = arena_strdup(arena, rows_text(row, 0, "channel")),
		.record_kind = arena_strdup(arena, rows_text(row, 0, "record_kind")),
		.source = arena_strdup(arena, rows_text(row, 0, "source")),
		.any_child_unborn = rows_bool(row, 0, "any_child_unborn"),
		.open_case = rows_bool(row, 0, "open_case"),
		.professional = rows_bool(row, 0, "professional"),
		.protection_first = rows_bool(row, 0, "protection_first"),
		.out_of_hours = rows_bool(row, 0, "out_of_hours"),
	};
	enum err_code code = read_categories(arena, rows_text(row, 0, "concern_categories"), &facts.concern_categories,
					     err);
	if (code == ERR_NONE)
		*ret_facts = facts;
	return code;
}

enum err_code followup_read_facts(const struct followup_change *change, struct arena *arena,
				  struct policy_facts *ret_facts, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_run(change->db, &SQL_followup_facts,
				    DB_VALUES(change->partnership, change->referral, change->calendar), &row, err);
	return code == ERR_NONE ? followup_facts_of(row, arena, ret_facts, err) : code;
}

enum err_code followup_facts(struct call *call, const char *referral, struct policy_facts *ret_facts, struct err *err)
{
	const struct followup_change change = followup_change_of(call, referral, 0);
	return followup_read_facts(&change, call->arena, ret_facts, err);
}
