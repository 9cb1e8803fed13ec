/* mashctl's main: options that belong to no command, then the command. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tool.h"

#include "base/banned.h"

enum { ARENA_MAX = 256 << 20 };

static int complain(const char *problem, const char *what)
{
	(void)fprintf(stderr, "mashctl: %s %s\nmashctl: `mashctl help` lists the commands\n", problem, what);
	return EXIT_USAGE;
}

static bool take(const char *name, int argc, char **argv, int *i, const char **ret_value)
{
	size_t length = strlen(name);
	if (strncmp(argv[*i], name, length) != 0)
		return false;
	if (argv[*i][length] == '=') {
		*ret_value = argv[*i] + length + 1;
		return true;
	}
	if (argv[*i][length] != '\0' || *i + 1 >= argc)
		return false;
	*ret_value = argv[++*i];
	return true;
}

/* The options that can stand before the command; where the command begins, or -1 with a complaint printed. */
static int read_globals(struct tool *tool, int argc, char **argv)
{
	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (take("--database", argc, argv, &i, &tool->database_url))
			continue;
#ifdef MASHD_TEST_CLOCK
		if (take("--now", argc, argv, &i, &tool->now))
			continue;
#endif
		if (strcmp(argv[i], "--help") == 0)
			return i;
		(void)complain("there is no such option, or its value is missing:", argv[i]);
		return -1;
	}
	int64_t us;
	if (tool->now != NULL && !clock_parse_instant(tool->now, &us)) {
		(void)complain("not an instant:", tool->now);
		return -1;
	}
	return i;
}

static int help(int argc, char **argv)
{
	return command_help(argc, argv) ? EXIT_FINE : complain("there is no such command:", argv[0]);
}

static int run(struct tool *tool)
{
	struct err err = {0};
	if (tool->command->database && tool_connect(tool, &err) != ERR_NONE)
		return tool_complain(tool, &err);
	int status = tool->command->run(tool);
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		(void)fputs("mashctl: the output could not be written\n", stderr);
		return EXIT_FAILED;
	}
	return status;
}

int main(int argc, char **argv)
{
	static struct tool tool;
	if (sodium_init() < 0)
		return EXIT_FAILED;
	arena_init(&tool.arena, ARENA_MAX);
	int at = read_globals(&tool, argc, argv);
	if (at < 0)
		return EXIT_USAGE;
	if (at == argc) {
		(void)command_help(0, NULL);
		return EXIT_USAGE;
	}
	if (strcmp(argv[at], "help") == 0 || strcmp(argv[at], "--help") == 0)
		return help(argc - at - 1, argv + at + 1);
	int words = 0;
	tool.command = command_find(argc - at, argv + at, &words);
	if (tool.command == NULL)
		return complain("there is no such command:", argv[at]);
	at += words;
	int status = EXIT_USAGE;
	if (options_read(&tool, argc - at, argv + at))
		status = run(&tool);
	tool_release(&tool);
	return status;
}
