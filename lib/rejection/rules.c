/* Under which reference was a refused post sent? Pure. */
#include "rejection/rules.h"

#include <string.h>

#include "base/json.h"

#include "base/banned.h"

enum { REFERENCE_MAX = REJECTION_REFERENCE_SIZE - 1 };

static const char MEMBER[] = "\"agency_reference\"";

const char *rejection_reference_in(const json_t *body)
{
	const char *reference = json_text(body, "agency_reference");
	return reference == NULL || *reference == '\0' || strlen(reference) > REFERENCE_MAX ? NULL : reference;
}

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

/* Printable ASCII without escapes: what cannot be misread, whatever is wrong with the rest. */
static const char *skip_plain(const char *at, const char *end)
{
	while (at < end && *at >= ' ' && *at <= '~' && *at != '"' && *at != '\\')
		at++;
	return at;
}

/* The string behind the member's name, its end in *ret_end; NULL where there is none. */
static const char *plain_string(const char *at, const char *end, const char **ret_end)
{
	at = skip_space(at, end);
	if (at == end || *at != ':')
		return NULL;
	at = skip_space(at + 1, end);
	if (at == end || *at != '"')
		return NULL;
	*ret_end = skip_plain(at + 1, end);
	return *ret_end == end || **ret_end != '"' ? NULL : at + 1;
}

bool rejection_reference_scan(const char *bytes, size_t size, char ret_reference[REJECTION_REFERENCE_SIZE])
{
	ret_reference[0] = '\0';
	const char *member = bytes == NULL ? NULL : memmem(bytes, size, MEMBER, sizeof MEMBER - 1);
	if (member == NULL)
		return false;
	const char *to = NULL;
	const char *from = plain_string(member + sizeof MEMBER - 1, bytes + size, &to);
	if (from == NULL || to == from || to - from > REFERENCE_MAX)
		return false;
	memcpy(ret_reference, from, (size_t)(to - from));
	ret_reference[to - from] = '\0';
	return true;
}
