/*
 * The lists that stand in several places say the same: handlers and operations, and the closed lists of words in C, in the
 * contract and in the database's constraints. Reads the migrations from the working folder.
 */
#include <glob.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/app.h"
#include "app/operations.h"
#include "auth/permission.h"
#include "base/json.h"
#include "contract/inside.h"
#include "referral/quality.h"
#include "referral/state.h"
#include "referral/topics.h"

#include "contract_support.h"

#include "base/banned.h"

/* ---- a list of words, wherever it comes from ---- */

enum { WORDS_MAX = 100 };

struct words {
	const char *items[WORDS_MAX];
	size_t n;
};

static void add(struct words *words, const char *word)
{
	assert_true(words->n < WORDS_MAX);
	words->items[words->n++] = word;
}

static bool has(const struct words *words, const char *word)
{
	for (size_t i = 0; i < words->n; i++) {
		if (strcmp(words->items[i], word) == 0)
			return true;
	}
	return false;
}

static void assert_same(const struct words *one, const struct words *other, const char *what)
{
	assert_true(one->n > 1);
	for (size_t i = 0; i < one->n; i++) {
		if (!has(other, one->items[i]))
			fail_msg("%s: '%s' stands on one side alone", what, one->items[i]);
	}
	for (size_t i = 0; i < other->n; i++) {
		if (!has(one, other->items[i]))
			fail_msg("%s: '%s' stands on the other side alone", what, other->items[i]);
	}
	assert_int_equal(one->n, other->n); /* nothing twice */
}

/* The enumeration of a schema of the contract. */
static struct words of_contract(const char *schema)
{
	struct words words = {.n = 0};
	const json_t *schemas = json_object_get(json_object_get(contract_document(contract), "components"), "schemas");
	const json_t *list = json_object_get(json_object_get(schemas, schema), "enum");
	if (json_array_size(list) == 0)
		fail_msg("the contract has no list %s", schema);
	for (size_t i = 0; i < json_array_size(list); i++)
		add(&words, json_string_value(json_array_get(list, i)));
	return words;
}

static const char *file_text(const char *path)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		fail_msg("%s cannot be read: run this in the repository's root", path);
	char *text = arena_alloc(&arena, (size_t)1 << 16);
	size_t size = fread(text, 1, ((size_t)1 << 16) - 1, file);
	(void)fclose(file);
	text[size] = '\0';
	return text;
}

/* The migrations' part that goes up, the newest one first that has the constraint `name`: what holds in the database. */
static const char *newest_with(const char *name, glob_t *migrations)
{
	const char *wanted = arena_printf(&arena, "CONSTRAINT %s CHECK", name);
	for (size_t i = migrations->gl_pathc; i-- > 0;) {
		const char *text = file_text(migrations->gl_pathv[i]);
		const char *down = strstr(text, "-- migrate:down");
		const char *at = strstr(text, wanted);
		if (at != NULL && (down == NULL || at < down))
			return at;
	}
	return NULL;
}

/* The quoted words in the first parenthesis or bracket behind `start` in the constraint `name`. */
static struct words of_constraint(const char *name, const char *start)
{
	struct words words = {.n = 0};
	glob_t migrations;
	if (glob("migrations/*.sql", 0, NULL, &migrations) != 0)
		fail_msg("there are no migrations: run this in the repository's root");
	const char *at = newest_with(name, &migrations);
	globfree(&migrations);
	at = at == NULL ? NULL : strstr(at, start);
	if (at == NULL) {
		fail_msg("no migration has a constraint %s with a list", name);
		return words;
	}
	const char *last = at + strlen(start) + strcspn(at + strlen(start), ")]");
	for (at = strchr(at, '\''); at != NULL && at < last; at = strchr(at, '\'')) {
		size_t size = strcspn(at + 1, "'");
		add(&words, arena_strndup(&arena, at + 1, size));
		at += size + 2;
	}
	return words;
}

/* ---- handlers, operations, permissions ---- */

static void the_contract_is_served(void **state)
{
	struct err err;
	(void)state;
	if (operations_check(contract, &err) != ERR_NONE)
		fail_msg("%s: %s", err.place, err.detail);
	for (size_t i = 0; i < contract_operation_count(contract); i++)
		assert_non_null((void *)(uintptr_t)operations_handler(contract, contract_operation(contract, i)));
}

/* A contract of one operation: its fault is named before the handlers that it leaves without one. */
static void what_differs_is_named(void **state)
{
	static const struct {
		const char *id;
		const char *permission;
		const char *detail;
		const char *place; /* NULL: the id */
	} cases[] = {
		{"flyToTheMoon", "none", "the contract has an operation without a handler", NULL},
		{"getReferral", "referral.fly", "the contract names a permission that no role has", NULL},
		{"getReferral", "referral.read", "there is a handler for no operation of the contract",
		 "createReferral"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *text = arena_printf(
			&arena,
			"openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /x: {get: {operationId: %s, "
			"x-permission: %s, responses: {'200': {description: fine}}}}\n",
			cases[i].id, cases[i].permission);
		const struct embedded_file file = {"api/openapi.yaml", (const unsigned char *)text, strlen(text)};
		struct contract *small = NULL;
		struct err err;
		if (contract_load_files(&file, 1, referral_quality_rules, &small, &err) != ERR_NONE)
			fail_msg("%s: %s", err.place, err.detail);
		assert_int_equal(operations_check(small, &err), ERR_INTERNAL);
		assert_string_equal(err.detail, cases[i].detail);
		assert_string_equal(err.place, cases[i].place == NULL ? cases[i].id : cases[i].place);
		contract_free(small);
	}
}

/* The table itself, as text: one row for each operation, which a look-up by name cannot tell. */
static void each_operation_has_one_row(void **state)
{
	const char *text = file_text("lib/app/operations.c");
	regex_t row;
	regmatch_t found[2];
	struct words ids = {.n = 0};
	struct words operations = {.n = 0};
	(void)state;
	assert_int_equal(regcomp(&row, "\\{\"([A-Za-z]+)\", [a-z_]+\\},", REG_EXTENDED), 0);
	for (; regexec(&row, text, 2, found, 0) == 0; text += found[0].rm_eo)
		add(&ids, arena_strndup(&arena, text + found[1].rm_so, (size_t)(found[1].rm_eo - found[1].rm_so)));
	regfree(&row);
	for (size_t i = 0; i < contract_operation_count(contract); i++)
		add(&operations, contract_operation(contract, i)->id);
	assert_same(&ids, &operations, "rows of operations.c and operations of the contract");
}

/* Posts that write nothing. */
static bool is_reading_post(const char *id)
{
	static const char *const ids[] = {"dryRunCalendar", "dryRunPolicy", "searchReferrals"};
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		if (strcmp(ids[i], id) == 0)
			return true;
	}
	return false;
}

/* Writes that are not idempotent by nature ask for a key, and what needs no permission gives nothing away. */
static void public_operations_only_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < contract_operation_count(contract); i++) {
		const struct operation *operation = contract_operation(contract, i);
		if (strcmp(operation->permission, "none") == 0)
			assert_int_equal(operation->method, HTTP_GET);
		if (strncmp(operation->path, "/v1/", 4) == 0)
			assert_string_not_equal(operation->permission, "none");
		if (operation->method == HTTP_POST)
			assert_int_equal(operation->idempotent_write, !is_reading_post(operation->id));
	}
}

/* ---- words in C ---- */

static void states_of_a_referral(void **state)
{
	struct words in_c = {.n = 0};
	const struct words in_contract = of_contract("ReferralState");
	const struct words in_database = of_constraint("referral_state", "VALUE IN (");
	(void)state;
	for (size_t i = 0; state_row(i) != NULL; i++) {
		if (!has(&in_c, state_row(i)->from))
			add(&in_c, state_row(i)->from);
		assert_true(has(&in_contract, state_row(i)->to));
	}
	assert_same(&in_c, &in_contract, "states in C and in the contract");
	assert_same(&in_contract, &in_database, "states in the contract and in the database");
}

static void kinds_of_follow_up(void **state)
{
	struct words in_c = {.n = 0};
	const struct words in_contract = of_contract("FollowUpKind");
	const struct words in_database = of_constraint("follow_up_kind", "VALUE IN (");
	(void)state;
	for (size_t i = 0; app_follow_up_kind(i) != NULL; i++)
		add(&in_c, app_follow_up_kind(i));
	assert_same(&in_c, &in_contract, "kinds in C and in the contract");
	assert_same(&in_contract, &in_database, "kinds in the contract and in the database");
}

/* In the same order, too: material ones first is what the contract's description promises. */
static void topics(void **state)
{
	const struct words in_contract = of_contract("TopicCode");
	const struct words weights = of_contract("TopicWeight");
	size_t n = 0;
	(void)state;
	for (; topic_code(n) != NULL; n++) {
		assert_true(n < in_contract.n);
		assert_string_equal(topic_code(n), in_contract.items[n]);
		assert_true(has(&weights, topic_weight(topic_code(n))));
	}
	assert_int_equal(n, in_contract.n);
}

static void roles_of_keys(void **state)
{
	const struct words in_contract = of_contract("KeyRole");
	const struct words in_database = of_constraint("api_key_roles", "roles <@ ARRAY[");
	unsigned all = 0;
	(void)state;
	for (size_t i = 0; i < in_contract.n; i++) {
		assert_true(role_bit(in_contract.items[i]) != 0);
		all |= role_bit(in_contract.items[i]);
	}
	assert_int_equal(all, ROLE_AGENCY | ROLE_PRACTITIONER | ROLE_MANAGER | ROLE_DUTY | ROLE_ALLOCATED_WORKER |
				      ROLE_ANALYST | ROLE_ADMIN);
	assert_same(&in_contract, &in_database, "roles of keys in the contract and in the database");
}

/* ---- words of the contract and of the database ---- */

static void constraints_hold_the_contracts_words(void **state)
{
	const struct {
		const char *schema;
		const char *constraint;
		const char *start;
	} cases[] = {
		{"AgencyKind", "agency_kind", "kind IN ("},
		{"StaffRole", "staff_roles", "roles <@ ARRAY["},
		{"Channel", "referral_channel", "channel IN ("},
		{"RecordKind", "record_kind", "VALUE IN ("},
		{"Rating", "referral_rating", "rating IN ("},
		{"Rating", "screening_rating", "rating IN ("},
		{"RatingSource", "referral_rating_source", "rating_source IN ("},
		{"Clarification", "referral_clarification", "clarification IN ("},
		{"Discussed", "discussed_state", "VALUE IN ("},
		{"NotNeededReason", "screening_not_needed_reason", "not_needed_reason IN ("},
		{"TopicWeight", "clarification_topic_weight", "weight IN ("},
		{"AttemptResult", "contact_attempt_result", "result IN ("},
		{"AttemptMethod", "contact_attempt_method", "method IN ("},
		{"Counterpart", "contact_attempt_counterpart", "counterpart IN ("},
		{"SharedUnderstanding", "contact_attempt_shared_understanding", "shared_understanding IN ("},
		{"EffectOnRating", "contact_attempt_effect_on_rating", "effect_on_rating IN ("},
		{"DecisionStage", "decision_stage", "stage IN ("},
		{"DecisionStage", "decision_child_stage", "stage IN ("},
		{"DecisionOutcome", "decision_outcome", "outcome IN ("},
		{"LegalBasis", "decision_legal_basis", "legal_basis IN ("},
		{"UndiscussedReason", "decision_undiscussed_reason", "undiscussed_reason IN ("},
		{"DiscussionEffect", "decision_discussion_effect", "effect IN ("},
		{"FeedbackContent", "feedback_content", "content IN ("},
		{"FeedbackNotGivenReason", "feedback_not_given_reason", "not_given_reason IN ("},
		{"FeedbackMethod", "feedback_method", "method IN ("},
		{"WithdrawalAnswer", "withdrawal_answer", "answer IN ("},
		{"ClosureReason", "closure_reason", "reason IN ("},
		{"ReopeningReason", "reopening_reason", "reason IN ("},
		{"DiscussionAnswer", "discussion_confirmation_answer", "answer IN ("},
		{"OpenCaseAcceptor", "open_case_accepted_as", "accepted_as IN ("},
		{"StaffRole", "responsible_role", "VALUE IN ("},
		{"DocumentChannel", "written_confirmation_channel", "channel IN ("},
		{"AttemptMethod", "consultation_method", "method IN ("},
		{"LinkKind", "referral_link_kind", "kind IN ("},
		{"FollowUpState", "follow_up_state", "VALUE IN ("},
		{"ClockUnit", "clock_unit", "VALUE IN ("},
		{"FlagClearedBy", "flag_cleared", "cleared_by IN ("},
		{"SignOffSubject", "sign_off_subject_kind", "subject_kind IN ("},
		{"SignOffPart", "sign_off_part", "part IN ("},
		{"SignOffState", "sign_off_state", "state IN ("},
		{"SignOffLapsedReason", "sign_off_lapsed_reason", "lapsed_reason IN ("},
		{"EventType", "event_type", "VALUE IN ("},
		{"ActorKind", "event_actor_kind", "actor_kind IN ("},
		{"SubjectKind", "person_link_subject", "subject IN ("},
		{"PersonLinkStatus", "person_link_status", "status IN ("},
		{"MatchRule", "person_link_rule", "rule IN ("},
		{"MatchRule", "person_match_rule", "rule IN ("},
		{"MatchRelation", "person_match_relation", "relation IN ("},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct words in_contract = of_contract(cases[i].schema);
		const struct words in_database = of_constraint(cases[i].constraint, cases[i].start);
		assert_same(&in_contract, &in_database, cases[i].constraint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_contract_is_served),
		cmocka_unit_test(what_differs_is_named),
		cmocka_unit_test(each_operation_has_one_row),
		cmocka_unit_test(public_operations_only_read),
		cmocka_unit_test(states_of_a_referral),
		cmocka_unit_test(kinds_of_follow_up),
		cmocka_unit_test(topics),
		cmocka_unit_test(roles_of_keys),
		cmocka_unit_test(constraints_hold_the_contracts_words),
	};
	return cmocka_run_group_tests(tests, contract_start, contract_end);
}
