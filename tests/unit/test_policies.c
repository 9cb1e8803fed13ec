/* The cache of partnerships' policies against a real server: many threads, more policies than it has room for. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/ident.h"
#include "followup/policies.h"
#include "referral/quality.h"

#include "db_support.h"

#include "base/banned.h"

#define SCHEMA "db_test_policies"

enum { ROWS = POLICIES_MAX + 40, THREADS = 6, HOLDS = 400 };

static struct contract *contract;
static struct arena arena;
static struct policy *england;
static struct policies *policies;
static struct db_options options;
static const struct db_scope scope = {.partnership = DB_SUPPORT_A};

#define DOCUMENT                                                                                        \
	"jsonb_build_object('name', 'test', 'version', i::text, 'rules', '[{\"kind\": \"triage\", "     \
	"\"opens_on\": \"referral.received\", \"due\": [{\"unit\": \"working_days\", \"amount\": 1}], " \
	"\"met_by\": [\"screening.recorded\"], \"responsible\": \"manager\", \"source\": \"local\"}]'::jsonb)"

static void make_rows(void)
{
	db_support_make_schema(SCHEMA);
	(void)db_support_ask("CREATE TABLE " SCHEMA ".policy (partnership_id uuid, id uuid, document jsonb);"
			     "GRANT SELECT ON " SCHEMA ".policy TO mashd_app;"
			     "INSERT INTO " SCHEMA ".policy SELECT '" DB_SUPPORT_A
			     "', ('0190c000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, " DOCUMENT
			     " FROM generate_series(1, %d) AS i;"
			     "UPDATE " SCHEMA ".policy SET document = document - 'rules' WHERE id = "
			     "'0190c000-0000-7000-8000-000000000001' RETURNING 'broken'",
			     ROWS);
}

static int start(void **state)
{
	static char url[1000];
	struct err err;
	(void)state;
	arena_init(&arena, (size_t)64 << 20);
	if (contract_load(referral_quality_rules, &contract, &err) != ERR_NONE ||
	    policy_load_embedded(contract, "england", &arena, &england, &err) != ERR_NONE) {
		(void)fprintf(stderr, "%s: %s\n", err.place, err.detail);
		return 1;
	}
	make_rows();
	options = db_support_options("policies");
	(void)snprintf(url, sizeof url, "%s%coptions=-csearch_path%%3D" SCHEMA, options.url,
		       strchr(options.url, '?') == NULL ? '?' : '&');
	options.url = url;
	policies = policies_new(contract, england);
	return 0;
}

static int end(void **state)
{
	(void)state;
	policies_free(policies);
	policies_free(NULL);
	db_support_drop_schema(SCHEMA);
	contract_free(contract);
	arena_release(&arena);
	return 0;
}

static void id_of(unsigned number, char ret_id[IDENT_SIZE])
{
	(void)snprintf(ret_id, IDENT_SIZE, "0190c000-0000-7000-8000-%012u", number);
}

static void without_an_id_it_is_the_shipped_one(void **state)
{
	const struct policy *policy = NULL;
	struct err err;
	(void)state;
	assert_int_equal(policies_hold(policies, NULL, &scope, DB_SUPPORT_A, NULL, &policy, &err), ERR_NONE);
	assert_ptr_equal(policy, england);
	assert_int_equal(policies_hold(policies, NULL, &scope, DB_SUPPORT_A, "", &policy, &err), ERR_NONE);
	assert_ptr_equal(policy, england);
	policies_release(policies, policy);
	policies_release(policies, NULL);
	policies_release(NULL, policy);
}

static void a_row_is_read_once(void **state)
{
	struct db *db = db_new(&options);
	const struct policy *first = NULL;
	const struct policy *second = NULL;
	char id[IDENT_SIZE];
	struct err err;
	(void)state;
	id_of(7, id);
	assert_int_equal(policies_hold(policies, db, &scope, DB_SUPPORT_A, id, &first, &err), ERR_NONE);
	assert_string_equal(policy_title(first), "test 7");
	assert_string_equal(policy_id(first), id);
	assert_int_equal(policies_hold(policies, NULL, &scope, DB_SUPPORT_A, id, &second, &err), ERR_NONE);
	assert_ptr_equal(first, second);
	policies_release(policies, first);
	policies_release(policies, second);
	db_free(db);
}

static void what_cannot_be_read_is_said(void **state)
{
	struct db *db = db_new(&options);
	const struct policy *policy = (const struct policy *)&arena;
	char id[IDENT_SIZE];
	struct err err;
	(void)state;
	id_of(1, id);
	assert_int_equal(policies_hold(policies, db, &scope, DB_SUPPORT_A, id, &policy, &err), ERR_INTERNAL);
	assert_non_null(strstr(err.detail, "contract"));
	id_of(999999, id);
	assert_int_equal(policies_hold(policies, db, &scope, DB_SUPPORT_A, id, &policy, &err), ERR_INTERNAL);
	assert_ptr_equal(policy, &arena);
	db_free(db);
}

static atomic_uint wrong;

/* Each holds some, always in another order, and reads what it holds. */
static void *hold_many(void *ctx)
{
	unsigned seed = *(const unsigned *)ctx;
	struct db *db = db_new(&options);
	for (unsigned i = 0; i < HOLDS; i++) {
		const struct policy *held[2];
		unsigned numbers[2] = {2 + (i * seed * 7) % (ROWS - 1), 2 + (i + seed * 31) % (ROWS - 1)};
		for (int k = 0; k < 2; k++) {
			char id[IDENT_SIZE];
			struct err err;
			id_of(numbers[k], id);
			if (policies_hold(policies, db, &scope, DB_SUPPORT_A, id, &held[k], &err) != ERR_NONE) {
				atomic_fetch_add(&wrong, 1);
				held[k] = NULL;
			}
		}
		for (int k = 0; k < 2; k++) {
			char title[32];
			(void)snprintf(title, sizeof title, "test %u", numbers[k]);
			if (held[k] == NULL || strcmp(policy_title(held[k]), title) != 0)
				atomic_fetch_add(&wrong, 1);
			policies_release(policies, held[k]);
		}
	}
	db_free(db);
	return NULL;
}

static void many_threads_and_more_policies_than_room(void **state)
{
	pthread_t threads[THREADS];
	unsigned seeds[THREADS];
	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		seeds[i] = i + 1;
		assert_int_equal(pthread_create(&threads[i], NULL, hold_many, &seeds[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&wrong), 0);
}

/* When all room is held, the next one is refused; a release makes room again. */
static void what_is_held_stays(void **state)
{
	static const struct policy *held[POLICIES_MAX];
	struct db *db = db_new(&options);
	const struct policy *more = NULL;
	char id[IDENT_SIZE];
	struct err err;
	(void)state;
	for (unsigned i = 0; i < POLICIES_MAX; i++) {
		id_of(i + 2, id);
		assert_int_equal(policies_hold(policies, db, &scope, DB_SUPPORT_A, id, &held[i], &err), ERR_NONE);
	}
	id_of(POLICIES_MAX + 10, id);
	assert_int_equal(policies_hold(policies, db, &scope, DB_SUPPORT_A, id, &more, &err), ERR_BUSY);
	policies_release(policies, held[9]);
	assert_int_equal(policies_hold(policies, db, &scope, DB_SUPPORT_A, id, &more, &err), ERR_NONE);
	assert_string_equal(policy_title(held[8]), "test 10");
	held[9] = more;
	for (unsigned i = 0; i < POLICIES_MAX; i++)
		policies_release(policies, held[i]);
	db_free(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_an_id_it_is_the_shipped_one),
		cmocka_unit_test(a_row_is_read_once),
		cmocka_unit_test(what_cannot_be_read_is_said),
		cmocka_unit_test(many_threads_and_more_policies_than_room),
		cmocka_unit_test(what_is_held_stays),
	};
	return cmocka_run_group_tests(tests, start, end);
}
