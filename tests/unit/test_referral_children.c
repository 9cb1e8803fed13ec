/* Is a second post about the same children? Wrong "yes" files one child's danger under another's name; wrong "no" splits it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "referral/children.h"

#include "base/banned.h"

static json_t *parsed(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	if (json == NULL)
		fail_msg("the test's own JSON: %s", text);
	return json;
}

static bool match(const char *before, const char *after)
{
	JSON_AUTO json_t *a = parsed(before);
	JSON_AUTO json_t *b = parsed(after);
	bool forward = children_match(a, b);
	assert_int_equal(children_match(b, a), forward); /* who was first doesn't matter */
	return forward;
}

#define NHS_A  "\"nhs_number\":\"9990004110\""
#define NHS_B  "\"nhs_number\":\"9990004129\""
#define FAULTY "\"nhs_number\":\"9990004111\""
#define UPN_A  "\"upn\":\"A243731687508\""
#define UPN_B  "\"upn\":\"B999202600417\""
#define TOBY   "\"first_name\":\"Tobias\",\"family_name\":\"Brackenfield\""
#define ELO    "\"first_name\":\"Elowen\",\"family_name\":\"Brackenfield\""

static void compares_one_child_with_one(void **state)
{
	static const struct {
		const char *before;
		const char *after;
		bool same;
	} cases[] = {
		/* an identifier decides alone */
		{"[{" NHS_A "}]", "[{" NHS_A "}]", true},
		{"[{" NHS_A "}]", "[{" NHS_B "}]", false},
		{"[{" NHS_A "," TOBY "}]", "[{" NHS_B "," TOBY "}]", false},
		{"[{" NHS_A "," TOBY "}]", "[{" NHS_A "," ELO "}]", true},
		{"[{" NHS_A ",\"date_of_birth\":\"2020-01-01\"}]", "[{" NHS_A ",\"date_of_birth\":\"2020-01-02\"}]",
		 true},
		{"[{" UPN_A "," TOBY "}]", "[{" UPN_B "," TOBY "}]", false},
		{"[{" UPN_A "," TOBY "}]", "[{" UPN_A "," ELO "}]", true},
		/* different kinds of identifiers say nothing about each other */
		{"[{" NHS_A "," TOBY "}]", "[{" UPN_A "," TOBY "}]", true},
		{"[{" NHS_A "}]", "[{" UPN_A "}]", false},
		/* a faulty one matches nobody and tells nobody apart */
		{"[{" FAULTY "}]", "[{" FAULTY "," TOBY "}]", false},
		{"[{" FAULTY "," TOBY "}]", "[{" FAULTY "," ELO "}]", false},
		{"[{" FAULTY "," TOBY "}]", "[{" NHS_A "," TOBY "}]", true},
		{"[{\"upn\":\"UN1\"," TOBY "}]", "[{\"upn\":\"UN1\"," ELO "}]", false},
		/* names, dates */
		{"[{" TOBY "}]", "[{" TOBY "}]", true},
		{"[{" TOBY "}]", "[{" ELO "}]", false},
		{"[{" TOBY "}]", "[{\"first_name\":\" tobias \",\"family_name\":\"BRACKENFIELD\\n\"}]", true},
		{"[{" TOBY "}]", "[{\"first_name\":\"Tob ias\",\"family_name\":\"Brackenfield\"}]", false},
		{"[{" TOBY "}]", "[{\"first_name\":\"Tobia\",\"family_name\":\"Brackenfield\"}]", false},
		{"[{" TOBY "}]", "[{\"family_name\":\"Brackenfield\"}]", true},
		{"[{\"first_name\":\"Tobias\"}]", "[{\"family_name\":\"Brackenfield\"}]", false},
		{"[{" TOBY ",\"date_of_birth\":\"2020-01-01\"}]", "[{" TOBY ",\"date_of_birth\":\"2020-01-02\"}]",
		 false},
		{"[{" TOBY ",\"date_of_birth\":\"2020-01-01\"}]", "[{" TOBY "}]", true},
		{"[{\"date_of_birth\":\"2020-01-01\"}]", "[{\"date_of_birth\":\"2020-01-01\"," TOBY "}]", true},
		{"[{\"expected_date_of_delivery\":\"2026-07-01\"}]", "[{\"expected_date_of_delivery\":\"2026-07-01\"}]",
		 true},
		{"[{\"expected_date_of_delivery\":\"2026-07-01\"}]", "[{\"expected_date_of_delivery\":\"2026-07-08\"}]",
		 false},
		/* one that states nothing is nobody's counterpart */
		{"[{}]", "[{}]", false},
		{"[{}]", "[{" NHS_A "," TOBY "}]", false},
		{"[{\"first_name\":\"\"}]", "[{" TOBY "}]", false},
		{"[{\"first_name\":\" \\n\"}]", "[{\"first_name\":\"\\t\"}]", false},
		{"[{\"first_name\":7,\"family_name\":null}]", "[{" TOBY "}]", false},
		{"[{" FAULTY "}]", "[{" FAULTY "}]", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (match(cases[i].before, cases[i].after) != cases[i].same)
			fail_msg("%s and %s", cases[i].before, cases[i].after);
	}
}

static void each_of_the_shorter_list_needs_a_counterpart(void **state)
{
	static const struct {
		const char *before;
		const char *after;
		bool same;
	} cases[] = {
		{"[{" TOBY "},{" ELO "}]", "[{" ELO "},{" TOBY "}]", true},
		{"[{" TOBY "}]", "[{" ELO "},{" TOBY "}]", true},
		{"[{" TOBY "}]", "[{" ELO "},{" ELO "}]", false},
		{"[{" TOBY "},{" NHS_A "}]", "[{" TOBY "},{" NHS_B "}]", false},
		{"[{" TOBY "},{" NHS_A "}]", "[{" TOBY "},{" NHS_B "},{" NHS_A "}]", true},
		{"[{" TOBY "},{" NHS_A "}]", "[{" NHS_A "}]", true},
		/* those who state nothing speak neither for nor against */
		{"[{" TOBY "},{}]", "[{" TOBY "},{}]", true},
		{"[{" TOBY "},{}]", "[{" TOBY "}]", true},
		{"[{" TOBY "},{" ELO "}]", "[{},{" TOBY "}]", true},
		{"[{" TOBY "},{}]", "[{" ELO "}]", false},
		{"[{" TOBY "},{" ELO "}]", "[{},{}]", false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (match(cases[i].before, cases[i].after) != cases[i].same)
			fail_msg("%s and %s", cases[i].before, cases[i].after);
	}
}

/* Whatever one child states, it matches itself, in any order among others. */
static void a_document_matches_itself(void **state)
{
	static const char *const facts[] = {NHS_A,          FAULTY, UPN_A, TOBY, "\"date_of_birth\":\"2020-01-01\"",
					    "\"sex\":\"F\""};
	enum { FACTS = sizeof facts / sizeof *facts };
	(void)state;
	for (unsigned set = 0; set < 1u << FACTS; set++) {
		struct buf buf;
		bool first = true;
		buf_init(&buf, 10000);
		buf_add_text(&buf, "[{");
		for (unsigned i = 0; i < FACTS; i++) {
			if ((set >> i & 1) == 0 || (i == 1 && (set & 1) != 0)) /* the same member once */
				continue;
			buf_add_text(&buf, first ? "" : ",");
			buf_add_text(&buf, facts[i]);
			first = false;
		}
		buf_add_text(&buf, "},{" NHS_B "," ELO "}]");
		JSON_AUTO json_t *children = parsed(buf_text(&buf));
		JSON_AUTO json_t *turned = json_pack("[O, O]", json_array_get(children, 1),
						     json_array_get(children, 0));
		assert_true(children_match(children, children));
		assert_true(children_match(children, turned));
		buf_release(&buf);
	}
}

static void each_child_has_one_counterpart(void **state)
{
	static const struct {
		const char *before;
		const char *after;
		const char *pairs; /* for each of `after` who it is: a digit, or - */
	} cases[] = {
		{"[{" TOBY "},{" ELO "}]", "[{" ELO "},{" TOBY "}]", "10"},
		{"[{" TOBY "}]", "[{" TOBY "},{" ELO "}]", "0-"},
		{"[{" TOBY "}]", "[{" TOBY "},{" TOBY "}]", "0-"},
		{"[{},{}]", "[{},{},{}]", "01-"},
		{"[{}]", "[{" TOBY "}]", "-"},
		{"[{" TOBY "}]", "[{}]", "-"},
		{"[]", "[{}]", "-"},
		{"[{}]", "[]", ""},
		/* one of whom nothing is stated takes nobody's place, wherever it stands */
		{"[{" TOBY "},{" ELO "}]", "[{},{" TOBY "}]", "-0"},
		{"[{" ELO "},{},{" TOBY "}]", "[{" TOBY "},{},{" ELO "}]", "210"},
		{"[{},{" TOBY "}]", "[{" TOBY "}]", "1"},
		/* an identifier decides before a name */
		{"[{" TOBY "},{" NHS_A "}]", "[{" NHS_A "," TOBY "}]", "1"},
		{"[{" NHS_A "," TOBY "},{}]", "[{" NHS_A "},{" TOBY "}]", "0-"},
		{"[{" NHS_A "," TOBY "}]", "[{" TOBY "},{" NHS_A "}]", "-0"},
		/* two that fit one: one of them moves to another that fits it as well */
		{"[{\"family_name\":\"Brackenfield\"},{" TOBY "}]", "[{" TOBY "},{" ELO "}]", "10"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		JSON_AUTO json_t *before = parsed(cases[i].before);
		JSON_AUTO json_t *after = parsed(cases[i].after);
		int of_before[CHILDREN_MAX];
		char pairs[CHILDREN_MAX + 1] = "";
		children_pair(before, after, of_before);
		for (size_t k = 0; k < json_array_size(after); k++)
			pairs[k] = of_before[k] < 0 ? '-' : (char)('0' + of_before[k]);
		if (strcmp(pairs, cases[i].pairs) != 0)
			fail_msg("%s and %s: %s", cases[i].before, cases[i].after, pairs);
	}
}

/* In a list as long as they come, of children who are hard to tell apart, each is itself. */
static void a_full_list_pairs_with_itself(void **state)
{
	static const char *const kinds[] = {"{}", "{" TOBY "}", "{" NHS_A "}", "{\"family_name\":\"Brackenfield\"}"};
	JSON_AUTO json_t *children = json_array();
	int of_before[CHILDREN_MAX];
	(void)state;
	for (size_t i = 0; i < CHILDREN_MAX; i++)
		(void)json_array_append_new(children, parsed(kinds[i % 4]));
	children_pair(children, children, of_before);
	bool taken[CHILDREN_MAX] = {false};
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		assert_in_range(of_before[i], 0, CHILDREN_MAX - 1);
		assert_false(taken[of_before[i]]);
		taken[of_before[i]] = true;
	}
}

static void knows_a_person_of_the_household(void **state)
{
	static const char mary[] = "{\"first_name\":\"Mary\",\"family_name\":\"B\",\"date_of_birth\":\"1990-01-01\"}";
	static const struct {
		const char *a;
		const char *b;
		bool same;
	} cases[] = {
		{mary, mary, true},
		{mary,
		 "{\"first_name\":\" MARY\",\"family_name\":\"b "
		 "\",\"date_of_birth\":\"1990-01-01\",\"no_letters\":true}",
		 true},
		{mary, "{\"first_name\":\"Mary\",\"family_name\":\"B\"}", false},
		{mary, "{\"first_name\":\"Mary\",\"family_name\":\"C\",\"date_of_birth\":\"1990-01-01\"}", false},
		{"{\"first_name\":\"Mary\",\"relationship\":\"Mother\"}",
		 "{\"first_name\":\"Mary\",\"relationship\":\"Aunt\"}", true},
		{"{\"relationship\":\"Father\"}", "{\"relationship\":\"father\",\"first_name\":\"\"}", true},
		{"{\"relationship\":\"Father\"}", "{\"relationship\":\"Mother\"}", false},
		{"{\"relationship\":\"Father\"}", "{}", false},
		{"{}", "{}", true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		JSON_AUTO json_t *a = parsed(cases[i].a);
		JSON_AUTO json_t *b = parsed(cases[i].b);
		if (children_same_person(a, b) != cases[i].same || children_same_person(b, a) != cases[i].same)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_one_child_with_one),
		cmocka_unit_test(each_of_the_shorter_list_needs_a_counterpart),
		cmocka_unit_test(a_document_matches_itself),
		cmocka_unit_test(each_child_has_one_counterpart),
		cmocka_unit_test(a_full_list_pairs_with_itself),
		cmocka_unit_test(knows_a_person_of_the_household),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
