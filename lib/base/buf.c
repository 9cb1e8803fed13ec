/* The growable buffer: doubles up to its ceiling. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void buf_init(struct buf *buf, size_t ceiling)
{
	*buf = (struct buf){.ceiling = ceiling};
}

void buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){.ceiling = buf->ceiling};
}

void buf_clear(struct buf *buf)
{
	buf->size = 0;
	buf->overflow = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

/* Makes room for `more` bytes and a NUL; false past the ceiling. */
static bool make_room(struct buf *buf, size_t more)
{
	if (buf->overflow || more > buf->ceiling - buf->size) {
		buf->overflow = true;
		return false;
	}
	size_t need = buf->size + more + 1;
	if (need <= buf->room)
		return true;
	size_t room = buf->room < 256 ? 256 : buf->room;
	while (room < need)
		room *= 2;
	char *data = realloc(buf->data, room);
	if (data == NULL) {
		buf->overflow = true;
		return false;
	}
	buf->data = data;
	buf->room = room;
	return true;
}

void buf_add(struct buf *buf, const void *data, size_t size)
{
	if (size == 0 || !make_room(buf, size))
		return;
	memcpy(buf->data + buf->size, data, size);
	buf->size += size;
	buf->data[buf->size] = '\0';
}

void buf_add_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_add_int(struct buf *buf, int64_t number)
{
	char digits[24];
	size_t at = sizeof digits;
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest != 0);
	if (number < 0)
		digits[--at] = '-';
	buf_add(buf, digits + at, sizeof digits - at);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n >= 0 && make_room(buf, (size_t)n)) {
		(void)vsnprintf(buf->data + buf->size, (size_t)n + 1, format, args);
		buf->size += (size_t)n;
	}
	va_end(args);
}

static void add_escape(struct buf *buf, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char *const short_form[0x20] = {
		['\b'] = "\\b", ['\f'] = "\\f", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t"};
	if (c == '"' || c == '\\') {
		buf_add(buf, (char[]){'\\', (char)c}, 2);
	} else if (short_form[c] != NULL) {
		buf_add(buf, short_form[c], 2);
	} else {
		buf_add(buf, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
	}
}

void buf_add_json_string(struct buf *buf, const char *text, size_t size)
{
	buf_add_char(buf, '"');
	size_t start = 0;
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(buf, text + start, i - start);
		add_escape(buf, c);
		start = i + 1;
	}
	buf_add(buf, text + start, size - start);
	buf_add_char(buf, '"');
}

void buf_add_json_text(struct buf *buf, const char *text)
{
	if (text == NULL)
		buf_add_text(buf, "null");
	else
		buf_add_json_string(buf, text, strlen(text));
}

const char *buf_text(const struct buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}

char *buf_take(struct buf *buf, size_t *ret_size)
{
	char *data = buf->data;
	*ret_size = buf->size;
	*buf = (struct buf){.ceiling = buf->ceiling};
	return data;
}
