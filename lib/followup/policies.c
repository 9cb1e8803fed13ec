/* The cache of compiled policies. One lock; a document is read and compiled outside of it. */
#include "followup/policies.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ident.h"
#include "base/json.h"
#include "db/rows.h"
#include "followup/policy_inside.h"
#include "gen/followup_sql.h"

#include "base/banned.h"

/* A document has 1 MiB at the most; in memory it takes some times that. */
enum { POLICY_MEMORY = 64 << 20 };

struct policies_entry {
	char id[IDENT_SIZE];
	struct arena arena;
	struct policy *policy;
	unsigned held;
	unsigned long long used; /* when it was last asked for */
};

struct policies {
	const struct contract *contract;
	const struct policy *shipped;
	pthread_mutex_t lock;
	struct policies_entry *entries[POLICIES_MAX];
	size_t n;
	unsigned long long clock; /* counts what was asked for */
};

static void entry_free(struct policies_entry *entry)
{
	if (entry == NULL)
		return;
	arena_release(&entry->arena);
	free(entry);
}

struct policies *policies_new(const struct contract *contract, const struct policy *shipped)
{
	struct policies *policies = calloc(1, sizeof *policies);
	if (policies == NULL)
		abort();
	policies->contract = contract;
	policies->shipped = shipped;
	(void)pthread_mutex_init(&policies->lock, NULL);
	return policies;
}

void policies_free(struct policies *policies)
{
	if (policies == NULL)
		return;
	for (size_t i = 0; i < policies->n; i++)
		entry_free(policies->entries[i]);
	(void)pthread_mutex_destroy(&policies->lock);
	free(policies);
}

/* ---- with the lock ---- */

static const struct policy *hold_known(struct policies *policies, const char *id)
{
	for (size_t i = 0; i < policies->n; i++) {
		struct policies_entry *entry = policies->entries[i];
		if (strcmp(entry->id, id) != 0)
			continue;
		entry->held++;
		entry->used = ++policies->clock;
		return entry->policy;
	}
	return NULL;
}

/* A free place: a new one, or that of the entry which nobody holds and nobody has asked for longest. NULL: all are held. */
static struct policies_entry **make_room(struct policies *policies)
{
	if (policies->n < POLICIES_MAX)
		return &policies->entries[policies->n++];
	struct policies_entry **oldest = NULL;
	for (size_t i = 0; i < policies->n; i++) {
		struct policies_entry **at = &policies->entries[i];
		if ((*at)->held == 0 && (oldest == NULL || (*at)->used < (*oldest)->used))
			oldest = at;
	}
	if (oldest != NULL)
		entry_free(*oldest);
	return oldest;
}

/* Takes the entry over; where another thread was faster, or there is no room, it goes. */
static const struct policy *add(struct policies *policies, struct policies_entry *entry)
{
	(void)pthread_mutex_lock(&policies->lock);
	const struct policy *policy = hold_known(policies, entry->id);
	struct policies_entry **place = policy == NULL ? make_room(policies) : NULL;
	if (place != NULL) {
		*place = entry;
		policy = hold_known(policies, entry->id);
	}
	(void)pthread_mutex_unlock(&policies->lock);
	if (place == NULL)
		entry_free(entry);
	return policy;
}

/* ---- without it ---- */

static enum err_code read_document(struct db *db, const struct db_scope *scope, const char *partnership, const char *id,
				   json_t **ret_document, struct err *err)
{
	PGRESULT_AUTO PGresult *row = NULL;
	const char *const *values = DB_VALUES(partnership, id);
	enum err_code code = scope != NULL ? db_read_one(db, scope, &SQL_followup_policy, values, &row, err)
					   : db_run(db, &SQL_followup_policy, values, &row, err);
	if (code != ERR_NONE)
		return code;
	if (PQntuples(row) == 0)
		return err_set(err, ERR_INTERNAL, "", "there is no policy %s", id);
	const char *text = rows_text(row, 0, "document");
	return json_read(text, strlen(text), ret_document, err);
}

/*
 * The shape is checked again, for the program may be newer than the row; the sense is not: what made sense when it was
 * activated goes on counting.
 */
static enum err_code compile(const struct policies *policies, const char *id, const json_t *document,
			     struct policies_entry **ret_entry, struct err *err)
{
	struct policies_entry *entry = calloc(1, sizeof *entry);
	if (entry == NULL)
		abort();
	(void)snprintf(entry->id, sizeof entry->id, "%s", id);
	arena_init(&entry->arena, POLICY_MEMORY);
	if (contract_check_schema(policies->contract, "Policy", document, &entry->arena, NULL) != ERR_NONE) {
		entry_free(entry);
		return err_set(err, ERR_INTERNAL, "", "the policy %s does not fit this program's contract", id);
	}
	entry->policy = policy_read(&entry->arena, document);
	policy_of_row(entry->policy, entry->id);
	*ret_entry = entry;
	return ERR_NONE;
}

/* One that is not known yet. */
static enum err_code load(struct policies *policies, struct db *db, const struct db_scope *scope,
			  const char *partnership, const char *id, const struct policy **ret_policy, struct err *err)
{
	JSON_AUTO json_t *document = NULL;
	struct policies_entry *entry = NULL;
	enum err_code code = read_document(db, scope, partnership, id, &document, err);
	if (code == ERR_NONE)
		code = compile(policies, id, document, &entry, err);
	if (code != ERR_NONE || entry == NULL)
		return code;
	*ret_policy = add(policies, entry);
	if (*ret_policy == NULL)
		return err_set(err, ERR_BUSY, "", "more policies are in use than can be");
	return ERR_NONE;
}

enum err_code policies_hold(struct policies *policies, struct db *db, const struct db_scope *scope,
			    const char *partnership, const char *id, const struct policy **ret_policy, struct err *err)
{
	const struct policy *policy = policies->shipped;
	enum err_code code = ERR_NONE;
	if (id != NULL && *id != '\0') {
		(void)pthread_mutex_lock(&policies->lock);
		policy = hold_known(policies, id);
		(void)pthread_mutex_unlock(&policies->lock);
	}
	if (policy == NULL)
		code = load(policies, db, scope, partnership, id, &policy, err);
	if (code == ERR_NONE)
		*ret_policy = policy;
	return code;
}

void policies_release(struct policies *policies, const struct policy *policy)
{
	if (policies == NULL || policy == NULL || policy->id == NULL)
		return;
	(void)pthread_mutex_lock(&policies->lock);
	for (size_t i = 0; i < policies->n; i++) {
		if (policies->entries[i]->policy == policy)
			policies->entries[i]->held--;
	}
	(void)pthread_mutex_unlock(&policies->lock);
}

static enum err_code check_active(struct policies *policies, struct db *db, const char *partnership, struct err *err)
{
	const struct db_scope scope = {.partnership = partnership};
	PGRESULT_AUTO PGresult *active = NULL;
	const struct policy *policy = NULL;
	enum err_code code = db_read_one(db, &scope, &SQL_followup_active_policy, DB_VALUES(partnership), &active, err);
	if (code != ERR_NONE || PQntuples(active) == 0)
		return code;
	code = policies_hold(policies, db, &scope, partnership, rows_text(active, 0, "id"), &policy, err);
	if (code == ERR_NONE)
		policies_release(policies, policy);
	return code;
}

enum err_code policies_check_active(struct policies *policies, struct db *db, struct err *err)
{
	const struct db_scope nobody = {0};
	PGRESULT_AUTO PGresult *all = NULL;
	enum err_code code = db_read_one(db, &nobody, &SQL_followup_partnerships, NULL, &all, err);
	for (int row = 0; code == ERR_NONE && row < PQntuples(all); row++)
		code = check_active(policies, db, rows_text(all, row, "partnership_id"), err);
	return code;
}
