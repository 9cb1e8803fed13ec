/* The table of settings, and what must hold between them. */
#include "app/settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#include "base/banned.h"

const struct setting settings_table[] = {
#define SETTINGS_ROW(kind_, type, member, flag, env_, fallback_, min_, max_, help_) \
	{.name = (flag),                                                            \
	 .env = (env_),                                                             \
	 .kind = (kind_),                                                           \
	 .fallback = (fallback_),                                                   \
	 .min = (min_),                                                             \
	 .max = (max_),                                                             \
	 .help = (help_),                                                           \
	 .offset = offsetof(struct settings, member)},
	SETTINGS_TABLE(SETTINGS_ROW)
#undef SETTINGS_ROW
};
const size_t settings_count = sizeof settings_table / sizeof *settings_table;

enum err_code settings_listen(const struct settings *settings, struct arena *arena, const char **ret_address,
			      unsigned short *ret_port, struct err *err)
{
	const char *text = settings->listen;
	const char *colon = strrchr(text, ':');
	char *end = NULL;
	long port = colon == NULL ? -1 : strtol(colon + 1, &end, 10);
	if (colon == NULL || end == colon + 1 || *end != '\0' || port < 0 || port > 65535)
		return err_set(err, ERR_INVALID_PARAMETER, "listen",
			       "must be an address and a port, as 127.0.0.1:8080");
	size_t length = (size_t)(colon - text);
	if (length >= 2 && text[0] == '[' && colon[-1] == ']') {
		text++;
		length -= 2;
	}
	*ret_address = arena_strndup(arena, text, length);
	*ret_port = (unsigned short)port;
	return ERR_NONE;
}

enum err_code settings_check(const struct settings *settings, struct err *err)
{
	if (settings->database_url == NULL)
		return err_set(err, ERR_INVALID_PARAMETER, "DATABASE_URL", "name the database");
	if (settings->cursor_key != NULL && strlen(settings->cursor_key) < 32)
		return err_set(err, ERR_INVALID_PARAMETER, "MASHD_CURSOR_KEY", "must have 32 characters or more");
	static const char *const levels[] = {"error", "warning", "info", "debug"};
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		if (strcmp(settings->log_level, levels[i]) == 0)
			return ERR_NONE;
	}
	return err_set(err, ERR_INVALID_PARAMETER, "log-level", "must be error, warning, info or debug");
}
