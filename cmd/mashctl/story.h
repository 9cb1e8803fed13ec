/* One made-up referral while it is played: story.c up to the discussion, story_decide.c from the decision on. */
#ifndef MASHD_MASHCTL_STORY_H
#define MASHD_MASHCTL_STORY_H

#include "demo.h"

struct story {
	struct demo *demo;
	const char *practitioner;
	const char *agency;    /* key of the agency; NULL: somebody rang */
	const char *id;        /* of the referral */
	const char *rating;    /* of the screening; NULL: nobody has looked at it */
	bool needed;           /* clarification */
	bool tried;            /* in vain */
	char talk[IDENT_SIZE]; /* the discussion; "": none */
	int64_t at_us;
	struct err *err;
};

/* Whatever happens at this moment has not happened yet. */
bool story_is_later(const struct story *s);
/* Something that the holder of the key does; takes the body. */
enum err_code story_post_as(struct story *s, const char *key, const char *path, json_t *body) MUST_CHECK;
/* Something that the practitioner does to the referral. */
enum err_code story_post(struct story *s, const char *what, json_t *body) MUST_CHECK;

/* What becomes of it after it was screened, and discussed or not: decision, feedback, closing. */
enum err_code story_decide(struct story *s) MUST_CHECK;

#endif
