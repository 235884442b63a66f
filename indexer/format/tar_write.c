/* Writing tar: what Go's archive/tar, and so `helm package`, would write.
 *
 * Not through libarchive: without a UTF-8 locale it marks names that are not ASCII with
 * hdrcharset=BINARY, which readers warn about, and the bytes must not depend on the locale.   */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/gzip.h"
#include "indexer/format/tar_judge.h"

#define MTIME_MAX INT64_C(077777777777)

struct tar_writer {
	struct sbuf out;
	size_t members;
};

/* A member's headers, its padding and the end of the archive. */
#define OVERHEAD_BYTES (8u * TAR_BLOCK_BYTES)

enum err tar_writer_new(struct tar_writer **ret, struct errinfo *e)
{
	struct tar_writer *w = calloc(1, sizeof *w);
	if (!w)
		return ERR(e, NOMEM, "a tar writer");
	w->out = sbuf_make(CHART_UNPACKED_MAX_BYTES);
	*ret = w;
	return OK;
}

void tar_writer_free(struct tar_writer *w)
{
	if (!w)
		return;
	sbuf_done(&w->out);
	free(w);
}

static void put_zeros(struct sbuf *b, size_t n)
{
	char *to = sbuf_reserve(b, n);
	if (!to)
		return;
	memset(to, 0, n);
	b->n += n;
}

static void put_data(struct sbuf *b, struct str data)
{
	sbuf_put(b, data);
	put_zeros(b, TAR_PADDING_BYTES(data.n));
}

static void put_octal(char *to, size_t bytes, uint64_t value)
{
	for (size_t i = bytes - 1; i-- > 0; value >>= 3)
		to[i] = (char)('0' + (value & 7));
}

static void put_header(struct sbuf *b, char type, struct str prefix, struct str name, uint64_t size,
                       int64_t mtime)
{
	struct tar_header h = { .type = type };
	assert(name.n);                  /* tar_name_check saw to it */
	memcpy(h.name, name.p, name.n);
	if (prefix.n)
		memcpy(h.prefix, prefix.p, prefix.n);
	memcpy(h.magic, TAR_MAGIC_USTAR.p, sizeof h.magic);
	put_octal(h.mode, sizeof h.mode, 0644);
	put_octal(h.uid, sizeof h.uid, 0);
	put_octal(h.gid, sizeof h.gid, 0);
	put_octal(h.size, sizeof h.size, size);
	put_octal(h.mtime, sizeof h.mtime, (uint64_t)mtime);
	put_octal(h.dev_major, sizeof h.dev_major, 0);
	put_octal(h.dev_minor, sizeof h.dev_minor, 0);
	put_octal(h.checksum, sizeof h.checksum - 1, tar_checksum(&h));
	h.checksum[sizeof h.checksum - 1] = ' ';
	sbuf_put(b, str_make(&h, sizeof h));
}

/* ustar keeps long names in two parts that a slash separates. */
static bool split_name(struct str name, struct str *ret_prefix, struct str *ret_rest)
{
	const struct tar_header *h = NULL;
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] > 0x7f)
			return false;
	*ret_prefix = (struct str){ 0 };
	*ret_rest = name;
	if (name.n <= sizeof h->name)
		return true;
	for (size_t i = 1; i < name.n && i <= sizeof h->prefix; i++)
		if (name.p[i] == '/' && name.n - i - 1 <= sizeof h->name) {
			*ret_prefix = str_first(name, i);
			*ret_rest = str_from(name, i + 1);
			return true;
		}
	return false;
}

/* A pax record counts its own length, digits included. */
static size_t pax_path_bytes(struct str name)
{
	size_t length = sizeof " path=\n" - 1 + name.n;
	size_t digits = length + 1 < 10 ? 1 : length + 2 < 100 ? 2 : length + 3 < 1000 ? 3 : 4;
	return length + digits;
}

static void put_pax_path(struct sbuf *b, struct str name)
{
	char record[CHART_MEMBER_NAME_MAX_BYTES + 16];
	int n = snprintf(record, sizeof record, "%zu path=%.*s\n", pax_path_bytes(name), STR_ARG(name));
	put_header(b, 'x', (struct str){ 0 }, STR("PaxHeaders.0/path"), (uint64_t)n, 0);
	put_data(b, str_make(record, (size_t)n));
}

void tar_header_put(struct sbuf *b, struct str name, uint64_t bytes, int64_t mtime_seconds)
{
	struct str prefix = { 0 }, rest;
	int64_t mtime = mtime_seconds < 0 ? 0 : mtime_seconds > MTIME_MAX ? MTIME_MAX : mtime_seconds;
	if (!split_name(name, &prefix, &rest)) {
		put_pax_path(b, name);
		prefix = (struct str){ 0 };
		rest = STR("PaxHeaders.0/member");
	}
	put_header(b, '0', prefix, rest, bytes, mtime);
}

static uint64_t padded(uint64_t bytes) { return bytes + TAR_PADDING_BYTES(bytes); }

uint64_t tar_member_bytes(struct str name, uint64_t bytes)
{
	struct str prefix, rest;
	uint64_t pax = split_name(name, &prefix, &rest) ? 0 : TAR_BLOCK_BYTES + padded(pax_path_bytes(name));
	return pax + TAR_BLOCK_BYTES + padded(bytes);
}

static enum err check_limits(struct tar_writer *w, const char *name, struct str data,
                             struct errinfo *e)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	if (data.n > CHART_FILE_MAX_BYTES)
		return ERR(e, TOO_LARGE, "%s: a file of %zu bytes; %u are accepted",
		           tar_shown(str_c(name), shown), data.n, CHART_FILE_MAX_BYTES);
	if (w->out.n + data.n + OVERHEAD_BYTES > CHART_UNPACKED_MAX_BYTES)
		return ERR(e, TOO_LARGE, "the archive has more than %u bytes", CHART_UNPACKED_MAX_BYTES);
	if (w->members == CHART_MEMBERS_MAX)
		return ERR(e, TOO_LARGE, "the archive has more than %u entries", CHART_MEMBERS_MAX);
	return OK;
}

enum err tar_writer_add(struct tar_writer *w, const char *name, struct str data,
                        int64_t mtime_seconds, struct errinfo *e)
{
	enum err err = tar_name_check(str_c(name), e);
	if (!err)
		err = check_limits(w, name, data, e);
	if (err)
		return err;
	tar_header_put(&w->out, str_c(name), data.n, mtime_seconds);
	put_data(&w->out, data);
	w->members++;
	return OK;
}

enum err tar_writer_end(struct tar_writer *w, char **ret, size_t *ret_bytes, struct errinfo *e)
{
	put_zeros(&w->out, TAR_END_BYTES);
	enum err err = OK;
	if (!sbuf_ok(&w->out))
		err = ERR(e, NOMEM, "an archive of %zu bytes", w->out.n);
	if (!err)
		err = gzip_deflate(sbuf_str(&w->out), ret, ret_bytes, e);
	tar_writer_free(w);
	return err;
}
