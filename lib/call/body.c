/* What several handlers read from a body in the same way, and the instant by which they judge it. */
#include "base/clock.h"
#include "base/json.h"
#include "call/call.h"

#include "base/banned.h"

enum { IDS_MAX = 64 * 1024 };

int64_t call_now_us(const struct call *call)
{
	int64_t us;
	if (call->scope.now != NULL && clock_parse_instant(call->scope.now, &us))
		return us;
	return (int64_t)clock_unix_ms() * 1000;
}

const char *call_ids(struct call *call, const char *member)
{
	const json_t *list = json_object_get(call->body, member);
	struct buf out;
	size_t i;
	json_t *id;
	if (list == NULL)
		return NULL;
	buf_init(&out, IDS_MAX);
	buf_add_char(&out, '{');
	json_array_foreach(list, i, id) buf_printf(&out, "%s%s", i == 0 ? "" : ",", json_string_value(id));
	buf_add_char(&out, '}');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}
