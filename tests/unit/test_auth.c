/* Keys as they are made, who a caller is, and the table of permissions: what no role must ever get. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "auth/auth.h"
#include "auth/permission.h"

#include "base/banned.h"

static int start(void **state)
{
	(void)state;
	return sodium_init() < 0;
}

/* ---- keys ---- */

static void a_key_names_itself_and_its_secret(void **state)
{
	(void)state;
	for (int i = 0; i < 2000; i++) {
		char id[IDENT_SIZE];
		char key[AUTH_KEY_SIZE];
		char hash[AUTH_HASH_SIZE];
		unsigned char secret[64];
		size_t size;
		ident_new(id);
		auth_key_new(id, key, hash);
		assert_int_equal(strlen(key), AUTH_KEY_SIZE - 1);
		assert_memory_equal(key, "mashd_", 6);
		assert_memory_equal(key + 6, id, IDENT_SIZE - 1);
		assert_int_equal(key[6 + 36], '_');
		const char *text = key + 6 + 36 + 1;
		assert_int_equal(sodium_base642bin(secret, sizeof secret, text, strlen(text), NULL, &size, NULL,
						   sodium_base64_VARIANT_URLSAFE_NO_PADDING),
				 0);
		assert_int_equal(size, 32); /* 256 bits */
		assert_int_equal(strlen(hash), AUTH_HASH_SIZE - 1);
		assert_int_equal(strspn(hash, "0123456789abcdef"), AUTH_HASH_SIZE - 1);
		assert_null(strstr(hash, text));
	}
}

/* The stored hash, computed once more in another way: BLAKE2b of the secret's text, keyed with the key's id. */
static void the_hash_belongs_to_key_and_secret(void **state)
{
	char id[IDENT_SIZE];
	char key[AUTH_KEY_SIZE];
	char hash[AUTH_HASH_SIZE];
	char expected[AUTH_HASH_SIZE];
	unsigned char digest[32];
	crypto_generichash_state hashing;
	(void)state;
	ident_new(id);
	auth_key_new(id, key, hash);
	assert_int_equal(crypto_generichash_init(&hashing, (const unsigned char *)id, strlen(id), sizeof digest), 0);
	for (const char *c = key + 6 + 36 + 1; *c != '\0'; c++)
		assert_int_equal(crypto_generichash_update(&hashing, (const unsigned char *)c, 1), 0);
	assert_int_equal(crypto_generichash_final(&hashing, digest, sizeof digest), 0);
	assert_string_equal(sodium_bin2hex(expected, sizeof expected, digest, sizeof digest), hash);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void no_two_keys_are_alike(void **state)
{
	enum { KEYS = 5000 };
	static char hashes[KEYS][AUTH_HASH_SIZE];
	static char secrets[KEYS][AUTH_SECRET_SIZE];
	char id[IDENT_SIZE];
	(void)state;
	ident_new(id);
	for (int i = 0; i < KEYS; i++) {
		char key[AUTH_KEY_SIZE];
		auth_key_new(id, key, hashes[i]);
		memcpy(secrets[i], key + 6 + 36 + 1, AUTH_SECRET_SIZE);
	}
	qsort(hashes, KEYS, sizeof hashes[0], compare);
	qsort(secrets, KEYS, sizeof secrets[0], compare);
	for (int i = 1; i < KEYS; i++) {
		assert_string_not_equal(hashes[i - 1], hashes[i]);
		assert_string_not_equal(secrets[i - 1], secrets[i]);
	}
}

/* What is no key is refused before the database is asked: there is none here. */
static void foreign_forms_are_refused_without_a_look(void **state)
{
	static const char *const cases[] = {
		NULL,
		"",
		"Bearer",
		"Bearer ",
		"Basic bWFzaGQ6bWFzaGQ=",
		"mashd_0195a1f0-3c2e-7abc-9def-0123456789ab_0123456789012345678901234567890123456789012",
		"Bearer mashd_",
		"Bearer mashd_0195a1f0-3c2e-7abc-9def-0123456789ab",
		"Bearer mashd_0195a1f0-3c2e-7abc-9def-0123456789ab_012345678901234567890123456789012345678901",
		"Bearer mashd_0195a1f0-3c2e-7abc-9def-0123456789ab_01234567890123456789012345678901234567890123",
		"Bearer mashd_0195a1f0-3c2e-7abc-9def-0123456789ab-0123456789012345678901234567890123456789012",
		"Bearer mashx_0195a1f0-3c2e-7abc-9def-0123456789ab_0123456789012345678901234567890123456789012",
		"Bearer mashd_0195a1f0_3c2e_7abc_9def_0123456789ab_0123456789012345678901234567890123456789012",
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct caller caller = {.roles = 77};
		struct err err;
		assert_int_equal(auth_identify(NULL, cases[i], NULL, &caller, &err), ERR_UNAUTHENTICATED);
		assert_string_equal(err.place, "Authorization");
		assert_int_equal(caller.roles, 77);
	}
}

/* ---- callers ---- */

static void callers_have_a_kind(void **state)
{
	const struct caller staff = {.staff_id = "s"};
	const struct caller agency = {.agency_id = "a"};
	const struct caller machine = {.key_id = "k"};
	(void)state;
	assert_string_equal(caller_kind(&staff), "staff");
	assert_string_equal(caller_actor(&staff), "s");
	assert_string_equal(caller_kind(&agency), "agency");
	assert_string_equal(caller_actor(&agency), "a");
	assert_string_equal(caller_kind(&machine), "system");
	assert_null(caller_actor(&machine));
}

/* ---- permissions ---- */

static const char *const roles[] = {"agency", "practitioner", "manager", "analyst", "admin"};

static void roles_are_apart(void **state)
{
	unsigned seen = 0;
	(void)state;
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
		unsigned bit = role_bit(roles[i]);
		assert_true(bit != 0 && (bit & (bit - 1)) == 0);
		assert_int_equal(seen & bit, 0);
		seen |= bit;
	}
	assert_int_equal(role_bit("owner"), 0);
	assert_int_equal(role_bit(""), 0);
	assert_int_equal(role_bit("Admin"), 0);
	assert_int_equal(ROLES_HUB, role_bit("practitioner") | role_bit("manager"));
}

static void the_table_has_no_doubles_and_no_dead_rows(void **state)
{
	size_t n = 0;
	(void)state;
	for (const char *name; (name = permission_name(n)) != NULL; n++) {
		assert_true(permission_roles(name) != 0);
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(permission_name(i), name);
	}
	assert_true(n > 20);
	assert_null(permission_name(n + 1));
	assert_int_equal(permission_roles("none"), 0);
	assert_int_equal(permission_roles("referral"), 0);
}

static bool begins_with_one_of(const char *name, const char *const *beginnings)
{
	for (; *beginnings != NULL; beginnings++) {
		if (strncmp(name, *beginnings, strlen(*beginnings)) == 0)
			return true;
	}
	return false;
}

/*
 * The contract's words about the roles: an agency posts and reads its own, asks for it back and says what was discussed; an
 * analyst sees figures and no referral; an admin keeps agencies, staff, keys, policies and calendars and sees no referral; a
 * manager may all that a practitioner may, alone waives and lets referrals go, and with the admins writes policies.
 */
static void nobody_gets_more_than_the_contract_says(void **state)
{
	static const char *const of_agencies[] = {"referral.create",
						  "referral.read",
						  "rejected_submission.list",
						  "follow_up.list",
						  "timeline.read",
						  "discussion.confirm",
						  "withdrawal.request",
						  "rejected_submission.no_referral",
						  NULL};
	static const char *const of_analysts[] = {"metrics.", NULL};
	static const char *const of_admins[] = {"agency.", "staff.", "key.", "policy.", "calendar.", NULL};
	(void)state;
	for (size_t i = 0; permission_name(i) != NULL; i++) {
		const char *name = permission_name(i);
		unsigned who = permission_roles(name);
		assert_int_equal((who & ROLE_AGENCY) != 0, begins_with_one_of(name, of_agencies));
		assert_int_equal((who & ROLE_ANALYST) != 0, begins_with_one_of(name, of_analysts));
		assert_int_equal((who & ROLE_ADMIN) != 0, begins_with_one_of(name, of_admins));
		assert_true((who & ROLE_PRACTITIONER) == 0 || (who & ROLE_MANAGER) != 0);
		if (strncmp(name, "key.", 4) == 0)
			assert_int_equal(who, ROLE_ADMIN);
	}
	assert_int_equal(permission_roles("follow_up.waive"), ROLE_MANAGER);
	assert_int_equal(permission_roles("policy.create"), ROLE_MANAGER | ROLE_ADMIN);
	assert_int_equal(permission_roles("policy.activate"), ROLE_MANAGER | ROLE_ADMIN);
	assert_int_equal(permission_roles("withdrawal.answer"), ROLE_MANAGER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_names_itself_and_its_secret),
		cmocka_unit_test(the_hash_belongs_to_key_and_secret),
		cmocka_unit_test(no_two_keys_are_alike),
		cmocka_unit_test(foreign_forms_are_refused_without_a_look),
		cmocka_unit_test(callers_have_a_kind),
		cmocka_unit_test(roles_are_apart),
		cmocka_unit_test(the_table_has_no_doubles_and_no_dead_rows),
		cmocka_unit_test(nobody_gets_more_than_the_contract_says),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
