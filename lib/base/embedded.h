/*
 * Files that the programs carry inside them: everything under api/ (contract, policies, examples, problem pages), and
 * the version of the database schema that they were built for. Filled by scripts/embed-files at build time.
 */
#ifndef MASHD_BASE_EMBEDDED_H
#define MASHD_BASE_EMBEDDED_H

#include <stddef.h>

struct embedded_file {
	const char *path;          /* as in the repository, e.g. "api/openapi.yaml" */
	const unsigned char *data; /* followed by a NUL that `size` doesn't count */
	size_t size;               /* bytes */
};

/* In byte order of `path`. Static storage, never freed. */
extern const struct embedded_file embedded_files[];
extern const size_t embedded_files_count;

/* The leading digits of the newest file in migrations/, as dbmate records them in schema_migrations. */
extern const char embedded_schema_version[];

/* The file at exactly this path, or NULL. */
const struct embedded_file *embedded_find(const char *path);

#endif
