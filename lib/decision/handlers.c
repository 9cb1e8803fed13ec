/* recordDecision. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "closure/closure.h"
#include "decision/deciding.h"
#include "gen/decision_sql.h"
#include "referral/referral.h"
#include "signoff/signoff.h"

#include "base/banned.h"

const struct statement *const decision_of_referral = &SQL_decision_of_referral;

/* ---- reading the body ---- */

static const char *json_list(struct call *call, const char *member)
{
	const json_t *list = json_object_get(call->body, member);
	struct buf out;
	buf_init(&out, 1 << 20);
	if (list == NULL)
		buf_add_text(&out, "[]");
	else
		json_write(&out, list);
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

/* ---- judging ---- */

static enum err_code read_citations(struct call *call, struct deciding *d, struct err *err)
{
	PGRESULT_AUTO PGresult *rows = NULL;
	enum err_code code = call_run(call, &SQL_decision_cited,
				      DB_VALUES(call->caller.partnership, d->referral, json_list(call, "discussions"),
						json_text(call->body, "decided_at"), d->children),
				      &rows, err);
	if (code != ERR_NONE)
		return code;
	d->facts.n_citations = (size_t)PQntuples(rows);
	for (int row = 0; row < PQntuples(rows); row++) {
		d->facts.citations[row] = (struct decision_citation){
			.found = rows_bool(rows, row, "found"),
			.counts = rows_bool(rows, row, "counts"),
			.in_time = rows_bool(rows, row, "in_time"),
			.about_them = rows_bool(rows, row, "about_them"),
			.twice = rows_bool(rows, row, "twice"),
		};
	}
	return ERR_NONE;
}

static void read_facts(const struct call *call, struct deciding *d, const PGresult *row)
{
	const json_t *body = call->body;
	d->facts = (struct decision_facts){
		.outcome = d->outcome,
		.was_passed = rows_bool(row, 0, "was_passed"),
		.final = d->final,
		.was_closed = strcmp(d->state_before, "closed") == 0,
		.changed_since_read = d->stale,
		.screened = rows_bool(row, 0, "screened"),
		.judgement_waits = rows_bool(row, 0, "judgement_waits"),
		.triage_open = rows_bool(row, 0, "triage_open"),
		.legal_basis = json_text(body, "legal_basis"),
		.has_legal_basis_text = json_said(body, "legal_basis_text") != NULL,
		.has_level_of_need = json_said(body, "level_of_need") != NULL,
		.has_rationale = json_said(body, "rationale") != NULL,
		.has_history = json_object_get(body, "history_considered") != NULL,
		.undiscussed_reason = json_text(body, "undiscussed_reason"),
		.decided_in_future = rows_bool(row, 0, "in_future"),
		.decided_before_receipt = rows_bool(row, 0, "before_receipt"),
		.decided_before_another = rows_bool(row, 0, "before_another"),
		.final_governs = rows_bool(row, 0, "final_governs"),
		.has_authoriser = json_object_get(body, "authorised_by") != NULL,
		.authoriser_fits = rows_bool(row, 0, "authoriser_fits"),
		.authoriser_decides = rows_bool(row, 0, "authoriser_decides"),
		.has_second_person = json_object_get(body, "agreed_by") != NULL,
		.second_person_fits = rows_bool(row, 0, "second_person_fits"),
		.ever_needed = rows_bool(row, 0, "ever_needed"),
		.discussed = rows_bool(row, 0, "discussed"),
		.tried = rows_bool(row, 0, "tried"),
		.declined = rows_bool(row, 0, "declined"),
		.referrer_anonymous = rows_bool(row, 0, "referrer_anonymous"),
		.protected_before = rows_bool(row, 0, "protected_before"),
	};
}

/* All findings at once, the first in front. */
static enum err_code refuse(struct call *call, const struct deciding *d, struct err *err)
{
	struct err_item *items = arena_array(call->arena, d->n_findings, sizeof *items);
	memcpy(items, d->findings, d->n_findings * sizeof *items);
	enum err_code code = err_set(err, ERR_RULE_BROKEN, items[0].pointer, "%s", items[0].detail);
	err->items = items;
	err->n_items = d->n_findings;
	return code;
}

static bool is_found_fault(const struct deciding *d, const char *pointer)
{
	for (size_t i = 0; i < d->n_findings; i++) {
		if (strcmp(d->findings[i].pointer, pointer) == 0)
			return true;
	}
	return false;
}

static const char *kept(const struct call *call, const struct deciding *d, const char *member, const char *pointer)
{
	return is_found_fault(d, pointer) ? NULL : json_said(call->body, member);
}

static void find_whom_to_ask(struct call *call, struct deciding *d)
{
	d->authorised_by = kept(call, d, "authorised_by", "/authorised_by");
	d->agreed_by = kept(call, d, "agreed_by", "/agreed_by");
	d->asks_authoriser = d->authorised_by != NULL && !d->facts.authoriser_decides;
	/* One id, whatever its capitals. */
	bool same = d->agreed_by != NULL && d->authorised_by != NULL && strcasecmp(d->agreed_by, d->authorised_by) == 0;
	d->asks_second_person = d->agreed_by != NULL && !same;
	d->waits = !d->protects && (d->asks_authoriser || d->asks_second_person);
}

static enum err_code judge(struct call *call, struct deciding *d, struct err *err)
{
	/* Whom it is about must be certain, even where protection is: no other child is meant. */
	if (rows_text(d->found, 0, "unknown_child") != NULL)
		return err_set(err, ERR_RULE_BROKEN,
			       arena_printf(call->arena, "/children/%lld", rows_int(d->found, 0, "unknown_child")),
			       "this child is not on this referral");
	read_facts(call, d, d->found);
	enum err_code code = deciding_find_state(d, err);
	if (code == ERR_NONE)
		code = read_citations(call, d, err);
	if (code != ERR_NONE)
		return code;
	d->n_findings = decision_findings(&d->facts, call->arena, d->findings);
	if (d->n_findings > 0 && !d->protects)
		return refuse(call, d, err);
	find_whom_to_ask(call, d);
	return ERR_NONE;
}

/* ---- what of a decision that protects is kept ---- */

static const char *kept_discussions(struct call *call, const struct deciding *d)
{
	JSON_AUTO json_t *list = json_array();
	size_t i;
	json_t *cited;
	json_array_foreach(json_object_get(call->body, "discussions"), i, cited)
	{
		if (!is_found_fault(d, arena_printf(call->arena, "/discussions/%zu/contact_attempt_id", i)))
			(void)json_array_append(list, cited);
	}
	struct buf out;
	buf_init(&out, 1 << 20);
	json_write(&out, list);
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

/* What the body has at a finding's pointer: "/member" or "/discussions/3/contact_attempt_id". */
static const json_t *sent_at(const struct call *call, const char *pointer)
{
	static const char list[] = "/discussions/";
	if (pointer[0] == '\0')
		return NULL;
	if (strncmp(pointer, list, sizeof list - 1) != 0)
		return json_object_get(call->body, pointer + 1);
	const json_t *discussions = json_object_get(call->body, "discussions");
	size_t index = strtoul(pointer + sizeof list - 1, NULL, 10);
	return json_object_get(json_array_get(discussions, index), "contact_attempt_id");
}

static const char *exceptions(struct call *call, const struct deciding *d)
{
	struct buf out;
	buf_init(&out, 1 << 20);
	buf_add_char(&out, '[');
	for (size_t i = 0; i < d->n_findings; i++) {
		const struct err_item *item = &d->findings[i];
		const json_t *value = sent_at(call, item->pointer);
		buf_printf(&out, "%s{\"pointer\":\"%s\",\"code\":\"%s\",\"detail\":", i == 0 ? "" : ",", item->pointer,
			   item->code);
		buf_add_json_string(&out, item->detail, strlen(item->detail));
		buf_add_text(&out, ",\"value_as_sent\":");
		if (value == NULL)
			buf_add_text(&out, "null");
		else
			json_write(&out, value);
		buf_add_char(&out, '}');
	}
	buf_add_char(&out, ']');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

/* ---- recording ---- */

static enum err_code insert(struct call *call, const struct deciding *d, const char *id, long long *ret_version,
			    struct err *err)
{
	char events[2][IDENT_SIZE];
	ident_new(events[0]);
	ident_new(events[1]);
	const json_t *body = call->body;
	const char *partnership = call->caller.partnership;
	const char *stage = json_text(body, "stage");
	const char *history = d->facts.has_history ? json_list(call, "history_considered") : NULL;
	PGRESULT_AUTO PGresult *row = NULL;
	enum err_code code = call_run(
		call, &SQL_decision_record,
		DB_VALUES(partnership, d->referral, id, stage, d->outcome, json_text(body, "legal_basis"),
			  kept(call, d, "legal_basis_text", "/legal_basis_text"), json_said(body, "level_of_need"),
			  json_said(body, "rationale"), history,
			  kept(call, d, "undiscussed_reason", "/undiscussed_reason"), call->caller.staff_id,
			  d->authorised_by, d->agreed_by, json_text(body, "decided_at"), exceptions(call, d),
			  d->children, kept_discussions(call, d), d->waits ? d->state_before : d->state, events[0],
			  events[1], call->x->request_id, d->waits ? "true" : "false"),
		&row, err);
	if (code == ERR_NONE && !d->waits)
		code = deciding_govern(call, d, id, err);
	if (code == ERR_NONE)
		*ret_version = rows_int(row, 0, "version");
	return code;
}

/* Everybody else whom it names must say so themselves; who is named twice is asked once. */
static enum err_code ask_others(struct call *call, const struct deciding *d, const struct followup_change *change,
				const char *id, struct err *err)
{
	enum err_code code = ERR_NONE;
	if (d->asks_authoriser)
		code = sign_off_ask(call, change, "decision", id, "authorises", d->authorised_by, err);
	if (code == ERR_NONE && d->asks_second_person)
		code = sign_off_ask(call, change, "decision", id, "agrees", d->agreed_by, err);
	return code;
}

static enum err_code record(struct call *call, const struct deciding *d, struct err *err)
{
	char id[IDENT_SIZE];
	long long version = 0;
	ident_new(id);
	enum err_code code = insert(call, d, id, &version, err);
	if (code != ERR_NONE)
		return code;
	const struct followup_change change = followup_change_of(call, d->referral, version);
	if (d->facts.was_closed)
		code = closure_reopened(call, &change, "protection", NULL, NULL, err);
	if (code == ERR_NONE)
		code = decision_overtaken(call, &change, d->children, "decided_again", err);
	if (code == ERR_NONE)
		code = ask_others(call, d, &change, id, err);
	if (code == ERR_NONE && !d->waits)
		code = deciding_tell_policy(call, d, &change, err);
	if (code == ERR_NONE)
		code = followup_refresh(&change, err);
	return code == ERR_NONE ? referral_answer_listed(call, d->referral, decision_of_referral, id, err) : code;
}

/* Protection does not wait for another reading: that the referral has changed since is noted. */
static enum err_code check_unchanged(struct call *call, struct deciding *d, const PGresult *referral, struct err *err)
{
	enum err_code code = referral_check_unchanged(call, referral, err);
	d->stale = code == ERR_STALE_VERSION;
	return d->stale && d->protects ? ERR_NONE : code;
}

static enum err_code work(struct call *call, void *ctx, struct err *err)
{
	struct deciding d = *(const struct deciding *)ctx; /* a second try starts from nothing */
	PGRESULT_AUTO PGresult *referral = NULL;
	PGRESULT_AUTO PGresult *found = NULL;
	enum err_code code = referral_lock(call, d.referral, &referral, err);
	if (code == ERR_NONE)
		code = check_unchanged(call, &d, referral, err);
	if (code == ERR_NONE)
		code = call_run(call, &SQL_decision_facts,
				DB_VALUES(call->caller.partnership, d.referral, call->caller.staff_id,
					  json_text(call->body, "authorised_by"), json_text(call->body, "agreed_by"),
					  json_text(call->body, "decided_at"), d.children, d.outcome),
				&found, err);
	if (code != ERR_NONE)
		return code;
	d.state_before = rows_text(referral, 0, "state");
	d.found = found;
	code = judge(call, &d, err);
	return code == ERR_NONE ? record(call, &d, err) : code;
}

enum err_code decision_record(struct call *call, struct err *err)
{
	enum err_code code = call_person(call, err);
	if (code != ERR_NONE)
		return code;
	struct deciding d = {
		.referral = call_parameter(call, "referral_id"),
		.outcome = json_text(call->body, "outcome"),
		.final = strcmp(json_text(call->body, "stage"), "final") == 0,
		.children = call_ids(call, "children"),
	};
	d.protects = decision_protects(d.outcome);
	if (!d.protects && !caller_has(&call->caller, ROLES_HUB))
		return err_set(err, ERR_FORBIDDEN, "", "out of hours only decisions that protect a child are taken");
	return call_write(call, work, &d, err);
}
