/* A SAX reader: libxml2 gets pieces of the file and never sees where they come from. */
#include "census/reader.h"

#include <libxml/parser.h>
#include <libxml/SAX2.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"

#include "base/banned.h"

enum { PIECE_SIZE = 16 << 10 };

static const char ROOT[] = "Message";

/* An element that is open: what is read of it so far. */
struct level {
	json_t *object; /* NULL until it has a child element; NULL too where nothing is kept */
	struct buf text;
};

struct reading {
	xmlParserCtxtPtr parser;
	census_on_record on_record;
	void *ctx;
	struct err *err;
	enum err_code code; /* of the first failure */
	struct level levels[CENSUS_DEPTH_MAX];
	size_t depth;     /* of open elements */
	size_t kept_from; /* depth of the Child (or Header) that is being kept; 0: none */
	size_t kept_size;
	int child_line; /* on which it begins */
	int lines[CENSUS_DETAILS_MAX];
	size_t n_lines;
	char authority[32];
};

static void fail_at(struct reading *r, int line, const char *detail)
{
	if (r->code != ERR_NONE)
		return;
	char place[32];
	(void)snprintf(place, sizeof place, "line %d", line);
	r->code = err_set(r->err, ERR_INVALID_BODY, place, "%s", detail);
	xmlStopParser(r->parser);
}

static int line_of(const struct reading *r)
{
	return r->parser->input == NULL ? 0 : r->parser->input->line;
}

static void fail(struct reading *r, const char *detail)
{
	fail_at(r, line_of(r), detail);
}

static bool keep(struct reading *r, size_t size)
{
	r->kept_size += size;
	if (r->kept_size <= CENSUS_CHILD_MAX)
		return true;
	fail(r, "one child has more than 1 MiB of data");
	return false;
}

/* A repeated element becomes a list; CINdetails is one from the start. Takes `value`. */
static void add_member(json_t *object, const char *name, json_t *value)
{
	json_t *there = json_object_get(object, name);
	if (there == NULL && strcmp(name, "CINdetails") == 0) {
		there = json_array();
		(void)json_object_set_new(object, name, there);
	}
	if (there == NULL) {
		(void)json_object_set_new(object, name, value);
		return;
	}
	if (!json_is_array(there)) {
		json_t *list = json_array();
		(void)json_array_append(list, there);
		(void)json_object_set_new(object, name, list);
		there = list;
	}
	(void)json_array_append_new(there, value);
}

/* The text without the white space around it. */
static json_t *trimmed(const struct buf *text)
{
	static const char space[] = " \t\r\n";
	const char *start = buf_text(text);
	start += strspn(start, space);
	size_t size = strlen(start);
	while (size > 0 && strchr(space, start[size - 1]) != NULL)
		size--;
	return json_stringn(start, size);
}

/* What is between two Child elements' tags goes to the caller, one CINdetails at a time; without any, once all the same. */
static void hand_out(struct reading *r, json_t *child)
{
	json_t *list = json_object_get(child, "CINdetails");
	size_t n = json_array_size(list) == 0 ? 1 : json_array_size(list);
	for (size_t i = 0; i < n && r->code == ERR_NONE; i++) {
		const struct census_record record = {
			.identifiers = json_object_get(child, "ChildIdentifiers"),
			.characteristics = json_object_get(child, "ChildCharacteristics"),
			.details = json_array_get(list, i),
			.authority = r->authority,
			.line = r->n_lines == 0 ? r->child_line : r->lines[i],
		};
		r->code = r->on_record(r->ctx, &record, r->err);
	}
	if (r->code != ERR_NONE)
		xmlStopParser(r->parser);
}

static void note_header(struct reading *r, const json_t *header)
{
	const char *authority = json_text(json_object_get(header, "Source"), "LEA");
	if (authority != NULL)
		(void)snprintf(r->authority, sizeof r->authority, "%s", authority);
}

/* ---- what libxml2 calls ---- */

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
		     const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	(void)prefix, (void)uri, (void)n_namespaces, (void)namespaces, (void)n_attributes, (void)n_defaulted,
		(void)attributes;
	struct reading *r = ctx;
	const char *text = (const char *)name;
	if (r->code != ERR_NONE)
		return;
	if (r->depth == 0 && strcmp(text, ROOT) != 0) {
		fail(r, "this is no census file: its root element is not Message");
		return;
	}
	if (r->depth == CENSUS_DEPTH_MAX) {
		fail(r, "elements are nested too deeply");
		return;
	}
	struct level *level = &r->levels[r->depth++];
	*level = (struct level){0};
	buf_init(&level->text, CENSUS_TEXT_MAX + 1);
	if (r->kept_from == 0 && (strcmp(text, "Child") == 0 || strcmp(text, "Header") == 0)) {
		r->kept_from = r->depth;
		r->child_line = line_of(r);
		r->kept_size = 0;
		r->n_lines = 0;
	}
	if (r->kept_from == 0 || !keep(r, strlen(text) + 16))
		return;
	if (r->depth == r->kept_from + 1 && strcmp(text, "CINdetails") == 0) {
		if (r->n_lines == CENSUS_DETAILS_MAX)
			fail(r, "one child has more than 1,000 CINdetails");
		else
			r->lines[r->n_lines++] = line_of(r);
	}
}

static void on_text(void *ctx, const xmlChar *text, int size)
{
	struct reading *r = ctx;
	if (r->code != ERR_NONE || r->kept_from == 0 || size <= 0 || !keep(r, (size_t)size))
		return;
	struct level *level = &r->levels[r->depth - 1];
	buf_add(&level->text, text, (size_t)size);
	if (level->text.overflow || level->text.size > CENSUS_TEXT_MAX)
		fail(r, "the text of one element is longer than 10,000 bytes");
}

/* What the closed element is worth: text, or an object, whose stray text is kept as "#text". */
static json_t *value_of(struct level *level)
{
	json_t *text = trimmed(&level->text);
	if (level->object == NULL)
		return text;
	if (json_string_length(text) > 0)
		(void)json_object_set(level->object, "#text", text);
	json_decref(text);
	json_t *object = level->object;
	level->object = NULL;
	return object;
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)prefix, (void)uri;
	struct reading *r = ctx;
	if (r->code != ERR_NONE || r->depth == 0)
		return;
	struct level *level = &r->levels[r->depth - 1];
	if (r->kept_from != 0) {
		JSON_AUTO json_t *value = value_of(level);
		if (r->depth > r->kept_from) {
			struct level *parent = level - 1;
			if (parent->object == NULL)
				parent->object = json_object();
			add_member(parent->object, (const char *)name, json_incref(value));
		} else {
			r->kept_from = 0;
			if (strcmp((const char *)name, "Header") == 0)
				note_header(r, value);
			else
				hand_out(r, value);
		}
	}
	buf_release(&level->text);
	r->depth--;
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system_id)
{
	(void)name, (void)external, (void)system_id;
	fail(ctx, "a document type is not accepted");
}

static void on_error(void *ctx, xmlErrorPtr error)
{
	struct reading *r = ctx;
	if (error->level < XML_ERR_ERROR)
		return;
	char detail[200];
	(void)snprintf(detail, sizeof detail, "not well-formed XML: %s", error->message == NULL ? "" : error->message);
	detail[strcspn(detail, "\r\n")] = '\0';
	fail_at(r, error->line, detail);
}

static void feed(struct reading *r, FILE *file)
{
	char piece[PIECE_SIZE];
	size_t size;
	while (r->code == ERR_NONE && (size = fread(piece, 1, sizeof piece, file)) > 0)
		(void)xmlParseChunk(r->parser, piece, (int)size, 0);
	if (r->code == ERR_NONE && ferror(file) != 0)
		r->code = err_set(r->err, ERR_INVALID_BODY, "", "the file cannot be read");
	if (r->code == ERR_NONE)
		(void)xmlParseChunk(r->parser, piece, 0, 1);
	if (r->code == ERR_NONE && r->parser->wellFormed == 0)
		fail(r, "not well-formed XML");
}

enum err_code census_read(FILE *file, census_on_record on_record, void *ctx, struct err *err)
{
	xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.cdataBlock = on_text,
		.internalSubset = on_doctype,
		.serror = on_error,
	};
	struct reading r = {.on_record = on_record, .ctx = ctx, .err = err};
	r.parser = xmlCreatePushParserCtxt(&handler, &r, NULL, 0, NULL);
	if (r.parser == NULL)
		return err_set(err, ERR_INTERNAL, "", "no memory for the XML parser");
	(void)xmlCtxtUseOptions(r.parser, XML_PARSE_NONET);
	feed(&r, file);
	for (size_t i = 0; i < r.depth; i++) {
		json_decref(r.levels[i].object);
		buf_release(&r.levels[i].text);
	}
	xmlFreeParserCtxt(r.parser);
	return r.code;
}
