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

static void put_uuid(struct sbuf *b, const struct sha256 *digest)
{
	unsigned char bytes[16];
	memcpy(bytes, digest->bytes, sizeof bytes);
	bytes[6] = (unsigned char)(0x50 | (bytes[6] & 0x0f));
	bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f));
	for (size_t i = 0; i < sizeof bytes; i++)
		sbuf_printf(b, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", bytes[i]);
}

void id_put(struct sbuf *b, const struct ids *ids, enum id_kind kind, struct str repo,
            struct str name, struct str version)
{
	struct sha256 digest;
	if (digest_of(ids, kind, (struct str[]){ repo, name, version }, &digest))
		put_uuid(b, &digest);
	else
		b->failed = true;
}

bool id_is(struct str uuid, const struct ids *ids, enum id_kind kind, struct str repo,
           struct str name, struct str version)
{
	AUTO_SBUF struct sbuf b = sbuf_make(UUID_TEXT_BYTES);
	id_put(&b, ids, kind, repo, name, version);
	return sbuf_ok(&b) && str_eq_nocase(sbuf_str(&b), uuid);
}
