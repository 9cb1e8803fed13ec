/* The quality issues of one census record: what is stored although something is wrong with it. Pure. */
#ifndef MASHD_CENSUS_ISSUES_H
#define MASHD_CENSUS_ISSUES_H

#include <stdbool.h>

#include "census/reader.h"

/*
 * `[{"pointer":…,"code":…,"value_as_sent":…}, …]`, at most 100, the pointers into the record as it is kept
 * ("/ChildIdentifiers/UPN"). `referred` in days since 1970-01-01. The caller's.
 */
json_t *census_issues(const struct census_record *record, int referred);

/* Does an element of that name hold a day? They stand at many places. */
bool census_is_date(const char *name);

#endif
