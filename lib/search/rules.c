/* Numbers and references as people write them. */
#include "search/search.h"

#include <ctype.h>
#include <string.h>

#include "base/banned.h"

void search_number(const char *asked, char *ret_text, size_t size)
{
	size_t n = 0;
	for (; *asked != '\0' && n + 1 < size; asked++) {
		if (*asked != ' ' && *asked != '-')
			ret_text[n++] = (char)toupper((unsigned char)*asked);
	}
	ret_text[n] = '\0';
}

/* R, eight symbols, the check symbol; what is longer or shorter is nobody's reference, and stays as it is. */
void search_reference(const char *asked, char ret_text[IDENT_REFERENCE_SIZE])
{
	char symbols[IDENT_REFERENCE_SIZE];
	search_number(asked, symbols, sizeof symbols);
	bool whole = strlen(symbols) == IDENT_REFERENCE_SIZE - 1 - 3; /* without its hyphens */
	char *out = ret_text;
	for (const char *at = symbols; *at != '\0'; at++) {
		if (whole && (at == symbols + 1 || at == symbols + 5 || at == symbols + 9))
			*out++ = '-';
		*out++ = *at;
	}
	*out = '\0';
}
