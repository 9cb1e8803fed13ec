/*
 * What each role may do: one table. The contract names a permission per operation (x-permission); the daemon refuses to
 * start where the contract names one that is not here, or where one here is used by no operation.
 */
#ifndef MASHD_AUTH_PERMISSION_H
#define MASHD_AUTH_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>

/* Roles of a key, as bits. The names are those of the contract and the database. */
enum role {
	ROLE_AGENCY = 1 << 0,
	ROLE_PRACTITIONER = 1 << 1,
	ROLE_MANAGER = 1 << 2,
	ROLE_ANALYST = 1 << 3,
	ROLE_ADMIN = 1 << 4,
	ROLE_DUTY = 1 << 5,
	ROLE_ALLOCATED_WORKER = 1 << 6,
	ROLES_HUB = ROLE_PRACTITIONER | ROLE_MANAGER, /* who may read referrals of all agencies */
};

/* The bit of a role's name, 0 where there is none. */
unsigned role_bit(const char *name);

/* The roles that hold a permission; 0 where there is no such permission. "none" needs no key and is not here. */
unsigned permission_roles(const char *permission);

/* The table, for the check at start and for tests: NULL past the end. */
const char *permission_name(size_t index);

#endif
