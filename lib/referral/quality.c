/* Check digits and cross-field rules. A value that cannot be read keeps every rule: its form has a row of its own. */
#include "referral/quality.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"

#include "base/banned.h"

enum { GESTATION_DAYS_MAX = 280 };

static bool all_digits(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return true;
}

bool quality_nhs_number(const char *text)
{
	if (text == NULL || strlen(text) != 10 || !all_digits(text, 10))
		return false;
	if (strcmp(text, "0000000000") == 0)
		return false; /* passes the sum, and stands on forms for "none": it must match nobody */
	int sum = 0;
	for (int i = 0; i < 9; i++)
		sum += (text[i] - '0') * (10 - i);
	int check = 11 - sum % 11;
	return check != 10 && check % 11 == text[9] - '0';
}

/* The value of a character in the sum: digits as they are, the letter of a temporary UPN by its place in the alphabet. */
static int upn_value(char c)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
	const char *at = c == '\0' ? NULL : strchr(letters, c);
	return at == NULL ? c - '0' : (int)(at - letters);
}

bool quality_upn(const char *text)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
	if (text == NULL || strlen(text) != 13 || !all_digits(text + 1, 11))
		return false;
	bool last_fits = (text[12] >= '0' && text[12] <= '9') || strchr(letters, text[12]) != NULL;
	if (!last_fits)
		return false;
	int sum = 0;
	for (int i = 1; i < 13; i++)
		sum += upn_value(text[i]) * (i + 1);
	return text[0] == letters[sum % 23];
}

static bool rule_nhs_number(const json_t *value, const struct quality_view *view, const char **ret_member)
{
	(void)view;
	(void)ret_member;
	return !json_is_string(value) || quality_nhs_number(json_string_value(value));
}

static bool rule_upn(const json_t *value, const struct quality_view *view, const char **ret_member)
{
	(void)view;
	(void)ret_member;
	const char *text = json_string_value(value);
	if (text == NULL)
		return true;
	bool unknown = strlen(text) == 3 && strncmp(text, "UN", 2) == 0 && text[2] >= '1' && text[2] <= '7';
	return unknown || quality_upn(text);
}

static int day_of(int64_t us)
{
	const int64_t day_us = INT64_C(86400000000);
	return (int)(us / day_us) - (us % day_us < 0);
}

static bool rule_date_not_in_future(const json_t *value, const struct quality_view *view, const char **ret_member)
{
	(void)ret_member;
	int day;
	if (!json_is_string(value) || !clock_parse_date(json_string_value(value), &day))
		return true;
	return day <= day_of(view->now_us) + 1; /* tomorrow is today somewhere in the zone's evening */
}

/* Exactly one of the two dates (census check 8525Q): both is one issue, none another. */
static bool rule_birth_or_delivery_date(const json_t *child, const struct quality_view *view, const char **ret_member)
{
	(void)view;
	*ret_member = "date_of_birth";
	const char *status = json_said(child, "date_of_birth_status");
	return json_text(child, "date_of_birth") != NULL || json_text(child, "expected_date_of_delivery") != NULL ||
	       (status != NULL && strcmp(status, "not_known") == 0);
}

static bool rule_birth_and_delivery_date(const json_t *child, const struct quality_view *view, const char **ret_member)
{
	(void)view;
	*ret_member = "expected_date_of_delivery";
	return json_said(child, "date_of_birth") == NULL || json_said(child, "expected_date_of_delivery") == NULL;
}

/* Unborn means sex U (census check 8750). */
static bool rule_unborn_sex(const json_t *child, const struct quality_view *view, const char **ret_member)
{
	(void)view;
	*ret_member = "sex";
	bool unborn = json_said(child, "expected_date_of_delivery") != NULL &&
		      json_said(child, "date_of_birth") == NULL;
	const char *sex = json_said(child, "sex");
	return !unborn || sex == NULL || strcmp(sex, "U") == 0;
}

/* At most 280 days before birth or expected delivery (census check 8606). */
static bool rule_referral_before_conception(const json_t *child, const struct quality_view *view,
					    const char **ret_member)
{
	const char *birth = json_said(child, "date_of_birth");
	const char *text = birth != NULL ? birth : json_said(child, "expected_date_of_delivery");
	*ret_member = birth != NULL ? "date_of_birth" : "expected_date_of_delivery";
	int day;
	if (text == NULL || !clock_parse_date(text, &day))
		return true;
	int64_t received_us = view->now_us;
	const char *received_at = json_text(view->root, "received_at");
	if (received_at != NULL)
		(void)clock_parse_instant(received_at, &received_us); /* untouched where it cannot be read */
	return day - day_of(received_us) <= GESTATION_DAYS_MAX;
}

/* Disability NONE stands alone. */
static bool rule_none_not_alone(const json_t *codes, const struct quality_view *view, const char **ret_member)
{
	(void)view;
	(void)ret_member;
	size_t i;
	json_t *code;
	json_array_foreach(codes, i, code)
	{
		const char *text = json_string_value(code);
		if (text != NULL && strcmp(text, "NONE") == 0)
			return json_array_size(codes) == 1;
	}
	return true;
}

static bool rule_contactable(const json_t *referrer, const struct quality_view *view, const char **ret_member)
{
	(void)view;
	*ret_member = "phone";
	const char *wish = json_said(referrer, "identity_wish");
	if (wish != NULL && strcmp(wish, "anonymous") == 0)
		return true;
	return json_said(referrer, "phone") != NULL || json_said(referrer, "email") != NULL;
}

static bool rule_professional_anonymous(const json_t *referrer, const struct quality_view *view,
					const char **ret_member)
{
	(void)view;
	*ret_member = "identity_wish";
	const char *wish = json_said(referrer, "identity_wish");
	const char *kind = json_said(referrer, "kind");
	return wish == NULL || kind == NULL || strcmp(wish, "anonymous") != 0 || strcmp(kind, "professional") != 0;
}

/* The source code says what the referrer's own kind contradicts. */
static bool rule_professional_source(const json_t *referral, const struct quality_view *view, const char **ret_member)
{
	(void)view;
	*ret_member = "source";
	const char *source = json_said(referral, "source");
	const char *kind = json_said(json_object_get(referral, "referrer"), "kind");
	return source == NULL || kind == NULL || strcmp(source, "9") != 0 || strcmp(kind, "professional") != 0;
}

const struct quality_rule_row referral_quality_rules[] = {
	{"nhs_number", rule_nhs_number},
	{"upn", rule_upn},
	{"date_not_in_future", rule_date_not_in_future},
	{"birth_or_delivery_date", rule_birth_or_delivery_date},
	{"birth_and_delivery_date", rule_birth_and_delivery_date},
	{"unborn_sex", rule_unborn_sex},
	{"referral_before_conception", rule_referral_before_conception},
	{"none_not_alone", rule_none_not_alone},
	{"contactable", rule_contactable},
	{"professional_anonymous", rule_professional_anonymous},
	{"professional_source", rule_professional_source},
	{NULL, NULL},
};
