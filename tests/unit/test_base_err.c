/* The table of failures, and errors that never outgrow their room. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

#include "base/banned.h"

static void each_row_can_be_a_problem(void **state)
{
	(void)state;
	for (int i = ERR_NONE + 1; i < ERR_COUNT; i++) {
		enum err_code code = (enum err_code)i;
		assert_in_range(err_status(code), 400, 599);
		assert_true(strlen(err_title(code)) > 0);
		assert_true(isupper((unsigned char)err_title(code)[0]));
		assert_int_equal(strspn(err_slug(code), "abcdefghijklmnopqrstuvwxyz-"), strlen(err_slug(code)));
		for (int j = ERR_NONE + 1; j < i; j++)
			assert_string_not_equal(err_slug(code), err_slug((enum err_code)j));
	}
}

/* The answers that clients act on. */
static void has_the_statuses_of_the_api(void **state)
{
	static const struct {
		enum err_code code;
		int status;
		const char *slug;
	} rows[] = {
		{ERR_INVALID_JSON, 400, "invalid-json"},
		{ERR_UNAUTHENTICATED, 401, "unauthenticated"},
		{ERR_FORBIDDEN, 403, "forbidden"},
		{ERR_NOT_FOUND, 404, "not-found"},
		{ERR_METHOD_NOT_ALLOWED, 405, "method-not-allowed"},
		{ERR_WRONG_STATE, 409, "wrong-state"},
		{ERR_REQUEST_IN_PROGRESS, 409, "request-in-progress"},
		{ERR_STALE_VERSION, 412, "stale-version"},
		{ERR_BODY_TOO_LARGE, 413, "body-too-large"},
		{ERR_UNSUPPORTED_MEDIA_TYPE, 415, "unsupported-media-type"},
		{ERR_INVALID_BODY, 422, "invalid-body"},
		{ERR_IDEMPOTENCY_KEY_REUSED, 422, "idempotency-key-reused"},
		{ERR_RULE_BROKEN, 422, "rule-broken"},
		{ERR_VERSION_REQUIRED, 428, "version-required"},
		{ERR_INTERNAL, 500, "internal-error"},
		{ERR_BUSY, 503, "busy"},
		{ERR_OUTCOME_UNKNOWN, 503, "outcome-unknown"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(err_status(rows[i].code), rows[i].status);
		assert_string_equal(err_slug(rows[i].code), rows[i].slug);
	}
	assert_int_equal(err_status(ERR_NONE), 500);
	assert_string_equal(err_slug(ERR_COUNT), "internal-error");
	assert_string_equal(err_title((enum err_code)9999), err_title(ERR_INTERNAL));
}

static void is_filled_in_one_step(void **state)
{
	struct err err;
	(void)state;
	memset(&err, 0xff, sizeof err);
	assert_int_equal(err_set(&err, ERR_RULE_BROKEN, "/held_at", "at most %d days", 3), ERR_RULE_BROKEN);
	assert_int_equal(err.code, ERR_RULE_BROKEN);
	assert_string_equal(err.place, "/held_at");
	assert_string_equal(err.detail, "at most 3 days");
	assert_int_equal(err.retry_after_s, 0);
	assert_null(err.items);
	assert_int_equal(err.n_items, 0);
	assert_int_equal(err_set(&err, ERR_BUSY, NULL, "later"), ERR_BUSY);
	assert_string_equal(err.place, "");
	assert_int_equal(err_set(NULL, ERR_BUSY, "x", "later"), ERR_BUSY);
}

static void gains_context(void **state)
{
	struct err err;
	(void)state;
	(void)err_set(&err, ERR_INVALID_JSON, "line 3", "not %s", "JSON");
	err.retry_after_s = 5;
	assert_int_equal(err_context(&err, "file %d", 1), ERR_INVALID_JSON);
	assert_int_equal(err_context(&err, "start"), ERR_INVALID_JSON);
	assert_string_equal(err.detail, "start: file 1: not JSON");
	assert_string_equal(err.place, "line 3");
	assert_int_equal(err.retry_after_s, 5);
	assert_int_not_equal(err_context(NULL, "start"), ERR_NONE);
}

/* Around the ends of the room: cut, and always ended. */
static void cuts_what_is_too_long(void **state)
{
	struct err err;
	char text[2000];
	(void)state;
	for (int length = 590; length < 610; length++) {
		memset(text, 'd', sizeof text);
		text[length] = '\0';
		(void)err_set(&err, ERR_INTERNAL, text, "%s", text);
		assert_int_equal(strlen(err.place), sizeof err.place - 1);
		assert_int_equal(strlen(err.detail),
				 (size_t)length < sizeof err.detail ? (size_t)length : sizeof err.detail - 1);
		(void)err_context(&err, "before");
		assert_memory_equal(err.detail, "before: ddd", 11);
		assert_in_range(strlen(err.detail), sizeof err.detail - 3, sizeof err.detail - 1);
		(void)err_context(&err, "%s", text);
		assert_int_equal(err.detail[0], 'd');
		assert_true(strlen(err.detail) < sizeof err.detail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_can_be_a_problem), cmocka_unit_test(has_the_statuses_of_the_api),
		cmocka_unit_test(is_filled_in_one_step),     cmocka_unit_test(gains_context),
		cmocka_unit_test(cuts_what_is_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
