/* passToAllocatedWorker and acceptAllocatedWorker. */
#include <string.h>

#include "base/json.h"
#include "change/change.h"
#include "followup/followup.h"
#include "gen/opencase_sql.h"
#include "opencase/opencase.h"
#include "referral/referral.h"
#include "referral/state.h"

#include "base/banned.h"

const struct statement *const opencase_of_referral = &SQL_opencase_of_referral;

static enum err_code lock(struct call *call, PGresult **ret_referral, struct err *err)
{
	PGRESULT_AUTO PGresult *referral = NULL;
	const char *state = NULL;
	enum err_code code = referral_lock(call, call_parameter(call, "referral_id"), &referral, err);
	if (code == ERR_NONE)
		code = state_after(rows_text(referral, 0, "state"), STATE_PASS_ON, &state, err);
	if (code != ERR_NONE)
		return code;
	*ret_referral = referral;
	referral = NULL;
	return ERR_NONE;
}

static enum err_code read_facts(struct call *call, PGresult **ret_row, struct opencase_facts *ret_facts,
				struct err *err)
{
	const char *worker = json_text(call->body, "worker_id");
	enum err_code code = call_run(call, &SQL_opencase_facts,
				      DB_VALUES(call->caller.partnership, call_parameter(call, "referral_id"),
						call_ids(call, "children"), worker,
						json_text(call->body, "accepted_at"),
						json_text(call->body, "open_case_id"), call->caller.staff_id),
				      ret_row, err);
	if (code != ERR_NONE)
		return code;
	const PGresult *row = *ret_row;
	*ret_facts = (struct opencase_facts){
		.children_found = rows_bool(row, 0, "children_found"),
		.names_worker = worker != NULL,
		.worker_fits = rows_bool(row, 0, "worker_fits"),
		.was_passed = rows_bool(row, 0, "was_passed"),
		.names_case = json_text(call->body, "open_case_id") != NULL,
		.case_found = rows_text(row, 0, "meant_id") != NULL,
		.is_accepted = rows_bool(row, 0, "is_accepted"),
		.passed_by_you = rows_bool(row, 0, "passed_by_you"),
		.is_worker = caller_has(&call->caller, ROLE_ALLOCATED_WORKER),
		.is_superseded = rows_bool(row, 0, "is_superseded"),
		.waiting = rows_int(row, 0, "waiting"),
		.in_future = rows_bool(row, 0, "in_future"),
		.before_passing = rows_bool(row, 0, "before_passing"),
	};
	return ERR_NONE;
}

/* That there is an open case may be something that times depend on. */
static enum err_code found(struct call *call, const char *referral, long long version, struct err *err)
{
	const struct followup_change change = followup_change_of(call, referral, version);
	struct policy_facts facts;
	enum err_code code = followup_facts(call, referral, &facts, err);
	if (code == ERR_NONE)
		code = followup_retime_all(&change, call_policy(call), &facts, err);
	if (code == ERR_NONE)
		code = followup_happened(&change, call_policy(call), "open_case.found", &facts, NULL, err);
	return code == ERR_NONE ? followup_refresh(&change, err) : code;
}

/* ---- passToAllocatedWorker ---- */

static enum err_code pass(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	PGRESULT_AUTO PGresult *recorded = NULL;
	struct opencase_facts facts = {0};
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	const char *referral_id = call_parameter(call, "referral_id");
	enum err_code code = lock(call, &referral, err);
	if (code == ERR_NONE)
		code = read_facts(call, &row, &facts, err);
	if (code == ERR_NONE)
		code = opencase_check_passing(&facts, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_opencase_pass,
				DB_VALUES(call->caller.partnership, referral_id, id, call_ids(call, "children"),
					  json_text(call->body, "worker_name"), json_text(call->body, "worker_team"),
					  json_text(call->body, "worker_id"), json_text(call->body, "case_reference"),
					  json_text(call->body, "note"), call->caller.staff_id, event,
					  call->x->request_id),
				&recorded, err);
	if (code == ERR_NONE)
		code = found(call, referral_id, rows_int(recorded, 0, "version"), err);
	return code == ERR_NONE ? referral_answer(call, referral_id, recorded, err) : code;
}

enum err_code opencase_pass(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, pass, NULL, err) : code;
}

/* ---- acceptAllocatedWorker ---- */

/* It is the worker's from now on: whoever accepted in that role, or the one who was named and is staff here. */
static enum err_code assign(struct call *call, const PGresult *referral, const PGresult *facts, const char *as,
			    struct err *err)
{
	const char *worker = strcmp(as, "allocated_worker") == 0 ? call->caller.staff_id
								 : rows_text(facts, 0, "worker_id");
	if (worker == NULL)
		return ERR_NONE;
	return change_assign(call, call_parameter(call, "referral_id"), rows_text(referral, 0, "version"), worker,
			     "accepted for the open case", err);
}

static enum err_code record_acceptance(struct call *call, const PGresult *referral, const PGresult *facts,
				       PGresult **ret_recorded, struct err *err)
{
	const char *as = opencase_accepted_as(call->caller.roles);
	char event[IDENT_SIZE];
	ident_new(event);
	enum err_code code = call_run(call, &SQL_opencase_accept,
				      DB_VALUES(call->caller.partnership, call_parameter(call, "referral_id"),
						rows_text(referral, 0, "version"), rows_text(facts, 0, "meant_id"),
						call->caller.staff_id, as, json_text(call->body, "accepted_at"),
						json_text(call->body, "note"), event, call->x->request_id),
				      ret_recorded, err);
	return code == ERR_NONE ? assign(call, referral, facts, as, err) : code;
}

static enum err_code accept(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	PGRESULT_AUTO PGresult *recorded = NULL;
	struct opencase_facts facts = {0};
	const char *referral_id = call_parameter(call, "referral_id");
	enum err_code code = lock(call, &referral, err);
	if (code == ERR_NONE)
		code = read_facts(call, &row, &facts, err);
	if (code == ERR_NONE)
		code = opencase_check_acceptance(&facts, err);
	if (code == ERR_NONE)
		code = record_acceptance(call, referral, row, &recorded, err);
	/* Whoever takes over one child does not speak for the worker of another: the clock runs on until the last. */
	if (code == ERR_NONE && facts.waiting == 1)
		code = referral_happened(call, referral_id, rows_int(recorded, 0, "version"),
					 "allocated_worker.accepted", rows_text(row, 0, "met_at"), err);
	return code == ERR_NONE ? referral_answer(call, referral_id, recorded, err) : code;
}

enum err_code opencase_accept(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, accept, NULL, err) : code;
}
