/* linkPerson and undoPersonLink: staff say who somebody on a referral is. */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "gen/person_sql.h"
#include "person/compare.h"
#include "person/person.h"
#include "person/rules.h"
#include "referral/referral.h"

#include "base/banned.h"

struct link {
	const char *referral;
	const char *subject_id;
	const char *person; /* given; then the one that is linked */
	const char *other_referral;
	const char *other_subject;
	const char *status; /* confirmed, rejected, undone */
	const char *undoes;
	const char *reason;
};

enum err_code person_changed(struct call *call, const char *referral, long long version, struct err *err)
{
	return call_run(call, &SQL_person_changed,
			DB_VALUES(call->caller.partnership, referral, arena_printf(call->arena, "%lld", version)), NULL,
			err);
}

static bool is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcasecmp(a, b) == 0;
}

/*
 * Both referrals, in the order in which everybody locks them, and who may be whom. The other referral's absence is told by the
 * facts.
 */
static enum err_code lock(struct call *call, const struct link *l, struct err *err)
{
	PGRESULT_AUTO PGresult *rows = NULL;
	enum err_code code = call_run(call, &SQL_person_lock_referrals,
				      DB_VALUES(call->caller.partnership, l->referral, l->other_referral), &rows, err);
	if (code != ERR_NONE)
		return code;
	for (int row = 0; row < PQntuples(rows); row++) {
		if (is_same(rows_text(rows, row, "id"), l->referral))
			return person_lock_matches(call->db, call->caller.partnership, err);
	}
	return call_not_found(err);
}

static enum err_code judge(struct call *call, const struct link *l, PGresult **ret_facts, struct err *err)
{
	PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_person_link_facts,
				      DB_VALUES(call->caller.partnership, l->referral, l->subject_id, l->person,
						l->other_referral, l->other_subject),
				      &row, err);
	if (code != ERR_NONE)
		return code;
	const struct person_link_facts facts = {
		.confirmed = strcmp(l->status, "confirmed") == 0,
		.has_reason = l->reason != NULL,
		.by_person = l->person != NULL,
		.by_other = l->other_subject != NULL,
		.subject_found = rows_text(row, 0, "subject") != NULL,
		.same_row = is_same(l->other_subject, l->subject_id) && is_same(l->other_referral, l->referral),
		.other_found = rows_text(row, 0, "other_subject") != NULL,
		.target_found = rows_text(row, 0, "target_id") != NULL,
		.target_ended = rows_bool(row, 0, "target_ended"),
		.linked = rows_text(row, 0, "person_id") != NULL,
		.linked_to_target = is_same(rows_text(row, 0, "person_id"), rows_text(row, 0, "target_id")),
		.other_child_is = rows_bool(row, 0, "other_child_is"),
		.numbers_differ = rows_bool(row, 0, "numbers_differ"),
	};
	code = person_link_check(&facts, err);
	if (code == ERR_NONE)
		*ret_facts = row;
	else
		PQclear(row);
	return code;
}

/* The link of one row. *ret_row may be NULL. */
static enum err_code record(struct call *call, const struct link *l, const char *subject, const char *rule,
			    const char *score, PGresult **ret_row, struct err *err)
{
	char id[IDENT_SIZE];
	char event[IDENT_SIZE];
	ident_new(id);
	ident_new(event);
	return call_run(call, &SQL_person_record_link,
			DB_VALUES(call->caller.partnership, l->referral, id, subject, l->subject_id, l->person,
				  l->other_referral, l->other_subject, l->status, l->undoes, rule, score, l->reason,
				  call->caller.staff_id, event, call->x->request_id),
			ret_row, err);
}

/* The other row of same_as gets the new person too, from the same decision. */
static enum err_code record_other(struct call *call, const struct link *l, const PGresult *facts, struct err *err)
{
	const struct link other = {
		.referral = l->other_referral,
		.subject_id = l->other_subject,
		.person = l->person,
		.other_referral = l->referral,
		.other_subject = l->subject_id,
		.status = l->status,
		.reason = l->reason,
	};
	return record(call, &other, rows_text(facts, 0, "other_subject"), rows_text(facts, 0, "rule"),
		      rows_text(facts, 0, "score"), NULL, err);
}

/* A known person, the one of the other row, or one that begins here. */
static enum err_code find_person(struct call *call, struct link *l, const PGresult *facts, struct err *err)
{
	const char *known = rows_text(facts, 0, "target_id");
	l->person = arena_strdup(call->arena, known);
	if (known != NULL || strcmp(l->status, "confirmed") != 0)
		return ERR_NONE;
	char id[IDENT_SIZE];
	ident_new(id);
	l->person = arena_strdup(call->arena, id);
	enum err_code code = call_run(call, &SQL_person_create,
				      DB_VALUES(call->caller.partnership, l->person, call->caller.staff_id), NULL, err);
	if (code == ERR_NONE && l->other_subject != NULL)
		code = record_other(call, l, facts, err);
	return code;
}

/* What follows from a link: the person's facts, and what is proposed. */
static enum err_code follow(struct call *call, const struct link *l, struct err *err)
{
	const char *partnership = call->caller.partnership;
	const char *const *person = DB_VALUES(partnership, l->person);
	const struct db_step refresh[] = {{&SQL_person_lock, person}, {&SQL_person_refresh, person}};
	enum err_code code = ERR_NONE;
	if (strcmp(l->status, "rejected") != 0)
		code = db_run_all(call->db, refresh, 2, NULL, err);
	if (code == ERR_NONE)
		code = person_compare_again(call->db, partnership, arena_printf(call->arena, "{%s}", l->referral), err);
	return code;
}

static enum err_code reply(struct call *call, const struct link *l, const PGresult *row, struct err *err)
{
	buf_add_char(call->out, '{');
	(void)rows_write_members(call->out, row, 0);
	enum err_code code = referral_write_now(call, l->referral, err);
	buf_add_char(call->out, '}');
	call_etag(call, rows_int(row, 0, "version"));
	call_reply(call, 201);
	return code;
}

static enum err_code decide(struct call *call, void *ctx, struct err *err)
{
	struct link l = *(const struct link *)ctx;
	PGRESULT_AUTO PGresult *facts = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = lock(call, &l, err);
	if (code == ERR_NONE)
		code = judge(call, &l, &facts, err);
	if (code == ERR_NONE)
		code = find_person(call, &l, facts, err);
	if (code == ERR_NONE)
		code = record(call, &l, rows_text(facts, 0, "subject"), rows_text(facts, 0, "rule"),
			      rows_text(facts, 0, "score"), &row, err);
	if (code == ERR_NONE)
		code = follow(call, &l, err);
	return code == ERR_NONE ? reply(call, &l, row, err) : code;
}

enum err_code person_link(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	const json_t *same_as = json_object_get(call->body, "same_as");
	const char *decision = json_text(call->body, "decision");
	struct link l = {
		.referral = call_parameter(call, "referral_id"),
		.subject_id = json_text(call->body, "subject_id"),
		.person = json_text(call->body, "person_id"),
		.other_referral = json_text(same_as, "referral_id"),
		.other_subject = json_text(same_as, "subject_id"),
		.status = decision != NULL ? decision : "confirmed",
		.reason = json_text(call->body, "reason"),
	};
	return call_write(call, decide, &l, err);
}

/* ---- undoing ---- */

static enum err_code find_link(struct call *call, const struct link *l, PGresult **ret_link, struct err *err)
{
	PGresult *row = NULL;
	enum err_code code = call_run(call, &SQL_person_link_to_undo,
				      DB_VALUES(call->caller.partnership, l->referral, l->undoes), &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0) {
		PQclear(row);
		return call_not_found(err);
	}
	const struct person_undo_facts facts = {
		.confirmed = strcmp(rows_text(row, 0, "status"), "confirmed") == 0,
		.undone = rows_bool(row, 0, "undone"),
	};
	code = person_undo_check(&facts, err);
	if (code == ERR_NONE)
		*ret_link = row;
	else
		PQclear(row);
	return code;
}

static enum err_code undo(struct call *call, void *ctx, struct err *err)
{
	struct link l = *(const struct link *)ctx;
	PGRESULT_AUTO PGresult *link = NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = lock(call, &l, err);
	if (code == ERR_NONE)
		code = find_link(call, &l, &link, err);
	if (code != ERR_NONE)
		return code;
	l.subject_id = rows_text(link, 0, "subject_id");
	l.person = rows_text(link, 0, "person_id");
	l.other_referral = rows_text(link, 0, "other_referral_id");
	l.other_subject = rows_text(link, 0, "other_subject_id");
	code = record(call, &l, rows_text(link, 0, "subject"), rows_text(link, 0, "rule"), rows_text(link, 0, "score"),
		      &row, err);
	if (code == ERR_NONE)
		code = follow(call, &l, err);
	return code == ERR_NONE ? reply(call, &l, row, err) : code;
}

enum err_code person_undo_link(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	struct link l = {
		.referral = call_parameter(call, "referral_id"),
		.undoes = call_parameter(call, "person_link_id"),
		.status = "undone",
		.reason = json_text(call->body, "reason"),
	};
	return call_write(call, undo, &l, err);
}
