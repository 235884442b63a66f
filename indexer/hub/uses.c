/* See uses.h. A target lives as long as it has users. Who sees which of them is not known here: users
 * are sorted by repository, so that counting asks once a repository.                         */
#include "indexer/hub/uses.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/hash.h"

#define BUCKETS_AT_FIRST 1024u

struct uses {
	struct resolver *resolver;
	uint64_t seed;                   /* nobody outside can choose names that share a bucket */
	struct use_target **buckets;
	size_t bucket_count, target_count;
};

enum err uses_open(const struct hub_options *o, struct uses **ret, struct errinfo *e)
{
	struct uses *u = calloc(1, sizeof *u);
	if (!u)
		return ERR(e, NOMEM, "users of charts");
	u->bucket_count = BUCKETS_AT_FIRST;
	u->buckets = calloc(u->bucket_count, sizeof(void *));
	enum err err = u->buckets && random_bytes(&u->seed, sizeof u->seed) ?
	               resolver_new(o, &u->resolver, e) : ERR(e, NOMEM, "users of charts");
	if (err)
		uses_close(u);
	else
		*ret = u;
	return err;
}

void uses_close(struct uses *u)
{
	if (!u)
		return;
	resolver_unref(u->resolver);
	free(u->buckets);
	free(u);
}

struct resolver *uses_resolver(struct hub_table *t)
{
	(void)pthread_rwlock_rdlock(&t->lock);
	struct resolver *r = resolver_ref(t->uses->resolver);
	(void)pthread_rwlock_unlock(&t->lock);
	return r;
}

/* ---- targets ---- */

static uint64_t hash_of(const struct uses *u, struct str repo, struct str name)
{
	return str_hash(name, str_hash(STR("/"), str_hash(repo, STR_HASH_START ^ u->seed)));
}

static struct use_target *find(const struct uses *u, struct str repo, struct str name)
{
	uint64_t hash = hash_of(u, repo, name);
	struct use_target *t = u->buckets[hash % u->bucket_count];
	while (t && (t->hash != hash || !str_eq(t->repo, repo) || !str_eq(t->name, name)))
		t = t->next;
	return t;
}

/* Does not look at the chart before its key is found: most have no users, and are far away. */
static struct use_target *find_of(const struct uses *u, uint64_t key, const struct hub_chart *c)
{
	struct use_target *t = u->buckets[key % u->bucket_count];
	while (t && (t->hash != key || !str_eq(t->repo, c->repo) || !str_eq(t->name, c->name)))
		t = t->next;
	return t;
}

const struct use_target *uses_find(const struct uses *u, struct str repo, struct str name)
{
	return find(u, repo, name);
}

static void grow(struct uses *u)
{
	size_t count = u->bucket_count * 2;
	struct use_target **buckets = calloc(count, sizeof(void *));
	if (!buckets)
		return;                      /* slower, and right */
	for (size_t i = 0; i < u->bucket_count; i++)
		for (struct use_target *t = u->buckets[i], *next; t; t = next) {
			next = t->next;
			t->next = buckets[t->hash % count];
			buckets[t->hash % count] = t;
		}
	free(u->buckets);
	u->buckets = buckets;
	u->bucket_count = count;
}

static struct use_target *find_or_add(struct uses *u, struct str repo, struct str name)
{
	struct use_target *t = find(u, repo, name);
	if (t)
		return t;
	if (u->target_count >= u->bucket_count)
		grow(u);
	t = calloc(1, sizeof *t + repo.n + name.n);
	if (!t)
		return NULL;
	char *texts = (char *)(t + 1);
	memcpy(texts, repo.p, repo.n);
	memcpy(texts + repo.n, name.p, name.n);
	t->repo = str_make(texts, repo.n);
	t->name = str_make(texts + repo.n, name.n);
	t->hash = hash_of(u, repo, name);
	t->next = u->buckets[t->hash % u->bucket_count];
	u->buckets[t->hash % u->bucket_count] = t;
	u->target_count++;
	return t;
}

static void drop_unused(struct uses *u, struct use_target *t)
{
	if (t->count)
		return;
	struct use_target **at = &u->buckets[t->hash % u->bucket_count];
	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	u->target_count--;
	free(t->users);
	free(t);
}

/* ---- users ---- */

size_t uses_after(const struct use_target *t, struct str repo, struct str name)
{
	size_t at = charts_find(t->users, t->count, repo, name);
	bool is = at < t->count && str_eq(t->users[at]->repo, repo) && str_eq(t->users[at]->name, name);
	return at + is;
}

/* Its place among them, or where it goes. */
static size_t place_of(const struct use_target *t, const struct hub_chart *c, bool *ret_is)
{
	size_t at = charts_find(t->users, t->count, c->repo, c->name);
	*ret_is = at < t->count && t->users[at] == c;
	return at;
}

/* False: out of memory. *ret_first: it was none before. */
static bool add_user(struct use_target *t, struct hub_chart *c, bool *ret_first)
{
	bool is;
	size_t at = place_of(t, c, &is);
	*ret_first = !is;
	if (is)
		return true;
	struct hub_chart **users = array_room(t->users, t->count, &t->capacity, sizeof(void *));
	if (!users)
		return false;
	t->users = users;
	memmove(users + at + 1, users + at, (t->count - at) * sizeof(void *));
	users[at] = c;
	t->count++;
	return true;
}

static void remove_user(struct use_target *t, const struct hub_chart *c)
{
	bool is;
	size_t at = place_of(t, c, &is);
	if (!is)
		return;
	t->count--;
	memmove(t->users + at, t->users + at + 1, (t->count - at) * sizeof(void *));
}

/* ---- one chart ---- */

static enum err put_dependency(struct uses *u, struct hub_chart *c, size_t i, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct resolution found;
	const struct hub_dependency *d = &c->dependencies[i];
	const struct resolve_from from = { .repo = c->repo, .name = d->name, .repository = d->repository };
	enum err err = resolve(u->resolver, &a, &from, &found, e);
	for (size_t k = 0; k < found.count && !err; k++) {
		if (str_eq(found.repos[k], c->repo) && str_eq(d->name, c->name))
			continue;                /* a chart is no user of its own */
		struct use_target *t = find_or_add(u, found.repos[k], d->name);
		if (!t)
			return ERR(e, NOMEM, "users of charts");
		struct use *use = &c->uses->list[c->uses->count++];
		t->through += found.through[k];
		*use = (struct use){ .target = t, .dependency = i, .through = found.through[k] };
		if (!add_user(t, c, &use->first))
			return ERR(e, NOMEM, "users of charts");
	}
	return err;
}

enum err uses_put(struct uses *u, struct hub_chart *c, struct errinfo *e)
{
	enum err err = OK;
	if (!c->dependency_count)
		return OK;
	c->uses = calloc(1, sizeof *c->uses + c->dependency_count * RESOLVED_MAX * sizeof(struct use));
	if (!c->uses)
		return ERR(e, NOMEM, "users of charts");
	for (size_t i = 0; i < c->dependency_count && !err; i++)
		err = put_dependency(u, c, i, e);
	if (err) {
		uses_remove(u, c);
		return err;
	}
	struct chart_uses *exact = realloc(c->uses, sizeof *exact + c->uses->count * sizeof(struct use));
	if (exact)
		c->uses = exact;
	return OK;
}

void uses_remove(struct uses *u, struct hub_chart *c)
{
	if (!c->uses)
		return;
	for (size_t i = c->uses->count; i-- > 0;) {      /* nothing looks at a target after its first use */
		const struct use *use = &c->uses->list[i];
		use->target->through -= use->through;
		if (!use->first)
			continue;
		remove_user(use->target, c);
		drop_unused(u, use->target);
	}
	free(c->uses);
	c->uses = NULL;
}

enum err uses_again(struct uses *u, const struct hub_options *o, struct hub_chart *const *charts,
                    size_t count, struct errinfo *e)
{
	struct resolver *now;
	enum err err = resolver_new(o, &now, e);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		uses_remove(u, charts[i]);
	resolver_unref(u->resolver);
	u->resolver = now;
	for (size_t i = 0; i < count && !err; i++)
		err = uses_put(u, charts[i], e);
	return err;
}

/* ---- who may know ---- */

enum err uses_may_know(const struct uses *u, const struct hub_chart *c, const struct use *use,
                       const struct hub_viewer *v, bool *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct resolution found;
	const struct hub_dependency *d = &c->dependencies[use->dependency];
	const struct resolve_from from = { .repo = c->repo, .name = d->name, .repository = d->repository,
	                                   .viewer = v };
	*ret = !use->through;
	if (*ret)
		return OK;
	enum err err = resolve(u->resolver, &a, &from, &found, e);
	for (size_t i = 0; !err && i < found.count; i++)
		*ret |= str_eq(found.repos[i], use->target->repo);
	return err;
}

/* The next user mostly names the same virtual repository as the last. */
struct known { struct str address; bool seen; };

static bool is_known(const struct uses *u, const struct use_target *t, const struct hub_chart *c,
                     const struct hub_viewer *v, struct known *last)
{
	struct errinfo ignored;
	bool known = false;
	for (size_t i = 0; i < c->uses->count && !known; i++) {
		const struct use *use = &c->uses->list[i];
		struct str address = c->dependencies[use->dependency].repository;
		if (use->target != t)
			continue;
		if (!use->through)
			return true;
		if (!last->address.n || !str_eq(last->address, address))
			*last = (struct known){ address, !uses_may_know(u, c, use, v, &known, &ignored) && known };
		known = last->seen;
	}
	return known;
}

/* ---- counting ---- */

uint64_t uses_key(const struct uses *u, const struct hub_chart *c)
{
	return hash_of(u, c->repo, c->name);
}

uint64_t uses_count(const struct uses *u, const struct hub_chart *c, const struct hub_viewer *v)
{
	return uses_count_of(u, uses_key(u, c), c, v, v);
}

uint64_t uses_count_of(const struct uses *u, uint64_t key, const struct hub_chart *c,
                       const struct hub_viewer *v, const struct hub_viewer *of_charts)
{
	const struct use_target *t = find_of(u, key, c);
	struct known last = { 0 };
	uint64_t n = 0;
	const struct hub_viewer *asked = t && t->through ? v : of_charts;
	if (!t || !asked || !asked->sees)
		return t ? t->count : 0;
	for (size_t at = 0, next; at < t->count; at = next) {
		next = charts_next_repo(t->users, t->count, at);
		if (!hub_sees(of_charts, t->users[at]->repo))
			continue;
		for (size_t i = at; t->through && i < next; i++)
			n += is_known(u, t, t->users[i], v, &last);
		n += t->through ? 0 : next - at;
	}
	return n;
}
