/* What a census record becomes. No database, no clock: the day comes from the caller. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "census/census.h"
#include "census/codes.h"
#include "census/issues.h"
#include "referral/quality.h"

#include "base/banned.h"

enum { CHILD_ID_BYTES_MAX = 100, ID_BYTES = 16, MS_PER_DAY = 86400000 };

static const char *nonempty(const json_t *object, const char *member)
{
	const char *text = json_text(object, member);
	return text == NULL || *text == '\0' ? NULL : text;
}

const char *census_child_id(const struct census_record *record)
{
	return nonempty(record->identifiers, "LAchildID");
}

const char *census_referral_date(const struct census_record *record)
{
	return nonempty(record->details, "CINreferralDate");
}

void census_referral_id(const char *partnership, const char *authority, const char *child_id, int day, int occurrence,
			char ret_id[IDENT_SIZE])
{
	char key[400];
	unsigned char bytes[ID_BYTES];
	int length = snprintf(key, sizeof key, "%s\n%s\n%s\n%d\n%d", partnership, authority, child_id, day, occurrence);
	(void)crypto_generichash(bytes, sizeof bytes, (const unsigned char *)key, (size_t)length, NULL, 0);
	uint64_t ms = day < 0 ? 0 : (uint64_t)day * MS_PER_DAY;
	for (int i = 0; i < 6; i++)
		bytes[i] = (unsigned char)(ms >> (8 * (5 - i)));
	bytes[6] = (unsigned char)(0x70 | (bytes[6] & 0x0f));
	bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f));
	char hex[2 * ID_BYTES + 1];
	(void)sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
	(void)snprintf(ret_id, IDENT_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static enum err_code refuse(struct err *err, const char *reason)
{
	return err_set(err, ERR_RULE_BROKEN, "", "%s", reason);
}

/* Days that are foreseen. Each other one says that something has happened. */
static bool may_lie_ahead(const char *name)
{
	return strcmp(name, "ExpectedPersonBirthDate") == 0 || strcmp(name, "AssessmentInternalReviewDate") == 0;
}

/* The name of an element below `value` whose day is still to come, NULL where there is none. As deep as the reader nests. */
static const char *find_future(const char *name, const json_t *value, int today)
{
	const char *found = NULL;
	const char *member;
	size_t i;
	json_t *below;
	int day = 0;
	if (json_is_object(value)) {
		json_object_foreach((json_t *)value, member, below)
		{
			if (found == NULL)
				found = find_future(member, below, today);
		}
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, below)
		{
			if (found == NULL)
				found = find_future(name, below, today);
		}
	} else if (census_is_date(name) && !may_lie_ahead(name) && clock_parse_date(json_string_value(value), &day)) {
		found = day > today ? name : NULL;
	}
	return found;
}

/* What cannot be history. */
static enum err_code check_refusals(const struct census_record *record, int today, int *ret_day, struct err *err)
{
	const char *child_id = census_child_id(record);
	const char *date = census_referral_date(record);
	int day = 0;
	if (record->details == NULL)
		return refuse(err, "the child has no CINdetails: nothing was referred");
	if (!json_is_object(record->details))
		return refuse(err, "CINdetails is empty");
	if (child_id == NULL)
		return refuse(err, "LAchildID is missing: nothing to recognise the child by");
	if (strlen(child_id) > CHILD_ID_BYTES_MAX)
		return refuse(err, "LAchildID is longer than 100 characters");
	if (date == NULL)
		return refuse(err, "CINreferralDate is missing");
	if (!clock_parse_date(date, &day))
		return refuse(err, "CINreferralDate is not a date (YYYY-MM-DD)");
	const char *future = find_future("", record->details, today);
	if (future == NULL)
		future = find_future("", record->identifiers, today);
	if (future != NULL)
		return err_set(err, ERR_RULE_BROKEN, "", "%s lies in the future", future);
	*ret_day = day;
	return ERR_NONE;
}

static void set_text(json_t *object, const char *member, const char *value)
{
	if (value != NULL)
		(void)json_object_set_new(object, member, json_string(value));
}

/* A repeated element as a list of texts, whether it stood once or more often. */
static void set_texts(json_t *object, const char *member, const json_t *values)
{
	if (values == NULL)
		return;
	json_t *list = json_array();
	if (json_is_string(values))
		(void)json_array_append_new(list, json_deep_copy(values));
	for (size_t i = 0; i < json_array_size(values); i++) {
		if (json_is_string(json_array_get(values, i)))
			(void)json_array_append_new(list, json_deep_copy(json_array_get(values, i)));
	}
	(void)json_object_set_new(object, member, list);
}

/* The child in the contract's words: values as they stand in the file, faulty ones too. */
static json_t *child_document(const struct census_record *record)
{
	json_t *child = json_object();
	const char *sex = nonempty(record->identifiers, "Sex");
	if (sex == NULL)
		sex = nonempty(record->identifiers, "GenderCurrent");
	const char *known = sex == NULL ? NULL : census_sex(sex);
	set_text(child, "date_of_birth", nonempty(record->identifiers, "PersonBirthDate"));
	set_text(child, "expected_date_of_delivery", nonempty(record->identifiers, "ExpectedPersonBirthDate"));
	set_text(child, "sex", known != NULL ? known : sex);
	set_text(child, "ethnicity", nonempty(record->characteristics, "Ethnicity"));
	set_text(child, "upn", nonempty(record->identifiers, "UPN"));
	set_texts(child, "disability",
		  json_object_get(json_object_get(record->characteristics, "Disabilities"), "Disability"));
	return child;
}

static const char *a_date(const char *text)
{
	int day;
	return text != NULL && clock_parse_date(text, &day) ? text : NULL;
}

/* The columns of referral_child: clean values alone. */
static void set_child(json_t *row, const struct census_record *record)
{
	char id[IDENT_SIZE];
	const char *upn = nonempty(record->identifiers, "UPN");
	ident_new(id);
	set_text(row, "child_id", id);
	set_text(row, "date_of_birth", a_date(nonempty(record->identifiers, "PersonBirthDate")));
	set_text(row, "expected_date_of_delivery", a_date(nonempty(record->identifiers, "ExpectedPersonBirthDate")));
	set_text(row, "upn", upn != NULL && quality_upn(upn) ? upn : NULL);
	(void)json_object_set_new(row, "child", child_document(record));
}

/* What the contract has no words for stands together under one member, which readers get under `further`. */
static json_t *census_facts(const struct census_record *record)
{
	json_t *facts = json_object();
	set_text(facts, "local_authority", record->authority[0] == '\0' ? NULL : record->authority);
	set_text(facts, "local_child_id", census_child_id(record));
	set_text(facts, "primary_need", nonempty(record->details, "PrimaryNeedCode"));
	set_text(facts, "no_further_action", nonempty(record->details, "ReferralNFA"));
	set_text(facts, "closed_on", nonempty(record->details, "CINclosureDate"));
	set_text(facts, "reason_for_closure", nonempty(record->details, "ReasonForClosure"));
	set_text(facts, "initial_conference_on", nonempty(record->details, "DateOfInitialCPC"));
	json_t *details = json_deep_copy(record->details);
	static const char *const told[] = {"CINreferralDate", "ReferralSource",   "PrimaryNeedCode", "ReferralNFA",
					   "CINclosureDate",  "ReasonForClosure", "DateOfInitialCPC"};
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		(void)json_object_del(details, told[i]);
	if (json_object_size(details) > 0)
		(void)json_object_set(facts, "details", details);
	json_decref(details);
	return facts;
}

static json_t *document(const struct census_record *record)
{
	json_t *whole = json_object();
	(void)json_object_set_new(whole, "concerns", json_array());
	(void)json_object_set_new(whole, "census", census_facts(record));
	return whole;
}

/* All that was read, in the file's own words: what is kept for good. */
static void set_body(json_t *row, const struct census_record *record)
{
	json_t *body = json_object();
	char digest[JSON_DIGEST_SIZE];
	set_text(body, "LEA", record->authority[0] == '\0' ? NULL : record->authority);
	if (record->identifiers != NULL)
		(void)json_object_set(body, "ChildIdentifiers", record->identifiers);
	if (record->characteristics != NULL)
		(void)json_object_set(body, "ChildCharacteristics", record->characteristics);
	(void)json_object_set(body, "CINdetails", record->details);
	char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);
	json_digest(body, digest);
	set_text(row, "body", text);
	set_text(row, "body_digest", digest);
	free(text);
	json_decref(body);
}

enum err_code census_judge(const struct census_record *record, const struct census_scope *scope, json_t **ret_row,
			   struct err *err)
{
	int day = 0;
	enum err_code code = check_refusals(record, scope->today, &day, err);
	if (code != ERR_NONE)
		return code;
	char id[IDENT_SIZE];
	char submission[IDENT_SIZE];
	char event[IDENT_SIZE];
	char reference[IDENT_REFERENCE_SIZE];
	const char *source = nonempty(record->details, "ReferralSource");
	census_referral_id(scope->partnership, record->authority, census_child_id(record), day, scope->occurrence, id);
	ident_new(submission);
	ident_new(event);
	ident_reference_new(reference);
	json_t *row = json_object();
	set_text(row, "id", id);
	set_text(row, "reference", reference);
	set_text(row, "submission_id", submission);
	set_text(row, "event_id", event);
	set_text(row, "referred_on", census_referral_date(record));
	/* 10 is the census's own word for an unknown source. */
	set_text(row, "source", source != NULL && census_code_is_known(CENSUS_SOURCE, source) ? source : "10");
	(void)json_object_set_new(row, "document", document(record));
	(void)json_object_set_new(row, "quality_issues", census_issues(record, day));
	set_child(row, record);
	set_body(row, record);
	*ret_row = row;
	return ERR_NONE;
}
