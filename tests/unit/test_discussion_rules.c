/* When was it discussed? DOMAIN section 5: all results, methods, counterparts and facts against the six ways that count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "contract/contract.h"
#include "discussion/discussion.h"
#include "contract_support.h"

#include "base/banned.h"

/* The words of the contract: a new one comes into the test by itself, and must not count by accident. */
static const json_t *words(const char *schema)
{
	const json_t *schemas = json_object_get(json_object_get(contract_document(contract), "components"), "schemas");
	const json_t *list = json_object_get(json_object_get(schemas, schema), "enum");
	assert_true(json_array_size(list) > 0);
	return list;
}

static const char *word(const json_t *list, size_t i)
{
	return json_string_value(json_array_get(list, i));
}

/* result method counterpart: all that can count, whoever holds it and whenever. */
static const char *const counting[] = {
	"discussed phone referrer",     "discussed phone person_with_direct_knowledge",
	"discussed video referrer",     "discussed video person_with_direct_knowledge",
	"discussed in_person referrer", "discussed in_person person_with_direct_knowledge",
};

static bool can_count(const struct discussion_facts *f)
{
	char text[200];
	(void)snprintf(text, sizeof text, "%s %s %s", f->result, f->method, f->counterpart);
	for (size_t i = 0; i < sizeof counting / sizeof counting[0]; i++) {
		if (strcmp(text, counting[i]) == 0)
			return true;
	}
	return false;
}

static struct discussion_facts with_bits(const char *result, const char *method, const char *counterpart, unsigned bits)
{
	return (struct discussion_facts){
		.result = result,
		.method = method,
		.counterpart = counterpart,
		.holder_found = true,
		.children_found = true,
		.holder_may_discuss = (bits & 1) != 0,
		.held_before_receipt = (bits & 2) != 0,
		.held_within_working_day = (bits & 4) != 0,
		.confirmed_no_topic_open = (bits & 8) != 0,
	};
}

/* How many of the 16 combinations of facts count; each is compared with the rule in its plain words. */
static int count_of(const char *result, const char *method, const char *counterpart)
{
	int n = 0;
	for (unsigned bits = 0; bits < 16; bits++) {
		struct discussion_facts f = with_bits(result, method, counterpart, bits);
		bool in_time = !f.held_before_receipt || f.confirmed_no_topic_open;
		bool expected = can_count(&f) && f.holder_may_discuss && in_time;
		bool nothing_against = strcmp(discussion_why_not(&f, &arena), "{}") == 0;
		if (discussion_counts(&f) != expected || nothing_against != expected)
			fail_msg("%s %s %s, facts %u", result, method, counterpart, bits);
		n += expected;
	}
	return n;
}

static void six_ways_count(void **state)
{
	const json_t *results = words("AttemptResult");
	const json_t *methods = words("AttemptMethod");
	const json_t *counterparts = words("Counterpart");
	size_t ways = 0;
	(void)state;
	for (size_t r = 0; r < json_array_size(results); r++) {
		for (size_t m = 0; m < json_array_size(methods); m++) {
			for (size_t c = 0; c < json_array_size(counterparts); c++)
				ways += count_of(word(results, r), word(methods, m), word(counterparts, c)) > 0;
		}
	}
	assert_int_equal(ways, sizeof counting / sizeof counting[0]);
}

/* By name: what people will want to count, and must not. */
static void near_misses_do_not_count(void **state)
{
	static const char *const cases[][3] = {
		{"written_reply", "email", "referrer"},    {"discussed", "email", "referrer"},
		{"discussed", "message", "referrer"},      {"discussed", "phone", "agency_deputy"},
		{"discussed", "phone", "record_reader"},   {"declined", "phone", "referrer"},
		{"not_contactable", "phone", "referrer"},  {"message_left", "phone", "referrer"},
		{"wrong_person", "in_person", "referrer"}, {"", "", ""},
		{"Discussed", "phone", "referrer"},        {"discussed", "phone ", "referrer"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(count_of(cases[i][0], cases[i][1], cases[i][2]), 0);
}

static void support_staff_record_attempts_only(void **state)
{
	struct discussion_facts f = with_bits("discussed", "phone", "referrer", 0);
	struct err err;
	(void)state;
	assert_int_equal(discussion_check(&f, &err), ERR_NONE);
	assert_false(discussion_counts(&f));
	f.holder_may_discuss = true;
	assert_true(discussion_counts(&f));
}

static void a_consultation_counts_once_it_is_confirmed(void **state)
{
	struct discussion_facts f = with_bits("discussed", "video", "referrer", 1 | 2 | 4);
	struct err err;
	(void)state;
	assert_int_equal(discussion_check(&f, &err), ERR_NONE);
	assert_false(discussion_counts(&f));
	f.confirmed_no_topic_open = true;
	assert_true(discussion_counts(&f));
	f.held_within_working_day = false; /* then it is not recorded at all */
	assert_int_equal(discussion_check(&f, &err), ERR_RULE_BROKEN);
	assert_string_equal(err.place, "/held_at");
}

static bool is_one_of(const char *text, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, text) == 0)
			return true;
	}
	return false;
}

static void assert_place(const struct discussion_facts *f, const char *place)
{
	struct err err = {0};
	enum err_code code = discussion_check(f, &err);
	if (code != (place == NULL ? ERR_NONE : ERR_RULE_BROKEN) || (place != NULL && strcmp(err.place, place) != 0))
		fail_msg("%s: %s, not %s", f->result, err.place, place == NULL ? "taken" : place);
}

/* Each result of the contract against what may be said of the topics with it. */
static void what_is_said_of_topics_fits_the_result(void **state)
{
	static const char *const speaking[] = {"discussed", "written_reply", NULL};
	const json_t *results = words("AttemptResult");
	(void)state;
	for (size_t i = 0; i < json_array_size(results); i++) {
		const char *result = word(results, i);
		bool speaks = is_one_of(result, speaking);
		const char *method = strcmp(result, "written_reply") == 0 ? "email" : "phone";
		const struct discussion_facts plain = with_bits(result, method, "referrer", 1);
		struct discussion_facts f = plain;
		assert_place(&f, NULL);
		f.names_open_topic = true;
		assert_place(&f, NULL);
		f.resolved_place = "/topics/3/outcome";
		assert_place(&f, speaks ? NULL : "/topics/3/outcome");
		f = plain;
		f.says_understanding = true;
		assert_place(&f, speaks ? NULL : "/shared_understanding");
		f = plain;
		f.confirmed_no_topic_open = true;
		assert_place(&f, strcmp(result, "discussed") == 0 ? NULL : "/confirmed_no_topic_open");
		f.names_open_topic = true;
		assert_place(&f, "/confirmed_no_topic_open");
	}
}

static void the_method_fits_the_result(void **state)
{
	static const char *const live[] = {"phone", "video", "in_person", NULL};
	const json_t *results = words("AttemptResult");
	const json_t *methods = words("AttemptMethod");
	(void)state;
	for (size_t r = 0; r < json_array_size(results); r++) {
		for (size_t m = 0; m < json_array_size(methods); m++) {
			const struct discussion_facts f = with_bits(word(results, r), word(methods, m), "referrer", 1);
			bool odd = (strcmp(f.result, "written_reply") == 0 && is_one_of(f.method, live)) ||
				   (strcmp(f.result, "no_answer") == 0 && !is_one_of(f.method, live));
			assert_place(&f, odd ? "/method" : NULL);
		}
	}
}

static void why_not_names_all_that_speaks_against_it(void **state)
{
	const struct discussion_facts f = {.result = "written_reply",
					   .method = "email",
					   .counterpart = "agency_deputy",
					   .held_before_receipt = true};
	(void)state;
	assert_string_equal(
		discussion_why_not(&f, &arena),
		"{not_discussed,not_live,counterpart_not_direct,holder_not_practitioner,held_before_receipt}");
}

static void whoever_had_left_held_nothing(void **state)
{
	struct discussion_facts f = with_bits("no_answer", "phone", "referrer", 0);
	(void)state;
	f.holder_had_left = true;
	assert_place(&f, "/held_by");
}

/* What cannot be recorded does not depend on what came of it. */
static void every_combination_is_checked(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 128; bits++) {
		struct discussion_facts f = {
			.result = bits % 3 == 0 ? "discussed" : "no_answer",
			.method = "phone",
			.counterpart = "referrer",
			.holder_found = (bits & 1) != 0,
			.children_found = (bits & 2) != 0,
			.held_in_future = (bits & 4) != 0,
			.held_too_long_ago = (bits & 8) != 0,
			.held_before_receipt = (bits & 16) != 0,
			.held_within_working_day = (bits & 32) != 0,
			.holder_may_discuss = (bits & 64) != 0,
		};
		struct err err = {0};
		bool time_is_wrong = f.held_in_future || f.held_too_long_ago ||
				     (f.held_before_receipt && !f.held_within_working_day);
		enum err_code code = discussion_check(&f, &err);
		if (f.holder_found && f.children_found && !time_is_wrong) {
			assert_int_equal(code, ERR_NONE);
			continue;
		}
		assert_int_equal(code, ERR_RULE_BROKEN);
		bool of_holder = strcmp(err.place, "/held_by") == 0 && !f.holder_found;
		bool of_children = strcmp(err.place, "/children") == 0 && !f.children_found;
		bool of_time = strcmp(err.place, "/held_at") == 0 && time_is_wrong;
		assert_true(of_holder || of_children || of_time);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(six_ways_count),
		cmocka_unit_test(near_misses_do_not_count),
		cmocka_unit_test(support_staff_record_attempts_only),
		cmocka_unit_test(a_consultation_counts_once_it_is_confirmed),
		cmocka_unit_test(what_is_said_of_topics_fits_the_result),
		cmocka_unit_test(the_method_fits_the_result),
		cmocka_unit_test(why_not_names_all_that_speaks_against_it),
		cmocka_unit_test(whoever_had_left_held_nothing),
		cmocka_unit_test(every_combination_is_checked),
	};
	return cmocka_run_group_tests(tests, contract_start, contract_end);
}
