/*
 * demo load: the hub's agencies, people and keys, then each referral's story. Everything a referral lives through goes the
 * way of a request, in this process, at a simulated time; only this command brings a clock of its own.
 */
#include "demo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agency/agency.h"
#include "apikey/apikey.h"
#include "app/request.h"
#include "base/clock.h"
#include "base/json.h"
#include "db/rows.h"
#include "followup/sweep.h"
#include "http/target.h"
#include "partnership/partnership.h"
#include "person/compare.h"
#include "referral/referral.h"
#include "staff/staff.h"

#include "base/banned.h"

enum { REFERRALS_DEFAULT = 150, REFERRALS_MAX = 100000, COMPARE_AT_ONCE = 100, REPLY_MAX = 16 << 20 };

static const char NAME[] = "Demo";

/* Neighbouring seeds must not begin alike: their bits are mixed before. */
void demo_begin(struct demo *demo, uint64_t seed)
{
	uint64_t mixed = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	demo->chance = (mixed ^ (mixed >> 27)) | 1;
}

unsigned demo_random(struct demo *demo, unsigned n)
{
	demo->chance ^= demo->chance << 13;
	demo->chance ^= demo->chance >> 7;
	demo->chance ^= demo->chance << 17;
	return (unsigned)((demo->chance >> 11) % n);
}

/* ---- requests in this process ---- */

static enum err_code aim(struct http_exchange *x, const char *text, struct err *err)
{
	struct target target;
	enum err_code code = target_decode(&x->arena, text, &target, err);
	x->path = target.path;
	x->segments = target.segments;
	x->n_segments = target.n_segments;
	x->query = target.query;
	x->n_query = target.n_query;
	return code;
}

static void fill(struct http_exchange *x, const char *key, const json_t *body, const char *if_match)
{
	char idempotency_key[IDENT_SIZE];
	ident_new(idempotency_key);
	struct http_field *headers = arena_array(&x->arena, 4, sizeof *headers);
	headers[0] = (struct http_field){"authorization", arena_printf(&x->arena, "Bearer %s", key)};
	headers[1] = (struct http_field){"content-type", "application/json"};
	headers[2] = (struct http_field){"idempotency-key", arena_strdup(&x->arena, idempotency_key)};
	headers[3] = (struct http_field){"if-match", if_match};
	x->headers = headers;
	x->n_headers = if_match == NULL ? 3 : 4;
	if (body != NULL)
		x->body = json_canonical(&x->arena, body, &x->body_size);
}

static json_t *answer_of(const struct http_exchange *x, const char *path, struct err *err)
{
	json_t *answer = NULL;
	const struct buf *text = &x->reply.body;
	if (x->reply.status >= 300) {
		(void)err_set(err, ERR_INTERNAL, path, "answered %d: %.400s", x->reply.status, buf_text(text));
		return NULL;
	}
	if (json_read(buf_text(text), text->size, &answer, err) != ERR_NONE)
		return NULL;
	return answer;
}

static json_t *request(struct demo *demo, const char *key, int64_t at_us, enum http_method method, const char *path,
		       const json_t *body, const char *if_match, struct err *err)
{
	char now[CLOCK_TEXT_SIZE];
	clock_instant_text(at_us, now);
	struct http_exchange x;
	http_exchange_init(&x, REPLY_MAX);
	x.method = method;
	json_t *answer = NULL;
	if (aim(&x, path, err) == ERR_NONE) {
		fill(&x, key, body, if_match);
		if (!request_admit(&demo->app.house, &x))
			(void)request_handle(&demo->app.house, demo->tool->db, now, &x);
		answer = answer_of(&x, path, err);
	}
	http_exchange_release(&x);
	return answer;
}

json_t *demo_request(struct demo *demo, const char *key, int64_t at_us, enum http_method method, const char *path,
		     const json_t *body, struct err *err)
{
	return request(demo, key, at_us, method, path, body, NULL, err);
}

json_t *demo_transition(struct demo *demo, const char *key, int64_t at_us, enum http_method method, const char *path,
			long long version, const json_t *body, struct err *err)
{
	const char *etag = arena_printf(&demo->tool->arena, "\"%lld\"", version);
	return request(demo, key, at_us, method, path, body, etag, err);
}

/* ---- agencies, people, keys ---- */

typedef enum err_code (*find_row)(struct db *db, const char *partnership, const char *name_or_id, PGresult **ret_row,
				  struct err *err);
typedef enum err_code (*insert_row)(struct db *db, const char *partnership, const json_t *body, PGresult **ret_row,
				    struct err *err);

struct making {
	const char *partnership;
	insert_row insert;
	const json_t *body;
	PGresult *row;
	struct apikey_issued issued;
};

static enum err_code insert(struct db *db, void *ctx, struct err *err)
{
	struct making *m = ctx;
	db_result_auto_clear(&m->row);
	return m->insert(db, m->partnership, m->body, &m->row, err);
}

static enum err_code issue(struct db *db, void *ctx, struct err *err)
{
	struct making *m = ctx;
	return apikey_issue(db, m->partnership, m->body, &m->issued, err);
}

/* Finds it by its name, or makes it. */
static enum err_code find_or_make(struct demo *demo, find_row find, insert_row insert_it, const json_t *body,
				  char ret_id[IDENT_SIZE], struct err *err)
{
	const struct db_scope scope = {.partnership = demo->partnership};
	struct making m = {.partnership = demo->partnership, .insert = insert_it, .body = body};
	enum err_code code = find(demo->tool->db, demo->partnership, json_text(body, "name"), &m.row, err);
	if (code == ERR_NOT_FOUND)
		code = db_write(demo->tool->db, &scope, insert, &m, err);
	if (code == ERR_NONE)
		(void)snprintf(ret_id, IDENT_SIZE, "%s", rows_text(m.row, 0, "id"));
	db_result_auto_clear(&m.row);
	return code;
}

static enum err_code make_key(struct demo *demo, const char *holder, const char *id, const char *role,
			      char ret_key[AUTH_KEY_SIZE], struct err *err)
{
	const struct db_scope scope = {.partnership = demo->partnership};
	JSON_AUTO json_t *body = json_pack("{s:s, s:[s], s:s}", holder, id, "roles", role, "label", "demo");
	struct making m = {.partnership = demo->partnership, .body = body};
	enum err_code code = db_write(demo->tool->db, &scope, issue, &m, err);
	if (code == ERR_NONE)
		(void)snprintf(ret_key, AUTH_KEY_SIZE, "%s", m.issued.key);
	apikey_issued_release(&m.issued);
	return code;
}

static enum err_code make_agencies(struct demo *demo, struct err *err)
{
	static const struct demo_agency made_up[DEMO_AGENCIES] = {
		{.name = "Exampleshire Police", .kind = "police", .source = "6"},
		{.name = "Exampleshire Hospitals Trust", .kind = "health", .source = "3E"},
		{.name = "Exampleshire Health Visiting", .kind = "health", .source = "3B"},
		{.name = "Placeholder Primary School", .kind = "school", .source = "2A"},
		{.name = "Specimen Secondary School", .kind = "school", .source = "2A"},
		{.name = "Sampleton Surgery", .kind = "health", .source = "3A"},
		{.name = "Mockford Housing", .kind = "housing", .source = "4"},
	};
	for (size_t i = 0; i < DEMO_AGENCIES; i++) {
		struct demo_agency *agency = &demo->agencies[i];
		*agency = made_up[i];
		JSON_AUTO json_t *body = json_pack("{s:s, s:s, s:s}", "name", agency->name, "kind", agency->kind,
						   "default_source", agency->source);
		enum err_code code = find_or_make(demo, agency_find, agency_insert, body, agency->id, err);
		if (code == ERR_NONE)
			code = make_key(demo, "agency_id", agency->id, "agency", agency->key, err);
		if (code != ERR_NONE)
			return code;
	}
	return ERR_NONE;
}

static enum err_code make_person(struct demo *demo, const char *name, const char *role, bool qualified,
				 char ret_id[IDENT_SIZE], char ret_key[AUTH_KEY_SIZE], struct err *err)
{
	JSON_AUTO json_t *body = json_pack("{s:s, s:[s], s:b}", "name", name, "roles", role, "social_work_qualified",
					   (int)qualified);
	enum err_code code = find_or_make(demo, staff_find, staff_insert, body, ret_id, err);
	return code == ERR_NONE ? make_key(demo, "staff_id", ret_id, role, ret_key, err) : code;
}

/* People of the other roles, who have no key. */
static enum err_code make_others(struct demo *demo, struct err *err)
{
	static const char *const others[][2] = {
		{"Tess Typington", "support"}, {"Ivor Inspectson", "auditor"}, {"Una Overlooke", "scrutineer"}};
	enum err_code code = ERR_NONE;
	char id[IDENT_SIZE];
	for (size_t i = 0; code == ERR_NONE && i < sizeof others / sizeof *others; i++) {
		JSON_AUTO json_t *body = json_pack("{s:s, s:[s], s:b}", "name", others[i][0], "roles", others[i][1],
						   "social_work_qualified", 0);
		code = find_or_make(demo, staff_find, staff_insert, body, id, err);
	}
	return code;
}

static enum err_code make_people(struct demo *demo, struct err *err)
{
	static const char *const practitioners[DEMO_PRACTITIONERS] = {"Priya Demoson", "Owen Testworth",
								      "Ada Mockridge"};
	char id[IDENT_SIZE];
	enum err_code code = make_person(demo, "Marta Specimen", "manager", true, demo->manager_id, demo->manager, err);
	for (size_t i = 0; code == ERR_NONE && i < DEMO_PRACTITIONERS; i++)
		code = make_person(demo, practitioners[i], "practitioner", i == 0, demo->practitioner_ids[i],
				   demo->practitioners[i], err);
	if (code == ERR_NONE)
		code = make_person(demo, "Noor Nightworth", "duty", true, demo->duty_id, demo->duty, err);
	if (code == ERR_NONE)
		code = make_person(demo, DEMO_WORKER, "allocated_worker", true, demo->worker_id, demo->worker, err);
	if (code == ERR_NONE)
		code = make_others(demo, err);
	if (code == ERR_NONE)
		code = make_person(demo, "Anil Sample", "analyst", false, id, demo->analyst, err);
	if (code == ERR_NONE)
		code = make_person(demo, "Greta Placeholder", "admin", false, id, demo->admin, err);
	return code;
}

/* Lines that a shell can read; nobody else can. */
static enum err_code write_keys(const struct demo *demo, const char *path, struct err *err)
{
	mode_t before = umask(077);
	FILE *file = fopen(path, "we");
	(void)umask(before);
	if (file == NULL)
		return err_set(err, ERR_INVALID_PARAMETER, path, "the file of keys cannot be written");
	int n = fprintf(file,
			"MASHD_KEY_PRACTITIONER=%s\nMASHD_KEY_MANAGER=%s\nMASHD_KEY_AGENCY=%s\nMASHD_KEY_ANALYST=%s\n"
			"MASHD_KEY_ADMIN=%s\n",
			demo->practitioners[0], demo->manager, demo->agencies[0].key, demo->analyst, demo->admin);
	if (fclose(file) != 0 || n < 0)
		return err_set(err, ERR_INVALID_PARAMETER, path,
			       "the file of keys cannot be written (is the disk full?)");
	return ERR_NONE;
}

/* ---- the whole ---- */

static enum err_code find_or_make_partnership(struct demo *demo, struct err *err)
{
	enum err_code code = partnership_find(demo->tool->db, NAME, demo->partnership, err);
	if (code == ERR_NOT_FOUND)
		code = partnership_create(demo->tool->db, NAME, NULL, demo->partnership, err);
	return code;
}

enum err_code demo_compare(struct demo *demo, struct err *err)
{
	const struct db_scope scope = {.partnership = demo->partnership};
	long long n = COMPARE_AT_ONCE;
	enum err_code code = ERR_NONE;
	while (code == ERR_NONE && n == COMPARE_AT_ONCE)
		code = person_compare(demo->tool->db, &scope, COMPARE_AT_ONCE, &n, err);
	return code;
}

static enum err_code play_all(struct demo *demo, unsigned total, struct err *err)
{
	unsigned there = 0;
	enum err_code code = referral_count(demo->tool->db, demo->partnership, &there, err);
	bool terminal = isatty(STDERR_FILENO) != 0;
	if (code == ERR_NONE && there >= total)
		(void)printf("demo: %u referrals are there already\n", there);
	for (unsigned i = there; code == ERR_NONE && i < total; i++) {
		demo_begin(demo, i); /* an interrupted load goes on with the same stories */
		code = story_play(demo, i, total, err);
		if (terminal)
			(void)fprintf(stderr, "\rdemo: %u of %u referrals", i + 1, total);
	}
	if (terminal && there < total)
		(void)fputc('\n', stderr);
	if (code == ERR_NONE)
		code = demo_compare(demo, err);
	struct sweep_report report;
	if (code == ERR_NONE)
		code = followup_sweep_all(demo->tool->db, NULL, &report, err);
	if (code == ERR_NONE && there < total) {
		demo->now_us = (int64_t)clock_unix_ms() * 1000; /* after the flags were raised */
		code = story_plan_flags(demo, err);
	}
	if (code == ERR_NONE && there < total)
		(void)printf("demo: partnership '%s' with %u referrals\n", NAME, total);
	return code;
}

static enum err_code load(struct demo *demo, unsigned total, const char *keys_file, struct err *err)
{
	demo->app.settings.policy = "england";
	demo->app.settings.attempt_backdate_days = 30;
	demo->now_us = (int64_t)clock_unix_ms() * 1000;
	arena_init(&demo->app.arena, APP_ARENA_MAX);
	enum err_code code = app_load(&demo->app, err);
	if (code == ERR_NONE)
		code = find_or_make_partnership(demo, err);
	if (code == ERR_NONE)
		code = make_agencies(demo, err);
	if (code == ERR_NONE)
		code = make_people(demo, err);
	if (code == ERR_NONE)
		code = play_all(demo, total, err);
	return code == ERR_NONE && keys_file != NULL ? write_keys(demo, keys_file, err) : code;
}

enum exit_status command_demo_load(struct tool *tool)
{
	const char *wanted = tool_option(tool, "referrals");
	char *end = NULL;
	long total = wanted == NULL ? REFERRALS_DEFAULT : strtol(wanted, &end, 10);
	if (wanted != NULL && (end == wanted || *end != '\0' || total < 0 || total > REFERRALS_MAX))
		return tool_usage(tool, "--referrals is a number from 0 to %d", (int)REFERRALS_MAX);
	struct demo *demo = arena_alloc(&tool->arena, sizeof *demo);
	struct err err = {0};
	demo->tool = tool;
	enum err_code code = load(demo, (unsigned)total, tool_option(tool, "keys-file"), &err);
	app_free(&demo->app);
	return code == ERR_NONE ? EXIT_FINE : tool_complain(tool, &err);
}
