/* What makes a strategy discussion one. */
#include <string.h>

#include "base/json.h"
#include "strategy/strategy.h"

#include "base/banned.h"

enum err_code strategy_check(const struct strategy_facts *facts, struct err *err)
{
	if (!facts->chair_found)
		return err_set(err, ERR_RULE_BROKEN, "/chaired_by",
			       "no practitioner, manager or duty worker here has that id");
	if (!facts->children_found)
		return err_set(err, ERR_RULE_BROKEN, "/children", "a child named here is not on this referral");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/held_at", "a meeting cannot have been held in the future");
	if (facts->before_receipt)
		return err_set(err, ERR_RULE_BROKEN, "/held_at",
			       "a strategy discussion cannot lie before the receipt of the referral");
	return ERR_NONE;
}

static bool is_present(const json_t *present, const char *agency)
{
	size_t i;
	json_t *person;
	json_array_foreach(present, i, person)
	{
		const char *from = json_text(person, "agency");
		if (from != NULL && strcmp(from, agency) == 0)
			return true;
	}
	return false;
}

size_t strategy_missing(const json_t *present, const char *ret_missing[STRATEGY_REQUIRED])
{
	static const char *const required[STRATEGY_REQUIRED] = {"social_care", "police", "health"};
	size_t n = 0;
	for (size_t i = 0; i < STRATEGY_REQUIRED; i++) {
		if (!is_present(present, required[i]))
			ret_missing[n++] = required[i];
	}
	return n;
}
