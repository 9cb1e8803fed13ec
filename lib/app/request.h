/*
 * The request's way from top to bottom. request.c shows the steps in their order.
 */
#ifndef MASHD_APP_REQUEST_H
#define MASHD_APP_REQUEST_H

#include "call/call.h"

/*
 * On the I/O thread: finds the operation. True where the reply is ready (an operation that needs nothing, or no such
 * operation); otherwise x->route holds it and a worker goes on.
 */
bool request_admit(const struct house *house, struct http_exchange *x);

/*
 * On a worker, with its connection: all further steps. True where the reply is ready and the exchange is still the
 * caller's; false where the batch writer has taken it over. `now` is a simulated clock for demo data, NULL otherwise (test
 * builds then look at the header Mashd-Test-Now).
 */
bool request_handle(const struct house *house, struct db *db, const char *now, struct http_exchange *x);

#endif
