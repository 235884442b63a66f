/* A table of what was downloaded since the last flush, and a list through it for the flush to take. */
#include "indexer/ingest/pulls.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "indexer/base/clock.h"
#include "indexer/store/catalog.h"

#define BUCKETS 4096u                /* a power of two */

struct counted {
	struct counted *next;            /* of the same hash */
	struct counted *following;
	int64_t day;
	uint64_t count;
	struct str repo, file;           /* right behind it */
};

struct pulls {
	pthread_mutex_t lock;
	struct counted *bucket[BUCKETS];
	struct counted *first;
	size_t entries;
	atomic_uint_fast64_t total;
};

enum err pulls_new(struct pulls **ret, struct errinfo *e)
{
	struct pulls *p = calloc(1, sizeof *p);
	if (!p)
		return ERR(e, NOMEM, "download counts");
	(void)pthread_mutex_init(&p->lock, NULL);
	*ret = p;
	return OK;
}

static void free_list(struct counted *list)
{
	while (list) {
		struct counted *following = list->following;
		free(list);
		list = following;
	}
}

void pulls_free(struct pulls *p)
{
	if (!p)
		return;
	free_list(p->first);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

uint64_t pulls_total(const struct pulls *p) { return atomic_load(&p->total); }

/* ---- counting ---- */

static struct counted **bucket_of(struct pulls *p, struct str repo, struct str file)
{
	return &p->bucket[str_hash(file, str_hash(repo, STR_HASH_START)) % BUCKETS];
}

static struct counted *make(struct str repo, struct str file, int64_t day)
{
	struct counted *x = malloc(sizeof *x + repo.n + file.n);
	if (!x)
		return NULL;
	char *text = (char *)(x + 1);
	memcpy(text, repo.p, repo.n);
	memcpy(text + repo.n, file.p, file.n);
	*x = (struct counted){ .day = day, .repo = { text, repo.n }, .file = { text + repo.n, file.n } };
	return x;
}

/* Under the lock. NULL: no room, no memory. */
static struct counted *find_or_make(struct pulls *p, struct str repo, struct str file, int64_t day)
{
	struct counted **bucket = bucket_of(p, repo, file), *x = *bucket;
	while (x && !(x->day == day && str_eq(x->file, file) && str_eq(x->repo, repo)))
		x = x->next;
	if (x || p->entries >= PULLS_MAX || !(x = make(repo, file, day)))
		return x;
	x->next = *bucket;
	*bucket = x;
	x->following = p->first;
	p->first = x;
	p->entries++;
	return x;
}

static void add(struct pulls *p, struct str repo, struct str file, int64_t day, uint64_t count)
{
	(void)pthread_mutex_lock(&p->lock);
	struct counted *x = find_or_make(p, repo, file, day);
	if (x)
		x->count += count;
	(void)pthread_mutex_unlock(&p->lock);
}

void pulls_note(struct pulls *p, struct str repo, struct str file, int64_t now_ns)
{
	atomic_fetch_add(&p->total, 1);
	add(p, repo, file, now_ns / NS_PER_DAY, 1);
}

/* ---- writing ---- */

struct flush { struct change change; const struct counted *list; };

static enum err write_counts(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	enum err err = OK;
	const struct flush *f = (struct flush *)c;
	for (const struct counted *x = f->list; x && !err; x = x->following)
		err = catalog_pull_add(catalog, x->repo, x->file, x->day, x->count, e);
	return err;
}

static struct counted *take_all(struct pulls *p)
{
	(void)pthread_mutex_lock(&p->lock);
	struct counted *list = p->first;
	memset(p->bucket, 0, sizeof p->bucket);
	p->first = NULL;
	p->entries = 0;
	(void)pthread_mutex_unlock(&p->lock);
	return list;
}

enum err pulls_flush(struct pulls *p, struct ingest *g, struct errinfo *e)
{
	struct flush f;
	struct counted *list = take_all(p);
	if (!list)
		return OK;
	change_init(&f.change, CHANGE_CALL);
	f.change.call = write_counts;
	f.list = list;
	enum err err = ingest_apply(g, &f.change);
	if (err && e)
		*e = f.change.error;
	change_done(&f.change);
	for (const struct counted *x = err ? list : NULL; x; x = x->following)
		add(p, x->repo, x->file, x->day, x->count);
	free_list(list);
	return err;
}
