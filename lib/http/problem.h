/*
 * An error as the text of a problem (RFC 9457). Filling a reply with it is http_reply_problem() in http/exchange.h.
 */
#ifndef MASHD_HTTP_PROBLEM_H
#define MASHD_HTTP_PROBLEM_H

#include "base/buf.h"
#include "base/err.h"

/*
 * {"type","title","status","detail"?,"instance","request_id","errors"?}: one errors[] item per err->items, or one for
 * err->place where there are no items (not for ERR_METHOD_NOT_ALLOWED, whose place is the list of allowed methods).
 */
void problem_write(struct buf *buf, const struct err *err, const char *request_id);

#endif
