/*
 * Routing: a tree of path segments. A static segment goes before a parameter; where it leads to no operation for the method,
 * the parameter is tried. An empty segment is never a parameter's value.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "contract/inside.h"

#include "base/banned.h"

static const char *const method_names[HTTP_METHOD_COUNT] = {
	[HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};

static struct route_node *find_child(const struct route_node *node, const char *segment)
{
	for (struct route_node *child = node->children; child != NULL; child = child->next)
		if (strcmp(child->segment, segment) == 0)
			return child;
	return NULL;
}

static struct route_node *step(struct contract *contract, struct route_node *node, const char *segment)
{
	bool parameter = segment[0] == '{';
	struct route_node *child = parameter ? node->parameter : find_child(node, segment);
	if (child != NULL)
		return child;
	child = arena_alloc(&contract->arena, sizeof *child);
	if (parameter) {
		node->parameter = child;
		return child;
	}
	child->segment = segment;
	child->next = node->children;
	node->children = child;
	return child;
}

/* "name" or "{name}", nothing in between. */
static bool is_segment(const char *segment)
{
	size_t length = strlen(segment);
	if (length == 0 || strpbrk(segment, "?#%") != NULL)
		return false;
	if (segment[0] == '{')
		return length > 2 && segment[length - 1] == '}' && strcspn(segment + 1, "{}") == length - 2;
	return strpbrk(segment, "{}") == NULL;
}

enum err_code contract_add_route(struct contract *contract, const struct contract_operation *operation, struct err *err)
{
	const char *path = operation->public.path;
	struct route_node *node = &contract->routes;
	if (path[0] != '/')
		return err_set(err, ERR_INTERNAL, path, "a path starts with a slash");
	for (const char *at = path; *at == '/';) {
		const char *start = at + 1;
		size_t length = strcspn(start, "/");
		at = start + length;
		if (length == 0 && *at == '\0' && start == path + 1)
			break; /* the root */
		const char *segment = arena_strndup(&contract->arena, start, length);
		if (!is_segment(segment))
			return err_set(err, ERR_INTERNAL, path, "a segment of the path is malformed");
		node = step(contract, node, segment);
	}
	const struct contract_operation **slot = &node->operations[operation->public.method];
	if (*slot != NULL)
		return err_set(err, ERR_INTERNAL, path, "%s and %s have the same route", (*slot)->public.id,
			       operation->public.id);
	*slot = operation;
	return ERR_NONE;
}

struct routing {
	const struct http_exchange *x;
	enum http_method method;
	unsigned allowed; /* bits: methods of every path that fits */
	const struct contract_operation *found;
};

static void search(struct routing *r, const struct route_node *node, size_t depth)
{
	if (depth == r->x->n_segments) {
		for (unsigned m = 0; m < HTTP_METHOD_COUNT; m++)
			r->allowed |= node->operations[m] != NULL ? 1u << m : 0;
		r->found = node->operations[r->method];
		return;
	}
	const char *segment = r->x->segments[depth];
	const struct route_node *child = find_child(node, segment);
	if (child != NULL)
		search(r, child, depth + 1);
	if (r->found == NULL && node->parameter != NULL && *segment != '\0')
		search(r, node->parameter, depth + 1);
}

static enum err_code refuse_method(unsigned allowed, struct err *err)
{
	if ((allowed & 1u << HTTP_GET) != 0)
		allowed |= 1u << HTTP_HEAD;
	struct buf names;
	buf_init(&names, 128);
	for (unsigned m = 0; m < HTTP_METHOD_COUNT; m++)
		if ((allowed & 1u << m) != 0)
			buf_printf(&names, "%s%s", names.size > 0 ? ", " : "", method_names[m]);
	enum err_code code = err_set(err, ERR_METHOD_NOT_ALLOWED, buf_text(&names), "allowed here: %s",
				     buf_text(&names));
	buf_release(&names);
	return code;
}

enum err_code contract_route(const struct contract *contract, const struct http_exchange *x,
			     const struct operation **ret_operation, struct err *err)
{
	struct routing r = {.x = x, .method = x->method == HTTP_HEAD ? HTTP_GET : x->method};
	search(&r, &contract->routes, 0);
	if (r.found != NULL) {
		*ret_operation = &r.found->public;
		return ERR_NONE;
	}
	if (r.allowed == 0)
		return err_set(err, ERR_NOT_FOUND, "", "there is no such path");
	return refuse_method(r.allowed, err);
}
