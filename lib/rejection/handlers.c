/* listRejectedSubmissions. */
#include "call/page.h"
#include "gen/rejection_sql.h"
#include "rejection/rejection.h"

#include "base/banned.h"

enum err_code rejection_list(struct call *call, struct err *err)
{
	struct page page;
	enum err_code code = page_read(call, &page, err);
	if (code != ERR_NONE)
		return code;
	const char *agency = call->caller.agency_id[0] == '\0' ? NULL : call->caller.agency_id;
	PGRESULT_AUTO PGresult *rows = NULL;
	code = call_read(call, &SQL_rejection_list,
			 DB_VALUES(call->caller.partnership, agency, page.after[0], page.after[1], page.limit_text),
			 &rows, err);
	return code == ERR_NONE ? page_reply(call, &page, rows, err) : code;
}
