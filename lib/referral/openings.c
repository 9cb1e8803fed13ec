/* What a receipt opens: the facts that the policy asks for, and its answer as the statement takes it. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "referral/record.h"

#include "base/banned.h"

/* ---- facts ---- */

static const char *const *categories(struct call *call)
{
	const json_t *concerns = json_object_get(call->body, "concerns");
	const char **list = arena_array(call->arena, json_array_size(concerns) + 1, sizeof *list);
	size_t n = 0;
	for (size_t i = 0; i < json_array_size(concerns); i++) {
		const char *category = json_text(json_array_get(concerns, i), "category");
		if (category != NULL)
			list[n++] = category;
	}
	return list;
}

/* The same as lib/followup/sql/facts.sql says of what is stored: a date that cannot be read is none. */
static bool any_child_unborn(struct call *call)
{
	const json_t *children = json_object_get(call->body, "children");
	for (size_t i = 0; i < json_array_size(children); i++) {
		const json_t *child = json_array_get(children, i);
		const char *born = json_text(child, "date_of_birth");
		const char *expected = json_text(child, "expected_date_of_delivery");
		const char *sex = json_text(child, "sex");
		int day;
		if (born != NULL && clock_parse_date(born, &day))
			continue;
		if ((expected != NULL && clock_parse_date(expected, &day)) || (sex != NULL && strcmp(sex, "U") == 0))
			return true;
	}
	return false;
}

static bool is_professional(struct call *call, const struct record *record)
{
	static const char *const not_professional[] = {"1A", "1B", "1C", "1D", "9", "10"};
	const char *kind = json_text(json_object_get(call->body, "referrer"), "kind");
	if (kind != NULL)
		return strcmp(kind, "professional") == 0;
	if (record->agency_id != NULL)
		return true;
	for (size_t i = 0; i < sizeof not_professional / sizeof *not_professional; i++) {
		if (strcmp(not_professional[i], record->source) == 0)
			return false;
	}
	return true;
}

struct policy_facts record_facts(struct call *call, const struct record *record)
{
	return (struct policy_facts){
		.rating = record->rating,
		.immediate_protection_needed = record->immediate_protection_needed,
		.channel = record->channel,
		.record_kind = record->record_kind,
		.source = record->source,
		.concern_categories = categories(call),
		.any_child_unborn = any_child_unborn(call),
		.professional = is_professional(call, record),
	};
}

/* ---- what it opens ---- */

static void add_member(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (out->data[out->size - 1] != '{')
		buf_add_char(out, ',');
	buf_printf(out, "\"%s\":", name);
	buf_add_json_string(out, value, strlen(value));
}

static void add_new_id(struct buf *out, const char *name)
{
	char id[IDENT_SIZE];
	ident_new(id);
	add_member(out, name, id);
}

static void add_bound(struct buf *out, const struct policy_due *latest)
{
	add_member(out, "latest_rule", latest->rule);
	add_member(out, "latest_unit", latest->unit);
	buf_printf(out, ",\"latest_amount\":%s", latest->amount);
}

static void add_hours(struct buf *out, enum policy_hours hours)
{
	if (hours != POLICY_ANY_HOUR)
		buf_printf(out, ",\"when_closed\":%s", hours == POLICY_OUT_OF_HOURS ? "true" : "false");
}

/* All but what is told of it when it is met with the receipt. */
static void add_opening(struct buf *out, const struct policy_opening *opening, const struct policy *policy, bool met)
{
	const struct policy_due *due = &opening->due;
	const struct policy_rule *rule = policy_rule(policy, due->kind);
	buf_add_text(out, out->data[out->size - 1] == '[' ? "{" : ",{");
	add_new_id(out, "id");
	add_member(out, "kind", due->kind);
	add_member(out, "unit", due->unit);
	buf_printf(out, ",\"amount\":%s,\"met\":%s", due->amount, met ? "true" : "false");
	add_member(out, "since", due->from);
	add_member(out, "rule", due->rule);
	add_member(out, "source", due->source);
	if (opening->bounded)
		add_bound(out, &opening->bound.latest);
	if (rule->signals != NULL && !met)
		buf_printf(out, ",\"signals\":%s", rule->signals);
	add_new_id(out, "opened_event");
}

/*
 * The hours at which a red one's handover may open because of what falls due: not when the receipt itself opens the same kind.
 * False: never.
 */
static bool hours_of_duty(const struct record *record, const struct policy_opening *duty, enum policy_hours *ret_hours)
{
	enum policy_hours hours = duty->hours;
	for (size_t i = 0; i < record->n_opens; i++) {
		if (strcmp(record->opens[i].due.kind, duty->due.kind) != 0)
			continue;
		enum policy_hours taken = record->opens[i].hours;
		if (taken == POLICY_ANY_HOUR || taken == hours)
			return false;
		hours = taken == POLICY_OUT_OF_HOURS ? POLICY_IN_HOURS : POLICY_OUT_OF_HOURS;
	}
	*ret_hours = hours;
	return true;
}

static void add_duty(struct buf *out, const struct record *record, const struct policy *policy)
{
	for (size_t i = 0; i < record->n_duty; i++) {
		enum policy_hours hours;
		if (!hours_of_duty(record, &record->duty[i], &hours))
			continue;
		add_opening(out, &record->duty[i], policy, false);
		add_hours(out, hours);
		buf_add_text(out, ",\"for_duty\":true}");
	}
}

void record_write_openings(struct buf *out, const struct record *record, const struct policy *policy)
{
	bool api = strcmp(record->channel, "api") == 0;
	buf_add_char(out, '[');
	for (size_t i = 0; i < record->n_opens; i++) {
		const struct policy_opening *opening = &record->opens[i];
		const char *kind = opening->due.kind;
		/* For `api` the 201 is the acknowledgement (DOMAIN section 3). */
		bool met = api && policy_meets(policy, kind, "acknowledgement.sent");
		add_opening(out, opening, policy, met);
		add_hours(out, opening->hours);
		if (record->n_duty > 0 && !met && policy_looks_at_facts(policy, kind))
			buf_add_text(out, ",\"urgent\":true");
		if (met)
			add_new_id(out, "met_event");
		buf_add_char(out, '}');
	}
	add_duty(out, record, policy);
	buf_add_char(out, ']');
}
