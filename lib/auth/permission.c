/* The table of roles and permissions. */
#include "auth/permission.h"

#include <string.h>

#include "base/banned.h"

static const struct {
	const char *name;
	unsigned bit;
} role_names[] = {
	{"agency", ROLE_AGENCY}, {"practitioner", ROLE_PRACTITIONER}, {"manager", ROLE_MANAGER},
	{"duty", ROLE_DUTY},     {"analyst", ROLE_ANALYST},           {"allocated_worker", ROLE_ALLOCATED_WORKER},
	{"admin", ROLE_ADMIN},
};

enum {
	HUB = ROLES_HUB,
	WITH_AGENCY = ROLES_HUB | ROLE_AGENCY,
	MANAGER = ROLE_MANAGER,
	FIGURES = ROLE_MANAGER | ROLE_ANALYST,
	ADMIN = ROLE_ADMIN,
	DIRECTORY = ROLES_HUB | ROLE_ADMIN,  /* agencies and staff are read by those who work with them */
	AUTHORS = ROLE_MANAGER | ROLE_ADMIN, /* of calendars, and of policies: one writes, another activates */
	/* Who works on referrals without deciding them: out of hours, or on the open case that they belong to. */
	CASEWORK = ROLES_HUB | ROLE_DUTY | ROLE_ALLOCATED_WORKER,
	READERS = CASEWORK | ROLE_AGENCY,
};

static const struct {
	const char *permission;
	unsigned roles;
} rows[] = {
	{"referral.create", WITH_AGENCY | ROLE_DUTY},
	{"referral.read", READERS},
	{"referral.list", CASEWORK},
	{"rejected_submission.list", WITH_AGENCY},
	{"rejected_submission.no_referral", ROLE_AGENCY},
	{"screening.record", HUB},
	{"contact_attempt.record", CASEWORK}, /* whether one counts: lib/discussion */
	{"discussion.confirm", ROLE_AGENCY},
	{"decision.record", HUB | ROLE_DUTY}, /* duty: what protects a child, nothing else (lib/decision) */
	{"feedback.record", HUB},
	{"note.add", CASEWORK},
	{"withdrawal.request", ROLE_AGENCY},
	{"withdrawal.answer", MANAGER},
	{"referral.close", HUB},
	{"referral.reopen", HUB},
	{"sign_off.list", HUB},
	{"sign_off.answer", HUB},
	{"acknowledgement.record", HUB},
	{"referral.update", HUB},
	{"open_case.pass", HUB},
	{"open_case.accept", ROLE_ALLOCATED_WORKER | ROLE_MANAGER | ROLE_DUTY},
	{"transfer.decide", HUB},
	{"transfer.accept", HUB},
	{"birth.record", HUB},
	{"strategy_discussion.record", HUB | ROLE_DUTY}, /* who may decide that it is to be held */
	{"written_confirmation.record", HUB},
	{"consultation.create", HUB | ROLE_DUTY},
	{"consultation.list", HUB},
	{"consultation.link", HUB},
	{"handover.offer", HUB},
	{"handover.accept", ROLE_DUTY},
	{"handover.take_back", HUB},
	{"referral.link", HUB},
	{"referral_link.confirm", MANAGER},
	{"follow_up.list", READERS},
	{"follow_up.explain", CASEWORK},
	{"follow_up.waive", MANAGER},
	{"follow_up.pause", HUB},
	{"flag.list", CASEWORK},
	{"flag.acknowledge", HUB},
	{"flag.raise", HUB},
	{"flag.clear", HUB},
	{"work.list", CASEWORK},
	{"referral.act", HUB},
	{"timeline.read", READERS},
	{"person.match", CASEWORK},
	{"person.link", HUB},
	{"person.read", CASEWORK},
	{"referral.search", CASEWORK},
	{"metrics.read", FIGURES},
	{"metrics_record.list", HUB},
	{"sample_review.record", MANAGER},
	{"policy.list", DIRECTORY},
	{"policy.read", DIRECTORY},
	{"policy.create", AUTHORS},
	{"policy.activate", AUTHORS},
	{"policy.dry_run", AUTHORS},
	{"calendar.list", CASEWORK | ROLE_ADMIN},
	{"calendar.read", CASEWORK | ROLE_ADMIN},
	{"calendar.create", AUTHORS},
	{"calendar.replace", AUTHORS},
	{"calendar.dry_run", AUTHORS},
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
