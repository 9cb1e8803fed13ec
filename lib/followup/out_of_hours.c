/*
 * Who watches while the hub is closed: a red referral that will still be unfinished then is handed over to duty. Asked at the
 * end of every change of what is open, so that no feature has to think of it; intake's one statement asks the same
 * (lib/referral/sql/receive.sql).
 */
#include "followup/store.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

/* "{triage,discuss}": the kinds whose time follows the facts, which is what a red referral has to be finished with. */
static const char *urgent_kinds(struct arena *arena, const struct policy *policy)
{
	struct buf out;
	buf_init(&out, 4096);
	buf_add_char(&out, '{');
	for (size_t i = 0; policy_kind(policy, i) != NULL; i++) {
		if (policy_looks_at_facts(policy, policy_kind(policy, i)))
			buf_printf(&out, "%s%s", out.size > 1 ? "," : "", policy_kind(policy, i));
	}
	buf_add_char(&out, '}');
	const char *text = arena_strndup(arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

static enum err_code need_duty(const struct followup_change *change, const char *from, struct err *err)
{
	struct policy_facts facts;
	enum err_code code = followup_read_facts(change, change->arena, &facts, err);
	return code == ERR_NONE ? followup_happened(change, change->policy, "out_of_hours.needed", &facts, from, err)
				: code;
}

enum err_code followup_watch_hours(const struct followup_change *change, bool *ret_changed, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = db_run(change->db, &SQL_followup_out_of_hours,
				    DB_VALUES(change->partnership, change->referral, change->calendar,
					      urgent_kinds(change->arena, change->policy)),
				    &row, err);
	if (code != ERR_NONE)
		return code;
	bool is_moot = rows_bool(row, 0, "is_moot");
	const char *from = rows_text(row, 0, "needed_from");
	*ret_changed = *ret_changed || is_moot || from != NULL;
	if (is_moot)
		code = followup_cancel(change, "out_of_hours_handover", err);
	return code == ERR_NONE && from != NULL ? need_duty(change, from, err) : code;
}
