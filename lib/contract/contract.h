/*
 * The OpenAPI document at work: loaded from the embedded YAML files, merged, references resolved, checked for keywords that
 * this interpreter does not know; then it routes requests and validates parameters and bodies. Read-only after loading,
 * shared by all threads.
 */
#ifndef MASHD_CONTRACT_CONTRACT_H
#define MASHD_CONTRACT_CONTRACT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "http/exchange.h"

struct contract;

/* One operation of the contract. Strings live as long as the contract. */
struct operation {
	const char *id; /* operationId */
	enum http_method method;
	const char *path;       /* "/v1/referrals/{referral_id}" */
	const char *permission; /* x-permission: "referral.create"; "none" for public operations */
	bool immediate;         /* x-immediate: answered on the I/O thread, needs neither body nor database */
	bool idempotent_write;  /* declares the Idempotency-Key header parameter as required */
	bool versioned_write;   /* declares the If-Match header parameter as required */
	bool has_body;          /* requestBody declared */
	bool csv;               /* a 200 response offers text/csv */
	size_t index;           /* 0 … contract_operation_count() - 1 */
};

/* A problem that is stored, not refused (DOMAIN.md §4). `value` is borrowed from the document, NULL where absent. */
struct quality_issue {
	const char *pointer;
	const char *code;
	const json_t *value;
};

struct quality_issues {
	struct quality_issue *items;
	size_t n;
	size_t left_out; /* how many there were over the ceiling of 500: counted, not kept */
};

/* What a rule may look at besides its value: it has no clock of its own. */
struct quality_view {
	const json_t *root; /* the whole body */
	int64_t now_us;     /* when it is judged: microseconds since 1970 UTC */
};

/*
 * A rule named by `x-quality` that is written in C (check digits, cross-field rules). True when `value` keeps it. Where it
 * is broken it may move the issue to a member: *ret_member (static or arena) or NULL.
 */
typedef bool (*quality_rule)(const json_t *value, const struct quality_view *view, const char **ret_member);
struct quality_rule_row {
	const char *name;
	quality_rule rule;
};

/*
 * Loads api/openapi.yaml and every other api/<name>.yaml (load.c says which holds what). `rules` (ends with a NULL name)
 * must cover each rule that the contract names.
 * ERR_INTERNAL with place = file and pointer, detail in words, for every fault: unknown keyword, dangling $ref, two
 * operations for one route, missing operationId or x-permission, …
 */
enum err_code contract_load(const struct quality_rule_row *rules, struct contract **ret_contract, struct err *err)
	MUST_CHECK;
void contract_free(struct contract *contract);

size_t contract_operation_count(const struct contract *contract);
const struct operation *contract_operation(const struct contract *contract, size_t index);
const struct operation *contract_operation_by_id(const struct contract *contract, const char *id);
/* The merged document with every file-to-file reference made local (#/components/…), as served at /openapi.json. Borrowed. */
const json_t *contract_document(const struct contract *contract);
/* "2026-11-23" or the like: info.version. Stored with each submission. */
const char *contract_version(const struct contract *contract);

/*
 * Finds the operation for method and segments. ERR_NOT_FOUND, or ERR_METHOD_NOT_ALLOWED with detail naming the allowed
 * methods, comma-separated, in err->place (for the Allow header). HEAD is routed as GET.
 */
enum err_code contract_route(const struct contract *contract, const struct http_exchange *x,
			     const struct operation **ret_operation, struct err *err) MUST_CHECK;

/* Values of the operation's parameters (path, query, header), as sent, in the order of the contract. */
struct parameters {
	const struct http_field *items; /* name as in the contract; value NULL where absent and without default */
	size_t n;
};
const char *parameters_get(const struct parameters *parameters, const char *name);

/*
 * Checks path, query and header parameters against their schemas (unknown query parameters are refused, repeated ones too;
 * headers that are not declared are ignored; scalars are converted by the schema's type before checking; schema defaults are
 * filled in; a list is one query parameter with commas, given to the handler as sent). An unknown one is not named, for its
 * name may be anything. Every fault at once: ERR_INVALID_PARAMETER with items (pointer = "query: limit"); a missing
 * Idempotency-Key is
 * ERR_IDEMPOTENCY_KEY_MISSING, a missing If-Match ERR_VERSION_REQUIRED.
 */
enum err_code contract_check_parameters(const struct contract *contract, const struct operation *operation,
					const struct http_exchange *x, struct arena *arena,
					struct parameters *ret_parameters, struct err *err) MUST_CHECK;

/*
 * ERR_NOT_ACCEPTABLE where Accept leaves none of the forms in which the operation answers. Only of reads that need a key:
 * nothing that is said about a child is turned away for the form of its receipt, and the service's own pages go out as what
 * they are (RFC 9110 lets a server answer as if nothing had been asked).
 */
enum err_code contract_check_accept(const struct operation *operation, const struct http_exchange *x, struct err *err)
	MUST_CHECK;

/* Content type allowed for the operation's body: ERR_UNSUPPORTED_MEDIA_TYPE otherwise (charset=utf-8 is accepted). */
enum err_code contract_check_content_type(const struct contract *contract, const struct operation *operation,
					  const char *content_type, struct err *err) MUST_CHECK;

/*
 * The shape of a body: ERR_INVALID_BODY with an item for every fault (at most 100; pointer, code = keyword in snake_case such
 * as "required", "type", "max_items", detail in words that never quote the value). Arena owns the items.
 */
enum err_code contract_check_body(const struct contract *contract, const struct operation *operation,
				  const json_t *body, struct arena *arena, struct err *err) MUST_CHECK;

/* What is wrong but stored: x-quality, in document order. `now_us` as in struct quality_view. */
void contract_check_quality(const struct contract *contract, const struct operation *operation, const json_t *body,
			    int64_t now_us, struct arena *arena, struct quality_issues *ret_issues);

/*
 * Validation against any schema of components/schemas (policy documents, example files, tests): same faults as
 * contract_check_body(). ERR_INTERNAL where there is no schema of that name.
 */
enum err_code contract_check_schema(const struct contract *contract, const char *schema_name, const json_t *value,
				    struct arena *arena, struct err *err) MUST_CHECK;

#endif
