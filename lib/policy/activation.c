/* activatePolicy, and the re-timing of what was open then: at once for the first, by the jobs for the rest. */
#include <string.h>

#include "base/json.h"
#include "followup/govern.h"
#include "gen/policy_sql.h"
#include "policy/versions.h"

#include "base/banned.h"

enum { JOB_MEMORY = 64 << 20 };

static const char BATCH[] = "200";
_Static_assert(POLICY_BATCH == 200, "BATCH is the same number as text");

/* ---- re-timing ---- */

/* One batch of referrals. *ret_left: there may be more. */
static enum err_code govern_batch(struct followup_change change, const struct policy *policy, struct arena *arena,
				  bool *ret_left, struct err *err)
{
	PGRESULT_AUTO PGresult *referrals = NULL;
	enum err_code code = followup_ungoverned(change.db, change.partnership, policy, NULL, BATCH, &referrals, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(referrals); row++) {
		change.referral = rows_text(referrals, row, "referral_id");
		code = followup_govern(&change, arena, policy, err);
	}
	if (code == ERR_NONE)
		*ret_left = PQntuples(referrals) == POLICY_BATCH;
	if (code == ERR_NONE && !*ret_left)
		code = db_run(change.db, &SQL_policy_retimed, DB_VALUES(change.partnership, policy_id(policy)), NULL,
			      err);
	return code;
}

struct pending {
	struct policies *policies;
	const char *partnership;
	bool left;
};

static struct followup_change change_of(struct db *db, const struct pending *p, const char *calendar, const char *who)
{
	return (struct followup_change){
		.db = db,
		.policies = p->policies,
		.partnership = p->partnership,
		.calendar = calendar,
		.actor_kind = who == NULL ? "system" : "staff",
		.actor = who,
	};
}

static enum err_code retime_pending(struct db *db, void *ctx, struct err *err)
{
	struct pending *p = ctx;
	PGRESULT_AUTO PGresult *row = NULL;
	p->left = false;
	enum err_code code = db_run(db, &SQL_policy_pending, DB_VALUES(p->partnership), &row, err);
	if (code != ERR_NONE || PQntuples(row) == 0)
		return code;
	const struct policy *policy = NULL;
	code = policies_hold(p->policies, db, NULL, p->partnership, rows_text(row, 0, "id"), &policy, err);
	if (code != ERR_NONE)
		return code;
	struct arena arena;
	arena_init(&arena, JOB_MEMORY);
	code = govern_batch(change_of(db, p, rows_text(row, 0, "calendar_id"), rows_text(row, 0, "activated_by")),
			    policy, &arena, &p->left, err);
	arena_release(&arena);
	policies_release(p->policies, policy);
	return code;
}

enum err_code policy_retime_pending(struct db *db, struct policies *policies, const struct db_scope *scope,
				    bool *ret_left, struct err *err)
{
	struct pending p = {.policies = policies, .partnership = scope->partnership};
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
	const struct pending p = {.policies = a->policies, .partnership = a->partnership};
	const struct policy *policy = NULL;
	bool left = false;
	enum err_code code = policies_hold(a->policies, db, NULL, a->partnership, a->id, &policy, err);
	if (code != ERR_NONE)
		return code;
	struct followup_change change = change_of(db, &p, calendar, a->who);
	change.request = a->request;
	code = govern_batch(change, policy, a->arena, &left, err);
	policies_release(a->policies, policy);
	return code;
}

enum err_code policy_lock_calendar(struct db *db, const char *partnership, PGresult **ret_calendar, struct err *err)
{
	return db_run(db, &SQL_policy_calendar, DB_VALUES(partnership), ret_calendar, err);
}

static enum err_code lock(struct db *db, const struct policy_activation *a, PGresult **ret_calendar,
			  PGresult **ret_draft, struct err *err)
{
	enum err_code code = policy_lock_calendar(db, a->partnership, ret_calendar, err);
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
