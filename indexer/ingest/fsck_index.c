/* The index made again as a start would make it: from the repository's rows, or, of a virtual one, from
 * what its members show. Catalog and snapshots are comparable when both are at the same event: of the
 * repository, and of all that it is made of.                                                  */
#include "indexer/ingest/fsck_index.h"

#include <time.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/digest.h"
#include "indexer/ingest/items.h"
#include "indexer/ingest/virtual_impl.h"

#define INDEX_TRIES 20
#define NEXT_TRY_NS (10 * NS_PER_MS)

static const struct timespec next_try = { 0, NEXT_TRY_NS };

struct comparing {
	struct ingest *g;
	struct catalog *catalog;
	struct repository *repo;
	bool sure, same;                 /* same: when it is sure */
	struct errinfo *e;
};

static enum err digest_rope(const struct rope *r, struct sha256 *ret, struct errinfo *e)
{
	unsigned count;
	const struct iovec *iov = rope_iov(r, &count);
	struct sha256_stream *s = sha256_new();
	bool fine = s != NULL;
	for (unsigned i = 0; i < count && fine; i++)
		fine = sha256_add(s, str_make(iov[i].iov_base, iov[i].iov_len));
	fine = fine && sha256_end(s, ret);
	sha256_free(s);
	return fine ? OK : ERR(e, NOMEM, "fsck");
}

/* Takes `built` over. */
static enum err compare_rope(struct comparing *x, struct rope *built, const struct snapshot *s)
{
	struct sha256 ours, theirs;
	tell_server(x->g, built, NULL);
	enum err err = digest_rope(built, &ours, x->e);
	if (!err)
		err = digest_rope(s->json, &theirs, x->e);
	rope_unref(built);
	x->same = !err && sha256_eq(&ours, &theirs);
	return err;
}

/* ---- a repository with rows of its own ---- */

static enum err compare_rows(struct comparing *x, const struct snapshot *s)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_ITEMS struct index_items items = { 0 };
	struct event last;
	struct rope *built;
	enum err err = catalog_last_event(x->catalog, &a, str_c(x->repo->name), &last, x->e);
	x->sure = !err && last.seq == s->event;
	if (!x->sure)
		return err;
	err = catalog_versions_each(x->catalog, x->repo->id, index_items_add_shown, &items, x->e);
	if (!err)
		err = index_items_rope(&items, ROPE_JSON, last.at_ns, &built, x->e);
	return err ? err : compare_rope(x, built, s);
}

/* ---- a virtual one ---- */

static enum err is_at_event(const struct comparing *x, const struct planned *p, bool *ret)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event last;
	enum err err = p->kind == REPO_VIRTUAL
	               ? virtual_last_event(x->catalog, p, &last, x->e)
	               : catalog_last_event(x->catalog, &a, str_c(p->repo->name), &last, x->e);
	*ret = !err && last.seq == p->held->event;
	return err;
}

static enum err compare_virtual(struct comparing *x, struct virtual_plan *plan)
{
	int64_t clock_ns, due_ns = INT64_MAX;
	struct event last;
	struct rope *built, *none;
	struct planned *v = virtual_plan_find(plan, x->repo);
	enum err err = OK;
	x->sure = true;
	for (const struct planned *p = plan->first; p && x->sure && !err; p = p->next)
		err = is_at_event(x, p, &x->sure);
	if (err || !x->sure)
		return err;
	err = virtual_clock(x->catalog, v, &clock_ns, x->e);
	if (!err)
		err = virtual_last_event(x->catalog, v, &last, x->e);
	if (!err)
		err = virtual_ropes(plan, v, x->catalog, clock_ns, last.at_ns, false, &built, &none, &due_ns,
		                    x->e);
	return err ? err : compare_rope(x, built, v->held);
}

/* ---- either ---- */

static enum err compare(struct comparing *x)
{
	struct virtual_plan *plan = NULL;
	x->sure = x->same = false;
	enum err err = catalog_read_begin(x->catalog, x->e);
	if (err)
		return err;
	struct snapshot *s = repository_snapshot(x->repo);
	if (repo_kind(s->settings) != REPO_VIRTUAL) {
		err = compare_rows(x, s);
	} else {
		err = virtual_plan_read(x->g, x->repo, &plan, x->e);
		if (!err)
			err = compare_virtual(x, plan);
		virtual_plan_free(plan);
	}
	snapshot_unref(s);
	catalog_rollback(x->catalog);
	return err;
}

static enum err compare_served(struct ingest *g, struct catalog *c, struct repository *r, bool *ret_fine,
                               struct errinfo *e)
{
	struct comparing x = { .g = g, .catalog = c, .repo = r, .e = e };
	uint64_t shown = atomic_load(&g->shown), before = 0, after = 0;
	enum err err = catalog_log_size(c, &before, e);
	for (int i = 0; i < INDEX_TRIES && !err && !(x.sure && x.same); i++) {
		if (i)
			(void)nanosleep(&next_try, NULL);
		err = compare(&x);
	}
	if (!err)
		err = catalog_log_size(c, &after, e);
	if (err)
		return err;
	bool quiet = shown == before && before == after;
	*ret_fine = (x.sure && x.same) || !(x.sure || quiet) || !repository_is_shown(r);
	return OK;
}

/* ---- the file for static web servers ---- */

/* It has the bytes of the snapshot, or is to be written anyway. */
static enum err compare_file(struct ingest *g, struct repository *r, bool *ret_fine, struct errinfo *e)
{
	AUTO_FD int dir = -1;
	AUTO_FD int file = -1;
	struct sha256 digest;
	struct errinfo why = { 0 };
	struct snapshot *s = repository_snapshot(r);
	enum err err = digest_rope(s->yaml ? s->yaml : s->json, &digest, e);
	snapshot_unref(s);
	if (err)
		return err;
	err = datadir_open_repo(g->dir, str_c(r->name), &dir, &why);
	if (!err || err == ERR_NOT_FOUND)            /* digest_open says DAMAGED then */
		err = digest_open(dir, "index.yaml", &file, NULL, &why);
	if (!err)
		err = digest_check(file, &digest, NULL, NULL, &why);
	*ret_fine = !err || atomic_load(&r->index_dirty);
	return err == ERR_DAMAGED ? OK : err_set(e, err, "%s", why.detail);
}

/* While it is written it is neither the old one nor dirty. */
static enum err check_file(struct ingest *g, struct repository *r, bool *ret_fine, struct errinfo *e)
{
	enum err err = OK;
	*ret_fine = !g->options.index_files || repository_kind(r) == REPO_VIRTUAL;
	for (int i = 0; i < INDEX_TRIES && !err && !*ret_fine; i++) {
		if (i)
			(void)nanosleep(&next_try, NULL);
		(void)pthread_mutex_lock(&g->flush_lock);
		err = compare_file(g, r, ret_fine, e);
		(void)pthread_mutex_unlock(&g->flush_lock);
	}
	*ret_fine |= !repository_is_shown(r);
	return *ret_fine ? OK : err;
}

enum err fsck_index(struct ingest *g, struct catalog *c, struct repository *r, bool repair,
                    const char **ret_wrong, bool *ret_repaired, struct errinfo *e)
{
	bool fine = true;
	enum err err = compare_served(g, c, r, &fine, e);
	fine |= !repository_is_shown(r);             /* renamed or deleted meanwhile */
	*ret_repaired = false;
	*ret_wrong = fine ? NULL : "the served index is not what the rows say; restart, or run chartlocker rebuild";
	if (err || !fine)
		return err;
	err = check_file(g, r, &fine, e);
	if (err || fine)
		return err;
	*ret_wrong = "the file for static web servers is not the served index; chartlocker rebuild writes it again";
	if (repair) {
		atomic_store(&r->index_dirty, true);
		flush_index_files(g);
		*ret_repaired = !atomic_load(&r->index_dirty);
	}
	return OK;
}
