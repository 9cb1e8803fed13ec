/*
 * One made-up referral while it is played: story_form.c what is sent, story.c up to the discussion, story_decide.c from the
 * decision on, story_around.c who has it meanwhile.
 */
#ifndef MASHD_MASHCTL_STORY_H
#define MASHD_MASHCTL_STORY_H

#include "demo.h"

/* How far a referral has come: the newest ones stop where a hub has some at any hour, the others go on until now. */
enum story_stage {
	STAGE_RECEIVED,
	STAGE_SCREENED,
	STAGE_TRIED,
	STAGE_DISCUSSED,
	STAGE_NEXT_STEPS, /* which the manager is to sign */
	STAGE_ALL,
};

struct story {
	struct demo *demo;
	const char *practitioner;
	const char *practitioner_id;
	const struct demo_agency *agency; /* NULL: somebody rang */
	const char *id;                   /* of the referral */
	const char *rating;               /* of the screening; NULL: nobody has looked at it */
	enum story_stage stage;           /* how far it is played */
	bool again;                       /* the family was referred before, most likely */
	bool unheeded;                    /* each time nothing is done about it, which figure 14 is there to show */
	bool immediate;                   /* protection was asked for */
	bool urgent;                      /* the team doesn't wait for office hours */
	bool needed;                      /* clarification */
	bool passed;                      /* on, to the worker of an open case */
	const char *undiscussed;          /* the reason, where it is decided undiscussed */
	char talk[IDENT_SIZE];            /* the discussion; "": none */
	char call[IDENT_SIZE];            /* the consultation before it; "": none */
	int64_t at_us;
	struct err *err;
};

/* Whatever happens at this moment has not happened yet. */
bool story_is_later(const struct story *s);
/* Something that the holder of the key does; takes the body. */
enum err_code story_post_as(struct story *s, const char *key, const char *path, json_t *body) MUST_CHECK;
/* Something that the practitioner does to the referral. */
enum err_code story_post(struct story *s, const char *what, json_t *body) MUST_CHECK;

/* A path under it: "/closure". */
const char *story_path(const struct story *s, const char *what);
/* Time passes; false where what comes next has not happened yet. */
bool story_wait(struct story *s, unsigned minutes);
/* As much of the team's time: in working hours, but at once and quicker where it is urgent. */
bool story_work(struct story *s, unsigned minutes);
/* So often it is forgotten for some days, until somebody sees the flag; false as there. */
bool story_lies(struct story *s, unsigned percent);
/* The referral as it is now; the caller's. NULL with s->err. */
json_t *story_record(struct story *s);
/* A change of the version that it has now; takes the body. */
enum err_code story_change(struct story *s, const char *key, enum http_method method, const char *path, json_t *body)
	MUST_CHECK;

/* The first judgement, or one after new information. */
enum err_code story_screen(struct story *s, bool needed) MUST_CHECK;
/* They talk. */
enum err_code story_discuss(struct story *s) MUST_CHECK;

/*
 * The manager reads what they were asked to sign, a little later, and agrees or now and then refuses. *ret_agreed: it counts now;
 * false also where that has not happened yet.
 */
enum err_code story_sign(struct story *s, bool *ret_agreed) MUST_CHECK;

/* What the agency sends of the `family`-th family; the caller's. */
json_t *story_form(struct demo *demo, unsigned index, unsigned family, bool immediate);

/* ---- story_around.c ---- */

/* The children were known before: the practitioner says who they are, and links the referrals. */
enum err_code story_recognise(struct story *s) MUST_CHECK;

/* Somebody rang the hub for advice before there was a referral. */
enum err_code story_consult(struct story *s, int64_t received_us) MUST_CHECK;
/* That call, as the discussion that is owed. */
enum err_code story_link_call(struct story *s) MUST_CHECK;
/* Who has it once it was screened: one of the team, the worker of an open case, at night duty. */
enum err_code story_give(struct story *s) MUST_CHECK;
/* What the decision asks for: another authority that takes it over, a strategy discussion. */
enum err_code story_transfer(struct story *s) MUST_CHECK;
enum err_code story_meet(struct story *s) MUST_CHECK;

/* What becomes of it after it was screened, and discussed or not: decision, feedback, closing. */
enum err_code story_decide(struct story *s) MUST_CHECK;

#endif
