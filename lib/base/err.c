/* Fills and names errors. Knows nothing about HTTP but the numbers in the table of err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const struct {
	int status;
	const char *slug;
	const char *title;
} rows[ERR_COUNT] = {[ERR_NONE] = {500, "internal-error", "Something went wrong here"},
#define ERR_ROW(code, status, slug, title) [code] = {status, slug, title},
		     ERR_TABLE(ERR_ROW)
#undef ERR_ROW
};

static enum err_code known(enum err_code code)
{
	return code > ERR_NONE && code < ERR_COUNT ? code : ERR_INTERNAL;
}

enum err_code err_set(struct err *err, enum err_code code, const char *place, const char *format, ...)
{
	if (err == NULL)
		return code;
	memset(err, 0, sizeof *err);
	err->code = code;
	if (place != NULL)
		(void)snprintf(err->place, sizeof err->place, "%s", place);
	va_list args;
	va_start(args, format);
	(void)vsnprintf(err->detail, sizeof err->detail, format, args);
	va_end(args);
	return code;
}

enum err_code err_context(struct err *err, const char *format, ...)
{
	if (err == NULL)
		return ERR_INTERNAL;
	char before[sizeof err->detail];
	memcpy(before, err->detail, sizeof before);
	va_list args;
	va_start(args, format);
	int n = vsnprintf(err->detail, sizeof err->detail, format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof err->detail)
		(void)snprintf(err->detail + n, sizeof err->detail - (size_t)n, ": %.*s",
			       (int)(sizeof err->detail - (size_t)n) - 3, before);
	return err->code;
}

int err_status(enum err_code code)
{
	return rows[known(code)].status;
}

const char *err_slug(enum err_code code)
{
	return rows[known(code)].slug;
}

const char *err_title(enum err_code code)
{
	return rows[known(code)].title;
}
