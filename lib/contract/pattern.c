/*
 * Regular expressions: those of ECMA-262 that mean the same to PCRE2. What only PCRE2 knows, or reads differently, is
 * refused when the contract is loaded. A match is bounded in steps; one that runs out of them counts as no match.
 */
#include <stdio.h>
#include <string.h>

#include "contract/model.h"

#include "base/banned.h"

/* NULL, or what stands in `text` that ECMA-262 doesn't know. \s, \d, \w and \b are ASCII here. */
static const char *foreign_syntax(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '\\') {
			c++;
			if (*c == '\0')
				return "a backslash at the end";
			bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
			if (letter && strchr("dDwWsSbBtnrfcxupPk", *c) == NULL)
				return "an escape that ECMA-262 doesn't know";
		} else if (c[0] == '(' && c[1] == '*') {
			return "a verb";
		} else if (c[0] == '(' && c[1] == '?' && strchr(":=!<", c[2]) == NULL) {
			return "a group that ECMA-262 doesn't know";
		}
	}
	return NULL;
}

enum err_code schema_pattern_compile(struct schema_set *set, const char *text, const char *place,
				     const struct schema_pattern **ret_pattern, struct err *err)
{
	const char *foreign = foreign_syntax(text);
	if (foreign != NULL)
		return err_set(err, ERR_INTERNAL, place, "the pattern holds %s", foreign);
	int error = 0;
	PCRE2_SIZE offset = 0;
	uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX | PCRE2_MATCH_UNSET_BACKREF |
			   PCRE2_ALLOW_EMPTY_CLASS | PCRE2_NEVER_BACKSLASH_C;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &error, &offset,
					 set->compile_context);
	if (code == NULL) {
		PCRE2_UCHAR words[128] = "";
		(void)pcre2_get_error_message(error, words, sizeof words);
		return err_set(err, ERR_INTERNAL, place, "the pattern is wrong at character %zu: %s", offset,
			       (const char *)words);
	}
	/* Without memory that may be executed this fails, and matching interprets instead. */
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	struct schema_pattern *pattern = arena_alloc(set->arena, sizeof *pattern);
	*pattern = (struct schema_pattern){.code = code, .text = text, .next = set->patterns};
	set->patterns = pattern;
	*ret_pattern = pattern;
	return ERR_NONE;
}

bool schema_pattern_matches(struct checking *c, const struct schema_pattern *pattern, const char *text, size_t size)
{
	if (c->match == NULL)
		c->match = pcre2_match_data_create(1, NULL);
	if (c->match == NULL)
		return false;
	int found = pcre2_match(pattern->code, (PCRE2_SPTR)text, size, 0, PCRE2_NO_UTF_CHECK, c->match,
				c->set->match_context);
	if (found == PCRE2_ERROR_JIT_STACKLIMIT)
		found = pcre2_match(pattern->code, (PCRE2_SPTR)text, size, 0, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
				    c->match, c->set->match_context);
	return found >= 0;
}
