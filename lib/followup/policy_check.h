/* What the files of policy_check*.c share. */
#ifndef MASHD_FOLLOWUP_POLICY_CHECK_H
#define MASHD_FOLLOWUP_POLICY_CHECK_H

#include "followup/policy_inside.h"

struct policy_problems {
	struct arena *arena;
	struct err_item *items;
	size_t n;
};

/* One more; `pointer` and `code` must outlive the arena or lie in it. Past the ceiling it is dropped. */
void policy_problem(struct policy_problems *problems, const char *pointer, const char *code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* What opens and meets the rule at `place`. */
void policy_check_events(struct policy_problems *problems, const struct rule *rule, const char *place);
/* Its times: due, bound, warning, ladder. */
void policy_check_times(struct policy_problems *problems, const struct rule *rule, const char *place);
/* Rows of its `due` that can never count. */
void policy_check_rows(struct policy_problems *problems, const struct rule *rule, const char *place);
/* What the policy as a whole has to owe, and to whom. */
void policy_check_duties(struct policy_problems *problems, const struct policy *policy);

/* Whether one record can fit both; the concerns of a record are several, and may fit two lists at once. */
bool policy_whens_agree(const struct policy_when *a, const struct policy_when *b);

#endif
