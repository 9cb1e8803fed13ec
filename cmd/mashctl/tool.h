/*
 * mashctl at work: what a command gets, and what it gives back. One file per group of commands; commands.c holds the table
 * of all of them. Results go to standard output, everything else to standard error.
 */
#ifndef MASHD_MASHCTL_TOOL_H
#define MASHD_MASHCTL_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/ident.h"
#include "contract/contract.h"
#include "db/db.h"

enum exit_status {
	EXIT_FINE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_SOME_REFUSED = 3, /* an import went through, but refused records */
	EXIT_WOULD_CHANGE = 4, /* a dry run found something to change */
};

enum option_kind { OPTION_TEXT, OPTION_LIST, OPTION_FLAG };

/* One option of a command: "--name VALUE", repeatable where it is a list, without value where it is a flag. */
struct option {
	const char *name; /* without dashes; NULL ends a table */
	enum option_kind kind;
	bool required;
	const char *value; /* what to call the value in the help */
	const char *help;
};

enum { TOOL_ARGUMENTS_MAX = 256 };

struct tool;

struct command {
	const char *group; /* "agency" */
	const char *verb;  /* "add"; NULL where the group is the command */
	enum exit_status (*run)(struct tool *tool);
	const struct option *options; /* NULL: none */
	const char *arguments;        /* how the help writes what stands without dashes; NULL: none are taken */
	size_t arguments_min;
	size_t arguments_max;
	bool database; /* connects before it runs */
	const char *help;
};

struct tool {
	const struct command *command;
	struct arena arena;
	const char *database_url; /* --database or DATABASE_URL; NULL: none */
	const char *now;          /* --now, test builds only; NULL: the database's clock */
	struct db *db;
	struct contract *contract;             /* loaded by tool_contract() */
	const char *names[TOOL_ARGUMENTS_MAX]; /* options as given, in order; a flag's value is "" */
	const char *values[TOOL_ARGUMENTS_MAX];
	size_t n_options;
	const char *arguments[TOOL_ARGUMENTS_MAX];
	size_t n_arguments;
};

/* ---- commands.c ---- */

/* The command that the first words name, and how many words that took; NULL where there is none. */
const struct command *command_find(int argc, char *const *argv, int *ret_words);
/* All of them, or the ones of a group, or one. False where the words name none. */
bool command_help(int argc, char *const *argv);
void command_usage(const struct command *command);

/* ---- options.c ---- */

/* Takes the words behind the command apart. False, with a complaint printed, where they don't fit it. */
bool options_read(struct tool *tool, int argc, char *const *argv);
/* The value of an option, NULL where it is absent. */
const char *tool_option(const struct tool *tool, const char *name);
/* The values of a list; at most `room`. */
size_t tool_options(const struct tool *tool, const char *name, const char **ret_values, size_t room);

/* ---- tool.c ---- */

/* "mashctl: place: detail", with every item of it. Bad input is the user's mistake, the rest a failure. */
enum exit_status tool_complain(const struct tool *tool, const struct err *err);
/* The same for a fault that the command finds itself. */
enum exit_status tool_usage(const struct tool *tool, const char *format, ...) __attribute__((format(printf, 2, 3)));
enum err_code tool_connect(struct tool *tool, struct err *err) MUST_CHECK;
enum err_code tool_contract(struct tool *tool, struct err *err) MUST_CHECK;
/* The partnership that --partnership names, or the only one. */
enum err_code tool_partnership(struct tool *tool, char ret_id[IDENT_SIZE], struct err *err) MUST_CHECK;
/* Prints a warning for each default calendar that ends soon. */
enum err_code tool_check_calendars(struct tool *tool, struct err *err) MUST_CHECK;
struct db_options tool_db_options(const struct tool *tool);
void tool_release(struct tool *tool);

/* ---- file.c ---- */

enum { TOOL_FILE_MAX = 16 << 20 };
/* The JSON of a file ("-": standard input), of TOOL_FILE_MAX bytes at the most, which come from the arena. */
enum err_code tool_read_json(struct arena *arena, const char *path, json_t **ret_json, struct err *err) MUST_CHECK;
/* "path: place: code: detail" on standard output; all of an error's. */
void tool_print_fault(const char *path, const char *place, const char *code, const char *detail);
void tool_print_faults(const char *path, const struct err *err);

/* ---- the commands ---- */

enum exit_status command_partnership_add(struct tool *tool);
enum exit_status command_partnership_list(struct tool *tool);
enum exit_status command_agency_add(struct tool *tool);
enum exit_status command_staff_add(struct tool *tool);
enum exit_status command_key_issue(struct tool *tool);
enum exit_status command_key_list(struct tool *tool);
enum exit_status command_key_revoke(struct tool *tool);
enum exit_status command_import_cin_census(struct tool *tool);
enum exit_status command_calendar_list(struct tool *tool);
enum exit_status command_calendar_show(struct tool *tool);
enum exit_status command_calendar_import(struct tool *tool);
enum exit_status command_sweep(struct tool *tool);
enum exit_status command_validate(struct tool *tool);
enum exit_status command_routes(struct tool *tool);
enum exit_status command_states(struct tool *tool);
enum exit_status command_config_check(struct tool *tool);
enum exit_status command_policy_check(struct tool *tool);
enum exit_status command_policy_dry_run(struct tool *tool);
enum exit_status command_policy_activate(struct tool *tool);
enum exit_status command_demo_load(struct tool *tool);

#endif
