/* Puts the application together, and takes it apart in the reverse order. */
#include "app/app.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/operations.h"
#include "app/request.h"
#include "base/clock.h"
#include "base/embedded.h"
#include "base/json.h"
#include "base/log.h"
#include "gen/app_sql.h"
#include "referral/quality.h"

#include "base/banned.h"

enum {
	REPLY_MAX = 16 << 20,
	HEADER_MEMORY = 16 << 10, /* libmicrohttpd clears all of it between requests: it is resident */
	CONNECT_TIMEOUT_S = 5,
	BATCH_TIMEOUT_MS = 2000,
	STATEMENTS_MAX = 512,
};

/* Kinds of follow-up, in the order of the metrics; the contract's enumeration is compared with this by a test. */
static const char *const follow_up_kinds[] = {
	"acknowledge",
	"triage",
	"decide_next_steps",
	"discuss",
	"decide_outcome",
	"feedback",
	"resubmission",
	"written_confirmation",
	"pass_to_allocated_worker",
	"out_of_hours_handover",
	"out_of_hours_return",
	"strategy_discussion",
	"transfer_acceptance",
	"sample_review",
};

const char *app_follow_up_kind(size_t index)
{
	return index < sizeof follow_up_kinds / sizeof *follow_up_kinds ? follow_up_kinds[index] : NULL;
}

struct db_options app_db_options(const struct app *app, const char *use)
{
	return (struct db_options){
		.url = app->settings.database_url,
		.application_name = use,
		.connect_timeout_s = CONNECT_TIMEOUT_S,
		.statement_timeout_ms = (unsigned)app->settings.statement_timeout_ms,
		.lock_timeout_ms = (unsigned)app->settings.lock_timeout_ms,
		.require_app_role = true,
	};
}

static const char *random_key(struct arena *arena)
{
	unsigned char bytes[32];
	char hex[65];
	randombytes_buf(bytes, sizeof bytes);
	(void)sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
	return arena_strdup(arena, hex);
}

enum err_code app_load(struct app *app, struct err *err)
{
	if (sodium_init() < 0)
		return err_set(err, ERR_INTERNAL, "", "libsodium does not start");
	enum err_code code = contract_load(referral_quality_rules, &app->contract, err);
	if (code == ERR_NONE)
		code = operations_check(app->contract, err);
	if (code == ERR_NONE)
		code = policy_load_embedded(app->contract, app->settings.policy, &app->arena, &app->policy, err);
	if (code != ERR_NONE)
		return code;
	app->policies = policies_new(app->contract, app->policy);
	size_t size;
	app->openapi_text = json_canonical(&app->arena, contract_document(app->contract), &size);
	const char *cursor_key = app->settings.cursor_key;
	app->house = (struct house){
		.contract = app->contract,
		.policy = app->policy,
		.policies = app->policies,
		.cursor_key = cursor_key != NULL ? cursor_key : random_key(&app->arena),
		.attempt_backdate_days = (unsigned)app->settings.attempt_backdate_days,
	};
	return ERR_NONE;
}

/* ---- the database at start ---- */

static enum err_code check_schema_version(struct db *db, struct err *err)
{
	PGRESULT_AUTO PGresult *version = NULL;
	const struct db_scope nobody = {0};
	enum err_code code = db_read_one(db, &nobody, &SQL_app_schema_version, DB_VALUES(NULL), &version, err);
	if (code != ERR_NONE)
		return code;
	const char *found = PQntuples(version) == 1 ? rows_text(version, 0, "version") : NULL;
	if (found == NULL || strcmp(found, embedded_schema_version) != 0)
		return err_set(err, ERR_INTERNAL, "schema_migrations",
			       "the database is at version %s, this program needs %s: migrate it first",
			       found == NULL ? "none" : found, embedded_schema_version);
	return ERR_NONE;
}

enum err_code app_check_database(const struct app *app, struct err *err)
{
	const struct db_options options = app_db_options(app, "mashd start");
	struct db *db = db_new(&options);
	const struct statement *all[STATEMENTS_MAX];
	size_t n = 0;
	for (size_t i = 0; operations_statements[i] != NULL; i++) {
		for (size_t j = 0; operations_statements[i][j] != NULL && n < STATEMENTS_MAX; j++)
			all[n++] = operations_statements[i][j];
	}
	enum err_code code = db_connect(db, err);
	if (code == ERR_NONE)
		code = check_schema_version(db, err);
	if (code == ERR_NONE)
		code = db_check_statements(db, all, n, err);
	if (code == ERR_NONE)
		code = policies_check_active(app->policies, db, err);
	if (code != ERR_NONE && *db_log_text(db) != '\0')
		log_error("database_refused", "reason", db_log_text(db));
	db_free(db);
	return code;
}

/* ---- workers ---- */

struct worker {
	struct app *app;
	struct db *db;
	struct connection_watch watch;
};

void app_watch_connection(struct app *app, const struct db *db, struct connection_watch *watch)
{
	bool up = db_is_connected(db);
	if (up == watch->up)
		return;
	watch->up = up;
	watch->told = false;
	metrics_add(app->metrics, METRIC_DB_CONNECTIONS, up ? 1 : -1);
	if (up && watch->was_up)
		metrics_add(app->metrics, METRIC_DB_RECONNECTS, 1);
	watch->was_up = true;
}

/* Of an outage each worker tells once: whoever is refused then is a line of the ordinary kind. */
static void log_failure(const struct http_exchange *x, const struct db *db, struct connection_watch *watch)
{
	if (x->reply.status < 500 || *db_log_text(db) == '\0' || (!watch->up && watch->told))
		return;
	watch->told = !watch->up;
	log_error("request_failed", "operation", x->operation, "request_id", x->request_id, "sqlstate", db_sqlstate(db),
		  "constraint", db_constraint(db), "database", db_log_text(db));
}

static void *work(void *ctx)
{
	struct worker *worker = ctx;
	struct app *app = worker->app;
	struct http_exchange *x;
	while ((x = http_server_take(app->server)) != NULL) {
		bool mine = request_handle(&app->house, worker->db, NULL, x);
		app_watch_connection(app, worker->db, &worker->watch);
		if (!mine)
			continue;
		log_failure(x, worker->db, &worker->watch);
		http_exchange_finish(x);
	}
	db_free(worker->db);
	free(worker);
	return NULL;
}

static enum err_code start_workers(struct app *app, struct err *err)
{
	size_t wanted = (size_t)app->settings.workers;
	const struct db_options options = app_db_options(app, "mashd worker");
	app->workers = arena_array(&app->arena, wanted, sizeof *app->workers);
	for (; app->n_workers < wanted; app->n_workers++) {
		struct worker *worker = calloc(1, sizeof *worker);
		if (worker == NULL)
			return err_set(err, ERR_INTERNAL, "", "no memory for a worker");
		worker->app = app;
		worker->db = db_new(&options);
		if (pthread_create(&app->workers[app->n_workers], NULL, work, worker) != 0) {
			db_free(worker->db);
			free(worker);
			return err_set(err, ERR_INTERNAL, "", "a worker's thread does not start");
		}
	}
	return ERR_NONE;
}

/* ---- the server's calls ---- */

static bool on_request(void *ctx, struct http_exchange *x)
{
	const struct app *app = ctx;
	return request_admit(&app->house, x);
}

static void on_done(void *ctx, const struct http_exchange *x, bool sent)
{
	struct app *app = ctx;
	uint64_t duration = clock_monotonic_ns() - x->started_ns;
	int status = sent ? x->reply.status : 0;
	metrics_request(app->metrics, metrics_operation(app->metrics, x->operation), status, duration);
	if (x->reply.status == 413)
		jobs_remember_refused(app, x);
	char number[16];
	char milliseconds[32];
	(void)snprintf(number, sizeof number, "%d", status);
	(void)snprintf(milliseconds, sizeof milliseconds, "%.3f", (double)duration / 1e6);
	log_info("request", "method", http_method_name(x->method), "operation", x->operation, "status", number, "ms",
		 milliseconds, "request_id", x->request_id, "traceparent",
		 x->traceparent[0] == '\0' ? NULL : x->traceparent);
}

static enum err_code start_server(struct app *app, struct err *err)
{
	const struct settings *s = &app->settings;
	struct http_server_options options = {
		.connections_max = (unsigned)s->connections_max,
		.body_max = (size_t)s->body_max,
		.body_budget = (size_t)s->body_budget,
		.header_max = HEADER_MEMORY,
		.reply_max = REPLY_MAX,
		.queue_max = (unsigned)s->queue_max,
		.queue_age_ms = (unsigned)s->queue_age_ms,
		.request_deadline_ms = (unsigned)s->request_deadline_ms,
		.reply_deadline_ms = (unsigned)s->reply_deadline_ms,
		.idle_deadline_ms = (unsigned)s->idle_deadline_ms,
		.retry_after_s = 1,
		.on_request = on_request,
		.on_done = on_done,
		.ctx = app,
	};
	enum err_code code = settings_listen(s, &app->arena, &options.address, &options.port, err);
	return code == ERR_NONE ? http_server_start(&options, &app->server, err) : code;
}

static void on_batch(void *ctx, unsigned items, unsigned long long ns)
{
	struct app *app = ctx;
	metrics_observe(app->metrics, HISTOGRAM_BATCH_ITEMS, items);
	metrics_observe(app->metrics, HISTOGRAM_BATCH_SECONDS, (double)ns / 1e9);
}

static enum err_code start_batch(struct app *app, struct err *err)
{
	const struct batch_options options = {
		.db = app_db_options(app, "mashd writer"),
		.items_max = (unsigned)app->settings.batch_items_max,
		.waiting_max = (unsigned)app->settings.queue_max,
		.batch_timeout_ms = BATCH_TIMEOUT_MS,
		.on_batch = on_batch,
		.ctx = app,
	};
	enum err_code code = batch_start(&options, &app->batch, err);
	app->house.batch = app->batch;
	return code;
}

static void make_metrics(struct app *app)
{
	size_t n = contract_operation_count(app->contract);
	const char **names = arena_array(&app->arena, n, sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = contract_operation(app->contract, i)->id;
	app->metrics = metrics_new(names, n, follow_up_kinds, sizeof follow_up_kinds / sizeof *follow_up_kinds);
}

enum err_code app_start(struct app *app, struct err *err)
{
	atomic_init(&app->health.calendar_days, INT_MAX);
	enum err_code code = app_check_database(app, err);
	if (code != ERR_NONE)
		return code;
	make_metrics(app);
	code = start_batch(app, err);
	if (code == ERR_NONE)
		code = start_server(app, err);
	if (code == ERR_NONE)
		code = start_workers(app, err);
	if (code == ERR_NONE)
		code = jobs_start(app, err);
	return code;
}

unsigned short app_port(const struct app *app)
{
	return http_server_port(app->server);
}

void app_drain(struct app *app)
{
	atomic_store(&app->health.draining, true);
	http_server_quiesce(app->server);
	if (!http_server_wait_idle(app->server, (unsigned)app->settings.drain_deadline_ms))
		log_warning("drain_deadline_passed");
}

void app_free(struct app *app)
{
	jobs_stop(app);
	if (app->server != NULL)
		http_server_stop_queue(app->server);
	for (size_t i = 0; i < app->n_workers; i++)
		(void)pthread_join(app->workers[i], NULL);
	if (app->batch != NULL)
		batch_free(app->batch);
	if (app->server != NULL)
		http_server_free(app->server);
	metrics_free(app->metrics);
	policies_free(app->policies);
	contract_free(app->contract);
	arena_release(&app->arena);
}
