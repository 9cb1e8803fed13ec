/*
 * The policy: which follow-ups open on which event, how long they have, what meets them. Data (api/policies, or a row of a
 * partnership's own), never constants in C; each rule carries its source. Read-only after loading.
 */
#ifndef MASHD_FOLLOWUP_POLICY_H
#define MASHD_FOLLOWUP_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "contract/contract.h"

struct policy;

/* What a rule looks at. A text that is NULL fits no condition on it. */
struct policy_facts {
	const char *rating; /* red, amber, green */
	bool immediate_protection_needed;
	const char *channel;
	const char *record_kind;
	const char *source;                    /* referral source, census code */
	const char *const *concern_categories; /* NULL at the end; NULL: none */
	bool any_child_unborn;
	bool open_case;        /* a child has one */
	bool professional;     /* the referrer is, and no member of the public */
	bool protection_first; /* a decision that protects was taken before anything was discussed, and nothing was since */
	bool out_of_hours;     /* the calendar is closed at the moment of the event */
};

static inline bool policy_facts_are_red(const struct policy_facts *facts)
{
	return facts->rating != NULL && strcmp(facts->rating, "red") == 0;
}

/* A length of time, as it goes into statements. */
struct policy_length {
	const char *unit;   /* a ClockUnit of the contract; NULL: none */
	const char *amount; /* a whole number as text */
};

/* A time that one rule gives under certain facts. Strings belong to the policy. */
struct policy_due {
	const char *kind;   /* of follow-up */
	const char *rule;   /* which row, in words: "triage", "discuss/red", "triage/immediate_protection" */
	const char *unit;   /* as in struct policy_length */
	const char *amount; /* may be below 0 where it is counted from a date of the record */
	const char *
		from; /* of the record: received_at, expected_date_of_delivery, protection_first_at; NULL: the opening */
	const char *source; /* of the rule, or "local" */
};

/*
 * The bound of "discuss is never later than decide_outcome". Where the need is found only after it, `found_after` counts instead; so
 * it does where the kind's own time is counted from a moment of the record, and past when the need is found.
 */
struct policy_bound {
	struct policy_due latest; /* the other follow-up's time, from receipt */
	struct policy_due found_after;
};

/* When an opening takes place: intake does not know the calendar, so that the database has to tell. */
enum policy_hours { POLICY_ANY_HOUR, POLICY_IN_HOURS, POLICY_OUT_OF_HOURS };

/* A follow-up that an event opens. */
struct policy_opening {
	struct policy_due due;
	bool bounded;
	struct policy_bound bound;
	enum policy_hours hours;
};

/* A rung of the escalation ladder. */
struct policy_step {
	struct policy_length after; /* the breach */
	const char *role;
	bool out_of_hours; /* told while the calendar is closed, too */
};

/* What a rule says besides its times. Lists end with NULL. */
struct policy_rule {
	const char *kind;
	const char *source;
	const char *responsible;          /* role */
	const char *const *met_by;        /* events */
	const char *const *cancelled_by;  /* events after which it is no longer the hub's; NULL: none */
	struct policy_length warn_before; /* unit NULL: no warning */
	const struct policy_step *escalate;
	size_t n_escalate;
	const char *signals; /* warning and ladder as JSON, as each timing keeps them (0011); NULL: neither */
	const char *const *pause_reasons; /* NULL: it cannot be paused */
	struct policy_length pause_max;
};

/*
 * Checks `document` against the contract's schema Policy and for sense (policy_check.c lists what makes none).
 * ERR_INVALID_BODY with an item for every problem, place = the first one's. The policy lives in `arena`, and so do the items.
 */
enum err_code policy_load(const struct contract *contract, const json_t *document, struct arena *arena,
			  struct policy **ret_policy, struct err *err) MUST_CHECK;
/* api/policies/<name>.json, embedded. */
enum err_code policy_load_embedded(const struct contract *contract, const char *name, struct arena *arena,
				   struct policy **ret_policy, struct err *err) MUST_CHECK;

/* Makes it the policy of a row; `id` must live as long. For one that is read outside of policies.h. */
void policy_of_row(struct policy *policy, const char *id);

/* "england 2026-11-24": stored with each follow-up. */
const char *policy_title(const struct policy *policy);
/* The row that it was read from; NULL: shipped. */
const char *policy_id(const struct policy *policy);

/* The follow-ups that an event opens under these facts, `out_of_hours` apart, in the order of the policy. */
enum { POLICY_OPENS_MAX = 32 };
size_t policy_opens(const struct policy *policy, const char *event, const struct policy_facts *facts,
		    struct policy_opening ret_openings[POLICY_OPENS_MAX]);
/* True where the event meets follow-ups of this kind. */
bool policy_meets(const struct policy *policy, const char *kind, const char *event);
/* True where the event cancels them. */
bool policy_cancels(const struct policy *policy, const char *kind, const char *event);
/* The time of one kind; false where the policy has no such rule. */
bool policy_due(const struct policy *policy, const char *kind, const struct policy_facts *facts,
		struct policy_due *ret_due);
/* The kinds that it has rules for, NULL past the end. */
const char *policy_kind(const struct policy *policy, size_t index);
/* The rule of one kind; NULL where it has none. */
const struct policy_rule *policy_rule(const struct policy *policy, const char *kind);
/* True where the time of a kind depends on the facts: only such ones are re-timed when facts change. */
bool policy_looks_at_facts(const struct policy *policy, const char *kind);
/* True where it depends on the rating among them, by itself or by its bound. */
bool policy_looks_at_rating(const struct policy *policy, const char *kind);
/* The bound of one kind. False where nothing that runs from receipt bounds it: all of `latest` is null; `found_after` may not be. */
bool policy_bound(const struct policy *policy, const char *kind, const struct policy_facts *facts,
		  struct policy_bound *ret_bound);

#endif
