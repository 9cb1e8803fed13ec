/* Reads settings from three places. */
#include "base/setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#include "base/banned.h"

enum { FILE_SIZE_MAX = 1 << 20 };

struct reading {
	const struct setting *table;
	size_t n;
	struct arena *arena;
	unsigned char *into;
	struct err *err;
};

static enum err_code assign(struct reading *r, const struct setting *s, const char *value, const char *place)
{
	if (s->kind != SETTING_NUMBER) {
		const char **text = (const char **)(void *)(r->into + s->offset);
		*text = arena_strdup(r->arena, value);
		return ERR_NONE;
	}
	char *end = NULL;
	errno = 0;
	long number = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || number < s->min || number > s->max)
		return err_set(r->err, ERR_INVALID_PARAMETER, place, "must be a number from %ld to %ld (%s)", s->min,
			       s->max, s->help);
	long *target = (long *)(void *)(r->into + s->offset);
	*target = number;
	return ERR_NONE;
}

/* A whole file as text, its last newline cut; NULL with errno. */
static char *read_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return NULL;
	char *text = arena_alloc(arena, FILE_SIZE_MAX + 1);
	size_t size = fread(text, 1, FILE_SIZE_MAX, file);
	int failed = ferror(file);
	(void)fclose(file);
	if (failed != 0)
		return NULL;
	while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
		size--;
	text[size] = '\0';
	return text;
}

static enum err_code from_defaults(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->table[i].fallback == NULL)
			continue;
		enum err_code code = assign(r, &r->table[i], r->table[i].fallback, r->table[i].name);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

static enum err_code from_line(struct reading *r, const char *path, int number, char *line)
{
	while (*line == ' ' || *line == '\t')
		line++;
	if (*line == '\0' || *line == '#')
		return ERR_NONE;
	const char *place = arena_printf(r->arena, "%s:%d", path, number);
	char *equals = strchr(line, '=');
	if (equals == NULL)
		return err_set(r->err, ERR_INVALID_PARAMETER, place, "a line is NAME=value");
	*equals = '\0';
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->table[i].env, line) == 0)
			return assign(r, &r->table[i], equals + 1, place);
	}
	return err_set(r->err, ERR_INVALID_PARAMETER, place, "there is no setting of this name");
}

static enum err_code from_file(struct reading *r, const char *path)
{
	char *text = read_file(r->arena, path);
	if (text == NULL)
		return err_set(r->err, ERR_INVALID_PARAMETER, path, "the configuration file cannot be read");
	int number = 1;
	for (char *line = text; line != NULL; number++) {
		char *end = strchr(line, '\n');
		if (end != NULL)
			*end = '\0';
		size_t length = strlen(line);
		if (length > 0 && line[length - 1] == '\r')
			line[length - 1] = '\0';
		enum err_code code = from_line(r, path, number, line);
		if (code != ERR_NONE)
			return code;
		line = end == NULL ? NULL : end + 1;
	}
	return ERR_NONE;
}

/* An empty variable is as good as none: compose files and units set them that way. */
static const char *environment(const char *name)
{
	const char *value = getenv(name);
	return value == NULL || *value == '\0' ? NULL : value;
}

static enum err_code from_environment(struct reading *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct setting *s = &r->table[i];
		const char *value = environment(s->env);
		const char *place = s->env;
		if (value == NULL && s->kind == SETTING_SECRET) {
			place = arena_printf(r->arena, "%s_FILE", s->env);
			const char *path = environment(place);
			value = path == NULL ? NULL : read_file(r->arena, path);
			if (path != NULL && value == NULL)
				return err_set(r->err, ERR_INVALID_PARAMETER, place,
					       "the file it names cannot be read");
		}
		if (value == NULL || *value == '\0')
			continue; /* nor is an empty file a secret */
		enum err_code code = assign(r, s, value, place);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

static const struct setting *by_flag(const struct reading *r, const char *flag, size_t length)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strlen(r->table[i].name) == length && strncmp(r->table[i].name, flag, length) == 0)
			return &r->table[i];
	}
	return NULL;
}

static enum err_code from_arguments(struct reading *r, int argc, char *const *argv)
{
	for (int i = 0; i < argc; i++) {
		const char *equals = strchr(argv[i], '=');
		/* Without the value: a mistyped name must not print a password. */
		const char *flag = equals == NULL ? argv[i]
						  : arena_strndup(r->arena, argv[i], (size_t)(equals - argv[i]));
		if (strncmp(flag, "--", 2) != 0)
			return err_set(r->err, ERR_INVALID_PARAMETER, flag, "an option starts with --");
		const struct setting *s = by_flag(r, flag + 2, strlen(flag + 2));
		if (s == NULL)
			return err_set(r->err, ERR_INVALID_PARAMETER, flag, "there is no such option; see --help");
		if (equals == NULL && i + 1 == argc)
			return err_set(r->err, ERR_INVALID_PARAMETER, flag, "this option needs a value");
		enum err_code code = assign(r, s, equals == NULL ? argv[++i] : equals + 1, flag);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

enum err_code settings_read(const struct setting *table, size_t n, int argc, char *const *argv, const char *file,
			    struct arena *arena, void *into, struct err *err)
{
	struct reading r = {.table = table, .n = n, .arena = arena, .into = into, .err = err};
	enum err_code code = from_defaults(&r);
	if (code == ERR_NONE && file != NULL)
		code = from_file(&r, file);
	if (code == ERR_NONE)
		code = from_environment(&r);
	if (code == ERR_NONE)
		code = from_arguments(&r, argc, argv);
	return code;
}

static void add_value(struct buf *buf, const struct setting *s, const unsigned char *from)
{
	if (s->kind == SETTING_NUMBER) {
		buf_add_int(buf, *(const long *)(const void *)(from + s->offset));
		return;
	}
	const char *text = *(const char *const *)(const void *)(from + s->offset);
	if (s->kind == SETTING_SECRET)
		buf_add_text(buf, text == NULL ? "(not set)" : "(set)");
	else
		buf_add_text(buf, text == NULL ? "" : text);
}

static const char *keep(struct arena *arena, struct buf *buf)
{
	const char *text = arena_strndup(arena, buf_text(buf), buf->size);
	buf_release(buf);
	return text;
}

const char *settings_text(const struct setting *table, size_t n, const void *from, struct arena *arena)
{
	struct buf buf;
	buf_init(&buf, FILE_SIZE_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&buf, "%s=", table[i].env);
		add_value(&buf, &table[i], from);
		buf_add_char(&buf, '\n');
	}
	return keep(arena, &buf);
}

const char *settings_help(const struct setting *table, size_t n, struct arena *arena)
{
	struct buf buf;
	buf_init(&buf, FILE_SIZE_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&buf, "  --%-24s %s\n", table[i].name, table[i].help);
		buf_printf(&buf, "    %-24s environment %s%s", "", table[i].env,
			   table[i].kind == SETTING_SECRET ? " or the file that _FILE names" : "");
		if (table[i].fallback != NULL)
			buf_printf(&buf, ", default %s", table[i].fallback);
		buf_add_char(&buf, '\n');
	}
	return keep(arena, &buf);
}
