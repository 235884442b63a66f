/* See passing.h. What a bundle is this floor does not know, but that its MANIFEST has lines "<sha256>  <path>" and
 * stands before all else in a tar.                                                            */
#include "indexer/store/passing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/store/incoming.h"

#define STEP_BYTES (1u * MIB)
#define LINE_BYTES (SHA256_HEX_BYTES + 2)    /* with both spaces */

struct looking {
	struct datadir *data;
	const struct sha256 *digests;
	size_t count;
	int dir;                         /* of all bundles; then of one */
	bool found;
};

static int by_bytes(const void *left, const void *right) { return memcmp(left, right, sizeof(struct sha256)); }

static bool is_one(const struct looking *l, struct str hex)
{
	struct sha256 digest;
	return l->count && sha256_parse(hex, &digest) &&
	       bsearch(&digest, l->digests, l->count, sizeof digest, by_bytes);
}

static bool names_one(const struct looking *l, struct str text)
{
	for (struct str rest = text;;) {
		const char *spaces = rest.n ? memmem(rest.p, rest.n, "  ", 2) : NULL;
		if (!spaces)
			return false;
		size_t at = (size_t)(spaces - text.p);
		if (at >= SHA256_HEX_BYTES && is_one(l, str_make(spaces - SHA256_HEX_BYTES, SHA256_HEX_BYTES)))
			return true;
		rest = str_from(text, at + 1);
	}
}

/* A line may stand across two steps. */
static enum err scan(struct looking *l, int fd, struct errinfo *e)
{
	AUTO_FREE char *room = malloc(STEP_BYTES + LINE_BYTES);
	size_t kept = 0;
	if (!room)
		return ERR(e, NOMEM, "bundle");
	for (uint64_t at = 0; !l->found && at < PASSING_LOOKED_MAX_BYTES;) {
		ssize_t n = pread(fd, room + kept, STEP_BYTES, (off_t)at);
		if (n < 0)
			return ERR_SYS(e, "read a bundle");
		if (n == 0)
			break;
		size_t have = kept + (size_t)n;
		l->found = names_one(l, str_make(room, have));
		kept = have < LINE_BYTES ? have : LINE_BYTES;
		memmove(room, room + have - kept, kept);
		at += (uint64_t)n;
	}
	return OK;
}

static enum err look_at_file(void *ctx, const char *name, struct errinfo *e)
{
	struct looking *l = ctx;
	struct sha256 digest;
	AUTO_FD int fd = -1;
	if (l->found || sha256_parse(str_c(name), &digest)) {
		l->found |= is_one(l, str_c(name));
		return OK;
	}
	enum err err = fs_open_regular(l->dir, name, &fd, NULL, NULL);
	if (err)
		return err == ERR_NOT_FOUND || err == ERR_INVALID ? OK : ERR(e, IO, "open %s of a bundle", name);
	return scan(l, fd, e);
}

static enum err has_one(const struct looking *l, int dir, bool *ret, struct errinfo *e)
{
	struct looking one = { .digests = l->digests, .count = l->count, .dir = dir };
	enum err err = datadir_each_file(dir, look_at_file, &one, e);
	*ret = one.found;
	return err;
}

static enum err end_incoming(void *ctx, const struct sha256 *bundle, int dir, struct errinfo *e)
{
	struct looking *l = ctx;
	bool found;
	enum err err = has_one(l, dir, &found, e);
	return err || !found ? err : incoming_remove(l->data, bundle, e);
}

static enum err end_arriving(void *ctx, const char *name, struct errinfo *e)
{
	struct looking *l = ctx;
	bool found = false;
	AUTO_FD int dir = openat(l->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	enum err err = dir < 0 ? OK : has_one(l, dir, &found, e);
	return err || !found ? err : tree_remove(l->dir, name, e);
}

/* A tar that somebody reads stays readable for him; one that is being made is nobody's any more. */
static enum err end_outgoing(void *ctx, const char *name, struct errinfo *e)
{
	const struct looking *l = ctx;
	enum err err = tree_remove(l->dir, name, e);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err each_of(struct looking *l, const char *folder, datadir_visit_file *each, struct errinfo *e)
{
	AUTO_FD int all = -1;
	struct errinfo why = { 0 };
	enum err err = fs_open_dir(datadir_fd(l->data), folder, &all, &why);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err_set(e, err, "%s", why.detail);
	l->dir = all;
	return datadir_each_file(all, each, l, e);
}

enum err passing_forget(struct datadir *d, struct sha256 *digests, size_t count, struct errinfo *e)
{
	struct looking l = { .data = d, .digests = digests, .count = count };
	if (count)
		qsort(digests, count, sizeof *digests, by_bytes);
	enum err err = each_of(&l, "outgoing", end_outgoing, e);
	if (!err)
		err = each_of(&l, "arriving", end_arriving, e);
	return err ? err : incoming_each(d, end_incoming, &l, e);
}
