/*
 * Small HTML pages from Markdown that ships inside the program: the page behind each problem type. Only a subset is
 * understood (headings, paragraphs, lists, fences, inline code, strong text, links); everything else stays text.
 */
#ifndef MASHD_HTTP_PAGE_H
#define MASHD_HTTP_PAGE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "http/exchange.h"

/* The HTML of `size` bytes of Markdown, without the page around it. No HTML of the text survives unescaped. */
void page_markdown(struct buf *buf, const char *text, size_t size);

/*
 * Fills the reply with the page of a problem type, from the embedded api/problems/<slug>.md. ERR_NOT_FOUND where there
 * is no such page.
 */
enum err_code http_problem_page(struct http_exchange *x, const char *slug, struct err *err) MUST_CHECK;

#endif
