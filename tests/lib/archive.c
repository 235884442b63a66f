/* Raw tar headers and gzip members, right or wrong as asked. */
#include "tests/lib/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#define BLOCK 512u
#define DEFLATE_STEP_BYTES 65536u

enum offset {
	AT_NAME = 0, AT_MODE = 100, AT_UID = 108, AT_GID = 116, AT_SIZE = 124, AT_MTIME = 136,
	AT_CHECKSUM = 148, AT_TYPE = 156, AT_LINK = 157, AT_MAGIC = 257, AT_DEV_MAJOR = 329,
	AT_DEV_MINOR = 337, AT_PREFIX = 345,
};

static void field(char *h, size_t at, size_t width, const char *text, size_t bytes)
{
	size_t n = bytes ? bytes : text ? strlen(text) : 0;
	if (text)
		memcpy(h + at, text, n < width ? n : width);
}

static void set_checksum(char *h)
{
	char text[16];
	unsigned sum = 0;
	memset(h + AT_CHECKSUM, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)h[i];
	(void)snprintf(text, sizeof text, "%06o", sum);
	memcpy(h + AT_CHECKSUM, text, 7);
}

static const char *or_else(const char *given, const char *otherwise)
{
	return given ? given : otherwise;
}

void archive_put(struct sbuf *b, const struct raw_member *m)
{
	char h[BLOCK] = { 0 }, size[16];
	size_t n = m->data_bytes ? m->data_bytes : m->data ? strlen(m->data) : 0;
	(void)snprintf(size, sizeof size, "%011zo", n);
	field(h, AT_NAME, 100, m->name, m->name_bytes);
	field(h, AT_MODE, 8, or_else(m->mode, "0000644"), 0);
	field(h, AT_UID, 8, or_else(m->uid, "0000000"), m->uid_bytes);
	field(h, AT_GID, 8, "0000000", 0);
	field(h, AT_SIZE, 12, or_else(m->size, size), m->size_bytes);
	field(h, AT_MTIME, 12, or_else(m->mtime, "14524770400"), m->mtime_bytes);
	h[AT_TYPE] = (char)(m->type == TYPE_NUL ? '\0' : m->type ? m->type : '0');
	field(h, AT_LINK, 100, m->link, 0);
	field(h, AT_MAGIC, 8, or_else(m->magic, "ustar\0" "00"), m->magic ? m->magic_bytes : 8);
	field(h, AT_DEV_MAJOR, 8, or_else(m->dev_major, "0000000"), 0);
	field(h, AT_DEV_MINOR, 8, "0000000", 0);
	field(h, AT_PREFIX, 155, m->prefix, 0);
	h[BLOCK - 1] = m->padding;
	set_checksum(h);
	field(h, AT_CHECKSUM, 8, m->checksum, 0);
	sbuf_put(b, str_make(h, BLOCK));
	if (m->data)
		sbuf_put(b, str_make(m->data, n));
	else
		archive_zeros(b, n);
	if (!m->cut_padding)
		archive_zeros(b, (BLOCK - n % BLOCK) % BLOCK);
}

void archive_zeros(struct sbuf *b, size_t n)
{
	char *to = sbuf_reserve(b, n);
	if (!to)
		return;
	memset(to, 0, n);
	b->n += n;
}

void archive_end(struct sbuf *b)
{
	archive_zeros(b, 2u * BLOCK);
}

void archive_pax_record(struct sbuf *b, const char *key, struct str value)
{
	size_t body = strlen(key) + value.n + sizeof " =\n" - 1, length = body;
	char digits[24];
	for (size_t before = 0; before != length;) {
		before = length;
		length = body + (size_t)snprintf(digits, sizeof digits, "%zu", length);
	}
	sbuf_printf(b, "%zu %s=", length, key);
	sbuf_put(b, value);
	sbuf_putc(b, '\n');
}

void archive_good_tar(struct sbuf *b, const char *name, const char *version)
{
	char path[4][80], yaml[200];
	static const char *const files[4] = { "Chart.yaml", "values.yaml", "templates/service.yaml",
	                                      "README.md" };
	for (size_t i = 0; i < 4; i++)
		(void)snprintf(path[i], sizeof path[i], "%s/%s", name, files[i]);
	(void)snprintf(yaml, sizeof yaml, "apiVersion: v2\nname: %s\nversion: %s\n", name, version);
	archive_put(b, &(struct raw_member){ .name = path[0], .data = yaml });
	archive_put(b, &(struct raw_member){ .name = path[1], .data = "replicas: 1\n" });
	archive_put(b, &(struct raw_member){ .name = path[2], .data = "kind: Service\n" });
	archive_put(b, &(struct raw_member){ .name = path[3], .data = "" });
	archive_end(b);
}

/* 0 where the field is no plain number. */
static size_t stated_size(const char *h)
{
	size_t size = 0;
	for (size_t i = 0; i < 11 && h[AT_SIZE + i] >= '0' && h[AT_SIZE + i] <= '7'; i++)
		size = size * 8 + (size_t)(h[AT_SIZE + i] - '0');
	return size;
}

void archive_fix_checksums(char *tar, size_t n)
{
	static const char zeros[BLOCK];
	for (size_t at = 0; n - at >= BLOCK;) {
		if (memcmp(tar + at, zeros, BLOCK) != 0)
			set_checksum(tar + at);
		size_t data = stated_size(tar + at);
		at += BLOCK;
		size_t blocks = (data + BLOCK - 1) / BLOCK * BLOCK;
		if (blocks < n - at)
			at += blocks;
	}
}

static void put_u32(struct sbuf *b, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		sbuf_putc(b, (char)(value >> (8 * i) & 0xff));
}

static void put_gzip_header(struct sbuf *b, const struct raw_gzip *g)
{
	unsigned flags = (g->plain ? 0 : 0x14u) | g->flags | (g->header_crc ? 2u : 0);
	sbuf_puts(b, "\x1f\x8b\x08");
	sbuf_putc(b, (char)flags);
	sbuf_put(b, STR("\0\0\0\0\0\xff"));
	if (!g->plain)
		sbuf_put(b, STR("\x29\0+aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo=Helm\0"));
	if (g->plain && (flags & 4)) {
		sbuf_putc(b, (char)(g->extra_bytes & 0xff));
		sbuf_putc(b, (char)(g->extra_bytes >> 8 & 0xff));
		archive_zeros(b, g->extra_bytes);
	}
	for (size_t i = 0; i < g->text_bytes; i++)
		sbuf_putc(b, 'n');
	if (g->plain && (flags & 8) && !g->text_without_nul)
		sbuf_putc(b, '\0');
	if (g->header_crc) {
		uLong crc = crc32(0, (const Bytef *)b->p, (uInt)b->n) ^ (g->wrong_header_crc ? 1u : 0u);
		sbuf_putc(b, (char)(crc & 0xff));
		sbuf_putc(b, (char)(crc >> 8 & 0xff));
	}
}

void archive_gzip(struct sbuf *b, struct str data, const struct raw_gzip *g)
{
	z_stream z = { 0 };
	put_gzip_header(b, g);
	if (deflateInit2(&z, g->level ? g->level : 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (Bytef *)(uintptr_t)(data.n ? data.p : "");
	z.avail_in = (uInt)data.n;
	for (int result = Z_OK; result != Z_STREAM_END;) {
		char *to = sbuf_reserve(b, DEFLATE_STEP_BYTES);
		if (!to)
			break;
		z.next_out = (Bytef *)to;
		z.avail_out = DEFLATE_STEP_BYTES;
		result = deflate(&z, Z_FINISH);
		b->n += DEFLATE_STEP_BYTES - z.avail_out;
	}
	(void)deflateEnd(&z);
	uLong crc = crc32(0, (const Bytef *)(data.n ? data.p : ""), (uInt)data.n);
	put_u32(b, (uint32_t)crc ^ g->crc_xor);
	put_u32(b, (uint32_t)data.n + g->size_add);
}

/* zlib finds the end of the stream; it complains about the trailer, which is rewritten. */
void archive_fix_gzip(char *gz, size_t n)
{
	static unsigned char out[64u * 1024u];
	z_stream z = { 0 };
	if (n < 18 || inflateInit2(&z, 15 + 16) != Z_OK)
		return;
	uLong total = 0, crc = crc32(0, Z_NULL, 0);
	int result = Z_OK;
	z.next_in = (Bytef *)gz;
	z.avail_in = (uInt)n;
	while (result == Z_OK) {
		z.next_out = out;
		z.avail_out = sizeof out;
		result = inflate(&z, Z_NO_FLUSH);
		crc = crc32(crc, out, (uInt)(sizeof out - z.avail_out));
		total += sizeof out - z.avail_out;
	}
	bool trailer = result == Z_STREAM_END || (z.msg && strstr(z.msg, "check"));
	(void)inflateEnd(&z);
	for (unsigned i = 0; trailer && i < 4; i++) {
		gz[n - 8 + i] = (char)(crc >> (8 * i) & 0xff);
		gz[n - 4 + i] = (char)(total >> (8 * i) & 0xff);
	}
}
