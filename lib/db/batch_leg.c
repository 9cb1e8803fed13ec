/*
 * Builds the steps of one leg: a scope where it changes, a statement per item or, where neighbours bring records for the
 * same one, per group of them.
 */
#include "db/batch_leg.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static const size_t RECORDS_MAX = (size_t)512 << 20;  /* of one parameter: PostgreSQL takes a gigabyte */
static const size_t RECORDS_KEPT = (size_t)256 << 10; /* memory that a step keeps for the next leg */

struct batch_leg *batch_leg_new(size_t items_max)
{
	size_t room = items_max * 2 + 2; /* a scope and a statement each, BEGIN, COMMIT */
	struct batch_leg *leg = calloc(1, sizeof *leg);
	if (leg == NULL)
		abort();
	leg->steps = calloc(room, sizeof *leg->steps);
	leg->results = calloc(room, sizeof *leg->results);
	leg->parts = calloc(room, sizeof *leg->parts);
	if (leg->steps == NULL || leg->results == NULL || leg->parts == NULL)
		abort();
	for (size_t s = 0; s < room; s++)
		buf_init(&leg->parts[s].records, RECORDS_MAX);
	leg->room = room;
	return leg;
}

void batch_leg_free(struct batch_leg *leg)
{
	batch_leg_clear(leg);
	for (size_t s = 0; s < leg->room; s++)
		buf_release(&leg->parts[s].records);
	free(leg->parts);
	free(leg->results);
	free(leg->steps);
	free(leg);
}

void batch_leg_clear(struct batch_leg *leg)
{
	for (size_t s = 0; s < leg->n; s++) {
		struct leg_part *part = &leg->parts[s];
		db_result_auto_clear(&leg->results[s]);
		part->n_owners = 0;
		buf_clear(&part->records);
		if (part->records.room > RECORDS_KEPT)
			buf_release(&part->records);
	}
	leg->n = 0;
}

static struct leg_part *add_step(struct batch_leg *leg, const struct statement *statement)
{
	assert(leg->n < leg->room && statement->n_params <= BATCH_VALUES_MAX);
	struct leg_part *part = &leg->parts[leg->n];
	leg->steps[leg->n++] = (struct db_step){statement, part->values};
	return part;
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_scope(const struct db_scope *a, const struct db_scope *b)
{
	return same_text(a->partnership, b->partnership) && same_text(a->now, b->now);
}

static void add_scope(struct batch_leg *leg, const struct db_scope *scope)
{
	if (leg->scope != NULL && same_scope(leg->scope, scope))
		return;
	leg->scope = scope;
	struct scope_values *values = &leg->parts[leg->n].scope;
	leg->steps[leg->n] = scope_step(scope, leg->with_now, values);
	leg->n++;
}

static const struct batch_step *step_of(const struct batch_item *item, bool second)
{
	return second ? &item->second : &item->first;
}

/* One execution does for both: they bring records for the same statement with the same scope and leading values. */
static bool may_share(const struct batch_item *host, const struct batch_item *guest, bool second)
{
	const struct batch_step *a = step_of(host, second);
	const struct batch_step *b = step_of(guest, second);
	if (a->record == NULL || b->record == NULL || host->alone || guest->alone)
		return false;
	if (a->statement != b->statement || !same_scope(&host->scope, &guest->scope))
		return false;
	for (int i = 0; i < a->statement->n_params - 1; i++)
		if (!same_text(a->values[i], b->values[i]))
			return false;
	return true;
}

/* The last step, where item `i` may join it. */
static struct leg_part *step_to_join(struct batch_leg *leg, struct batch_item *const *items, size_t i, bool second)
{
	if (leg->n == 0)
		return NULL;
	struct leg_part *last = &leg->parts[leg->n - 1];
	if (last->n_owners == 0 || last->n_owners == BATCH_SHARED_MAX)
		return NULL;
	return may_share(items[last->owners[0]], items[i], second) ? last : NULL;
}

static void add_item(struct batch_leg *leg, struct batch_item *const *items, size_t i, bool second)
{
	const struct batch_step *step = step_of(items[i], second);
	struct leg_part *part = step_to_join(leg, items, i, second);
	if (part == NULL) {
		add_scope(leg, &items[i]->scope);
		part = add_step(leg, step->statement);
		memcpy(part->values, step->values, sizeof part->values);
	}
	if (step->record != NULL) {
		buf_add_char(&part->records, part->n_owners == 0 ? '[' : ',');
		buf_add_text(&part->records, step->record);
	}
	part->owners[part->n_owners++] = i;
}

/* Makes the arrays of records the last values. One that did not fit stays open, so that its statement fails. */
static void close_records(struct batch_leg *leg)
{
	for (size_t s = 0; s < leg->n; s++) {
		struct leg_part *part = &leg->parts[s];
		if (part->records.size == 0)
			continue;
		buf_add_char(&part->records, ']');
		part->values[leg->steps[s].statement->n_params - 1] = buf_text(&part->records);
	}
}

void batch_leg_build_first(struct batch_leg *leg, struct batch_item *const *items, size_t n)
{
	assert(leg->n == 0);
	leg->scope = NULL;
	leg->with_now = false;
	for (size_t i = 0; i < n; i++)
		leg->with_now = leg->with_now || scope_has_now(&items[i]->scope);
	(void)add_step(leg, &DB_BEGIN);
	for (size_t i = 0; i < n; i++)
		add_item(leg, items, i, false);
	close_records(leg);
}

void batch_leg_build_second(struct batch_leg *leg, struct batch_item *const *items, size_t n)
{
	assert(leg->n == 0);
	for (size_t i = 0; i < n; i++)
		if (items[i]->second.statement != NULL)
			add_item(leg, items, i, true);
	close_records(leg);
	(void)add_step(leg, &DB_COMMIT);
}
