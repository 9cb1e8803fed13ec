/*
 * Finds embedded files by path. The files themselves are in a generated source; this knows nothing of their content.
 */
#include "base/embedded.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static int compare_path(const void *key, const void *element)
{
	const struct embedded_file *file = element;

	return strcmp(key, file->path);
}

const struct embedded_file *embedded_find(const char *path)
{
	return bsearch(path, embedded_files, embedded_files_count, sizeof(embedded_files[0]), compare_path);
}
