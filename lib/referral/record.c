/* Decides what a checked body becomes. */
#include "referral/record.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "referral/people.h"

#include "base/banned.h"

/* Does one of the issues speak against this member of the body? One that is merely long is as good as any. */
static bool has_issue(const struct quality_issues *issues, const char *member)
{
	for (size_t i = 0; i < issues->n; i++) {
		const char *pointer = issues->items[i].pointer;
		bool speaks_against = strcmp(issues->items[i].code, "too_long") != 0;
		if (speaks_against && pointer[0] == '/' && strcmp(pointer + 1, member) == 0)
			return true;
	}
	return false;
}

/* The text of a member of the body that none of them speaks against. */
static const char *clean(const struct call *call, const struct quality_issues *issues, const char *member)
{
	const char *text = json_said(call->body, member);
	return text == NULL || has_issue(issues, member) ? NULL : text;
}

/* As the columns agency_reference_folded in the database (0016). */
static const char *fold(struct arena *arena, const char *reference)
{
	static const char space[] = " \t\n\v\f\r";
	if (reference == NULL)
		return NULL;
	char *folded = arena_strdup(arena, reference);
	size_t n = 0;
	for (const char *c = reference + strspn(reference, space); *c != '\0';) {
		size_t word = strcspn(c, space);
		memcpy(folded + n, c, word);
		n += word;
		c += word + strspn(c + word, space);
		if (*c != '\0')
			folded[n++] = ' ';
	}
	folded[n] = '\0';
	return folded;
}

void record_add_issue(struct call *call, struct record *record, const char *pointer, const char *code,
		      const json_t *value)
{
	struct record_issues *own = &record->own;
	if (own->n == own->room) {
		own->room = own->room == 0 ? 8 : own->room * 2;
		struct quality_issue *items = arena_array(call->arena, own->room, sizeof *items);
		if (own->n > 0)
			memcpy(items, own->items, own->n * sizeof *items);
		own->items = items;
	}
	own->items[own->n++] = (struct quality_issue){.pointer = pointer, .code = code, .value = value};
}

static void check_quality(struct call *call, const json_t *body, struct quality_issues *ret_issues)
{
	contract_check_quality(call->house->contract, call->operation, body, call_now_us(call), call->arena,
			       ret_issues);
}

/* The issues of the members that become columns: no fault of theirs may hide among those that were left out. */
static void check_columns(struct call *call, const struct record *record, struct quality_issues *ret_issues)
{
	static const char *const columns[] = {"agency_reference", "incident_reference", "channel", "record_kind",
					      "source",           "received_at"};
	*ret_issues = record->found;
	if (record->found.left_out == 0)
		return;
	JSON_AUTO json_t *members = json_object();
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		(void)json_object_set(members, columns[i], json_object_get(call->body, columns[i]));
	check_quality(call, members, ret_issues);
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
static const char *choose_channel(struct call *call, const struct quality_issues *issues, struct record *record)
{
	const char *asked = clean(call, issues, "channel");
	bool from_agency = record->agency_id != NULL;
	const char *fallback = from_agency ? "api" : "phone";
	if (asked == NULL) {
		if (!from_agency && !has_issue(issues, "channel"))
			record_add_issue(call, record, "/channel", "missing", NULL);
		return fallback;
	}
	bool allowed = from_agency ? is_electronic(asked) : strcmp(asked, "api") != 0;
	if (allowed && strcmp(asked, "census_import") != 0)
		return asked;
	record_add_issue(call, record, "/channel", "channel_not_allowed", json_object_get(call->body, "channel"));
	return fallback;
}

/* Staff may record a past receipt, never a future one; an agency's is the moment of arrival. */
static const char *choose_received_at(struct call *call, const struct quality_issues *issues, struct record *record)
{
	const json_t *value = json_object_get(call->body, "received_at");
	const char *text = clean(call, issues, "received_at");
	if (text == NULL)
		return NULL;
	int64_t us;
	if (record->agency_id != NULL || !clock_parse_instant(text, &us)) {
		record_add_issue(call, record, "/received_at", "received_at_ignored", value);
		return NULL;
	}
	if (us > call_now_us(call)) {
		record_add_issue(call, record, "/received_at", "received_at_in_future", value);
		return NULL;
	}
	char exact[CLOCK_TEXT_SIZE];
	clock_instant_text(us, exact);
	return arena_strdup(call->arena, exact);
}

static void add_facts(struct call *call, struct record *record)
{
	struct quality_issues issues;
	check_columns(call, record, &issues);
	if (call->caller.agency_id[0] != '\0')
		record->agency_id = arena_strdup(call->arena, call->caller.agency_id);
	record->agency_reference = clean(call, &issues, "agency_reference");
	record->folded_reference = fold(call->arena, record->agency_reference);
	record->incident_reference = clean(call, &issues, "incident_reference");
	record->channel = choose_channel(call, &issues, record);
	record->received_at = choose_received_at(call, &issues, record);
	const char *kind = clean(call, &issues, "record_kind");
	record->record_kind = kind != NULL ? kind : "request_for_service";
	const char *source = clean(call, &issues, "source");
	if (source == NULL)
		source = call->caller.default_source[0] != '\0' ? call->caller.default_source : "10";
	record->source = arena_strdup(call->arena, source);
	record->immediate_protection_needed = json_is_true(json_object_get(call->body, "immediate_protection_needed"));
	record->rating = record->immediate_protection_needed ? "red" : "amber";
}

struct record *record_new(struct call *call)
{
	struct record *record = arena_alloc(call->arena, sizeof *record);
	check_quality(call, call->body, &record->found);
	add_facts(call, record);
	ident_new(record->id);
	ident_new(record->submission_id);
	ident_reference_new(record->reference);
	/* The content's part of the request's digest: one hash serves both. */
	record->body_digest = arena_strndup(call->arena, call_body_digest(call), JSON_DIGEST_SIZE - 1);
	record->children = json_object_get(call->body, "children");
	record->household = json_object_get(call->body, "household");
	record->child_names = people_child_names(call->arena, record->children);
	record->n_topics = topics_offered(call->body, record->topics);
	const struct policy_facts facts = record_facts(call, record);
	record->n_opens = policy_opens(call_policy(call), "referral.received", &facts, record->opens);
	if (strcmp(record->rating, "red") == 0)
		record->n_duty = policy_opens(call_policy(call), "out_of_hours.needed", &facts, record->duty);
	return record;
}
