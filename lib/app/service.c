/* What the service says about itself. All but readiness is answered on the I/O thread, from memory. */
#include "app/service.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/embedded.h"
#include "base/log.h"
#include "calendar/calendar.h"
#include "gen/app_sql.h"
#include "http/page.h"

#include "base/banned.h"

enum { SWEEPS_MISSED_MAX = 12 };

static const char HTML[] = "text/html; charset=utf-8";

/* Service handlers are bound by lib/app alone, whose house is the first member of the application. */
static struct app *app_of(const struct call *call)
{
	return (struct app *)(void *)(uintptr_t)call->house;
}

enum err_code service_livez(struct call *call, struct err *err)
{
	(void)err;
	buf_add_text(call->out, "{\"status\":\"alive\"}");
	call_reply(call, 200);
	return ERR_NONE;
}

struct checks {
	struct buf *out;
	bool all_ok;
	bool any;
};

static void add_check(struct checks *checks, const char *name, bool ok, const char *detail)
{
	buf_printf(checks->out, "%s{\"name\":\"%s\",\"ok\":%s,\"detail\":\"%s\"}", checks->any ? "," : "", name,
		   ok ? "true" : "false", detail);
	checks->any = true;
	checks->all_ok = checks->all_ok && ok;
}

static void check_database(struct call *call, struct checks *checks)
{
	PGRESULT_AUTO PGresult *version = NULL;
	struct err err = {0};
	bool up = call_read(call, &SQL_app_schema_version, DB_VALUES(NULL), &version, &err) == ERR_NONE;
	add_check(checks, "database", up, up ? "answers" : "cannot be reached");
	const char *found = up && PQntuples(version) == 1 ? rows_text(version, 0, "version") : NULL;
	bool same = found != NULL && strcmp(found, embedded_schema_version) == 0;
	add_check(checks, "schema_version", same,
		  arena_printf(call->arena, "is %s, needs %s", found == NULL ? "unknown" : found,
			       embedded_schema_version));
}

static void check_sweep(struct call *call, const struct app *app, struct checks *checks)
{
	uint64_t swept = atomic_load(&app->health.swept_ns);
	uint64_t age_ms = swept == 0 ? UINT64_MAX : (clock_monotonic_ns() - swept) / 1000000;
	bool ok = swept != 0 && age_ms <= (uint64_t)app->settings.sweep_interval_ms * SWEEPS_MISSED_MAX + 60000;
	add_check(checks, "last_sweep", ok,
		  swept == 0 ? "none yet"
			     : arena_printf(call->arena, "%llu seconds ago", (unsigned long long)age_ms / 1000));
}

static void check_calendar(struct call *call, const struct app *app, struct checks *checks)
{
	int days = atomic_load(&app->health.calendar_days);
	/* Intake never fails for a clock: an ending calendar is an alarm, not a reason to send traffic elsewhere. */
	const char *detail = "there is no partnership yet";
	if (days != INT_MAX)
		detail = arena_printf(call->arena, "reaches %d more days%s", days,
				      days < CALENDAR_DAYS_MIN ? ": extend it" : "");
	add_check(checks, "calendar", true, detail);
}

enum err_code service_readyz(struct call *call, struct err *err)
{
	(void)err;
	const struct app *app = app_of(call);
	struct buf list;
	buf_init(&list, 4096);
	struct checks checks = {.out = &list, .all_ok = true};
	bool accepting = !atomic_load(&app->health.draining);
	add_check(&checks, "accepting_requests", accepting, accepting ? "yes" : "stopping");
	check_database(call, &checks);
	check_sweep(call, app, &checks);
	check_calendar(call, app, &checks);
	buf_printf(call->out, "{\"status\":\"%s\",\"checks\":[%s]}", checks.all_ok ? "ready" : "not_ready",
		   buf_text(&list));
	buf_release(&list);
	call_reply(call, checks.all_ok ? 200 : 503);
	return ERR_NONE;
}

enum err_code service_metrics(struct call *call, struct err *err)
{
	(void)err;
	struct app *app = app_of(call);
	struct http_server_stats stats;
	http_server_stats(app->server, &stats);
	metrics_set(app->metrics, METRIC_CONNECTIONS, stats.connections);
	metrics_set(app->metrics, METRIC_CONNECTIONS_CUT, (double)stats.cut);
	metrics_set(app->metrics, METRIC_QUEUE_DEPTH, stats.queued);
	metrics_set(app->metrics, METRIC_IN_FLIGHT, stats.in_flight);
	metrics_set(app->metrics, METRIC_BODY_BYTES, (double)stats.body_bytes);
	metrics_set(app->metrics, METRIC_LOG_ERRORS, (double)log_count(LOG_LEVEL_ERROR));
	metrics_set(app->metrics, METRIC_LOG_WARNINGS, (double)log_count(LOG_LEVEL_WARNING));
	metrics_set(app->metrics, METRIC_LOG_INFOS, (double)log_count(LOG_LEVEL_INFO));
	metrics_set(app->metrics, METRIC_LOG_DROPPED, (double)log_dropped());
	uint64_t swept = atomic_load(&app->health.swept_ns);
	if (swept != 0)
		metrics_set(app->metrics, METRIC_SWEEP_LAG, (double)(clock_monotonic_ns() - swept) / 1e9);
	metrics_write(app->metrics, call->out);
	call->x->reply.content_type = METRICS_CONTENT_TYPE;
	call_reply(call, 200);
	return ERR_NONE;
}

enum err_code service_openapi(struct call *call, struct err *err)
{
	(void)err;
	buf_add_text(call->out, app_of(call)->openapi_text);
	call->x->reply.cacheable = true;
	call_reply(call, 200);
	return ERR_NONE;
}

/* An embedded file as the reply. */
static enum err_code serve(struct call *call, const char *path, const char *content_type, struct err *err)
{
	const struct embedded_file *file = embedded_find(path);
	if (file == NULL)
		return err_set(err, ERR_NOT_FOUND, "", "there is no such file");
	buf_add(call->out, file->data, file->size);
	call->x->reply.content_type = content_type;
	call->x->reply.cacheable = true;
	call_reply(call, 200);
	return ERR_NONE;
}

enum err_code service_docs(struct call *call, struct err *err)
{
	http_reply_field(call->x, "Content-Security-Policy",
			 "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
	return serve(call, "api/docs.html", HTML, err);
}

enum err_code service_docs_asset(struct call *call, struct err *err)
{
	const char *file = call_parameter(call, "file");
	const char *ending = strrchr(file, '.');
	if (strcmp(ending, ".json") == 0)
		return serve(call, arena_printf(call->arena, "api/examples/%s", file), "application/json", err);
	bool script = strcmp(ending, ".js") == 0;
	return serve(call, arena_printf(call->arena, "api/%s", file),
		     script ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8", err);
}

enum err_code service_problems(struct call *call, struct err *err)
{
	(void)err;
	struct buf markdown;
	buf_init(&markdown, 65536);
	buf_add_text(&markdown, "# Problems\n\nEach way in which a request can fail has a page.\n\n");
	for (int code = ERR_NONE + 1; code < ERR_COUNT; code++)
		buf_printf(&markdown, "- [%s](/problems/%s) (%d): %s\n", err_slug((enum err_code)code),
			   err_slug((enum err_code)code), err_status((enum err_code)code),
			   err_title((enum err_code)code));
	buf_add_text(call->out,
		     "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Problems</title>\n");
	page_markdown(call->out, buf_text(&markdown), markdown.size);
	buf_add_text(call->out, "</html>\n");
	buf_release(&markdown);
	http_reply_field(call->x, "Content-Security-Policy", "default-src 'none'");
	call->x->reply.content_type = HTML;
	call->x->reply.cacheable = true;
	call_reply(call, 200);
	return ERR_NONE;
}

enum err_code service_problem(struct call *call, struct err *err)
{
	return http_problem_page(call->x, call_parameter(call, "slug"), err);
}
