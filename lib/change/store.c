/* What changes of a record write: one function per statement, and the times that follow from it. */
#include <stdlib.h>

#include "change/change.h"
#include "change/correction.h"
#include "followup/followup.h"
#include "gen/change_sql.h"
#include "person/person.h"

#include "base/banned.h"

const struct statement *const change_assignments = &SQL_change_assignments;
const struct statement *const change_births = &SQL_change_births;

enum err_code correction_write(struct call *call, const char *referral, const char *version,
			       const struct correction *correction, const char *reason, const char *event,
			       const char *more, const char *state, struct err *err)
{
	char events[3][IDENT_SIZE];
	for (size_t i = 0; i < 3; i++)
		ident_new(events[i]);
	const struct correction *k = correction;
	enum err_code code = call_run(
		call, &SQL_change_correct,
		DB_VALUES(call->caller.partnership, referral, version, k->document, k->issues, k->topics, k->source,
			  k->incident_reference, k->immediate_protection_needed ? "true" : "false", k->child_names,
			  k->child_count, k->children, k->household, reason, k->differences, call->caller.staff_id,
			  call->x->request_id, events[0], events[1], event, more, state, events[2]),
		NULL, err);
	return code == ERR_NONE ? person_changed(call, referral, strtoll(version, NULL, 10) + 1, err) : code;
}

enum err_code change_assign(struct call *call, const char *referral, const char *version, const char *assigned_to,
			    const char *reason, struct err *err)
{
	char ids[2][IDENT_SIZE];
	ident_new(ids[0]);
	ident_new(ids[1]);
	return call_run(call, &SQL_change_assign,
			DB_VALUES(call->caller.partnership, referral, version, assigned_to, reason,
				  call->caller.staff_id, call->x->request_id, ids[0], ids[1]),
			NULL, err);
}

enum err_code change_retime(struct call *call, const char *referral, const char *version_before, struct err *err)
{
	const struct followup_change change = followup_change_of(call, referral, strtoll(version_before, NULL, 10) + 1);
	struct policy_facts facts;
	enum err_code code = followup_facts(call, referral, &facts, err);
	if (code == ERR_NONE)
		code = followup_retime_all(&change, call_policy(call), &facts, err);
	return code == ERR_NONE ? followup_refresh(&change, err) : code;
}
