/*
 * One batch through the database: two legs in pipeline mode, one COMMIT, and what to do when something fails. Answers
 * every item exactly once. Knows nothing of the queue and of what the items are about.
 *
 * The rules when it fails (DESIGN.md, batch writer): the item that PostgreSQL names is answered and the others run again;
 * after three such rounds, or an error at COMMIT, each runs alone. Where the failed statement was shared, those that shared
 * it leave the batch and go through all of this without sharing, before the others run again. 40001 and 40P01 run all of it
 * again, as does a connection lost before COMMIT was sent. Faults of connection or disk are everybody's.
 */
#include "db/batch_run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "db/batch_leg.h"

#include "base/banned.h"

enum {
	ROUNDS_MAX = 3,    /* culprits taken out of a batch before its items run alone */
	AGAIN_MAX = 3,     /* deadlocks */
	LOST_MAX = 3,      /* connections */
	GIVE_UP_AFTER = 5, /* times the time of one batch: then what is left is answered */
};

static const uint64_t NS_PER_MS = 1000000;

enum verdict {
	COMMITTED,
	CULPRIT,       /* one item is to be answered, the rest run again */
	SUSPECTS,      /* one of those that shared a statement: they run apart from the rest */
	CHANGED,       /* items were taken out and the batch rolled back: run again */
	AGAIN,         /* deadlock or serialisation */
	LOST,          /* the connection, before COMMIT was sent */
	FAULT,         /* nobody's, everybody's */
	COMMIT_FAILED, /* rolled back, nobody knows by whom */
	UNKNOWN,
};

/* The items whose statement failed, as indexes in the set. */
struct blame {
	size_t owners[BATCH_SHARED_MAX];
	size_t n;
};

/* The items that have no answer yet. */
struct set {
	struct batch_item **items; /* NULL where answered */
	size_t n;
};

void batch_run_init(struct batch_run *run, const struct batch_options *options)
{
	*run = (struct batch_run){.db = db_new(&options->db),
				  .timeout_ms = options->batch_timeout_ms,
				  .leg = batch_leg_new(options->items_max)};
}

void batch_run_release(struct batch_run *run)
{
	db_free(run->db);
	batch_leg_free(run->leg);
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

static void answer(struct set *set, size_t i, enum batch_outcome outcome, const struct err *err, const char *sqlstate)
{
	struct batch_item *item = set->items[i];
	set->items[i] = NULL;
	item->done(item, outcome, err, sqlstate);
}

static void answer_all(struct set *set, enum batch_outcome outcome, const struct err *err, const char *sqlstate)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->items[i] != NULL)
			answer(set, i, outcome, err, sqlstate);
	set->n = 0;
}

static void close_gaps(struct set *set)
{
	size_t n = 0;
	for (size_t i = 0; i < set->n; i++)
		if (set->items[i] != NULL)
			set->items[n++] = set->items[i];
	set->n = n;
}

/* ---- the two legs ---------------------------------------------------------------------------------------------- */

static enum pipeline_end run_leg(struct batch_run *run, struct pipeline *pipeline, uint64_t cancel_at_ns)
{
	struct batch_leg *leg = run->leg;
	*pipeline = (struct pipeline){
		.steps = leg->steps, .n = leg->n, .results = leg->results, .cancel_at_ns = cancel_at_ns};
	return pipeline_run(run->db, pipeline);
}

/* What a leg that did not succeed means, while COMMIT was not sent or certainly not reached. */
static enum verdict judge(const struct batch_run *run, enum pipeline_end end, const struct pipeline *pipeline,
			  struct blame *ret_blame)
{
	const struct failure *failure = &run->db->failure;
	if (end == PIPELINE_LOST)
		return failure->again ? LOST : FAULT;
	if (failure->again)
		return AGAIN;
	const struct leg_part *part = &run->leg->parts[pipeline->n_good];
	if (failure_has_no_culprit(run->db) || part->n_owners == 0)
		return FAULT;
	memcpy(ret_blame->owners, part->owners, sizeof part->owners);
	ret_blame->n = part->n_owners;
	return ret_blame->n > 1 ? SUSPECTS : CULPRIT;
}

static enum verdict leg_one(struct batch_run *run, const struct set *set, uint64_t cancel_at_ns,
			    struct blame *ret_blame)
{
	struct pipeline pipeline;
	batch_leg_build_first(run->leg, set->items, set->n);
	enum pipeline_end end = run_leg(run, &pipeline, cancel_at_ns);
	return end == PIPELINE_OK ? COMMITTED : judge(run, end, &pipeline, ret_blame);
}

/* Where the rows of the `index`-th record of a shared statement end that begin at `row`. */
static int end_of_rows(const PGresult *result, int row, size_t index)
{
	int column = PQfnumber(result, "_item");
	assert(column >= 0); /* such a statement says which record a row is of */
	int end = row;
	while (end < PQntuples(result) && strtoul(PQgetvalue(result, end, column), NULL, 10) == index)
		end++;
	return end;
}

/* Asks the owners of one step for their second statement. True where someone declined after changing something. */
static bool ask_owners(struct set *set, const struct leg_part *part, const PGresult *result)
{
	bool dirty = false;
	int row = 0;
	for (size_t k = 0; k < part->n_owners; k++) {
		size_t i = part->owners[k];
		struct batch_item *item = set->items[i];
		int end = item->first.record == NULL ? PQntuples(result) : end_of_rows(result, row, k);
		item->second = (struct batch_step){0};
		if (!item->between(item, result, row, end, &item->second)) {
			dirty = dirty || !item->declines_clean;
			answer(set, i, BATCH_DECLINED, NULL, "");
		}
		row = end;
	}
	assert(part->n_owners == 0 || row == PQntuples(result)); /* in ascending order: nobody's row was missed */
	return dirty;
}

static bool ask_between(struct batch_run *run, struct set *set)
{
	struct batch_leg *leg = run->leg;
	bool dirty = false;
	/* The scope in force may be the one of an item that is answered here: another's with the same content will do. */
	bool one_scope = leg->scope == &set->items[0]->scope;
	leg->scope = NULL;
	for (size_t s = 0; s < leg->n; s++) {
		if (ask_owners(set, &leg->parts[s], leg->results[s]))
			dirty = true;
	}
	for (size_t i = 0; one_scope && i < set->n && leg->scope == NULL; i++) {
		if (set->items[i] != NULL)
			leg->scope = &set->items[i]->scope;
	}
	return dirty;
}

static enum verdict leg_two(struct batch_run *run, const struct set *set, uint64_t cancel_at_ns,
			    struct blame *ret_blame)
{
	struct pipeline pipeline;
	batch_leg_build_second(run->leg, set->items, set->n);
	enum pipeline_end end = run_leg(run, &pipeline, cancel_at_ns);
	if (pipeline_has_committed(&pipeline))
		return COMMITTED;
	bool at_commit = pipeline.n_good + 1 >= pipeline.n;
	if (end == PIPELINE_LOST) {
		/* The server's own word about an earlier statement is proof that it didn't get to COMMIT. */
		bool proof = run->db->failure.sqlstate[0] != '\0' && !at_commit;
		return proof ? judge(run, end, &pipeline, ret_blame) : UNKNOWN;
	}
	if (!at_commit || (end == PIPELINE_FAILED && (run->db->failure.again || failure_has_no_culprit(run->db))))
		return judge(run, end, &pipeline, ret_blame);
	return end == PIPELINE_OK && pipeline.warned ? UNKNOWN : COMMIT_FAILED;
}

/* One attempt at the whole set. Declined items are answered and gone from it. */
static enum verdict attempt(struct batch_run *run, struct set *set, struct blame *ret_blame)
{
	uint64_t cancel_at = run->timeout_ms == 0 ? 0 : clock_monotonic_ns() + run->timeout_ms * NS_PER_MS;
	enum verdict verdict = leg_one(run, set, cancel_at, ret_blame);
	bool dirty = verdict == COMMITTED && ask_between(run, set);
	batch_leg_clear(run->leg);
	if (verdict != COMMITTED)
		return verdict;
	close_gaps(set);
	if (dirty || set->n == 0)
		return CHANGED;
	verdict = leg_two(run, set, cancel_at, ret_blame);
	batch_leg_clear(run->leg);
	return verdict;
}

/* ---- again, and again ------------------------------------------------------------------------------------------ */

/*
 * Waits for a lost server for as long as one batch may take, counted from the first failure: the batches behind this one
 * are answered at once.
 */
static bool connect_patiently(struct batch_run *run, struct err *err)
{
	uint64_t patience = run->timeout_ms * NS_PER_MS;
	for (;;) {
		enum err_code code = db_connect(run->db, err);
		if (code == ERR_NONE) {
			run->down_since_ns = 0;
			return true;
		}
		uint64_t now = clock_monotonic_ns();
		if (run->down_since_ns == 0)
			run->down_since_ns = now;
		if (code != ERR_UNAVAILABLE || now - run->down_since_ns >= patience)
			return false;
		uint64_t left = run->down_since_ns + patience - now;
		uint64_t until_next = run->db->connect_after_ns > now ? run->db->connect_after_ns - now : 0;
		uint64_t nap = (until_next < left ? until_next : left) + NS_PER_MS;
		struct timespec t = {.tv_sec = (time_t)(nap / (1000 * NS_PER_MS)),
				     .tv_nsec = (long)(nap % (1000 * NS_PER_MS))};
		(void)nanosleep(&t, NULL);
	}
}

static void run_set(struct batch_run *run, struct set *set);

static void run_singly(struct batch_run *run, struct set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct set one = {.items = &set->items[i], .n = 1};
		run_set(run, &one);
	}
	set->n = 0;
}

static void fail_all(struct batch_run *run, struct set *set)
{
	struct err err = {0};
	(void)failure_err(run->db, &err);
	answer_all(set, BATCH_FAILED, &err, run->db->failure.sqlstate);
}

static void outcome_unknown(struct set *set)
{
	struct err err = {0};
	(void)err_set(&err, ERR_OUTCOME_UNKNOWN, "",
		      "The connection to the database was lost while it was storing this.");
	answer_all(set, BATCH_FAILED, &err, "");
}

struct tries {
	unsigned rounds;
	unsigned again;
	unsigned lost;
};

/* Those that shared the failed statement run in a transaction of their own, each with its own statement. */
static void run_apart(struct batch_run *run, struct set *set, const struct blame *blame)
{
	struct batch_item *items[BATCH_SHARED_MAX];
	struct set suspects = {.items = items, .n = blame->n};
	for (size_t k = 0; k < blame->n; k++) {
		items[k] = set->items[blame->owners[k]];
		items[k]->alone = true;
		set->items[blame->owners[k]] = NULL;
	}
	close_gaps(set);
	run_set(run, &suspects);
}

/* Draws the conclusions of one attempt; what remains in the set is to be tried again. */
static void conclude(struct batch_run *run, struct set *set, enum verdict verdict, const struct blame *blame,
		     struct tries *tries)
{
	struct err err = {0};
	bool singly = false;
	switch (verdict) {
	case COMMITTED:
		answer_all(set, BATCH_COMMITTED, NULL, "");
		return;
	case CULPRIT:
		(void)failure_err(run->db, &err);
		answer(set, blame->owners[0], BATCH_FAILED, &err, run->db->failure.sqlstate);
		close_gaps(set);
		singly = ++tries->rounds >= ROUNDS_MAX;
		break;
	case SUSPECTS:
		run_apart(run, set, blame);
		return;
	case CHANGED:
		break;
	case AGAIN:
		singly = ++tries->again > AGAIN_MAX;
		break;
	case COMMIT_FAILED:
		singly = true;
		break;
	case LOST:
		if (++tries->lost > LOST_MAX)
			fail_all(run, set);
		return;
	case FAULT:
		fail_all(run, set);
		return;
	case UNKNOWN:
		outcome_unknown(set);
		return;
	}
	if (singly && set->n > 1)
		run_singly(run, set);
	else if (singly && verdict != CULPRIT)
		fail_all(run, set);
}

static void run_set(struct batch_run *run, struct set *set)
{
	struct tries tries = {0};
	struct err err = {0};
	while (set->n > 0) {
		if (!connect_patiently(run, &err)) {
			answer_all(set, BATCH_FAILED, &err, run->db->failure.sqlstate);
			return;
		}
		if (clock_monotonic_ns() > run->give_up_ns) {
			(void)err_set(&err, ERR_BUSY, "", "The database did not get to this in time.");
			answer_all(set, BATCH_FAILED, &err, "");
			return;
		}
		struct blame blame = {0};
		enum verdict verdict = attempt(run, set, &blame);
		if (verdict != COMMITTED)
			pipeline_rollback(run->db);
		conclude(run, set, verdict, &blame, &tries);
	}
}

void batch_run_items(struct batch_run *run, struct batch_item **items, size_t n)
{
	struct set set = {.items = items, .n = n};
	uint64_t timeout = run->timeout_ms == 0 ? UINT64_MAX / 2 : run->timeout_ms * NS_PER_MS * GIVE_UP_AFTER;
	run->give_up_ns = clock_monotonic_ns() + timeout;
	run_set(run, &set);
}
