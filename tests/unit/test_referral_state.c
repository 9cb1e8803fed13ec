/* The state table: one answer for each state and action, every state reached, and a refusal that says what is allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "referral/state.h"

#include "base/banned.h"

static const char *const states[] = {"received", "in_progress", "decided", "closed"};

enum { STATES = sizeof states / sizeof *states };

static int index_of(const char *state)
{
	for (int i = 0; i < STATES; i++) {
		if (strcmp(states[i], state) == 0)
			return i;
	}
	fail_msg("there is no state %s", state);
	return -1;
}

/* Rows are columns of STATE_SCREEN … STATE_LET_GO; NULL: refused. */
static const char *const expected[STATES][STATE_ACTION_COUNT] = {
	{"in_progress", "in_progress", "received", "received", NULL,       NULL,       "in_progress",
	 NULL,          "closed",      NULL,       "received", "received", "received", "received",
	 "received",    "received",    "received", NULL,       NULL,       "closed"},
	{"in_progress", "in_progress", "in_progress", "in_progress", "decided",     "in_progress", "in_progress",
	 NULL,          "closed",      NULL,          "in_progress", "in_progress", "in_progress", "in_progress",
	 "in_progress", "in_progress", "in_progress", NULL,          "in_progress", "closed"},
	{"decided", "decided", "decided",     "in_progress", "decided",     "decided", "decided",
	 "closed",  "closed",  NULL,          "decided",     "in_progress", "decided", "decided",
	 "decided", "decided", "in_progress", "in_progress", "in_progress", "closed"},
	{NULL, NULL, NULL, "in_progress", NULL, NULL, "in_progress", NULL, NULL, "in_progress",
	 NULL, NULL, NULL, NULL,          NULL, NULL, NULL,          NULL, NULL, NULL},
};

static void every_pair_has_its_answer(void **state)
{
	(void)state;
	for (int from = 0; from < STATES; from++) {
		for (int action = 0; action < STATE_ACTION_COUNT; action++) {
			const char *to = "untouched";
			struct err err = {0};
			enum err_code code = state_after(states[from], (enum state_action)action, &to, &err);
			if (expected[from][action] != NULL) {
				assert_int_equal(code, ERR_NONE);
				assert_string_equal(to, expected[from][action]);
			} else {
				assert_int_equal(code, ERR_WRONG_STATE);
				assert_string_equal(to, "untouched");
			}
		}
	}
}

static void the_table_has_no_doubles(void **state)
{
	size_t n = 0;
	(void)state;
	for (; state_row(n) != NULL; n++) {
		assert_in_range(state_row(n)->action, 0, STATE_ACTION_COUNT - 1);
		assert_string_equal(expected[index_of(state_row(n)->from)][state_row(n)->action], state_row(n)->to);
		for (size_t i = 0; i < n; i++)
			assert_false(state_row(i)->action == state_row(n)->action &&
				     strcmp(state_row(i)->from, state_row(n)->from) == 0);
	}
	assert_null(state_row(n + 1));
	assert_int_equal(n, 53);
}

/* What was received can come to every state, and no state is a trap. */
static void every_state_is_reached_and_left(void **state)
{
	(void)state;
	for (int start = 0; start < STATES; start++) {
		bool reached[STATES] = {false};
		reached[start] = true;
		for (int round = 0; round < STATES; round++) {
			for (size_t i = 0; state_row(i) != NULL; i++) {
				if (reached[index_of(state_row(i)->from)])
					reached[index_of(state_row(i)->to)] = true;
			}
		}
		for (int i = 1; i < STATES; i++)
			assert_true(reached[i]);
		assert_int_equal(reached[0], start == 0); /* nobody can undo the first look */
	}
}

/* New information is welcome whatever the state, and reopens what was finished: DOMAIN section 4. */
static void information_is_never_refused(void **state)
{
	(void)state;
	for (int from = 0; from < STATES; from++) {
		const char *to;
		struct err err;
		assert_int_equal(state_after(states[from], STATE_ADD_INFORMATION, &to, &err), ERR_NONE);
		assert_string_not_equal(to, "decided");
		assert_string_not_equal(to, "closed");
	}
}

/* DOMAIN section 5: protection never waits for paperwork. */
static void protection_is_never_refused(void **state)
{
	(void)state;
	for (int from = 0; from < STATES; from++) {
		const char *to;
		struct err err;
		assert_int_equal(state_after(states[from], STATE_PROTECT, &to, &err), ERR_NONE);
		assert_string_equal(to, strcmp(states[from], "decided") == 0 ? "decided" : "in_progress");
	}
}

static void a_refusal_says_what_is_allowed(void **state)
{
	const char *to = NULL;
	struct err err;
	(void)state;
	assert_int_equal(state_after("closed", STATE_SCREEN, &to, &err), ERR_WRONG_STATE);
	assert_string_equal(err.detail,
			    "a referral that is closed does not allow 'screen'; allowed now: add_information, protect, "
			    "reopen");
	for (int from = 0; from < STATES; from++) {
		for (int action = 0; action < STATE_ACTION_COUNT; action++) {
			if (expected[from][action] != NULL)
				continue;
			assert_int_equal(state_after(states[from], (enum state_action)action, &to, &err),
					 ERR_WRONG_STATE);
			const char *allowed = strstr(err.detail, "allowed now: ");
			assert_non_null(allowed);
			for (int other = 0; other < STATE_ACTION_COUNT; other++)
				assert_int_equal(strstr(allowed, state_action_name((enum state_action)other)) != NULL,
						 expected[from][other] != NULL);
		}
	}
	assert_int_equal(state_after("no such state", STATE_SCREEN, &to, &err), ERR_WRONG_STATE);
	assert_null(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_has_its_answer),       cmocka_unit_test(the_table_has_no_doubles),
		cmocka_unit_test(every_state_is_reached_and_left), cmocka_unit_test(information_is_never_refused),
		cmocka_unit_test(protection_is_never_refused),     cmocka_unit_test(a_refusal_says_what_is_allowed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
