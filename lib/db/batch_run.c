/*
 * One batch through the database: two legs in pipeline mode, one COMMIT, and what to do when something fails. Answers
 * every item exactly once. Knows nothing of the queue and of what the items are about.
 *
 * The rules when it fails (DESIGN.md, batch writer): the item that PostgreSQL names is answered and the others run again;
 * after three such rounds, or an error at COMMIT, each runs alone. 40001 and 40P01 run all of it again, as does a
 * connection lost before COMMIT was sent. Faults of connection or disk are everybody's.
 */
#include "db/batch_run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#include "base/banned.h"

enum {
	ROUNDS_MAX = 3,    /* culprits taken out of a batch before its items run alone */
	AGAIN_MAX = 3,     /* deadlocks */
	LOST_MAX = 3,      /* connections */
	GIVE_UP_AFTER = 5, /* times the time of one batch: then what is left is answered */
};

static const uint64_t NS_PER_MS = 1000000;
static const size_t NO_ITEM = SIZE_MAX;

/* The steps of one pipeline and whose they are. Room for BEGIN, a scope and a statement per item, COMMIT. */
struct batch_leg {
	struct db_step *steps;
	PGresult **results;
	size_t *owners; /* index of the item, or NO_ITEM */
	struct scope_values *scopes;
	size_t n;
	const struct db_scope *scope; /* that is in force at this point of the transaction */
	bool with_now;                /* some item brings its own time: set, or empty, the clock with each scope */
};

enum verdict {
	COMMITTED,
	CULPRIT,       /* one item is to be answered, the rest run again */
	CHANGED,       /* items were taken out and the batch rolled back: run again */
	AGAIN,         /* deadlock or serialisation */
	LOST,          /* the connection, before COMMIT was sent */
	FAULT,         /* nobody's, everybody's */
	COMMIT_FAILED, /* rolled back, nobody knows by whom */
	UNKNOWN,
};

/* The items that have no answer yet. */
struct set {
	struct batch_item **items; /* NULL where answered */
	size_t n;
};

void batch_run_init(struct batch_run *run, const struct batch_options *options)
{
	size_t room = (size_t)options->items_max * 2 + 2;
	struct batch_leg *leg = calloc(1, sizeof *leg);
	if (leg == NULL)
		abort();
	leg->steps = calloc(room, sizeof *leg->steps);
	leg->results = calloc(room, sizeof *leg->results);
	leg->owners = calloc(room, sizeof *leg->owners);
	leg->scopes = calloc(room, sizeof *leg->scopes);
	if (leg->steps == NULL || leg->results == NULL || leg->owners == NULL || leg->scopes == NULL)
		abort();
	*run = (struct batch_run){.db = db_new(&options->db), .timeout_ms = options->batch_timeout_ms, .leg = leg};
}

void batch_run_release(struct batch_run *run)
{
	db_free(run->db);
	free(run->leg->steps);
	free(run->leg->results);
	free(run->leg->owners);
	free(run->leg->scopes);
	free(run->leg);
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

static void add_step(struct batch_leg *leg, struct db_step step, size_t owner)
{
	leg->steps[leg->n] = step;
	leg->owners[leg->n] = owner;
	leg->n++;
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void add_scope(struct batch_leg *leg, const struct db_scope *scope)
{
	const struct db_scope *now = leg->scope;
	if (now != NULL && same_text(now->partnership, scope->partnership) && same_text(now->now, scope->now))
		return;
	leg->scope = scope;
	add_step(leg, scope_step(scope, leg->with_now, &leg->scopes[leg->n]), NO_ITEM);
}

static enum pipeline_end run_leg(struct batch_run *run, struct pipeline *pipeline, uint64_t cancel_at_ns)
{
	struct batch_leg *leg = run->leg;
	*pipeline = (struct pipeline){
		.steps = leg->steps, .n = leg->n, .results = leg->results, .cancel_at_ns = cancel_at_ns};
	return pipeline_run(run->db, pipeline);
}

static void clear_leg(struct batch_leg *leg)
{
	for (size_t i = 0; i < leg->n; i++)
		db_result_auto_clear(&leg->results[i]);
	leg->n = 0;
}

/* What a leg that did not succeed means, while COMMIT was not sent or certainly not reached. */
static enum verdict judge(const struct batch_run *run, enum pipeline_end end, const struct pipeline *pipeline,
			  size_t *ret_culprit)
{
	const struct failure *failure = &run->db->failure;
	size_t owner = run->leg->owners[pipeline->n_good];
	if (end == PIPELINE_LOST)
		return failure->again ? LOST : FAULT;
	if (failure->again)
		return AGAIN;
	if (failure_has_no_culprit(run->db) || owner == NO_ITEM)
		return FAULT;
	*ret_culprit = owner;
	return CULPRIT;
}

static enum verdict leg_one(struct batch_run *run, const struct set *set, uint64_t cancel_at_ns, size_t *ret_culprit)
{
	struct batch_leg *leg = run->leg;
	struct pipeline pipeline;
	leg->n = 0;
	leg->scope = NULL;
	leg->with_now = false;
	for (size_t i = 0; i < set->n; i++)
		leg->with_now = leg->with_now || scope_has_now(&set->items[i]->scope);
	add_step(leg, (struct db_step){&DB_BEGIN, NULL}, NO_ITEM);
	for (size_t i = 0; i < set->n; i++) {
		add_scope(leg, &set->items[i]->scope);
		add_step(leg, set->items[i]->first, i);
	}
	enum pipeline_end end = run_leg(run, &pipeline, cancel_at_ns);
	return end == PIPELINE_OK ? COMMITTED : judge(run, end, &pipeline, ret_culprit);
}

/* Asks each item for its second statement. True where someone declined after changing something. */
static bool ask_between(struct batch_run *run, struct set *set)
{
	struct batch_leg *leg = run->leg;
	bool dirty = false;
	/* The scope in force may be the one of an item that is answered here. */
	bool one_scope = leg->scope == &set->items[0]->scope;
	leg->scope = NULL;
	for (size_t s = 0; s < leg->n; s++) {
		size_t i = leg->owners[s];
		if (i == NO_ITEM)
			continue;
		struct batch_item *item = set->items[i];
		item->second = (struct db_step){0};
		if (item->between(item, leg->results[s], &item->second)) {
			if (one_scope)
				leg->scope = &item->scope;
			continue;
		}
		dirty = dirty || !item->declines_clean;
		answer(set, i, BATCH_DECLINED, NULL, "");
	}
	return dirty;
}

static enum verdict leg_two(struct batch_run *run, const struct set *set, uint64_t cancel_at_ns, size_t *ret_culprit)
{
	struct batch_leg *leg = run->leg;
	struct pipeline pipeline;
	leg->n = 0;
	for (size_t i = 0; i < set->n; i++) {
		if (set->items[i]->second.statement == NULL)
			continue;
		add_scope(leg, &set->items[i]->scope);
		add_step(leg, set->items[i]->second, i);
	}
	add_step(leg, (struct db_step){&DB_COMMIT, NULL}, NO_ITEM);
	enum pipeline_end end = run_leg(run, &pipeline, cancel_at_ns);
	if (pipeline_has_committed(&pipeline))
		return COMMITTED;
	bool at_commit = pipeline.n_good + 1 >= pipeline.n;
	if (end == PIPELINE_LOST) {
		/* The server's own word about an earlier statement is proof that it didn't get to COMMIT. */
		bool proof = run->db->failure.sqlstate[0] != '\0' && !at_commit;
		return proof ? judge(run, end, &pipeline, ret_culprit) : UNKNOWN;
	}
	if (!at_commit || (end == PIPELINE_FAILED && (run->db->failure.again || failure_has_no_culprit(run->db))))
		return judge(run, end, &pipeline, ret_culprit);
	return end == PIPELINE_OK && pipeline.warned ? UNKNOWN : COMMIT_FAILED;
}

/* One attempt at the whole set. Declined items are answered and gone from it. */
static enum verdict attempt(struct batch_run *run, struct set *set, size_t *ret_culprit)
{
	uint64_t cancel_at = run->timeout_ms == 0 ? 0 : clock_monotonic_ns() + run->timeout_ms * NS_PER_MS;
	enum verdict verdict = leg_one(run, set, cancel_at, ret_culprit);
	bool dirty = verdict == COMMITTED && ask_between(run, set);
	clear_leg(run->leg);
	if (verdict != COMMITTED)
		return verdict;
	close_gaps(set);
	if (dirty || set->n == 0)
		return CHANGED;
	verdict = leg_two(run, set, cancel_at, ret_culprit);
	clear_leg(run->leg);
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

/* Draws the conclusions of one attempt; what remains in the set is to be tried again. */
static void conclude(struct batch_run *run, struct set *set, enum verdict verdict, size_t culprit, struct tries *tries)
{
	struct err err = {0};
	bool singly = false;
	switch (verdict) {
	case COMMITTED:
		answer_all(set, BATCH_COMMITTED, NULL, "");
		return;
	case CULPRIT:
		(void)failure_err(run->db, &err);
		answer(set, culprit, BATCH_FAILED, &err, run->db->failure.sqlstate);
		close_gaps(set);
		singly = ++tries->rounds >= ROUNDS_MAX;
		break;
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
		size_t culprit = NO_ITEM;
		enum verdict verdict = attempt(run, set, &culprit);
		if (verdict != COMMITTED)
			pipeline_rollback(run->db);
		conclude(run, set, verdict, culprit, &tries);
	}
}

void batch_run_items(struct batch_run *run, struct batch_item **items, size_t n)
{
	struct set set = {.items = items, .n = n};
	uint64_t timeout = run->timeout_ms == 0 ? UINT64_MAX / 2 : run->timeout_ms * NS_PER_MS * GIVE_UP_AFTER;
	run->give_up_ns = clock_monotonic_ns() + timeout;
	run_set(run, &set);
}
