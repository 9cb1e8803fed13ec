/* Accept, read element by element without copying. */
#include "http/accept.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* How closely a range names a type. */
enum reach { REACH_NOT, REACH_OTHER_FORM, REACH_ALL, REACH_KIND, REACH_TYPE };

struct range {
	const char *kind; /* "text" of text/csv */
	size_t kind_size;
	const char *subtype;
	size_t subtype_size;
	bool other_form;
	unsigned weight;
};

static size_t token(const char *text)
{
	return strspn(text, "!#$%&'*+-.^_`|~0123456789"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

static const char *behind_space(const char *at)
{
	return at + strspn(at, " \t");
}

/* Behind a parameter's value, a token or a quoted string; NULL where it is neither. */
static const char *behind_value(const char *at)
{
	if (*at != '"')
		return token(at) > 0 ? at + token(at) : NULL;
	for (at++; *at != '"'; at++) {
		if (*at == '\\')
			at++;
		if (*at == '\0')
			return NULL;
	}
	return at + 1;
}

/* Behind the comma that ends this element, or the end. */
static const char *next_element(const char *at)
{
	while (*at != '\0' && *at != ',') {
		const char *quoted = *at == '"' ? behind_value(at) : NULL;
		at = quoted != NULL ? quoted : at + 1;
	}
	return at + (*at == ',');
}

/* 0 to 1 with up to three decimals. The zero before the point may be missing: Java's clients sent "q=.2" for decades. */
static bool read_weight(const char *text, size_t size, unsigned *ret_weight)
{
	bool whole = size > 0 && (text[0] == '0' || text[0] == '1');
	size_t at = whole ? 1 : 0;
	unsigned weight = whole && text[0] == '1' ? ACCEPT_MOST : 0;
	if (at < size && (text[at++] != '.' || (!whole && at == size)))
		return false;
	for (unsigned unit = ACCEPT_MOST / 10; at < size; at++, unit /= 10) {
		if (unit == 0 || text[at] < '0' || text[at] > '9')
			return false;
		weight += unit * (unsigned)(text[at] - '0');
	}
	if (size == 0 || weight > ACCEPT_MOST)
		return false;
	*ret_weight = weight;
	return true;
}

static bool is(const char *text, size_t size, const char *word)
{
	return size == strlen(word) && strncasecmp(text, word, size) == 0;
}

static bool is_utf8(const char *name, size_t name_size, const char *value, size_t size)
{
	return is(name, name_size, "charset") && (is(value, size, "utf-8") || is(value, size, "\"utf-8\""));
}

/* What follows the types, up to the comma or the end. Behind the weight nothing is of interest. */
static bool read_parameters(const char *at, struct range *range)
{
	bool weighed = false;
	for (at = behind_space(at); *at == ';'; at = behind_space(at)) {
		const char *name = behind_space(at + 1);
		size_t size = token(name);
		at = name + size;
		if (size == 0 || (weighed && *at != '='))
			continue;
		const char *value = at + 1;
		if (*at != '=' || (at = behind_value(value)) == NULL)
			return false;
		if (weighed)
			continue;
		weighed = is(name, size, "q");
		if (weighed && !read_weight(value, (size_t)(at - value), &range->weight))
			return false;
		if (!weighed && !is_utf8(name, size, value, (size_t)(at - value)))
			range->other_form = true;
	}
	return *at == '\0' || *at == ',';
}

static bool read_range(const char *at, struct range *ret_range)
{
	at = behind_space(at);
	struct range range = {.kind = at, .kind_size = token(at), .weight = ACCEPT_MOST};
	at += range.kind_size;
	bool all = is(range.kind, range.kind_size, "*");
	if (*at == '/') {
		range.subtype = at + 1;
		range.subtype_size = token(at + 1);
		at += 1 + range.subtype_size;
	} else if (all) { /* Java again: "*" alone */
		range.subtype = range.kind;
		range.subtype_size = 1;
	}
	if (range.kind_size == 0 || range.subtype_size == 0 || (all && !is(range.subtype, range.subtype_size, "*")))
		return false;
	if (!read_parameters(at, &range))
		return false;
	*ret_range = range;
	return true;
}

static enum reach reach_of(const struct range *range, const char *type)
{
	size_t kind_size = strcspn(type, "/");
	bool all = is(range->kind, range->kind_size, "*");
	bool kind = is(range->subtype, range->subtype_size, "*");
	if (!all && (range->kind_size != kind_size || strncasecmp(range->kind, type, kind_size) != 0))
		return REACH_NOT;
	if (!kind && !is(range->subtype, range->subtype_size, type + kind_size + 1))
		return REACH_NOT;
	if (range->other_form)
		return REACH_OTHER_FORM;
	return all ? REACH_ALL : kind ? REACH_KIND : REACH_TYPE;
}

unsigned accept_weight(const struct http_exchange *x, const char *type)
{
	bool asked = false;
	enum reach closest = REACH_NOT;
	unsigned weight = 0;
	for (size_t i = 0; i < x->n_headers; i++) {
		if (strcmp(x->headers[i].name, "accept") != 0)
			continue;
		for (const char *at = x->headers[i].value; *at != '\0'; at = next_element(at)) {
			struct range range;
			if (!read_range(at, &range))
				continue;
			asked = true;
			enum reach reach = reach_of(&range, type);
			if (reach == REACH_NOT || reach < closest || (reach == closest && range.weight <= weight))
				continue;
			closest = reach;
			weight = range.weight;
		}
	}
	return asked ? weight : ACCEPT_MOST;
}
