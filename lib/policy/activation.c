/* activatePolicy, and the re-timing of what was open then: at once for the first, by the jobs for the rest. */
#include <string.h>

#include "base/json.h"
#include "followup/policies.h"
#include "followup/retime_open.h"
#include "gen/policy_sql.h"
#include "policy/versions.h"

#include "base/banned.h"

/* ---- re-timing ---- */

/* What the order says, in this transaction. *ret_left: there may be more. */
static enum err_code retime_some(struct db *db, const struct retime_order *order, bool *ret_left, struct err *err)
{
	struct retime_report report;
	enum err_code code = followup_retime_inside(db, order, &report, err);
	if (code != ERR_NONE)
		return code;
	*ret_left = !report.complete;
	return *ret_left ? ERR_NONE
			 : db_run(db, &SQL_policy_retimed,
				  DB_VALUES(order->scope->partnership, policy_id(order->policy)), NULL, err);
}

struct pending {
	struct policies *policies;
	const struct db_scope *scope;
	bool left;
};

static enum err_code retime_pending(struct db *db, void *ctx, struct err *err)
{
	struct pending *p = ctx;
	const char *partnership = p->scope->partnership;
	PGRESULT_AUTO PGresult *row = NULL;
	p->left = false;
	enum err_code code = db_run(db, &SQL_policy_pending, DB_VALUES(partnership), &row, err);
	if (code != ERR_NONE || PQntuples(row) == 0)
		return code;
	struct retime_order order = {
		.scope = p->scope,
		.policies = p->policies,
		.calendar = rows_text(row, 0, "calendar_id"),
		.limit = POLICY_BATCH,
		.staff = rows_text(row, 0, "activated_by"),
	};
	code = policies_hold(p->policies, db, NULL, partnership, rows_text(row, 0, "id"), &order.policy, err);
	if (code != ERR_NONE)
		return code;
	code = retime_some(db, &order, &p->left, err);
	policies_release(p->policies, order.policy);
	return code;
}

enum err_code policy_retime_pending(struct db *db, struct policies *policies, const struct db_scope *scope,
				    bool *ret_left, struct err *err)
{
	struct pending p = {.policies = policies, .scope = scope};
	enum err_code code = db_write(db, scope, retime_pending, &p, err);
	if (code == ERR_NONE)
		*ret_left = p.left;
	return code;
}

/* ---- activating ---- */

static enum err_code check_draft(const struct policy_activation *a, const PGresult *row, struct err *err)
{
	const char *state = rows_text(row, 0, "state");
	const char *author = rows_text(row, 0, "author");
	const char *text = rows_text(row, 0, "document");
	JSON_AUTO json_t *document = NULL;
	struct policy *policy = NULL;
	if (strcmp(state, "draft") != 0)
		return err_set(err, ERR_WRONG_STATE, "",
			       "this version is %s; only a draft can be activated; allowed now: nothing", state);
	if (author != NULL && a->who != NULL && strcmp(author, a->who) == 0)
		return err_set(err, ERR_RULE_BROKEN, "",
			       "a policy is activated by a second person, not by the one who wrote it");
	enum err_code code = json_read(text, strlen(text), &document, err);
	if (code == ERR_NONE)
		code = policy_load(a->contract, document, a->arena, &policy, err);
	if (code == ERR_INVALID_BODY && err != NULL)
		err->code = ERR_RULE_BROKEN; /* the program is newer than the draft */
	return code == ERR_INVALID_BODY ? ERR_RULE_BROKEN : code;
}

static enum err_code put_in_force(struct db *db, const struct policy_activation *a, struct err *err)
{
	enum err_code code = db_run(db, &SQL_policy_supersede, DB_VALUES(a->partnership), NULL, err);
	if (code != ERR_NONE)
		return code;
	return db_run(db, &SQL_policy_activate,
		      DB_VALUES(a->partnership, a->id, a->who, a->reason, a->retime_open ? "true" : "false"), NULL,
		      err);
}

static enum err_code retime_first(struct db *db, const struct policy_activation *a, const char *calendar,
				  struct err *err)
{
	const struct db_scope scope = {.partnership = a->partnership};
	struct retime_order order = {
		.scope = &scope,
		.policies = a->policies,
		.calendar = calendar,
		.limit = POLICY_BATCH,
		.staff = a->who,
		.request = a->request,
	};
	bool left = false;
	enum err_code code = policies_hold(a->policies, db, NULL, a->partnership, a->id, &order.policy, err);
	if (code != ERR_NONE)
		return code;
	code = retime_some(db, &order, &left, err);
	policies_release(a->policies, order.policy);
	return code;
}

static enum err_code lock(struct db *db, const struct policy_activation *a, PGresult **ret_calendar,
			  PGresult **ret_draft, struct err *err)
{
	enum err_code code = db_run(db, &SQL_policy_calendar, DB_VALUES(a->partnership), ret_calendar, err);
	if (code == ERR_NONE)
		code = db_run(db, &SQL_policy_lock, DB_VALUES(a->partnership, a->id), ret_draft, err);
	return code == ERR_NONE && PQntuples(*ret_draft) == 0 ? call_not_found(err) : code;
}

enum err_code policy_activate_draft(struct db *db, const struct policy_activation *activation, PGresult **ret_row,
				    struct err *err)
{
	PGRESULT_AUTO PGresult *calendar = NULL;
	PGRESULT_AUTO PGresult *draft = NULL;
	enum err_code code = lock(db, activation, &calendar, &draft, err);
	if (code == ERR_NONE)
		code = check_draft(activation, draft, err);
	if (code == ERR_NONE)
		code = put_in_force(db, activation, err);
	if (code == ERR_NONE && activation->retime_open)
		code = retime_first(db, activation, PQntuples(calendar) == 0 ? NULL : rows_text(calendar, 0, "id"),
				    err);
	if (code != ERR_NONE)
		return code;
	return db_run(db, &SQL_policy_get, DB_VALUES(activation->partnership, activation->id), ret_row, err);
}

static enum err_code activate(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	const struct policy_activation activation = {
		.contract = call->house->contract,
		.policies = call->house->policies,
		.arena = call->arena,
		.partnership = call->caller.partnership,
		.id = call_parameter(call, "policy_id"),
		.who = call->caller.staff_id,
		.reason = json_text(call->body, "reason"),
		.request = call->x->request_id,
		.retime_open = json_is_true(json_object_get(call->body, "retime_open")),
	};
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = policy_activate_draft(call->db, &activation, &row, err);
	if (code != ERR_NONE)
		return code;
	return call_reply_row(call, row, 201);
}

enum err_code policy_activate(struct call *call, struct err *err)
{
	if (call->caller.staff_id[0] == '\0')
		return err_set(err, ERR_FORBIDDEN, "",
			       "a person takes the responsibility: this needs the key of a member of staff");
	return call_write(call, activate, NULL, err);
}
