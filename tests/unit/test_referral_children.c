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
		{"[{" FAULTY "}]", "[{" FAULTY "," TOBY "}]", true},
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
		/* one that states nothing may be anybody */
		{"[{}]", "[{}]", true},
		{"[{}]", "[{" NHS_A "," TOBY "}]", true},
		{"[{\"first_name\":\"\"}]", "[{" TOBY "}]", true},
		{"[{\"first_name\":7,\"family_name\":null}]", "[{" TOBY "}]", true},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_one_child_with_one),
		cmocka_unit_test(each_of_the_shorter_list_needs_a_counterpart),
		cmocka_unit_test(a_document_matches_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
