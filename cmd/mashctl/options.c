/* Takes a command line apart by the command's table of options. */
#include <stdio.h>
#include <string.h>

#include "tool.h"

#include "base/banned.h"

static const struct option *find_option(const struct command *command, const char *name, size_t length)
{
	for (const struct option *o = command->options; o != NULL && o->name != NULL; o++) {
		if (strlen(o->name) == length && strncmp(o->name, name, length) == 0)
			return o;
	}
	return NULL;
}

static bool refuse(const struct tool *tool, const char *problem, const char *what)
{
	(void)fprintf(stderr, "mashctl: %s %s\n", problem, what);
	command_usage(tool->command);
	return false;
}

static bool add(struct tool *tool, const struct option *option, const char *value)
{
	if (option->kind != OPTION_LIST && tool_option(tool, option->name) != NULL)
		return refuse(tool, "given twice:", option->name);
	if (tool->n_options == TOOL_ARGUMENTS_MAX)
		return refuse(tool, "too many options:", "at most 256");
	tool->names[tool->n_options] = option->name;
	tool->values[tool->n_options++] = value;
	return true;
}

/* The option at argv[*i], which is moved past its value. */
static bool read_option(struct tool *tool, int argc, char *const *argv, int *i)
{
	const char *word = argv[*i] + 2;
	const char *equals = strchr(word, '=');
	size_t length = equals == NULL ? strlen(word) : (size_t)(equals - word);
	const struct option *option = find_option(tool->command, word, length);
	if (option == NULL)
		return refuse(tool, "there is no such option:", argv[*i]);
	if (option->kind == OPTION_FLAG)
		return equals == NULL ? add(tool, option, "") : refuse(tool, "takes no value:", option->name);
	if (equals != NULL)
		return add(tool, option, equals + 1);
	if (*i + 1 >= argc)
		return refuse(tool, "a value is missing after", argv[*i]);
	return add(tool, option, argv[++*i]);
}

bool options_read(struct tool *tool, int argc, char *const *argv)
{
	bool only_arguments = false;
	for (int i = 0; i < argc; i++) {
		if (!only_arguments && strcmp(argv[i], "--") == 0) {
			only_arguments = true;
		} else if (!only_arguments && strncmp(argv[i], "--", 2) == 0) {
			if (!read_option(tool, argc, argv, &i))
				return false;
		} else if (tool->n_arguments == tool->command->arguments_max ||
			   tool->n_arguments == TOOL_ARGUMENTS_MAX) {
			return refuse(tool, "not expected here:", argv[i]);
		} else {
			tool->arguments[tool->n_arguments++] = argv[i];
		}
	}
	for (const struct option *o = tool->command->options; o != NULL && o->name != NULL; o++) {
		if (o->required && tool_option(tool, o->name) == NULL)
			return refuse(tool, "missing option:", o->name);
	}
	if (tool->n_arguments < tool->command->arguments_min)
		return refuse(tool, "missing:", tool->command->arguments);
	return true;
}

const char *tool_option(const struct tool *tool, const char *name)
{
	for (size_t i = 0; i < tool->n_options; i++) {
		if (strcmp(tool->names[i], name) == 0)
			return tool->values[i];
	}
	return NULL;
}

size_t tool_options(const struct tool *tool, const char *name, const char **ret_values, size_t room)
{
	size_t n = 0;
	for (size_t i = 0; i < tool->n_options && n < room; i++) {
		if (strcmp(tool->names[i], name) == 0)
			ret_values[n++] = tool->values[i];
	}
	return n;
}
