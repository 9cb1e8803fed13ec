/* What commands share: complaints, the database, the contract, the partnership. */
#include "tool.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/setting.h"
#include "partnership/partnership.h"
#include "referral/quality.h"

#include "base/banned.h"

enum { CONNECT_TIMEOUT_S = 10, STATEMENT_TIMEOUT_MS = 120000, LOCK_TIMEOUT_MS = 10000 };

static bool is_users_mistake(enum err_code code)
{
	return code == ERR_INVALID_PARAMETER || code == ERR_INVALID_BODY || code == ERR_INVALID_JSON;
}

static void print_fault(const char *place, const char *detail)
{
	(void)fprintf(stderr, "mashctl: %s%s%s\n", place, place[0] == '\0' ? "" : ": ", detail);
}

enum exit_status tool_complain(const struct tool *tool, const struct err *err)
{
	if (err->n_items == 0)
		print_fault(err->place, err->detail);
	for (size_t i = 0; i < err->n_items; i++)
		print_fault(err->items[i].pointer, err->items[i].detail);
	if (err->code == ERR_INTERNAL && tool->db != NULL && *db_log_text(tool->db) != '\0')
		(void)fprintf(stderr, "mashctl: PostgreSQL says: %s\n", db_log_text(tool->db));
	return is_users_mistake(err->code) ? EXIT_USAGE : EXIT_FAILED;
}

enum exit_status tool_usage(const struct tool *tool, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)fputs("mashctl: ", stderr);
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
	va_end(args);
	command_usage(tool->command);
	return EXIT_USAGE;
}

struct db_options tool_db_options(const struct tool *tool)
{
	return (struct db_options){
		.url = tool->database_url,
		.application_name = "mashctl",
		.connect_timeout_s = CONNECT_TIMEOUT_S,
		.statement_timeout_ms = STATEMENT_TIMEOUT_MS,
		.lock_timeout_ms = LOCK_TIMEOUT_MS,
		.require_app_role = true,
	};
}

/* Where no option has said it: the environment, as the daemon reads it. */
static enum err_code find_database(struct tool *tool, struct err *err)
{
	static const struct setting database[] = {
		{.name = "database", .env = "DATABASE_URL", .kind = SETTING_SECRET, .help = "PostgreSQL"}};
	if (tool->database_url != NULL)
		return ERR_NONE;
	return settings_read(database, 1, 0, NULL, NULL, &tool->arena, &tool->database_url, err);
}

enum err_code tool_connect(struct tool *tool, struct err *err)
{
	enum err_code code = find_database(tool, err);
	if (code != ERR_NONE)
		return code;
	if (tool->database_url == NULL || tool->database_url[0] == '\0')
		return err_set(err, ERR_INVALID_PARAMETER, "DATABASE_URL",
			       "is not set; say which database with it, with DATABASE_URL_FILE or with --database URL");
	const struct db_options options = tool_db_options(tool);
	tool->db = db_new(&options);
	code = db_connect(tool->db, err);
	if (code != ERR_NONE && *db_log_text(tool->db) != '\0')
		(void)fprintf(stderr, "mashctl: PostgreSQL says: %s\n", db_log_text(tool->db));
	return code;
}

enum err_code tool_contract(struct tool *tool, struct err *err)
{
	return tool->contract != NULL ? ERR_NONE : contract_load(referral_quality_rules, &tool->contract, err);
}

enum err_code tool_partnership(struct tool *tool, char ret_id[IDENT_SIZE], struct err *err)
{
	return partnership_find(tool->db, tool_option(tool, "partnership"), ret_id, err);
}

void tool_release(struct tool *tool)
{
	db_free(tool->db);
	contract_free(tool->contract);
	arena_release(&tool->arena);
}
