/* For unit tests of what reads the contract: it is loaded once for the group, and an arena stands beside it. */
#ifndef MASHD_TESTS_CONTRACT_SUPPORT_H
#define MASHD_TESTS_CONTRACT_SUPPORT_H

#include "base/arena.h"
#include "contract/contract.h"

extern struct contract *contract;
extern struct arena arena;

/* Set-up and tear-down of a group of tests. */
int contract_start(void **state);
int contract_end(void **state);

#endif
