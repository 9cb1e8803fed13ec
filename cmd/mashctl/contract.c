/* routes, validate: the contract at the command line, offline, with the daemon's own code. */
#include <stdio.h>
#include <string.h>

#include "auth/permission.h"
#include "base/clock.h"
#include "base/json.h"
#include "tool.h"

#include "base/banned.h"

/* ---- routes ---- */

static void print_roles(unsigned roles)
{
	static const char *const names[] = {"agency",           "practitioner", "manager", "duty",
					    "allocated_worker", "analyst",      "admin"};
	const char *between = "";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if ((roles & role_bit(names[i])) == 0)
			continue;
		(void)printf("%s%s", between, names[i]);
		between = " ";
	}
	(void)puts(roles == 0 ? "anybody" : "");
}

enum exit_status command_routes(struct tool *tool)
{
	struct err err = {0};
	if (tool_contract(tool, &err) != ERR_NONE)
		return tool_complain(tool, &err);
	for (size_t i = 0; i < contract_operation_count(tool->contract); i++) {
		const struct operation *o = contract_operation(tool->contract, i);
		(void)printf("%-6s %-46s %-24s %-24s ", http_method_name(o->method), o->path, o->id, o->permission);
		print_roles(permission_roles(o->permission));
	}
	return EXIT_FINE;
}

/* ---- validate ---- */

/* The issues that the body would be stored with. */
static void print_issues(struct tool *tool, struct arena *arena, const struct operation *operation, const char *path,
			 const json_t *body)
{
	struct quality_issues issues = {0};
	contract_check_quality(tool->contract, operation, body, (int64_t)clock_unix_ms() * 1000, arena, &issues);
	for (size_t i = 0; i < issues.n; i++)
		tool_print_fault(path, issues.items[i].pointer, issues.items[i].code, "stored with this quality issue");
	if (issues.left_out > 0)
		(void)printf("%s: and %zu more quality issues\n", path, issues.left_out);
	(void)printf("%s: valid%s\n", path, issues.n > 0 ? ", with quality issues" : "");
}

/* True where the file would be taken. */
static bool validate_file(struct tool *tool, const struct operation *operation, const char *path)
{
	struct err err = {0};
	struct arena arena;
	arena_init(&arena, 4 * (size_t)TOOL_FILE_MAX);
	JSON_AUTO json_t *body = NULL;
	enum err_code code = tool_read_json(&arena, path, &body, &err);
	if (code == ERR_NONE)
		code = contract_check_body(tool->contract, operation, body, &arena, &err);
	if (code == ERR_NONE)
		print_issues(tool, &arena, operation, path, body);
	else
		tool_print_faults(path, &err);
	arena_release(&arena);
	return code == ERR_NONE;
}

enum exit_status command_validate(struct tool *tool)
{
	struct err err = {0};
	if (tool_contract(tool, &err) != ERR_NONE)
		return tool_complain(tool, &err);
	const struct operation *operation = contract_operation_by_id(tool->contract, tool->arguments[0]);
	if (operation == NULL)
		return tool_usage(tool, "there is no operation %s; `mashctl routes` lists them", tool->arguments[0]);
	if (!operation->has_body)
		return tool_usage(tool, "%s takes no body", operation->id);
	enum exit_status status = EXIT_FINE;
	for (size_t i = 1; i < tool->n_arguments; i++) {
		if (!validate_file(tool, operation, tool->arguments[i]))
			status = EXIT_FAILED;
	}
	return status;
}
