/* recordBirth: an unborn child of a referral was born. A correction of the child's record with a name of its own. */
#include <string.h>

#include "base/json.h"
#include "change/change.h"
#include "change/correction.h"
#include "gen/change_sql.h"
#include "referral/quality.h"
#include "referral/referral.h"

#include "base/banned.h"

static enum err_code check(struct call *call, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	const char *number = json_text(call->body, "nhs_number");
	enum err_code code = call_run(call, &SQL_change_unborn,
				      DB_VALUES(call->caller.partnership, call_parameter(call, "referral_id"),
						call_parameter(call, "child_id"), call->caller.calendar_id,
						json_text(call->body, "date_of_birth"),
						arena_printf(call->arena, "%d", BIRTH_EXPECTED_DAYS),
						arena_printf(call->arena, "%d", BIRTH_RECEIPT_DAYS)),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return call_not_found(err);
	const struct birth_facts facts = {
		.is_unborn = rows_bool(row, 0, "is_unborn"),
		.in_future = rows_bool(row, 0, "in_future"),
		.before_expected = rows_bool(row, 0, "before_expected"),
		.before_receipt = rows_bool(row, 0, "before_receipt"),
		.has_nhs_number = number != NULL,
		.nhs_number_fits = quality_nhs_number(number),
	};
	return birth_check(&facts, err);
}

/* All children as they are, the one that was born with what is known now. */
static enum err_code patch_of(struct call *call, const PGresult *people, json_t **ret_patch, struct err *err)
{
	JSON_AUTO json_t *patch = json_object();
	json_t *children = json_array();
	(void)json_object_set_new(patch, "children", children);
	for (int row = 0; row < PQntuples(people); row++) {
		const char *text = rows_text(people, row, "document");
		const char *id = rows_text(people, row, "id");
		json_t *child = NULL;
		if (strcmp(rows_text(people, row, "list"), "children") != 0)
			continue;
		if (json_read(text, strlen(text), &child, err) != ERR_NONE)
			return err_set(err, ERR_INTERNAL, "", "a stored child cannot be read");
		if (strcasecmp(id, call_parameter(call, "child_id")) == 0) {
			(void)json_object_set_new(child, "date_of_birth_status", json_string("reported"));
			(void)json_object_update(child, call->body);
			(void)json_object_del(child, "note");
		}
		(void)json_object_set_new(child, "id", json_string(id));
		(void)json_array_append_new(children, child);
	}
	*ret_patch = json_incref(patch);
	return ERR_NONE;
}

static enum err_code change_child(struct call *call, const char *version, struct err *err)
{
	PGRESULT_AUTO PGresult *record = NULL;
	PGRESULT_AUTO PGresult *people = NULL;
	JSON_AUTO json_t *patch = NULL;
	struct correction correction;
	const char *referral = call_parameter(call, "referral_id");
	const char *more = arena_printf(call->arena, "{\"child_id\":\"%s\"}", call_parameter(call, "child_id"));
	enum err_code code = call_run(call, &SQL_change_record, DB_VALUES(call->caller.partnership, referral, NULL),
				      &record, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_change_people, DB_VALUES(call->caller.partnership, referral), &people, err);
	if (code == ERR_NONE)
		code = patch_of(call, people, &patch, err);
	if (code == ERR_NONE)
		code = correction_make(call, patch, record, people, &correction, err);
	if (code == ERR_NONE)
		code = correction_write(call, referral, version, &correction, json_text(call->body, "note"),
					"birth_recorded", more, NULL, err);
	return code == ERR_NONE ? change_retime(call, referral, version, err) : code;
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	(void)ctx;
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *recorded = NULL;
	const char *referral_id = call_parameter(call, "referral_id");
	enum err_code code = referral_lock_unchanged(call, referral_id, &referral, err);
	if (code == ERR_NONE)
		code = check(call, err);
	if (code != ERR_NONE)
		return code;
	const char *version = rows_text(referral, 0, "version");
	code = call_run(call, &SQL_change_record_birth,
			DB_VALUES(call->caller.partnership, referral_id, version, call_parameter(call, "child_id"),
				  json_text(call->body, "date_of_birth"), call->caller.staff_id),
			&recorded, err);
	if (code == ERR_NONE)
		code = change_child(call, version, err);
	return code == ERR_NONE ? referral_answer(call, referral_id, recorded, err) : code;
}

enum err_code change_record_birth(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	return code == ERR_NONE ? call_write(call, work, NULL, err) : code;
}
