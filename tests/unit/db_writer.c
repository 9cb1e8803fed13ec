/* See db_writer.h. */
#include "db_writer.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

const struct statement WRITER_ADD = {.name = "writer_add",
				     .text = "INSERT INTO " WRITER_NOTE " (partnership_id, key, body)"
					     " VALUES (current_setting('mashd.partnership')::uuid, $1, $2)"
					     " ON CONFLICT ON CONSTRAINT note_pkey DO NOTHING RETURNING key, body",
				     .n_params = 2};
const struct statement WRITER_STAMP = {
	.name = "writer_stamp",
	.text = "UPDATE " WRITER_NOTE
		" SET seen_by = (SELECT string_agg(DISTINCT n.partnership_id::text, ' ') FROM " WRITER_NOTE
		" n) || coalesce(' ' || nullif(current_setting('mashd.now', true), ''), '') WHERE key = $1",
	.n_params = 1};
const struct statement WRITER_ADD_SHARED = {
	.name = "writer_add_shared",
	.text = "WITH record AS MATERIALIZED (SELECT * FROM ROWS FROM (jsonb_to_recordset($2::jsonb)"
		" AS (key text, body text, copies integer)) WITH ORDINALITY AS r (key, body, copies, item)),"
		" executed AS (INSERT INTO " WRITER_EXEC " (leg, label, txid, records)"
		" SELECT 'first', $1::text, txid_current(), count(*) FROM record),"
		" added AS (INSERT INTO " WRITER_NOTE " (partnership_id, key, body)"
		" SELECT current_setting('mashd.partnership')::uuid, key, body FROM record"
		" ON CONFLICT ON CONSTRAINT note_pkey DO NOTHING RETURNING key)"
		" SELECT record.item - 1 AS _item, added.key FROM record JOIN added USING (key)"
		" CROSS JOIN generate_series(1, record.copies) ORDER BY 1",
	.n_params = 2};
const struct statement WRITER_STAMP_SHARED = {
	.name = "writer_stamp_shared",
	.text = "WITH record AS MATERIALIZED (SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (key text, mark text)),"
		" executed AS (INSERT INTO " WRITER_EXEC " (leg, txid, records)"
		" SELECT 'second', txid_current(), count(*) FROM record)"
		" UPDATE " WRITER_NOTE " AS note SET seen_by = record.mark FROM record WHERE note.key = record.key",
	.n_params = 1};
static const struct statement END_ME = {.name = "writer_end_me",
					.text = "SELECT pg_terminate_backend(pg_backend_pid())"};
static const struct statement NOTHING = {.name = "writer_nothing", .text = "SELECT 1"};

int writer_make_schema(void **state)
{
	(void)state;
	db_support_make_schema(WRITER_SCHEMA);
	PGconn *owner = PQconnectdb(db_support_owner_url());
	PGRESULT_AUTO PGresult *result = PQexec(
		owner, "CREATE TABLE " WRITER_EXEC " (id integer GENERATED ALWAYS AS IDENTITY, leg text NOT NULL,"
		       " label text, txid bigint NOT NULL, records integer NOT NULL);"
		       "GRANT SELECT, INSERT ON " WRITER_EXEC " TO PUBLIC;"
		       "ALTER TABLE " WRITER_NOTE " ADD CONSTRAINT note_mark_fit CHECK (seen_by <> 'unfit')");
	bool made = PQresultStatus(result) == PGRES_COMMAND_OK;
	PQfinish(owner);
	return made ? 0 : -1;
}

int writer_drop_schema(void **state)
{
	(void)state;
	db_support_drop_schema(WRITER_SCHEMA);
	return 0;
}

/* How many rows the order was given; -1 where one of them is another's. A row with "_item" has its key beside it. */
static int own_rows(const struct order *order, const PGresult *result, int row, int end)
{
	int rows = end - row;
	for (; order->item.first.record != NULL && row < end; row++)
		if (strcmp(PQgetvalue(result, row, PQfnumber(result, "key")), order->key) != 0)
			return -1;
	return rows;
}

static bool on_between(struct batch_item *item, const PGresult *result, int row, int end, struct batch_step *ret_second)
{
	struct order *order = (struct order *)(void *)((char *)item - offsetof(struct order, item));
	order->asked++;
	if (order->plug) {
		(void)sem_post(&order->writer->held);
		(void)sem_wait(&order->writer->go);
		return true;
	}
	order->rows = own_rows(order, result, row, end);
	if (order->decline || row == end)
		return false;
	if (order->end_once && order->asked == 1)
		*ret_second = (struct batch_step){.statement = &END_ME};
	else if (order->second_values[0] != NULL && order->second_record[0] != '\0')
		*ret_second = (struct batch_step){.statement = &WRITER_STAMP_SHARED, .record = order->second_record};
	else if (order->second_values[0] != NULL)
		*ret_second = (struct batch_step){.statement = &WRITER_STAMP, .values = {order->second_values[0]}};
	return true;
}

static void on_done(struct batch_item *item, enum batch_outcome outcome, const struct err *err, const char *sqlstate)
{
	struct order *order = (struct order *)(void *)((char *)item - offsetof(struct order, item));
	struct writer *writer = order->writer;
	(void)pthread_mutex_lock(&writer->mutex);
	order->answers++;
	order->outcome = outcome;
	order->code = err == NULL ? ERR_NONE : err->code;
	(void)snprintf(order->sqlstate, sizeof order->sqlstate, "%s", sqlstate);
	writer->answered++;
	if (order->plug)
		(void)sem_post(&writer->held);
	(void)pthread_cond_broadcast(&writer->changed);
	(void)pthread_mutex_unlock(&writer->mutex);
}

static void on_batch(void *ctx, unsigned items, unsigned long long ns)
{
	struct writer *writer = ctx;
	assert(ns > 0);
	atomic_fetch_add(&writer->batches, 1);
	if (items > atomic_load(&writer->largest))
		atomic_store(&writer->largest, items);
}

static void prepare(struct writer *writer, struct order *order)
{
	order->writer = writer;
	order->item = (struct batch_item){.scope = {.partnership = DB_SUPPORT_A},
					  .sort_key = order->key,
					  .first = {.statement = &WRITER_ADD, .values = {order->key, order->body}},
					  .between = on_between,
					  .done = on_done,
					  .declines_clean = true};
	order->second_values[0] = order->key;
	order->mark = "marked";
	order->copies = 1;
}

void writer_share(struct writer *writer, int i)
{
	struct order *order = &writer->orders[i];
	(void)snprintf(order->first_record, sizeof order->first_record,
		       "{\"key\": \"%s\", \"body\": \"%s\", \"copies\": %d}", order->key, order->body, order->copies);
	(void)snprintf(order->second_record, sizeof order->second_record, "{\"key\": \"%s\", \"mark\": \"%s\"}",
		       order->key, order->mark);
	order->item.first = (struct batch_step){
		.statement = &WRITER_ADD_SHARED, .values = {"label"}, .record = order->first_record};
}

void writer_share_all(struct writer *writer)
{
	for (int i = 0; i < writer->n; i++)
		writer_share(writer, i);
}

const char *writer_executions(const char *leg)
{
	return db_support_ask("SELECT string_agg(records::text, ' ' ORDER BY id) FROM " WRITER_EXEC " WHERE leg = '%s'",
			      leg);
}

void writer_start(struct writer *writer, int n, const char *body)
{
	(void)db_support_ask("WITH d AS (DELETE FROM " WRITER_NOTE "), e AS (DELETE FROM " WRITER_EXEC ") SELECT 1");
	*writer = (struct writer){.n = n, .orders = calloc((size_t)n, sizeof *writer->orders)};
	writer->options = (struct batch_options){.db = db_support_options("test_writer"),
						 .items_max = 64,
						 .waiting_max = 100000,
						 .batch_timeout_ms = 5000,
						 .on_batch = on_batch,
						 .ctx = writer};
	(void)pthread_mutex_init(&writer->mutex, NULL);
	(void)pthread_cond_init(&writer->changed, NULL);
	(void)sem_init(&writer->held, 0, 0);
	(void)sem_init(&writer->go, 0, 0);
	writer->plug.plug = true;
	prepare(writer, &writer->plug);
	writer->plug.item.first = (struct batch_step){.statement = &NOTHING};
	for (int i = 0; i < n; i++) {
		struct order *order = &writer->orders[i];
		(void)snprintf(order->key, sizeof order->key, "k%04d", i);
		order->body = body;
		prepare(writer, order);
	}
}

void writer_submit(struct writer *writer)
{
	struct err err;
	assert_int_equal(batch_start(&writer->options, &writer->batch, &err), ERR_NONE);
	assert_int_equal(batch_submit(writer->batch, &writer->plug.item, &err), ERR_NONE);
	(void)sem_wait(&writer->held);
	for (int i = 0; i < writer->n; i++)
		assert_int_equal(batch_submit(writer->batch, &writer->orders[i].item, &err), ERR_NONE);
}

void writer_wait(struct writer *writer)
{
	(void)sem_post(&writer->go);
	writer_wait_for(writer, writer->n + 1);
}

void writer_wait_for(struct writer *writer, int answers)
{
	(void)pthread_mutex_lock(&writer->mutex);
	while (writer->answered < answers)
		(void)pthread_cond_wait(&writer->changed, &writer->mutex);
	(void)pthread_mutex_unlock(&writer->mutex);
	/* The last on_batch() comes behind the last answer. */
	batch_free(writer->batch);
	writer->batch = NULL;
}

void writer_stop(struct writer *writer)
{
	batch_free(writer->batch);
	for (int i = 0; i < writer->n; i++)
		assert_int_equal(writer->orders[i].answers, 1);
	free(writer->orders);
	(void)sem_destroy(&writer->held);
	(void)sem_destroy(&writer->go);
	(void)pthread_cond_destroy(&writer->changed);
	(void)pthread_mutex_destroy(&writer->mutex);
}

int writer_count(const struct writer *writer, enum batch_outcome outcome)
{
	int n = 0;
	for (int i = 0; i < writer->n; i++)
		n += writer->orders[i].outcome == outcome;
	return n;
}

void writer_check_stored(const struct writer *writer)
{
	/* All keys that are stored, with a star where the second leg has stamped them, in order. */
	PGconn *conn = PQconnectdb(db_support_owner_url());
	PGRESULT_AUTO PGresult *result = PQexec(conn, "SELECT key, seen_by IS NOT NULL FROM " WRITER_NOTE
						      " ORDER BY key COLLATE \"C\"");
	PQfinish(conn);
	int row = 0;
	for (int i = 0; i < writer->n; i++) {
		const struct order *order = &writer->orders[i];
		if (order->outcome != BATCH_COMMITTED)
			continue;
		assert_true(row < PQntuples(result));
		assert_string_equal(PQgetvalue(result, row, 0), order->key);
		assert_string_equal(PQgetvalue(result, row, 1), order->second_values[0] == NULL ? "f" : "t");
		row++;
	}
	assert_int_equal(row, PQntuples(result));
}
