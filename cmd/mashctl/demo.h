/* demo load: a made-up hub at work. demo.c makes its people and keys, story*.c what happens to each referral. */
#ifndef MASHD_MASHCTL_DEMO_H
#define MASHD_MASHCTL_DEMO_H

#include <stdint.h>

#include "app/app.h"
#include "auth/auth.h"
#include "tool.h"

enum { DEMO_AGENCIES = 7, DEMO_PRACTITIONERS = 3 };
#define DEMO_WORKER "Callum Caseworth"

struct demo_agency {
	const char *name;
	const char *kind;
	const char *source;
	char id[IDENT_SIZE];
	char key[AUTH_KEY_SIZE];
};

struct demo {
	struct tool *tool;
	struct app app; /* its house alone: contract, policy, no batch writer */
	char partnership[IDENT_SIZE];
	struct demo_agency agencies[DEMO_AGENCIES];
	char practitioner_ids[DEMO_PRACTITIONERS][IDENT_SIZE];
	char practitioners[DEMO_PRACTITIONERS][AUTH_KEY_SIZE];
	char manager_id[IDENT_SIZE];
	char manager[AUTH_KEY_SIZE];
	char duty_id[IDENT_SIZE];
	char duty[AUTH_KEY_SIZE];
	char worker_id[IDENT_SIZE]; /* of open cases */
	char worker[AUTH_KEY_SIZE];
	char analyst[AUTH_KEY_SIZE];
	char admin[AUTH_KEY_SIZE];
	int64_t now_us;  /* real: what happens later is not played */
	uint64_t chance; /* state of the generator: the same story each time */
};

/* Begins the chance of one thing anew: what comes then depends on `seed` alone. */
void demo_begin(struct demo *demo, uint64_t seed);
/* A number from 0 to before `n`. */
unsigned demo_random(struct demo *demo, unsigned n);
static inline bool demo_chance(struct demo *demo, unsigned percent)
{
	return demo_random(demo, 100) < percent;
}

/*
 * One request in this process, at the simulated instant `at_us`, along the same way as over HTTP. The answer's JSON, owned
 * by the caller; NULL with `err` where the status is not 2xx.
 */
json_t *demo_request(struct demo *demo, const char *key, int64_t at_us, enum http_method method, const char *path,
		     const json_t *body, struct err *err);

/* One that asks for the version of the record, too. */
json_t *demo_transition(struct demo *demo, const char *key, int64_t at_us, enum http_method method, const char *path,
			long long version, const json_t *body, struct err *err);

/* What the daemon does by itself: compares the people of new referrals with those that are known. */
enum err_code demo_compare(struct demo *demo, struct err *err) MUST_CHECK;

/* Plays the `index`-th of `total` referrals up to now. */
enum err_code story_play(struct demo *demo, unsigned index, unsigned total, struct err *err) MUST_CHECK;
/* For some of the flags that stand somebody has said what is going to be done. */
enum err_code story_plan_flags(struct demo *demo, struct err *err) MUST_CHECK;

#endif
