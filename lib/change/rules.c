/* How a record changes: merge patch, what differs, what is refused. */
#include <string.h>

#include "base/json.h"
#include "change/change.h"

#include "base/banned.h"

/* Not among them: what names the document (reference, channel), and when it came: those are facts about the post. */
static const char *const members[] = {
	"source",
	"incident_reference",
	"immediate_protection_needed",
	"referrer",
	"knows_child_best",
	"earlier_consultation",
	"children",
	"household",
	"concerns",
	"parental_factors",
	"information_sharing",
	"history",
	"place",
	"why_now",
	"level_of_need",
	"hoped_for_outcome",
};

const char *change_member(size_t index)
{
	return index < sizeof members / sizeof *members ? members[index] : NULL;
}

/* The bodies that come here are at most JSON_DEPTH_MAX deep. */
// NOLINTNEXTLINE(misc-no-recursion)
json_t *change_merge(const json_t *target, const json_t *patch)
{
	if (!json_is_object(patch))
		return json_deep_copy(patch);
	json_t *merged = json_is_object(target) ? json_deep_copy(target) : json_object();
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)patch, name, value)
	{
		if (json_is_null(value))
			(void)json_object_del(merged, name);
		else
			(void)json_object_set_new(merged, name, change_merge(json_object_get(merged, name), value));
	}
	return merged;
}

/* ---- what differs ---- */

struct differences {
	json_t *list;
	struct arena *arena;
};

static json_t *or_null(const json_t *value)
{
	return value == NULL ? json_null() : json_deep_copy(value);
}

static void add_difference(struct differences *d, const char *pointer, const json_t *before, const json_t *after)
{
	json_t *difference = json_object();
	(void)json_object_set_new(difference, "pointer", json_string(pointer));
	(void)json_object_set_new(difference, "before", or_null(before));
	(void)json_object_set_new(difference, "after", or_null(after));
	(void)json_array_append_new(d->list, difference);
}

static bool all_have_ids(const json_t *list)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item)
	{
		if (json_text(item, "id") == NULL)
			return false;
	}
	return json_array_size(list) > 0;
}

static const json_t *with_id(const json_t *list, const char *id)
{
	size_t i;
	json_t *item;
	json_array_foreach(list, i, item)
	{
		const char *own = json_text(item, "id");
		if (own != NULL && strcasecmp(own, id) == 0)
			return item;
	}
	return NULL;
}

static void compare(struct differences *d, const char *pointer, const json_t *before, const json_t *after);

// NOLINTNEXTLINE(misc-no-recursion)
static void compare_objects(struct differences *d, const char *pointer, const json_t *before, const json_t *after)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)before, name, value)
		compare(d, json_pointer_member(d->arena, pointer, name), value, json_object_get(after, name));
	json_object_foreach((json_t *)after, name, value)
	{
		if (json_object_get(before, name) == NULL)
			add_difference(d, json_pointer_member(d->arena, pointer, name), NULL, value);
	}
}

// NOLINTNEXTLINE(misc-no-recursion)
static void compare_by_id(struct differences *d, const char *pointer, const json_t *before, const json_t *after)
{
	size_t i;
	json_t *item;
	json_array_foreach(before, i, item)
	{
		const char *id = json_text(item, "id");
		compare(d, json_pointer_member(d->arena, pointer, id), item, with_id(after, id));
	}
	json_array_foreach(after, i, item)
	{
		const char *id = json_text(item, "id");
		if (with_id(before, id) == NULL)
			add_difference(d, json_pointer_member(d->arena, pointer, id), NULL, item);
	}
}

// NOLINTNEXTLINE(misc-no-recursion)
static void compare(struct differences *d, const char *pointer, const json_t *before, const json_t *after)
{
	if (before != NULL && after != NULL && json_equal(before, after))
		return;
	if (json_is_object(before) && json_is_object(after))
		compare_objects(d, pointer, before, after);
	else if (json_is_array(before) && json_is_array(after) && all_have_ids(after) &&
		 (all_have_ids(before) || json_array_size(before) == 0))
		compare_by_id(d, pointer, before, after);
	else
		add_difference(d, pointer, before, after);
}

json_t *change_differences(const json_t *before, const json_t *after, struct arena *arena)
{
	struct differences d = {.list = json_array(), .arena = arena};
	compare(&d, "", before, after);
	return d.list;
}

/* ---- what is refused ---- */

static enum err_code check_person(const json_t *before, const json_t *after, size_t i, const char *place,
				  struct arena *arena, struct err *err)
{
	const json_t *id = json_object_get(json_array_get(after, i), "id");
	if (id == NULL)
		return ERR_NONE;
	place = arena_printf(arena, "%s/%zu/id", place, i);
	const char *text = json_string_value(id);
	if (text == NULL || with_id(before, text) == NULL)
		return err_set(err, ERR_RULE_BROKEN, place,
			       "nobody on this record has that id; leave it out for somebody new");
	for (size_t k = 0; k < i; k++) {
		const char *other = json_text(json_array_get(after, k), "id");
		if (other != NULL && strcasecmp(other, text) == 0)
			return err_set(err, ERR_RULE_BROKEN, place, "the same person stands here twice");
	}
	return ERR_NONE;
}

enum err_code change_check_people(const json_t *before, const json_t *after, const char *place, struct arena *arena,
				  struct err *err)
{
	size_t i;
	json_t *person;
	for (i = 0; i < json_array_size(after); i++) {
		enum err_code code = check_person(before, after, i, place, arena, err);
		if (code != ERR_NONE)
			return code;
	}
	json_array_foreach(before, i, person)
	{
		if (with_id(after, json_text(person, "id")) == NULL)
			return err_set(err, ERR_RULE_BROKEN, place,
				       "nobody is taken off a record: send the whole list, each with its id");
	}
	return ERR_NONE;
}

enum err_code change_check(const struct change_facts *facts, struct err *err)
{
	if (facts->assigns && !facts->assignee_fits)
		return err_set(err, ERR_RULE_BROKEN, "/assigned_to", "nobody here who works on referrals has that id");
	if (facts->promotes && strcmp(facts->record_kind, "notification") != 0)
		return err_set(err, ERR_RULE_BROKEN, "/record_kind",
			       "only a notification becomes a request for service; this is a %s", facts->record_kind);
	return ERR_NONE;
}

enum err_code birth_check(const struct birth_facts *facts, struct err *err)
{
	if (!facts->is_unborn)
		return err_set(err, ERR_WRONG_STATE, "",
			       "this child is not unborn: the record has a date of birth or expects none; allowed now: "
			       "correction");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/date_of_birth", "a birth cannot lie in the future");
	if (facts->before_expected)
		return err_set(err, ERR_RULE_BROKEN, "/date_of_birth",
			       "this lies more than %d days before the expected date of delivery", BIRTH_EXPECTED_DAYS);
	if (facts->before_receipt)
		return err_set(err, ERR_RULE_BROKEN, "/date_of_birth",
			       "this lies more than %d days before the receipt of the referral", BIRTH_RECEIPT_DAYS);
	/* Of an agency a faulty number is kept as sent; staff have the notification of birth before them. */
	if (facts->has_nhs_number && !facts->nhs_number_fits)
		return err_set(err, ERR_RULE_BROKEN, "/nhs_number",
			       "this is no NHS number: ten digits, the last a check digit");
	return ERR_NONE;
}
