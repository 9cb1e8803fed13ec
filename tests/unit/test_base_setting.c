/* Settings: defaults, file, environment, flags, in this order of strength; and what is refused, with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/setting.h"

#include "base/banned.h"

struct values {
	const char *name;
	const char *secret;
	const char *bare;
	long number;
};

static const struct setting table[] = {
	{"name", "TEST_NAME", SETTING_TEXT, "default", 0, 0, "a text", offsetof(struct values, name)},
	{"secret", "TEST_SECRET", SETTING_SECRET, NULL, 0, 0, "a secret", offsetof(struct values, secret)},
	{"bare", "TEST_BARE", SETTING_TEXT, NULL, 0, 0, "a text without default", offsetof(struct values, bare)},
	{"number", "TEST_NUMBER", SETTING_NUMBER, "5", -10, 1000, "a number, in things",
	 offsetof(struct values, number)},
};

enum { N = sizeof table / sizeof *table, FLAGS_MAX = 8 };

static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++)
		(void)unsetenv(table[i].env);
	(void)unsetenv("TEST_SECRET_FILE");
	arena_init(&arena, (size_t)64 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

/* A file that lives as long as the test; its path in the arena. */
static const char *file_with(const char *text)
{
	char *path = arena_strdup(&arena, "/tmp/test-setting-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
	return path;
}

/* `flags` are separated by spaces. */
static enum err_code read_with(const char *flags, const char *file, struct values *values, struct err *err)
{
	char *argv[FLAGS_MAX];
	int argc = 0;
	char *rest = arena_strdup(&arena, flags);
	while (*rest != '\0' && argc < FLAGS_MAX) {
		argv[argc++] = rest;
		rest += strcspn(rest, " ");
		if (*rest != '\0')
			*rest++ = '\0';
	}
	*values = (struct values){0};
	return settings_read(table, N, argc, argv, file, &arena, values, err);
}

static void the_stronger_place_counts(void **state)
{
	const char *file = file_with("# a comment\n\n  TEST_NAME=file\nTEST_NUMBER=7\nTEST_BARE=a=b # c\n");
	struct values v;
	struct err err;
	(void)state;
	assert_int_equal(read_with("", NULL, &v, &err), ERR_NONE);
	assert_string_equal(v.name, "default");
	assert_null(v.secret);
	assert_null(v.bare);
	assert_int_equal(v.number, 5);

	assert_int_equal(read_with("", file, &v, &err), ERR_NONE);
	assert_string_equal(v.name, "file");
	assert_string_equal(v.bare, "a=b # c");
	assert_int_equal(v.number, 7);

	(void)setenv("TEST_NAME", "environment", 1);
	(void)setenv("TEST_NUMBER", "8", 1);
	(void)setenv("TEST_BARE", "", 1); /* empty is as good as not set */
	assert_int_equal(read_with("", file, &v, &err), ERR_NONE);
	assert_string_equal(v.name, "environment");
	assert_string_equal(v.bare, "a=b # c");
	assert_int_equal(v.number, 8);

	assert_int_equal(read_with("--name flag --number=-10", file, &v, &err), ERR_NONE);
	assert_string_equal(v.name, "flag");
	assert_int_equal(v.number, -10);
	assert_int_equal(read_with("--name=a --name=b=c", file, &v, &err), ERR_NONE);
	assert_string_equal(v.name, "b=c");
	assert_int_equal(read_with("--name=", file, &v, &err), ERR_NONE);
	assert_string_equal(v.name, "");
	(void)unlink(file);
}

static void secrets_come_from_files_too(void **state)
{
	const char *file = file_with("hush hush\r\n\n");
	struct values v;
	struct err err;
	(void)state;
	(void)setenv("TEST_SECRET_FILE", file, 1);
	assert_int_equal(read_with("", NULL, &v, &err), ERR_NONE);
	assert_string_equal(v.secret, "hush hush");
	(void)setenv("TEST_SECRET", "", 1); /* empty is as good as not set */
	assert_int_equal(read_with("", NULL, &v, &err), ERR_NONE);
	assert_non_null(v.secret);
	assert_string_equal(v.secret, "hush hush");
	(void)setenv("TEST_SECRET", "direct", 1);
	assert_int_equal(read_with("", NULL, &v, &err), ERR_NONE);
	assert_string_equal(v.secret, "direct");
	(void)unsetenv("TEST_SECRET");
	(void)unlink(file);
	assert_int_equal(read_with("", NULL, &v, &err), ERR_INVALID_PARAMETER);
	assert_string_equal(err.place, "TEST_SECRET_FILE");
	/* Only secrets have a file of their own. */
	(void)unsetenv("TEST_SECRET_FILE");
	(void)setenv("TEST_NAME_FILE", "/nowhere", 1);
	assert_int_equal(read_with("", NULL, &v, &err), ERR_NONE);
	assert_string_equal(v.name, "default");
	(void)unsetenv("TEST_NAME_FILE");
}

static void refuses_with_the_place(void **state)
{
	static const struct {
		const char *flags;
		const char *place;
	} cases[] = {
		{"name x", "name"},
		{"-name x", "-name"},
		{"--nam x", "--nam"},
		{"--names x", "--names"},
		{"--", "--"},
		{"--=x", "--"},
		{"--name", "--name"},
		{"--name x --number", "--number"},
		{"--number x", "--number"},
		{"--number 1x", "--number"},
		{"--number 1001", "--number"},
		{"--number -11", "--number"},
		{"--number 0x10", "--number"},
		{"--number 1.5", "--number"},
		{"--number 99999999999999999999", "--number"},
		{"--number=", "--number"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct values v;
		struct err err;
		if (read_with(cases[i].flags, NULL, &v, &err) != ERR_INVALID_PARAMETER)
			fail_msg("%s was taken", cases[i].flags);
		assert_string_equal(err.place, cases[i].place);
	}
	struct values v;
	struct err err;
	(void)setenv("TEST_NUMBER", "many", 1);
	assert_int_equal(read_with("--number 3", NULL, &v, &err), ERR_INVALID_PARAMETER);
	assert_string_equal(err.place, "TEST_NUMBER");
	assert_string_equal(err.detail, "must be a number from -10 to 1000 (a number, in things)");
}

static void files_are_refused_with_the_line(void **state)
{
	static const struct {
		const char *text;
		int line;
	} cases[] = {
		{"TEST_NAME", 1}, {"\n# x\nTEST_OTHER=1\n", 3}, {"TEST_NUMBER=1\nTEST_NUMBER=x", 2}, {"name=x\n", 1},
		{"=x", 1},        {"TEST_NAME =x\n", 1},
	};
	struct values v;
	struct err err;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *file = file_with(cases[i].text);
		assert_int_equal(read_with("", file, &v, &err), ERR_INVALID_PARAMETER);
		assert_string_equal(err.place, arena_printf(&arena, "%s:%d", file, cases[i].line));
		(void)unlink(file);
	}
	assert_int_equal(read_with("", "/nowhere/at-all", &v, &err), ERR_INVALID_PARAMETER);
	assert_string_equal(err.place, "/nowhere/at-all");
}

/* What is shown never holds a secret. */
static void shows_what_is_in_force(void **state)
{
	struct values v;
	struct err err;
	(void)state;
	assert_int_equal(read_with("--secret hush --bare=x", NULL, &v, &err), ERR_NONE);
	assert_string_equal(settings_text(table, N, &v, &arena),
			    "TEST_NAME=default\nTEST_SECRET=(set)\nTEST_BARE=x\nTEST_NUMBER=5\n");
	assert_int_equal(read_with("", NULL, &v, &err), ERR_NONE);
	assert_string_equal(settings_text(table, N, &v, &arena),
			    "TEST_NAME=default\nTEST_SECRET=(not set)\nTEST_BARE=\nTEST_NUMBER=5\n");
}

static void help_names_everything(void **state)
{
	const char *help = settings_help(table, N, &arena);
	(void)state;
	for (size_t i = 0; i < N; i++) {
		assert_non_null(strstr(help, arena_printf(&arena, "--%s ", table[i].name)));
		assert_non_null(strstr(help, table[i].env));
		assert_non_null(strstr(help, table[i].help));
	}
	assert_non_null(strstr(help, "TEST_SECRET or the file that _FILE names"));
	assert_non_null(strstr(help, "TEST_NUMBER, default 5"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_stronger_place_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(secrets_come_from_files_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_with_the_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(files_are_refused_with_the_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(shows_what_is_in_force, set_up, tear_down),
		cmocka_unit_test_setup_teardown(help_names_everything, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
