/* Who has a made-up referral, and whom it goes to: the call before it, the team, the worker of an open case, duty, elsewhere. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "story.h"

#include "base/banned.h"

static const int64_t MINUTE_US = INT64_C(60000000);

/* When the open follow-up of a kind began, and is due; false where none is open. */
static bool is_owed(const json_t *record, const char *kind, int64_t *ret_started_us, int64_t *ret_due_us)
{
	size_t i;
	json_t *f;
	json_array_foreach(json_object_get(record, "follow_ups"), i, f)
	{
		if (strcmp(json_text(f, "kind"), kind) != 0 || strcmp(json_text(f, "state"), "open") != 0)
			continue;
		const char *due = json_text(f, "due_at");
		return due != NULL && clock_parse_instant(json_text(f, "started_at"), ret_started_us) &&
		       clock_parse_instant(due, ret_due_us);
	}
	return false;
}

/* ---- the call before it ---- */

enum err_code story_consult(struct story *s, int64_t received_us)
{
	struct demo *demo = s->demo;
	JSON_AUTO json_t *body = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "method", "phone", "agency_id", s->agency->id, "caller_name",
		"Robin Madeup", "caller_role", "Named professional", "about",
		"A child whom they are worried about, and whether it is for the hub.", "advice",
		"Talk to the parents today, and send a referral if the answers worry you.", "referral_advised", 1);
	int64_t at_us = received_us - (int64_t)(20 + demo_random(demo, 90)) * MINUTE_US;
	JSON_AUTO json_t *reply = demo_request(demo, s->practitioner, at_us, HTTP_POST, "/v1/consultations", body,
					       s->err);
	if (reply == NULL)
		return s->err->code;
	(void)snprintf(s->call, sizeof s->call, "%s", json_text(reply, "id"));
	return ERR_NONE;
}

enum err_code story_link_call(struct story *s)
{
	if (!story_work(s, 5 + demo_random(s->demo, 40)))
		return ERR_NONE;
	const char *path = arena_printf(&s->demo->tool->arena, "/v1/consultations/%s/links", s->call);
	JSON_AUTO json_t *body = json_pack("{s:s, s:b, s:s, s:s}", "referral_id", s->id, "confirmed_no_topic_open", 1,
					   "shared_understanding", "yes", "note",
					   "Read it against what was said on the phone: nothing is open.");
	JSON_AUTO json_t *reply = demo_request(s->demo, s->practitioner, s->at_us, HTTP_POST, path, body, s->err);
	if (reply == NULL)
		return s->err->code;
	(void)snprintf(s->talk, sizeof s->talk, "%s", json_text(reply, "attempt_id"));
	return ERR_NONE;
}

/* ---- who the children are ---- */

/* The one on another referral whom a match names; where the two say different things, with a word on why. */
static enum err_code link_person(struct story *s, const json_t *match)
{
	const json_t *other = json_object_get(match, "other");
	return story_post(s, "/person-links",
			  json_pack("{s:s, s:{s:s, s:s}, s:s}", "subject_id", json_text(match, "subject_id"), "same_as",
				    "referral_id", json_text(other, "referral_id"), "subject_id",
				    json_text(other, "subject_id"), "reason",
				    "The same child: school and address are the same."));
}

static enum err_code link_referrals(struct story *s, const json_t *match)
{
	return story_post(s, "/links",
			  json_pack("{s:s, s:s, s:s}", "referral_id",
				    json_text(json_object_get(match, "other"), "referral_id"), "kind",
				    json_is_true(json_object_get(match, "same_person")) ? "same_child" : "sibling",
				    "reason", "Both are about this family."));
}

enum err_code story_recognise(struct story *s)
{
	enum err_code code = demo_compare(s->demo, s->err);
	if (code != ERR_NONE || demo_chance(s->demo, 30))
		return code; /* some only look at what was proposed */
	JSON_AUTO json_t *found = demo_request(s->demo, s->practitioner, s->at_us, HTTP_GET, story_path(s, "/matches"),
					       NULL, s->err);
	if (found == NULL)
		return s->err->code;
	const json_t *best = json_array_get(json_object_get(found, "items"), 0);
	const char *relation = json_text(best, "relation");
	if (relation == NULL || (strcmp(relation, "same_child") != 0 && strcmp(relation, "sibling") != 0))
		return ERR_NONE;
	if (strcmp(relation, "same_child") == 0)
		code = link_person(s, best);
	return code == ERR_NONE ? link_referrals(s, best) : code;
}

/* ---- who has it ---- */

static enum err_code assign(struct story *s)
{
	return story_change(s, s->demo->manager, HTTP_PATCH, story_path(s, ""),
			    json_pack("{s:s}", "assigned_to", s->practitioner_id));
}

static enum err_code pass_on(struct story *s)
{
	struct demo *demo = s->demo;
	const char *reference = arena_printf(&demo->tool->arena, "C %u", 1000 + demo_random(demo, 9000));
	s->passed = true;
	enum err_code code = story_post(s, "/allocated-worker",
					json_pack("{s:s, s:s, s:s, s:s}", "worker_name", DEMO_WORKER, "worker_team",
						  "Family Support North", "worker_id", demo->worker_id,
						  "case_reference", reference));
	if (code != ERR_NONE || !story_lies(s, 15) || !story_work(s, 10 + demo_random(demo, 60)))
		return code;
	return story_post_as(s, demo->worker, story_path(s, "/allocated-worker/acceptance"),
			     json_pack("{s:s}", "note", "I am with the family on Thursday."));
}

/* In the morning the hub takes it back, mostly within the hour that it has for that. */
static enum err_code take_back(struct story *s)
{
	int64_t started_us;
	int64_t due_us;
	JSON_AUTO json_t *record = story_record(s);
	if (record == NULL)
		return s->err->code;
	if (!is_owed(record, "out_of_hours_return", &started_us, &due_us))
		return ERR_NONE;
	s->at_us = due_us - 50 * MINUTE_US;
	if (!story_wait(s, demo_random(s->demo, 60)))
		return ERR_NONE;
	return story_post(s, "/handover/return",
			  json_pack("{s:s}", "note", "Seen in the evening, safe with the grandmother."));
}

/* What is still to be done when the hub closes. Where it is open the team mostly sees to that in time. */
static enum err_code hand_over(struct story *s)
{
	int64_t from_us;
	int64_t due_us;
	struct demo *demo = s->demo;
	JSON_AUTO json_t *record = story_record(s);
	if (record == NULL)
		return s->err->code;
	if (!is_owed(record, "out_of_hours_handover", &from_us, &due_us) ||
	    demo_chance(demo, s->at_us < from_us ? 55 : 10))
		return ERR_NONE;
	enum err_code code = ERR_NONE;
	if (s->at_us < from_us) {
		if (!story_wait(s, 5))
			return ERR_NONE;
		code = story_post(s, "/handover",
				  json_pack("{s:s, s:s}", "summary",
					    "Nobody has answered since noon: see the child tonight.", "offered_to",
					    demo->duty_id));
		s->at_us = s->at_us > from_us ? s->at_us : from_us;
	}
	if (code != ERR_NONE || !story_wait(s, 3 + demo_random(demo, 30)))
		return code;
	code = story_post_as(s, demo->duty, story_path(s, "/handover/acceptance"),
			     json_pack("{s:s}", "note", "Going there now."));
	return code == ERR_NONE ? take_back(s) : code;
}

enum err_code story_give(struct story *s)
{
	struct demo *demo = s->demo;
	enum err_code code = ERR_NONE;
	if (demo_chance(demo, 75) && story_work(s, 2))
		code = assign(s);
	if (code == ERR_NONE && s->stage == STAGE_ALL && demo_chance(demo, 6) && story_work(s, 5))
		code = pass_on(s);
	return code == ERR_NONE && !story_is_later(s) ? hand_over(s) : code;
}

/* ---- what the decision asks for ---- */

enum err_code story_transfer(struct story *s)
{
	struct demo *demo = s->demo;
	if (!story_work(s, 5 + demo_random(demo, 60)))
		return ERR_NONE;
	enum err_code code = story_change(s, s->practitioner, HTTP_POST, story_path(s, "/transfer"),
					  json_pack("{s:s, s:s, s:s, s:s}", "to_authority", "Specimen County Council",
						    "contact_name", "Front door", "contact", "01632 960002", "reason",
						    "The family has lived there since the spring."));
	if (code != ERR_NONE || !story_lies(s, 20) || !story_work(s, 40 + demo_random(demo, 300)))
		return code;
	return story_post(s, "/transfer/acceptance",
			  json_pack("{s:s, s:s}", "accepted_name", "Sasha Sampler", "accepted_role", "Team manager"));
}

enum err_code story_meet(struct story *s)
{
	struct demo *demo = s->demo;
	if (!story_lies(s, 10) || !story_work(s, 60 + demo_random(demo, 900)))
		return ERR_NONE;
	char held_at[CLOCK_TEXT_SIZE];
	clock_instant_text(s->at_us, held_at);
	json_t *present = json_pack("[{s:s, s:s}, {s:s, s:s}]", "agency", "social_care", "name", "Priya Demoson",
				    "agency", "police", "name", "Dale Detectiveson");
	if (demo_chance(demo, 80))
		(void)json_array_append_new(present,
					    json_pack("{s:s, s:s}", "agency", "health", "name", "Dr Quill Nursely"));
	return story_post_as(s, demo->manager, story_path(s, "/strategy-discussions"),
			     json_pack("{s:s, s:o, s:s}", "held_at", held_at, "present", present, "summary",
				       "A joint enquiry; the child is seen at school tomorrow morning."));
}
