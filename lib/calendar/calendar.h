/*
 * Calendars: a partnership's working hours, bank holidays, closures and extra working days, and the stretches of working time
 * derived from them, which every clock in working time reads (due_instant(), working_minutes_between()).
 *
 * Which calendar times a follow-up: the one that is the partnership's default at the moment of timing. A partnership may keep
 * others beside it (next year's, another office's); they count once they are made the default.
 *
 * A change is committed first, with a mark of what has to be looked at; then the open follow-ups whose due instant moves are
 * re-timed some referrals at a time. Who is interrupted leaves the mark, and the daemon's jobs go on from it.
 */
#ifndef MASHD_CALENDAR_CALENDAR_H
#define MASHD_CALENDAR_CALENDAR_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/ident.h"
#include "call/call.h"
#include "db/db.h"
#include "followup/retime_open.h"

/* ---- rules: no database, no clock ---- */

/*
 * Whether a document (CalendarRequest of the contract, and api/calendars) makes sense: name and zone; a coverage of at most 30
 * years; hours "HH:MM" by ISO weekday that don't overlap ("24:00" closes at midnight); days that differ in ascending order
 * within the coverage, at most 5,000, with hours where they are open ones. ERR_INVALID_BODY with the place.
 */
enum err_code calendar_check(const json_t *document, struct err *err) MUST_CHECK;

/* What an import of bank holidays does to a document. Lists are arrays of the document's days. */
struct calendar_import {
	json_t *added;
	json_t *kept;      /* days that differ here for a reason of their own, though they are bank holidays */
	json_t *only_here; /* bank holidays here, within the file's years, that it does not have */
	char covers_until[11];
	bool extends; /* covers_until is later than it was */
};

/*
 * Adds the bank holidays of one division of the government's list ({division: {events: [{title, date}]}}) to a document, and
 * moves covers_until to 31 December of the last year for which the list is complete: one holiday in the first days of
 * January, one in the last of December, eight or more in all, without a year missing in between. ERR_INVALID_BODY where the
 * list has another form; the document is untouched then.
 */
enum err_code calendar_add_bank_holidays(json_t *document, const json_t *list, const char *division,
					 struct calendar_import *ret_import, struct err *err) MUST_CHECK;
void calendar_import_release(struct calendar_import *import);

/* ---- store ---- */

/*
 * The partnership's default calendar, from api/calendars/england-and-wales.json. Inside a db_write() in the partnership's
 * scope.
 */
enum err_code calendar_create_default(struct db *db, const char *partnership, struct err *err) MUST_CHECK;

/* One calendar as it is to be. */
struct calendar_change {
	const char *partnership;
	const char *id;         /* an existing one, or the id that a new one gets */
	const json_t *document; /* CalendarRequest, checked by the contract */
	const char *staff;      /* who says so; NULL: the operator, or a system's key */
	long long seen;         /* version that it replaces; 0: a new one */
};

/*
 * Writes it, inside a db_write(): the document, the working time that follows from it, and the mark of what has to be re-timed
 * (calendar_retime). ERR_INVALID_BODY, ERR_ALREADY_EXISTS, ERR_NOT_FOUND, ERR_STALE_VERSION, ERR_RULE_BROKEN.
 */
enum err_code calendar_write(struct db *db, const struct calendar_change *change, struct err *err) MUST_CHECK;

/* `id`, `version`, `is_default` of the one that has this name or id; NULL: the default. ERR_NOT_FOUND. */
enum err_code calendar_find(struct db *db, const struct db_scope *scope, const char *name_or_id, PGresult **ret_row,
			    struct err *err) MUST_CHECK;
/* All, by name, as in the contract. */
enum err_code calendar_all(struct db *db, const struct db_scope *scope, PGresult **ret_rows, struct err *err)
	MUST_CHECK;
/* The document of a calendar, and its version. The caller owns it. */
enum err_code calendar_document(struct db *db, const struct db_scope *scope, const char *id, json_t **ret_document,
				long long *ret_version, struct err *err) MUST_CHECK;

/* An alarm below this many days. */
enum { CALENDAR_DAYS_MIN = 180 };
/* `id`, `name` and `days` of the default calendar; no row where there is none. */
enum err_code calendar_reach(struct db *db, const struct db_scope *scope, PGresult **ret_row, struct err *err)
	MUST_CHECK;

/* ---- retime.c ---- */

/*
 * Re-times the open follow-ups of a partnership that wait for it since its calendar changed, for some seconds; nothing where
 * none do. What is left (ret_report->complete is false) the next call does. ERR_BUSY where a referral was in other hands for
 * too long.
 */
enum err_code calendar_retime(struct db *db, const struct db_scope *scope, const struct house *house,
			      struct retime_report *ret_report, struct err *err) MUST_CHECK;

/*
 * What a change would do to the open follow-ups; nothing stays of it. `told` as in struct retime_order. Refuses what
 * calendar_check() refuses.
 */
enum err_code calendar_rehearse(struct db *db, const struct db_scope *scope, const struct house *house,
				const struct calendar_change *change, retime_told told, void *ctx,
				struct retime_report *ret_report, struct err *err) MUST_CHECK;

/* ---- handlers, one per operation of api/calendars.yaml ---- */

enum err_code calendar_list(struct call *call, struct err *err) MUST_CHECK;
enum err_code calendar_get(struct call *call, struct err *err) MUST_CHECK;
enum err_code calendar_create(struct call *call, struct err *err) MUST_CHECK;
enum err_code calendar_replace(struct call *call, struct err *err) MUST_CHECK;
enum err_code calendar_dry_run(struct call *call, struct err *err) MUST_CHECK;

#endif
