/* offerHandover, acceptHandover and returnHandover. */
#include <string.h>

#include "base/json.h"
#include "followup/followup.h"
#include "gen/handover_sql.h"
#include "handover/handover.h"
#include "referral/referral.h"
#include "referral/state.h"

#include "base/banned.h"

const struct statement *const handover_of_referral = &SQL_handover_of_referral;

/* One step of a handover, as the three operations share it. */
struct step {
	const char *at; /* NULL: now */
	enum err_code (*check)(const struct handover_facts *facts, struct err *err);
	const struct statement *record;
	const char *text;  /* its note */
	const char *event; /* NULL: the policy is not asked */
	bool ends_it;      /* whatever became of the referral meanwhile */
};

static enum err_code ask(struct call *call, const struct step *step, PGresult **ret_row, struct err *err)
{
	const char *offered_to = json_text(call->body, "offered_to");
	const char *takes_over = json_text(call->body, "takes_over");
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_handover_facts,
				      DB_VALUES(call->caller.partnership, call_parameter(call, "referral_id"),
						call->caller.calendar_id, step->at, offered_to, call->caller.staff_id,
						takes_over),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct handover_facts facts = {
		.is_with_duty = rows_text(row, 0, "running_id") != NULL && !rows_bool(row, 0, "is_over"),
		.is_own = rows_bool(row, 0, "is_own"),
		.is_unreturned = rows_text(row, 0, "running_id") != NULL,
		.is_offered = rows_text(row, 0, "offered_id") != NULL,
		.is_owed = rows_bool(row, 0, "is_owed"),
		.is_closed = rows_bool(row, 0, "is_closed"),
		.names_running = takes_over != NULL,
		.takes_over = rows_bool(row, 0, "takes_over"),
		.names_duty = offered_to != NULL,
		.duty_fits = rows_bool(row, 0, "duty_fits"),
		.in_future = rows_bool(row, 0, "in_future"),
		.before_receipt = rows_bool(row, 0, "before_receipt"),
		.before_acceptance = rows_bool(row, 0, "before_acceptance"),
		.is_dated = step->at != NULL,
		.closed_until = rows_text(row, 0, "closed_until"),
	};
	code = step->check(&facts, err);
	if (code != ERR_NONE)
		return code;
	*ret_row = row;
	row = NULL;
	return ERR_NONE;
}

/* The row that the step belongs to: the running one, the one offered last, or a new one. */
static const char *row_of(const PGresult *facts, const struct step *step, const char *new_id)
{
	const char *id = NULL;
	if (step->record == &SQL_handover_take_back)
		id = rows_text(facts, 0, "running_id");
	else if (step->record == &SQL_handover_accept)
		id = rows_text(facts, 0, "offered_id");
	return id == NULL ? new_id : id;
}

static enum err_code record(struct call *call, const struct step *step, const PGresult *facts, PGresult **ret_recorded,
			    struct err *err)
{
	char id[IDENT_SIZE];
	char passed_on[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(passed_on);
	ident_new(event);
	const char *when = step->record == &SQL_handover_offer ? json_text(call->body, "offered_to") : step->at;
	/* The last two are the acceptance's alone. */
	return call_run(call, step->record,
			DB_VALUES(call->caller.partnership, call_parameter(call, "referral_id"),
				  row_of(facts, step, id), call->caller.staff_id, when, step->text, event,
				  call->x->request_id, rows_text(facts, 0, "running_id"), passed_on),
			ret_recorded, err);
}

static enum err_code happened(struct call *call, const struct step *step, const PGresult *facts, long long version,
			      struct err *err)
{
	const char *referral = call_parameter(call, "referral_id");
	const struct followup_change change = followup_change_of(call, referral, version);
	struct policy_facts known;
	enum err_code code = followup_facts(call, referral, &known, err);
	if (code == ERR_NONE)
		code = followup_happened_from(&change, call_policy(call), step->event, &known, step->at,
					      rows_text(facts, 0, "runs_from"), err);
	return code == ERR_NONE ? followup_refresh(&change, err) : code;
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	const struct step *step = ctx;
	const char *referral_id = call_parameter(call, "referral_id");
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *facts = NULL;
	PGRESULT_AUTO PGresult *recorded = NULL;
	const char *state = NULL;
	enum err_code code = referral_lock(call, referral_id, &referral, err);
	if (code == ERR_NONE && !step->ends_it)
		code = state_after(rows_text(referral, 0, "state"), STATE_HAND_OVER, &state, err);
	if (code == ERR_NONE)
		code = ask(call, step, &facts, err);
	if (code == ERR_NONE)
		code = record(call, step, facts, &recorded, err);
	if (code == ERR_NONE && step->event != NULL)
		code = happened(call, step, facts, rows_int(recorded, 0, "version"), err);
	return code == ERR_NONE ? referral_answer(call, referral_id, recorded, err) : code;
}

static enum err_code take(struct call *call, struct step step, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, work, &step, err) : code;
}

enum err_code handover_offer(struct call *call, struct err *err)
{
	return take(call,
		    (struct step){.check = handover_check_offer,
				  .record = &SQL_handover_offer,
				  .text = json_text(call->body, "summary")},
		    err);
}

enum err_code handover_accept(struct call *call, struct err *err)
{
	return take(call,
		    (struct step){.at = json_text(call->body, "accepted_at"),
				  .check = handover_check_acceptance,
				  .record = &SQL_handover_accept,
				  .text = json_text(call->body, "note"),
				  .event = "handover.accepted"},
		    err);
}

enum err_code handover_take_back(struct call *call, struct err *err)
{
	return take(call,
		    (struct step){.at = json_text(call->body, "returned_at"),
				  .check = handover_check_return,
				  .record = &SQL_handover_take_back,
				  .text = json_text(call->body, "note"),
				  .event = "handover.returned",
				  .ends_it = true},
		    err);
}
