/*
 * The policy: which follow-ups open on which event, and how long they have. Data (api/policies), never constants in C; each
 * rule carries its source. Read-only after loading.
 */
#ifndef MASHD_FOLLOWUP_POLICY_H
#define MASHD_FOLLOWUP_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "contract/contract.h"

struct policy;

/* What a rule looks at. */
struct policy_facts {
	const char *rating; /* red, amber, green */
	bool immediate_protection_needed;
};

/* A time that one rule gives under certain facts. Strings belong to the policy. */
struct policy_due {
	const char *kind;   /* of follow-up */
	const char *rule;   /* which row, in words: "triage", "discuss/red", "triage/immediate_protection" */
	const char *unit;   /* elapsed_minutes, working_minutes, working_days */
	const char *amount; /* a number as text: it goes into statements */
	const char *source; /* of the rule, or "local" */
};

/* The bound of "discuss is never later than decide_outcome". */
struct policy_bound {
	struct policy_due latest;      /* the other follow-up's time, from receipt */
	struct policy_due found_after; /* the bound when the need is found only after that */
};

/*
 * Checks `document` against the contract's schema Policy and for sense: each kind once, bounds name a rule, the last row of
 * `due` has no condition. ERR_INVALID_BODY with place = the rule. The policy lives in `arena`.
 */
enum err_code policy_load(const struct contract *contract, const json_t *document, struct arena *arena,
			  struct policy **ret_policy, struct err *err) MUST_CHECK;
/* api/policies/<name>.json, embedded. */
enum err_code policy_load_embedded(const struct contract *contract, const char *name, struct arena *arena,
				   struct policy **ret_policy, struct err *err) MUST_CHECK;

/* "england 2026-11-23": stored with each follow-up. */
const char *policy_title(const struct policy *policy);

/* The follow-ups that an event opens under these facts, in the order of the policy; at most POLICY_OPENS_MAX. */
enum { POLICY_OPENS_MAX = 16 };
size_t policy_opens(const struct policy *policy, const char *event, const struct policy_facts *facts,
		    struct policy_due ret_due[POLICY_OPENS_MAX]);
/* The time of one kind; false where the policy has no such rule. */
bool policy_due(const struct policy *policy, const char *kind, const struct policy_facts *facts,
		struct policy_due *ret_due);
/* The kinds that it has rules for, NULL past the end. */
const char *policy_kind(const struct policy *policy, size_t index);
/* True where the time of a kind depends on the facts: only such ones are re-timed when facts change. */
bool policy_looks_at_facts(const struct policy *policy, const char *kind);
/* The bound of one kind; false where it has none. */
bool policy_bound(const struct policy *policy, const char *kind, const struct policy_facts *facts,
		  struct policy_bound *ret_bound);

#endif
