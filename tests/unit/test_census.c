/* The census reader and its rules, on small files of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "census/census.h"
#include "census/codes.h"
#include "census/issues.h"

#include "base/banned.h"

enum { SEEN_MAX = 8 };

struct seen {
	int n;
	int lines[SEEN_MAX];
	json_t *records[SEEN_MAX]; /* {"i":…, "c":…, "d":…} */
	char authority[32];
	int stop_after; /* 0: never */
};

static enum err_code note(void *ctx, const struct census_record *record, struct err *err)
{
	struct seen *seen = ctx;
	assert_true(seen->n < SEEN_MAX);
	seen->lines[seen->n] = record->line;
	seen->records[seen->n++] = json_pack("{s:O?, s:O?, s:O}", "i", record->identifiers, "c",
					     record->characteristics, "d", record->details);
	(void)snprintf(seen->authority, sizeof seen->authority, "%s", record->authority);
	return seen->n == seen->stop_after ? err_set(err, ERR_UNAVAILABLE, "", "enough") : ERR_NONE;
}

static enum err_code read_text(const char *text, struct seen *seen, struct err *err)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	assert_non_null(file);
	enum err_code code = census_read(file, note, seen, err);
	(void)fclose(file);
	return code;
}

static void forget(struct seen *seen)
{
	for (int i = 0; i < seen->n; i++)
		json_decref(seen->records[i]);
	*seen = (struct seen){0};
}

static void records_come_with_their_child_and_line(void **state)
{
	(void)state;
	struct err err = {0};
	struct seen seen = {0};
	const char *text = "<Message>\n<Header><Source><LEA>201</LEA></Source></Header>\n<Children>\n<Child>\n"
			   "<ChildIdentifiers> stray <LAchildID> A1 </LAchildID></ChildIdentifiers>\n"
			   "<ChildCharacteristics><Disabilities><Disability>MOB</Disability><Disability>LD</Disability>"
			   "</Disabilities></ChildCharacteristics>\n"
			   "<CINdetails><ReferralSource>1A</ReferralSource></CINdetails>\n"
			   "<CINdetails><ReferralSource><![CDATA[6]]></ReferralSource></CINdetails>\n</Child>\n"
			   "<Child><CINdetails/></Child></Children></Message>";
	assert_int_equal(read_text(text, &seen, &err), ERR_NONE);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.lines[0], 7);
	assert_int_equal(seen.lines[1], 8);
	assert_string_equal(seen.authority, "201");
	JSON_AUTO json_t *first = json_loads("{\"i\":{\"LAchildID\":\"A1\",\"#text\":\"stray\"},"
					     "\"c\":{\"Disabilities\":{\"Disability\":[\"MOB\",\"LD\"]}},"
					     "\"d\":{\"ReferralSource\":\"1A\"}}",
					     0, NULL);
	assert_true(json_equal(seen.records[0], first));
	assert_string_equal(json_text(json_object_get(seen.records[1], "d"), "ReferralSource"), "6");
	assert_true(json_is_null(json_object_get(seen.records[2], "i")) ||
		    json_object_get(seen.records[2], "i") == NULL);
	forget(&seen);
}

static void refused(const char *text, const char *place, const char *word)
{
	struct err err = {0};
	struct seen seen = {0};
	assert_int_equal(read_text(text, &seen, &err), ERR_INVALID_BODY);
	assert_string_equal(err.place, place);
	assert_non_null(strstr(err.detail, word));
	forget(&seen);
}

static void other_files_are_refused(void **state)
{
	(void)state;
	refused("<html/>", "line 1", "no census file");
	refused("<Message>\n<Children>", "line 2", "not well-formed");
	refused("<Message>\n<a></b></Message>", "line 2", "not well-formed");
	refused("<!DOCTYPE Message SYSTEM \"file:///etc/hostname\"><Message/>", "line 1", "document type");
	refused("<!DOCTYPE Message [<!ENTITY a \"b\">]><Message>&a;</Message>", "line 1", "document type");
	refused("<Message>&a;</Message>", "line 1", "not well-formed");
	refused("not XML", "line 1", "not well-formed");
	refused(" ", "line 1", "not well-formed");
}

/* `pieces` copies of `piece` between `before` and `after`. */
static char *repeat(const char *before, const char *piece, size_t pieces, const char *after)
{
	size_t size = strlen(before) + strlen(piece) * pieces + strlen(after) + 1;
	char *text = malloc(size);
	assert_non_null(text);
	char *at = text + snprintf(text, size, "%s", before);
	for (size_t i = 0; i < pieces; i++)
		at += snprintf(at, size - (size_t)(at - text), "%s", piece);
	(void)snprintf(at, size - (size_t)(at - text), "%s", after);
	return text;
}

static void sizes_have_ceilings(void **state)
{
	(void)state;
	char *deep = repeat("<Message>", "<a>", CENSUS_DEPTH_MAX, "");
	char *wordy = repeat("<Message><Child><a>", "x", CENSUS_TEXT_MAX + 1, "</a></Child></Message>");
	char *large = repeat("<Message><Child>", "<a>0123456789012345678901234567890123456789</a>", 40000,
			     "</Child></Message>");
	char *many = repeat("<Message><Child>", "<CINdetails/>", CENSUS_DETAILS_MAX + 1, "</Child></Message>");
	refused(deep, "line 1", "nested too deeply");
	refused(wordy, "line 1", "longer than 10,000");
	refused(large, "line 1", "more than 1 MiB");
	refused(many, "line 1", "more than 1,000");
	free(deep);
	free(wordy);
	free(large);
	free(many);
}

static void the_caller_can_stop_it(void **state)
{
	(void)state;
	struct err err = {0};
	struct seen seen = {.stop_after = 1};
	assert_int_equal(read_text("<Message><Child><CINdetails/><CINdetails/></Child></Message>", &seen, &err),
			 ERR_UNAVAILABLE);
	assert_int_equal(seen.n, 1);
	forget(&seen);
}

/* ---- rules ---- */

static int day(const char *text)
{
	int number = 0;
	assert_true(clock_parse_date(text, &number));
	return number;
}

struct facts {
	json_t *identifiers;
	json_t *characteristics;
	json_t *details;
};

static struct facts facts_of(const char *identifiers, const char *characteristics, const char *details)
{
	struct facts f = {json_loads(identifiers, 0, NULL), json_loads(characteristics, 0, NULL),
			  json_loads(details, 0, NULL)};
	assert_non_null(f.identifiers);
	assert_non_null(f.characteristics);
	assert_non_null(f.details);
	return f;
}

static void free_facts(struct facts *f)
{
	json_decref(f->identifiers);
	json_decref(f->characteristics);
	json_decref(f->details);
}

static const char GOOD_CHILD[] = "{\"LAchildID\":\"A1\",\"PersonBirthDate\":\"2015-03-27\",\"Sex\":\"F\"}";
static const char GOOD_DETAILS[] =
	"{\"CINreferralDate\":\"2022-10-06\",\"ReferralSource\":\"1A\",\"PrimaryNeedCode\":\"N4\","
	"\"ReferralNFA\":\"0\"}";

/* "pointer code; pointer code" of what is found wrong. */
static void issues(const char *identifiers, const char *characteristics, const char *details, const char *expected)
{
	struct facts f = facts_of(identifiers, characteristics, details);
	const struct census_record record = {f.identifiers, f.characteristics, f.details, "201", 1};
	JSON_AUTO json_t *found = census_issues(&record, day("2022-10-06"));
	char text[1000] = "";
	size_t i;
	json_t *issue;
	json_array_foreach(found, i, issue)
	{
		size_t length = strlen(text);
		(void)snprintf(text + length, sizeof text - length, "%s%s %s", i == 0 ? "" : "; ",
			       json_text(issue, "pointer"), json_text(issue, "code"));
	}
	assert_string_equal(text, expected);
	free_facts(&f);
}

static void faults_of_the_child_are_issues(void **state)
{
	(void)state;
	issues(GOOD_CHILD, "{}", GOOD_DETAILS, "");
	issues("{\"LAchildID\":\"ABCDEFGHIJKLMNOPQRST\",\"ExpectedPersonBirthDate\":\"2023-01-01\",\"Sex\":\"U\","
	       "\"UPN\":\"A243731687508\",\"UPNunknown\":\"UN7\"}",
	       "{\"Ethnicity\":\"WBRI\",\"Disabilities\":{\"Disability\":[\"MOB\",\"AUT\"]}}", GOOD_DETAILS, "");
	issues("{\"LAchildID\":\"A_1\",\"PersonBirthDate\":\"2015-03-27\",\"Sex\":\"F\"}", "{}", GOOD_DETAILS,
	       "/ChildIdentifiers/LAchildID invalid_local_id");
	issues("{\"LAchildID\":\"ABCDEFGHIJKLMNOPQRSTU\",\"PersonBirthDate\":\"2015-03-27\",\"GenderCurrent\":\"3\"}",
	       "{}", GOOD_DETAILS,
	       "/ChildIdentifiers/LAchildID invalid_local_id; /ChildIdentifiers/GenderCurrent unknown_code");
	issues("{\"LAchildID\":\"A1\",\"UPN\":\"A123456789123\",\"UPNunknown\":\"UN8\"}", "{}", GOOD_DETAILS,
	       "/ChildIdentifiers/UPN invalid_upn; /ChildIdentifiers/UPNunknown unknown_code; "
	       "/ChildIdentifiers/PersonBirthDate missing_birth_date; /ChildIdentifiers/GenderCurrent missing");
	issues("{\"LAchildID\":\"A1\",\"PersonBirthDate\":\"2023-07-13\",\"Sex\":\"M\"}", "{}", GOOD_DETAILS, "");
	issues("{\"LAchildID\":\"A1\",\"PersonBirthDate\":\"2023-07-14\",\"Sex\":\"M\"}", "{}", GOOD_DETAILS,
	       "/ChildIdentifiers/PersonBirthDate referral_before_conception");
	issues("{\"LAchildID\":\"A1\",\"ExpectedPersonBirthDate\":\"2022-12-01\",\"Sex\":\"M\"}", "{}", GOOD_DETAILS,
	       "/ChildIdentifiers/Sex unborn_sex");
	issues("{\"LAchildID\":\"A1\",\"PersonBirthDate\":\"2022\",\"ExpectedPersonBirthDate\":\"2022-12-01\",\"Sex\":"
	       "\"M\"}",
	       "{\"Ethnicity\":\"XXXX\",\"Disabilities\":{\"Disability\":[\"NONE\",\"MOB\"]}}", GOOD_DETAILS,
	       "/ChildIdentifiers birth_and_delivery_date; /ChildIdentifiers/PersonBirthDate invalid_date; "
	       "/ChildCharacteristics/Ethnicity unknown_code; /ChildCharacteristics/Disabilities/Disability "
	       "none_not_alone");
}

static void faults_of_the_referral_are_issues(void **state)
{
	(void)state;
	issues(GOOD_CHILD, "{}", "{\"CINreferralDate\":\"2022-10-06\",\"ReferralSource\":\"1Z\"}",
	       "/CINdetails/ReferralSource unknown_code; /CINdetails/PrimaryNeedCode missing");
	issues(GOOD_CHILD, "{}", "{\"CINreferralDate\":\"2022-10-06\",\"ReferralNFA\":\"TRUE\"}",
	       "/CINdetails/ReferralSource missing");
	issues(GOOD_CHILD, "{}",
	       "{\"CINreferralDate\":\"2022-10-06\",\"ReferralSource\":\"6\",\"PrimaryNeedCode\":\"N11\","
	       "\"ReferralNFA\":\"no\","
	       "\"ReasonForClosure\":\"RC10\",\"CINclosureDate\":\"2026-11-31\","
	       "\"Assessments\":[{\"FactorsIdentifiedAtAssessment\":{\"AssessmentFactors\":[\"21\",\"RB\"]}}],"
	       "\"ChildProtectionPlans\":{\"CPPendDate\":\"soon\",\"InitialCategoryOfAbuse\":\"ABC\"}}",
	       "/CINdetails/PrimaryNeedCode unknown_code; /CINdetails/ReferralNFA unknown_code; "
	       "/CINdetails/ReasonForClosure unknown_code; "
	       "/CINdetails/Assessments/0/FactorsIdentifiedAtAssessment/AssessmentFactors/1 unknown_code; "
	       "/CINdetails/Assessments/0/FactorsIdentifiedAtAssessment/AssessmentFactors none_not_alone; "
	       "/CINdetails/CINclosureDate invalid_date; /CINdetails/ChildProtectionPlans/CPPendDate invalid_date; "
	       "/CINdetails/ChildProtectionPlans/InitialCategoryOfAbuse unknown_code");
}

static void judge_refuses(const char *identifiers, const char *details, const char *word)
{
	struct err err = {0};
	struct facts f = facts_of(identifiers, "{}", details);
	const struct census_record record = {f.identifiers, f.characteristics, f.details, "201", 1};
	const struct census_scope scope = {"p", day("2026-11-23"), 0};
	json_t *row = NULL;
	assert_int_equal(census_judge(&record, &scope, &row, &err), ERR_RULE_BROKEN);
	assert_non_null(strstr(err.detail, word));
	free_facts(&f);
}

static void what_cannot_be_history_is_refused(void **state)
{
	(void)state;
	judge_refuses("{}", GOOD_DETAILS, "LAchildID is missing");
	judge_refuses("{\"LAchildID\":\"\"}", GOOD_DETAILS, "LAchildID is missing");
	judge_refuses(GOOD_CHILD, "{\"ReferralSource\":\"1A\"}", "CINreferralDate is missing");
	judge_refuses(GOOD_CHILD, "{\"CINreferralDate\":\"2022-02-29\"}", "not a date");
	judge_refuses(GOOD_CHILD, "{\"CINreferralDate\":\"2026-11-24\"}", "CINreferralDate lies in the future");
	judge_refuses(GOOD_CHILD, "{\"CINreferralDate\":\"2026-11-23\",\"CINclosureDate\":\"2026-11-24\"}",
		      "CINclosureDate lies in the future");
	judge_refuses(GOOD_CHILD,
		      "{\"CINreferralDate\":\"2026-11-23\",\"Assessments\":[{},{\"DateOfX\":[\"\",\"2026-11-24\"]}]}",
		      "DateOfX lies in the future");
	judge_refuses("{\"LAchildID\":\"A1\",\"PersonBirthDate\":\"2026-11-24\"}", GOOD_DETAILS,
		      "PersonBirthDate lies in the future");
}

static void judged_rows_hold_clean_values(void **state)
{
	(void)state;
	struct err err = {0};
	struct facts f = facts_of(
		"{\"LAchildID\":\"A1\",\"PersonBirthDate\":\"27/03/2015\",\"GenderCurrent\":\"2\",\"UPN\":\"A1\"}",
		"{\"Disabilities\":{\"Disability\":\"MOB\"}}",
		"{\"CINreferralDate\":\"2026-11-23\",\"ReferralSource\":\"1Z\"}");
	const struct census_record record = {f.identifiers, f.characteristics, f.details, "201", 1};
	const struct census_scope scope = {"p", day("2026-11-23"), 0};
	JSON_AUTO json_t *row = NULL;
	assert_int_equal(census_judge(&record, &scope, &row, &err), ERR_NONE);
	assert_string_equal(json_text(row, "source"), "10");
	assert_null(json_object_get(row, "upn"));
	assert_null(json_object_get(row, "date_of_birth"));
	const json_t *child = json_object_get(row, "child");
	assert_string_equal(json_text(child, "sex"), "F");
	assert_string_equal(json_text(child, "date_of_birth"), "27/03/2015");
	assert_int_equal(json_array_size(json_object_get(child, "disability")), 1);
	assert_non_null(strstr(json_text(row, "body"), "\"GenderCurrent\":\"2\""));
	free_facts(&f);
}

static void ids_tell_records_apart_and_stay(void **state)
{
	(void)state;
	char first[IDENT_SIZE];
	char again[IDENT_SIZE];
	census_referral_id("p", "201", "A1", 20000, 0, first);
	census_referral_id("p", "201", "A1", 20000, 0, again);
	assert_string_equal(first, again);
	assert_true(ident_is_uuid(first));
	assert_int_equal(first[14], '7');
	const struct {
		const char *partnership, *authority, *child;
		int day, occurrence;
	} others[] = {{"q", "201", "A1", 20000, 0},
		      {"p", "202", "A1", 20000, 0},
		      {"p", "201", "A2", 20000, 0},
		      {"p", "201", "A1", 20001, 0},
		      {"p", "201", "A1", 20000, 1}};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		census_referral_id(others[i].partnership, others[i].authority, others[i].child, others[i].day,
				   others[i].occurrence, again);
		assert_string_not_equal(first, again);
	}
}

static void codes_are_whole_words(void **state)
{
	(void)state;
	assert_true(census_code_is_known(CENSUS_SOURCE, "1A"));
	assert_true(census_code_is_known(CENSUS_SOURCE, "10"));
	assert_false(census_code_is_known(CENSUS_SOURCE, "1"));
	assert_false(census_code_is_known(CENSUS_SOURCE, ""));
	assert_false(census_code_is_known(CENSUS_SOURCE, "1A 1B"));
	assert_false(census_code_is_known(CENSUS_SOURCE, "1a"));
	assert_true(census_code_is_known(CENSUS_FACTOR, "21"));
	assert_null(census_sex("X"));
	assert_string_equal(census_sex("9"), "U");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_with_their_child_and_line),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(sizes_have_ceilings),
		cmocka_unit_test(the_caller_can_stop_it),
		cmocka_unit_test(faults_of_the_child_are_issues),
		cmocka_unit_test(faults_of_the_referral_are_issues),
		cmocka_unit_test(what_cannot_be_history_is_refused),
		cmocka_unit_test(judged_rows_hold_clean_values),
		cmocka_unit_test(ids_tell_records_apart_and_stay),
		cmocka_unit_test(codes_are_whole_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
