/* Writes a record as the JSON that its statements take. */
#include <string.h>

#include "base/json.h"
#include "referral/people.h"
#include "referral/record.h"

#include "base/banned.h"

enum { RECORD_MAX = 16 << 20 };

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

static void add_people(struct buf *out, const char *name, const json_t *list, size_t first,
		       void (*write)(struct buf *out, const json_t *person, const char *id, size_t ordinal))
{
	size_t i;
	json_t *person;
	add_name(out, name);
	buf_add_char(out, '[');
	json_array_foreach(list, i, person)
	{
		char id[IDENT_SIZE];
		ident_new(id);
		if (i > 0)
			buf_add_char(out, ',');
		write(out, person, id, first + i);
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

static void add_issues(struct buf *out, const struct quality_issue *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_add_text(out, out->size == 1 ? "{" : ",{");
		add_text(out, "pointer", items[i].pointer);
		add_text(out, "code", items[i].code);
		add_name(out, "value_as_sent");
		add_json(out, items[i].value);
		buf_add_char(out, '}');
	}
}

const char *record_issues_text(struct call *call, const struct record *record)
{
	const struct quality_issues *found = &record->found;
	const struct record_issues *own = &record->own;
	size_t all = found->n + found->left_out + own->n;
	size_t n = found->n;
	if (all > RECORD_ISSUES_MAX && n > RECORD_ISSUES_MAX - 1 - own->n)
		n = RECORD_ISSUES_MAX - 1 - own->n;
	struct buf out;
	buf_init(&out, RECORD_MAX);
	buf_add_char(&out, '[');
	add_issues(&out, found->items, n);
	add_issues(&out, own->items, own->n);
	if (all > n + own->n)
		buf_printf(&out, ",{\"pointer\":\"\",\"code\":\"too_many_issues\",\"value_as_sent\":%zu}",
			   all - n - own->n);
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
	add_text(out, "first_key_id", call->caller.first_key_id);
	add_text(out, "operation", call->operation->id);
	add_text(out, "idempotency_key", call_parameter(call, "Idempotency-Key"));
	add_text(out, "id", record->id);
	add_text(out, "reference", record->reference);
	add_text(out, "agency_id", record->agency_id);
	add_text(out, "agency_reference", record->agency_reference);
	add_text(out, "folded_reference", record->folded_reference);
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
	add_text(out, "policy", policy_title(call_policy(call)));
	add_text(out, "policy_id", policy_id(call_policy(call)));
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
	add_people(&out, "children", record->children, record->first_child, people_write_child);
	add_people(&out, "household", record->household, record->first_person, people_write_person);
	add_name(&out, "follow_ups");
	record_write_openings(&out, record, call_policy(call));
	buf_add_char(&out, '}');
	const char *text = arena_strndup(call->arena, buf_text(&out), out.size);
	buf_release(&out);
	return text;
}
