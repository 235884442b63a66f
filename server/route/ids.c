/* See ids.h. The form is a name-based UUID (RFC 9562 §5.5), of SHA-256. */
#include "server/route/ids.h"

#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/hash.h"

#define NAME_MAX_BYTES (16u * KIB)

enum err ids_open(const struct app *app, struct ids *ret, struct errinfo *e)
{
	return signing_key_public(app->log_key, &ret->seed, e);
}

static bool digest_of(const struct ids *ids, enum id_kind kind, const struct str part[3],
                      struct sha256 *ret)
{
	AUTO_SBUF struct sbuf name = sbuf_make(NAME_MAX_BYTES);
	struct errinfo e;
	sbuf_put(&name, str_make(ids->seed.bytes, sizeof ids->seed.bytes));
	sbuf_putc(&name, (char)kind);
	for (size_t i = 0; i < 3; i++) {
		sbuf_put(&name, part[i]);
		sbuf_putc(&name, '\0');
	}
	return sbuf_ok(&name) && sha256_of(sbuf_str(&name), ret, &e) == OK;
}

static bool dash_before(size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

static void uuid_of(const struct sha256 *digest, char ret[UUID_TEXT_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;
	for (size_t i = 0; i < 16; i++) {
		unsigned char byte = digest->bytes[i];
		byte = i == 6 ? 0x50 | (byte & 0x0f) : i == 8 ? 0x80 | (byte & 0x3f) : byte;
		if (dash_before(i))
			ret[n++] = '-';
		ret[n++] = digits[byte >> 4];
		ret[n++] = digits[byte & 15];
	}
}

void id_put(struct sbuf *b, const struct ids *ids, enum id_kind kind, struct str repo,
            struct str name, struct str version)
{
	struct sha256 digest;
	char text[UUID_TEXT_BYTES];
	if (!digest_of(ids, kind, (struct str[]){ repo, name, version }, &digest)) {
		b->failed = true;
		return;
	}
	uuid_of(&digest, text);
	sbuf_put(b, str_make(text, sizeof text));
}

bool id_is_valid(struct str uuid)
{
	if (uuid.n != UUID_TEXT_BYTES)
		return false;
	for (size_t i = 0; i < uuid.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? uuid.p[i] != '-' : !memchr("0123456789abcdefABCDEF", uuid.p[i], 22))
			return false;
	}
	return true;
}

bool id_is(struct str uuid, const struct ids *ids, enum id_kind kind, struct str repo,
           struct str name, struct str version)
{
	struct sha256 digest;
	char text[UUID_TEXT_BYTES];
	if (!digest_of(ids, kind, (struct str[]){ repo, name, version }, &digest))
		return false;
	uuid_of(&digest, text);
	return str_eq_nocase(str_make(text, sizeof text), uuid);
}
