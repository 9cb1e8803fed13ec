/* Calendars into the database, each with the working time that follows from it. */
#include "base/embedded.h"
#include "base/ident.h"
#include "base/json.h"
#include "calendar/calendar.h"
#include "gen/calendar_sql.h"

#include "base/banned.h"

static const char DEFAULT_CALENDAR[] = "api/calendars/england-and-wales.json";

enum err_code calendar_create_default(struct db *db, const char *partnership, struct err *err)
{
	const struct embedded_file *file = embedded_find(DEFAULT_CALENDAR);
	if (file == NULL)
		return err_set(err, ERR_INTERNAL, DEFAULT_CALENDAR, "the file is not in this program");
	const char *text = (const char *)file->data;
	JSON_AUTO json_t *document = NULL;
	enum err_code code = json_read(text, file->size, &document, err);
	if (code == ERR_NONE)
		code = calendar_check(document, err);
	if (code != ERR_NONE)
		return code;
	char id[IDENT_SIZE];
	ident_new(id);
	const struct db_step steps[] = {
		{&SQL_calendar_insert, DB_VALUES(partnership, id, "true", text)},
		{&SQL_calendar_insert_hours, DB_VALUES(partnership, id, text)},
		{&SQL_calendar_insert_bank_holidays, DB_VALUES(partnership, id, text)},
		{&SQL_calendar_fill_working_intervals, DB_VALUES(partnership, id)},
	};
	return db_run_all(db, steps, sizeof steps / sizeof *steps, NULL, err);
}
