/*
 * One request on its way through the house, as a handler sees it: who calls, which operation, the checked parameters and
 * body, the worker's connection, and helpers to read, to write once and to reply. lib/app fills it in; lib/app/request.c
 * shows the steps in their order.
 */
#ifndef MASHD_CALL_CALL_H
#define MASHD_CALL_CALL_H

#include <jansson.h>
#include <stdbool.h>

#include "auth/auth.h"
#include "auth/permission.h"
#include "base/arena.h"
#include "base/err.h"
#include "contract/contract.h"
#include "db/batch.h"
#include "db/db.h"
#include "db/rows.h"
#include "http/exchange.h"

struct policy;
struct policies;

/* What all requests share, read-only while the daemon runs. */
struct house {
	const struct contract *contract;
	const struct policy *policy;    /* the shipped one: call_policy() says which one counts */
	struct policies *policies;      /* those of the partnerships */
	struct batch *batch;            /* NULL where there is none (mashctl, tests): the ordinary way is always open */
	const char *cursor_key;         /* MAC key of cursors, 32 bytes or more of text */
	unsigned attempt_backdate_days; /* how far back a contact attempt may have been held */
};

struct call {
	struct http_exchange *x;
	struct arena *arena; /* of the exchange */
	struct buf *out;     /* the reply's body */
	const struct house *house;
	const struct operation *operation;
	struct parameters parameters;
	json_t *body; /* checked against the contract; NULL where the operation has none */
	struct caller caller;
	const struct policy *policy; /* that governs the caller's partnership: call_policy() */
	struct db *db;
	struct db_scope scope;
	const char *body_digest; /* once call_body_digest() was asked: then the body may go */
	bool handed_over;        /* the exchange belongs to the batch writer now: hands off */
};

/* A handler fills the reply and returns ERR_NONE, or returns an error and leaves the reply to its caller. */
typedef enum err_code (*call_handler)(struct call *call, struct err *err);

/* The policy that governs the caller's partnership: its own active version, or the shipped one. */
static inline const struct policy *call_policy(const struct call *call)
{
	return call->policy;
}

/* A parameter of the contract as text, NULL where absent. Path parameters are always there. */
const char *call_parameter(const struct call *call, const char *name);

/* ---- replies ---- */

/* A JSON reply: what stands in call->out. */
void call_reply(struct call *call, int status);
/* A JSON reply, the object of a row; ERR_NONE, as the last word of a handler. */
enum err_code call_reply_row(struct call *call, const PGresult *row, int status);
/* The same with the row's `version` as the ETag. */
enum err_code call_reply_version(struct call *call, const PGresult *row, int status);
/* ETag: "<version>". */
void call_etag(struct call *call, long long version);
/* Location: the address, built like printf. */
void call_location(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* ERR_NOT_FOUND in the one form that unknown, foreign and invisible records share. */
enum err_code call_not_found(struct err *err);

/* The version that If-Match names: ERR_STALE_VERSION for a foreign form, ERR_VERSION_REQUIRED where none was sent. */
enum err_code call_if_match(const struct call *call, long long *ret_version, struct err *err) MUST_CHECK;
/* The version that an ETag's text names: ERR_STALE_VERSION with `place` for a foreign form. */
enum err_code call_version(const char *etag, const char *place, long long *ret_version, struct err *err) MUST_CHECK;

/* Microseconds since 1970 UTC by the clock of the call's transaction, for rules that have none: it may be a simulated one. */
int64_t call_now_us(const struct call *call);

/* The list of ids `member` of the body as an array of PostgreSQL, in the arena; NULL where it is absent. */
const char *call_ids(struct call *call, const char *member);

/* ERR_FORBIDDEN where it is no person who calls: for what somebody must answer for. */
enum err_code call_person(const struct call *call, struct err *err) MUST_CHECK;

/* Whether the caller may see referrals at all: who looks after policies and calendars alone may not. */
bool call_sees_referrals(const struct call *call);

/* ---- reading ---- */

/* One statement in the caller's scope. */
enum err_code call_read(struct call *call, const struct statement *statement, const char *const *values,
			PGresult **ret_result, struct err *err) MUST_CHECK;
/* The row that one finds by partnership and `id`; ERR_NOT_FOUND where there is none. */
enum err_code call_read_one(struct call *call, const struct statement *statement, const char *id, PGresult **ret_row,
			    struct err *err) MUST_CHECK;
/* Several in one snapshot. */
enum err_code call_read_all(struct call *call, const struct db_step *steps, size_t n, PGresult **ret_results,
			    struct err *err) MUST_CHECK;
/* In two rounds of it: db_read_in_two(). */
enum err_code call_read_in_two(struct call *call, const struct db_step *steps, size_t n, const struct db_rounds *rounds,
			       PGresult **ret_results, struct err *err) MUST_CHECK;

/* ---- writing ---- */

/*
 * `work` in one transaction, at most once per Idempotency-Key (of operations that ask for one): a repeat, also with a key that
 * has replaced the caller's meanwhile, gets the stored reply without `work` being called. `work` runs statements with
 * db_run(call->db, …) and fills the reply; it may run again
 * after a serialisation failure and must start from nothing (the reply has been cleared for it).
 * ERR_IDEMPOTENCY_KEY_REUSED, ERR_REQUEST_IN_PROGRESS (the first one holds on for longer than lock_timeout).
 */
typedef enum err_code (*call_work)(struct call *call, void *ctx, struct err *err);
enum err_code call_write(struct call *call, call_work work, void *ctx, struct err *err) MUST_CHECK;

/*
 * Many things in one request, each for itself: `work` for each part (its ctx: the const struct call_part) in a transaction of
 * its own, at most once per Idempotency-Key and place. One that fails harms no other. Replies 200 with
 * {"items": [{"id", "status", <member>: what `work` has written or null, "problem": null or a problem}]}, in their order.
 * ERR_IDEMPOTENCY_KEY_REUSED, ERR_REQUEST_IN_PROGRESS: those before it are done, and stay so.
 */
struct call_part {
	const char *id;     /* a UUID */
	const char *member; /* the name under which `work` writes its result */
	const json_t *body; /* of this part */
};
enum err_code call_write_each(struct call *call, const struct call_part *parts, size_t n, call_work work,
			      struct err *err) MUST_CHECK;

/*
 * Inside `work`: `statement` locks the record `id` of the partnership and tells its `version`, which must be the one that the
 * caller has seen. ERR_NOT_FOUND; ERR_STALE_VERSION with `detail`.
 */
enum err_code call_lock_seen(struct call *call, const struct statement *statement, const char *id, long long seen,
			     const char *detail, struct err *err) MUST_CHECK;

/* One statement inside `work`. */
enum err_code call_run(struct call *call, const struct statement *statement, const char *const *values,
		       PGresult **ret_result, struct err *err) MUST_CHECK;

/*
 * The same promise for the batch writer: the record (a JSON object) that stores the reply under the Idempotency-Key, for
 * call_store_replies. In the arena.
 */
const char *call_stored_reply(struct call *call);
extern const struct statement *const call_store_replies;
/* What the key stands for: 64 hex digits of json_digest() of the body (none without a body), a space, the path. In the arena. */
const char *call_body_digest(struct call *call);

#endif
