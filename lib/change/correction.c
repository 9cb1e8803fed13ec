/* Corrections: the record as the client sees it, the patch on it, and what follows for the rows. No statements here. */
#include "change/correction.h"

#include <string.h>

#include "base/json.h"
#include "change/change.h"
#include "referral/people.h"
#include "referral/record.h"
#include "referral/topics.h"

#include "base/banned.h"

enum { TEXT_MAX = 16 << 20 };

static const char *arena_text(struct call *call, struct buf *buf)
{
	const char *text = arena_strndup(call->arena, buf_text(buf), buf->size);
	buf_release(buf);
	return text;
}

static const char *json_in_arena(struct call *call, const json_t *json)
{
	struct buf out;
	buf_init(&out, TEXT_MAX);
	json_write(&out, json);
	return arena_text(call, &out);
}

static enum err_code read_stored(const char *text, json_t **ret_json, struct err *err)
{
	if (json_read(text, strlen(text), ret_json, err) != ERR_NONE)
		return err_set(err, ERR_INTERNAL, "", "a stored document cannot be read");
	return ERR_NONE;
}

static bool is_people(const char *member)
{
	return strcmp(member, "children") == 0 || strcmp(member, "household") == 0;
}

/* ---- the record before ---- */

static enum err_code add_people(json_t *before, const PGresult *people, struct err *err)
{
	(void)json_object_set_new(before, "children", json_array());
	(void)json_object_set_new(before, "household", json_array());
	for (int row = 0; row < PQntuples(people); row++) {
		json_t *person = NULL;
		enum err_code code = read_stored(rows_text(people, row, "document"), &person, err);
		if (code != ERR_NONE)
			return code;
		(void)json_object_set_new(person, "id", json_string(rows_text(people, row, "id")));
		(void)json_array_append_new(json_object_get(before, rows_text(people, row, "list")), person);
	}
	return ERR_NONE;
}

/* What has a column stands there as it counts, which need not be what was sent. */
static enum err_code record_before(const PGresult *record, const PGresult *people, const json_t *document,
				   json_t **ret_before, struct err *err)
{
	json_t *before = json_object();
	for (size_t i = 0; change_member(i) != NULL; i++) {
		json_t *value = json_object_get(document, change_member(i));
		if (value != NULL)
			(void)json_object_set(before, change_member(i), value);
	}
	const char *incident = rows_text(record, 0, "incident_reference");
	(void)json_object_set_new(before, "source", json_string(rows_text(record, 0, "source")));
	(void)json_object_set_new(before, "immediate_protection_needed",
				  json_boolean(rows_bool(record, 0, "immediate_protection_needed")));
	if (incident != NULL)
		(void)json_object_set_new(before, "incident_reference", json_string(incident));
	else
		(void)json_object_del(before, "incident_reference");
	enum err_code code = add_people(before, people, err);
	if (code == ERR_NONE)
		*ret_before = before;
	else
		json_decref(before);
	return code;
}

/* ---- the record after ---- */

static json_t *patch_of(const json_t *body)
{
	json_t *patch = json_object();
	for (size_t i = 0; change_member(i) != NULL; i++) {
		json_t *value = json_object_get(body, change_member(i));
		if (value != NULL)
			(void)json_object_set(patch, change_member(i), value);
	}
	return patch;
}

/* Ids as they are stored, new ones for new people; what else getReferral shows of a person is not theirs to change. */
static void name_people(const json_t *before, json_t *after)
{
	size_t i;
	json_t *person;
	json_array_foreach(after, i, person)
	{
		size_t k;
		json_t *known;
		char id[IDENT_SIZE];
		const char *sent = json_text(person, "id");
		ident_new(id);
		json_array_foreach(before, k, known)
		{
			if (sent != NULL && strcasecmp(json_text(known, "id"), sent) == 0)
				memcpy(id, json_text(known, "id"), sizeof id);
		}
		(void)json_object_set_new(person, "id", json_string(id));
		(void)json_object_del(person, "origin");
		(void)json_object_del(person, "person_id");
	}
}

static enum err_code record_after(struct call *call, const json_t *body, const json_t *before, json_t **ret_after,
				  struct err *err)
{
	static const char *const lists[] = {"children", "household"};
	JSON_AUTO json_t *patch = patch_of(body);
	JSON_AUTO json_t *after = change_merge(before, patch);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const json_t *list = json_object_get(before, lists[i]);
		json_t *changed = json_object_get(after, lists[i]);
		enum err_code code = change_check_people(list, changed, arena_printf(call->arena, "/%s", lists[i]),
							 call->arena, err);
		if (code != ERR_NONE)
			return code;
		name_people(list, changed);
	}
	*ret_after = json_incref(after);
	return ERR_NONE;
}

/* The stored document with what differs. */
static json_t *document_after(const json_t *document, const json_t *before, const json_t *after)
{
	json_t *changed = json_deep_copy(document);
	for (size_t i = 0; change_member(i) != NULL; i++) {
		const char *member = change_member(i);
		json_t *value = json_object_get(after, member);
		const json_t *old = json_object_get(before, member);
		if (is_people(member) || value == old || (value != NULL && old != NULL && json_equal(value, old)))
			continue;
		if (value == NULL)
			(void)json_object_del(changed, member);
		else
			(void)json_object_set(changed, member, value);
	}
	return changed;
}

static bool is_born(const PGresult *people, const char *id)
{
	for (int row = 0; row < PQntuples(people); row++) {
		if (strcmp(rows_text(people, row, "id"), id) == 0)
			return rows_bool(people, row, "is_born");
	}
	return false;
}

/* As an agency would have sent it. A child whose birth was recorded keeps the date that was expected, and that is no fault. */
static json_t *body_of(const PGresult *record, const json_t *document, const json_t *after, const PGresult *people)
{
	static const char *const lists[] = {"children", "household"};
	json_t *body = json_copy((json_t *)document);
	(void)json_object_set_new(body, "received_at", json_string(rows_text(record, 0, "received_at")));
	for (size_t n = 0; n < sizeof lists / sizeof *lists; n++) {
		json_t *list = json_deep_copy(json_object_get(after, lists[n]));
		size_t i;
		json_t *person;
		json_array_foreach(list, i, person)
		{
			if (is_born(people, json_text(person, "id")))
				(void)json_object_del(person, "expected_date_of_delivery");
			(void)json_object_del(person, "id");
		}
		(void)json_object_set_new(body, lists[n], list);
	}
	return body;
}

/* ---- what the rules say of it ---- */

static void add_issue(json_t *issues, const char *pointer, const char *code, json_t *value)
{
	size_t i;
	json_t *issue;
	json_array_foreach(issues, i, issue)
	{
		if (strcmp(json_text(issue, "pointer"), pointer) == 0 && strcmp(json_text(issue, "code"), code) == 0)
			return;
	}
	issue = json_object();
	(void)json_object_set_new(issue, "pointer", json_string(pointer));
	(void)json_object_set_new(issue, "code", json_string(code));
	(void)json_object_set_new(issue, "value_as_sent", value);
	(void)json_array_append_new(issues, issue);
}

/* What was found at receipt about the post itself, and no correction mends. */
static void keep_issues(json_t *issues, const json_t *before)
{
	static const char *const of_the_post[] = {"/agency_reference", "/channel", "/received_at", "/record_kind"};
	size_t i;
	json_t *issue;
	json_array_foreach(before, i, issue)
	{
		for (size_t k = 0; k < sizeof of_the_post / sizeof *of_the_post; k++) {
			if (strcmp(json_text(issue, "pointer"), of_the_post[k]) == 0)
				add_issue(issues, of_the_post[k], json_text(issue, "code"),
					  json_incref(json_object_get(issue, "value_as_sent")));
		}
	}
}

/* The ceiling of the record's issues, kept as record_issues_text() does. */
static void leave_out(json_t *issues, size_t n_found, size_t left_out)
{
	size_t all = json_array_size(issues) + left_out;
	if (all <= RECORD_ISSUES_MAX)
		return;
	while (json_array_size(issues) >= RECORD_ISSUES_MAX && n_found > 0)
		(void)json_array_remove(issues, --n_found);
	add_issue(issues, "", "too_many_issues", json_integer((json_int_t)(all - json_array_size(issues))));
}

static enum err_code find_issues(struct call *call, const PGresult *record, const json_t *body, const char **ret_issues,
				 struct err *err)
{
	const struct contract *contract = call->house->contract;
	JSON_AUTO json_t *before = NULL;
	JSON_AUTO json_t *issues = json_array();
	struct quality_issues found = {0};
	contract_check_quality(contract, contract_operation_by_id(contract, "createReferral"), body, call_now_us(call),
			       call->arena, &found);
	for (size_t i = 0; i < found.n; i++) {
		const json_t *value = found.items[i].value;
		add_issue(issues, found.items[i].pointer, found.items[i].code,
			  value == NULL ? json_null() : json_deep_copy(value));
	}
	enum err_code code = read_stored(rows_text(record, 0, "quality_issues"), &before, err);
	if (code != ERR_NONE)
		return code;
	size_t n_found = json_array_size(issues);
	keep_issues(issues, before);
	leave_out(issues, n_found, found.left_out);
	*ret_issues = json_in_arena(call, issues);
	return ERR_NONE;
}

static bool is_among(const json_t *codes, const char *code)
{
	size_t i;
	json_t *item;
	json_array_foreach(codes, i, item)
	{
		if (strcmp(json_string_value(item), code) == 0)
			return true;
	}
	return false;
}

static bool is_offered(const char *const *offered, size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(offered[i], code) == 0)
			return true;
	}
	return false;
}

/*
 * A correction may raise topics, those that the record before did not raise: what further posts have answered since stays so.
 * It takes none away: to judge against a material one needs a screening, and two people.
 */
static enum err_code find_topics(struct call *call, const PGresult *record, const json_t *before, const json_t *body,
				 const char **ret_topics, struct err *err)
{
	JSON_AUTO json_t *codes = NULL;
	const char *offered[TOPICS_MAX];
	const char *known[TOPICS_MAX];
	enum err_code code = read_stored(rows_text(record, 0, "topics_offered"), &codes, err);
	if (code != ERR_NONE)
		return code;
	size_t n = topics_offered(body, offered);
	size_t n_known = topics_offered(before, known);
	for (size_t i = 0; i < n; i++) {
		if (!is_offered(known, n_known, offered[i]) && !is_among(codes, offered[i]))
			(void)json_array_append_new(codes, json_string(offered[i]));
	}
	struct buf out;
	buf_init(&out, 4096);
	buf_add_char(&out, '{');
	for (size_t i = 0; topic_code(i) != NULL; i++) {
		if (is_among(codes, topic_code(i)))
			buf_printf(&out, "%s%s", out.size > 1 ? "," : "", topic_code(i));
	}
	buf_add_char(&out, '}');
	*ret_topics = arena_text(call, &out);
	return ERR_NONE;
}

/* ---- rows ---- */

static const char *changed_people(struct call *call, const json_t *before, const json_t *after,
				  void (*write)(struct buf *out, const json_t *person, const char *id, size_t ordinal))
{
	struct buf out;
	size_t i;
	json_t *person;
	buf_init(&out, TEXT_MAX);
	buf_add_char(&out, '[');
	json_array_foreach(after, i, person)
	{
		if (i < json_array_size(before) && json_equal(json_array_get(before, i), person))
			continue;
		JSON_AUTO json_t *document = json_copy(person);
		(void)json_object_del(document, "id");
		if (out.size > 1)
			buf_add_char(&out, ',');
		write(&out, document, json_text(person, "id"), i);
	}
	buf_add_char(&out, ']');
	return arena_text(call, &out);
}

static void write_values(struct call *call, const json_t *before, const json_t *after, const json_t *document,
			 struct correction *c)
{
	const json_t *children = json_object_get(after, "children");
	c->document = json_in_arena(call, document);
	c->source = arena_strdup(call->arena, json_text(after, "source"));
	c->incident_reference = arena_strdup(call->arena, json_text(after, "incident_reference"));
	c->immediate_protection_needed = json_is_true(json_object_get(after, "immediate_protection_needed"));
	c->claims_protection = c->immediate_protection_needed &&
			       !json_is_true(json_object_get(before, "immediate_protection_needed"));
	c->child_names = people_child_names(call->arena, children);
	c->child_count = arena_printf(call->arena, "%zu", json_array_size(children));
	c->children = changed_people(call, json_object_get(before, "children"), children, people_write_child);
	c->household = changed_people(call, json_object_get(before, "household"), json_object_get(after, "household"),
				      people_write_person);
}

static enum err_code judge(struct call *call, const PGresult *record, const PGresult *people, const json_t *before,
			   const json_t *document, const json_t *after, struct correction *c, struct err *err)
{
	JSON_AUTO json_t *was = NULL;
	JSON_AUTO json_t *body = body_of(record, document, after, people);
	enum err_code code = contract_check_schema(call->house->contract, "ReferralRequest", body, call->arena, err);
	if (code == ERR_NONE)
		code = find_issues(call, record, body, &c->issues, err);
	if (code == ERR_NONE)
		code = read_stored(rows_text(record, 0, "document"), &was, err);
	if (code != ERR_NONE)
		return code;
	JSON_AUTO json_t *body_before = body_of(record, was, before, people);
	return find_topics(call, record, body_before, body, &c->topics, err);
}

enum err_code correction_make(struct call *call, const json_t *patch, const PGresult *record, const PGresult *people,
			      struct correction *ret_correction, struct err *err)
{
	JSON_AUTO json_t *document = NULL;
	JSON_AUTO json_t *before = NULL;
	JSON_AUTO json_t *after = NULL;
	struct correction c = {0};
	enum err_code code = read_stored(rows_text(record, 0, "document"), &document, err);
	if (code == ERR_NONE)
		code = record_before(record, people, document, &before, err);
	if (code == ERR_NONE)
		code = record_after(call, patch, before, &after, err);
	if (code != ERR_NONE)
		return code;
	JSON_AUTO json_t *differences = change_differences(before, after, call->arena);
	JSON_AUTO json_t *changed = document_after(document, before, after);
	c.any = json_array_size(differences) > 0;
	c.adds_child = json_array_size(json_object_get(after, "children")) >
		       json_array_size(json_object_get(before, "children"));
	c.differences = json_in_arena(call, differences);
	if (c.any) {
		code = judge(call, record, people, before, changed, after, &c, err);
		if (code != ERR_NONE)
			return code;
		write_values(call, before, after, changed, &c);
	}
	*ret_correction = c;
	return ERR_NONE;
}
