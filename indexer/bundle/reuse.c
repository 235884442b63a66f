/* See reuse.h. Where the tar that comes is no bundle, nothing is gained, and whoever takes it in says so. */
#include "indexer/bundle/reuse.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/members.h"
#include "indexer/format/tar_judge.h"

#define MANIFEST_MEMBER 2                /* BUNDLE and BUNDLE.sig are before it */
#define MANIFEST_MAX_BYTES (256u * MIB)
#define HEADER_MAX_BYTES (16u * KIB)

struct known { struct sha256 digest; uint64_t at, bytes; };

struct bundle_reuse {
	int earlier, coming;
	uint64_t bytes;                  /* that the one that comes will have */
	struct known *known;             /* sorted */
	size_t count, capacity;
	char *manifest;                  /* NULL: not here yet */
	struct str rest;                 /* its lines from the member at `at` on */
	struct sbuf header;              /* of the member that is looked at */
	uint64_t at;
	int64_t mtime_seconds;
	bool is_none;                    /* it is no bundle */
};

static uint64_t padded(uint64_t bytes)
{
	return bytes + TAR_PADDING_BYTES(bytes);
}

/* ---- the earlier one ---- */

static int known_cmp(const void *left, const void *right)
{
	return memcmp(&((const struct known *)left)->digest, &((const struct known *)right)->digest,
	              sizeof(struct sha256));
}

static enum err note(struct bundle_reuse *u, const struct known *k, struct errinfo *e)
{
	struct known *list = array_room(u->known, u->count, &u->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "members of a bundle");
	u->known = list;
	list[u->count++] = *k;
	return OK;
}

/* As far as it goes: where it breaks off, a member is not whole. */
static enum err hash_earlier(struct bundle_reuse *u, struct errinfo *e)
{
	struct bundle_reader *r = NULL;
	struct bundle_member m;
	struct errinfo torn = { 0 };
	bool end = false;
	enum err err = bundle_reader_open(-1, NULL, u->earlier, &r, &torn);
	while (!err && !(err = bundle_next(r, (struct str){ 0 }, &m, &end, &torn)) && !end) {
		struct known k = { .at = bundle_reader_bytes(r), .bytes = m.bytes };
		err = bundle_read_into(r, -1, &k.digest, &torn);
		if (!err && (err = note(u, &k, e)))
			break;
	}
	bundle_reader_close(r);
	if (u->count)
		qsort(u->known, u->count, sizeof *u->known, known_cmp);
	return err == ERR_NOMEM ? ERR(e, NOMEM, "members of a bundle") : OK;
}

enum err bundle_reuse_open(int dir, const char *earlier, const char *coming, uint64_t bytes,
                           struct bundle_reuse **ret, struct errinfo *e)
{
	struct bundle_reuse *u = calloc(1, sizeof *u);
	if (!u)
		return ERR(e, NOMEM, "bundle");
	u->coming = openat(dir, coming, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	enum err err = u->coming < 0 ? ERR_SYS(e, "%s", coming) : OK;
	u->earlier = -1;
	u->bytes = bytes;
	u->header = sbuf_make(HEADER_MAX_BYTES);
	if (!err)
		err = fs_open_regular(dir, earlier, &u->earlier, NULL, e);
	if (!err)
		err = hash_earlier(u, e);
	if (err)
		bundle_reuse_close(u);
	else
		*ret = u;
	return err;
}

void bundle_reuse_close(struct bundle_reuse *u)
{
	if (!u)
		return;
	if (u->earlier >= 0)
		(void)close(u->earlier);
	if (u->coming >= 0)
		(void)close(u->coming);
	sbuf_done(&u->header);
	free(u->known);
	free(u->manifest);
	free(u);
}

/* ---- the one that comes ---- */

static bool read_at(int fd, char *to, size_t n, uint64_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(fd, to + done, n - done, (off_t)(at + done));
		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

/* Of the member at `at`, if its header is here. */
static bool read_size(struct bundle_reuse *u, uint64_t at, uint64_t have, uint64_t *ret)
{
	struct tar_header h;
	uint64_t time = 0;
	if (have < at + sizeof h)
		return false;
	u->is_none |= !read_at(u->coming, (char *)&h, sizeof h, at) || !tar_number(TAR_FIELD(&h, size), ret) ||
	              !tar_number(TAR_FIELD(&h, mtime), &time);
	u->mtime_seconds = u->is_none ? 0 : (int64_t)time;
	return !u->is_none;
}

static bool read_manifest(struct bundle_reuse *u, uint64_t have)
{
	uint64_t at = 0, bytes = 0;
	for (int i = 0; i <= MANIFEST_MEMBER; i++) {
		at = i ? at + TAR_BLOCK_BYTES + padded(bytes) : 0;
		if (!read_size(u, at, have, &bytes))
			return false;
	}
	if (have < at + TAR_BLOCK_BYTES + padded(bytes))
		return false;
	u->is_none |= bytes > MANIFEST_MAX_BYTES;
	u->manifest = u->is_none ? NULL : malloc(bytes + 1);
	if (!u->manifest || !read_at(u->coming, u->manifest, bytes, at + TAR_BLOCK_BYTES))
		return false;
	u->rest = str_make(u->manifest, bytes);
	u->at = at + TAR_BLOCK_BYTES + padded(bytes);
	return true;
}

/* The next line of the manifest: which bytes, and the member's header if they are here. */
struct next { struct str path; const struct known *known; uint64_t bytes; };

static bool look(struct bundle_reuse *u, struct str *rest, struct next *ret)
{
	struct known wanted = { .at = 0 };
	struct str line = str_cut(rest, '\n', NULL), hex = str_first(line, SHA256_HEX_BYTES);
	if (!sha256_parse(hex, &wanted.digest))
		return false;
	ret->path = str_from(line, SHA256_HEX_BYTES + 2);
	ret->known = u->count ? bsearch(&wanted, u->known, u->count, sizeof wanted, known_cmp) : NULL;
	ret->bytes = ret->known ? ret->known->bytes : 0;
	sbuf_reset(&u->header);              /* how long it is, the name alone decides */
	tar_header_put(&u->header, ret->path, ret->bytes, u->mtime_seconds);
	return sbuf_ok(&u->header);
}

static uint64_t end_of(const struct bundle_reuse *u, uint64_t at, const struct next *n)
{
	return at + u->header.n + padded(n->bytes);
}

/* Of the member at u->at. A manifest that tells of more than comes is that of no bundle. */
static bool ends_within(struct bundle_reuse *u, const struct next *n)
{
	u->is_none |= end_of(u, u->at, n) > u->bytes;
	return !u->is_none;
}

/* Past what is here as a whole. */
static bool advance(struct bundle_reuse *u, uint64_t have)
{
	if (u->is_none || (!u->manifest && !read_manifest(u, have)))
		return false;
	while (u->rest.n) {
		struct next n;
		struct str rest = u->rest;
		if (!look(u, &rest, &n))
			return false;
		if (!n.known && !read_size(u, u->at + u->header.n - TAR_BLOCK_BYTES, have, &n.bytes))
			return false;
		if (!ends_within(u, &n))
			return false;
		uint64_t end = end_of(u, u->at, &n);
		if (end > have)
			return n.known;
		u->at = end;
		u->rest = rest;
	}
	return false;
}

bool bundle_reuse_has(struct bundle_reuse *u, uint64_t have, uint64_t least)
{
	struct next n;
	if (!advance(u, have))
		return false;
	uint64_t end = u->at;
	for (struct str rest = u->rest; end < have + least && rest.n && look(u, &rest, &n) && n.known;)
		end = end_of(u, end, &n);
	return end >= have + least;
}

static enum err copy(struct bundle_reuse *u, const struct known *k, char *step, struct errinfo *e)
{
	static const char zeros[TAR_BLOCK_BYTES];
	uint64_t to = u->at + u->header.n;
	enum err err = fs_pwrite(u->coming, sbuf_str(&u->header), u->at, e);
	if (err)
		return err;
	for (uint64_t done = 0; done < k->bytes;) {
		size_t n = k->bytes - done < BUNDLE_STEP_BYTES ? (size_t)(k->bytes - done) : BUNDLE_STEP_BYTES;
		if (!read_at(u->earlier, step, n, k->at + done))
			return ERR_SYS(e, "read what came earlier");
		err = fs_pwrite(u->coming, str_make(step, n), to + done, e);
		if (err)
			return err;
		done += n;
	}
	return fs_pwrite(u->coming, str_make(zeros, padded(k->bytes) - k->bytes), to + k->bytes, e);
}

enum err bundle_reuse_fill(struct bundle_reuse *u, uint64_t *have, struct errinfo *e)
{
	AUTO_FREE char *step = malloc(BUNDLE_STEP_BYTES);
	struct next n;
	enum err err = step ? OK : ERR(e, NOMEM, "bundle");
	if (err || !advance(u, *have))
		return err;
	for (struct str rest = u->rest; rest.n && look(u, &rest, &n) && n.known && ends_within(u, &n); u->rest = rest) {
		err = copy(u, n.known, step, e);
		if (err)
			return err;
		u->at = end_of(u, u->at, &n);
	}
	*have = u->at > *have ? u->at : *have;
	return OK;
}
