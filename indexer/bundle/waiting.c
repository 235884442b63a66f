/* What broken imports left in DATA/incoming/: told, and removed where nobody can go on with it. */
#include <sys/file.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/stage_impl.h"
#include "indexer/store/incoming.h"

struct waiting {
	struct datadir *data;
	struct catalog *catalog;
	int64_t now_ns;
	bool sweeps;                     /* the useless ones are removed; else `each` is told of all */
	bundle_visit_waiting *each;
	void *ctx;
	int dir;                         /* of the folder, while its files are counted */
	struct bundle_waiting *of;
};

static enum err count_file(void *ctx, const char *name, struct errinfo *e)
{
	struct waiting *w = ctx;
	struct sha256 digest;
	struct stat st;
	(void)e;
	if (sha256_parse(str_c(name), &digest) && fstatat(w->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		w->of->files++;
		w->of->bytes += (uint64_t)st.st_size;
	}
	return OK;
}

/* It would be refused when it is brought again. */
static enum err is_passed(struct waiting *w, const struct bundle_head *h, bool *ret, struct errinfo *e)
{
	enum bundle_standing standing;
	struct errinfo why;
	enum err err = bundle_stands(w->catalog, h, &standing, &why, e);
	*ret = !err && (standing == STANDING_HERE || standing == STANDING_OLDER);
	return err;
}

/* Whoever reads a bundle in holds a lock of its folder. */
static enum err remove_folder(struct waiting *w, const struct sha256 *bundle, int dir, struct errinfo *e)
{
	return flock(dir, LOCK_EX | LOCK_NB) == 0 ? incoming_remove(w->data, bundle, e) : OK;
}

static enum err look(void *ctx, const struct sha256 *bundle, int dir, struct errinfo *e)
{
	struct waiting *w = ctx;
	AUTO_FREE char *text = NULL;
	size_t n = 0;
	struct stat st;
	struct bundle_head head = { .files = 0 };
	struct bundle_waiting one = { .head = &head };
	if (fstat(dir, &st) != 0)
		return ERR_SYS(e, "incoming/");
	one.at_ns = clock_of(st.st_mtim);
	one.useless = w->now_ns - one.at_ns > BUNDLE_WAITING_DAYS * NS_PER_DAY;
	/* A folder without a head was begun just now, or is no longer of any use. */
	bool known = fs_read(dir, BUNDLE_HEAD, BUNDLE_HEAD_MAX_BYTES, &text, &n, NULL) == OK &&
	             bundle_head_parse(str_make(text, n), &head, NULL) == OK;
	bool passed = false;
	enum err err = known ? is_passed(w, &head, &passed, e) : OK;
	one.useless |= passed;
	if (err)
		return err;
	if (w->sweeps)
		return one.useless ? remove_folder(w, bundle, dir, e) : OK;
	w->dir = dir;
	w->of = &one;
	err = datadir_each_file(dir, count_file, w, e);
	return err || !known ? err : w->each(w->ctx, &one, e);
}

enum err bundle_waiting_each(struct datadir *d, struct catalog *c, int64_t now_ns,
                             bundle_visit_waiting *each, void *ctx, struct errinfo *e)
{
	struct waiting w = { .data = d, .catalog = c, .now_ns = now_ns, .each = each, .ctx = ctx };
	return incoming_each(d, look, &w, e);
}

enum err bundle_waiting_sweep(struct datadir *d, struct catalog *c, int64_t now_ns, struct errinfo *e)
{
	struct waiting w = { .data = d, .catalog = c, .now_ns = now_ns, .sweeps = true };
	enum err err = incoming_each(d, look, &w, e);
	return err ? err : incoming_sweep(d, e);
}
