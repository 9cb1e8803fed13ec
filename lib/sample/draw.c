/* The weekly draw, and opening what it asks for, referral by referral. */
#include <stdio.h>

#include "base/ident.h"
#include "followup/followup.h"
#include "followup/policies.h"
#include "gen/sample_sql.h"
#include "sample/sample.h"

#include "base/banned.h"

enum { OPENING_MEMORY = 4 << 20 };

static enum err_code draw(struct db *db, void *ctx, struct err *err)
{
	const struct db_scope *scope = ctx;
	return db_run(db, &SQL_sample_draw, DB_VALUES(scope->partnership), NULL, err);
}

struct opening {
	const char *partnership;
	const struct house *house;
	const PGresult *waiting;
	int row;
	bool opened;
};

static enum err_code open_under(struct opening *o, struct followup_change *change, const struct policy *policy,
				struct err *err)
{
	char event[IDENT_SIZE];
	char version[24];
	struct arena arena;
	ident_new(event);
	arena_init(&arena, OPENING_MEMORY);
	enum err_code code = followup_happened_alone(change, &arena, policy, "sample.drawn", version, err);
	arena_release(&arena);
	if (code != ERR_NONE)
		return code;
	return db_run(
		change->db, &SQL_sample_opened,
		DB_VALUES(o->partnership, change->referral, rows_text(o->waiting, o->row, "week"), version, event),
		NULL, err);
}

/* Another daemon may have been first: then the row is not there to be locked, and nothing is left to do. */
static enum err_code open_one(struct db *db, void *ctx, struct err *err)
{
	struct opening *o = ctx;
	PGRESULT_AUTO PGresult *locked = NULL;
	const char *referral = rows_text(o->waiting, o->row, "referral_id");
	enum err_code code = db_run(db, &SQL_sample_lock,
				    DB_VALUES(o->partnership, referral, rows_text(o->waiting, o->row, "week")), &locked,
				    err);
	o->opened = false;
	if (code != ERR_NONE || PQntuples(locked) == 0)
		return code;
	struct followup_change change = {
		.db = db,
		.policies = o->house->policies,
		.partnership = o->partnership,
		.calendar = rows_text(locked, 0, "calendar_id"),
		.referral = referral,
		.actor_kind = "system",
	};
	const struct policy *policy = NULL;
	code = policies_hold(o->house->policies, db, NULL, o->partnership, rows_text(locked, 0, "policy_id"), &policy,
			     err);
	if (code != ERR_NONE)
		return code;
	code = open_under(o, &change, policy, err);
	policies_release(o->house->policies, policy);
	o->opened = code == ERR_NONE;
	return code;
}

enum err_code sample_draw(struct db *db, const struct db_scope *scope, const struct house *house, int *ret_opened,
			  struct err *err)
{
	char limit[12];
	PGRESULT_AUTO PGresult *waiting = NULL;
	int opened = 0;
	(void)snprintf(limit, sizeof limit, "%d", SAMPLE_BATCH);
	enum err_code code = db_write(db, scope, draw, (void *)(uintptr_t)scope, err);
	if (code == ERR_NONE)
		code = db_read_one(db, scope, &SQL_sample_waiting, DB_VALUES(scope->partnership, limit), &waiting, err);
	struct opening o = {.partnership = scope->partnership, .house = house, .waiting = waiting};
	for (; code == ERR_NONE && o.row < PQntuples(waiting); o.row++) {
		code = db_write(db, scope, open_one, &o, err);
		opened += o.opened ? 1 : 0;
	}
	if (code == ERR_NONE)
		*ret_opened = opened;
	return code;
}
