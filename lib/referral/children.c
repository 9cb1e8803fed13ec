/* Compares the children of two documents under one reference. */
#include "referral/children.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "referral/quality.h"

#include "base/banned.h"

enum comparison { SAYS_NOTHING, AGREES, DIFFERS };

/* A faulty identifier matches nobody, and tells nobody apart either. */
static const char *fact(const json_t *child, const char *member)
{
	const char *text = json_text(child, member);
	if (text == NULL || *text == '\0')
		return NULL;
	if (strcmp(member, "nhs_number") == 0)
		return quality_nhs_number(text) ? text : NULL;
	if (strcmp(member, "upn") == 0)
		return quality_upn(text) ? text : NULL;
	return text;
}

static bool same_text(const char *a, const char *b)
{
	while (isspace((unsigned char)*a))
		a++;
	while (isspace((unsigned char)*b))
		b++;
	size_t m = strlen(a);
	size_t n = strlen(b);
	while (m > 0 && isspace((unsigned char)a[m - 1]))
		m--;
	while (n > 0 && isspace((unsigned char)b[n - 1]))
		n--;
	return m == n && strncasecmp(a, b, n) == 0;
}

static enum comparison compare(const json_t *a, const json_t *b, const char *member)
{
	const char *x = fact(a, member);
	const char *y = fact(b, member);
	if (x == NULL || y == NULL)
		return SAYS_NOTHING;
	return same_text(x, y) ? AGREES : DIFFERS;
}

static bool states_nothing(const json_t *child)
{
	static const char *const facts[] = {"nhs_number", "upn",        "date_of_birth", "expected_date_of_delivery",
					    "first_name", "family_name"};
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		if (fact(child, facts[i]) != NULL)
			return false;
	}
	return true;
}

static bool may_be_same(const json_t *a, const json_t *b)
{
	/* An NHS number or UPN decides alone: names are corrected, dates are guessed. */
	static const char *const identifiers[] = {"nhs_number", "upn"};
	static const char *const others[] = {"date_of_birth", "expected_date_of_delivery", "first_name", "family_name"};
	for (size_t i = 0; i < sizeof identifiers / sizeof *identifiers; i++) {
		enum comparison c = compare(a, b, identifiers[i]);
		if (c != SAYS_NOTHING)
			return c == AGREES;
	}
	bool agrees = states_nothing(a) || states_nothing(b);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		enum comparison c = compare(a, b, others[i]);
		if (c == DIFFERS)
			return false;
		agrees = agrees || c == AGREES;
	}
	return agrees;
}

static bool has_counterpart(const json_t *child, const json_t *others)
{
	size_t i;
	json_t *other;
	json_array_foreach(others, i, other)
	{
		if (may_be_same(child, other))
			return true;
	}
	return false;
}

bool children_match(const json_t *before, const json_t *after)
{
	bool before_is_shorter = json_array_size(before) <= json_array_size(after);
	const json_t *shorter = before_is_shorter ? before : after;
	const json_t *longer = before_is_shorter ? after : before;
	size_t i;
	json_t *child;
	json_array_foreach(shorter, i, child)
	{
		if (!has_counterpart(child, longer))
			return false;
	}
	return true;
}
