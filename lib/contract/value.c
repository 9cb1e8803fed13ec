/* Values as JSON Schema sees them: types, order and equality of numbers, multiples, equality of documents. */
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract/model.h"

#include "base/banned.h"

static const double TWO_63 = 9223372036854775808.0;

/* A fraction that is a whole number within the range of integers. */
static bool real_as_integer(double real, json_int_t *ret_integer)
{
	if (!(real >= -TWO_63 && real < TWO_63) || real != floor(real))
		return false;
	*ret_integer = (json_int_t)real;
	return true;
}

enum schema_type schema_type_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return TYPE_OBJECT;
	case JSON_ARRAY:
		return TYPE_ARRAY;
	case JSON_STRING:
		return TYPE_STRING;
	case JSON_INTEGER:
		return TYPE_INTEGER;
	case JSON_REAL: {
		double real = json_real_value(value);
		return real == floor(real) ? TYPE_INTEGER : TYPE_FRACTION;
	}
	case JSON_TRUE:
	case JSON_FALSE:
		return TYPE_BOOLEAN;
	default:
		return TYPE_NULL;
	}
}

static unsigned admits_any(const struct schema_list *list)
{
	unsigned types = list->n == 0 ? TYPE_ANY : 0;
	for (size_t i = 0; i < list->n; i++)
		types |= schema_admits(list->items[i]);
	return types;
}

unsigned schema_admits(const struct schema *schema)
{
	if (schema->kind != SCHEMA_RULES)
		return schema->kind == SCHEMA_TRUE ? TYPE_ANY : 0;
	unsigned types = schema->types;
	const struct combination *rules = schema->combination;
	if (rules == NULL)
		return types;
	if (rules->ref != NULL)
		types &= schema_admits(rules->ref);
	for (size_t i = 0; i < rules->all_of.n; i++)
		types &= schema_admits(rules->all_of.items[i]);
	return types & admits_any(&rules->any_of) & admits_any(&rules->one_of);
}

static int compare_integer_real(json_int_t integer, double real)
{
	if (real >= TWO_63)
		return -1;
	if (real < -TWO_63)
		return 1;
	double whole = trunc(real);
	json_int_t other = (json_int_t)whole;
	if (integer != other)
		return integer < other ? -1 : 1;
	return real > whole ? -1 : real < whole ? 1 : 0;
}

int schema_number_compare(const json_t *a, const json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b)) {
		json_int_t x = json_integer_value(a);
		json_int_t y = json_integer_value(b);
		return (x > y) - (x < y);
	}
	if (json_is_integer(a))
		return compare_integer_real(json_integer_value(a), json_real_value(b));
	if (json_is_integer(b))
		return -compare_integer_real(json_integer_value(b), json_real_value(a));
	double x = json_real_value(a);
	double y = json_real_value(b);
	return (x > y) - (x < y);
}

struct decimal schema_decimal(const json_t *number)
{
	if (json_is_integer(number)) {
		json_int_t n = json_integer_value(number);
		return (struct decimal){.digits = n < 0 ? -(uint64_t)n : (uint64_t)n};
	}
	double real = fabs(json_real_value(number));
	char text[40] = "";
	int precision = 14;
	for (; precision <= 16; precision++) {
		(void)snprintf(text, sizeof text, "%.*e", precision, real);
		if (strtod(text, NULL) == real)
			break;
	}
	precision = precision > 16 ? 16 : precision;
	struct decimal result = {0};
	const char *c = text;
	for (; *c != 'e' && *c != '\0'; c++)
		if (*c != '.')
			result.digits = result.digits * 10 + (uint64_t)(*c - '0');
	result.exponent = *c == 'e' ? (int)strtol(c + 1, NULL, 10) - precision : 0;
	return result;
}

/* 10^exponent mod `modulus` */
static uint64_t power_of_ten(int exponent, uint64_t modulus)
{
	unsigned __int128 result = 1 % modulus;
	unsigned __int128 base = 10 % modulus;
	for (; exponent > 0; exponent >>= 1) {
		if (exponent & 1)
			result = result * base % modulus;
		base = base * base % modulus;
	}
	return (uint64_t)result;
}

bool schema_is_multiple(struct decimal number, struct decimal step)
{
	if (number.digits == 0)
		return true;
	int shift = number.exponent - step.exponent;
	if (shift >= 0) {
		unsigned __int128 rest = number.digits % step.digits;
		return rest * power_of_ten(shift, step.digits) % step.digits == 0;
	}
	unsigned __int128 divisor = step.digits;
	for (; shift < 0; shift++) {
		divisor *= 10;
		if (divisor > number.digits)
			return false;
	}
	return number.digits % divisor == 0;
}

bool schema_value_equal(const json_t *a, const json_t *b)
{
	if (json_is_number(a) && json_is_number(b))
		return schema_number_compare(a, b) == 0;
	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_string(a)) {
		size_t size = json_string_length(a);
		return size == json_string_length(b) && memcmp(json_string_value(a), json_string_value(b), size) == 0;
	}
	if (json_is_array(a)) {
		if (json_array_size(a) != json_array_size(b))
			return false;
		for (size_t i = 0; i < json_array_size(a); i++)
			if (!schema_value_equal(json_array_get(a, i), json_array_get(b, i)))
				return false;
		return true;
	}
	if (!json_is_object(a))
		return true;
	if (json_object_size(a) != json_object_size(b))
		return false;
	for (void *i = json_object_iter((json_t *)a); i != NULL; i = json_object_iter_next((json_t *)a, i)) {
		const json_t *other = json_object_get(b, json_object_iter_key(i));
		if (other == NULL || !schema_value_equal(json_object_iter_value(i), other))
			return false;
	}
	return true;
}

static uint64_t hash_bytes(const unsigned char *key, const void *data, size_t size)
{
	uint64_t hash;
	_Static_assert(sizeof hash == crypto_shorthash_BYTES, "the hash has 64 bits");
	_Static_assert(HASH_KEY_SIZE == crypto_shorthash_KEYBYTES, "the key has 128 bits");
	(void)crypto_shorthash((unsigned char *)&hash, data, size, key);
	return hash;
}

/* Equal values have equal hashes. The order of members must not count: theirs are added up. */
static uint64_t hash_value(const unsigned char *key, const json_t *value)
{
	uint64_t parts[2] = {(uint64_t)json_typeof(value), 0};
	json_int_t integer;
	switch (json_typeof(value)) {
	case JSON_STRING:
		parts[1] = hash_bytes(key, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		parts[1] = (uint64_t)json_integer_value(value);
		break;
	case JSON_REAL: {
		double real = json_real_value(value);
		if (real_as_integer(real, &integer)) {
			parts[0] = JSON_INTEGER;
			parts[1] = (uint64_t)integer;
		} else {
			memcpy(&parts[1], &real, sizeof real);
		}
		break;
	}
	case JSON_ARRAY:
		for (size_t i = 0; i < json_array_size(value); i++) {
			uint64_t pair[2] = {parts[1], hash_value(key, json_array_get(value, i))};
			parts[1] = hash_bytes(key, pair, sizeof pair);
		}
		break;
	case JSON_OBJECT:
		for (void *i = json_object_iter((json_t *)value); i != NULL;
		     i = json_object_iter_next((json_t *)value, i)) {
			const char *name = json_object_iter_key(i);
			uint64_t pair[2] = {hash_bytes(key, name, strlen(name)),
					    hash_value(key, json_object_iter_value(i))};
			parts[1] += hash_bytes(key, pair, sizeof pair);
		}
		break;
	default:
		break;
	}
	return hash_bytes(key, parts, sizeof parts);
}

struct hashed {
	uint64_t hash;
	size_t index;
};

static int compare_hashed(const void *a, const void *b)
{
	const struct hashed *x = a;
	const struct hashed *y = b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* The hash is keyed with random bytes, so that nobody can prepare many items with one hash. */
static bool unique_by_hash(const struct schema_set *set, const json_t *array, size_t *ret_index)
{
	size_t n = json_array_size(array);
	struct hashed *items = calloc(n, sizeof *items);
	if (items == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		items[i] = (struct hashed){hash_value(set->hash_key, json_array_get(array, i)), i};
	qsort(items, n, sizeof *items, compare_hashed);
	bool unique = true;
	for (size_t i = 1; i < n && unique; i++) {
		if (items[i].hash == items[i - 1].hash &&
		    schema_value_equal(json_array_get(array, items[i].index),
				       json_array_get(array, items[i - 1].index))) {
			*ret_index = items[i].index;
			unique = false;
		}
	}
	free(items);
	return unique;
}

bool schema_items_unique(const struct schema_set *set, const json_t *array, size_t *ret_index)
{
	enum { FEW = 12 };
	size_t n = json_array_size(array);
	if (n > FEW)
		return unique_by_hash(set, array, ret_index);
	for (size_t i = 1; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (schema_value_equal(json_array_get(array, i), json_array_get(array, j))) {
				*ret_index = i;
				return false;
			}
		}
	}
	return true;
}
