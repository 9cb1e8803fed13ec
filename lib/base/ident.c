/* UUIDv7 and references. Randomness comes from the kernel through libuuid and libsodium. */
#include "base/ident.h"

#include <ctype.h>
#include <pthread.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <uuid/uuid.h>

#include "base/clock.h"

#include "base/banned.h"

static const char ALPHABET[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

enum { SYMBOLS = 30, REFERENCE_SYMBOLS = 8 };

/* 30 symbols would need a prime above 30 for the check to find every fault; 31 has one remainder more than symbols. */
enum { CHECK_MODULUS = 31 };

/* The last stamp: 48 bits of milliseconds, 12 bits of counter. One for the process, or ids would not be in order. */
static uint64_t next_stamp(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static uint64_t last;
	uint64_t stamp = clock_unix_ms() << 12;
	(void)pthread_mutex_lock(&lock);
	if (stamp <= last)
		stamp = last + 1; /* the same millisecond, or the clock stepped back */
	last = stamp;
	(void)pthread_mutex_unlock(&lock);
	return stamp;
}

void ident_new(char ret_text[IDENT_SIZE])
{
	uint64_t stamp = next_stamp();
	uint64_t ms = stamp >> 12;
	uuid_t id;
	randombytes_buf(id, sizeof id);
	for (int i = 0; i < 6; i++)
		id[i] = (unsigned char)(ms >> (40 - 8 * i));
	id[6] = (unsigned char)(0x70 | ((stamp >> 8) & 0x0f));
	id[7] = (unsigned char)(stamp & 0xff);
	id[8] = (unsigned char)(0x80 | (id[8] & 0x3f));
	uuid_unparse_lower(id, ret_text);
}

bool ident_is_uuid(const char *text)
{
	if (strnlen(text, IDENT_SIZE) != IDENT_SIZE - 1)
		return false;
	for (int i = 0; i < IDENT_SIZE - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

/* Position weights 2…9 and the modulus are coprime: a wrong symbol or a swap changes the sum. -1: no symbol fits. */
static int check_symbol(const int values[REFERENCE_SYMBOLS])
{
	int sum = 0;
	for (int i = 0; i < REFERENCE_SYMBOLS; i++)
		sum += values[i] * (i + 2);
	int rest = sum % CHECK_MODULUS;
	return rest < SYMBOLS ? rest : -1;
}

void ident_reference_new(char ret_text[IDENT_REFERENCE_SIZE])
{
	int values[REFERENCE_SYMBOLS];
	int check;
	do {
		for (int i = 0; i < REFERENCE_SYMBOLS; i++)
			values[i] = (int)randombytes_uniform(SYMBOLS);
		check = check_symbol(values);
	} while (check < 0);
	char *at = ret_text;
	*at++ = 'R';
	for (int i = 0; i < REFERENCE_SYMBOLS; i++) {
		if (i % 4 == 0)
			*at++ = '-';
		*at++ = ALPHABET[values[i]];
	}
	*at++ = '-';
	*at++ = ALPHABET[check];
	*at = '\0';
}

bool ident_reference_is_valid(const char *text)
{
	if (strnlen(text, IDENT_REFERENCE_SIZE) != IDENT_REFERENCE_SIZE - 1)
		return false;
	if (text[0] != 'R' || text[1] != '-' || text[6] != '-' || text[11] != '-')
		return false;
	int values[REFERENCE_SYMBOLS + 1];
	for (int i = 0; i < REFERENCE_SYMBOLS + 1; i++) {
		static const int place[REFERENCE_SYMBOLS + 1] = {2, 3, 4, 5, 7, 8, 9, 10, 12};
		const char *symbol = strchr(ALPHABET, text[place[i]]);
		if (symbol == NULL)
			return false;
		values[i] = (int)(symbol - ALPHABET);
	}
	return check_symbol(values) == values[REFERENCE_SYMBOLS];
}
