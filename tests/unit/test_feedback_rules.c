/* What makes feedback acceptable: all combinations of facts against the rule in its plain words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "feedback/feedback.h"

#include "base/banned.h"

static const char *const contents[] = {NULL, "full", "limited", "receipt_only"};

/* The place that a refusal names; NULL: accepted. */
static const char *place_of(const struct feedback_facts *f)
{
	if (!f->giver_found)
		return "/given_by";
	if (f->given_in_future || f->given_before_decision)
		return "/given_at";
	if (f->says_anonymous && !f->referrer_anonymous)
		return "/not_given_reason";
	if (f->not_given)
		return NULL;
	if (f->content == NULL)
		return f->professional ? "/content" : NULL;
	if (strcmp(f->content, "receipt_only") == 0)
		return NULL;
	if (!f->professional && !f->has_content_reason)
		return "/content_reason";
	return f->has_text ? NULL : "/text";
}

static void every_combination(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 2048; bits++) {
		const struct feedback_facts facts = {
			.content = (bits & 64) != 0 ? NULL : contents[bits & 3],
			.not_given = (bits & 64) != 0,
			.says_anonymous = (bits & 64) != 0 && (bits & 512) != 0,
			.referrer_anonymous = (bits & 1024) != 0,
			.has_content_reason = (bits & 4) != 0,
			.has_text = (bits & 8) != 0,
			.professional = (bits & 16) != 0,
			.giver_found = (bits & 32) != 0,
			.given_in_future = (bits & 128) != 0,
			.given_before_decision = (bits & 256) != 0,
		};
		struct err err = {0};
		const char *place = place_of(&facts);
		assert_int_equal(feedback_check(&facts, &err), place == NULL ? ERR_NONE : ERR_RULE_BROKEN);
		assert_string_equal(err.place, place == NULL ? "" : place);
	}
}

/* DOMAIN section 5: receipt_only is the default for the public, and for nobody else. */
static void the_public_is_told_that_it_arrived(void **state)
{
	struct feedback_facts facts = {.professional = false};
	(void)state;
	assert_string_equal(feedback_content(&facts), "receipt_only");
	facts.content = "full";
	assert_string_equal(feedback_content(&facts), "full");
	facts = (struct feedback_facts){.professional = true};
	assert_null(feedback_content(&facts));
	facts = (struct feedback_facts){.professional = false, .not_given = true};
	assert_null(feedback_content(&facts));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination),
		cmocka_unit_test(the_public_is_told_that_it_arrived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
