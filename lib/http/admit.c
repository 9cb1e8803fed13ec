/*
 * The hygiene of a request before its body is read. libmicrohttpd lets much pass that two programs in a row can read in
 * two ways (two Content-Length, Content-Length with Transfer-Encoding, two Host): refused here, and the connection ends.
 */
#include <ctype.h>
#include <microhttpd.h>
#include <string.h>

#include "http/target.h"
#include "http/inside.h"

#include "base/banned.h"

enum { HEADERS_MAX = 64, FIELD_RECORD = 64 };

static const char *const method_names[HTTP_METHOD_COUNT] = {
	[HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};

const char *http_method_name(enum http_method method)
{
	return method_names[method];
}

/* Headers whose second occurrence would leave it open which one counts. */
static const char *const single_headers[] = {
	"host",          "content-length",  "transfer-encoding", "content-type",
	"authorization", "idempotency-key", "if-match",          "expect",
};

struct collecting {
	struct request *request;
	struct http_field *fields;
	size_t n;
	struct err *err;
	enum err_code code;
};

static bool is_token(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!isalnum((unsigned char)text[i]) && memchr("!#$%&'*+-.^_`|~", text[i], 15) == NULL)
			return false;
	return size > 0;
}

static bool has_control(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

static enum MHD_Result refuse_header(struct collecting *all, const char *place, const char *why)
{
	all->code = err_set(all->err, ERR_MALFORMED_REQUEST, place, "%s", why);
	return MHD_NO;
}

static enum MHD_Result collect(void *ctx, enum MHD_ValueKind kind, const char *key, size_t key_size, const char *value,
			       size_t value_size)
{
	(void)kind;
	struct collecting *all = ctx;
	struct arena *arena = &all->request->x.arena;
	if (!is_token(key, key_size))
		return refuse_header(all, "", "a header's name has a character that is not allowed");
	char *name = arena_strndup(arena, key, key_size);
	for (char *c = name; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	if (value == NULL)
		value_size = 0;
	else if (has_control(value, value_size))
		return refuse_header(all, "", "a header's value has a control character");
	all->fields[all->n++] = (struct http_field){
		.name = name, .value = arena_strndup(arena, value == NULL ? "" : value, value_size)};
	return MHD_YES;
}

static enum err_code collect_headers(struct request *request, struct err *err)
{
	int n = MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, NULL, NULL);
	if (n > HEADERS_MAX)
		return err_set(err, ERR_HEADERS_TOO_LARGE, "", "there are more than %d headers", HEADERS_MAX);
	if (n <= 0)
		return ERR_NONE;
	struct collecting all = {.request = request, .err = err};
	all.fields = arena_array(&request->x.arena, (size_t)n, sizeof *all.fields);
	(void)MHD_get_connection_values_n(request->connection, MHD_HEADER_KIND, collect, &all);
	request->x.headers = all.fields;
	request->x.n_headers = all.n;
	return all.code;
}

static enum err_code check_single(const struct http_exchange *x, struct err *err)
{
	for (size_t i = 0; i < sizeof single_headers / sizeof single_headers[0]; i++) {
		int n = 0;
		for (size_t k = 0; k < x->n_headers; k++)
			n += strcmp(x->headers[k].name, single_headers[i]) == 0;
		if (n > 1)
			return err_set(err, ERR_MALFORMED_REQUEST, single_headers[i],
				       "this header stands more than once");
	}
	return ERR_NONE;
}

static enum err_code check_host(const struct http_exchange *x, bool needed, struct err *err)
{
	const char *host = http_exchange_header(x, "host");
	if (host == NULL && !needed)
		return ERR_NONE;
	if (host == NULL)
		return err_set(err, ERR_MALFORMED_REQUEST, "host", "the Host header is missing");
	size_t size = strlen(host);
	for (size_t i = 0; i < size; i++)
		if (!isalnum((unsigned char)host[i]) && memchr(".-_:[]", host[i], 6) == NULL)
			return err_set(err, ERR_MALFORMED_REQUEST, "host", "this is not a host");
	return size > 0 ? ERR_NONE : err_set(err, ERR_MALFORMED_REQUEST, "host", "the Host header is empty");
}

/* How the body ends must be beyond doubt. */
static enum err_code check_framing(struct request *request, bool http11, struct err *err)
{
	const char *length = http_exchange_header(&request->x, "content-length");
	const char *encoding = http_exchange_header(&request->x, "transfer-encoding");
	if (length != NULL && encoding != NULL)
		return err_set(err, ERR_MALFORMED_REQUEST, "content-length",
			       "Content-Length and Transfer-Encoding stand together");
	if (encoding != NULL && (!http11 || strcasecmp(encoding, "chunked") != 0))
		return err_set(err, ERR_MALFORMED_REQUEST, "transfer-encoding",
			       "only chunked is understood, with HTTP/1.1");
	request->body_expected = encoding != NULL;
	if (length == NULL)
		return ERR_NONE;
	size_t digits = strspn(length, "0123456789");
	if (digits == 0 || digits > 18 || length[digits] != '\0')
		return err_set(err, ERR_MALFORMED_REQUEST, "content-length", "this is not a length");
	for (size_t i = 0; i < digits; i++)
		request->body_announced = request->body_announced * 10 + (uint64_t)(length[i] - '0');
	request->body_expected = request->body_announced > 0;
	return ERR_NONE;
}

/* W3C Trace Context, version 00: 00-<32 hex>-<16 hex>-<2 hex>, lower case, neither id all zeros. Else: as if not sent. */
static void keep_traceparent(struct http_exchange *x)
{
	static const char form[] = "00-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
	const char *sent = http_exchange_header(x, "traceparent");
	if (sent == NULL || strlen(sent) != sizeof form - 1)
		return;
	for (size_t i = 0; i < sizeof form - 1; i++)
		if (form[i] == 'h' ? memchr("0123456789abcdef", sent[i], 16) == NULL : sent[i] != form[i])
			return;
	if (strspn(sent + 3, "0") >= 32 || strspn(sent + 36, "0") >= 16)
		return;
	memcpy(x->traceparent, sent, sizeof form);
}

static enum err_code check_method(struct http_exchange *x, const char *method, struct err *err)
{
	for (int i = 0; i < HTTP_METHOD_COUNT; i++) {
		if (strcmp(method, method_names[i]) == 0) {
			x->method = (enum http_method)i;
			return ERR_NONE;
		}
	}
	return err_set(err, ERR_METHOD_NOT_ALLOWED, "GET, HEAD, POST, PUT, PATCH, DELETE",
		       "this method is not known here");
}

static enum err_code keep_target(struct request *request, struct err *err)
{
	struct target target;
	enum err_code code = target_decode(&request->x.arena, request->target, &target, err);
	if (code != ERR_NONE)
		return code;
	request->x.path = target.path;
	request->x.segments = target.segments;
	request->x.n_segments = target.n_segments;
	request->x.query = target.query;
	request->x.n_query = target.n_query;
	return ERR_NONE;
}

/*
 * libmicrohttpd builds the reply's header in what the request leaves of the connection's memory, and closes the connection
 * where that is too little: after the work was done. A field takes its text there, and a record.
 */
static enum err_code check_room(const struct request *request, struct err *err)
{
	const struct http_exchange *x = &request->x;
	size_t size = strlen(request->target) + (x->n_headers + x->n_query) * FIELD_RECORD;
	for (size_t i = 0; i < x->n_headers; i++)
		size += strlen(x->headers[i].name) + strlen(x->headers[i].value) + sizeof ": \r\n" - 1;
	size_t most = request->server->options.header_max - REPLY_HEADER_ROOM;
	if (size <= most)
		return ERR_NONE;
	return err_set(err, ERR_HEADERS_TOO_LARGE, "",
		       "address and headers take %zu bytes at the most, each field counting %d more", most,
		       FIELD_RECORD);
}

enum err_code admit(struct request *request, const char *method, const char *version, struct err *err)
{
	bool http11 = strcmp(version, "HTTP/1.1") == 0;
	enum err_code code = ERR_NONE;
	if (!http11 && strcmp(version, "HTTP/1.0") != 0)
		code = err_set(err, ERR_MALFORMED_REQUEST, "", "only HTTP/1.1 and HTTP/1.0 are spoken here");
	/* Even of a refused request the framing is wanted: it tells whether a body is on its way. */
	enum err_code framing = collect_headers(request, err);
	if (framing == ERR_NONE)
		framing = check_single(&request->x, err);
	if (framing == ERR_NONE)
		framing = check_framing(request, http11, err);
	if (framing != ERR_NONE)
		request->body_expected = true;
	if (code == ERR_NONE)
		code = framing;
	if (code == ERR_NONE)
		code = check_method(&request->x, method, err);
	if (code == ERR_NONE)
		code = check_host(&request->x, http11, err);
	if (code == ERR_NONE)
		code = keep_target(request, err);
	if (code == ERR_NONE)
		code = check_room(request, err);
	if (code == ERR_NONE)
		keep_traceparent(&request->x);
	return code;
}
