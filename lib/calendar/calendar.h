/*
 * Calendars: a partnership's working hours, bank holidays and closures, and the stretches of working time derived from
 * them, which every clock in working time reads (due_instant(), working_minutes_between()).
 */
#ifndef MASHD_CALENDAR_CALENDAR_H
#define MASHD_CALENDAR_CALENDAR_H

#include <jansson.h>

#include "base/err.h"
#include "db/db.h"

/*
 * Whether a document (the form of api/calendars) makes sense: name and zone; a coverage; hours "HH:MM" by ISO weekday that
 * don't overlap ("24:00" closes at midnight); bank holidays in ascending order within the coverage. Pure.
 * ERR_INVALID_BODY with the place.
 */
enum err_code calendar_check(const json_t *document, struct err *err) MUST_CHECK;

/*
 * The partnership's default calendar, from api/calendars/england-and-wales.json. Inside a db_write() in the partnership's
 * scope.
 */
enum err_code calendar_create_default(struct db *db, const char *partnership, struct err *err) MUST_CHECK;

#endif
