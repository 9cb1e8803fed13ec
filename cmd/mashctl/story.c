/* What happens to one made-up referral: received, screened, tried, discussed, or left lying. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "story.h"

#include "base/banned.h"

enum { DAYS = 90, OPENS = 9, CLOSES = 17 };

static const int64_t MINUTE_US = INT64_C(60000000);
static const int64_t HOUR_US = INT64_C(3600000000);
static const int64_t DAY_US = INT64_C(86400000000);

/* Where the newest stand, the last one first, whatever the hour at which the hub is loaded. */
static const struct start {
	unsigned minutes; /* since it was received */
	const char *rating;
	bool immediate;
	bool needed;
	enum story_stage stage;
} starts[] = {
	{12, NULL, false, false, STAGE_RECEIVED},
	{35, NULL, false, false, STAGE_RECEIVED},
	{60, "amber", false, true, STAGE_SCREENED},
	{95, "green", false, false, STAGE_SCREENED}, /* the manager is to agree */
	{75, NULL, true, false, STAGE_RECEIVED},     /* red by rule: somebody should have looked */
	{130, "green", false, true, STAGE_TRIED},
	{170, "amber", false, true, STAGE_DISCUSSED},
	{210, "amber", false, true, STAGE_NEXT_STEPS},
	{230, "red", false, true, STAGE_DISCUSSED},
	{400, "red", false, true, STAGE_SCREENED}, /* past its four hours, and nobody has rung */
	{520, "red", false, true, STAGE_TRIED},
	{4 * 1440, "green", false, true, STAGE_SCREENED},
	{5 * 1440, "amber", false, true, STAGE_TRIED},
};

enum { STARTS = sizeof starts / sizeof *starts };

/* Hours that clocks in London are ahead on this day: from the last Sunday of March to the last one of October. */
static int64_t summer(int64_t day)
{
	char date[11];
	clock_date_text((int)day, date);
	int month = (date[5] - '0') * 10 + date[6] - '0';
	int sunday = (date[8] - '0') * 10 + date[9] - '0' - (int)((day + 4) % 7); /* the latest one */
	return month == 3 ? sunday >= 25 : month == 10 ? sunday < 25 : month > 3 && month < 10;
}

static int64_t hour_of(int64_t day, int hour)
{
	return day * DAY_US + (hour - summer(day)) * HOUR_US;
}

/* The days are the busier the nearer they are; mostly in working hours of a weekday, sometimes at night. */
static int64_t time_of_receipt(struct demo *demo, unsigned back, unsigned total)
{
	int64_t age = (int64_t)DAYS * DAY_US / (int64_t)total * (int64_t)back / (int64_t)total * (int64_t)back;
	int64_t day = (demo->now_us - age) / DAY_US;
	if (demo_chance(demo, 85)) {
		while ((day + 3) % 7 >= 5) /* 1970-01-01 was a Thursday: 0 is Monday */
			day--;
		int64_t at = hour_of(day, OPENS) + (int64_t)demo_random(demo, 480) * MINUTE_US;
		return at < demo->now_us ? at : at - DAY_US;
	}
	int64_t at = day * DAY_US + (int64_t)demo_random(demo, 1440) * MINUTE_US;
	return at < demo->now_us ? at : at - DAY_US;
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

/* The same instant, or when the team is next there. */
static int64_t when_open(int64_t at_us)
{
	int64_t day = at_us / DAY_US;
	if ((day + 3) % 7 >= 5 || at_us >= hour_of(day, CLOSES))
		return when_open((day + 1) * DAY_US);
	return at_us < hour_of(day, OPENS) ? hour_of(day, OPENS) : at_us;
}

bool story_work(struct story *s, unsigned minutes)
{
	if (s->urgent || s->stage != STAGE_ALL)
		return story_wait(s, minutes / 3 + 1);
	for (int64_t left = (int64_t)minutes * MINUTE_US; left > 0;) {
		s->at_us = when_open(s->at_us);
		int64_t today = hour_of(s->at_us / DAY_US, CLOSES) - s->at_us;
		s->at_us += left < today ? left : today;
		left -= left < today ? left : today;
	}
	return !story_is_later(s);
}

bool story_lies(struct story *s, unsigned percent)
{
	return s->stage != STAGE_ALL || !demo_chance(s->demo, percent) ||
	       story_work(s, 480 + demo_random(s->demo, 1000));
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

enum err_code story_screen(struct story *s, bool needed)
{
	struct demo *demo = s->demo;
	static const char *const ratings[] = {"red", "amber", "amber", "amber", "green", "green", "green"};
	if (s->rating == NULL)
		s->rating = ratings[demo_random(demo, s->immediate ? 2 : 7)];
	s->urgent = strcmp(s->rating, "red") == 0;
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

static enum err_code try_in_vain(struct story *s, const char *result, const char *method)
{
	return story_post(s, "/contact-attempts",
			  json_pack("{s:s, s:s, s:s}", "result", result, "method", method, "counterpart", "referrer"));
}

static enum err_code try_some_times(struct story *s, unsigned n)
{
	static const char *const results[] = {"no_answer", "message_left", "unavailable"};
	enum err_code code = ERR_NONE;
	for (unsigned i = 0; code == ERR_NONE && i < n && story_work(s, 15 + demo_random(s->demo, 45)); i++)
		code = try_in_vain(s, results[demo_random(s->demo, 3)], "phone");
	return code;
}

enum err_code story_discuss(struct story *s)
{
	JSON_AUTO json_t *body = json_pack(
		"{s:s, s:s, s:s, s:s, s:b, s:s, s:[{s:s, s:s}, {s:s, s:s}]}", "result", "discussed", "method", "phone",
		"counterpart", "referrer", "shared_understanding", demo_chance(s->demo, 80) ? "yes" : "partly",
		"confirmed_no_topic_open", demo_chance(s->demo, 85), "referrer_view",
		"Worried; would like to be told what happens.", "topics", "code", "nature_of_concern", "outcome",
		"resolved", "code", "whereabouts_of_child", "outcome", "resolved");
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

/* Some are never talked with: an e-mail comes, or they will not say more, or nobody answers. The manager mostly waives. */
static enum err_code never_reach(struct story *s)
{
	static const struct {
		const char *result;
		const char *method;
		const char *reason; /* of the decision */
	} ways[] = {{"written_reply", "email", "answered_elsewhere"},
		    {"declined", "phone", "declined"},
		    {"no_answer", "phone", "unreached_after_attempts"}};
	unsigned way = demo_random(s->demo, 3);
	s->undiscussed = ways[way].reason;
	if (!story_work(s, 20 + demo_random(s->demo, 100)))
		return ERR_NONE;
	enum err_code code = try_in_vain(s, ways[way].result, ways[way].method);
	return code != ERR_NONE || demo_chance(s->demo, 10) || !story_work(s, 30 + demo_random(s->demo, 100))
		       ? code
		       : waive(s);
}

/* After a judgement that the referrer must be asked. A child in danger is seen to first, now and then. */
static enum err_code reach_referrer(struct story *s)
{
	struct demo *demo = s->demo;
	bool tries = s->stage == STAGE_TRIED || demo_chance(demo, 35);
	if (s->stage == STAGE_SCREENED)
		return ERR_NONE;
	if (s->urgent && s->stage == STAGE_ALL && demo_chance(demo, 20)) {
		s->undiscussed = "protection_first";
		return ERR_NONE;
	}
	enum err_code code = tries ? try_some_times(s, 1 + demo_random(demo, 2)) : ERR_NONE;
	if (code != ERR_NONE || story_is_later(s) || s->stage == STAGE_TRIED)
		return code;
	if (s->stage == STAGE_ALL && demo_chance(demo, 10))
		return never_reach(s);
	return story_lies(s, 6) && story_work(s, 15 + demo_random(demo, 110)) ? story_discuss(s) : ERR_NONE;
}

/* The first look, what the records know of the children, and who is to have it. */
static enum err_code begin(struct story *s, bool needed)
{
	struct demo *demo = s->demo;
	if (s->stage == STAGE_RECEIVED || !story_lies(s, 4) ||
	    !story_work(s, 10 + demo_random(demo, demo_chance(demo, 8) ? 300 : 60)))
		return ERR_NONE;
	enum err_code code = story_screen(s, needed);
	if (code == ERR_NONE && s->again)
		code = story_recognise(s);
	return code == ERR_NONE ? story_give(s) : code;
}

static enum err_code live(struct story *s, bool needed)
{
	bool agreed = true;
	enum err_code code = begin(s, needed);
	if (code != ERR_NONE || s->rating == NULL || story_is_later(s))
		return code;
	if (needed)
		code = s->call[0] != '\0' ? story_link_call(s) : reach_referrer(s);
	else if (s->stage != STAGE_SCREENED)
		code = story_sign(s, &agreed);
	if (code == ERR_NONE && !agreed && !story_is_later(s)) { /* then it is asked after all */
		code = story_screen(s, true);
		if (code == ERR_NONE)
			code = reach_referrer(s);
		agreed = true;
	}
	return code == ERR_NONE && agreed && s->stage > STAGE_DISCUSSED ? story_decide(s) : code;
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
	if (!story_lies(s, 10) || !story_work(s, 5 + demo_random(s->demo, 50)))
		return ERR_NONE;
	return story_post(s, "/acknowledgement", json_pack("{s:s}", "method", "phone"));
}

static enum err_code receive(struct story *s, bool by_phone, json_t *body, json_t **ret_receipt)
{
	struct demo *demo = s->demo;
	enum err_code code = ERR_NONE;
	if (by_phone)
		make_call(demo, body);
	else if (!s->immediate && demo_chance(demo, 10))
		code = story_consult(s, s->at_us);
	if (code != ERR_NONE)
		return code;
	*ret_receipt = demo_request(demo, by_phone ? s->practitioner : s->agency->key, s->at_us, HTTP_POST,
				    "/v1/referrals", body, s->err);
	if (*ret_receipt == NULL)
		return s->err->code;
	s->id = json_text(*ret_receipt, "id");
	return by_phone ? acknowledge(s) : ERR_NONE;
}

enum err_code story_play(struct demo *demo, unsigned index, unsigned total, struct err *err)
{
	unsigned back = total - index; /* 1: the newest */
	const struct start *start = back <= STARTS ? &starts[back - 1] : NULL;
	unsigned family = index > 0 && demo_chance(demo, 28) ? demo_random(demo, index) : index;
	bool immediate = start == NULL ? demo_chance(demo, 6) : start->immediate;
	bool by_phone = start == NULL && demo_chance(demo, 10);
	unsigned practitioner = demo_random(demo, DEMO_PRACTITIONERS);
	JSON_AUTO json_t *body = story_form(demo, index, family, immediate);
	JSON_AUTO json_t *receipt = NULL;
	struct story story = {
		.demo = demo,
		.practitioner = demo->practitioners[practitioner],
		.practitioner_id = demo->practitioner_ids[practitioner],
		.agency = by_phone ? NULL : &demo->agencies[demo_random(demo, DEMO_AGENCIES)],
		.rating = start == NULL ? NULL : start->rating,
		.stage = start == NULL ? STAGE_ALL : start->stage,
		.again = family != index,
		.unheeded = family % 6 == 1,
		.immediate = immediate,
		.urgent = immediate,
		.undiscussed = "answered_elsewhere",
		.at_us = start == NULL ? time_of_receipt(demo, back, total)
				       : demo->now_us - (int64_t)start->minutes * MINUTE_US,
		.err = err,
	};
	bool needed = start == NULL ? demo_chance(demo, 65) : start->needed;
	enum err_code code = receive(&story, by_phone, body, &receipt);
	return code == ERR_NONE ? live(&story, needed) : code;
}

enum err_code story_plan_flags(struct demo *demo, struct err *err)
{
	const char *standing = "/v1/flags?cleared=false&acknowledged=false&limit=200";
	JSON_AUTO json_t *list = demo_request(demo, demo->practitioners[0], demo->now_us, HTTP_GET, standing, NULL,
					      err);
	if (list == NULL)
		return err->code;
	size_t i;
	json_t *flag;
	json_array_foreach(json_object_get(list, "items"), i, flag)
	{
		if (!demo_chance(demo, 40))
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
