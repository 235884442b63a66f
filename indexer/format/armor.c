/* See armor.h. */
#include "indexer/format/armor.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/limits.h"
#include "indexer/format/cleartext.h"

#define BEGIN "-----BEGIN PGP "
#define END "-----END PGP "
#define KEYS "PUBLIC KEY BLOCK-----\n"
#define LINE_BYTES 48                                        /* 64 letters */
#define CRC24_START 0xb704ceu                                /* RFC 4880 §6.1 */
#define CRC24_POLYNOMIAL 0x864cfbu
#define CRC24_BYTES 3

enum place { OUTSIDE, IN_HEADERS, IN_DATA };

struct reading {
	enum place place;
	bool has_checksum;
	struct sbuf to, data;            /* data: the block's Base64 */
};

static uint32_t crc24(const unsigned char *bytes, size_t n)
{
	uint32_t crc = CRC24_START;
	for (size_t i = 0; i < n; i++) {
		crc ^= (uint32_t)bytes[i] << 16;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x800000u ? crc << 1 ^ CRC24_POLYNOMIAL : crc << 1;
	}
	return crc & 0xffffffu;
}

static void put_checksum(struct sbuf *to, const unsigned char *data, size_t n)
{
	uint32_t crc = crc24(data, n);
	const unsigned char bytes[CRC24_BYTES] = {
		(unsigned char)(crc >> 16), (unsigned char)(crc >> 8), (unsigned char)crc,
	};
	sbuf_putc(to, '=');
	base64_put(to, str_make(bytes, sizeof bytes));
	sbuf_putc(to, '\n');
}

/* Nothing where the data cannot be read: librnp says what is wrong with it. */
static void end_block(struct reading *r, unsigned char *room)
{
	size_t n;
	if (!r->has_checksum && base64_read(sbuf_str(&r->data), room, r->data.n, &n))
		put_checksum(&r->to, room, n);
	r->place = OUTSIDE;
}

static void take_line(struct reading *r, struct str line, unsigned char *room)
{
	if (str_starts(line, STR(BEGIN)) && !str_eq_c(line, CLEARTEXT_BEGIN)) {
		r->place = IN_HEADERS;
		r->has_checksum = false;
		sbuf_reset(&r->data);
	} else if (r->place == IN_HEADERS) {
		r->place = line.n ? IN_HEADERS : IN_DATA;
	} else if (r->place == IN_DATA && str_starts(line, STR(END))) {
		end_block(r, room);
	} else if (r->place == IN_DATA && str_starts(line, STR("="))) {
		r->has_checksum = true;
	} else if (r->place == IN_DATA) {
		sbuf_put(&r->data, line);
	}
}

enum err armor_complete(struct arena *a, struct str text, struct str *ret, struct errinfo *e)
{
	/* A block takes more than a checksum's line. */
	struct reading r = { .to = sbuf_make(2 * text.n + 1), .data = sbuf_make(text.n + 1) };
	AUTO_FREE unsigned char *room = malloc(text.n + 1);
	struct str rest = text;
	while (room && rest.n) {
		struct str from = rest;
		take_line(&r, str_trim(str_cut_line(&rest)), room);
		sbuf_put(&r.to, str_first(from, from.n - rest.n));
	}
	bool is_good = room && sbuf_ok(&r.to) && sbuf_ok(&r.data);
	if (is_good && r.to.n != text.n)
		is_good = arena_str(a, sbuf_str(&r.to), ret);
	else
		*ret = text;
	sbuf_done(&r.to);
	sbuf_done(&r.data);
	return is_good ? OK : ERR(e, NOMEM, "armor");
}

/* RFC 9580 §4.2: the first byte of a packet has its highest bit set, of a text it has not. */
static bool is_packet(struct str keys) { return keys.n && (unsigned char)keys.p[0] & 0x80; }

enum err armor_keyring(struct arena *a, struct str keys, struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * keys.n + KIB);
	*ret = keys;
	if (!is_packet(keys))
		return OK;
	sbuf_puts(&b, BEGIN KEYS "\n");
	for (size_t at = 0; at < keys.n; at += LINE_BYTES) {
		base64_put(&b, str_make(keys.p + at, keys.n - at < LINE_BYTES ? keys.n - at : LINE_BYTES));
		sbuf_putc(&b, '\n');
	}
	put_checksum(&b, (const unsigned char *)keys.p, keys.n);
	sbuf_puts(&b, END KEYS);
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "keyring");
}
