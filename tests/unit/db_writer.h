/*
 * For the tests of the batch writer: items that insert a note in the first leg and stamp it in the second, submitted
 * together so that a test knows what shares a batch, and what became of them.
 */
#ifndef TESTS_UNIT_DB_WRITER_H
#define TESTS_UNIT_DB_WRITER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "db/batch.h"

#include "db_support.h"

#define WRITER_SCHEMA "db_test_writer"
#define WRITER_NOTE   WRITER_SCHEMA ".note"
#define WRITER_EXEC   WRITER_SCHEMA ".execution"

struct order {
	struct batch_item item;
	struct writer *writer;
	char key[32];
	const char *body;
	const char *second_values[1]; /* of second; NULL: there is none */
	const char *mark;             /* what the second statement stamps where it is shared: writer_share() */
	int copies;                   /* rows that the first statement gives where it is shared, at least 1 */
	char first_record[100];
	char second_record[100];
	bool plug; /* stands in the writer's way until writer_wait() */
	bool decline;
	bool end_once; /* its second statement ends the session, the first time */
	/* what became of it */
	int asked; /* calls of between() */
	int rows;  /* in the last of them; -1: not all were its own */
	int answers;
	enum batch_outcome outcome;
	enum err_code code;
	char sqlstate[6];
};

struct writer {
	struct batch *batch;
	struct batch_options options;
	struct order plug;
	struct order *orders;
	int n;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int answered;
	sem_t held; /* the plug stands in the way, or has been answered */
	sem_t go;   /* lets the plug through */
	atomic_uint batches;
	atomic_uint largest;
};

/* Set-up and tear-down of a group of tests: the schema with note, and execution for what is shared. */
int writer_make_schema(void **state);
int writer_drop_schema(void **state);

/* Orders that insert `body` under keys "k0000"…, for partnership A; change them before writer_submit(). */
void writer_start(struct writer *writer, int n, const char *body);
/*
 * Gives order `i` records in both legs, from what stands in it now: it shares its statements, WRITER_ADD_SHARED with the
 * leading value "label" and WRITER_STAMP_SHARED. Each execution that is committed leaves a row in execution.
 */
void writer_share(struct writer *writer, int i);
/* The same for all. */
void writer_share_all(struct writer *writer);
/* The committed executions of a leg ("first", "second") in order: how many records each had, "16 16 8". Static storage. */
const char *writer_executions(const char *leg);
/* Starts the thread, and returns once it is held up, so that what is submitted then waits together (up to items_max). */
void writer_submit(struct writer *writer);
/* Lets go, waits for all answers, ends the thread. */
void writer_wait(struct writer *writer);
/* Waits for so many answers, ends the thread. */
void writer_wait_for(struct writer *writer, int answers);
/* Checks that each order had one answer, and frees. */
void writer_stop(struct writer *writer);

/* How many had this outcome. */
int writer_count(const struct writer *writer, enum batch_outcome outcome);
/* Checks that exactly the committed ones are stored and stamped. */
void writer_check_stored(const struct writer *writer);

extern const struct statement WRITER_ADD;   /* $1 key, $2 body: nothing where the key is there */
extern const struct statement WRITER_STAMP; /* $1 key: seen_by = the partnerships that are visible, and the time set */
/* $1 anything, $2 records {key, body, copies}: `copies` rows for each whose key was not there, "_item" and key. */
extern const struct statement WRITER_ADD_SHARED;
/* $1 records {key, mark}: seen_by = mark; 23514 for the mark 'unfit'. */
extern const struct statement WRITER_STAMP_SHARED;

#endif
