#include "contract_support.h"

#include <stdio.h>

#include "referral/quality.h"

#include "base/banned.h"

struct contract *contract;
struct arena arena;

int contract_start(void **state)
{
	struct err err;
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	if (contract_load(referral_quality_rules, &contract, &err) == ERR_NONE)
		return 0;
	(void)fprintf(stderr, "%s: %s\n", err.place, err.detail);
	return 1;
}

int contract_end(void **state)
{
	(void)state;
	contract_free(contract);
	arena_release(&arena);
	return 0;
}
