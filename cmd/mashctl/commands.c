/* The table of commands, and the help that is written from it. A new command is a row here. */
#include <stdio.h>
#include <string.h>

#include "tool.h"

#include "base/banned.h"

#define PARTNERSHIP                                                                                     \
	{                                                                                               \
		"partnership", OPTION_TEXT, false, "NAME|ID", "can be left out where there is only one" \
	}
#define END                                          \
	{                                            \
		NULL, OPTION_TEXT, false, NULL, NULL \
	}

static const struct option partnership_add[] = {
	{"name", OPTION_TEXT, true, "NAME", "of the partnership; unique"},
	END,
};

static const struct option agency_add[] = {
	PARTNERSHIP,
	{"name", OPTION_TEXT, true, "NAME", "of the agency; unique in the partnership"},
	{"kind", OPTION_TEXT, true, "KIND", "police health school early_years social_care housing voluntary other"},
	{"source", OPTION_TEXT, true, "CODE", "census source code that its referrals get by default, such as 6 or 2A"},
	{"email", OPTION_TEXT, false, "ADDRESS", "secure e-mail address"},
	END,
};

static const struct option staff_add[] = {
	PARTNERSHIP,
	{"name", OPTION_TEXT, true, "NAME", "of the person"},
	{"role", OPTION_LIST, true, "ROLE",
	 "practitioner manager duty allocated_worker support analyst auditor admin scrutineer"},
	{"qualified", OPTION_FLAG, false, NULL, "the person is a qualified social worker"},
	{"email", OPTION_TEXT, false, "ADDRESS", "unique in the partnership"},
	END,
};

static const struct option key_issue[] = {
	PARTNERSHIP,
	{"agency", OPTION_TEXT, false, "NAME|ID", "whose key it is; role agency"},
	{"staff", OPTION_TEXT, false, "NAME|ID", "whose key it is; roles that the person has"},
	{"system", OPTION_TEXT, false, "NAME", "whose key it is: one of the three"},
	{"role", OPTION_LIST, false, "ROLE", "agency practitioner manager duty allocated_worker analyst admin"},
	{"label", OPTION_TEXT, false, "TEXT", "what the key is for"},
	{"expires", OPTION_TEXT, false, "INSTANT", "when it stops working, such as 2027-03-31T17:00:00Z"},
	END,
};

static const struct option key_list[] = {PARTNERSHIP, END};

static const struct option key_revoke[] = {
	PARTNERSHIP,
	{"reason", OPTION_TEXT, true, "TEXT", "why"},
	END,
};

static const struct option demo_load[] = {
	{"referrals", OPTION_TEXT, false, "N", "how many in all; 150 where it does not say"},
	{"keys-file", OPTION_TEXT, false, "PATH", "where to write keys for each role, as NAME=value lines"},
	END,
};

static const struct option states[] = {
	{"mermaid", OPTION_FLAG, false, NULL, "as a diagram, which CONTRIBUTING.md shows"},
	END,
};

static const struct option import_cin_census[] = {PARTNERSHIP, END};

static const struct option policy_dry_run[] = {PARTNERSHIP, END};

static const struct option policy_activate[] = {
	PARTNERSHIP,
	{"reason", OPTION_TEXT, true, "TEXT", "why; it stays on the record"},
	{"author", OPTION_TEXT, false, "NAME|ID",
	 "member of staff who wrote it; of a draft that is there, its own counts"},
	{"activated-by", OPTION_TEXT, true, "NAME|ID", "member of staff who answers for it: not the author"},
	{"retime-open", OPTION_FLAG, false, NULL, "give what is open the times of this version, too"},
	END,
};

static const struct option calendar_list[] = {PARTNERSHIP, END};

static const struct option calendar_import[] = {
	PARTNERSHIP,
	{"division", OPTION_TEXT, false, "NAME", "of the file; england-and-wales where it does not say"},
	{"calendar", OPTION_TEXT, false, "NAME|ID", "the default calendar where it does not say"},
	{"apply", OPTION_FLAG, false, NULL, "do it; without it nothing is changed"},
	END,
};

static const struct option config_check[] = {
	{"config", OPTION_TEXT, false, "FILE", "the daemon's file of settings"},
	END,
};

static const struct command commands[] = {
	{"partnership", "add", command_partnership_add, partnership_add, NULL, 0, 0, true,
	 "add a partnership with the calendar of England and Wales; prints its id"},
	{"partnership", "list", command_partnership_list, NULL, NULL, 0, 0, true, "all partnerships"},
	{"agency", "add", command_agency_add, agency_add, NULL, 0, 0, true, "add an agency; prints its id"},
	{"staff", "add", command_staff_add, staff_add, NULL, 0, 0, true, "add a member of staff; prints the id"},
	{"key", "issue", command_key_issue, key_issue, NULL, 0, 0, true, "issue a key; prints its text, this once"},
	{"key", "list", command_key_list, key_list, NULL, 0, 0, true,
	 "all keys, the latest first, without their secrets"},
	{"key", "revoke", command_key_revoke, key_revoke, "ID", 1, 1, true, "revoke a key; it stops working at once"},
	{"import", "cin-census", command_import_cin_census, import_cin_census, "FILE", 1, 1, true,
	 "take in a Children in Need census (XML) as history; ends with 3 where records were refused"},
	{"calendar", "list", command_calendar_list, calendar_list, NULL, 0, 0, true,
	 "all calendars of a partnership, and how far they reach"},
	{"calendar", "show", command_calendar_show, calendar_list, "NAME|ID", 1, 1, true,
	 "a calendar's hours and the days that differ"},
	{"calendar", "import", command_calendar_import, calendar_import, "bank-holidays FILE", 2, 2, true,
	 "add the bank holidays of the government's list (JSON) to a calendar; ends with 4 where a dry run finds "
	 "changes"},
	{"sweep", NULL, command_sweep, NULL, NULL, 0, 0, true,
	 "raise the flags of what is overdue, in all partnerships"},
	{"validate", NULL, command_validate, NULL, "OPERATION FILE…", 2, TOOL_ARGUMENTS_MAX, false,
	 "check bodies (JSON files, - for standard input) against an operation of the contract"},
	{"routes", NULL, command_routes, NULL, NULL, 0, 0, false,
	 "method, path, operation, permission and roles of all"},
	{"states", NULL, command_states, states, NULL, 0, 0, false,
	 "the states of a referral, and what leads from one to another"},
	{"policy", "check", command_policy_check, NULL, "FILE…", 1, TOOL_ARGUMENTS_MAX, false,
	 "check policies (JSON files, - for standard input): shape and sense; every problem with its place"},
	{"policy", "dry-run", command_policy_dry_run, policy_dry_run, "FILE", 1, 1, true,
	 "what activating a policy would change for what is open, old and new due; writes nothing"},
	{"policy", "activate", command_policy_activate, policy_activate, "FILE", 1, 1, true,
	 "put a policy in force in a partnership; prints its id"},
	{"config", "check", command_config_check, config_check, NULL, 0, 0, false,
	 "check settings, contract, policy, database and statements as the daemon does at its start"},
	{"demo", "load", command_demo_load, demo_load, NULL, 0, 0, true,
	 "make up a hub at work over the last 90 days; goes on where it was interrupted"},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

/* How many of the words name this command; 0 where they don't. */
static int words_of(const struct command *command, int argc, char *const *argv)
{
	if (argc < 1 || strcmp(argv[0], command->group) != 0)
		return 0;
	if (command->verb == NULL)
		return 1;
	return argc >= 2 && strcmp(argv[1], command->verb) == 0 ? 2 : 0;
}

const struct command *command_find(int argc, char *const *argv, int *ret_words)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		int words = words_of(&commands[i], argc, argv);
		if (words == 0)
			continue;
		*ret_words = words;
		return &commands[i];
	}
	return NULL;
}

static void print_line(FILE *to, const struct command *command)
{
	(void)fprintf(to, "mashctl %s%s%s", command->group, command->verb == NULL ? "" : " ",
		      command->verb == NULL ? "" : command->verb);
	for (const struct option *o = command->options; o != NULL && o->name != NULL; o++) {
		(void)fprintf(to, o->required ? " --%s" : " [--%s", o->name);
		if (o->value != NULL)
			(void)fprintf(to, " %s", o->value);
		(void)fprintf(to, "%s%s", o->required ? "" : "]", o->kind == OPTION_LIST ? " …" : "");
	}
	if (command->arguments != NULL)
		(void)fprintf(to, " %s", command->arguments);
	(void)fputc('\n', to);
}

void command_usage(const struct command *command)
{
	(void)fputs("usage: ", stderr);
	print_line(stderr, command);
}

static void print_details(const struct command *command)
{
	print_line(stdout, command);
	(void)printf("    %s\n", command->help);
	for (const struct option *o = command->options; o != NULL && o->name != NULL; o++)
		(void)printf("    --%-14s %s\n", o->name, o->help);
	(void)putchar('\n');
}

static void print_overview(void)
{
	(void)puts("mashctl: the operator's tool of mashd\n\n"
		   "usage: mashctl [--database URL] COMMAND …\n"
		   "       mashctl help COMMAND\n");
	for (size_t i = 0; i < COMMANDS; i++) {
		char name[40];
		(void)snprintf(name, sizeof name, "%s %s", commands[i].group,
			       commands[i].verb == NULL ? "" : commands[i].verb);
		(void)printf("  %-20s %s\n", name, commands[i].help);
	}
	(void)puts("\nThe database is --database URL, DATABASE_URL, or what the file says that DATABASE_URL_FILE "
		   "names: the one of the daemon, as\nthe application role.\n"
		   "It ends with 0 where all went well, 1 where something failed, 2 where the command line is wrong.");
}

bool command_help(int argc, char *const *argv)
{
	if (argc == 0) {
		print_overview();
		return true;
	}
	bool found = false;
	for (size_t i = 0; i < COMMANDS; i++) {
		bool group_alone = argc == 1 && strcmp(argv[0], commands[i].group) == 0;
		if (!group_alone && words_of(&commands[i], argc, argv) != argc)
			continue;
		print_details(&commands[i]);
		found = true;
	}
	return found;
}
