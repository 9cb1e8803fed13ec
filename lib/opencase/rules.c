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

enum err_code opencase_check_acceptance(const struct opencase_facts *facts, struct err *err)
{
	if (!facts->is_pending)
		return err_set(err, ERR_WRONG_STATE, "",
			       facts->is_accepted ? "this referral is accepted already; allowed now: pass"
						  : "this referral was passed to nobody; allowed now: pass");
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
