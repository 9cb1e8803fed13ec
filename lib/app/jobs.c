/*
 * What happens by the clock, on one thread with a connection of its own: the sweep for overdue follow-ups, comparing the people
 * of new referrals with those that are known, forgetting old idempotency keys, the reach of the calendars and what a change of
 * one left to be re-timed, the weekly sample, and remembering posts that were refused before their body was read.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "calendar/calendar.h"
#include "followup/sweep.h"
#include "gen/app_sql.h"
#include "gen/call_sql.h"
#include "person/compare.h"
#include "policy/versions.h"
#include "rejection/rejection.h"
#include "sample/sample.h"

#include "base/banned.h"

static const char FORGET_AT_ONCE[] = "1000";
static const uint64_t WARN_EVERY_NS = 24ULL * 3600 * 1000000000;

/* So many of a partnership, so often: what comes in on the busiest day, and a backlog at the cost of a few per cent of a core. */
enum { RETIME_BATCHES = 10, COMPARE_AT_ONCE = 100 };

static void log_job_failure(const char *event, const struct db *db, const struct err *err)
{
	log_error(event, "detail", err->detail, "sqlstate", db_sqlstate(db), "database", db_log_text(db));
}

/* ---- the daily bread of each partnership ---- */

static enum err_code forget_keys(struct db *db, void *ctx, struct err *err)
{
	return db_run(db, &SQL_call_forget_keys, DB_VALUES(ctx, FORGET_AT_ONCE), NULL, err);
}

/* The alarm of a calendar that ends soon, once a day: a follow-up opened past its end has no due instant. */
static void warn_of_end(const char *partnership, const PGresult *calendar, int days)
{
	char left[16];
	(void)snprintf(left, sizeof left, "%d", days);
	log_warning("calendar_ends_soon", "partnership", partnership, "calendar",
		    calendar == NULL ? NULL : rows_text(calendar, 0, "id"), "days_left", left);
}

static enum err_code look_at_calendar(struct app *app, struct db *db, const struct db_scope *scope, bool warn,
				      int *days, struct err *err)
{
	PGRESULT_AUTO PGresult *calendar = NULL;
	enum err_code code = calendar_reach(db, scope, &calendar, err);
	if (code != ERR_NONE)
		return code;
	bool any = PQntuples(calendar) == 1;
	int left = any ? (int)rows_int(calendar, 0, "days") : 0;
	if (left < *days)
		*days = left;
	if (warn && left < CALENDAR_DAYS_MIN)
		warn_of_end(scope->partnership, any ? calendar : NULL, left);
	struct retime_report report;
	code = calendar_retime(db, scope, &app->house, &report, err);
	if (retime_moved(&report.all) > 0) {
		char moved[24];
		(void)snprintf(moved, sizeof moved, "%lld", retime_moved(&report.all));
		log_info("follow_ups_retimed", "reason", "calendar", "count", moved);
	}
	/* Somebody works on a referral for longer than we wait: next time. */
	return code == ERR_BUSY ? ERR_NONE : code;
}

/* Somebody works on a referral of the sample for longer than we wait: next time. */
static enum err_code draw_sample(struct app *app, struct db *db, const struct db_scope *scope, struct err *err)
{
	int opened = 0;
	enum err_code code = sample_draw(db, scope, &app->house, &opened, err);
	if (opened > 0) {
		char count[16];
		(void)snprintf(count, sizeof count, "%d", opened);
		log_info("sample_drawn", "partnership", scope->partnership, "count", count);
	}
	return code == ERR_BUSY ? ERR_NONE : code;
}

static enum err_code look_after(struct app *app, struct db *db, const char *partnership, bool warn, int *days,
				struct err *err)
{
	const struct db_scope scope = {.partnership = partnership};
	enum err_code code = look_at_calendar(app, db, &scope, warn, days, err);
	if (code != ERR_NONE)
		return code;
	code = draw_sample(app, db, &scope, err);
	if (code != ERR_NONE)
		return code;
	return db_write(db, &scope, forget_keys, (void *)(uintptr_t)partnership, err);
}

/* What was open when a policy was activated; not all at once, so that no flag of another partnership waits for it. */
static enum err_code retime(const struct app *app, struct db *db, const char *partnership, struct err *err)
{
	const struct db_scope scope = {.partnership = partnership};
	enum err_code code = ERR_NONE;
	bool left = true;
	for (int i = 0; code == ERR_NONE && left && i < RETIME_BATCHES; i++)
		code = policy_retime_pending(db, app->policies, &scope, &left, err);
	return code;
}

static enum err_code look_after_all(struct app *app, struct db *db, struct err *err)
{
	PGRESULT_AUTO PGresult *partnerships = NULL;
	const struct db_scope nobody = {0};
	enum err_code code = db_read_one(db, &nobody, &SQL_app_partnerships, DB_VALUES(NULL), &partnerships, err);
	int days = INT_MAX;
	uint64_t now = clock_monotonic_ns();
	bool warn = app->jobs.warned_ns == 0 || now - app->jobs.warned_ns >= WARN_EVERY_NS;
	for (int row = 0; code == ERR_NONE && row < PQntuples(partnerships); row++)
		code = look_after(app, db, rows_text(partnerships, row, "partnership_id"), warn, &days, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(partnerships); row++)
		code = retime(app, db, rows_text(partnerships, row, "partnership_id"), err);
	if (code != ERR_NONE)
		return code;
	if (warn && days < CALENDAR_DAYS_MIN)
		app->jobs.warned_ns = now;
	atomic_store(&app->health.calendar_days, days);
	if (days != INT_MAX)
		metrics_set(app->metrics, METRIC_CALENDAR_COVERAGE, days * 86400.0);
	return ERR_NONE;
}

/* ---- the sweep ---- */

/* A kind that is not in the report has nothing open any more. */
static void show_kinds(struct app *app, const struct sweep_report *report)
{
	for (size_t i = 0; app_follow_up_kind(i) != NULL; i++) {
		long long open = 0;
		long long overdue = 0;
		for (size_t k = 0; k < report->n_kinds; k++) {
			if (strcmp(report->kinds[k].kind, app_follow_up_kind(i)) == 0) {
				open = report->kinds[k].open;
				overdue = report->kinds[k].overdue;
			}
		}
		metrics_set_kind(app->metrics, METRIC_FOLLOW_UPS_OPEN, i, (double)open);
		metrics_set_kind(app->metrics, METRIC_FOLLOW_UPS_OVERDUE, i, (double)overdue);
	}
}

static void sweep(struct app *app, struct db *db)
{
	struct err err = {0};
	struct sweep_report result = {0};
	uint64_t started_ns = clock_monotonic_ns();
	enum err_code code = followup_sweep_all(db, NULL, &result, &err);
	metrics_observe(app->metrics, HISTOGRAM_SWEEP_SECONDS, (double)(clock_monotonic_ns() - started_ns) / 1e9);
	if (code == ERR_NONE)
		code = look_after_all(app, db, &err);
	metrics_add(app->metrics, code == ERR_NONE ? METRIC_SWEEPS : METRIC_SWEEPS_FAILED, 1);
	if (code != ERR_NONE) {
		log_job_failure("sweep_failed", db, &err);
		return;
	}
	atomic_store(&app->health.swept_ns, clock_monotonic_ns());
	show_kinds(app, &result);
	if (result.raised > 0) {
		char raised[24];
		(void)snprintf(raised, sizeof raised, "%lld", result.raised);
		log_info("flags_raised", "count", raised);
	}
}

/* ---- people of new referrals ---- */

static enum err_code compare_all(struct app *app, struct db *db, struct err *err)
{
	PGRESULT_AUTO PGresult *partnerships = NULL;
	const struct db_scope nobody = {0};
	enum err_code code = db_read_one(db, &nobody, &SQL_app_partnerships, DB_VALUES(NULL), &partnerships, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(partnerships); row++) {
		const struct db_scope scope = {.partnership = rows_text(partnerships, row, "partnership_id")};
		long long n = 0;
		code = person_compare(db, &scope, COMPARE_AT_ONCE, &n, err);
		metrics_add(app->metrics, METRIC_COMPARED, (double)n);
	}
	return code;
}

static void compare(struct app *app, struct db *db)
{
	struct err err = {0};
	if (!db_is_connected(db))
		return; /* the next sweep connects again, and says so */
	if (compare_all(app, db, &err) != ERR_NONE)
		log_job_failure("comparison_failed", db, &err);
}

/* ---- refused before the body was read ---- */

void jobs_remember_refused(struct app *app, const struct http_exchange *x)
{
	const char *authorization = http_exchange_header(x, "authorization");
	const char *length = http_exchange_header(x, "content-length");
	if (authorization == NULL || x->n_segments != 2 || strcmp(x->segments[0], "v1") != 0 ||
	    strcmp(x->segments[1], "referrals") != 0)
		return;
	(void)pthread_mutex_lock(&app->jobs.lock);
	if (app->jobs.n_refused < REFUSED_BODIES_MAX && strlen(authorization) < REFUSED_AUTHORIZATION_SIZE) {
		struct refused_body *refused = &app->jobs.refused[app->jobs.n_refused++];
		(void)snprintf(refused->authorization, sizeof refused->authorization, "%s", authorization);
		(void)snprintf(refused->request_id, sizeof refused->request_id, "%s", x->request_id);
		refused->size = length == NULL ? 0 : strtoull(length, NULL, 10);
		(void)pthread_cond_signal(&app->jobs.wake);
	}
	(void)pthread_mutex_unlock(&app->jobs.lock);
}

static void record_refused(struct app *app, struct db *db, const struct refused_body *refused)
{
	struct err err = {0};
	struct caller caller;
	enum err_code code = auth_identify(db, refused->authorization, NULL, &caller, &err);
	if (code == ERR_UNAUTHENTICATED || (code == ERR_NONE && caller.agency_id[0] == '\0'))
		return;
	const struct policy *policy = NULL;
	const struct db_scope scope = {.partnership = caller.partnership};
	if (code == ERR_NONE)
		code = policies_hold(app->policies, db, &scope, caller.partnership, caller.policy_id, &policy, &err);
	if (code == ERR_NONE)
		code = rejection_record_unread(db, &caller, policy, refused->request_id, refused->size, &err);
	policies_release(app->policies, policy);
	if (code != ERR_NONE)
		log_job_failure("rejected_submission_not_recorded", db, &err);
}

/* Empties the list; the lock is held on entry and on return, not in between. */
static void record_all_refused(struct app *app, struct db *db)
{
	while (app->jobs.n_refused > 0) {
		struct refused_body refused = app->jobs.refused[--app->jobs.n_refused];
		(void)pthread_mutex_unlock(&app->jobs.lock);
		record_refused(app, db, &refused);
		(void)pthread_mutex_lock(&app->jobs.lock);
	}
}

/* ---- the thread ---- */

static struct timespec in_ms(uint64_t ms)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)(ms / 1000);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

/* When each kind of work is due next, by the monotonic clock. */
struct agenda {
	uint64_t sweep_ns;
	uint64_t compare_ns;
};

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What is due; in how many milliseconds to come back. Comparing takes a tenth of a core at the most. */
static uint64_t work_through(struct app *app, struct db *db, struct agenda *agenda)
{
	const uint64_t ms = 1000000;
	if (clock_monotonic_ns() >= agenda->sweep_ns) {
		sweep(app, db);
		agenda->sweep_ns = clock_monotonic_ns() + (uint64_t)app->settings.sweep_interval_ms * ms;
	}
	uint64_t start = clock_monotonic_ns();
	if (start >= agenda->compare_ns) {
		compare(app, db);
		uint64_t end = clock_monotonic_ns();
		agenda->compare_ns = end + max_u64((uint64_t)app->settings.compare_interval_ms * ms, 9 * (end - start));
	}
	uint64_t now = clock_monotonic_ns();
	uint64_t next = agenda->sweep_ns < agenda->compare_ns ? agenda->sweep_ns : agenda->compare_ns;
	return next <= now ? 0 : (next - now) / ms + 1;
}

static void *run_jobs(void *ctx)
{
	struct app *app = ctx;
	const struct db_options options = app_db_options(app, "mashd jobs");
	struct db *db = db_new(&options);
	struct connection_watch watch = {0};
	struct agenda agenda = {0};
	(void)pthread_mutex_lock(&app->jobs.lock);
	while (!app->jobs.stop) {
		(void)pthread_mutex_unlock(&app->jobs.lock);
		uint64_t wait_ms = work_through(app, db, &agenda);
		app_watch_connection(app, db, &watch);
		(void)sd_notify(0, "WATCHDOG=1"); /* nothing happens where the service manager keeps no watch */
		(void)pthread_mutex_lock(&app->jobs.lock);
		struct timespec next = in_ms(wait_ms);
		int waited = 0;
		while (!app->jobs.stop && waited != ETIMEDOUT) {
			record_all_refused(app, db);
			waited = pthread_cond_timedwait(&app->jobs.wake, &app->jobs.lock, &next);
		}
	}
	record_all_refused(app, db);
	(void)pthread_mutex_unlock(&app->jobs.lock);
	db_free(db);
	return NULL;
}

enum err_code jobs_start(struct app *app, struct err *err)
{
	pthread_condattr_t monotonic;
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&app->jobs.lock, NULL);
	(void)pthread_cond_init(&app->jobs.wake, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	app->jobs.started = pthread_create(&app->jobs.thread, NULL, run_jobs, app) == 0;
	if (!app->jobs.started)
		return err_set(err, ERR_INTERNAL, "", "the jobs' thread does not start");
	return ERR_NONE;
}

void jobs_stop(struct app *app)
{
	if (!app->jobs.started)
		return;
	(void)pthread_mutex_lock(&app->jobs.lock);
	app->jobs.stop = true;
	(void)pthread_cond_signal(&app->jobs.wake);
	(void)pthread_mutex_unlock(&app->jobs.lock);
	(void)pthread_join(app->jobs.thread, NULL);
	app->jobs.started = false;
}
