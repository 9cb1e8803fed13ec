/* The table of roles and permissions. */
#include "auth/permission.h"

#include <string.h>

#include "base/banned.h"

static const struct {
	const char *name;
	unsigned bit;
} role_names[] = {
	{"agency", ROLE_AGENCY},   {"practitioner", ROLE_PRACTITIONER},
	{"manager", ROLE_MANAGER}, {"analyst", ROLE_ANALYST},
	{"admin", ROLE_ADMIN},
};

enum {
	HUB = ROLES_HUB,
	WITH_AGENCY = ROLES_HUB | ROLE_AGENCY,
	MANAGER = ROLE_MANAGER,
	FIGURES = ROLE_MANAGER | ROLE_ANALYST,
	ADMIN = ROLE_ADMIN,
	DIRECTORY = ROLES_HUB | ROLE_ADMIN, /* agencies and staff are read by those who work with them */
};

static const struct {
	const char *permission;
	unsigned roles;
} rows[] = {
	{"referral.create", WITH_AGENCY},
	{"referral.read", WITH_AGENCY},
	{"referral.list", HUB},
	{"rejected_submission.list", WITH_AGENCY},
	{"screening.record", HUB},
	{"contact_attempt.record", HUB},
	{"acknowledgement.record", HUB},
	{"follow_up.list", WITH_AGENCY},
	{"follow_up.waive", MANAGER},
	{"flag.list", HUB},
	{"flag.acknowledge", HUB},
	{"timeline.read", WITH_AGENCY},
	{"metrics.read", FIGURES},
	{"agency.create", ADMIN},
	{"agency.list", DIRECTORY},
	{"agency.read", DIRECTORY},
	{"agency.update", ADMIN},
	{"staff.create", ADMIN},
	{"staff.list", DIRECTORY},
	{"staff.read", DIRECTORY},
	{"staff.update", ADMIN},
	{"key.create", ADMIN},
	{"key.list", ADMIN},
	{"key.read", ADMIN},
	{"key.revoke", ADMIN},
	{"key.rotate", ADMIN},
};

unsigned role_bit(const char *name)
{
	for (size_t i = 0; i < sizeof role_names / sizeof *role_names; i++) {
		if (strcmp(role_names[i].name, name) == 0)
			return role_names[i].bit;
	}
	return 0;
}

unsigned permission_roles(const char *permission)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(rows[i].permission, permission) == 0)
			return rows[i].roles;
	}
	return 0;
}

const char *permission_name(size_t index)
{
	return index < sizeof rows / sizeof *rows ? rows[index].permission : NULL;
}
