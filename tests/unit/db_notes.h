/*
 * For the tests of transactions: a table of notes behind row-level security, one connection, and work that writes a note and tells
 * how often it was done.
 */
#ifndef TESTS_UNIT_DB_NOTES_H
#define TESTS_UNIT_DB_NOTES_H

#include "db/db.h"

#include "db_support.h"

#define NOTES_SCHEMA      "db_test_notes"
#define NOTES_NOTE        NOTES_SCHEMA ".note"
#define NOTES_APPLICATION "test_notes"

extern const struct statement NOTES_ADD;    /* key, body */
extern const struct statement NOTES_CHANGE; /* key, what is put behind its body */
extern const struct statement NOTES_COUNT;
extern const struct db_scope NOTES_A; /* partnership A */

/* The connection of the test that runs. */
struct notes {
	struct db_options options;
	struct db *db; /* a test may free it, and set it to NULL or to another */
	struct err err;
};
extern struct notes notes;

/* Set-up and tear-down of a group of tests, and of each: no notes, a new connection. */
int notes_make_schema(void **state);
int notes_drop_schema(void **state);
int notes_open(void **state);
int notes_close(void **state);

/* The body under a key, as the owner sees it; "": there is none. Valid until the next question. */
const char *notes_stored(const char *key);

/* What a test's work does, and how often it was done. */
struct notes_job {
	const struct statement *statement;
	const char *const *values;
	const char *terminate; /* ends this application's sessions before the second statement, once */
	enum err_code answer;  /* given back after the statement */
	bool careless;         /* passes over a failure */
	int runs;
};
enum err_code notes_work(struct db *db, void *ctx, struct err *err); /* ctx: the job */
/* One statement in a transaction of its own, for partnership A. */
enum err_code notes_write(const struct statement *statement, const char *const *values);

#endif
