/* The page around a problem's text. Loads nothing, runs nothing: the content security policy says so to the browser. */
#include "http/page.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/embedded.h"

#include "base/banned.h"

static const char STYLE[] =
	"body{font:18px/1.5 Arial,sans-serif;color:#0b0c0c;max-width:42em;margin:2em auto;padding:0 1em}"
	"h1{font-size:1.7em;line-height:1.2}h2{font-size:1.2em}a{color:#1d70b8}"
	"code{font-size:.9em;background:#f3f2f1;padding:.1em .3em}"
	"pre{background:#f3f2f1;padding:1em;overflow:auto}pre code{padding:0}";

/* Everything is forbidden but this one style, which is named by its hash. */
static void add_policy(struct http_exchange *x)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL)];
	char policy[256];
	(void)crypto_hash_sha256(hash, (const unsigned char *)STYLE, sizeof STYLE - 1);
	(void)sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
	(void)snprintf(policy, sizeof policy,
		       "default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; "
		       "frame-ancestors 'none'",
		       text);
	http_reply_field(x, "Content-Security-Policy", policy);
}

/* The text of the first heading, for the title; escaped already, as it is cut out of the HTML. */
static void add_title(struct buf *buf, const char *html)
{
	const char *start = strstr(html, "<h1>");
	const char *end = start == NULL ? NULL : strstr(start, "</h1>");
	buf_add_text(buf, "<title>");
	if (end != NULL) {
		bool inside_tag = false;
		for (const char *c = start + 4; c < end; c++) {
			inside_tag = inside_tag ? *c != '>' : *c == '<';
			if (!inside_tag && *c != '>')
				buf_add_char(buf, *c);
		}
	}
	buf_add_text(buf, "</title>\n");
}

static bool is_slug(const char *text)
{
	size_t size = strnlen(text, 65);
	return size > 0 && size <= 64 && strspn(text, "abcdefghijklmnopqrstuvwxyz-") == size;
}

enum err_code http_problem_page(struct http_exchange *x, const char *slug, struct err *err)
{
	const struct embedded_file *file = is_slug(slug)
						   ? embedded_find(arena_printf(&x->arena, "api/problems/%s.md", slug))
						   : NULL;
	if (file == NULL)
		return err_set(err, ERR_NOT_FOUND, "", "there is no problem type of that name");
	struct buf html;
	buf_init(&html, (size_t)1 << 20);
	page_markdown(&html, (const char *)file->data, file->size);
	http_reply_clear(x);
	x->reply.status = 200;
	x->reply.content_type = "text/html; charset=utf-8";
	x->reply.cacheable = true;
	struct buf *out = &x->reply.body;
	buf_add_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
	add_title(out, buf_text(&html));
	buf_printf(out, "<style>%s</style>\n</head>\n<body>\n<main>\n", STYLE);
	buf_add(out, html.data, html.size);
	buf_add_text(out, "</main>\n</body>\n</html>\n");
	out->overflow = out->overflow || html.overflow;
	buf_release(&html);
	add_policy(x);
	return ERR_NONE;
}
