/*
 * Topics that may need clarification with the referrer (DOMAIN section 4), offered by rule from what was sent. A person sets
 * or clears them in screening. Pure: one table of topics, one function per rule.
 */
#ifndef MASHD_REFERRAL_TOPICS_H
#define MASHD_REFERRAL_TOPICS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* The weight of a topic: "material" demands a judgement, "completeness" does not; NULL for an unknown code. */
const char *topic_weight(const char *code);
/* The codes of the table, material ones first; NULL past the end. */
const char *topic_code(size_t index);
static inline bool topic_is_material(const char *code)
{
	const char *weight = topic_weight(code);
	return weight != NULL && weight[0] == 'm';
}

/* The codes that the rules offer for a referral's body, in the order of the table; returns how many. */
enum { TOPICS_MAX = 20 };
size_t topics_offered(const json_t *body, const char *ret_codes[TOPICS_MAX]);
/* The same from PostgreSQL's text of an array, "{a,b}": codes are plain words. They live in the arena. */
size_t topics_of_array(struct arena *arena, const char *array, const char *ret_codes[TOPICS_MAX]);

#endif
