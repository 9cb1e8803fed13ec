/* Who may pass what to whom. */
#include "opencase/opencase.h"

#include "base/banned.h"

enum err_code opencase_check_passing(const struct opencase_facts *facts, struct err *err)
{
	if (!facts->children_found)
		return err_set(err, ERR_RULE_BROKEN, "/children", "a child named here is not on this referral");
	if (facts->names_worker && !facts->worker_fits)
		return err_set(err, ERR_RULE_BROKEN, "/worker_id", "no allocated worker here has that id");
	return ERR_NONE;
}

/* Which one is accepted, and that it waits. */
static enum err_code check_case(const struct opencase_facts *facts, struct err *err)
{
	if (!facts->was_passed)
		return err_set(err, ERR_WRONG_STATE, "", "this referral was passed to nobody; allowed now: pass");
	if (!facts->case_found && facts->names_case)
		return err_set(err, ERR_RULE_BROKEN, "/open_case_id", "this referral has no open case with that id");
	if (!facts->case_found && facts->waiting > 1)
		return err_set(err, ERR_RULE_BROKEN, "/open_case_id",
			       "%lld open cases of this referral wait to be accepted: name the one that is meant",
			       facts->waiting);
	if (!facts->case_found || facts->is_accepted)
		return err_set(err, ERR_WRONG_STATE, "", "this referral is accepted already; allowed now: pass%s",
			       facts->waiting > 0 ? ", acceptance of an open case that waits" : "");
	if (facts->is_superseded)
		return err_set(err, ERR_WRONG_STATE, "",
			       "the children of this open case were passed on again since; allowed now: pass%s",
			       facts->waiting > 0 ? ", acceptance of an open case that waits" : "");
	return ERR_NONE;
}

enum err_code opencase_check_acceptance(const struct opencase_facts *facts, struct err *err)
{
	enum err_code code = check_case(facts, err);
	if (code != ERR_NONE)
		return code;
	/* DOMAIN section 3: accepted by the other side, whose worker it is, or for them; never by whoever passed it. */
	if (facts->passed_by_you && !facts->is_worker)
		return err_set(err, ERR_RULE_BROKEN, "/open_case_id",
			       "you passed this on yourself: the worker accepts, or another manager or duty for them");
	if (facts->in_future)
		return err_set(err, ERR_RULE_BROKEN, "/accepted_at", "it cannot have been accepted in the future");
	if (facts->before_passing)
		return err_set(err, ERR_RULE_BROKEN, "/accepted_at",
			       "it cannot have been accepted before it was passed on");
	return ERR_NONE;
}

const char *opencase_accepted_as(unsigned roles)
{
	if ((roles & ROLE_ALLOCATED_WORKER) != 0)
		return "allocated_worker";
	if ((roles & ROLE_MANAGER) != 0)
		return "manager";
	return (roles & ROLE_DUTY) != 0 ? "duty" : NULL;
}
