/* YAML files of the contract, as JSON. */
#ifndef MASHD_CONTRACT_YAML_H
#define MASHD_CONTRACT_YAML_H

#include <jansson.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Reads one document. Plain scalars follow the core schema of YAML 1.2 (true, false, null, integers, floats; `yes`, `on`
 * and dates are strings), quoted ones are strings, keys are always strings. Duplicate keys, anchors, aliases, explicit
 * tags, numbers that JSON has not, and a second document are refused. `file` names the input in errors: ERR_INTERNAL with
 * place "file:line". The caller owns the result.
 */
enum err_code contract_yaml_read(const char *file, const char *text, size_t size, json_t **ret_json, struct err *err)
	MUST_CHECK;

#endif
