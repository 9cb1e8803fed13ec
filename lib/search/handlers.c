/* searchReferrals. */
#include "base/json.h"
#include "gen/search_sql.h"
#include "search/search.h"

#include "base/banned.h"

enum { LIMIT_DEFAULT = 20, NUMBER_SIZE = 16 };

/* A member without blanks and hyphens; NULL where it is not asked for. */
static const char *number(struct call *call, const char *member)
{
	const char *asked = json_text(call->body, member);
	char text[NUMBER_SIZE];
	if (asked == NULL)
		return NULL;
	search_number(asked, text, sizeof text);
	return arena_strdup(call->arena, text);
}

static const char *reference(struct call *call)
{
	const char *asked = json_text(call->body, "reference");
	char text[IDENT_REFERENCE_SIZE];
	if (asked == NULL)
		return NULL;
	search_reference(asked, text);
	return arena_strdup(call->arena, text);
}

enum err_code search_referrals(struct call *call, struct err *err)
{
	const json_t *limit = json_object_get(call->body, "limit");
	long long most = limit == NULL ? LIMIT_DEFAULT : json_integer_value(limit);
	PGRESULT_AUTO PGresult *rows = NULL;
	enum err_code code = call_read(call, &SQL_search_find,
				       DB_VALUES(call->caller.partnership, json_text(call->body, "name"),
						 json_text(call->body, "date_of_birth"), number(call, "nhs_number"),
						 number(call, "upn"), reference(call),
						 json_text(call->body, "agency_reference"),
						 arena_printf(call->arena, "%lld", most)),
				       &rows, err);
	if (code != ERR_NONE)
		return code;
	buf_add_text(call->out, "{\"items\":");
	rows_write_list(call->out, rows, 0, PQntuples(rows));
	buf_add_char(call->out, '}');
	call_reply(call, 200);
	return ERR_NONE;
}
