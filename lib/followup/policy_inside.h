/* How a policy lies in memory: for policy_*.c alone. All of it belongs to the arena that it was loaded into. */
#ifndef MASHD_FOLLOWUP_POLICY_INSIDE_H
#define MASHD_FOLLOWUP_POLICY_INSIDE_H

#include "followup/policy.h"

/* A condition on facts. A list is NULL (any), or ends with NULL; a yes-or-no is -1 (any), 0 or 1. */
struct policy_when {
	const char *const *ratings;
	const char *const *channels;
	const char *const *record_kinds;
	const char *const *sources;
	const char *const *concern_categories;
	int immediate_protection_needed;
	int any_child_unborn;
	int open_case;
	int professional;
	int protection_first;
	int out_of_hours;
};

struct policy_row {
	struct policy_when when;
	bool has_when;
	struct policy_due due;
};

struct policy_trigger {
	const char *event;
	struct policy_when when;
};

struct rule {
	struct policy_rule public;
	struct policy_when when; /* of every opening */
	struct policy_trigger *triggers;
	bool opens_on_list; /* the document names them in a list */
	size_t n_triggers;
	struct policy_row *rows;
	size_t n_rows;
	const char *bound_kind;   /* NULL: none */
	const struct rule *bound; /* NULL where there is no rule of that kind */
	struct policy_due found_after;
};

struct policy {
	const char *title;
	const char *id; /* NULL: shipped */
	struct rule *rules;
	size_t n_rules;
};

/* policy_when.c */
struct policy_when policy_when_read(struct arena *arena, const json_t *json);
/* All but out_of_hours. */
bool policy_when_fits(const struct policy_when *when, const struct policy_facts *facts);
/* "/red/immediate_protection": "" for a condition on nothing. */
const char *policy_when_text(struct arena *arena, const struct policy_when *when);

/* policy_read.c: `document` has the shape of the contract's Policy. */
struct policy *policy_read(struct arena *arena, const json_t *document);
/* The rule of a kind; NULL where there is none. The first where there are two. */
const struct rule *policy_find(const struct policy *policy, const char *kind);

/* policy_check.c: ERR_INVALID_BODY as policy_load() says. */
enum err_code policy_check(const struct policy *policy, struct arena *arena, struct err *err) MUST_CHECK;

#endif
