/* Turns a checked body into a record. */
#include "referral/record.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "referral/quality.h"

#include "base/banned.h"

enum { RECORD_MAX = 16 << 20, CHILD_NAMES_MAX = 200, ISSUES_MAX = 510 };

/* ---- reading the body ---- */

static bool has_issue(const struct record *record, const char *pointer)
{
	for (size_t i = 0; i < record->issues.n; i++) {
		if (strcmp(record->issues.items[i].pointer, pointer) == 0)
			return true;
	}
	return false;
}

/* The text of a member that no quality issue speaks against. */
static const char *clean(const struct record *record, const json_t *body, const char *member, const char *pointer)
{
	const char *text = json_text(body, member);
	return text == NULL || *text == '\0' || has_issue(record, pointer) ? NULL : text;
}

void record_add_issue(struct call *call, struct record *record, const char *pointer, const char *code,
		      const json_t *value)
{
	(void)call;
	if (record->issues.n < ISSUES_MAX)
		record->issues.items[record->issues.n++] = (struct quality_issue){
			.pointer = pointer, .code = code, .value = value};
}

static void check_quality(struct call *call, struct record *record)
{
	struct quality_issues found = {0};
	contract_check_quality(call->house->contract, call->operation, call->body, call->arena, &found);
	record->issues.items = arena_array(call->arena, ISSUES_MAX, sizeof *record->issues.items);
	record->issues.n = found.n < ISSUES_MAX - 10 ? found.n : ISSUES_MAX - 10;
	if (record->issues.n > 0)
		memcpy(record->issues.items, found.items, record->issues.n * sizeof *found.items);
}

static bool is_electronic(const char *channel)
{
	static const char *const electronic[] = {"api", "web_form", "secure_email", "file_transfer"};
	for (size_t i = 0; i < sizeof electronic / sizeof *electronic; i++) {
		if (strcmp(electronic[i], channel) == 0)
			return true;
	}
	return false;
}

/* An agency's system comes in electronically; staff record what came otherwise. Census history has its own door. */
static const char *choose_channel(struct call *call, struct record *record)
{
	const char *asked = clean(record, call->body, "channel", "/channel");
	bool from_agency = record->agency_id != NULL;
	const char *fallback = from_agency ? "api" : "phone";
	if (asked == NULL) {
		if (!from_agency && !has_issue(record, "/channel"))
			record_add_issue(call, record, "/channel", "missing", NULL);
		return fallback;
	}
	bool allowed = from_agency ? is_electronic(asked) : strcmp(asked, "api") != 0;
	if (allowed && strcmp(asked, "census_import") != 0)
		return asked;
	record_add_issue(call, record, "/channel", "channel_not_allowed", json_object_get(call->body, "channel"));
	return fallback;
}

static int64_t now_us(const struct call *call)
{
	int64_t us;
	if (call->scope.now != NULL && clock_parse_instant(call->scope.now, &us))
		return us;
	return (int64_t)clock_unix_ms() * 1000;
}

/* Staff may record a past receipt, never a future one; an agency's is the moment of arrival. */
static const char *choose_received_at(struct call *call, struct record *record)
{
	const json_t *value = json_object_get(call->body, "received_at");
	const char *text = clean(record, call->body, "received_at", "/received_at");
	if (text == NULL)
		return NULL;
	int64_t us;
	if (record->agency_id != NULL || !clock_parse_instant(text, &us)) {
		record_add_issue(call, record, "/received_at", "received_at_ignored", value);
		return NULL;
	}
	if (us > now_us(call)) {
		record_add_issue(call, record, "/received_at", "received_at_in_future", value);
		return NULL;
	}
	char exact[CLOCK_TEXT_SIZE];
	clock_instant_text(us, exact);
	return arena_strdup(call->arena, exact);
}

/* The first character of a name, however many bytes it has. */
static int initial_size(const char *name)
{
	int n = 1;
	while (((unsigned char)name[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* "A. Example, B. Example", cut at a whole name. */
static const char *names_of(struct call *call)
{
	struct buf names;
	buf_init(&names, CHILD_NAMES_MAX);
	size_t i;
	json_t *child;
	json_array_foreach(json_object_get(call->body, "children"), i, child)
	{
		const char *first = json_text(child, "first_name");
		const char *family = json_text(child, "family_name");
		if ((first == NULL || *first == '\0') && (family == NULL || *family == '\0'))
			continue;
		size_t before = names.size;
		if (before > 0)
			buf_add_text(&names, ", ");
		if (first != NULL && *first != '\0')
			buf_printf(&names, "%.*s.%s", initial_size(first), first, family != NULL ? " " : "");
		buf_add_text(&names, family != NULL ? family : "");
		if (names.overflow) {
			names.size = before;
			names.overflow = false;
			break;
		}
	}
	const char *text = arena_strndup(call->arena, buf_text(&names), names.size);
	buf_release(&names);
	return text;
}

static void add_facts(struct call *call, struct record *record)
{
	const json_t *body = call->body;
	if (call->caller.agency_id[0] != '\0')
		record->agency_id = arena_strdup(call->arena, call->caller.agency_id);
	record->agency_reference = clean(record, body, "agency_reference", "/agency_reference");
	record->incident_reference = clean(record, body, "incident_reference", "/incident_reference");
	record->channel = choose_channel(call, record);
	record->received_at = choose_received_at(call, record);
	const char *kind = clean(record, body, "record_kind", "/record_kind");
	record->record_kind = kind != NULL ? kind : "request_for_service";
	const char *source = clean(record, body, "source", "/source");
	if (source == NULL)
		source = call->caller.default_source[0] != '\0' ? call->caller.default_source : "10";
	record->source = arena_strdup(call->arena, source);
	record->immediate_protection_needed = json_is_true(json_object_get(body, "immediate_protection_needed"));
	record->rating = record->immediate_protection_needed ? "red" : "amber";
}

struct record *record_new(struct call *call)
{
	struct record *record = arena_alloc(call->arena, sizeof *record);
	check_quality(call, record);
	add_facts(call, record);
	ident_new(record->id);
	ident_new(record->submission_id);
	ident_reference_new(record->reference);
	/* The content's part of the request's digest: one hash serves both. */
	record->body_digest = arena_strndup(call->arena, call_body_digest(call), JSON_DIGEST_SIZE - 1);
	record->child_names = names_of(call);
	record->n_topics = topics_offered(call->body, record->topics);
	const struct policy_facts facts = {record->rating, record->immediate_protection_needed};
	record->n_due = policy_opens(call->house->policy, "received", &facts, record->due);
	return record;
}

/* ---- writing it ---- */

static void add_name(struct buf *out, const char *name)
{
	char last = out->size == 0 ? '{' : out->data[out->size - 1];
	if (last != '{')
		buf_add_char(out, ',');
	buf_add_char(out, '"');
	buf_add_text(out, name);
	buf_add_text(out, "\":");
}

static void add_text(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return; /* absent and null are the same to jsonb_to_recordset */
	add_name(out, name);
	buf_add_json_string(out, value, strlen(value));
}

static void add_flag(struct buf *out, const char *name, bool value)
{
	add_name(out, name);
	buf_add_text(out, value ? "true" : "false");
}

static void add_json(struct buf *out, const json_t *json)
{
	if (json == NULL)
		buf_add_text(out, "null");
	else
		json_write(out, json);
}

static void add_new_id(struct buf *out, const char *name)
{
	char id[IDENT_SIZE];
	ident_new(id);
	add_text(out, name, id);
}

/* A date that can be read, else nothing: a faulty one stands in the document alone. */
static void add_date(struct buf *out, const json_t *person, const char *member)
{
	const char *text = json_text(person, member);
	int day;
	if (text != NULL && clock_parse_date(text, &day))
		add_text(out, member, text);
}

static void add_child(struct buf *out, const json_t *child, size_t ordinal)
{
	buf_add_char(out, '{');
	add_new_id(out, "id");
	buf_printf(out, ",\"ordinal\":%zu", ordinal);
	add_date(out, child, "date_of_birth");
	add_date(out, child, "expected_date_of_delivery");
	const char *nhs_number = json_text(child, "nhs_number");
	const char *upn = json_text(child, "upn");
	add_text(out, "nhs_number", quality_nhs_number(nhs_number) ? nhs_number : NULL);
	add_text(out, "upn", quality_upn(upn) ? upn : NULL);
	add_name(out, "document");
	add_json(out, child);
	buf_add_char(out, '}');
}

static void add_person(struct buf *out, const json_t *person, size_t ordinal)
{
	buf_add_char(out, '{');
	add_new_id(out, "id");
	buf_printf(out, ",\"ordinal\":%zu", ordinal);
	add_date(out, person, "date_of_birth");
	add_name(out, "document");
	add_json(out, person);
	buf_add_char(out, '}');
}

static void add_list(struct buf *out, const char *name, const json_t *list,
		     void (*add)(struct buf *out, const json_t *item, size_t ordinal))
{
	size_t i;
	json_t *item;
	add_name(out, name);
	buf_add_char(out, '[');
	json_array_foreach(list, i, item)
	{
		if (i > 0)
			buf_add_char(out, ',');
		add(out, item, i);
	}
	buf_add_char(out, ']');
}

/* The body without what has rows of its own. */
static void add_document(struct buf *out, json_t *body)
{
	const char *name;
	json_t *value;
	add_name(out, "document");
	buf_add_char(out, '{');
	json_object_foreach(body, name, value)
	{
		if (strcmp(name, "children") == 0 || strcmp(name, "household") == 0)
			continue;
		if (out->data[out->size - 1] != '{')
			buf_add_char(out, ',');
		buf_add_json_string(out, name, strlen(name));
		buf_add_char(out, ':');
		add_json(out, value);
	}
	buf_add_char(out, '}');
}

static void add_follow_ups(struct buf *out, const struct record *record)
{
	add_name(out, "follow_ups");
	buf_add_char(out, '[');
	for (size_t i = 0; i < record->n_due; i++) {
		const struct policy_due *due = &record->due[i];
		/* For `api` the 201 is the acknowledgement (DOMAIN section 3). */
		bool met = strcmp(due->kind, "acknowledge") == 0 && strcmp(record->channel, "api") == 0;
		buf_add_text(out, i == 0 ? "{" : ",{");
		add_new_id(out, "id");
		add_text(out, "kind", due->kind);
		add_text(out, "unit", due->unit);
		add_name(out, "amount");
		buf_add_text(out, due->amount);
		add_text(out, "rule", due->rule);
		add_text(out, "source", due->source);
		add_flag(out, "met", met);
		add_new_id(out, "opened_event");
		if (met)
			add_new_id(out, "met_event");
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

const char *record_issues_text(struct call *call, const struct record *record)
{
	struct buf out;
	buf_init(&out, RECORD_MAX);
	buf_add_char(&out, '[');
	for (size_t i = 0; i < record->issues.n; i++) {
		const struct quality_issue *issue = &record->issues.items[i];
		buf_add_text(&out, i == 0 ? "{" : ",{");
		add_text(&out, "pointer", issue->pointer);
		add_text(&out, "code", issue->code);
		add_name(&out, "value_as_sent");
		add_json(&out, issue->value);
		buf_add_char(&out, '}');
	}
	buf_add_char(&out, ']');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}

void record_write_topics(struct buf *out, const char *const *codes, size_t n)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s{\"code\":\"%s\",\"weight\":\"%s\"}", i == 0 ? "" : ",", codes[i],
			   topic_weight(codes[i]));
	buf_add_char(out, ']');
}

/* Codes are plain words: an array of PostgreSQL needs no quoting. */
static void add_topics(struct buf *out, const struct record *record)
{
	add_name(out, "topics_offered");
	buf_add_text(out, "\"{");
	for (size_t i = 0; i < record->n_topics; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : ",", record->topics[i]);
	buf_add_text(out, "}\"");
}

static void add_plain_members(struct buf *out, struct call *call, const struct record *record)
{
	add_text(out, "key_id", call->caller.key_id);
	add_text(out, "operation", call->operation->id);
	add_text(out, "idempotency_key", call_parameter(call, "Idempotency-Key"));
	add_text(out, "id", record->id);
	add_text(out, "reference", record->reference);
	add_text(out, "agency_id", record->agency_id);
	add_text(out, "agency_reference", record->agency_reference);
	add_flag(out, "reference_reused", record->reference_reused);
	add_text(out, "incident_reference", record->incident_reference);
	add_text(out, "channel", record->channel);
	add_text(out, "record_kind", record->record_kind);
	add_text(out, "source", record->source);
	add_text(out, "received_at", record->received_at);
	add_text(out, "rating", record->rating);
	add_flag(out, "immediate_protection_needed", record->immediate_protection_needed);
	add_text(out, "child_names", record->child_names);
	add_text(out, "submission_id", record->submission_id);
	add_text(out, "contract_version", contract_version(call->house->contract));
	add_text(out, "body_digest", record->body_digest);
	add_text(out, "policy", policy_title(call->house->policy));
	add_text(out, "actor_kind", caller_kind(&call->caller));
	add_text(out, "actor_id", caller_actor(&call->caller));
	add_text(out, "request_id", call->x->request_id);
}

const char *record_text(struct call *call, const struct record *record, bool plain)
{
	struct buf out;
	buf_init(&out, RECORD_MAX);
	buf_add_char(&out, '{');
	add_flag(&out, "plain", plain);
	add_plain_members(&out, call, record);
	add_topics(&out, record);
	add_new_id(&out, "event_id");
	add_document(&out, call->body);
	add_name(&out, "quality_issues");
	buf_add_text(&out, record_issues_text(call, record));
	add_name(&out, "body");
	buf_add_json_string(&out, call->x->body, call->x->body_size);
	add_list(&out, "children", json_object_get(call->body, "children"), add_child);
	add_list(&out, "household", json_object_get(call->body, "household"), add_person);
	add_follow_ups(&out, record);
	buf_add_char(&out, '}');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}
