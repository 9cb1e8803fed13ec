/*
 * What a client wants to be answered in: the header Accept (RFC 9110, section 12.5.1). Pure text work; who offers what is
 * the contract's.
 */
#ifndef MASHD_HTTP_ACCEPT_H
#define MASHD_HTTP_ACCEPT_H

#include "http/exchange.h"

enum { ACCEPT_MOST = 1000 };

/*
 * How much the media type ("text/csv") is wanted, in thousandths: 0 is not at all, ACCEPT_MOST what nobody asked otherwise
 * about. The range that names it most closely decides; of equals, the greatest weight. A range with parameters asks for a
 * form that is not offered here (but charset=utf-8, which everything is in): it counts where no other range fits. What
 * can't be read is passed over.
 */
unsigned accept_weight(const struct http_exchange *x, const char *type);

#endif
