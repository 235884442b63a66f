/* One gzip member, inflated at once by libdeflate.
 *
 * The header is read here and not by the library, because the library is as generous as the
 * format: it takes 64 KiB of extra field and does not look behind the member. The size in the
 * trailer decides how much memory is asked for, once it has passed the limits; a stream that
 * does not fill exactly that is refused, so a lie costs the liar's upload and nothing else.   */
#include "indexer/format/gzip.h"

#include <libdeflate.h>
#include <stdlib.h>

#include "indexer/base/limits.h"

#define HEADER_BYTES 10u
#define TRAILER_BYTES 8u
#define DEFLATE_RATIO_MAX 1032u      /* what the format can reach */
/* Go's reader, and so Helm, takes no longer texts, the NUL included. */
#define TEXT_MAX_BYTES (GZIP_HEADER_FIELD_MAX_BYTES / 2)

enum flag { FHCRC = 0x02, FEXTRA = 0x04, FNAME = 0x08, FCOMMENT = 0x10, FRESERVED = 0xe0 };

static const char helm_header[] =
	"\x1f\x8b\x08\x14\0\0\0\0\0\xff" "\x29\0"
	"+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=" "Helm";     /* with its NUL */

void gzip_buffer_done(struct gzip_buffer *b)
{
	free(b->p);
	*b = (struct gzip_buffer){ 0 };
}

static enum err buffer_fit(struct gzip_buffer *b, size_t bytes, struct errinfo *e)
{
	if (b->p && bytes <= b->capacity && b->capacity <= GZIP_KEPT_MAX_BYTES)
		return OK;
	gzip_buffer_done(b);
	b->p = malloc(bytes ? bytes : 1);
	if (!b->p)
		return ERR(e, NOMEM, "%zu bytes for an archive", bytes);
	b->capacity = bytes;
	return OK;
}

static unsigned byte_at(struct str s, size_t at)
{
	return (unsigned char)s.p[at];
}

static uint32_t u32_at(struct str s, size_t at)
{
	return byte_at(s, at) | byte_at(s, at + 1) << 8 | byte_at(s, at + 2) << 16 |
	       (uint32_t)byte_at(s, at + 3) << 24;
}

static enum err skip_extra(struct str packed, size_t *at, struct errinfo *e)
{
	if (packed.n - *at < 2)
		return ERR(e, ARCHIVE, "gzip: the header is cut off");
	size_t bytes = byte_at(packed, *at) | byte_at(packed, *at + 1) << 8;
	if (bytes > GZIP_HEADER_FIELD_MAX_BYTES)
		return ERR(e, ARCHIVE, "gzip: an extra field of %zu bytes; %u are accepted", bytes,
		           GZIP_HEADER_FIELD_MAX_BYTES);
	if (packed.n - *at - 2 < bytes)
		return ERR(e, ARCHIVE, "gzip: the header is cut off");
	*at += 2 + bytes;
	return OK;
}

static enum err skip_text(struct str packed, size_t *at, const char *what, struct errinfo *e)
{
	struct str rest = str_first(str_from(packed, *at), TEXT_MAX_BYTES);
	const char *end = rest.n ? memchr(rest.p, '\0', rest.n) : NULL;
	if (!end)
		return ERR(e, ARCHIVE, "gzip: the %s in the header has no end within %u bytes", what,
		           TEXT_MAX_BYTES);
	*at += (size_t)(end - rest.p) + 1;
	return OK;
}

static enum err skip_crc(struct str packed, size_t *at, struct errinfo *e)
{
	if (packed.n - *at < 2)
		return ERR(e, ARCHIVE, "gzip: the header is cut off");
	unsigned stated = byte_at(packed, *at) | byte_at(packed, *at + 1) << 8;
	if (stated != (libdeflate_crc32(0, packed.p, *at) & 0xffff))
		return ERR(e, ARCHIVE, "gzip: the checksum of the header is wrong");
	*at += 2;
	return OK;
}

/* Cuts header and trailer off: *ret_stream is what stands between them. */
static enum err open_member(struct str packed, struct str *ret_stream, struct errinfo *e)
{
	if (packed.n < 3 || memcmp(packed.p, "\x1f\x8b\x08", 3) != 0)
		return ERR(e, ARCHIVE, "this is not a gzip file");
	if (packed.n < HEADER_BYTES + TRAILER_BYTES)
		return ERR(e, ARCHIVE, "gzip: the file ends after %zu bytes", packed.n);
	unsigned flags = byte_at(packed, 3);
	if (flags & FRESERVED)
		return ERR(e, ARCHIVE, "gzip: reserved flags are set in the header");
	size_t at = HEADER_BYTES;
	enum err err = OK;
	if (flags & FEXTRA)
		err = skip_extra(packed, &at, e);
	if (!err && (flags & FNAME))
		err = skip_text(packed, &at, "name", e);
	if (!err && (flags & FCOMMENT))
		err = skip_text(packed, &at, "comment", e);
	if (!err && (flags & FHCRC))
		err = skip_crc(packed, &at, e);
	if (err)
		return err;
	if (packed.n - at < TRAILER_BYTES)
		return ERR(e, ARCHIVE, "gzip: the file is cut off");
	*ret_stream = str_make(packed.p + at, packed.n - at - TRAILER_BYTES);
	return OK;
}

/* The last four bytes of the file may be anything a stranger likes. */
static enum err judge_size(size_t packed, size_t stated, struct errinfo *e)
{
	if (stated / DEFLATE_RATIO_MAX > packed)
		return ERR(e, ARCHIVE, "gzip: %zu bytes cannot unpack to the stated %zu: the file is "
		           "damaged, or something follows the stream", packed, stated);
	if (stated > CHART_UNPACKED_MAX_BYTES)
		return ERR(e, TOO_LARGE, "the archive unpacks to %zu bytes; %u are accepted", stated,
		           CHART_UNPACKED_MAX_BYTES);
	if (stated > CHART_RATIO_FREE_BYTES && stated / CHART_RATIO_MAX > packed)
		return ERR(e, TOO_LARGE, "the archive unpacks from %zu to %zu bytes, more than %u times",
		           packed, stated, CHART_RATIO_MAX);
	return OK;
}

static enum err judge_member(struct str packed, struct str *ret_stream, size_t *ret_stated, struct errinfo *e)
{
	enum err err = open_member(packed, ret_stream, e);
	if (err)
		return err;
	*ret_stated = u32_at(packed, packed.n - 4);
	return judge_size(packed.n, *ret_stated, e);
}

enum err gzip_stated_bytes(struct str packed, size_t *ret_bytes, struct errinfo *e)
{
	struct str stream;
	return judge_member(packed, &stream, ret_bytes, e);
}

static enum err inflate_exactly(struct str stream, char *to, size_t stated, struct errinfo *e)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	if (!d)
		return ERR(e, NOMEM, "a decompressor");
	size_t in = 0, out = 0;
	enum libdeflate_result result =
		libdeflate_deflate_decompress_ex(d, stream.p, stream.n, to, stated, &in, &out);
	libdeflate_free_decompressor(d);
	if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
		return ERR(e, ARCHIVE, "gzip: more data than the stated %zu bytes: the file is damaged, or "
		           "something follows the stream", stated);
	if (result != LIBDEFLATE_SUCCESS)
		return ERR(e, ARCHIVE, "gzip: the compressed data is damaged or cut off");
	if (in != stream.n)
		return ERR(e, ARCHIVE, "gzip: %zu bytes follow the stream", stream.n - in);
	if (out != stated)
		return ERR(e, ARCHIVE, "gzip: %zu bytes of data, %zu are stated", out, stated);
	return OK;
}

enum err gzip_inflate(struct str packed, struct gzip_buffer *b, struct str *ret_data,
                      struct errinfo *e)
{
	struct str stream = { 0 };
	size_t stated;
	enum err err = judge_member(packed, &stream, &stated, e);
	if (err)
		return err;
	err = buffer_fit(b, stated, e);
	if (!err)
		err = inflate_exactly(stream, b->p, stated, e);
	if (err)
		return err;
	if (libdeflate_crc32(0, b->p, stated) != u32_at(packed, packed.n - TRAILER_BYTES))
		return ERR(e, ARCHIVE, "gzip: the checksum of the data is wrong");
	*ret_data = str_make(b->p, stated);
	return OK;
}

static void put_u32(char *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (char)(value >> (8 * i) & 0xff);
}

enum err gzip_deflate(struct str data, char **ret, size_t *ret_bytes, struct errinfo *e)
{
	if (data.n > CHART_UNPACKED_MAX_BYTES)
		return ERR(e, TOO_LARGE, "the archive has %zu bytes; %u are accepted", data.n,
		           CHART_UNPACKED_MAX_BYTES);
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(CHART_GZIP_LEVEL);
	if (!c)
		return ERR(e, NOMEM, "a compressor");
	size_t room = libdeflate_deflate_compress_bound(c, data.n);
	char *packed = malloc(sizeof helm_header + room + TRAILER_BYTES);
	size_t n = packed ? libdeflate_deflate_compress(c, data.n ? data.p : "", data.n,
	                                                packed + sizeof helm_header, room) : 0;
	libdeflate_free_compressor(c);
	if (!n) {
		free(packed);
		return ERR(e, NOMEM, "%zu bytes for an archive", room);
	}
	memcpy(packed, helm_header, sizeof helm_header);
	put_u32(packed + sizeof helm_header + n, libdeflate_crc32(0, data.n ? data.p : "", data.n));
	put_u32(packed + sizeof helm_header + n + 4, (uint32_t)data.n);
	*ret = packed;
	*ret_bytes = sizeof helm_header + n + TRAILER_BYTES;
	return OK;
}

enum err gzip_pack(struct str data, enum gzip_effort effort, char **ret, size_t *ret_bytes,
                   struct errinfo *e)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor((int)effort);
	if (!c)
		return ERR(e, NOMEM, "a compressor");
	size_t room = libdeflate_gzip_compress_bound(c, data.n);
	char *packed = malloc(room);
	size_t n = packed ? libdeflate_gzip_compress(c, data.n ? data.p : "", data.n, packed, room) : 0;
	libdeflate_free_compressor(c);
	if (!n) {
		free(packed);
		return ERR(e, NOMEM, "%zu bytes for an answer", room);
	}
	*ret = packed;
	*ret_bytes = n;
	return OK;
}
