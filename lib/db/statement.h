/* One SQL statement, from a file below lib/<feature>/sql, embedded at build time. */
#ifndef MASHD_DB_STATEMENT_H
#define MASHD_DB_STATEMENT_H

#include <stdbool.h>

struct statement {
	const char *name; /* "<feature>_<file>": the name it is prepared under */
	const char *text;
	int n_params; /* the highest $n */
	bool json;    /* its rows are written as JSON: column types are checked at start */
};

#endif
