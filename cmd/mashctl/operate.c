/* sweep, config check: what an operator does beside a running daemon. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "followup/sweep.h"
#include "tool.h"

#include "base/banned.h"

enum exit_status command_sweep(struct tool *tool)
{
	struct err err = {0};
	struct sweep_report report = {0};
	if (followup_sweep_all(tool->db, tool->now, &report, &err) != ERR_NONE)
		return tool_complain(tool, &err);
	for (size_t i = 0; i < report.n_kinds; i++)
		(void)printf("%s: %lld open, %lld overdue\n", report.kinds[i].kind, report.kinds[i].open,
			     report.kinds[i].overdue);
	(void)printf("%lld flags raised\n", report.raised);
	return EXIT_FINE;
}

/* Settings as the daemon reads them: environment and the file that --config names. */
static enum err_code check_settings(struct tool *tool, struct app *app, struct err *err)
{
	enum err_code code = settings_read(settings_table, settings_count, 0, NULL, tool_option(tool, "config"),
					   &app->arena, &app->settings, err);
	if (code != ERR_NONE)
		return code;
	if (tool->database_url != NULL)
		app->settings.database_url = tool->database_url;
	code = settings_check(&app->settings, err);
	return code == ERR_NONE ? app_load(app, err) : code;
}

enum exit_status command_config_check(struct tool *tool)
{
	struct err err = {0};
	struct app app = {0};
	arena_init(&app.arena, APP_ARENA_MAX);
	enum err_code code = check_settings(tool, &app, &err);
	if (code == ERR_NONE) {
		(void)fputs(settings_text(settings_table, settings_count, &app.settings, &app.arena), stdout);
		code = app_check_database(&app, &err);
	}
	if (code == ERR_NONE) {
		tool->database_url = arena_strdup(&tool->arena, app.settings.database_url);
		code = tool_connect(tool, &err);
	}
	if (code == ERR_NONE)
		code = tool_check_calendars(tool, &err);
	if (code == ERR_NONE)
		(void)puts("configuration, contract, policy and database fit together");
	enum exit_status status = code == ERR_NONE ? EXIT_FINE : tool_complain(tool, &err);
	app_free(&app);
	return status == EXIT_USAGE ? EXIT_FAILED : status;
}
