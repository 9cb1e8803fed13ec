/* Compares the people of two documents under one reference. */
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
	const char *text = json_said(child, member);
	if (text == NULL)
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

/* What speaks for two children being one, and nothing against it. */
enum likeness {
	UNLIKE,
	MAY_BE, /* neither states anything */
	ALIKE,  /* something agrees */
	SAME,   /* an identifier does */
};

static enum likeness likeness(const json_t *a, const json_t *b)
{
	/* An NHS number or UPN decides alone: names are corrected, dates are guessed. */
	static const char *const identifiers[] = {"nhs_number", "upn"};
	static const char *const others[] = {"date_of_birth", "expected_date_of_delivery", "first_name", "family_name"};
	for (size_t i = 0; i < sizeof identifiers / sizeof *identifiers; i++) {
		enum comparison c = compare(a, b, identifiers[i]);
		if (c != SAYS_NOTHING)
			return c == AGREES ? SAME : UNLIKE;
	}
	enum likeness found = states_nothing(a) && states_nothing(b) ? MAY_BE : UNLIKE;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		enum comparison c = compare(a, b, others[i]);
		if (c == DIFFERS)
			return UNLIKE;
		if (c == AGREES)
			found = ALIKE;
	}
	return found;
}

static bool has_counterpart(const json_t *child, const json_t *others)
{
	size_t i;
	json_t *other;
	json_array_foreach(others, i, other)
	{
		if (likeness(child, other) > MAY_BE)
			return true;
	}
	return false;
}

static size_t count_stating(const json_t *children)
{
	size_t n = 0;
	size_t i;
	json_t *child;
	json_array_foreach(children, i, child)
	{
		if (!states_nothing(child))
			n++;
	}
	return n;
}

bool children_match(const json_t *before, const json_t *after)
{
	size_t n_before = count_stating(before);
	size_t n_after = count_stating(after);
	const json_t *shorter = n_before <= n_after ? before : after;
	const json_t *longer = n_before <= n_after ? after : before;
	size_t i;
	json_t *child;
	json_array_foreach(shorter, i, child)
	{
		if (!states_nothing(child) && !has_counterpart(child, longer))
			return false;
	}
	return n_before > 0 && n_after > 0;
}

/* ---- who is who ---- */

struct pairing {
	size_t n_before;
	unsigned char like[CHILDREN_MAX][CHILDREN_MAX]; /* of before and after */
	int of_before[CHILDREN_MAX];                    /* its counterpart, -1: none */
	bool tried[CHILDREN_MAX];                       /* of before, in the search under way */
	enum likeness at_least;
};

/* Finds a counterpart for `after`, a free one or one whose own can move to another. An identifier is not argued with. */
static bool pair_up(struct pairing *p, size_t after)
{
	for (size_t b = 0; b < p->n_before; b++) {
		if (p->of_before[b] < 0 && p->like[b][after] >= p->at_least) {
			p->of_before[b] = (int)after;
			return true;
		}
	}
	for (size_t b = 0; b < p->n_before; b++) {
		int rival = p->of_before[b];
		if (rival < 0 || p->tried[b] || p->like[b][after] < p->at_least || p->like[b][rival] == SAME)
			continue;
		p->tried[b] = true;
		if (pair_up(p, (size_t)rival)) {
			p->of_before[b] = (int)after;
			return true;
		}
	}
	return false;
}

static size_t size_of(const json_t *list)
{
	size_t n = json_array_size(list);
	return n < CHILDREN_MAX ? n : CHILDREN_MAX;
}

void children_pair(const json_t *before, const json_t *after, int ret_before[CHILDREN_MAX])
{
	struct pairing p = {.n_before = size_of(before)};
	size_t n_after = size_of(after);
	for (size_t b = 0; b < p.n_before; b++) {
		p.of_before[b] = -1;
		for (size_t a = 0; a < n_after; a++)
			p.like[b][a] = (unsigned char)likeness(json_array_get(before, b), json_array_get(after, a));
	}
	bool paired[CHILDREN_MAX] = {false};
	for (int level = SAME; level > UNLIKE; level--) {
		p.at_least = (enum likeness)level;
		for (size_t a = 0; a < n_after; a++) {
			memset(p.tried, 0, sizeof p.tried);
			paired[a] = paired[a] || pair_up(&p, a);
		}
	}
	for (size_t a = 0; a < n_after; a++)
		ret_before[a] = -1;
	for (size_t b = 0; b < p.n_before; b++) {
		if (p.of_before[b] >= 0)
			ret_before[p.of_before[b]] = (int)b;
	}
}

bool children_same_person(const json_t *a, const json_t *b)
{
	static const char *const members[] = {"first_name", "family_name", "date_of_birth"};
	bool something = false;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		bool stated = fact(a, members[i]) != NULL;
		if (stated != (fact(b, members[i]) != NULL) || compare(a, b, members[i]) == DIFFERS)
			return false;
		something = something || stated;
	}
	const char *x = fact(a, "relationship");
	const char *y = fact(b, "relationship");
	return something || (x == NULL || y == NULL ? x == y : same_text(x, y));
}
