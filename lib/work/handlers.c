/* listWork and actOnMany. */
#include <string.h>

#include "base/json.h"
#include "call/page.h"
#include "change/change.h"
#include "followup/followup.h"
#include "gen/work_sql.h"
#include "work/work.h"

#include "base/banned.h"

enum { MANY_MAX = 100, TEXT_MAX = 8192, COUNT_MAX = 1000 };

/* ---- listWork ---- */

/* {"triage": "practitioner", …}: whose each kind is by the shipped policy; partnerships' own are rows (0021). */
static const char *whose(struct call *call)
{
	struct buf out;
	buf_init(&out, TEXT_MAX);
	buf_add_char(&out, '{');
	const struct policy *shipped = call->house->policy;
	for (size_t i = 0; policy_kind(shipped, i) != NULL; i++) {
		const char *kind = policy_kind(shipped, i);
		const char *role = policy_rule(shipped, kind)->responsible;
		if (role != NULL)
			buf_printf(&out, "%s\"%s\":\"%s\"", out.size > 1 ? "," : "", kind, role);
	}
	buf_add_char(&out, '}');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

/* The roles of the caller's key, as an array of PostgreSQL. What is for support staff, who hold no keys, is a practitioner's. */
static const char *roles(struct call *call)
{
	static const char *const names[] = {"practitioner", "manager", "duty", "allocated_worker"};
	struct buf out;
	buf_init(&out, TEXT_MAX);
	buf_add_char(&out, '{');
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (caller_has(&call->caller, role_bit(names[i])))
			buf_printf(&out, "%s%s", out.size > 1 ? "," : "", names[i]);
	}
	if (caller_has(&call->caller, ROLE_PRACTITIONER))
		buf_add_text(&out, ",support");
	buf_add_char(&out, '}');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

static void write_count(struct call *call, const PGresult *counts, const char *view)
{
	long long n = rows_int(counts, 0, view);
	buf_printf(call->out, "\"%s\":{\"count\":%lld,\"or_more\":%s}", view, n > COUNT_MAX ? COUNT_MAX : n,
		   n > COUNT_MAX ? "true" : "false");
}

static enum err_code reply(struct call *call, const struct page *page, const PGresult *rows, const PGresult *counts,
			   struct err *err)
{
	static const char *const views[] = {"mine", "team", "unassigned", "awaiting_sign_off"};
	buf_add_char(call->out, '{');
	enum err_code code = page_write(call, page, rows, err);
	if (code != ERR_NONE)
		return code;
	buf_add_text(call->out, ",\"counts\":{");
	for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
		if (i > 0)
			buf_add_char(call->out, ',');
		write_count(call, counts, views[i]);
	}
	buf_add_text(call->out, "}}");
	call_reply(call, 200);
	return ERR_NONE;
}

enum err_code work_list(struct call *call, struct err *err)
{
	struct page page;
	enum err_code code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	const char *view = call_parameter(call, "view");
	const char *partnership = call->caller.partnership;
	const char *reader = call->caller.staff_id[0] == '\0' ? NULL : call->caller.staff_id;
	const char *is_manager = caller_has(&call->caller, ROLE_MANAGER) ? "true" : "false";
	const char *ours = roles(call);
	const char *kinds = whose(call);
	const char *const *after = page.after;
	struct db_step list = {&SQL_work_mine,
			       DB_VALUES(partnership, reader, kinds, after[0], after[1], page.limit_text)};
	bool is_team = strcmp(view, "team") == 0;
	const struct db_step open = {&SQL_work_open,
				     DB_VALUES(partnership, is_team ? ours : NULL, kinds, after[0], after[1],
					       page.limit_text, call->caller.calendar_id, reader)};
	const struct db_step awaiting = {&SQL_work_awaiting_sign_off, DB_VALUES(partnership, reader, is_manager,
										after[0], after[1], page.limit_text)};
	if (is_team || strcmp(view, "unassigned") == 0)
		list = open;
	else if (strcmp(view, "awaiting_sign_off") == 0)
		list = awaiting;
	const struct db_step steps[] = {
		list,
		{&SQL_work_counts, DB_VALUES(partnership, reader, ours, kinds, is_manager,
					     arena_printf(call->arena, "%d", COUNT_MAX + 1), call->caller.calendar_id)},
	};
	PGresult *results[2];
	code = call_read_all(call, steps, 2, results, err);
	if (code != ERR_NONE)
		return code;
	PGRESULT_AUTO PGresult *rows = results[0];
	PGRESULT_AUTO PGresult *counts = results[1];
	return reply(call, &page, rows, counts, err);
}

/* ---- actOnMany ---- */

static enum err_code act(struct call *call, void *ctx, struct err *err)
{
	const struct call_part *part = ctx;
	const char *if_match = json_text(part->body, "if_match");
	bool assigns = strcmp(json_text(call->body, "action"), "assign") == 0;
	enum err_code code = assigns ? change_assign_one(call, part->id, if_match, err)
				     : followup_acknowledge_one(call, part->id, if_match, err);
	PGRESULT_AUTO PGresult *now = NULL;
	if (code == ERR_NONE)
		code = call_run(call, &SQL_work_referral, DB_VALUES(call->caller.partnership, part->id), &now, err);
	if (code != ERR_NONE)
		return code;
	return call_reply_row(call, now, 200);
}

enum err_code work_act(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	struct call_part parts[MANY_MAX];
	const json_t *list = json_object_get(call->body, "referrals");
	size_t n = json_array_size(list);
	for (size_t i = 0; i < n; i++) {
		const json_t *body = json_array_get(list, i);
		parts[i] = (struct call_part){.id = json_text(body, "id"), .member = "referral", .body = body};
	}
	return call_write_each(call, parts, n, act, err);
}
