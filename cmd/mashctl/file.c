/* JSON files that a command reads, and what is wrong with them: one line a fault, as compilers write it. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "tool.h"

#include "base/banned.h"

enum err_code tool_read_json(struct arena *arena, const char *path, json_t **ret_json, struct err *err)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (file == NULL)
		return err_set(err, ERR_NOT_FOUND, "", "cannot be opened");
	char *text = arena_try_alloc(arena, TOOL_FILE_MAX + 1);
	size_t size = text == NULL ? 0 : fread(text, 1, TOOL_FILE_MAX + 1, file);
	bool failed = text == NULL || ferror(file) != 0;
	if (file != stdin)
		(void)fclose(file);
	if (failed)
		return err_set(err, ERR_INTERNAL, "", "cannot be read");
	if (size > TOOL_FILE_MAX)
		return err_set(err, ERR_BODY_TOO_LARGE, "", "larger than 16 MiB");
	return json_read(text, size, ret_json, err);
}

void tool_print_fault(const char *path, const char *place, const char *code, const char *detail)
{
	(void)printf("%s: %s: %s%s%s\n", path, *place == '\0' ? "the whole" : place, code, *code == '\0' ? "" : ": ",
		     detail);
}

void tool_print_faults(const char *path, const struct err *err)
{
	if (err->n_items == 0)
		tool_print_fault(path, err->place, "", err->detail);
	for (size_t i = 0; i < err->n_items; i++)
		tool_print_fault(path, err->items[i].pointer, err->items[i].code, err->items[i].detail);
}
