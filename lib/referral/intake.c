/*
 * Taking a referral in. The fast way hands a record to the batch writer: one statement, plainly new. Everything else goes
 * the ordinary way, in a transaction of its own: a reference that was used before (again.c), a post that makes good an earlier
 * refusal.
 */
#include <string.h>

#include "gen/referral_sql.h"
#include "referral/again.h"
#include "referral/receipt.h"
#include "referral/referral.h"
#include "rejection/rejection.h"

#include "base/banned.h"

/* ---- the fast way ---- */

struct intake_item {
	struct batch_item item; /* first: a pointer to it is a pointer to the whole */
	struct call call;
	struct record *record;
};

static bool take_rows(struct batch_item *item, const PGresult *rows, int first, int last, struct batch_step *ret_second)
{
	struct intake_item *intake = (struct intake_item *)item;
	if (first == last)
		return false;
	http_reply_clear(intake->call.x);
	receipt_write_new(&intake->call, intake->record, rows, first, last);
	*ret_second = (struct batch_step){
		.statement = call_store_replies,
		.values = {intake->call.caller.partnership},
		.record = call_stored_reply(&intake->call),
	};
	return true;
}

/* Not plainly new after all, or something went wrong that another way may get right. */
static bool try_ordinary_way(struct http_exchange *x)
{
	http_reply_clear(x);
	x->ordinary = true;
	return http_exchange_requeue(x) == ERR_NONE;
}

static void answer(struct batch_item *item, enum batch_outcome outcome, const struct err *err, const char *sqlstate)
{
	struct intake_item *intake = (struct intake_item *)item;
	struct http_exchange *x = intake->call.x;
	json_decref(intake->call.body);
	if (outcome == BATCH_COMMITTED) {
		http_exchange_finish(x);
		return;
	}
	/* Another has its key or reference: it has committed (unique violation) or is about to (lock timeout). */
	bool contended = outcome == BATCH_FAILED && (strcmp(sqlstate, "23505") == 0 || strcmp(sqlstate, "55P03") == 0);
	if ((outcome == BATCH_DECLINED || contended) && try_ordinary_way(x))
		return;
	struct err busy;
	if (outcome == BATCH_DECLINED) {
		(void)err_set(&busy, ERR_BUSY, "", "as many requests wait as may wait");
		err = &busy;
	}
	http_reply_clear(x);
	http_reply_problem(x, err);
	http_exchange_finish(x);
}

static enum err_code hand_over(struct call *call, struct record *record, struct err *err)
{
	struct intake_item *intake = arena_alloc(call->arena, sizeof *intake);
	const char *key = call_parameter(call, "Idempotency-Key");
	intake->record = record;
	intake->item = (struct batch_item){
		.scope = call->scope,
		.sort_key = arena_printf(call->arena, "%s %s", record->agency_id == NULL ? "" : record->agency_id,
					 record->folded_reference == NULL ? "" : record->folded_reference),
		.unique_keys = {arena_printf(call->arena, "k %s %s", call->caller.first_key_id, key),
				record->agency_id == NULL || record->folded_reference == NULL
					? NULL
					: arena_printf(call->arena, "r %s %s", record->agency_id,
						       record->folded_reference)},
		.first = {.statement = &SQL_referral_receive,
			  .values = {call->caller.partnership, call->caller.calendar_id},
			  .record = record_text(call, record, true)},
		.between = take_rows,
		.declines_clean = true,
		.done = answer,
	};
	intake->call = *call;
	intake->call.body = json_incref(call->body);
	intake->call.policy = NULL; /* is released with this call: the record holds all that it said */
	intake->item.scope.partnership = intake->call.caller.partnership;
	intake->item.first.values[0] = intake->call.caller.partnership;
	intake->item.first.values[1] = intake->call.caller.calendar_id;
	enum err_code code = batch_submit(call->house->batch, &intake->item, err);
	call->handed_over = code == ERR_NONE;
	if (code != ERR_NONE)
		json_decref(intake->call.body);
	return code;
}

/* ---- the ordinary way ---- */

static enum err_code take_new(struct call *call, struct record *record, struct err *err)
{
	PGRESULT_AUTO PGresult *rows = NULL;
	const char *records = arena_printf(call->arena, "[%s]", record_text(call, record, false));
	enum err_code code = call_run(call, &SQL_referral_receive,
				      DB_VALUES(call->caller.partnership, call->caller.calendar_id, records), &rows,
				      err);
	if (code != ERR_NONE)
		return code;
	receipt_write_new(call, record, rows, 0, PQntuples(rows));
	return ERR_NONE;
}

static enum err_code take(struct call *call, void *ctx, struct err *err)
{
	struct record *record = record_new(call); /* a second try must not meet the ids of the first */
	(void)ctx;
	if (record->agency_id == NULL || record->folded_reference == NULL)
		return take_new(call, record, err);
	PGRESULT_AUTO PGresult *owner = NULL;
	bool is_new = true;
	enum err_code code = call_run(call, &SQL_referral_lock_owner,
				      DB_VALUES(call->caller.partnership, record->agency_id, record->folded_reference),
				      &owner, err);
	if (code == ERR_NONE && PQntuples(owner) > 0)
		code = again_take(call, record, &is_new, err);
	if (code == ERR_NONE && is_new)
		code = take_new(call, record, err);
	if (code != ERR_NONE)
		return code;
	return rejection_resolve(call, record->agency_id, record->folded_reference, err);
}

/* Two posts with one reference at the same moment: the second finds the first when it looks again. */
static enum err_code take_ordinarily(struct call *call, struct err *err)
{
	enum err_code code = call_write(call, take, NULL, err);
	if (code == ERR_INTERNAL && strcmp(db_sqlstate(call->db), "23505") == 0)
		code = call_write(call, take, NULL, err);
	return code;
}

enum err_code referral_create(struct call *call, struct err *err)
{
	if (call->house->batch == NULL || call->x->ordinary)
		return take_ordinarily(call, err);
	return hand_over(call, record_new(call), err);
}
