/* getTimeline. */
#include "call/page.h"
#include "gen/timeline_sql.h"
#include "timeline/timeline.h"

#include "base/banned.h"

enum err_code timeline_get(struct call *call, struct err *err)
{
	const char *partnership = call->caller.partnership;
	const char *id = call_parameter(call, "referral_id");
	const char *agency = call->caller.agency_id[0] == '\0' ? NULL : call->caller.agency_id;
	struct page page;
	enum err_code code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	const struct db_step visible = {&SQL_timeline_visible, DB_VALUES(partnership, id, agency)};
	const char *const *after = page.after;
	const struct db_step for_hub = {&SQL_timeline_hub,
					DB_VALUES(partnership, id, after[0], after[1], after[2], page.limit_text)};
	const struct db_step for_agency = {&SQL_timeline_agency, DB_VALUES(partnership, id, agency, after[0], after[1],
									   after[2], page.limit_text)};
	const struct db_step steps[] = {visible, agency == NULL ? for_hub : for_agency};
	PGresult *results[2] = {NULL};
	code = call_read_all(call, steps, 2, results, err);
	if (code != ERR_NONE)
		return code;
	PGRESULT_AUTO PGresult *referral = results[0];
	PGRESULT_AUTO PGresult *events = results[1];
	return PQntuples(referral) == 1 ? page_reply(call, &page, events, err) : call_not_found(err);
}
