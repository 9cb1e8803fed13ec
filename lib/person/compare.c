/* Comparing, some referrals at a time. What is alike is decided by SQL alone. */
#include "person/compare.h"

#include <stdio.h>

#include "base/buf.h"
#include "db/rows.h"
#include "gen/person_sql.h"

#include "base/banned.h"

enum { LIST_MAX = 1 << 20 };

struct comparing {
	const char *partnership;
	char limit[12];
	long long n;
	struct buf referrals; /* "{id,…}" of what was indexed */
	struct buf versions;  /* "{1,…}" */
};

enum err_code person_lock_matches(struct db *db, const char *partnership, struct err *err)
{
	return db_run(db, &SQL_person_lock_matches, DB_VALUES(partnership), NULL, err);
}

static void list_column(const PGresult *rows, const char *column, struct buf *out)
{
	buf_clear(out);
	buf_add_char(out, '{');
	for (int row = 0; row < PQntuples(rows); row++)
		buf_printf(out, "%s%s", row == 0 ? "" : ",", rows_text(rows, row, column));
	buf_add_char(out, '}');
}

static enum err_code index_some(struct db *db, void *ctx, struct err *err)
{
	struct comparing *c = ctx;
	PGRESULT_AUTO PGresult *taken = NULL;
	enum err_code code = person_lock_matches(db, c->partnership, err);
	if (code == ERR_NONE)
		code = db_run(db, &SQL_person_index, DB_VALUES(c->partnership, c->limit), &taken, err);
	if (code != ERR_NONE)
		return code;
	c->n = PQntuples(taken);
	list_column(taken, "referral_id", &c->referrals);
	list_column(taken, "version", &c->versions);
	return ERR_NONE;
}

enum err_code person_compare_again(struct db *db, const char *partnership, const char *referrals, struct err *err)
{
	const char *const *values = DB_VALUES(partnership, referrals);
	const struct db_step steps[] = {{&SQL_person_forget_matches, values}, {&SQL_person_compare, values}};
	return db_run_all(db, steps, 2, NULL, err);
}

static enum err_code compare_indexed(struct db *db, void *ctx, struct err *err)
{
	struct comparing *c = ctx;
	const char *referrals = buf_text(&c->referrals);
	enum err_code code = person_lock_matches(db, c->partnership, err);
	if (code == ERR_NONE)
		code = person_compare_again(db, c->partnership, referrals, err);
	if (code != ERR_NONE)
		return code;
	return db_run(db, &SQL_person_compared, DB_VALUES(c->partnership, referrals, buf_text(&c->versions)), NULL,
		      err);
}

/*
 * Two transactions: whoever compares sees all that was indexed before, so that of two referrals that are taken at the same
 * moment by two daemons one at least finds the other. What dies in between waits on.
 */
enum err_code person_compare(struct db *db, const struct db_scope *scope, unsigned limit, long long *ret_compared,
			     struct err *err)
{
	struct comparing c = {.partnership = scope->partnership};
	(void)snprintf(c.limit, sizeof c.limit, "%u", limit);
	buf_init(&c.referrals, LIST_MAX);
	buf_init(&c.versions, LIST_MAX);
	enum err_code code = db_write(db, scope, index_some, &c, err);
	if (code == ERR_NONE && c.n > 0)
		code = db_write(db, scope, compare_indexed, &c, err);
	if (code == ERR_NONE)
		*ret_compared = c.n;
	buf_release(&c.referrals);
	buf_release(&c.versions);
	return code;
}
