/*
 * History from a Children in Need census: each CINdetails becomes one closed referral of channel census_import, without
 * follow-ups and outside the figures. Refused is only what cannot be history (no day, a day to come anywhere but where one is
 * expected, nothing to recognise it by); every other fault is stored with its quality issue, as at intake.
 */
#ifndef MASHD_CENSUS_CENSUS_H
#define MASHD_CENSUS_CENSUS_H

#include <jansson.h>

#include "base/ident.h"
#include "census/reader.h"
#include "db/db.h"

/* ---- rules.c: pure ---- */

/* What the rules need to know besides the record. */
struct census_scope {
	const char *partnership;
	int today;      /* the partnership's local day, in days since 1970-01-01 */
	int occurrence; /* how many records of this child and day stand before this one in the file */
};

/*
 * What a record becomes: *ret_row is the object that SQL_census_insert takes (the caller's), with the facts in the words of
 * the contract, `quality_issues`, and `body`, all that was read, as text. ERR_RULE_BROKEN with the reason where it is
 * refused.
 */
enum err_code census_judge(const struct census_record *record, const struct census_scope *scope, json_t **ret_row,
			   struct err *err) MUST_CHECK;
/* What is wrong, for a person, where a quality issue has this code. */
const char *census_issue_words(const char *code);
/* LAchildID and CINreferralDate: what an occurrence is counted by. NULL where the record has them not. */
const char *census_child_id(const struct census_record *record);
const char *census_referral_date(const struct census_record *record);
/*
 * The referral's id: a UUIDv7 of the referral's day whose random part is a hash of what the record is recognised by, so that
 * a second import meets the first one's rows.
 */
void census_referral_id(const char *partnership, const char *authority, const char *child_id, int day, int occurrence,
			char ret_id[IDENT_SIZE]);

/* ---- store.c ---- */

/* The local day of the partnership's default calendar. `now` as in struct db_scope. */
enum err_code census_today(struct db *db, const char *partnership, const char *now, int *ret_day, struct err *err)
	MUST_CHECK;
/*
 * Stores rows (a JSON array of census_judge()'s) in one transaction; *ret_fresh, the caller's, has a member named by the id of
 * each that was not there already.
 */
enum err_code census_store(struct db *db, const char *partnership, const char *now, const char *contract_version,
			   const json_t *rows, json_t **ret_fresh, struct err *err) MUST_CHECK;

#endif
