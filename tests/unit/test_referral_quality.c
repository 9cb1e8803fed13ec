/* Check digits against numbers known to be right and every wrong digit, and the rules that look at several members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "referral/quality.h"

#include "base/banned.h"

/* ---- NHS numbers ---- */

static void knows_right_nhs_numbers(void **state)
{
	static const char *const right[] = {"9434765919", "9990004110", "9990004129"};
	static const char *const wrong[] = {
		"",           "943476591",   "94347659190", "943 476 5919", "943-476-5919", "943476591X", "９434765919",
		" 434765919", "9434765919 ", "+434765919",  "9434765910",   "9434765991",
	};
	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
		assert_true(quality_nhs_number(right[i]));
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(quality_nhs_number(wrong[i]));
	assert_false(quality_nhs_number(NULL));
}

/*
 * For each nine digits at most one check digit fits, none where the remainder is 1 (the check would be 10); and the whole
 * number with weights 10 to 1 is then a multiple of 11.
 */
static void nhs_numbers_have_one_check_digit(void **state)
{
	int without = 0;
	(void)state;
	for (unsigned n = 0; n < 20000; n++) {
		char text[24];
		int fitting = 0;
		int sum = 0;
		(void)snprintf(text, sizeof text, "%09u", (n * 49999u + 17u) % 1000000000u);
		for (int i = 0; i < 9; i++)
			sum += (text[i] - '0') * (10 - i);
		text[10] = '\0';
		for (int check = '0'; check <= '9'; check++) {
			text[9] = (char)check;
			bool valid = quality_nhs_number(text);
			assert_int_equal(valid, (sum + check - '0') % 11 == 0);
			fitting += valid;
		}
		assert_int_equal(fitting, sum % 11 == 1 ? 0 : 1);
		without += fitting == 0;
	}
	assert_in_range(without, 1500, 2100); /* about one in eleven */
}

/* One wrong digit, or two neighbours swapped: always found. */
static void nhs_numbers_show_slips(void **state)
{
	static const char *const right[] = {"9434765919", "9990004110", "9990004129"};
	(void)state;
	for (size_t n = 0; n < sizeof right / sizeof right[0]; n++) {
		char text[11];
		memcpy(text, right[n], sizeof text);
		assert_true(quality_nhs_number(text));
		for (int i = 0; i < 10; i++) {
			for (int c = '0'; c <= '9'; c++) {
				text[i] = (char)c;
				assert_int_equal(quality_nhs_number(text), c == right[n][i]);
			}
			text[i] = right[n][i];
		}
		for (int i = 1; i < 10; i++) {
			text[i - 1] = right[n][i];
			text[i] = right[n][i - 1];
			assert_int_equal(quality_nhs_number(text), right[n][i - 1] == right[n][i]);
			memcpy(text, right[n], sizeof text);
		}
	}
}

/* ---- unique pupil numbers ---- */

static void knows_right_upns(void **state)
{
	static const char *const right[] = {"A243731687508", "B999202600417"};
	static const char *const wrong[] = {
		"",
		"A24373168750",
		"A2437316875080",
		"a243731687508",
		"243731687508A",
		"B243731687508",
		"A24373168750I",
		"A24373168750O",
		"A24373168750S",
		"A24373168750a",
		"A2437316875 8",
		"AA43731687508",
		"I243731687508",
		"A243731687509",
		"UN1",
		"UN7",
	};
	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
		assert_true(quality_upn(right[i]));
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_false(quality_upn(wrong[i]));
	assert_false(quality_upn(NULL));
}

/* Exactly one letter fits each 12 characters, be the last a digit or the letter of a temporary number. */
static void upns_have_one_check_letter(void **state)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";
	static const char lasts[] = "0123456789ABCDEFGHJKLMNPQRTUVWXYZ";
	(void)state;
	for (unsigned n = 0; n < 3000; n++) {
		char text[24];
		char last = lasts[n % (sizeof lasts - 1)];
		int value = n % (sizeof lasts - 1) < 10 ? last - '0' : (int)(strchr(letters, last) - letters);
		int sum = value * 13;
		(void)snprintf(text, sizeof text, "?%011llu", (n * 31415926535ULL) % 100000000000ULL);
		for (int position = 2; position <= 12; position++)
			sum += (text[position - 1] - '0') * position;
		text[12] = last;
		text[13] = '\0';
		for (int c = 'A'; c <= 'Z'; c++) {
			text[0] = (char)c;
			if (quality_upn(text) != (c == letters[sum % 23]))
				fail_msg("%s", text);
		}
	}
}

/* ---- the table of rules ---- */

static const char *moved; /* the member that the last broken rule pointed at */

static bool keeps(const char *rule, const char *value, const char *root, const char *now)
{
	JSON_AUTO json_t *json = json_loads(value, JSON_DECODE_ANY, NULL);
	JSON_AUTO json_t *document = json_loads(root, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	assert_non_null(document);
	moved = NULL;
	struct quality_view view = {.root = document};
	assert_true(clock_parse_instant(now, &view.now_us));
	for (const struct quality_rule_row *row = referral_quality_rules; row->name != NULL; row++) {
		if (strcmp(row->name, rule) == 0)
			return row->rule(json, &view, &moved);
	}
	fail_msg("there is no rule %s", rule);
	return false;
}

static const char NOW[] = "2026-03-02T09:00:00Z";

static void rules_judge_values(void **state)
{
	static const struct {
		const char *rule;
		const char *value;
		bool kept;
		const char *member; /* where it is not kept */
	} cases[] = {
		{"nhs_number", "\"9434765919\"", true, NULL},
		{"nhs_number", "\"9434765918\"", false, NULL},
		{"nhs_number", "\"\"", false, NULL},
		{"nhs_number", "5", true, NULL}, /* another row's fault */
		{"upn", "\"A243731687508\"", true, NULL},
		{"upn", "\"UN1\"", true, NULL},
		{"upn", "\"UN7\"", true, NULL},
		{"upn", "\"UN8\"", false, NULL},
		{"upn", "\"UN0\"", false, NULL},
		{"upn", "\"UN\"", false, NULL},
		{"upn", "\"UN11\"", false, NULL},
		{"date_not_in_future", "\"1999-12-31\"", true, NULL},
		{"date_not_in_future", "\"2199-12-31\"", false, NULL},
		{"date_not_in_future", "\"soon\"", true, NULL},
		{"birth_or_delivery_date", "{}", false, "date_of_birth"},
		{"birth_or_delivery_date", "{\"date_of_birth_status\":\"not_known\"}", true, NULL},
		{"birth_or_delivery_date", "{\"date_of_birth_status\":\"estimated\"}", false, "date_of_birth"},
		{"birth_or_delivery_date", "{\"date_of_birth\":\"2020-01-01\"}", true, NULL},
		{"birth_or_delivery_date", "{\"expected_date_of_delivery\":\"2026-07-01\"}", true, NULL},
		{"birth_and_delivery_date", "{\"date_of_birth\":\"2020-01-01\"}", true, NULL},
		{"birth_and_delivery_date", "{\"expected_date_of_delivery\":\"2026-07-01\"}", true, NULL},
		{"birth_and_delivery_date",
		 "{\"date_of_birth\":\"2020-01-01\",\"expected_date_of_delivery\":\"2026-07-01\"}", false,
		 "expected_date_of_delivery"},
		{"unborn_sex", "{\"expected_date_of_delivery\":\"2026-07-01\",\"sex\":\"U\"}", true, NULL},
		{"unborn_sex", "{\"expected_date_of_delivery\":\"2026-07-01\",\"sex\":\"F\"}", false, "sex"},
		{"unborn_sex", "{\"expected_date_of_delivery\":\"2026-07-01\"}", true, NULL},
		{"unborn_sex", "{\"date_of_birth\":\"2026-07-01\",\"sex\":\"F\"}", true, NULL},
		{"none_not_alone", "[]", true, NULL},
		{"none_not_alone", "[\"NONE\"]", true, NULL},
		{"none_not_alone", "[\"MOB\",\"PC\"]", true, NULL},
		{"none_not_alone", "[\"MOB\",\"NONE\"]", false, NULL},
		{"none_not_alone", "[\"NONE\",\"NONE\"]", false, NULL},
		{"contactable", "{}", false, "phone"},
		{"contactable", "{\"phone\":\"01632 960118\"}", true, NULL},
		{"contactable", "{\"email\":\"a@b.example\"}", true, NULL},
		{"contactable", "{\"identity_wish\":\"anonymous\"}", true, NULL},
		{"contactable", "{\"identity_wish\":\"may_be_named\"}", false, "phone"},
		{"professional_anonymous", "{\"kind\":\"professional\",\"identity_wish\":\"anonymous\"}", false,
		 "identity_wish"},
		{"professional_anonymous", "{\"kind\":\"professional\",\"identity_wish\":\"withhold_from_family\"}",
		 true, NULL},
		{"professional_anonymous", "{\"kind\":\"public\",\"identity_wish\":\"anonymous\"}", true, NULL},
		{"professional_anonymous", "{\"identity_wish\":\"anonymous\"}", true, NULL},
		{"professional_source", "{\"source\":\"9\",\"referrer\":{\"kind\":\"professional\"}}", false, "source"},
		{"professional_source", "{\"source\":\"9\",\"referrer\":{\"kind\":\"public\"}}", true, NULL},
		{"professional_source", "{\"source\":\"9\"}", true, NULL},
		{"professional_source", "{\"source\":\"6\",\"referrer\":{\"kind\":\"professional\"}}", true, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (keeps(cases[i].rule, cases[i].value, "{}", NOW) != cases[i].kept)
			fail_msg("%s of %s", cases[i].rule, cases[i].value);
		if (cases[i].member != NULL)
			assert_string_equal(moved, cases[i].member);
	}
}

/* Census check 8606: at most 280 days before birth or expected delivery, counted from receipt. */
static void a_referral_is_not_before_conception(void **state)
{
	static const char *const members[] = {"date_of_birth", "expected_date_of_delivery"};
	static const char root[] = "{\"received_at\":\"2026-03-02T23:30:00Z\"}";
	int received;
	(void)state;
	assert_true(clock_parse_date("2026-03-02", &received));
	for (size_t m = 0; m < 2; m++) {
		for (int after = -5000; after <= 400; after += after < 270 ? 90 : 1) {
			char date[11];
			char child[100];
			clock_date_text(received + after, date);
			(void)snprintf(child, sizeof child, "{\"%s\":\"%s\"}", members[m], date);
			assert_int_equal(keeps("referral_before_conception", child, root, "2025-01-01T09:00:00Z"),
					 after <= 280);
			if (after > 280)
				assert_string_equal(moved, members[m]);
		}
	}
	assert_true(keeps("referral_before_conception", "{}", root, NOW));
	assert_true(keeps("referral_before_conception", "{\"date_of_birth\":\"2199-1-1\"}", root, NOW));
	/* Without a time of receipt, or with one that cannot be read, the moment of judging counts. */
	static const char *const silent[] = {"{}", "{\"received_at\":\"x\"}"};
	for (size_t i = 0; i < 2; i++) {
		const char *child = "{\"date_of_birth\":\"2026-12-07\"}";
		assert_true(keeps("referral_before_conception", child, silent[i], "2026-03-02T00:00:00Z"));
		assert_false(keeps("referral_before_conception", child, silent[i], "2026-03-01T23:59:59Z"));
	}
}

/* Tomorrow is today somewhere in the zone's evening. The day is that of the moment given, whatever the wall clock says. */
static void today_is_no_future(void **state)
{
	static const char *const moments[] = {"1950-06-01T13:00:00Z", "2026-03-02T23:59:59Z", "2150-12-31T12:00:00Z"};
	(void)state;
	for (size_t m = 0; m < sizeof moments / sizeof moments[0]; m++) {
		int64_t us;
		assert_true(clock_parse_instant(moments[m], &us));
		int today;
		char prefix[11] = "";
		memcpy(prefix, moments[m], 10);
		assert_true(clock_parse_date(prefix, &today));
		for (int after = -2; after <= 4; after++) {
			char date[11];
			char value[16];
			clock_date_text(today + after, date);
			(void)snprintf(value, sizeof value, "\"%s\"", date);
			assert_int_equal(keeps("date_not_in_future", value, "{}", moments[m]), after <= 1);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_right_nhs_numbers),
		cmocka_unit_test(nhs_numbers_have_one_check_digit),
		cmocka_unit_test(nhs_numbers_show_slips),
		cmocka_unit_test(knows_right_upns),
		cmocka_unit_test(upns_have_one_check_letter),
		cmocka_unit_test(rules_judge_values),
		cmocka_unit_test(a_referral_is_not_before_conception),
		cmocka_unit_test(today_is_no_future),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
