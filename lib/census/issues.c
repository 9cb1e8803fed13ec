/* Census checks, as far as they can be made on one record (DOMAIN section 6; the numbers are the census's own). */
#include "census/issues.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "census/census.h"
#include "census/codes.h"
#include "referral/quality.h"

#include "base/banned.h"

enum { ISSUES_MAX = 100, POINTER_MAX = 400, CHILD_ID_MAX = 20, GESTATION_DAYS_MAX = 280 };

static void add(json_t *issues, const char *pointer, const char *code, const json_t *value)
{
	if (json_array_size(issues) >= ISSUES_MAX)
		return;
	json_t *issue = json_object();
	(void)json_object_set_new(issue, "pointer", json_string(pointer));
	(void)json_object_set_new(issue, "code", json_string(code));
	(void)json_object_set_new(issue, "value_as_sent", value == NULL ? json_null() : json_deep_copy(value));
	(void)json_array_append_new(issues, issue);
}

static const char *nonempty(const json_t *object, const char *member)
{
	const char *text = json_text(object, member);
	return text == NULL || *text == '\0' ? NULL : text;
}

static void check_code(json_t *issues, const char *pointer, const json_t *value, enum census_list list)
{
	const char *text = json_string_value(value);
	if (value != NULL && (text == NULL || !census_code_is_known(list, text)))
		add(issues, pointer, "unknown_code", value);
}

/* A single code, or a list of them. */
static void check_codes(json_t *issues, const char *pointer, const json_t *values, enum census_list list)
{
	if (!json_is_array(values)) {
		check_code(issues, pointer, values, list);
		return;
	}
	for (size_t i = 0; i < json_array_size(values); i++) {
		char place[POINTER_MAX];
		(void)snprintf(place, sizeof place, "%s/%zu", pointer, i);
		check_code(issues, place, json_array_get(values, i), list);
	}
}

static bool has_code(const json_t *values, const char *code)
{
	for (size_t i = 0; i < json_array_size(values); i++) {
		const char *text = json_string_value(json_array_get(values, i));
		if (text != NULL && strcmp(text, code) == 0)
			return true;
	}
	return false;
}

static void check_alone(json_t *issues, const char *pointer, const json_t *values, const char *code)
{
	if (json_array_size(values) > 1 && has_code(values, code))
		add(issues, pointer, "none_not_alone", values);
}

/* 1570, 1580. */
static void check_child_id(json_t *issues, const json_t *identifiers)
{
	const char *id = nonempty(identifiers, "LAchildID");
	if (id == NULL)
		return; /* refused */
	size_t length = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
	if (id[length] != '\0' || length > CHILD_ID_MAX)
		add(issues, "/ChildIdentifiers/LAchildID", "invalid_local_id",
		    json_object_get(identifiers, "LAchildID"));
}

static void check_upn(json_t *issues, const json_t *identifiers)
{
	static const char *const members[] = {"UPN", "FormerUPN"};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const json_t *upn = json_object_get(identifiers, members[i]);
		char pointer[64];
		(void)snprintf(pointer, sizeof pointer, "/ChildIdentifiers/%s", members[i]);
		if (upn != NULL && !quality_upn(json_string_value(upn)))
			add(issues, pointer, "invalid_upn", upn);
	}
	check_code(issues, "/ChildIdentifiers/UPNunknown", json_object_get(identifiers, "UPNunknown"),
		   CENSUS_UPN_UNKNOWN);
}

/* 8525Q, 8606: at most 280 days before birth or expected delivery. */
static void check_dates_of_child(json_t *issues, const json_t *identifiers, int referred)
{
	const char *birth = nonempty(identifiers, "PersonBirthDate");
	const char *expected = nonempty(identifiers, "ExpectedPersonBirthDate");
	const char *pointer = birth != NULL ? "/ChildIdentifiers/PersonBirthDate"
					    : "/ChildIdentifiers/ExpectedPersonBirthDate";
	const json_t *value = json_object_get(identifiers,
					      birth != NULL ? "PersonBirthDate" : "ExpectedPersonBirthDate");
	int day = 0;
	if (birth == NULL && expected == NULL) {
		add(issues, "/ChildIdentifiers/PersonBirthDate", "missing_birth_date", NULL);
		return;
	}
	if (birth != NULL && expected != NULL)
		add(issues, "/ChildIdentifiers", "birth_and_delivery_date", NULL);
	if (!clock_parse_date(birth != NULL ? birth : expected, &day))
		add(issues, pointer, "invalid_date", value);
	else if (referred < day - GESTATION_DAYS_MAX)
		add(issues, pointer, "referral_before_conception", value);
}

/* 8750: an unborn child's sex is U. */
static void check_sex(json_t *issues, const json_t *identifiers)
{
	const char *member = json_object_get(identifiers, "Sex") != NULL ? "Sex" : "GenderCurrent";
	const json_t *value = json_object_get(identifiers, member);
	char pointer[64];
	(void)snprintf(pointer, sizeof pointer, "/ChildIdentifiers/%s", member);
	const char *sex = value == NULL || !json_is_string(value) ? NULL : census_sex(json_string_value(value));
	bool unborn = nonempty(identifiers, "PersonBirthDate") == NULL &&
		      nonempty(identifiers, "ExpectedPersonBirthDate") != NULL;
	if (value == NULL)
		add(issues, pointer, "missing", NULL);
	else if (sex == NULL)
		add(issues, pointer, "unknown_code", value);
	else if (unborn && strcmp(sex, "U") != 0)
		add(issues, pointer, "unborn_sex", value);
}

static void check_child(json_t *issues, const struct census_record *record, int referred)
{
	const json_t *characteristics = record->characteristics;
	check_child_id(issues, record->identifiers);
	check_upn(issues, record->identifiers);
	check_dates_of_child(issues, record->identifiers, referred);
	check_sex(issues, record->identifiers);
	check_code(issues, "/ChildCharacteristics/Ethnicity", json_object_get(characteristics, "Ethnicity"),
		   CENSUS_ETHNICITY);
	const json_t *disabilities = json_object_get(json_object_get(characteristics, "Disabilities"), "Disability");
	check_codes(issues, "/ChildCharacteristics/Disabilities/Disability", disabilities, CENSUS_DISABILITY);
	check_alone(issues, "/ChildCharacteristics/Disabilities/Disability", disabilities, "NONE");
}

/* Is it a no-further-action? Then no primary need is asked for (8610). */
static bool is_nfa(const json_t *details)
{
	const char *nfa = json_text(details, "ReferralNFA");
	return nfa != NULL && (strcasecmp(nfa, "true") == 0 || strcmp(nfa, "1") == 0);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);
	size_t tail = strlen(end);
	return length >= tail && strcmp(text + length - tail, end) == 0;
}

static void check_day(json_t *issues, const char *pointer, const json_t *value)
{
	int day = 0;
	if (!clock_parse_date(json_string_value(value), &day))
		add(issues, pointer, "invalid_date", value);
}

bool census_is_date(const char *name)
{
	return ends_with(name, "Date") || strncmp(name, "DateOf", 6) == 0;
}

static void check_below(json_t *issues, const char *pointer, const char *name, const json_t *value);

static void check_members(json_t *issues, const char *pointer, const json_t *object)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)object, name, value)
	{
		char place[POINTER_MAX];
		int length = snprintf(place, sizeof place, "%s/%s", pointer, name);
		if (length > 0 && (size_t)length < sizeof place)
			check_below(issues, place, name, value);
	}
}

/* Days and categories of abuse stand at many places: by their names. As deep as the reader lets a file nest. */
static void check_below(json_t *issues, const char *pointer, const char *name, const json_t *value)
{
	if (json_is_object(value)) {
		check_members(issues, pointer, value);
	} else if (json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++) {
			char place[POINTER_MAX];
			int length = snprintf(place, sizeof place, "%s/%zu", pointer, i);
			if (length > 0 && (size_t)length < sizeof place)
				check_below(issues, place, name, json_array_get(value, i));
		}
	} else if (ends_with(name, "CategoryOfAbuse")) {
		check_code(issues, pointer, value, CENSUS_ABUSE);
	} else if (json_string_length(value) > 0 && census_is_date(name)) {
		check_day(issues, pointer, value);
	}
}

static void check_assessment(json_t *issues, const char *pointer, const json_t *assessment)
{
	char place[POINTER_MAX];
	(void)snprintf(place, sizeof place, "%s/FactorsIdentifiedAtAssessment/AssessmentFactors", pointer);
	const json_t *factors = json_object_get(json_object_get(assessment, "FactorsIdentifiedAtAssessment"),
						"AssessmentFactors");
	check_codes(issues, place, factors, CENSUS_FACTOR);
	check_alone(issues, place, factors, "21");
}

static void check_details(json_t *issues, const json_t *details)
{
	const json_t *assessments = json_object_get(details, "Assessments");
	if (json_object_get(details, "ReferralSource") == NULL)
		add(issues, "/CINdetails/ReferralSource", "missing", NULL);
	check_code(issues, "/CINdetails/ReferralSource", json_object_get(details, "ReferralSource"), CENSUS_SOURCE);
	if (json_object_get(details, "PrimaryNeedCode") == NULL && !is_nfa(details))
		add(issues, "/CINdetails/PrimaryNeedCode", "missing", NULL);
	check_code(issues, "/CINdetails/PrimaryNeedCode", json_object_get(details, "PrimaryNeedCode"), CENSUS_NEED);
	check_code(issues, "/CINdetails/ReferralNFA", json_object_get(details, "ReferralNFA"), CENSUS_TRUTH);
	check_code(issues, "/CINdetails/ReasonForClosure", json_object_get(details, "ReasonForClosure"),
		   CENSUS_CLOSURE);
	if (json_is_object(assessments))
		check_assessment(issues, "/CINdetails/Assessments", assessments);
	for (size_t i = 0; i < json_array_size(assessments); i++) {
		char place[64];
		(void)snprintf(place, sizeof place, "/CINdetails/Assessments/%zu", i);
		check_assessment(issues, place, json_array_get(assessments, i));
	}
}

const char *census_issue_words(const char *code)
{
	static const struct {
		const char *code;
		const char *words;
	} rows[] = {
		{"missing", "is missing"},
		{"missing_birth_date", "neither a date of birth nor an expected date of delivery"},
		{"birth_and_delivery_date", "a date of birth and an expected date of delivery (8525Q)"},
		{"referral_before_conception", "more than 280 days after the referral (8606)"},
		{"unborn_sex", "the sex of an unborn child is U (8750)"},
		{"invalid_local_id", "not of up to 20 letters and digits (1570, 1580)"},
		{"invalid_upn", "no valid UPN"},
		{"invalid_date", "not a date (YYYY-MM-DD)"},
		{"unknown_code", "no code of the census"},
		{"none_not_alone", "the code for none stands beside others"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (strcmp(rows[i].code, code) == 0)
			return rows[i].words;
	}
	return code;
}

json_t *census_issues(const struct census_record *record, int referred)
{
	json_t *issues = json_array();
	check_child(issues, record, referred);
	check_details(issues, record->details);
	check_members(issues, "/CINdetails", record->details);
	return issues;
}
