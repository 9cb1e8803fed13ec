/* The bounded queue between the I/O thread and the workers: first in, first out. */
#include <stdlib.h>

#include "http/inside.h"

#include "base/banned.h"

enum err_code queue_init(struct queue *queue, unsigned max, struct err *err)
{
	*queue = (struct queue){.max = max};
	queue->ring = calloc(max, sizeof *queue->ring);
	if (queue->ring == NULL)
		return err_set(err, ERR_INTERNAL, "", "no memory for a queue of %u", max);
	(void)pthread_mutex_init(&queue->lock, NULL);
	(void)pthread_cond_init(&queue->filled, NULL);
	return ERR_NONE;
}

void queue_release(struct queue *queue)
{
	if (queue->ring == NULL)
		return;
	free(queue->ring);
	queue->ring = NULL;
	(void)pthread_mutex_destroy(&queue->lock);
	(void)pthread_cond_destroy(&queue->filled);
}

enum err_code queue_put(struct queue *queue, struct request *request)
{
	enum err_code code = ERR_NONE;
	(void)pthread_mutex_lock(&queue->lock);
	if (queue->stopped) {
		code = ERR_DRAINING;
	} else if (queue->count == queue->max) {
		code = ERR_BUSY;
	} else {
		queue->ring[(queue->first + queue->count) % queue->max] = request;
		queue->count++;
	}
	(void)pthread_mutex_unlock(&queue->lock);
	/* Outside the lock: a woken worker would only wait for it. */
	if (code == ERR_NONE)
		(void)pthread_cond_signal(&queue->filled);
	return code;
}

static struct request *remove_first(struct queue *queue)
{
	struct request *request = queue->ring[queue->first];
	queue->first = (queue->first + 1) % queue->max;
	queue->count--;
	return request;
}

struct request *queue_take(struct queue *queue)
{
	struct request *request = NULL;
	(void)pthread_mutex_lock(&queue->lock);
	while (queue->count == 0 && !queue->stopped)
		(void)pthread_cond_wait(&queue->filled, &queue->lock);
	if (queue->count > 0)
		request = remove_first(queue);
	(void)pthread_mutex_unlock(&queue->lock);
	return request;
}

struct request *queue_take_older(struct queue *queue, uint64_t limit_ns)
{
	struct request *request = NULL;
	(void)pthread_mutex_lock(&queue->lock);
	if (queue->count > 0 && queue->ring[queue->first]->x.queued_ns < limit_ns)
		request = remove_first(queue);
	(void)pthread_mutex_unlock(&queue->lock);
	return request;
}

void queue_stop(struct queue *queue)
{
	(void)pthread_mutex_lock(&queue->lock);
	queue->stopped = true;
	(void)pthread_cond_broadcast(&queue->filled);
	(void)pthread_mutex_unlock(&queue->lock);
}

unsigned queue_count(struct queue *queue)
{
	(void)pthread_mutex_lock(&queue->lock);
	unsigned count = queue->count;
	(void)pthread_mutex_unlock(&queue->lock);
	return count;
}
