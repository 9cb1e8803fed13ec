/* The words of an explanation: sentences from the rows that lib/followup/sql/explain*.sql give. No I/O. */
#ifndef MASHD_FOLLOWUP_EXPLANATION_H
#define MASHD_FOLLOWUP_EXPLANATION_H

#include "base/buf.h"
#include "db/rows.h"

struct explanation {
	const PGresult *head;      /* explain.sql */
	const PGresult *stretches; /* explain_stretches.sql */
	const PGresult *ledger;    /* explain_ledger.sql */
	const PGresult *levels;    /* explain_levels.sql */
	const char *bound_kind;    /* the follow-up that bounds it; NULL: none, or nobody knows any more */
};

/* `["Opened on …", …]` */
void explanation_write_sentences(struct buf *out, const struct explanation *explanation);

#endif
