/* The state table of a referral. */
#include "referral/state.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

static const struct state_row rows[] = {
	{"received", STATE_SCREEN, "in_progress"},
	{"received", STATE_ATTEMPT_CONTACT, "in_progress"},
	{"received", STATE_ACKNOWLEDGE, "received"},
	{"received", STATE_ADD_INFORMATION, "received"},
	{"received", STATE_PROTECT, "in_progress"},
	{"received", STATE_WITHDRAW, "closed"},
	{"in_progress", STATE_SCREEN, "in_progress"},
	{"in_progress", STATE_ATTEMPT_CONTACT, "in_progress"},
	{"in_progress", STATE_ACKNOWLEDGE, "in_progress"},
	{"in_progress", STATE_ADD_INFORMATION, "in_progress"},
	{"in_progress", STATE_DECIDE, "decided"},
	{"in_progress", STATE_DECIDE_NEXT_STEPS, "in_progress"},
	{"in_progress", STATE_PROTECT, "in_progress"},
	{"in_progress", STATE_WITHDRAW, "closed"},
	{"decided", STATE_SCREEN, "decided"},
	{"decided", STATE_ATTEMPT_CONTACT, "decided"},
	{"decided", STATE_ACKNOWLEDGE, "decided"},
	{"decided", STATE_ADD_INFORMATION, "in_progress"},
	{"decided", STATE_DECIDE, "decided"},
	{"decided", STATE_DECIDE_NEXT_STEPS, "decided"},
	{"decided", STATE_PROTECT, "decided"},
	{"decided", STATE_CLOSE, "closed"},
	{"decided", STATE_WITHDRAW, "closed"},
	{"closed", STATE_ADD_INFORMATION, "in_progress"},
	{"closed", STATE_PROTECT, "in_progress"},
	{"closed", STATE_REOPEN, "in_progress"},
	{"received", STATE_ASSIGN, "received"},
	{"in_progress", STATE_ASSIGN, "in_progress"},
	{"decided", STATE_ASSIGN, "decided"},
	{"received", STATE_PROMOTE, "received"},
	{"in_progress", STATE_PROMOTE, "in_progress"},
	{"decided", STATE_PROMOTE, "in_progress"},
	{"received", STATE_HAND_OVER, "received"},
	{"in_progress", STATE_HAND_OVER, "in_progress"},
	{"decided", STATE_HAND_OVER, "decided"},
	{"received", STATE_PASS_ON, "received"},
	{"in_progress", STATE_PASS_ON, "in_progress"},
	{"decided", STATE_PASS_ON, "decided"},
	{"received", STATE_TRANSFER, "received"},
	{"in_progress", STATE_TRANSFER, "in_progress"},
	{"decided", STATE_TRANSFER, "decided"},
	{"received", STATE_RAISE_FLAG, "received"},
	{"in_progress", STATE_RAISE_FLAG, "in_progress"},
	{"decided", STATE_RAISE_FLAG, "decided"},
	{"received", STATE_ADD_CHILD, "received"},
	{"in_progress", STATE_ADD_CHILD, "in_progress"},
	{"decided", STATE_ADD_CHILD, "in_progress"},
	{"decided", STATE_PROTECT_AGAIN, "in_progress"},
	{"in_progress", STATE_RATE_HIGHER, "in_progress"},
	{"decided", STATE_RATE_HIGHER, "in_progress"},
	{"received", STATE_LET_GO, "closed"},
	{"in_progress", STATE_LET_GO, "closed"},
	{"decided", STATE_LET_GO, "closed"},
};

static const char *const action_names[STATE_ACTION_COUNT] = {
	[STATE_SCREEN] = "screen",           [STATE_ATTEMPT_CONTACT] = "attempt_contact",
	[STATE_ACKNOWLEDGE] = "acknowledge", [STATE_ADD_INFORMATION] = "add_information",
	[STATE_DECIDE] = "decide",           [STATE_DECIDE_NEXT_STEPS] = "decide_next_steps",
	[STATE_PROTECT] = "protect",         [STATE_CLOSE] = "close",
	[STATE_WITHDRAW] = "withdraw",       [STATE_REOPEN] = "reopen",
	[STATE_ASSIGN] = "assign",           [STATE_PROMOTE] = "promote",
	[STATE_HAND_OVER] = "hand_over",     [STATE_PASS_ON] = "pass_on",
	[STATE_TRANSFER] = "transfer",       [STATE_RAISE_FLAG] = "raise_flag",
	[STATE_ADD_CHILD] = "add_child",     [STATE_PROTECT_AGAIN] = "protect_again",
	[STATE_RATE_HIGHER] = "rate_higher", [STATE_LET_GO] = "let_go",
};

enum { ROWS = sizeof rows / sizeof *rows };

const struct state_row *state_row(size_t index)
{
	return index < ROWS ? &rows[index] : NULL;
}

const char *state_action_name(enum state_action action)
{
	return action_names[action];
}

static enum err_code refuse(const char *state, enum state_action action, struct err *err)
{
	char allowed[300] = "";
	size_t used = 0;
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].from, state) != 0 || used >= sizeof allowed)
			continue;
		int n = snprintf(allowed + used, sizeof allowed - used, "%s%s", used == 0 ? "" : ", ",
				 action_names[rows[i].action]);
		used += n > 0 ? (size_t)n : 0;
	}
	return err_set(err, ERR_WRONG_STATE, "", "a referral that is %s does not allow '%s'; allowed now: %s", state,
		       action_names[action], allowed);
}

enum err_code state_after(const char *state, enum state_action action, const char **ret_state, struct err *err)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].action == action && strcmp(rows[i].from, state) == 0) {
			*ret_state = rows[i].to;
			return ERR_NONE;
		}
	}
	return refuse(state, action, err);
}
