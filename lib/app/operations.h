/* The table of handlers: each operationId of the contract is bound to one function. */
#ifndef MASHD_APP_OPERATIONS_H
#define MASHD_APP_OPERATIONS_H

#include "call/call.h"

/* The handler of an operation; never NULL once operations_check() has passed. */
call_handler operations_handler(const struct contract *contract, const struct operation *operation);

/*
 * Contract, handlers and permissions agree: each operation has one handler, each handler an operation, each x-permission
 * stands in the table of permissions and each permission there is used. ERR_INTERNAL with place = what differs.
 */
enum err_code operations_check(const struct contract *contract, struct err *err) MUST_CHECK;

/* Every statement of every feature, NULL-terminated lists behind a NULL-terminated list: for the check at start. */
extern const struct statement *const *const operations_statements[];

#endif
