/* partnership add, partnership list. */
#include <stdio.h>
#include <string.h>

#include "db/rows.h"
#include "partnership/partnership.h"
#include "tool.h"

#include "base/banned.h"

enum { NAME_MAX_BYTES = 800 };

enum exit_status command_partnership_add(struct tool *tool)
{
	struct err err = {0};
	char id[IDENT_SIZE];
	const char *name = tool_option(tool, "name");
	if (name[0] == '\0' || strlen(name) > NAME_MAX_BYTES)
		return tool_usage(tool, "a name has 1 to 200 characters");
	if (partnership_create(tool->db, name, tool->now, id, &err) != ERR_NONE)
		return tool_complain(tool, &err);
	(void)puts(id);
	return EXIT_FINE;
}

enum exit_status command_partnership_list(struct tool *tool)
{
	struct err err = {0};
	PGRESULT_AUTO PGresult *rows = NULL;
	if (partnership_list(tool->db, &rows, &err) != ERR_NONE)
		return tool_complain(tool, &err);
	for (int i = 0; i < PQntuples(rows); i++)
		(void)printf("%s  %s\n", rows_text(rows, i, "id"), rows_text(rows, i, "name"));
	return EXIT_FINE;
}
