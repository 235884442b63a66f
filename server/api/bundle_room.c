/* Who makes bundles, and where there is room for them in DATA/outgoing/. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/bundle/kept.h"
#include "server/api/bundle_make_impl.h"

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

bool makers_have(struct makers *m, const struct sha256 *id)
{
	bool found = false;
	for (int i = 0; i < (int)BUNDLES_MAKERS; i++)
		found |= m->making[i].used && sha256_eq(&m->making[i].id, id);
	return found;
}

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
	if (bytes > BUNDLES_KEPT_MAX_BYTES)
		return ERR(e, TOO_LARGE, "the bundle would have %llu bytes, %llu are made for others: select less",
		           (unsigned long long)bytes, (unsigned long long)BUNDLES_KEPT_MAX_BYTES);
	return bytes > most ? ERR(e, DISK_FULL, "a bundle of %llu bytes has no room: %llu are free and not kept "
	                          "for charts", (unsigned long long)bytes, (unsigned long long)most) : OK;
}

/* Under the lock: what was used longest ago goes until this one fits. */
static enum err make_room(struct make *x, uint64_t bytes, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct makers *m = x->app->makers;
	struct datadir *d = ingest_datadir(x->app->ingest);
	struct kept_bundle *list;
	size_t count;
	uint64_t all = bytes;
	enum err err = kept_list(d, &a, &list, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		all += list[i].bytes;
		bool fits = i + 1 < BUNDLES_KEPT_MAX && all <= BUNDLES_KEPT_MAX_BYTES;
		if (!fits && !makers_have(m, &list[i].id))
			err = kept_remove(d, &list[i].id, e);
	}
	return err ? err : check_free(x, bytes, e);
}

enum err make_take_place(struct make *x, const struct bundle_created *r, struct errinfo *e)
{
	struct makers *m = x->app->makers;
	enum err err = make_room(x, r->total_bytes, e);
	if (!err)
		err = kept_begin(ingest_datadir(x->app->ingest), &r->seal, &x->create.dir, e);
	for (int i = 0; i < (int)BUNDLES_MAKERS && !err && x->place < 0; i++)
		if (!m->making[i].used) {
			m->making[i].used = true;
			m->making[i].id = x->id = r->seal;
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
	m->making[x->place].used = false;
	if (!is_whole)
		(void)!kept_remove(ingest_datadir(x->app->ingest), &x->id, &none);
	(void)pthread_mutex_unlock(&m->lock);
	(void)close(x->create.dir);
	x->create.dir = x->place = -1;
}
