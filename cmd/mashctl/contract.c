/* routes, validate: the contract at the command line, offline, with the daemon's own code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/permission.h"
#include "base/clock.h"
#include "base/json.h"
#include "tool.h"

#include "base/banned.h"

enum { FILE_MAX = 16 << 20 };

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

static enum err_code read_body(struct arena *arena, const char *path, json_t **ret_body, struct err *err)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (file == NULL)
		return err_set(err, ERR_NOT_FOUND, "", "cannot be opened");
	char *text = arena_try_alloc(arena, FILE_MAX + 1);
	size_t size = text == NULL ? 0 : fread(text, 1, FILE_MAX + 1, file);
	bool failed = text == NULL || ferror(file) != 0;
	if (file != stdin)
		(void)fclose(file);
	if (failed)
		return err_set(err, ERR_INTERNAL, "", "cannot be read");
	if (size > FILE_MAX)
		return err_set(err, ERR_BODY_TOO_LARGE, "", "larger than 16 MiB");
	return json_read(text, size, ret_body, err);
}

static void print_fault(const char *path, const char *place, const char *code, const char *detail)
{
	(void)printf("%s: %s: %s%s%s\n", path, *place == '\0' ? "the whole" : place, code, *code == '\0' ? "" : ": ",
		     detail);
}

static void print_refusal(const char *path, const struct err *err)
{
	if (err->n_items == 0)
		print_fault(path, err->place, "", err->detail);
	for (size_t i = 0; i < err->n_items; i++)
		print_fault(path, err->items[i].pointer, err->items[i].code, err->items[i].detail);
}

/* The issues that the body would be stored with. */
static void print_issues(struct tool *tool, struct arena *arena, const struct operation *operation, const char *path,
			 const json_t *body)
{
	struct quality_issues issues = {0};
	contract_check_quality(tool->contract, operation, body, (int64_t)clock_unix_ms() * 1000, arena, &issues);
	for (size_t i = 0; i < issues.n; i++)
		print_fault(path, issues.items[i].pointer, issues.items[i].code, "stored with this quality issue");
	if (issues.left_out > 0)
		(void)printf("%s: and %zu more quality issues\n", path, issues.left_out);
	(void)printf("%s: valid%s\n", path, issues.n > 0 ? ", with quality issues" : "");
}

/* True where the file would be taken. */
static bool validate_file(struct tool *tool, const struct operation *operation, const char *path)
{
	struct err err = {0};
	struct arena arena;
	arena_init(&arena, 4 * (size_t)FILE_MAX);
	JSON_AUTO json_t *body = NULL;
	enum err_code code = read_body(&arena, path, &body, &err);
	if (code == ERR_NONE)
		code = contract_check_body(tool->contract, operation, body, &arena, &err);
	if (code == ERR_NONE)
		print_issues(tool, &arena, operation, path, body);
	else
		print_refusal(path, &err);
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
