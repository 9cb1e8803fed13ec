/* policy check, dry-run, activate: the partnership's policy from a file, with the daemon's own code. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "calendar/calendar.h"
#include "call/call.h"
#include "followup/retime_open.h"
#include "policy/versions.h"
#include "staff/staff.h"
#include "tool.h"

#include "base/banned.h"

enum { POLICY_MEMORY = 128 << 20 };

/* ---- check ---- */

static enum err_code load_file(struct tool *tool, struct arena *arena, const char *path, json_t **ret_document,
			       struct policy **ret_policy, struct err *err)
{
	enum err_code code = tool_read_json(arena, path, ret_document, err);
	return code == ERR_NONE ? policy_load(tool->contract, *ret_document, arena, ret_policy, err) : code;
}

static bool check_file(struct tool *tool, const char *path)
{
	struct err err = {0};
	struct arena arena;
	struct policy *policy = NULL;
	JSON_AUTO json_t *document = NULL;
	arena_init(&arena, POLICY_MEMORY);
	enum err_code code = load_file(tool, &arena, path, &document, &policy, &err);
	if (code == ERR_NONE)
		(void)printf("%s: %s makes sense\n", path, policy_title(policy));
	else
		tool_print_faults(path, &err);
	arena_release(&arena);
	return code == ERR_NONE;
}

enum exit_status command_policy_check(struct tool *tool)
{
	struct err err = {0};
	enum exit_status status = EXIT_FINE;
	if (tool_contract(tool, &err) != ERR_NONE)
		return tool_complain(tool, &err);
	for (size_t i = 0; i < tool->n_arguments; i++) {
		if (!check_file(tool, tool->arguments[i]))
			status = EXIT_FAILED;
	}
	return status;
}

/* ---- what dry-run and activate share ---- */

struct work {
	struct tool *tool;
	struct arena arena;
	json_t *document;
	struct policy *policy;
	struct policies *policies;
	char partnership[IDENT_SIZE];
	char id[IDENT_SIZE];
};

/* The file is sound, and the partnership is there. */
static enum err_code begin(struct work *w, struct err *err)
{
	struct tool *tool = w->tool;
	arena_init(&w->arena, POLICY_MEMORY);
	enum err_code code = tool_contract(tool, err);
	if (code == ERR_NONE)
		code = tool_partnership(tool, w->partnership, err);
	if (code == ERR_NONE)
		code = load_file(tool, &w->arena, tool->arguments[0], &w->document, &w->policy, err);
	if (code != ERR_NONE)
		return code;
	ident_new(w->id);
	policy_of_row(w->policy, w->id);
	w->policies = policies_new(tool->contract, w->policy); /* nothing here asks for the shipped one */
	return ERR_NONE;
}

static void end(struct work *w)
{
	policies_free(w->policies);
	json_decref(w->document);
	arena_release(&w->arena);
}

static struct db_scope scope_of(const struct work *w)
{
	return (struct db_scope){.partnership = w->partnership, .now = w->tool->now};
}

/* ---- dry-run ---- */

static void print_change(void *ctx, const PGresult *rows, int row)
{
	char before[28];
	char after[28];
	(void)ctx;
	rows_instant(rows, row, "due_at_before", before);
	rows_instant(rows, row, "due_at", after);
	bool late = rows_bool(rows, row, "overdue") && !rows_bool(rows, row, "overdue_before");
	(void)printf("%s\t%s\t%s\t%s%s\n", rows_text(rows, row, "reference"), rows_text(rows, row, "kind"),
		     before[0] == '\0' ? "-" : before, after[0] == '\0' ? "-" : after, late ? "\toverdue at once" : "");
}

static enum err_code try_it(struct work *w, struct err *err)
{
	const struct db_scope scope = scope_of(w);
	struct db *db = w->tool->db;
	struct retime_report report;
	long long without_rule = 0;
	PGRESULT_AUTO PGresult *calendar = NULL;
	enum err_code code = calendar_find(db, &scope, NULL, &calendar, err);
	if (code == ERR_NONE)
		code = followup_without_rule(db, &scope, w->policy, &without_rule, err);
	if (code != ERR_NONE)
		return code;
	const struct retime_order order = {
		.scope = &scope,
		.policies = w->policies,
		.calendar = rows_text(calendar, 0, "id"),
		.policy = w->policy,
		.rehearse = true,
		.told = print_change,
	};
	code = followup_retime_open(db, &order, &report, err);
	const struct retime_counts *all = &report.all;
	if (code == ERR_NONE && !report.complete)
		(void)fputs("… and more: there is too much open to look at all of it\n", stderr);
	if (code == ERR_NONE)
		(void)fprintf(stderr, "%lld would change, %lld would keep their time, %lld have no rule in it\n",
			      retime_moved(all) + all->opened + all->cancelled, all->unchanged, without_rule);
	return code;
}

enum exit_status command_policy_dry_run(struct tool *tool)
{
	struct err err = {0};
	struct work work = {.tool = tool};
	enum err_code code = begin(&work, &err);
	if (code == ERR_NONE)
		code = try_it(&work, &err);
	enum exit_status status = code == ERR_NONE ? EXIT_FINE : tool_complain(tool, &err);
	end(&work);
	return status;
}

/* ---- activate ---- */

struct entry {
	struct work work;
	const char *author; /* ids; NULL: said by the draft that is there */
	const char *who;
};

static enum err_code find_person(struct work *w, const char *option, const char **ret_id, struct err *err)
{
	const char *name = tool_option(w->tool, option);
	PGRESULT_AUTO PGresult *row = NULL;
	if (name == NULL)
		return ERR_NONE;
	enum err_code code = staff_find(w->tool->db, w->partnership, name, &row, err);
	if (code == ERR_NONE)
		*ret_id = arena_strdup(&w->arena, rows_text(row, 0, "id"));
	return code;
}

static enum err_code put_in_force(struct db *db, void *ctx, struct err *err)
{
	struct entry *e = ctx;
	struct work *w = &e->work;
	PGRESULT_AUTO PGresult *draft = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = policy_insert(db, w->partnership, w->id, w->document, e->author, &draft, err);
	if (code == ERR_ALREADY_EXISTS)
		code = policy_find_same(db, w->partnership, w->document, w->id, err);
	else if (code == ERR_NONE && e->author == NULL)
		code = err_set(err, ERR_RULE_BROKEN, "",
			       "nobody has drafted this version: say with --author who wrote it, which is not who "
			       "puts it in force");
	if (code != ERR_NONE)
		return code;
	const struct policy_activation activation = {
		.contract = w->tool->contract,
		.policies = w->policies,
		.arena = &w->arena,
		.partnership = w->partnership,
		.id = w->id,
		.who = e->who,
		.reason = tool_option(w->tool, "reason"),
		.retime_open = tool_option(w->tool, "retime-open") != NULL,
	};
	return policy_activate_draft(db, &activation, &row, err);
}

/* A daemon may be at it already: then nothing is left for us. */
static enum err_code retime_rest(struct entry *e, struct err *err)
{
	const struct db_scope scope = scope_of(&e->work);
	enum err_code code = ERR_NONE;
	bool left = true;
	while (code == ERR_NONE && left)
		code = policy_retime_pending(e->work.tool->db, e->work.policies, &scope, &left, err);
	return code;
}

enum exit_status command_policy_activate(struct tool *tool)
{
	struct err err = {0};
	struct entry e = {.work = {.tool = tool}};
	enum err_code code = begin(&e.work, &err);
	if (code == ERR_NONE)
		code = find_person(&e.work, "author", &e.author, &err);
	if (code == ERR_NONE)
		code = find_person(&e.work, "activated-by", &e.who, &err);
	const struct db_scope scope = scope_of(&e.work);
	if (code == ERR_NONE)
		code = db_write(tool->db, &scope, put_in_force, &e, &err);
	if (code == ERR_NONE)
		code = retime_rest(&e, &err);
	if (code == ERR_NONE)
		(void)puts(e.work.id);
	enum exit_status status = code == ERR_NONE ? EXIT_FINE : tool_complain(tool, &err);
	end(&e.work);
	return status;
}
