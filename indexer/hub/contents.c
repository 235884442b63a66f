/* Unpacked charts, the newest use first, under one lock that is held for a look-up only. Which
 * bytes a version has is asked for every time, so nothing has to be told when they change.    */
#include "indexer/hub/contents.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/hub/impl.h"

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

static void drop(struct contents *c)
{
	if (__atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	chart_scratch_done(&c->scratch);
	arena_done(&c->made_arena);
	arena_done(&c->arena);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}

void contents_unref(struct contents *c)
{
	if (c)
		drop(c);
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
	drop(c);
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

/* ---- reading ---- */

static enum err name_file(struct contents *c, struct str repo, struct str name, struct str version,
                          struct errinfo *e)
{
	struct chart_meta m = { .name = name, .version = version };
	if (!arena_str(&c->arena, repo, &c->repo) || !arena_str(&c->arena, name, &c->name) ||
	    !arena_str(&c->arena, version, &c->version))
		return ERR(e, NOMEM, "contents");
	struct errinfo why = { 0 };
	enum err err = chart_file_name(&c->arena, &m, &c->file, &why);
	if (err == ERR_METADATA)
		return ERR(e, NOT_FOUND, "there is no such version");
	return err ? err_set(e, err, "%s", why.detail) : OK;
}

static enum err verify(struct hub *h, struct contents *c, struct str packed, struct errinfo *e)
{
	struct sha256 have;
	enum err err = sha256_of(packed, &have, e);
	if (err || sha256_eq(&have, &c->digest))
		return err;
	ingest_report_damage(h->ingest, c->repo, c->file);
	return ERR(e, DAMAGED, "%.*s is damaged", STR_ARG(c->file));
}

static enum err unpack(struct hub *h, struct contents *c, int fd, struct errinfo *e)
{
	AUTO_FREE char *packed = NULL;
	size_t bytes;
	enum err err = fs_read_fd(fd, CHART_UNPACKED_MAX_BYTES, &packed, &bytes, e);
	if (!err)
		err = verify(h, c, str_make(packed, bytes), e);
	if (!err)
		err = chart_read(&c->arena, &c->scratch, str_make(packed, bytes), &c->chart, e);
	if (!err && (!str_eq(c->chart.meta.name, c->name) ||
	             !str_eq(c->chart.meta.version, c->version)))
		err = ERR(e, NOT_FOUND, "there is no such version");
	free(c->scratch.good_values);        /* of no use to anybody any more */
	c->scratch.good_values = NULL;
	c->packed_bytes = bytes;
	c->unpacked_bytes = c->scratch.inflated.capacity;
	c->cost = c->arena.used + c->scratch.inflated.capacity + sizeof *c;
	return err;
}

/* An entry with its names, and the file it would be of. */
static enum err look_up(struct hub *h, struct str repo, struct str name, struct str version,
                        struct contents **ret, struct stored_file *ret_file, struct errinfo *e)
{
	struct contents *c = calloc(1, sizeof *c);
	if (!c)
		return ERR(e, NOMEM, "contents");
	c->refs = 1;
	(void)pthread_mutex_init(&c->lock, NULL);
	enum err err = name_file(c, repo, name, version, e);
	if (!err)
		err = ingest_file(h->ingest, repo, c->file, ret_file, e);
	if (err == ERR_DAMAGED)
		ingest_report_damage(h->ingest, repo, c->file);
	if (err)
		drop(c);
	else
		*ret = c;
	return err;
}

enum err contents_read(struct hub *h, struct str repo, struct str name, struct str version,
                       struct contents **ret, struct errinfo *e)
{
	struct contents *c;
	struct stored_file file = { .fd = -1 };
	enum err err = look_up(h, repo, name, version, &c, &file, e);
	if (err)
		return err;
	c->digest = file.digest;
	err = unpack(h, c, file.fd, e);
	auto_close(&file.fd);
	if (err)
		drop(c);
	else
		*ret = c;
	return err;
}

/* ---- keeping ---- */

/* The bytes alone do not tell: two repositories may have them. */
static bool is_same(const struct contents *a, const struct contents *b)
{
	return sha256_eq(&a->digest, &b->digest) && str_eq(a->repo, b->repo) && str_eq(a->file, b->file);
}

static struct contents *find(struct contents_cache *k, const struct contents *like)
{
	(void)pthread_mutex_lock(&k->lock);
	struct contents *c = *bucket_of(k, &like->digest);
	while (c && !is_same(c, like))
		c = c->next;
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

static void keep(struct contents_cache *k, struct contents *c)
{
	(void)pthread_mutex_lock(&k->lock);
	struct contents **at = bucket_of(k, &c->digest);
	struct contents *other = *at;
	while (other && !is_same(other, c))
		other = other->next;
	if (!other && c->cost <= CONTENTS_MAX_BYTES) {
		__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
		c->next = *at;
		*at = c;
		list_newest(k, c);
		k->bytes += c->cost;
		k->kept++;
	}
	while (k->bytes > CONTENTS_MAX_BYTES)
		forget(k, k->oldest.newer);
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
	while (k->bytes > CONTENTS_MAX_BYTES)
		forget(k, k->oldest.newer);
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

enum err contents_get(struct hub *h, struct str repo, struct str name, struct str version,
                      struct contents **ret, struct errinfo *e)
{
	struct contents *c, *kept;
	struct stored_file file = { .fd = -1 };
	enum err err = look_up(h, repo, name, version, &c, &file, e);
	if (err)
		return err;
	c->digest = file.digest;
	kept = find(h->contents, c);
	if (!kept && !(err = unpack(h, c, file.fd, e)))
		keep(h->contents, c);
	auto_close(&file.fd);
	if (kept || err)
		drop(c);
	if (!err)
		*ret = kept ? kept : c;
	return err;
}

void contents_stats(struct hub *h, struct contents_stats *ret)
{
	struct contents_cache *k = h->contents;
	(void)pthread_mutex_lock(&k->lock);
	*ret = (struct contents_stats){ k->hits, k->misses, k->bytes, k->kept };
	(void)pthread_mutex_unlock(&k->lock);
}
