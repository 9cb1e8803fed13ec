/*
 * Configuration: a table of settings, filled from flags, environment and a file, in this order of strength. The table is
 * the documentation: --help, --check-config and the README's list come from it.
 */
#ifndef MASHD_BASE_SETTING_H
#define MASHD_BASE_SETTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum setting_kind {
	SETTING_TEXT,
	SETTING_SECRET, /* like text; also from the file that <ENV>_FILE names; never printed */
	SETTING_NUMBER,
};

struct setting {
	const char *name; /* flag without dashes, "listen"; the environment's name is env */
	const char *env;  /* "MASHD_LISTEN"; the same in the file */
	enum setting_kind kind;
	const char *fallback; /* default as text, NULL: none */
	long min;             /* of numbers */
	long max;
	const char *help; /* meaning and unit, one line */
	size_t offset;    /* into the caller's struct: const char * for texts and secrets, long for numbers */
};

/*
 * Fills `into` (a struct that the offsets belong to). `arguments` are "--name value" or "--name=value" pairs; `file` holds
 * KEY=value lines, # comments, and may be NULL. Values live in the arena. ERR_INVALID_PARAMETER with place = the flag, the
 * variable or file:line, for unknown names, bad numbers and unreadable files.
 */
enum err_code settings_read(const struct setting *table, size_t n, int argc, char *const *argv, const char *file,
			    struct arena *arena, void *into, struct err *err) MUST_CHECK;

/* "name=value" lines of what is in force, secrets as "(set)" or "(not set)". In the arena. */
const char *settings_text(const struct setting *table, size_t n, const void *from, struct arena *arena);
/* The list for --help. In the arena. */
const char *settings_help(const struct setting *table, size_t n, struct arena *arena);

#endif
