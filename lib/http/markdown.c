/* Markdown to HTML, line by line, in one pass. Made for pages that we write ourselves, yet escapes as if we did not. */
#include <string.h>

#include "http/page.h"

#include "base/banned.h"

enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_BULLETS, BLOCK_NUMBERS, BLOCK_CODE };

struct line {
	const char *text;
	size_t size;
};

static void add_escaped(struct buf *buf, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		switch (text[i]) {
		case '&':
			buf_add_text(buf, "&amp;");
			break;
		case '<':
			buf_add_text(buf, "&lt;");
			break;
		case '>':
			buf_add_text(buf, "&gt;");
			break;
		case '"':
			buf_add_text(buf, "&quot;");
			break;
		default:
			buf_add_char(buf, text[i]);
		}
	}
}

static bool starts(const char *text, size_t size, const char *with)
{
	size_t n = strlen(with);
	return size >= n && memcmp(text, with, n) == 0;
}

/* Of the first `mark` in the text; `size` where there is none. */
static size_t find(const char *text, size_t size, const char *mark)
{
	const char *at = memmem(text, size, mark, strlen(mark));
	return at == NULL ? size : (size_t)(at - text);
}

/* No javascript:, data: and the like; "//host" would leave the site unnoticed. */
static bool is_safe_link(const char *url, size_t size)
{
	return starts(url, size, "https://") || starts(url, size, "#") ||
	       (starts(url, size, "/") && !starts(url, size, "//"));
}

static void add_inline(struct buf *buf, const char *text, size_t size);

/* Each returns how many bytes it took, 0 where the text is not what its name says. */

static size_t add_code(struct buf *buf, const char *text, size_t size)
{
	size_t end = find(text + 1, size - 1, "`");
	if (end == size - 1)
		return 0;
	buf_add_text(buf, "<code>");
	add_escaped(buf, text + 1, end);
	buf_add_text(buf, "</code>");
	return end + 2;
}

static size_t add_strong(struct buf *buf, const char *text, size_t size)
{
	if (!starts(text, size, "**"))
		return 0;
	size_t end = find(text + 2, size - 2, "**");
	if (end == size - 2 || end == 0)
		return 0;
	buf_add_text(buf, "<strong>");
	add_inline(buf, text + 2, end);
	buf_add_text(buf, "</strong>");
	return end + 4;
}

static size_t add_link(struct buf *buf, const char *text, size_t size)
{
	size_t middle = find(text, size, "](");
	if (middle == size || memchr(text + 1, '[', middle - 1) != NULL)
		return 0;
	const char *url = text + middle + 2;
	size_t url_size = find(url, size - middle - 2, ")");
	if (url_size == size - middle - 2 || !is_safe_link(url, url_size))
		return 0;
	buf_add_text(buf, "<a href=\"");
	add_escaped(buf, url, url_size);
	buf_add_text(buf, "\">");
	add_inline(buf, text + 1, middle - 1);
	buf_add_text(buf, "</a>");
	return middle + 2 + url_size + 1;
}

static void add_inline(struct buf *buf, const char *text, size_t size)
{
	for (size_t i = 0; i < size;) {
		size_t taken = 0;
		if (text[i] == '`')
			taken = add_code(buf, text + i, size - i);
		else if (text[i] == '*')
			taken = add_strong(buf, text + i, size - i);
		else if (text[i] == '[')
			taken = add_link(buf, text + i, size - i);
		if (taken == 0) {
			add_escaped(buf, text + i, 1);
			taken = 1;
		}
		i += taken;
	}
}

static void close_block(struct buf *buf, enum block *block)
{
	static const char *const ends[] = {
		[BLOCK_NONE] = "",
		[BLOCK_PARAGRAPH] = "</p>\n",
		[BLOCK_BULLETS] = "</li></ul>\n",
		[BLOCK_NUMBERS] = "</li></ol>\n",
		[BLOCK_CODE] = "</code></pre>\n",
	};
	buf_add_text(buf, ends[*block]);
	*block = BLOCK_NONE;
}

static bool add_heading(struct buf *buf, enum block *block, struct line line)
{
	size_t level = 0;
	while (level < line.size && line.text[level] == '#')
		level++;
	if (level == 0 || level > 4 || level >= line.size || line.text[level] != ' ')
		return false;
	close_block(buf, block);
	buf_printf(buf, "<h%zu>", level);
	add_inline(buf, line.text + level + 1, line.size - level - 1);
	buf_printf(buf, "</h%zu>\n", level);
	return true;
}

static bool add_item(struct buf *buf, enum block *block, struct line line)
{
	size_t digits = 0;
	while (digits < line.size && line.text[digits] >= '0' && line.text[digits] <= '9')
		digits++;
	enum block list = BLOCK_NONE;
	size_t skip = 2;
	if (starts(line.text, line.size, "- ") || starts(line.text, line.size, "* ")) {
		list = BLOCK_BULLETS;
	} else if (digits > 0 && starts(line.text + digits, line.size - digits, ". ")) {
		list = BLOCK_NUMBERS;
		skip = digits + 2;
	}
	if (list == BLOCK_NONE)
		return false;
	if (*block == list) {
		buf_add_text(buf, "</li>\n<li>");
	} else {
		close_block(buf, block);
		buf_add_text(buf, list == BLOCK_BULLETS ? "<ul>\n<li>" : "<ol>\n<li>");
	}
	*block = list;
	add_inline(buf, line.text + skip, line.size - skip);
	return true;
}

static void add_text_line(struct buf *buf, enum block *block, struct line line)
{
	if (line.size == 0) {
		close_block(buf, block);
		return;
	}
	if (*block == BLOCK_NONE) {
		buf_add_text(buf, "<p>");
		*block = BLOCK_PARAGRAPH;
	} else {
		buf_add_char(buf, '\n');
	}
	add_inline(buf, line.text, line.size);
}

static void add_line(struct buf *buf, enum block *block, const char *text, size_t size)
{
	struct line line = {text, size};
	bool fence = starts(text, size, "```");
	if (*block == BLOCK_CODE && !fence) {
		add_escaped(buf, text, size);
		buf_add_char(buf, '\n');
		return;
	}
	if (fence) {
		bool opens = *block != BLOCK_CODE;
		close_block(buf, block);
		if (opens) {
			buf_add_text(buf, "<pre><code>");
			*block = BLOCK_CODE;
		}
		return;
	}
	while (line.size > 0 && (line.text[0] == ' ' || line.text[0] == '\t'))
		line = (struct line){line.text + 1, line.size - 1};
	if (!add_heading(buf, block, line) && !add_item(buf, block, line))
		add_text_line(buf, block, line);
}

void page_markdown(struct buf *buf, const char *text, size_t size)
{
	enum block block = BLOCK_NONE;
	for (size_t at = 0; at < size;) {
		size_t length = find(text + at, size - at, "\n");
		size_t shown = length > 0 && text[at + length - 1] == '\r' ? length - 1 : length;
		add_line(buf, &block, text + at, shown);
		at += length + 1;
	}
	close_block(buf, &block);
}
