/*
 * One batch through the database: two legs in pipeline mode, one COMMIT, and what to do when something fails. Answers
 * every item exactly once. Knows nothing of the queue and of what the items are about.
 *
 * The rules when it fails (DESIGN.md, batch writer): the item that PostgreSQL names is answered and the others run again;
 * after three such rounds, or an error at COMMIT, each runs alone. 40001 and 40P01 run all of it again, as does a
 * connection lost before COMMIT was sent. Faults of connection or disk are everybody's.
 */
#include "db/batch_run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
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
static const size_t RECORDS_MAX = (size_t)512 << 20; /* of one parameter: PostgreSQL takes a gigabyte */

/* The steps of one pipeline and whose they are. Room for BEGIN, a scope and a statement per item, COMMIT. */
struct batch_leg {
	struct db_step *steps;
	PGresult **results;
	size_t *owners;  /* index of the first item that the step is for, or NO_ITEM */
	size_t *n_owned; /* how many it is for */
	const char *(*values)[BATCH_VALUES_MAX];
	struct buf *records;
	struct scope_values *scopes;
	size_t n;
	const struct db_scope *scope; /* that is in force at this point of the transaction */
	size_t room;
	bool with_now;                /* some item brings its own time: set, or empty, the clock with each scope */
};

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

/* The items whose statement failed. */
struct blame {
	size_t first;
	size_t n;
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
	leg->n_owned = calloc(room, sizeof *leg->n_owned);
	leg->values = calloc(room, sizeof *leg->values);
	leg->records = calloc(room, sizeof *leg->records);
	if (leg->steps == NULL || leg->results == NULL || leg->owners == NULL || leg->scopes == NULL ||
	    leg->n_owned == NULL || leg->values == NULL || leg->records == NULL)
		abort();
	for (size_t i = 0; i < room; i++)
		buf_init(&leg->records[i], RECORDS_MAX);
	leg->room = room;
	*run = (struct batch_run){.db = db_new(&options->db), .timeout_ms = options->batch_timeout_ms, .leg = leg};
}

void batch_run_release(struct batch_run *run)
{
	db_free(run->db);
	free(run->leg->steps);
	free(run->leg->results);
	free(run->leg->owners);
	free(run->leg->scopes);
	free(run->leg->n_owned);
	free(run->leg->values);
	for (size_t i = 0; i < run->leg->room; i++)
		buf_release(&run->leg->records[i]);
	free(run->leg->records);
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
	leg->n_owned[leg->n] = 1;
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

/* Both run with one statement: same scope (that of the step in work), same values in front of the record. */
static bool may_share(const struct batch_leg *leg, const struct batch_step *step, const struct db_scope *scope,
		      const struct batch_item *item, const struct batch_step *next)
{
	if (step->record == NULL || next->record == NULL || item->alone || next->statement != step->statement)
		return false;
	if (leg->n_owned[leg->n - 1] >= BATCH_SHARED_MAX || !same_text(scope->partnership, item->scope.partnership) ||
	    !same_text(scope->now, item->scope.now))
		return false;
	for (int i = 0; i < step->statement->n_params - 1; i++)
		if (!same_text(step->values[i], next->values[i]))
			return false;
	return true;
}

/* The step of item `i`, or its record in the step before. `*shared` is the item whose step others may join. */
static void add_item(struct batch_leg *leg, struct batch_item *const *items, size_t i, bool second, size_t *shared)
{
	struct batch_item *item = items[i];
	const struct batch_step *step = second ? &item->second : &item->first;
	if (*shared != NO_ITEM) {
		const struct batch_item *host = items[*shared];
		const struct batch_step *hosts = second ? &host->second : &host->first;
		if (may_share(leg, hosts, &host->scope, item, step)) {
			buf_add_char(&leg->records[leg->n - 1], ',');
			buf_add_text(&leg->records[leg->n - 1], step->record);
			leg->n_owned[leg->n - 1]++;
			return;
		}
	}
	add_scope(leg, &item->scope);
	const char **values = leg->values[leg->n];
	memcpy(values, step->values, sizeof step->values);
	buf_clear(&leg->records[leg->n]);
	if (step->record != NULL) {
		buf_add_char(&leg->records[leg->n], '[');
		buf_add_text(&leg->records[leg->n], step->record);
	}
	add_step(leg, (struct db_step){step->statement, values}, i);
	*shared = step->record == NULL || item->alone ? NO_ITEM : i;
}

/* Ends the arrays of records and makes them the last parameters. */
static void close_records(struct batch_leg *leg)
{
	for (size_t s = 0; s < leg->n; s++) {
		struct buf *records = &leg->records[s];
		if (leg->owners[s] == NO_ITEM || records->size == 0)
			continue;
		buf_add_char(records, ']');
		leg->values[s][leg->steps[s].statement->n_params - 1] = buf_text(records);
	}
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
			  struct blame *ret_blame)
{
	const struct failure *failure = &run->db->failure;
	size_t owner = run->leg->owners[pipeline->n_good];
	if (end == PIPELINE_LOST)
		return failure->again ? LOST : FAULT;
	if (failure->again)
		return AGAIN;
	if (failure_has_no_culprit(run->db) || owner == NO_ITEM)
		return FAULT;
	*ret_blame = (struct blame){.first = owner, .n = run->leg->n_owned[pipeline->n_good]};
	return ret_blame->n > 1 ? SUSPECTS : CULPRIT;
}

static enum verdict leg_one(struct batch_run *run, const struct set *set, uint64_t cancel_at_ns, struct blame *ret_blame)
{
	struct batch_leg *leg = run->leg;
	struct pipeline pipeline;
	leg->n = 0;
	leg->scope = NULL;
	leg->with_now = false;
	for (size_t i = 0; i < set->n; i++)
		leg->with_now = leg->with_now || scope_has_now(&set->items[i]->scope);
	add_step(leg, (struct db_step){&DB_BEGIN, NULL}, NO_ITEM);
	size_t shared = NO_ITEM;
	for (size_t i = 0; i < set->n; i++)
		add_item(leg, set->items, i, false, &shared);
	close_records(leg);
	enum pipeline_end end = run_leg(run, &pipeline, cancel_at_ns);
	return end == PIPELINE_OK ? COMMITTED : judge(run, end, &pipeline, ret_blame);
}

/* Where the rows of the `index`-th record end that begin at `row`. */
static int end_of_rows(const PGresult *result, int row, size_t index)
{
	int column = PQfnumber(result, "_item");
	assert(column >= 0); /* a shared statement says which record a row is of */
	int end = row;
	while (end < PQntuples(result) && strtoul(PQgetvalue(result, end, column), NULL, 10) == index)
		end++;
	return end;
}

/* Asks the items of one step for their second statement. True where someone declined after changing something. */
static bool ask_owners(struct set *set, const struct batch_leg *leg, size_t s)
{
	const PGresult *result = leg->results[s];
	bool dirty = false;
	int row = 0;
	for (size_t k = 0; k < leg->n_owned[s]; k++) {
		size_t i = leg->owners[s] + k;
		struct batch_item *item = set->items[i];
		int end = item->first.record == NULL ? PQntuples(result) : end_of_rows(result, row, k);
		item->second = (struct batch_step){0};
		if (!item->between(item, result, row, end, &item->second)) {
			dirty = dirty || !item->declines_clean;
			answer(set, i, BATCH_DECLINED, NULL, "");
		}
		row = end;
	}
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
		if (leg->owners[s] != NO_ITEM && ask_owners(set, leg, s))
			dirty = true;
	}
	for (size_t i = 0; one_scope && i < set->n && leg->scope == NULL; i++) {
		if (set->items[i] != NULL)
			leg->scope = &set->items[i]->scope;
	}
	return dirty;
}

static enum verdict leg_two(struct batch_run *run, const struct set *set, uint64_t cancel_at_ns, struct blame *ret_blame)
{
	struct batch_leg *leg = run->leg;
	struct pipeline pipeline;
	leg->n = 0;
	size_t shared = NO_ITEM;
	for (size_t i = 0; i < set->n; i++) {
		if (set->items[i]->second.statement != NULL)
			add_item(leg, set->items, i, true, &shared);
	}
	close_records(leg);
	add_step(leg, (struct db_step){&DB_COMMIT, NULL}, NO_ITEM);
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
	clear_leg(run->leg);
	if (verdict != COMMITTED)
		return verdict;
	close_gaps(set);
	if (dirty || set->n == 0)
		return CHANGED;
	verdict = leg_two(run, set, cancel_at, ret_blame);
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

/* Those that shared the failed statement run in a transaction of their own, each with its own statement. */
static void run_apart(struct batch_run *run, struct set *set, const struct blame *blame)
{
	struct set suspects = {.items = set->items + blame->first, .n = blame->n};
	struct batch_item *taken[BATCH_SHARED_MAX];
	for (size_t i = 0; i < blame->n; i++) {
		taken[i] = suspects.items[i];
		taken[i]->alone = true;
		suspects.items[i] = NULL;
	}
	close_gaps(set);
	suspects.items = taken;
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
		answer(set, blame->first, BATCH_FAILED, &err, run->db->failure.sqlstate);
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
