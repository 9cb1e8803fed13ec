/* Merge patch against the examples of RFC 7396, what differs between two records, who may not be left out of a list, who is born. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "change/change.h"

#include "base/banned.h"

static struct arena arena;

static json_t *parsed(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
	assert_non_null(json);
	return json;
}

/* Appendix A of RFC 7396, every row, and an object in a list, which a patch replaces with the list. */
static void merge_patch_as_in_the_rfc(void **state)
{
	static const char *const rows[][3] = {
		{"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
		{"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
		{"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
		{"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
		{"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
		{"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
		{"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
		{"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
		{"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
		{"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
		{"{\"a\":\"foo\"}", "null", "null"},
		{"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
		{"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
		{"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
		{"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
		{"{\"a\":[{\"b\":1},{\"b\":2}]}", "{\"a\":[{\"c\":3}]}", "{\"a\":[{\"c\":3}]}"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		JSON_AUTO json_t *target = parsed(rows[i][0]);
		JSON_AUTO json_t *patch = parsed(rows[i][1]);
		JSON_AUTO json_t *expected = parsed(rows[i][2]);
		JSON_AUTO json_t *before = json_deep_copy(target);
		JSON_AUTO json_t *merged = change_merge(target, patch);
		if (!json_equal(merged, expected))
			fail_msg("%s + %s: not %s", rows[i][0], rows[i][1], rows[i][2]);
		assert_true(json_equal(target, before));
	}
}

static void what_differs_is_named(void **state)
{
	static const char *const rows[][3] = {
		{"{\"a\":1}", "{\"a\":1}", "[]"},
		{"{\"a\":1,\"b\":2}", "{\"a\":3}",
		 "[{\"pointer\":\"/a\",\"before\":1,\"after\":3},{\"pointer\":\"/b\",\"before\":2,\"after\":null}]"},
		{"{}", "{\"a\":{\"b\":1}}", "[{\"pointer\":\"/a\",\"before\":null,\"after\":{\"b\":1}}]"},
		{"{\"a\":{\"b/c\":1,\"d\":2}}", "{\"a\":{\"b/c\":2,\"d\":2}}",
		 "[{\"pointer\":\"/a/b~1c\",\"before\":1,\"after\":2}]"},
		{"{\"a\":[1,2]}", "{\"a\":[1]}", "[{\"pointer\":\"/a\",\"before\":[1,2],\"after\":[1]}]"},
		{"{\"a\":[{\"id\":\"x\",\"n\":1},{\"id\":\"y\",\"n\":2}]}",
		 "{\"a\":[{\"id\":\"y\",\"n\":2},{\"id\":\"x\",\"n\":3}]}",
		 "[{\"pointer\":\"/a/x/n\",\"before\":1,\"after\":3}]"},
		{"{\"a\":[]}", "{\"a\":[{\"id\":\"z\"}]}",
		 "[{\"pointer\":\"/a/z\",\"before\":null,\"after\":{\"id\":\"z\"}}]"},
		{"{\"a\":[{\"n\":1}]}", "{\"a\":[{\"n\":2}]}",
		 "[{\"pointer\":\"/a\",\"before\":[{\"n\":1}],\"after\":[{\"n\":2}]}]"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		JSON_AUTO json_t *before = parsed(rows[i][0]);
		JSON_AUTO json_t *after = parsed(rows[i][1]);
		JSON_AUTO json_t *expected = parsed(rows[i][2]);
		JSON_AUTO json_t *found = change_differences(before, after, &arena);
		if (!json_equal(found, expected)) {
			char *text = json_dumps(found, JSON_COMPACT);
			fail_msg("row %zu: %s", i, text);
		}
	}
}

static void expect_people(const char *after_text, const char *place)
{
	JSON_AUTO json_t *before = parsed("[{\"id\":\"aa\"},{\"id\":\"bb\"}]");
	JSON_AUTO json_t *after = parsed(after_text);
	struct err err = {0};
	enum err_code code = change_check_people(before, after, "/children", &arena, &err);
	assert_int_equal(code, place == NULL ? ERR_NONE : ERR_RULE_BROKEN);
	if (place != NULL)
		assert_string_equal(err.place, place);
}

static void nobody_is_left_out_or_made_up(void **state)
{
	(void)state;
	expect_people("[{\"id\":\"aa\"},{\"id\":\"bb\"}]", NULL);
	expect_people("[{\"id\":\"BB\"},{},{\"id\":\"aa\"},{}]", NULL);
	expect_people("[{\"id\":\"aa\"}]", "/children");
	expect_people("[]", "/children");
	expect_people("[{\"id\":\"aa\"},{\"id\":\"cc\"},{\"id\":\"bb\"}]", "/children/1/id");
	expect_people("[{\"id\":\"aa\"},{\"id\":\"bb\"},{\"id\":7}]", "/children/2/id");
	expect_people("[{\"id\":\"aa\"},{\"id\":\"bb\"},{\"id\":\"AA\"}]", "/children/2/id");
}

static void expect(struct change_facts facts, const char *place)
{
	struct err err = {0};
	assert_int_equal(change_check(&facts, &err), place == NULL ? ERR_NONE : ERR_RULE_BROKEN);
	if (place != NULL)
		assert_string_equal(err.place, place);
}

static void who_may_have_it_and_what_is_promoted(void **state)
{
	(void)state;
	expect((struct change_facts){.record_kind = "notification"}, NULL);
	expect((struct change_facts){.record_kind = "notification", .assigns = true}, "/assigned_to");
	expect((struct change_facts){.record_kind = "notification", .assigns = true, .assignee_fits = true}, NULL);
	expect((struct change_facts){.record_kind = "notification", .promotes = true}, NULL);
	expect((struct change_facts){.record_kind = "consultation", .promotes = true}, "/record_kind");
	expect((struct change_facts){.record_kind = "information_only", .promotes = true}, "/record_kind");
}

static void only_the_unborn_are_born(void **state)
{
	struct err err = {0};
	struct birth_facts facts = {.is_unborn = true};
	(void)state;
	assert_int_equal(birth_check(&facts, &err), ERR_NONE);
	facts.has_nhs_number = true;
	assert_int_equal(birth_check(&facts, &err), ERR_RULE_BROKEN);
	assert_string_equal(err.place, "/nhs_number");
	facts.nhs_number_fits = true;
	assert_int_equal(birth_check(&facts, &err), ERR_NONE);
	facts.in_future = true;
	assert_int_equal(birth_check(&facts, &err), ERR_RULE_BROKEN);
	assert_string_equal(err.place, "/date_of_birth");
	facts.is_unborn = false;
	assert_int_equal(birth_check(&facts, &err), ERR_WRONG_STATE);
}

static int start(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merge_patch_as_in_the_rfc),     cmocka_unit_test(what_differs_is_named),
		cmocka_unit_test(nobody_is_left_out_or_made_up), cmocka_unit_test(who_may_have_it_and_what_is_promoted),
		cmocka_unit_test(only_the_unborn_are_born),
	};
	return cmocka_run_group_tests(tests, start, end);
}
