/*
 * The batch writer's queue and thread: what waits is taken as it is, without a timer, so that at low load a batch is one
 * item. How a batch goes through the database is in batch_run.c.
 */
#include "db/batch.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/batch_run.h"

#include "base/banned.h"

enum { KEYS = 2 };

struct batch {
	struct batch_options options;
	struct batch_run run;
	struct batch_item **items; /* the batch in work; the writer's alone */
	uint64_t *taken_keys;
	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t work;
	struct batch_item *first;
	struct batch_item **last; /* where the next one is hung in */
	unsigned waiting;
	bool stopping;
};

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash * UINT64_C(0x100000001b3);
}

/* 0 stands for "no key". Equal hashes count as equal keys: being wrong about it costs one round of waiting. */
static uint64_t key_hash(const struct batch_item *item, const char *key)
{
	if (key == NULL)
		return 0;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	hash = hash_text(hash, item->scope.partnership == NULL ? "" : item->scope.partnership);
	hash = hash_text(hash, key);
	return hash == 0 ? 1 : hash;
}

static bool has_taken_key(const struct batch *batch, size_t n_keys, const struct batch_item *item)
{
	for (size_t i = 0; i < n_keys; i++)
		for (int k = 0; k < KEYS; k++)
			if (item->key_hashes[k] == batch->taken_keys[i])
				return true;
	return false;
}

/* Moves items from the queue to batch->items, oldest first; those with a key that is already in the batch stay. */
static size_t take_items(struct batch *batch)
{
	size_t n = 0;
	size_t n_keys = 0;
	struct batch_item **at = &batch->first;
	while (*at != NULL && n < batch->options.items_max) {
		struct batch_item *item = *at;
		if (has_taken_key(batch, n_keys, item)) {
			at = &item->next;
			continue;
		}
		for (int k = 0; k < KEYS; k++)
			if (item->key_hashes[k] != 0)
				batch->taken_keys[n_keys++] = item->key_hashes[k];
		*at = item->next;
		if (*at == NULL)
			batch->last = at;
		batch->items[n++] = item;
	}
	batch->waiting -= (unsigned)n;
	return n;
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static int compare_items(const void *a, const void *b)
{
	const struct batch_item *x = *(struct batch_item *const *)a;
	const struct batch_item *y = *(struct batch_item *const *)b;
	int order = compare_text(x->scope.partnership, y->scope.partnership);
	return order != 0 ? order : compare_text(x->sort_key, y->sort_key);
}

static void *writer_main(void *argument)
{
	struct batch *batch = argument;
	for (;;) {
		(void)pthread_mutex_lock(&batch->mutex);
		while (batch->first == NULL && !batch->stopping)
			(void)pthread_cond_wait(&batch->work, &batch->mutex);
		size_t n = take_items(batch);
		(void)pthread_mutex_unlock(&batch->mutex);
		if (n == 0)
			return NULL;
		uint64_t start = clock_monotonic_ns();
		qsort(batch->items, n, sizeof(struct batch_item *), compare_items);
		batch_run_items(&batch->run, batch->items, n);
		if (batch->options.on_batch != NULL)
			batch->options.on_batch(batch->options.ctx, (unsigned)n, clock_monotonic_ns() - start);
	}
}

static void release(struct batch *batch)
{
	batch_run_release(&batch->run);
	(void)pthread_cond_destroy(&batch->work);
	(void)pthread_mutex_destroy(&batch->mutex);
	free(batch->taken_keys);
	free(batch->items);
	free(batch);
}

/* The thread takes no signals: they are the main thread's. */
static int start_thread(struct batch *batch)
{
	sigset_t all;
	sigset_t before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&batch->thread, NULL, writer_main, batch);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}

enum err_code batch_start(const struct batch_options *options, struct batch **ret_batch, struct err *err)
{
	assert(options->items_max > 0);
	struct batch *batch = calloc(1, sizeof *batch);
	if (batch == NULL)
		abort();
	batch->options = *options;
	batch->items = calloc(options->items_max, sizeof(struct batch_item *));
	batch->taken_keys = calloc((size_t)options->items_max * KEYS, sizeof *batch->taken_keys);
	if (batch->items == NULL || batch->taken_keys == NULL)
		abort();
	batch->last = &batch->first;
	(void)pthread_mutex_init(&batch->mutex, NULL);
	(void)pthread_cond_init(&batch->work, NULL);
	batch_run_init(&batch->run, options);
	if (start_thread(batch) != 0) {
		release(batch);
		return err_set(err, ERR_INTERNAL, "", "No thread could be started for the batch writer.");
	}
	*ret_batch = batch;
	return ERR_NONE;
}

enum err_code batch_submit(struct batch *batch, struct batch_item *item, struct err *err)
{
	enum err_code code = ERR_NONE;
	item->next = NULL;
	item->alone = false;
	for (int k = 0; k < KEYS; k++)
		item->key_hashes[k] = key_hash(item, item->unique_keys[k]);
	(void)pthread_mutex_lock(&batch->mutex);
	if (batch->stopping) {
		code = ERR_DRAINING;
	} else if (batch->waiting >= batch->options.waiting_max) {
		code = ERR_BUSY;
	} else {
		*batch->last = item;
		batch->last = &item->next;
		batch->waiting++;
		(void)pthread_cond_signal(&batch->work);
	}
	(void)pthread_mutex_unlock(&batch->mutex);
	if (code == ERR_NONE)
		return ERR_NONE;
	(void)err_set(err, code, "", "%s",
		      code == ERR_BUSY ? "Too many writes are waiting." : "This server is stopping.");
	if (err != NULL)
		err->retry_after_s = 1;
	return code;
}

void batch_free(struct batch *batch)
{
	if (batch == NULL)
		return;
	(void)pthread_mutex_lock(&batch->mutex);
	batch->stopping = true;
	(void)pthread_cond_signal(&batch->work);
	(void)pthread_mutex_unlock(&batch->mutex);
	(void)pthread_join(batch->thread, NULL);
	release(batch);
}
