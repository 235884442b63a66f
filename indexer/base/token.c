/* Tokens: random text with a checksum. */
#include "indexer/base/flate.h"
#include "indexer/base/secret.h"

#define PREFIX_BYTES (sizeof TOKEN_PREFIX - 1)
#define CHECKSUM_BYTES 6                             /* 62^6 > 2^32 */
#define RANDOM_BYTES (TOKEN_BYTES - PREFIX_BYTES - CHECKSUM_BYTES)  /* 62^27 > 2^160 */

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
#define BASE 62u

static bool is_digit(char c) { return c && strchr(digits, c); }

static void put_checksum(struct str of, char ret[CHECKSUM_BYTES])
{
	uint32_t crc = flate_crc(of);
	for (size_t i = CHECKSUM_BYTES; i-- > 0; crc /= BASE)
		ret[i] = digits[crc % BASE];
}

/* Bytes from the last, incomplete run of 62 are thrown again: every digit is equally likely. */
static bool random_digit(char *ret)
{
	unsigned char byte;
	do {
		if (!random_bytes(&byte, 1))
			return false;
	} while (byte >= 256 / BASE * BASE);
	*ret = digits[byte % BASE];
	return true;
}

enum err token_new(char ret[TOKEN_BYTES + 1], struct errinfo *e)
{
	char text[TOKEN_BYTES + 1] = TOKEN_PREFIX, *random = text + PREFIX_BYTES;
	for (size_t i = 0; i < RANDOM_BYTES; i++)
		if (!random_digit(&random[i]))
			return ERR_SYS(e, "getrandom");
	put_checksum(str_make(random, RANDOM_BYTES), random + RANDOM_BYTES);
	memcpy(ret, text, sizeof text);
	secret_wipe(text, sizeof text);
	return OK;
}

bool token_is_well_formed(struct str text)
{
	char checksum[CHECKSUM_BYTES];
	if (text.n != TOKEN_BYTES || !str_starts(text, STR(TOKEN_PREFIX)))
		return false;
	struct str random = str_first(str_from(text, PREFIX_BYTES), RANDOM_BYTES);
	for (size_t i = 0; i < random.n; i++)
		if (!is_digit(random.p[i]))
			return false;
	put_checksum(random, checksum);
	return str_eq(str_from(text, TOKEN_BYTES - CHECKSUM_BYTES), str_make(checksum, sizeof checksum));
}
