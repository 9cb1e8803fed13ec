/* What becomes of a made-up referral once it is screened, and discussed or not: withdrawn, decided, told, closed, reopened. */
#include <string.h>

#include "base/json.h"
#include "story.h"

#include "base/banned.h"

static bool is(const char *text, const char *word)
{
	return strcmp(text, word) == 0;
}

/* ---- the manager's word ---- */

enum err_code story_sign(struct story *s, bool *ret_agreed)
{
	struct demo *demo = s->demo;
	struct arena *arena = &demo->tool->arena;
	*ret_agreed = false;
	if (!story_work(s, 3 + demo_random(demo, 40)))
		return ERR_NONE;
	JSON_AUTO json_t *record = story_record(s);
	if (record == NULL)
		return s->err->code;
	bool refused = demo_chance(demo, 3);
	const json_t *asked = json_object_get(record, "sign_offs");
	enum err_code code = ERR_NONE;
	for (size_t i = 0; code == ERR_NONE && i < json_array_size(asked); i++) {
		const json_t *one = json_array_get(asked, i);
		if (strcmp(json_text(one, "state"), "open") != 0)
			continue;
		const char *path = arena_printf(arena, "/v1/sign-offs/%s/answer", json_text(one, "id"));
		json_t *body = json_pack("{s:s}", "answer", refused ? "refused" : "agreed");
		if (refused)
			(void)json_object_set_new(body, "note", json_string("Ring the school first."));
		code = story_post_as(s, demo->manager, path, body);
	}
	*ret_agreed = !refused;
	return code;
}

/* ---- the decision ---- */

/* An outcome, how often it comes among a hundred of the rating, the basis that it rests on and what it closes with. */
struct outcome {
	const char *name;
	const char *basis;
	const char *closing;
	unsigned percent[3]; /* red, amber, green */
};

static const struct outcome outcomes[] = {
	{"strategy_discussion", "s47", "passed_to_child_protection", {35, 3, 0}},
	{"immediate_protection", "s46", "passed_to_child_protection", {12, 0, 0}},
	{"child_and_family_assessment", "s17", "passed_to_assessment", {40, 30, 6}},
	{"family_help", "s17", "passed_to_early_help", {5, 10, 8}},
	{"early_help", "children_act_2004_s10", "passed_to_early_help", {0, 15, 20}},
	{"signposted", "none", "advice_or_signposting", {0, 5, 12}},
	{"advice_given", "none", "advice_or_signposting", {0, 6, 10}},
	{"recorded_as_information", "none", "recorded_as_information", {0, 3, 10}},
	{"transfer_to_other_authority", "s17", "RC5", {8, 7, 6}},
	{"no_further_action", "none", "no_further_action", {100, 100, 100}}, /* the rest */
};

enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

static const struct outcome passed_on = {
	.name = "passed_to_allocated_worker", .basis = "s17", .closing = "passed_to_allocated_worker"};

static const struct outcome *choose(struct story *s)
{
	if (is(s->undiscussed, "protection_first"))
		return &outcomes[demo_random(s->demo, 2)]; /* those that protect */
	if (s->passed)
		return &passed_on;
	if (s->unheeded && !is(s->rating, "red"))
		return &outcomes[OUTCOMES - 1];
	unsigned column = is(s->rating, "red") ? 0 : is(s->rating, "amber") ? 1 : 2;
	unsigned drawn = demo_random(s->demo, 100);
	size_t i = 0;
	for (; drawn >= outcomes[i].percent[column]; i++)
		drawn -= outcomes[i].percent[column];
	return &outcomes[i];
}

static bool protects(const struct outcome *outcome)
{
	return is(outcome->name, "strategy_discussion") || is(outcome->name, "immediate_protection");
}

static json_t *history(struct demo *demo)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "child", "considered", "siblings",
			 demo_chance(demo, 70) ? "considered" : "nothing_recorded", "mother",
			 demo_chance(demo, 85) ? "considered" : "nothing_recorded", "father_or_other_carer",
			 demo_chance(demo, 55) ? "considered" : "not_available");
}

static void cite(struct story *s, json_t *body)
{
	static const char *const effects[] = {"confirmed", "confirmed", "changed_outcome", "changed_rating", "none"};
	if (demo_chance(s->demo, 90))
		(void)json_object_set_new(body, "discussions",
					  json_pack("[{s:s, s:s}]", "contact_attempt_id", s->talk, "effect",
						    effects[demo_random(s->demo, 5)]));
}

/* *ret_counts: it is in effect. */
static enum err_code decide_once(struct story *s, const char *stage, const struct outcome *outcome, bool *ret_counts)
{
	struct demo *demo = s->demo;
	json_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s}", "stage", stage, "outcome", outcome->name,
				 "legal_basis", outcome->basis, "level_of_need",
				 is(s->rating, "green")   ? "level 2"
				 : is(s->rating, "amber") ? "level 3"
							  : "level 4",
				 "rationale", "Weighed with what the records and the referrer say of the child's days.",
				 "history_considered", history(demo), "authorised_by", demo->manager_id);
	if (s->talk[0] != '\0')
		cite(s, body);
	else if (s->needed)
		(void)json_object_set_new(body, "undiscussed_reason",
					  json_string(protects(outcome) ? "protection_first" : s->undiscussed));
	if (is(outcome->name, "no_further_action") && s->needed)
		(void)json_object_set_new(body, "agreed_by", json_string(demo->manager_id));
	enum err_code code = story_post(s, "/decisions", body);
	if (code == ERR_NONE && s->stage == STAGE_ALL)
		code = story_sign(s, ret_counts);
	*ret_counts = *ret_counts || protects(outcome);
	return code;
}

/* The practitioner decides, the manager signs; what was refused is decided again. */
static enum err_code decide(struct story *s, const char *stage, const struct outcome *outcome, bool *ret_counts)
{
	enum err_code code = decide_once(s, stage, outcome, ret_counts);
	while (code == ERR_NONE && !*ret_counts && s->stage == STAGE_ALL && story_work(s, 20))
		code = decide_once(s, stage, outcome, ret_counts);
	return code;
}

static enum err_code decide_finally(struct story *s, const struct outcome *outcome, bool *ret_counts)
{
	struct demo *demo = s->demo;
	*ret_counts = false;
	if (!story_lies(s, 7) || !story_work(s, 15 + demo_random(demo, is(s->rating, "green") ? 900 : 110)))
		return ERR_NONE;
	enum err_code code = decide(s, "final", outcome, ret_counts);
	bool owed = is(s->undiscussed, "protection_first") && s->needed && s->talk[0] == '\0';
	if (code != ERR_NONE || !owed || demo_chance(demo, 15) || !story_work(s, 60 + demo_random(demo, 200)))
		return code;
	return story_discuss(s); /* the child is safe now: what had to wait */
}

/* ---- what the agency says ---- */

static enum err_code confirm(struct story *s)
{
	bool disputed = demo_chance(s->demo, 12);
	json_t *body = json_pack("{s:s, s:s}", "contact_attempt_id", s->talk, "answer",
				 disputed ? "disputed" : "confirmed");
	if (disputed)
		(void)json_object_set_new(body, "words", json_string("Somebody rang, but only to ask for a date."));
	return story_post_as(s, s->agency->key, story_path(s, "/discussion-confirmations"), body);
}

/* The agency has mixed two families up, or thinks so. *ret_gone: the manager lets the referral go. */
static enum err_code withdraw(struct story *s, bool *ret_gone)
{
	struct demo *demo = s->demo;
	JSON_AUTO json_t *body = json_pack("{s:s}", "reason", "We think that this was another family of the name.");
	JSON_AUTO json_t *asked = demo_request(demo, s->agency->key, s->at_us, HTTP_POST, story_path(s, "/withdrawals"),
					       body, s->err);
	if (asked == NULL)
		return s->err->code;
	if (!story_work(s, 30 + demo_random(demo, 200)))
		return ERR_NONE;
	bool gone = demo_chance(demo, 50);
	const char *path = arena_printf(&demo->tool->arena, "/v1/referrals/%s/withdrawals/%s/answer", s->id,
					json_text(asked, "id"));
	enum err_code code = story_change(s, demo->manager, HTTP_POST, path,
					  json_pack("{s:s, s:s}", "answer", gone ? "closed_sent_in_error" : "continued",
						    "reason", "Rang the agency and compared the two families."));
	*ret_gone = gone;
	return code;
}

/* ---- telling and closing ---- */

static enum err_code tell(struct story *s)
{
	struct demo *demo = s->demo;
	if (is(s->rating, "red") && demo_chance(demo, 8))
		return story_post_as(s, demo->manager, story_path(s, "/feedback"),
				     json_pack("{s:s}", "not_given_reason", "police_request"));
	json_t *body = json_pack("{s:s}", "method", demo_chance(demo, 60) ? "phone" : "email");
	if (s->agency != NULL) { /* the public is told that it arrived, which is the default */
		(void)json_object_set_new(body, "content", json_string(demo_chance(demo, 75) ? "full" : "limited"));
		(void)json_object_set_new(body, "text",
					  json_string("Thank you: what you told us was weighed. Please go on telling "
						      "us what you see."));
	}
	return story_post_as(s, demo->manager, story_path(s, "/feedback"), body);
}

static bool has_open(const json_t *record)
{
	size_t i;
	json_t *f;
	json_array_foreach(json_object_get(record, "follow_ups"), i, f)
	{
		if (is(json_text(f, "state"), "open"))
			return true;
	}
	return false;
}

/* What was late so often that it takes a manager: one who has made the plan needs no other's signature. */
static enum err_code plan_breaches(struct story *s, const json_t *record)
{
	size_t i;
	json_t *flag;
	json_array_foreach(json_object_get(record, "flags"), i, flag)
	{
		if (json_integer_value(json_object_get(flag, "breach_number")) < 3 ||
		    json_text(flag, "acknowledged_at") != NULL)
			continue;
		const char *path = arena_printf(&s->demo->tool->arena, "/v1/flags/%s/acknowledgement",
						json_text(flag, "id"));
		enum err_code code = story_post_as(
			s, s->demo->manager, path,
			json_pack("{s:s}", "plan", "Read through with the team: who has it is asked each day."));
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

static enum err_code close(struct story *s, const struct outcome *outcome)
{
	JSON_AUTO json_t *record = story_record(s);
	if (record == NULL)
		return s->err->code;
	if (has_open(record))
		return ERR_NONE;
	enum err_code code = plan_breaches(s, record);
	return code == ERR_NONE ? story_change(s, s->practitioner, HTTP_POST, story_path(s, "/closure"),
					       json_pack("{s:s}", "reason", outcome->closing))
				: code;
}

/* Now and then the school rings once more: it is judged, talked through, decided, told and closed again. */
static enum err_code go_on(struct story *s, const struct outcome *outcome)
{
	bool counts = false;
	enum err_code code = story_change(
		s, s->practitioner, HTTP_POST, story_path(s, "/reopening"),
		json_pack("{s:s, s:s}", "reason", "new_information", "note", "The school has rung again."));
	if (code == ERR_NONE && story_work(s, 20))
		code = story_screen(s, true);
	if (code == ERR_NONE && story_work(s, 30))
		code = story_discuss(s);
	if (code == ERR_NONE && story_work(s, 60))
		code = decide(s, "final", outcome, &counts);
	if (code != ERR_NONE || !counts || !story_work(s, 60))
		return code;
	code = tell(s);
	return code == ERR_NONE && story_work(s, 200) ? close(s, outcome) : code;
}

static enum err_code finish(struct story *s, const struct outcome *outcome)
{
	struct demo *demo = s->demo;
	enum err_code code = close(s, outcome);
	if (code != ERR_NONE || !demo_chance(demo, 4) || !story_work(s, 300 + demo_random(demo, 4000)))
		return code;
	return go_on(s, outcome);
}

static enum err_code come_to_an_end(struct story *s, const struct outcome *outcome)
{
	struct demo *demo = s->demo;
	enum err_code code = ERR_NONE;
	if (s->talk[0] != '\0' && s->agency != NULL && demo_chance(demo, 25) && story_work(s, 5))
		code = confirm(s);
	if (code == ERR_NONE && is(outcome->name, "transfer_to_other_authority"))
		code = story_transfer(s);
	if (code == ERR_NONE && is(outcome->name, "strategy_discussion"))
		code = story_meet(s);
	if (code != ERR_NONE || !story_lies(s, 6) || !story_work(s, 20 + demo_random(demo, 400)))
		return code;
	code = tell(s);
	if (code != ERR_NONE || demo_chance(demo, 4) || !story_work(s, 100 + demo_random(demo, 1200)))
		return code;
	return finish(s, outcome);
}

enum err_code story_decide(struct story *s)
{
	struct demo *demo = s->demo;
	enum err_code code = ERR_NONE;
	bool gone = false;
	bool counts = true;
	if (story_is_later(s))
		return ERR_NONE;
	if (demo_chance(demo, 15))
		code = story_post(s, "/notes", json_pack("{s:s}", "text", "The school rings at nine if she is away."));
	if (code == ERR_NONE && s->agency != NULL && s->stage == STAGE_ALL && demo_chance(demo, 4))
		code = withdraw(s, &gone);
	if (code == ERR_NONE && s->agency == NULL && story_lies(s, 12) && story_work(s, 10))
		code = story_post(s, "/written-confirmation",
				  json_pack("{s:s}", "channel", demo_chance(demo, 60) ? "secure_email" : "post"));
	if (code != ERR_NONE || gone || story_is_later(s))
		return code;
	const struct outcome *outcome = choose(s);
	/* Where it goes to another authority, that is decided at once. */
	bool in_two = !is(outcome->name, "transfer_to_other_authority") &&
		      demo_chance(demo, is(s->rating, "green") ? 95 : 50);
	if (s->stage == STAGE_NEXT_STEPS || protects(outcome) || in_two) {
		if (!story_work(s, 5 + demo_random(demo, 60)))
			return ERR_NONE;
		code = decide(s, "next_steps", outcome, &counts);
	}
	if (code != ERR_NONE || !counts || s->stage != STAGE_ALL)
		return code;
	code = decide_finally(s, outcome, &counts);
	return code == ERR_NONE && counts && !story_is_later(s) ? come_to_an_end(s, outcome) : code;
}
