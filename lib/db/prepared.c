/* Which statements a connection has prepared: open addressing by the statement's address. Knows nothing of libpq. */
#include "db/connection.h"

#include <stdlib.h>

#include "base/banned.h"

/* Stands where an entry was removed, so that what lies behind it is still found. */
static const struct statement REMOVED;

static size_t slot_of(const struct prepared *prepared, const struct statement *statement)
{
	uint64_t hash = (uint64_t)(uintptr_t)statement * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(hash >> 32) & (prepared->room - 1);
}

/* The place of `statement`, or of the free slot that ends its chain. */
static size_t find(const struct prepared *prepared, const struct statement *statement)
{
	size_t at = slot_of(prepared, statement);
	while (prepared->slots[at] != NULL && prepared->slots[at] != statement)
		at = (at + 1) & (prepared->room - 1);
	return at;
}

bool prepared_has(const struct prepared *prepared, const struct statement *statement)
{
	return prepared->room > 0 && prepared->slots[find(prepared, statement)] == statement;
}

static void grow(struct prepared *prepared)
{
	struct prepared bigger = {.room = prepared->room == 0 ? 64 : prepared->room * 2};
	bigger.slots = calloc(bigger.room, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		abort();
	for (size_t i = 0; i < prepared->room; i++) {
		const struct statement *statement = prepared->slots[i];
		if (statement == NULL || statement == &REMOVED)
			continue;
		bigger.slots[find(&bigger, statement)] = statement;
		bigger.count++;
	}
	free(prepared->slots);
	*prepared = bigger;
}

void prepared_add(struct prepared *prepared, const struct statement *statement)
{
	if (2 * (prepared->count + 1) > prepared->room)
		grow(prepared);
	size_t at = find(prepared, statement);
	if (prepared->slots[at] == statement)
		return;
	prepared->slots[at] = statement;
	prepared->count++;
}

void prepared_remove(struct prepared *prepared, const struct statement *statement)
{
	if (prepared->room == 0)
		return;
	size_t at = find(prepared, statement);
	if (prepared->slots[at] == statement)
		prepared->slots[at] = &REMOVED;
}

void prepared_release(struct prepared *prepared)
{
	free(prepared->slots);
	*prepared = (struct prepared){0};
}
