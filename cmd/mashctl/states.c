/* states: the state table of a referral, as lines or as a diagram. */
#include <stdio.h>
#include <string.h>

#include "referral/state.h"
#include "tool.h"

#include "base/banned.h"

static bool is_first(const struct state_row *row)
{
	for (size_t i = 0; state_row(i) != row; i++) {
		if (strcmp(state_row(i)->from, row->from) == 0 && strcmp(state_row(i)->to, row->to) == 0)
			return false;
	}
	return true;
}

/* One arrow from a state to another, with all that leads there. */
static void print_arrow(const struct state_row *row)
{
	const char *between = "";
	(void)printf("    %s --> %s : ", row->from, row->to);
	for (size_t i = 0; state_row(i) != NULL; i++) {
		const struct state_row *other = state_row(i);
		if (strcmp(other->from, row->from) != 0 || strcmp(other->to, row->to) != 0)
			continue;
		(void)printf("%s%s", between, state_action_name(other->action));
		between = ", ";
	}
	(void)puts("");
}

enum exit_status command_states(struct tool *tool)
{
	if (tool_option(tool, "mermaid") == NULL) {
		for (size_t i = 0; state_row(i) != NULL; i++)
			(void)printf("%-12s %-18s %s\n", state_row(i)->from, state_action_name(state_row(i)->action),
				     state_row(i)->to);
		return EXIT_FINE;
	}
	(void)puts("stateDiagram-v2");
	(void)printf("    [*] --> %s\n", state_row(0)->from);
	for (size_t i = 0; state_row(i) != NULL; i++) {
		if (is_first(state_row(i)))
			print_arrow(state_row(i));
	}
	return EXIT_FINE;
}
