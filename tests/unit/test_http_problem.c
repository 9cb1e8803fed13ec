/* Errors as problems: the text, and the headers that go with some of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "http/exchange.h"

static const char *field(const struct http_exchange *x, const char *name)
{
	for (size_t i = 0; i < x->reply.n_fields; i++)
		if (strcmp(x->reply.fields[i].name, name) == 0)
			return x->reply.fields[i].value;
	return NULL;
}

static json_t *problem_of(const struct http_exchange *x)
{
	json_t *json = json_loadb(x->reply.body.data, x->reply.body.size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	return json;
}

static const char *text(const json_t *json, const char *member)
{
	const char *value = json_string_value(json_object_get(json, member));
	assert_non_null(value);
	return value;
}

static void says_everything(void **state)
{
	struct http_exchange x;
	struct err err;
	(void)state;
	http_exchange_init(&x, 65536);
	(void)err_set(&err, ERR_NOT_FOUND, "", "no referral \"of\" that\nid");
	http_reply_problem(&x, &err);
	assert_int_equal(x.reply.status, 404);
	assert_string_equal(x.reply.content_type, "application/problem+json");
	assert_int_equal(x.reply.n_fields, 0);
	json_t *json = problem_of(&x);
	assert_string_equal(text(json, "type"), "/problems/not-found");
	assert_string_equal(text(json, "title"), "There is no such thing here");
	assert_string_equal(text(json, "detail"), "no referral \"of\" that\nid");
	assert_string_equal(text(json, "request_id"), x.request_id);
	assert_memory_equal(text(json, "instance"), "urn:uuid:", 9);
	assert_string_equal(text(json, "instance") + 9, x.request_id);
	assert_int_equal(json_integer_value(json_object_get(json, "status")), 404);
	assert_null(json_object_get(json, "errors"));
	json_decref(json);
	http_exchange_release(&x);
}

static void lists_every_item(void **state)
{
	static const struct err_item items[] = {
		{"/children/0/sex", "enum", "this is none of the allowed values"},
		{"/channel", NULL, "missing"},
	};
	struct http_exchange x;
	struct err err;
	(void)state;
	http_exchange_init(&x, 65536);
	(void)err_set(&err, ERR_INVALID_BODY, "/children/0/sex", "2 problems");
	err.items = items;
	err.n_items = 2;
	http_reply_problem(&x, &err);
	json_t *json = problem_of(&x);
	const json_t *errors = json_object_get(json, "errors");
	assert_int_equal(json_array_size(errors), 2);
	assert_string_equal(text(json_array_get(errors, 0), "pointer"), "/children/0/sex");
	assert_string_equal(text(json_array_get(errors, 0), "code"), "enum");
	assert_string_equal(text(json_array_get(errors, 1), "code"), "invalid_body");
	assert_string_equal(text(json_array_get(errors, 1), "detail"), "missing");
	json_decref(json);
	http_exchange_release(&x);
}

static void makes_an_item_of_a_place(void **state)
{
	struct http_exchange x;
	struct err err;
	(void)state;
	http_exchange_init(&x, 65536);
	(void)err_set(&err, ERR_INVALID_JSON, "line 3, column 14", "this is not JSON");
	http_reply_problem(&x, &err);
	json_t *json = problem_of(&x);
	const json_t *errors = json_object_get(json, "errors");
	assert_int_equal(json_array_size(errors), 1);
	assert_string_equal(text(json_array_get(errors, 0), "pointer"), "line 3, column 14");
	assert_string_equal(text(json_array_get(errors, 0), "code"), "invalid_json");
	assert_string_equal(text(json_array_get(errors, 0), "detail"), "this is not JSON");
	json_decref(json);
	http_exchange_release(&x);
}

static void adds_the_headers_of_the_status(void **state)
{
	struct http_exchange x;
	struct err err;
	(void)state;
	http_exchange_init(&x, 65536);
	http_reply_field(&x, "Location", "/left/over");
	(void)err_set(&err, ERR_BUSY, "", "wait");
	http_reply_problem(&x, &err);
	assert_string_equal(field(&x, "Retry-After"), "1");
	assert_null(field(&x, "Location"));
	err.retry_after_s = 17;
	http_reply_problem(&x, &err);
	assert_string_equal(field(&x, "Retry-After"), "17");
	(void)err_set(&err, ERR_UNAUTHENTICATED, "", "no");
	http_reply_problem(&x, &err);
	assert_string_equal(field(&x, "WWW-Authenticate"), "Bearer");
	assert_null(field(&x, "Retry-After"));
	(void)err_set(&err, ERR_METHOD_NOT_ALLOWED, "GET, POST", "not here");
	http_reply_problem(&x, &err);
	assert_string_equal(field(&x, "Allow"), "GET, POST");
	json_t *json = problem_of(&x);
	assert_null(json_object_get(json, "errors"));
	json_decref(json);
	http_exchange_release(&x);
}

static void every_code_makes_valid_json(void **state)
{
	(void)state;
	for (int code = ERR_NONE; code <= ERR_COUNT; code++) {
		struct http_exchange x;
		struct err err;
		http_exchange_init(&x, 65536);
		(void)err_set(&err, (enum err_code)code, "", "%s", "");
		http_reply_problem(&x, &err);
		json_t *json = problem_of(&x);
		assert_null(json_object_get(json, "detail"));
		assert_int_equal(json_integer_value(json_object_get(json, "status")), x.reply.status);
		assert_in_range(x.reply.status, 400, 599);
		json_decref(json);
		http_exchange_release(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_everything),
		cmocka_unit_test(lists_every_item),
		cmocka_unit_test(makes_an_item_of_a_place),
		cmocka_unit_test(adds_the_headers_of_the_status),
		cmocka_unit_test(every_code_makes_valid_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
