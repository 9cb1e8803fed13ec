/* The table of what can happen, and what somebody may have meant. */
#include "followup/events.h"

#include <string.h>

#include "base/banned.h"

enum { NAME_MAX_SIZE = 81 };

static const struct followup_event rows[] = {
	{"referral.received", "a referral was taken in", false, false, NULL},
	{"information.added", "more was sent about a referral that is known", false, false, NULL},
	{"referral.reopened", "a closed referral was taken up again", false, false, NULL},
	{"child.added", "a child came to a referral that is known: sent with more about it, or added by the hub", false,
	 false, NULL},
	{"document.received", "a document arrived for a referral: the written confirmation of a phone call", false,
	 false, NULL},
	{"submission.rejected", "an agency's post was refused", false, true, NULL},
	{"submission.accepted", "a post was taken whose reference had been refused before", false, true, NULL},
	{"submission.no_referral", "the agency said of a refused post that it was no referral", false, true, NULL},
	{"acknowledgement.sent", "the referrer was told that the referral has arrived", false, false, NULL},
	{"screening.recorded", "a screening was recorded", false, false, NULL},
	{"clarification.needed", "a screening judged that the referrer must be asked", false, false, NULL},
	{"discussion.held", "a contact attempt that counts as a discussion", true, false, NULL},
	{"decision.next_steps", "every child has a decision, at stage next_steps or final", false, false, NULL},
	{"decision.final", "every child has a final decision", false, false, NULL},
	{"decision.undone",
	 "a final decision is to be made again: protection took its place, or a screening rated higher than it stood "
	 "on",
	 false, false, NULL},
	{"decision.strategy_discussion", "a strategy discussion was decided", false, false, NULL},
	{"decision.transfer", "a transfer to another authority was decided", false, false, NULL},
	{"strategy_discussion.held", "the strategy discussion's meeting was recorded", false, false, NULL},
	{"transfer.accepted", "the other authority accepted", false, false, "transferred"},
	{"feedback.recorded", "the referrer was told of the outcome, or the lawful reason not to tell recorded", false,
	 false, NULL},
	{"open_case.found", "a child turned out to have an open case", false, false, NULL},
	{"allocated_worker.accepted", "the worker of the open case, their manager or duty accepted", false, false,
	 NULL},
	{"out_of_hours.needed", "a red referral is unfinished while the hub is closed, or falls due then", false, false,
	 NULL},
	{"handover.accepted", "a named duty worker took a referral over", true, false, NULL},
	{"sample.drawn", "the weekly sample has a screening in it that said that clarification is not needed", false,
	 false, NULL},
	{"sample.reviewed", "a manager has read a screening of the sample again", false, false, NULL},
	{"handover.returned", "the hub took a referral back from duty", false, false, NULL},
	{"not_needed.refused", "the second person refused a screening that said that the referrer need not be asked",
	 false, false, NULL},
	{"referral.promoted", "a notification that was decided became a request for service", false, false, NULL},
	{"transfer.accepted_in_part", "the other authority accepted some of the children, and the others stay", false,
	 false, NULL},
};

enum { ROWS = sizeof rows / sizeof *rows };

const struct followup_event *followup_event(size_t index)
{
	return index < ROWS ? &rows[index] : NULL;
}

const struct followup_event *followup_event_find(const char *name)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

/* How many letters must be added, left out or changed to make one of the other (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_SIZE + 1];
	size_t length = strlen(b);
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t best = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
			diagonal = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[length];
}

const char *followup_event_nearest(const char *name)
{
	const char *nearest = NULL;
	size_t least = NAME_MAX_SIZE;
	if (strlen(name) > NAME_MAX_SIZE)
		return NULL;
	for (size_t i = 0; i < ROWS; i++) {
		size_t far = distance(name, rows[i].name);
		if (far < least && far <= strlen(rows[i].name) / 3) {
			least = far;
			nearest = rows[i].name;
		}
	}
	return nearest;
}
