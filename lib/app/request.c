/*
 * The request's way: admit (lib/http) -> route -> authenticate -> validate against the contract -> authorise -> handler ->
 * statement -> rows written straight to JSON -> reply. This file is the only one that knows the order.
 */
#include "app/request.h"

#include <string.h>
#include <strings.h>

#include "app/operations.h"
#include "base/json.h"
#include "base/log.h"
#include "followup/policies.h"
#include "rejection/rejection.h"

#include "base/banned.h"

static bool is_public(const struct operation *operation)
{
	return strcmp(operation->permission, "none") == 0;
}

static enum err_code route(const struct house *house, struct http_exchange *x, struct err *err)
{
	const struct operation *operation = NULL;
	enum err_code code = contract_route(house->contract, x, &operation, err);
	if (code != ERR_NONE)
		return code;
	x->route = operation;
	x->operation = operation->id;
	return ERR_NONE;
}

static enum err_code authenticate(struct call *call, struct err *err)
{
	if (is_public(call->operation))
		return ERR_NONE;
	const char *authorization = http_exchange_header(call->x, "authorization");
	enum err_code code = auth_identify(call->db, authorization, call->scope.now, &call->caller, err);
	if (code != ERR_NONE)
		return code;
	call->scope.partnership = call->caller.partnership;
	return policies_hold(call->house->policies, call->db, &call->scope, call->caller.partnership,
			     call->caller.policy_id, &call->policy, err);
}

static enum err_code validate(struct call *call, struct err *err)
{
	const struct contract *contract = call->house->contract;
	enum err_code code = contract_check_parameters(contract, call->operation, call->x, call->arena,
						       &call->parameters, err);
	if (code == ERR_NONE)
		code = contract_check_accept(call->operation, call->x, err);
	if (code != ERR_NONE || !call->operation->has_body)
		return code;
	const char *encoding = http_exchange_header(call->x, "content-encoding");
	if (encoding != NULL && strcasecmp(encoding, "identity") != 0)
		return err_set(err, ERR_UNSUPPORTED_MEDIA_TYPE, "header: Content-Encoding",
			       "the body must be sent as it is, without an encoding");
	code = contract_check_content_type(contract, call->operation, http_exchange_header(call->x, "content-type"),
					   err);
	if (code == ERR_NONE)
		code = json_read(call->x->body, call->x->body_size, &call->body, err);
	if (code == ERR_NONE)
		code = contract_check_body(contract, call->operation, call->body, call->arena, err);
	return code;
}

static enum err_code authorise(const struct call *call, struct err *err)
{
	const char *permission = call->operation->permission;
	if (is_public(call->operation) || caller_has(&call->caller, permission_roles(permission)))
		return ERR_NONE;
	return err_set(err, ERR_FORBIDDEN, "", "this needs the permission %s, which the roles of your key do not give",
		       permission);
}

/*
 * A referral that an agency tried to post and that could not be taken is not forgotten (DOMAIN: nothing said about a child
 * is turned away). The refusal stands even where the record of it fails: the agency must learn of the refusal first.
 */
static void remember_refusal(struct call *call, const struct err *refusal)
{
	if (strcmp(call->operation->id, "createReferral") != 0 || call->caller.agency_id[0] == '\0')
		return;
	struct err err = {0};
	if (call->body == NULL) /* refused before it was read: the reference may be readable all the same */
		(void)!json_read(call->x->body, call->x->body_size, &call->body, &err);
	if (rejection_record(call->db, &call->scope, &call->caller, call_policy(call), call->x, call->body, refusal,
			     &err) != ERR_NONE)
		log_error("rejected_submission_not_recorded", "request_id", call->x->request_id, "sqlstate",
			  db_sqlstate(call->db), "database", db_log_text(call->db));
}

static enum err_code all_steps(struct call *call, struct err *err)
{
	enum err_code code = authenticate(call, err);
	if (code != ERR_NONE)
		return code;
	code = validate(call, err);
	if (code != ERR_NONE) {
		remember_refusal(call, err);
		return code;
	}
	code = authorise(call, err);
	if (code != ERR_NONE)
		return code;
	code = operations_handler(call->house->contract, call->operation)(call, err);
	if (code == ERR_IDEMPOTENCY_KEY_REUSED)
		remember_refusal(call,
				 err); /* another document under an old key: its sender may believe that it arrived */
	return code;
}

static struct call new_call(const struct house *house, struct db *db, const char *now, struct http_exchange *x)
{
#ifdef MASHD_TEST_CLOCK
	if (now == NULL)
		now = http_exchange_header(x, "mashd-test-now");
#endif
	return (struct call){
		.x = x,
		.arena = &x->arena,
		.out = &x->reply.body,
		.house = house,
		.operation = x->route,
		.policy = house->policy,
		.db = db,
		.scope = {.now = now},
	};
}

static bool finish(struct call *call, enum err_code code, const struct err *err)
{
	json_decref(call->body);
	policies_release(call->house->policies, call->policy);
	if (call->handed_over)
		return false;
	if (code != ERR_NONE) {
		http_reply_clear(call->x);
		http_reply_problem(call->x, err);
	}
	return true;
}

bool request_admit(const struct house *house, struct http_exchange *x)
{
	struct err err = {0};
	enum err_code code = route(house, x, &err);
	if (code != ERR_NONE) {
		http_reply_problem(x, &err);
		return true;
	}
	struct call call = new_call(house, NULL, NULL, x);
	if (!call.operation->immediate)
		return false;
	code = validate(&call, &err);
	if (code == ERR_NONE)
		code = operations_handler(house->contract, call.operation)(&call, &err);
	return finish(&call, code, &err);
}

bool request_handle(const struct house *house, struct db *db, const char *now, struct http_exchange *x)
{
	struct err err = {0};
	struct call call = new_call(house, db, now, x);
	enum err_code code = all_steps(&call, &err);
	return finish(&call, code, &err);
}
