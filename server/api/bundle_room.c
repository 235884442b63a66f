/* Who makes bundles, and where there is room for them in DATA/outgoing/. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/bundle/kept.h"
#include "server/api/bundle_make_impl.h"
#include "server/api/bundle_share.h"

/* ---- who makes them ---- */

enum err makers_new(struct makers **ret, struct errinfo *e)
{
	struct makers *m = calloc(1, sizeof *m);
	if (!m)
		return ERR(e, NOMEM, "bundles");
	enum err err = pool_new(BUNDLES_MAKERS, "bundles", &m->pool, e);
	if (err) {
		free(m);
		return err;
	}
	(void)pthread_mutex_init(&m->lock, NULL);
	*ret = m;
	return OK;
}

void makers_stop(struct makers *m)
{
	if (m)
		atomic_store(&m->stop, true);
}

void makers_free(struct makers *m)
{
	if (!m)
		return;
	makers_stop(m);
	pool_free(m->pool);
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
}

/* Under the lock; NULL: nobody makes it. */
static const struct make *making(const struct makers *m, const struct sha256 *id)
{
	for (int i = 0; i < (int)BUNDLES_MAKERS; i++)
		if (m->making[i] && sha256_eq(&m->making[i]->id, id))
			return m->making[i];
	return NULL;
}

bool makers_have(struct makers *m, const struct sha256 *id) { return making(m, id) != NULL; }

bool makers_make(struct makers *m, const struct sha256 *id)
{
	(void)pthread_mutex_lock(&m->lock);
	bool found = makers_have(m, id);
	(void)pthread_mutex_unlock(&m->lock);
	return found;
}

/* ---- room ---- */

/* All that are made now take half of what is free at most, so that bundles alone never fill the disk. */
static enum err check_free(struct make *x, uint64_t bytes, struct errinfo *e)
{
	uint64_t free_bytes;
	enum err err = fs_free_bytes(datadir_fd(ingest_datadir(x->app->ingest)), &free_bytes, e);
	if (err)
		return err;
	uint64_t most = free_bytes / BUNDLES_FREE_SHARE / BUNDLES_MAKERS;
	return bytes > most ? ERR(e, DISK_FULL, "a bundle of %llu bytes has no room: %llu are free and not kept "
	                          "for charts", (unsigned long long)bytes, (unsigned long long)most) : OK;
}

static struct share share_of(const struct makers *m, const struct kept_bundle *k)
{
	const struct make *x = making(m, &k->id);
	struct share s = { .bytes = k->bytes, .used_ns = k->used_ns };
	struct str actor;
	if (x)
		return (struct share){ .owner = x->owner, .bytes = x->bytes, .used_ns = k->used_ns, .stays = true };
	bundle_whose(k->about, &actor, &s.owner);
	return s;
}

static enum err no_room(struct make *x, uint64_t bytes, struct errinfo *e)
{
	enum err err = check_free(x, bytes, e);
	return err ? err : ERR(e, QUOTA, "there is no room for a bundle of %llu bytes: others were asked for in the last "
	                       "%u hours; take those of yours away that you need no longer (DELETE "
	                       "/api/v1/bundles/ID), select less, or come again later",
	                       (unsigned long long)bytes, BUNDLES_IDLE_SECONDS / 3600);
}

/* Under the lock: others go as bundle_share.h says until this one fits; where it cannot fit, none goes. */
static enum err make_room(struct make *x, uint64_t bytes, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct datadir *d = ingest_datadir(x->app->ingest);
	const struct share fresh = { .owner = x->owner, .bytes = bytes, .used_ns = clock_wall() };
	struct kept_bundle *list;
	size_t count;
	uint64_t free_bytes;
	if (bytes > BUNDLES_KEPT_MAX_BYTES)
		return ERR(e, TOO_LARGE, "the bundle would have %llu bytes, %llu are made for others: select less",
		           (unsigned long long)bytes, (unsigned long long)BUNDLES_KEPT_MAX_BYTES);
	enum err err = kept_list(d, &a, &list, &count, e);
	if (!err)
		err = fs_free_bytes(datadir_fd(d), &free_bytes, e);
	if (err)
		return err;
	struct share *shares = arena_array(&a, count + 1, sizeof *shares);
	if (!shares)
		return ERR(e, NOMEM, "bundles");
	for (size_t i = 0; i < count; i++)
		shares[i] = share_of(x->app->makers, &list[i]);
	if (!shares_fit(shares, count, &fresh, free_bytes))
		return no_room(x, bytes, e);
	for (size_t i = 0; i < count && !err; i++)
		if (shares[i].goes)
			err = kept_remove(d, &list[i].id, e);
	return err ? err : check_free(x, bytes, e);
}

enum err make_take_place(struct make *x, const struct bundle_created *r, struct errinfo *e)
{
	struct makers *m = x->app->makers;
	enum err err = make_room(x, r->total_bytes, e);
	if (!err)
		err = kept_begin(ingest_datadir(x->app->ingest), &r->seal, &x->create.dir, e);
	for (int i = 0; i < (int)BUNDLES_MAKERS && !err && x->place < 0; i++)
		if (!m->making[i]) {
			m->making[i] = x;
			x->id = r->seal;
			x->bytes = r->total_bytes;
			x->place = i;
		}
	return err;
}

void make_leave_place(struct make *x, bool is_whole)
{
	struct makers *m = x->app->makers;
	struct errinfo none;
	if (x->place < 0)
		return;
	(void)pthread_mutex_lock(&m->lock);
	m->making[x->place] = NULL;
	if (!is_whole)
		(void)!kept_remove(ingest_datadir(x->app->ingest), &x->id, &none);
	(void)pthread_mutex_unlock(&m->lock);
	(void)close(x->create.dir);
	x->create.dir = x->place = -1;
}
