/*
 * lib/http alone, with workers that say back what they got: the server under test of tests/http/transport.test.mjs, and
 * of measurements with wrk. Settings are arguments `name=number`; prints its port, then one line of totals at the end.
 *
 *   GET /fast             answered on the I/O thread
 *   GET /stats            the server's figures, on the I/O thread
 *   GET /release          lets everything go on that waits in /hold
 *   ANY /echo[/…]         what was understood of the request, as JSON
 *   POST /body            the body back
 *   GET /hold             waits in its worker for /release
 *   GET /big/N            N bytes
 *   GET /link/N           a header of N bytes
 *   GET /late             finished by another thread, after this worker went on
 *   GET /undecided        a handler that forgot to decide
 *   GET /no-content       204
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/exchange.h"
#include "http/server.h"

enum { WORKERS_MAX = 64 };

struct echo {
	struct http_server *server;
	unsigned workers;
	unsigned drain_ms;
	pthread_t threads[WORKERS_MAX];
	pthread_mutex_t lock;
	pthread_cond_t released;
	unsigned held;
	unsigned releases;
	atomic_ulong worked; /* exchanges that a worker took */
	atomic_ulong done;
	atomic_ulong sent;
};

static void add_fields(struct buf *out, const struct http_field *fields, size_t n)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		buf_add_text(out, i == 0 ? "[" : ",[");
		buf_add_json_string(out, fields[i].name, strlen(fields[i].name));
		buf_add_char(out, ',');
		buf_add_json_string(out, fields[i].value, strlen(fields[i].value));
		buf_add_char(out, ']');
	}
	buf_add_char(out, ']');
}

static void reply_echo(struct http_exchange *x)
{
	struct buf *out = &x->reply.body;
	x->reply.status = 200;
	buf_printf(out, "{\"method\":\"%s\",\"path\":", http_method_name(x->method));
	buf_add_json_string(out, x->path, strlen(x->path));
	buf_add_text(out, ",\"segments\":[");
	for (size_t i = 0; i < x->n_segments; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		buf_add_json_string(out, x->segments[i], strlen(x->segments[i]));
	}
	buf_add_text(out, "],\"query\":");
	add_fields(out, x->query, x->n_query);
	buf_add_text(out, ",\"headers\":");
	add_fields(out, x->headers, x->n_headers);
	buf_printf(out, ",\"traceparent\":\"%s\",\"body_size\":%zu}", x->traceparent, x->body_size);
}

static void reply_text(struct http_exchange *x, const char *text)
{
	x->reply.status = 200;
	x->reply.content_type = "text/plain";
	buf_add_text(&x->reply.body, text);
}

static void wait_for_release(struct echo *echo)
{
	(void)pthread_mutex_lock(&echo->lock);
	unsigned before = echo->releases;
	echo->held++;
	while (echo->releases == before)
		(void)pthread_cond_wait(&echo->released, &echo->lock);
	echo->held--;
	(void)pthread_mutex_unlock(&echo->lock);
}

static void reply_stats(struct echo *echo, struct http_exchange *x)
{
	struct http_server_stats stats;
	http_server_stats(echo->server, &stats);
	(void)pthread_mutex_lock(&echo->lock);
	unsigned held = echo->held;
	(void)pthread_mutex_unlock(&echo->lock);
	x->reply.status = 200;
	buf_printf(&x->reply.body,
		   "{\"connections\":%u,\"queued\":%u,\"in_flight\":%u,\"body_bytes\":%zu,\"cut\":%lu,\"held\":%u,"
		   "\"worked\":%lu,\"done\":%lu,\"sent\":%lu}",
		   stats.connections, stats.queued, stats.in_flight, stats.body_bytes, stats.cut, held,
		   atomic_load(&echo->worked), atomic_load(&echo->done), atomic_load(&echo->sent));
}

static void *finish_late(void *exchange)
{
	reply_text(exchange, "late");
	http_exchange_finish(exchange);
	return NULL;
}

static void reply_big(struct http_exchange *x)
{
	static const char line[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n";
	unsigned long size = x->n_segments > 1 ? strtoul(x->segments[1], NULL, 10) : 0;
	x->reply.status = 200;
	x->reply.content_type = "text/plain";
	for (; size >= 64; size -= 64)
		buf_add(&x->reply.body, line, 64);
	buf_add(&x->reply.body, line, size);
}

static void reply_link(struct http_exchange *x)
{
	unsigned long size = x->n_segments > 1 ? strtoul(x->segments[1], NULL, 10) : 0;
	char *value = arena_alloc(&x->arena, size + 1);
	memset(value, 'l', size);
	value[size] = '\0';
	http_reply_field(x, "Link", value);
	reply_text(x, "");
}

static void work(struct echo *echo, struct http_exchange *x)
{
	const char *what = x->n_segments > 0 ? x->segments[0] : "";
	(void)atomic_fetch_add(&echo->worked, 1);
	if (strcmp(what, "late") == 0) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, finish_late, x) != 0)
			abort();
		(void)pthread_detach(thread);
		return;
	}
	if (strcmp(what, "hold") == 0) {
		wait_for_release(echo);
		reply_text(x, "released");
	} else if (strcmp(what, "big") == 0) {
		reply_big(x);
	} else if (strcmp(what, "link") == 0) {
		reply_link(x);
	} else if (strcmp(what, "body") == 0) {
		reply_text(x, "");
		buf_add(&x->reply.body, x->body, x->body_size);
	} else if (strcmp(what, "no-content") == 0) {
		x->reply.status = 204;
	} else if (strcmp(what, "echo") == 0) {
		reply_echo(x);
	} else if (strcmp(what, "undecided") != 0) {
		struct err err;
		(void)err_set(&err, ERR_NOT_FOUND, "", "nothing is here");
		http_reply_problem(x, &err);
	}
	http_exchange_finish(x);
}

static void *worker(void *ctx)
{
	struct echo *echo = ctx;
	struct http_exchange *x;
	while ((x = http_server_take(echo->server)) != NULL)
		work(echo, x);
	return NULL;
}

static bool on_request(void *ctx, struct http_exchange *x)
{
	struct echo *echo = ctx;
	const char *what = x->n_segments == 1 ? x->segments[0] : "";
	if (strcmp(what, "fast") == 0) {
		reply_text(x, "fast");
	} else if (strcmp(what, "stats") == 0) {
		reply_stats(echo, x);
	} else if (strcmp(what, "release") == 0) {
		(void)pthread_mutex_lock(&echo->lock);
		echo->releases++;
		(void)pthread_cond_broadcast(&echo->released);
		(void)pthread_mutex_unlock(&echo->lock);
		reply_text(x, "released all");
	} else {
		return false;
	}
	return true;
}

static void on_done(void *ctx, const struct http_exchange *x, bool sent)
{
	struct echo *echo = ctx;
	(void)x;
	(void)atomic_fetch_add(&echo->done, 1);
	(void)atomic_fetch_add(&echo->sent, sent);
}

static bool set_option(struct echo *echo, struct http_server_options *o, const char *name, unsigned long value)
{
	const struct {
		const char *name;
		unsigned *small;
		size_t *large;
	} table[] = {
		{"workers", &echo->workers, NULL},          {"drain-ms", &echo->drain_ms, NULL},
		{"connections", &o->connections_max, NULL}, {"body-max", NULL, &o->body_max},
		{"body-budget", NULL, &o->body_budget},     {"header-max", NULL, &o->header_max},
		{"reply-max", NULL, &o->reply_max},         {"queue-max", &o->queue_max, NULL},
		{"queue-age-ms", &o->queue_age_ms, NULL},   {"request-ms", &o->request_deadline_ms, NULL},
		{"reply-ms", &o->reply_deadline_ms, NULL},  {"idle-ms", &o->idle_deadline_ms, NULL},
		{"retry-after", &o->retry_after_s, NULL},
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		if (table[i].small != NULL)
			*table[i].small = (unsigned)value;
		else
			*table[i].large = value;
		return true;
	}
	return false;
}

static bool set_options(struct echo *echo, struct http_server_options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *equals = strchr(argv[i], '=');
		if (equals == NULL)
			return false;
		*equals = '\0';
		if (strcmp(argv[i], "port") == 0)
			o->port = (unsigned short)strtoul(equals + 1, NULL, 10);
		else if (strcmp(argv[i], "address") == 0)
			o->address = equals + 1;
		else if (!set_option(echo, o, argv[i], strtoul(equals + 1, NULL, 10)))
			return false;
	}
	return echo->workers <= WORKERS_MAX;
}

static void serve_until_signal(struct echo *echo, const sigset_t *signals)
{
	int signal_number;
	for (unsigned i = 0; i < echo->workers; i++)
		if (pthread_create(&echo->threads[i], NULL, worker, echo) != 0)
			abort();
	printf("listening %u\n", (unsigned)http_server_port(echo->server));
	(void)fflush(stdout);
	(void)sigwait(signals, &signal_number);
	http_server_quiesce(echo->server);
	bool idle = http_server_wait_idle(echo->server, echo->drain_ms);
	http_server_stop_queue(echo->server);
	for (unsigned i = 0; i < echo->workers; i++)
		(void)pthread_join(echo->threads[i], NULL);
	http_server_free(echo->server);
	printf("{\"idle\":%s,\"done\":%lu,\"sent\":%lu}\n", idle ? "true" : "false", atomic_load(&echo->done),
	       atomic_load(&echo->sent));
}

int main(int argc, char **argv)
{
	struct echo echo = {.workers = 2, .drain_ms = 10000};
	struct err err;
	struct http_server_options options = {
		.address = "127.0.0.1",
		.connections_max = 4096,
		.body_max = (size_t)1 << 20,
		.body_budget = (size_t)64 << 20,
		.header_max = (size_t)32 << 10,
		.reply_max = (size_t)64 << 20,
		.queue_max = 256,
		.queue_age_ms = 10000,
		.request_deadline_ms = 10000,
		.reply_deadline_ms = 10000,
		.idle_deadline_ms = 60000,
		.retry_after_s = 2,
		.on_request = on_request,
		.on_done = on_done,
		.ctx = &echo,
	};
	sigset_t signals;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)pthread_mutex_init(&echo.lock, NULL);
	(void)pthread_cond_init(&echo.released, NULL);
	if (!set_options(&echo, &options, argc, argv)) {
		(void)fprintf(stderr, "http_echo: arguments are name=number, see the source\n");
		return 2;
	}
	if (http_server_start(&options, &echo.server, &err) != ERR_NONE) {
		(void)fprintf(stderr, "http_echo: %s\n", err.detail);
		return 1;
	}
	serve_until_signal(&echo, &signals);
	return 0;
}
