/* What happens to one made-up referral: received, screened, tried, discussed, or left lying. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "story.h"

#include "base/banned.h"

enum { DAYS = 90, NHS_DIGITS = 10 };

static const int64_t MINUTE_US = INT64_C(60000000);
static const int64_t HOUR_US = INT64_C(3600000000);
static const int64_t DAY_US = INT64_C(86400000000);

static const char *const first_names[] = {"Alba", "Bram", "Cleo", "Dara", "Elis", "Fern", "Gwen", "Hari",
					  "Iona", "Joss", "Kian", "Lena", "Milo", "Nell", "Otis", "Posy"};
static const char *const family_names[] = {"Example",  "Placeholder", "Sampleton", "Testworth",
					   "Mockford", "Specimen",    "Demoson",   "Fictional"};
static const struct {
	const char *category;
	const char *description;
} concerns[] = {
	{"neglect",
	 "Comes to school hungry and in the same unwashed clothes for the third week; says that there is no food at "
	 "home in the evening and that nobody wakes the children."},
	{"domestic_abuse",
	 "Police were called to the home at night; mother had a cut lip, the children stood on the stairs and "
	 "had heard the shouting for an hour."},
	{"physical_abuse", "Bruise in the shape of a hand on the upper arm; the child says it was for spilling milk."},
	{"emotional_abuse", "Is called worthless at the school gate each morning; has stopped speaking in class."},
	{"missing", "Missing from home for the fourth time this month, found at the station after midnight."},
	{"self_harm", "Fresh cuts on both forearms, shown to the school nurse; says that things are bad at home."},
	{"neglect", "Home dirty."},
	{"family_distress",
	 "Mother cries at each visit and says that she cannot cope; the baby has not gained weight."},
};

enum {
	FIRST_NAMES = sizeof first_names / sizeof *first_names,
	FAMILY_NAMES = sizeof family_names / sizeof *family_names,
	CONCERNS = sizeof concerns / sizeof *concerns,
};

/* A test number: starts 999, with its right check digit. */
static void nhs_number(struct demo *demo, char ret_text[NHS_DIGITS + 1])
{
	int check = 10;
	while (check == 10) {
		(void)snprintf(ret_text, NHS_DIGITS + 1, "999%06u0", demo_random(demo, 1000000));
		int sum = 0;
		for (int i = 0; i < NHS_DIGITS - 1; i++)
			sum += (ret_text[i] - '0') * (NHS_DIGITS - i);
		check = (11 - sum % 11) % 11;
	}
	ret_text[NHS_DIGITS - 1] = (char)('0' + check);
}

static json_t *child(struct demo *demo, const char *family_name, int64_t at_us)
{
	char number[NHS_DIGITS + 1];
	char birth[11];
	nhs_number(demo, number);
	clock_date_text((int)(at_us / DAY_US) - 200 - (int)demo_random(demo, 5800), birth);
	json_t *c = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "first_name",
			      first_names[demo_random(demo, FIRST_NAMES)], "family_name", family_name, "date_of_birth",
			      birth, "date_of_birth_status", "reported", "sex", demo_chance(demo, 50) ? "F" : "M",
			      "nhs_number", number);
	if (demo_chance(demo, 60))
		(void)json_object_set_new(c, "whereabouts", json_string("At home with the mother."));
	return c;
}

static json_t *answer(const char *word, json_t *value)
{
	json_t *a = json_pack("{s:s}", "answer", word);
	if (value != NULL)
		(void)json_object_set_new(a, "value", value);
	return a;
}

static void add_what_good_forms_have(struct demo *demo, json_t *body)
{
	json_t *factors = json_object();
	static const char *const names[] = {
		"domestic_abuse",   "mental_ill_health",   "mental_ill_health_effect_on_parenting",
		"substance_misuse", "learning_difficulty", "own_adverse_childhood_experiences"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		(void)json_object_set_new(factors, names[i],
					  demo_chance(demo, 70)
						  ? answer("known", json_boolean((int)demo_chance(demo, 30)))
						  : answer("not_asked", NULL));
	(void)json_object_set_new(body, "parental_factors", factors);
	json_t *sharing = json_pack("{s:s}", "lawful_basis", "public_task");
	(void)json_object_set_new(sharing, "parents_informed",
				  answer("known", json_boolean((int)demo_chance(demo, 75))));
	(void)json_object_set_new(body, "information_sharing", sharing);
	(void)json_object_set_new(body, "level_of_need", json_string(demo_chance(demo, 50) ? "level 3" : "level 4"));
	(void)json_object_set_new(body, "why_now", json_string("It has happened again this week."));
	(void)json_object_set_new(body, "hoped_for_outcome", json_string("Somebody visits the family soon."));
}

static json_t *referral(struct demo *demo, unsigned index, int64_t at_us, bool immediate)
{
	const char *family = family_names[demo_random(demo, FAMILY_NAMES)];
	unsigned concern = demo_random(demo, CONCERNS);
	char reference[24];
	(void)snprintf(reference, sizeof reference, "DEMO-%05u", index + 1);
	json_t *children = json_array();
	for (unsigned i = 0; i <= demo_random(demo, 3); i++)
		(void)json_array_append_new(children, child(demo, family, at_us));
	json_t *body = json_pack(
		"{s:s, s:b, s:o, s:[{s:s, s:s, s:s}], s:{s:s, s:s, s:s, s:s}, s:[{s:s, s:s, s:s}]}", "agency_reference",
		reference, "immediate_protection_needed", (int)immediate, "children", children, "concerns", "category",
		concerns[concern].category, "description", concerns[concern].description, "basis",
		demo_chance(demo, 60) ? "seen_directly" : "heard", "referrer", "name", "Robin Madeup", "role",
		"Named professional", "kind", "professional", "phone", "01632 960000", "household", "first_name",
		first_names[demo_random(demo, FIRST_NAMES)], "family_name", family, "relationship", "mother");
	if (demo_chance(demo, 60))
		add_what_good_forms_have(demo, body);
	return body;
}

/* Mostly in working hours of a weekday, sometimes at night; the last ones within the last hours. */
static int64_t time_of_receipt(struct demo *demo, unsigned index, unsigned total)
{
	if (index + 6 >= total)
		return demo->now_us - (int64_t)(total - index) * 9 * MINUTE_US;
	int64_t age = (int64_t)DAYS * DAY_US * (int64_t)(total - index) / (int64_t)total;
	int64_t day = (demo->now_us - age) / DAY_US;
	if (demo_chance(demo, 85)) {
		while ((day + 3) % 7 >= 5) /* 1970-01-01 was a Thursday: 0 is Monday */
			day--;
		return day * DAY_US + 9 * HOUR_US + (int64_t)demo_random(demo, 460) * MINUTE_US;
	}
	return day * DAY_US + (int64_t)demo_random(demo, 1440) * MINUTE_US;
}

/* ---- what people do ---- */

bool story_is_later(const struct story *s)
{
	return s->at_us >= s->demo->now_us;
}

enum err_code story_post_as(struct story *s, const char *key, const char *path, json_t *body)
{
	json_t *reply = demo_request(s->demo, key, s->at_us, HTTP_POST, path, body, s->err);
	json_decref(body);
	if (reply == NULL)
		return s->err->code;
	json_decref(reply);
	return ERR_NONE;
}

const char *story_path(const struct story *s, const char *what)
{
	return arena_printf(&s->demo->tool->arena, "/v1/referrals/%s%s", s->id, what);
}

enum err_code story_post(struct story *s, const char *what, json_t *body)
{
	return story_post_as(s, s->practitioner, story_path(s, what), body);
}

bool story_wait(struct story *s, unsigned minutes)
{
	s->at_us += (int64_t)minutes * MINUTE_US;
	return !story_is_later(s);
}

json_t *story_record(struct story *s)
{
	return demo_request(s->demo, s->practitioner, s->at_us, HTTP_GET, story_path(s, ""), NULL, s->err);
}

enum err_code story_change(struct story *s, const char *key, enum http_method method, const char *path, json_t *body)
{
	JSON_AUTO json_t *ours = body;
	JSON_AUTO json_t *record = story_record(s);
	if (record == NULL)
		return s->err->code;
	long long version = (long long)json_integer_value(json_object_get(record, "version"));
	JSON_AUTO json_t *reply = demo_transition(s->demo, key, s->at_us, method, path, version, ours, s->err);
	return reply == NULL ? s->err->code : ERR_NONE;
}

static enum err_code screen(struct story *s, bool needed)
{
	struct demo *demo = s->demo;
	static const char *const ratings[] = {"red", "amber", "amber", "amber", "green", "green"};
	s->rating = ratings[demo_random(demo, 6)];
	s->needed = needed;
	json_t *body = json_pack("{s:s, s:s, s:b}", "rating", s->rating, "reason", "Read with the records of the hub.",
				 "clarification_needed", (int)needed);
	if (needed)
		(void)json_object_set_new(body, "topics",
					  json_pack("[s, s]", "nature_of_concern", "whereabouts_of_child"));
	else
		(void)json_object_set_new(body, "not_needed_reason", json_string("answered_by_hub_records"));
	if (!needed)
		(void)json_object_set_new(body, "agreed_by", json_string(demo->manager_id));
	return story_post(s, "/screenings", body);
}

static enum err_code try_in_vain(struct story *s)
{
	static const char *const results[] = {"no_answer", "message_left", "unavailable"};
	s->tried = true;
	return story_post(s, "/contact-attempts",
			  json_pack("{s:s, s:s, s:s}", "result", results[demo_random(s->demo, 3)], "method", "phone",
				    "counterpart", "referrer"));
}

static enum err_code discuss(struct story *s)
{
	JSON_AUTO json_t *body = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}]}", "result", "discussed", "method", "phone",
		"counterpart", "referrer", "shared_understanding", demo_chance(s->demo, 80) ? "yes" : "partly",
		"referrer_view", "Worried; would like to be told what happens.", "topics", "code", "nature_of_concern",
		"outcome", "resolved", "code", "whereabouts_of_child", "outcome", "resolved");
	JSON_AUTO json_t *reply = demo_request(s->demo, s->practitioner, s->at_us, HTTP_POST,
					       story_path(s, "/contact-attempts"), body, s->err);
	if (reply == NULL)
		return s->err->code;
	(void)snprintf(s->talk, sizeof s->talk, "%s", json_text(reply, "id"));
	return ERR_NONE;
}

/* The manager gives the discussion up, with the reason. */
static enum err_code waive(struct story *s)
{
	struct arena *arena = &s->demo->tool->arena;
	JSON_AUTO json_t *list = demo_request(s->demo, s->demo->manager, s->at_us, HTTP_GET,
					      story_path(s, "/follow-ups"), NULL, s->err);
	if (list == NULL)
		return s->err->code;
	size_t i;
	json_t *f;
	json_array_foreach(json_object_get(list, "items"), i, f)
	{
		if (strcmp(json_text(f, "kind"), "discuss") != 0 || strcmp(json_text(f, "state"), "open") != 0)
			continue;
		const char *path = arena_printf(arena, "/v1/follow-ups/%s/waiver", json_text(f, "id"));
		return story_post_as(
			s, s->demo->manager, path,
			json_pack("{s:s}", "reason",
				  "The referrer has left the school; the head teacher has answered in writing."));
	}
	return ERR_NONE;
}

/* Some are never reached: their flags stand, or the manager waives. */
static enum err_code never_reach(struct story *s)
{
	s->at_us += (int64_t)(20 + demo_random(s->demo, 60)) * HOUR_US;
	return demo_chance(s->demo, 60) || story_is_later(s) ? ERR_NONE : waive(s);
}

/* After a judgement that the referrer must be asked. */
static enum err_code reach_referrer(struct story *s)
{
	struct demo *demo = s->demo;
	unsigned in_vain = demo_chance(demo, 40) ? 1 + demo_random(demo, 3) : 0;
	enum err_code code = ERR_NONE;
	for (unsigned i = 0; code == ERR_NONE && i < in_vain; i++) {
		s->at_us += (int64_t)(20 + demo_random(demo, 120)) * MINUTE_US;
		if (story_is_later(s))
			return ERR_NONE;
		code = try_in_vain(s);
	}
	if (code != ERR_NONE)
		return code;
	if (demo_chance(demo, 15))
		return never_reach(s);
	s->at_us += (int64_t)(15 + demo_random(demo, demo_chance(demo, 20) ? 3000 : 240)) * MINUTE_US;
	return story_is_later(s) ? ERR_NONE : discuss(s);
}

static enum err_code live(struct story *s, bool immediate)
{
	struct demo *demo = s->demo;
	if (demo_chance(demo, 4))
		return ERR_NONE; /* nobody has looked at it: the manager should see this in ten seconds */
	unsigned slow = demo_chance(demo, 15) ? 400 : 70;
	s->at_us += (int64_t)(immediate ? 5 + demo_random(demo, 70) : 10 + demo_random(demo, slow)) * MINUTE_US;
	if (story_is_later(s))
		return ERR_NONE;
	bool needed = demo_chance(demo, 65);
	bool agreed = true;
	enum err_code code = screen(s, needed);
	if (code == ERR_NONE)
		code = story_give(s);
	if (code == ERR_NONE && needed)
		code = s->call[0] != '\0' ? story_link_call(s) : reach_referrer(s);
	else if (code == ERR_NONE)
		code = story_sign(s, &agreed);
	if (code == ERR_NONE && !agreed && !story_is_later(s)) { /* then it is asked after all */
		code = screen(s, true);
		if (code == ERR_NONE)
			code = reach_referrer(s);
		agreed = true;
	}
	return code == ERR_NONE && agreed ? story_decide(s) : code;
}

/* A neighbour or an aunt rings: a practitioner writes it down, and mostly sends an acknowledgement soon. */
static void make_call(struct demo *demo, json_t *body)
{
	(void)json_object_del(body, "agency_reference");
	(void)json_object_set_new(body, "channel", json_string("phone"));
	(void)json_object_set_new(body, "source", json_string(demo_chance(demo, 50) ? "1A" : "1B"));
	(void)json_object_set_new(body, "referrer",
				  json_pack("{s:s, s:s, s:s, s:s}", "name", "Sam Invented", "kind", "public",
					    "relation_to_family", "neighbour", "phone", "01632 960001"));
}

static enum err_code acknowledge(struct story *s)
{
	s->at_us += (int64_t)(5 + demo_random(s->demo, 50)) * MINUTE_US;
	if (story_is_later(s) || demo_chance(s->demo, 15))
		return ERR_NONE;
	return story_post(s, "/acknowledgement", json_pack("{s:s}", "method", "phone"));
}

enum err_code story_play(struct demo *demo, unsigned index, unsigned total, struct err *err)
{
	bool immediate = demo_chance(demo, 8);
	bool by_phone = demo_chance(demo, 10);
	int64_t at = time_of_receipt(demo, index, total);
	JSON_AUTO json_t *body = referral(demo, index, at, immediate);
	const struct demo_agency *agency = &demo->agencies[demo_random(demo, DEMO_AGENCIES)];
	unsigned practitioner = demo_random(demo, DEMO_PRACTITIONERS);
	struct story story = {
		.demo = demo,
		.practitioner = demo->practitioners[practitioner],
		.practitioner_id = demo->practitioner_ids[practitioner],
		.agency = by_phone ? NULL : agency,
		.at_us = at,
		.err = err,
	};
	if (by_phone)
		make_call(demo, body);
	else if (!immediate && demo_chance(demo, 10) && story_consult(&story, at) != ERR_NONE)
		return err->code;
	JSON_AUTO json_t *receipt = demo_request(demo, by_phone ? story.practitioner : agency->key, at, HTTP_POST,
						 "/v1/referrals", body, err);
	if (receipt == NULL)
		return err->code;
	story.id = json_text(receipt, "id");
	enum err_code code = by_phone ? acknowledge(&story) : ERR_NONE;
	return code == ERR_NONE ? live(&story, immediate) : code;
}

enum err_code story_plan_flags(struct demo *demo, struct err *err)
{
	JSON_AUTO json_t *list = demo_request(demo, demo->practitioners[0], demo->now_us, HTTP_GET, "/v1/flags", NULL,
					      err);
	if (list == NULL)
		return err->code;
	size_t i;
	json_t *flag;
	json_array_foreach(json_object_get(list, "items"), i, flag)
	{
		bool dealt_with = json_text(flag, "cleared_at") != NULL || json_text(flag, "acknowledged_at") != NULL;
		if (dealt_with || !demo_chance(demo, 40))
			continue;
		struct story story = {.demo = demo, .at_us = demo->now_us, .err = err};
		const char *path = arena_printf(&demo->tool->arena, "/v1/flags/%s/acknowledgement",
						json_text(flag, "id"));
		enum err_code code = story_post_as(
			&story, demo->practitioners[0], path,
			json_pack("{s:s}", "plan", "Ring again before noon; the deputy knows."));
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}
