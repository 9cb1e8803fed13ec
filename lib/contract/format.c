/* What `format` asserts: one table. A format judges only values of its types. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ident.h"
#include "contract/model.h"

#include "base/banned.h"

/* The text of a string value, NULL where it has a NUL inside. */
static const char *plain_text(const json_t *value)
{
	const char *text = json_string_value(value);
	return strlen(text) == json_string_length(value) ? text : NULL;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool holds_uuid(const json_t *value)
{
	const char *text = plain_text(value);
	return text != NULL && ident_is_uuid(text);
}

static bool holds_date(const json_t *value)
{
	const char *text = plain_text(value);
	int day;
	return text != NULL && clock_parse_date(text, &day);
}

static bool holds_date_time(const json_t *value)
{
	const char *text = plain_text(value);
	int64_t us;
	return text != NULL && clock_parse_instant(text, &us);
}

static bool holds_time(const json_t *value)
{
	char instant[64];
	const char *text = plain_text(value);
	int64_t us;
	if (text == NULL || strlen(text) > 40)
		return false;
	(void)snprintf(instant, sizeof instant, "2000-01-02T%s", text);
	return clock_parse_instant(instant, &us);
}

/* Numbers, each followed by one of the letters in `units`, in that order; *at moves behind them. */
static bool skip_units(const char **at, const char *units)
{
	bool any = false;
	while (**at >= '0' && **at <= '9') {
		const char *end = *at + strspn(*at, "0123456789");
		const char *unit = *end == '\0' ? NULL : strchr(units, *end);
		if (unit == NULL)
			return false;
		units = unit + 1;
		*at = end + 1;
		any = true;
	}
	return any;
}

static bool holds_duration(const json_t *value)
{
	const char *at = plain_text(value);
	if (at == NULL || *at++ != 'P')
		return false;
	const char *weeks = at;
	if (skip_units(&weeks, "W") && *weeks == '\0')
		return true;
	bool days = skip_units(&at, "YMD");
	if (*at == '\0')
		return days;
	return *at++ == 'T' && skip_units(&at, "HMS") && *at == '\0';
}

/* Non-empty pieces between dots, of characters that `allowed` takes. */
static bool is_dotted(const char *text, size_t size, bool (*allowed)(char))
{
	char last = '.';
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '.' ? last == '.' : !allowed(text[i]))
			return false;
		last = text[i];
	}
	return last != '.';
}

static bool is_local(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

static bool is_domain(char c)
{
	return is_alnum(c) || c == '-';
}

static bool holds_email(const json_t *value)
{
	const char *text = plain_text(value);
	const char *at = text == NULL ? NULL : strrchr(text, '@');
	if (at == NULL || at - text > 64 || strlen(at) > 254)
		return false;
	const char *domain = at + 1;
	size_t size = strlen(domain);
	return is_dotted(text, (size_t)(at - text), is_local) && is_dotted(domain, size, is_domain) &&
	       domain[0] != '-' && domain[size - 1] != '-' && strstr(domain, ".-") == NULL &&
	       strstr(domain, "-.") == NULL;
}

static bool is_uri_text(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '%' && (!is_hex(text[1]) || !is_hex(text[2])))
			return false;
		if (!is_alnum(*text) && strchr("-._~:/?#[]@!$&'()*+,;=%", *text) == NULL)
			return false;
	}
	return true;
}

static bool holds_uri_reference(const json_t *value)
{
	const char *text = plain_text(value);
	return text != NULL && is_uri_text(text);
}

static bool holds_uri(const json_t *value)
{
	const char *text = plain_text(value);
	if (text == NULL || !((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z')))
		return false;
	const char *end = text;
	while (is_alnum(*end) || *end == '+' || *end == '-' || *end == '.')
		end++;
	return *end == ':' && is_uri_text(text);
}

static bool holds_int32(const json_t *value)
{
	double number = json_number_value(value);
	return number >= INT32_MIN && number <= INT32_MAX;
}

/* A larger integer reaches us as a fraction at the most: the type refuses it or it lies in range. */
static bool holds_int64(const json_t *value)
{
	double number = json_number_value(value);
	return json_is_integer(value) || (number >= -9223372036854775808.0 && number < 9223372036854775808.0);
}

const struct schema_format_row *schema_format_find(const char *name)
{
	static const struct schema_format_row rows[] = {
		{"uuid", TYPE_STRING, holds_uuid, "a UUID"},
		{"date", TYPE_STRING, holds_date, "a date such as 2026-03-02"},
		{"date-time", TYPE_STRING, holds_date_time, "a time with offset such as 2026-03-02T09:00:00Z"},
		{"time", TYPE_STRING, holds_time, "a time of day with offset such as 09:00:00Z"},
		{"duration", TYPE_STRING, holds_duration, "a duration such as P1DT12H"},
		{"email", TYPE_STRING, holds_email, "an e-mail address"},
		{"uri", TYPE_STRING, holds_uri, "a URI"},
		{"uri-reference", TYPE_STRING, holds_uri_reference, "a URI or a path"},
		{"int32", TYPE_INTEGER, holds_int32, "a 32-bit integer"},
		{"int64", TYPE_INTEGER, holds_int64, "a 64-bit integer"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}
