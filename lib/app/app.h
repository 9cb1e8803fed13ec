/*
 * The application: what is made at start and lives until the end. cmd/mashd holds the only one; mashctl makes a house of
 * its own for the ways that it shares.
 */
#ifndef MASHD_APP_APP_H
#define MASHD_APP_APP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/settings.h"
#include "base/arena.h"
#include "call/call.h"
#include "followup/policies.h"
#include "followup/policy.h"
#include "http/metrics.h"
#include "http/server.h"

/* What readiness looks at. Written by the jobs, read by anybody. */
struct health {
	atomic_uint_fast64_t swept_ns; /* monotonic, of the last complete sweep; 0 before the first */
	atomic_int calendar_days; /* that the shortest calendar in use still reaches; INT_MAX without partnerships */
	atomic_bool draining;
};

enum { APP_ARENA_MAX = 64 << 20 };

enum { REFUSED_BODIES_MAX = 64, REFUSED_AUTHORIZATION_SIZE = 128 };

/* A post that was refused before its body was read, to be remembered by the jobs. */
struct refused_body {
	char authorization[REFUSED_AUTHORIZATION_SIZE];
	char request_id[IDENT_SIZE];
	uint64_t size;
};

struct jobs {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool started;
	bool stop;
	uint64_t warned_ns; /* monotonic, of the last alarm for a calendar that ends soon; 0: none yet */
	struct refused_body refused[REFUSED_BODIES_MAX];
	size_t n_refused;
};

struct app {
	struct house house; /* first: a handler of lib/app finds the application through its call */
	struct settings settings;
	struct arena arena; /* of what lives as long as the application */
	struct contract *contract;
	struct policy *policy;
	struct policies *policies;
	struct batch *batch;
	struct metrics *metrics;
	struct http_server *server;
	const char *openapi_text;
	struct health health;
	struct jobs jobs;
	pthread_t *workers;
	size_t n_workers;
};

/*
 * Contract, policy and the tables that must agree with them: what both programs need, no database. The caller has made
 * app->arena and filled app->settings.
 */
enum err_code app_load(struct app *app, struct err *err) MUST_CHECK;
/* Whether the database fits: role, schema version, every statement. Logs what PostgreSQL says. */
enum err_code app_check_database(const struct app *app, struct err *err) MUST_CHECK;
/*
 * Everything: checks the database (role, schema version, every statement), starts the batch writer, the workers, the jobs
 * and the server. On failure app_free() cleans up what was made.
 */
enum err_code app_start(struct app *app, struct err *err) MUST_CHECK;
/* Readiness says 503, no new connections, every request whose line was read is answered. Then all threads end. */
void app_drain(struct app *app);
void app_free(struct app *app);

unsigned short app_port(const struct app *app);

/* The connection's options for one use ("mashd worker"), from the settings. */
struct db_options app_db_options(const struct app *app, const char *use);

/* The kinds of follow-up, in the order of the metrics; NULL past the end. */
const char *app_follow_up_kind(size_t index);

/* Keeps the figures of one connection: how it was when last asked. */
struct connection_watch {
	bool up;
	bool was_up; /* once: the next time is a reconnect */
	bool told;   /* since it went down, a failure has been logged */
};
void app_watch_connection(struct app *app, const struct db *db, struct connection_watch *watch);

/* jobs.c */
enum err_code jobs_start(struct app *app, struct err *err) MUST_CHECK;
void jobs_stop(struct app *app);
/* From the I/O thread; never blocks for long. */
void jobs_remember_refused(struct app *app, const struct http_exchange *x);

#endif
