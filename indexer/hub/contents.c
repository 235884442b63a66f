/* Unpacked charts, the newest use first, under one lock that is held for a look-up only. Which
 * bytes a version has is asked for every time, so nothing has to be told when they change.    */
#include "indexer/hub/contents.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/hub/contents_parts.h"

#define BUCKETS 1024u

struct contents_cache {
	pthread_mutex_t lock;
	struct contents *bucket[BUCKETS];
	struct contents newest, oldest;  /* the ends of the list, no contents */
	uint64_t bytes, kept, hits, misses;
};

enum err contents_open(struct contents_cache **ret, struct errinfo *e)
{
	struct contents_cache *k = calloc(1, sizeof *k);
	if (!k)
		return ERR(e, NOMEM, "contents");
	(void)pthread_mutex_init(&k->lock, NULL);
	k->newest.older = &k->oldest;
	k->oldest.newer = &k->newest;
	*ret = k;
	return OK;
}

static struct contents **bucket_of(struct contents_cache *k, const struct sha256 *digest)
{
	unsigned at;
	memcpy(&at, digest->bytes, sizeof at);
	return &k->bucket[at % BUCKETS];
}

static void unlist(struct contents *c)
{
	c->newer->older = c->older;
	c->older->newer = c->newer;
	c->newer = c->older = NULL;
}

static void list_newest(struct contents_cache *k, struct contents *c)
{
	c->newer = &k->newest;
	c->older = k->newest.older;
	c->older->newer = c;
	k->newest.older = c;
}

static void forget(struct contents_cache *k, struct contents *c)
{
	struct contents **at = bucket_of(k, &c->digest);
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	unlist(c);
	k->bytes -= c->cost;
	k->kept--;
	contents_unref(c);
}

void contents_clear(struct contents_cache *k)
{
	(void)pthread_mutex_lock(&k->lock);
	while (k->oldest.newer != &k->newest)
		forget(k, k->oldest.newer);
	(void)pthread_mutex_unlock(&k->lock);
}

void contents_close(struct contents_cache *k)
{
	if (!k)
		return;
	contents_clear(k);
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
}

/* ---- keeping ---- */

/* The bytes alone do not tell: two repositories may have them. Nor does the file: "a-1-2.tgz" may be version
 * 2 of "a-1", or 1-2 of "a".                                                                  */
static bool is_same(const struct contents *a, const struct contents *b)
{
	return sha256_eq(&a->digest, &b->digest) && str_eq(a->repo, b->repo) && str_eq(a->name, b->name) &&
	       str_eq(a->version, b->version);
}

/* With the lock. */
static struct contents *kept_like(struct contents_cache *k, const struct contents *like)
{
	struct contents *c = *bucket_of(k, &like->digest);
	while (c && !is_same(c, like))
		c = c->next;
	return c;
}

static struct contents *find(struct contents_cache *k, const struct contents *like)
{
	(void)pthread_mutex_lock(&k->lock);
	struct contents *c = kept_like(k, like);
	if (c) {
		unlist(c);
		list_newest(k, c);
		__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
		k->hits++;
	} else {
		k->misses++;
	}
	(void)pthread_mutex_unlock(&k->lock);
	return c;
}

static void shrink(struct contents_cache *k)
{
	while (k->bytes > CONTENTS_MAX_BYTES)
		forget(k, k->oldest.newer);
}

static void keep(struct contents_cache *k, struct contents *c)
{
	(void)pthread_mutex_lock(&k->lock);
	if (!kept_like(k, c) && c->cost <= CONTENTS_MAX_BYTES) {
		struct contents **at = bucket_of(k, &c->digest);
		__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
		c->next = *at;
		*at = c;
		list_newest(k, c);
		k->bytes += c->cost;
		k->kept++;
	}
	shrink(k);
	(void)pthread_mutex_unlock(&k->lock);
}

/* What was made of it takes memory as well. */
static void grow(struct contents_cache *k, struct contents *c, size_t bytes)
{
	(void)pthread_mutex_lock(&k->lock);
	if (c->newer) {
		c->cost += bytes;
		k->bytes += bytes;
	}
	shrink(k);
	(void)pthread_mutex_unlock(&k->lock);
}

enum err contents_made(struct hub *h, struct contents *c, enum contents_part part,
                       contents_make *make, void *ctx, void **ret, struct errinfo *e)
{
	enum err err = OK;
	(void)pthread_mutex_lock(&c->lock);
	size_t before = c->made_arena.used;
	if (!c->made[part])
		err = make(c, ctx, &c->made_arena, &c->made[part], e);
	size_t grown = c->made_arena.used - before;
	void *made = c->made[part];
	(void)pthread_mutex_unlock(&c->lock);
	if (grown)
		grow(h->contents, c, grown);
	if (!err)
		*ret = made;
	return err;
}

static enum err get(struct hub *h, struct str repo, struct str name, struct str version, bool here,
                    struct contents **ret, struct errinfo *e)
{
	struct contents *c, *kept;
	struct stored_file file = { .fd = -1 };
	enum err err = contents_look_up(h, repo, name, version, &c, &file, e);
	if (err)
		return err;
	kept = find(h->contents, c);
	if (!kept && here && c->absent)
		err = contents_not_here(c, e);
	else if (!kept && !(err = contents_fill(h, c, file.fd, e)))
		keep(h->contents, c);
	auto_close(&file.fd);
	if (kept || err)
		contents_unref(c);
	if (!err)
		*ret = kept ? kept : c;
	return err;
}

enum err contents_get(struct hub *h, struct str repo, struct str name, struct str version,
                      struct contents **ret, struct errinfo *e)
{
	return get(h, repo, name, version, false, ret, e);
}

enum err contents_here(struct hub *h, struct str repo, struct str name, struct str version,
                       struct contents **ret, struct errinfo *e)
{
	return get(h, repo, name, version, true, ret, e);
}

void contents_stats(struct hub *h, struct contents_stats *ret)
{
	struct contents_cache *k = h->contents;
	(void)pthread_mutex_lock(&k->lock);
	*ret = (struct contents_stats){ k->hits, k->misses, k->bytes, k->kept };
	(void)pthread_mutex_unlock(&k->lock);
}
