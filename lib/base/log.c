/* One JSON line an event. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#include "base/banned.h"

static const char LINE_END[] = "}\n";

enum { LINE_MAX_SIZE = 4096, LINE_END_SIZE = sizeof LINE_END - 1, VALUE_MAX_SIZE = 1024 };

static atomic_int max_level = LOG_LEVEL_INFO;
static atomic_ulong counts[LOG_LEVEL_DEBUG + 1];
static atomic_ulong dropped;

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

void log_set_level(enum log_level level)
{
	atomic_store(&max_level, (int)level);
}

unsigned long log_count(enum log_level level)
{
	return atomic_load(&counts[level]);
}

unsigned long log_dropped(void)
{
	return atomic_load(&dropped);
}

/* The bytes of a value that are written: never a part of a character, or the line would not be JSON. */
static size_t value_size(const char *value)
{
	size_t size = strnlen(value, VALUE_MAX_SIZE + 1);
	if (size <= VALUE_MAX_SIZE)
		return size;
	size = VALUE_MAX_SIZE;
	while (size > 0 && ((unsigned char)value[size] & 0xc0) == 0x80)
		size--;
	return size;
}

static void add_member(struct buf *line, const char *name, const char *value)
{
	buf_add_text(line, line->size == 0 ? "{" : ",");
	buf_add_json_string(line, name, strlen(name));
	buf_add_char(line, ':');
	buf_add_json_string(line, value, value_size(value));
}

void log_event(enum log_level level, const char *event, ...)
{
	if ((int)level > atomic_load(&max_level))
		return;
	char now[CLOCK_TEXT_SIZE];
	clock_now_text(now);
	struct buf line;
	buf_init(&line, LINE_MAX_SIZE - LINE_END_SIZE);
	add_member(&line, "time", now);
	add_member(&line, "level", level_names[level]);
	add_member(&line, "event", event);
	va_list fields;
	va_start(fields, event);
	for (const char *name = va_arg(fields, const char *); name != NULL; name = va_arg(fields, const char *)) {
		const char *value = va_arg(fields, const char *);
		if (value != NULL)
			add_member(&line, name, value);
	}
	va_end(fields);
	if (line.overflow) { /* say at least that it happened */
		buf_clear(&line);
		add_member(&line, "time", now);
		add_member(&line, "level", level_names[level]);
		add_member(&line, "event", event);
	}
	line.ceiling = LINE_MAX_SIZE;
	buf_add_text(&line, LINE_END);
	if (write(STDERR_FILENO, buf_text(&line), line.size) == (ssize_t)line.size)
		(void)atomic_fetch_add(&counts[level], 1);
	else
		(void)atomic_fetch_add(&dropped, 1);
	buf_release(&line);
}
