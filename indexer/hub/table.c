/* The charts in memory. */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/clock.h"
#include "indexer/hub/impl.h"

enum err table_open(struct hub_table *t, struct errinfo *e)
{
	pthread_rwlockattr_t kind;
	(void)pthread_rwlockattr_init(&kind);
	(void)pthread_rwlockattr_setkind_np(&kind, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	(void)pthread_rwlock_init(&t->lock, &kind);
	(void)pthread_rwlockattr_destroy(&kind);
	enum err err = facets_open(&t->facets, e);
	return err ? err : words_open(&t->words, e);
}

void table_close(struct hub_table *t)
{
	table_clear(t);
	words_close(t->words);
	facets_close(t->facets);
	uses_close(t->uses);
	free(t->charts);
	free(t->rows);
	(void)pthread_rwlock_destroy(&t->lock);
}

static int compare(const struct hub_chart *c, struct str repo, struct str name)
{
	int by_repo = str_cmp(c->repo, repo);
	return by_repo ? by_repo : str_cmp(c->name, name);
}

size_t charts_find(struct hub_chart *const *list, size_t count, struct str repo, struct str name)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(list[middle], repo, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t charts_next_repo(struct hub_chart *const *list, size_t count, size_t at)
{
	struct str repo = list[at]->repo;
	size_t low = at + 1, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (str_eq(list[middle]->repo, repo))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Its place, or where it goes. */
static size_t find(const struct hub_table *t, struct str repo, struct str name, bool *ret_is)
{
	size_t at = charts_find(t->charts, t->count, repo, name);
	*ret_is = at < t->count && compare(t->charts[at], repo, name) == 0;
	return at;
}

struct hub_chart *table_at(const struct hub_table *t, struct str repo, struct str name)
{
	bool is;
	size_t at = find(t, repo, name, &is);
	return is ? t->charts[at] : NULL;
}

static bool make_room(struct hub_table *t, int64_t id)
{
	struct hub_chart **charts = array_room(t->charts, t->count, &t->capacity, sizeof(void *));
	if (!charts)
		return false;
	t->charts = charts;
	if ((size_t)id < t->row_count)
		return true;
	size_t count = (size_t)id + (size_t)id / 2 + 64;
	struct hub_row *rows = reallocarray(t->rows, count, sizeof *rows);
	if (!rows)
		return false;
	memset(rows + t->row_count, 0, (count - t->row_count) * sizeof *rows);
	t->rows = rows;
	t->row_count = count;
	return true;
}

static int32_t day_of(int64_t ns) { return ns == INT64_MIN ? INT32_MIN : (int32_t)(ns / NS_PER_DAY); }

static uint32_t at_most_u32(uint64_t n) { return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX; }

static void fill_row(struct hub_table *t, struct hub_chart *c)
{
	struct hub_row *r = &t->rows[c->id];
	*r = (struct hub_row){
		.chart = c, .use_key = t->uses ? uses_key(t->uses, c) : 0,
		.pulls = at_most_u32(atomic_load(&c->pulls)), .created_day = day_of(c->entry.created_ns),
		.name_bytes = (uint16_t)c->joined.n, .facet_count = (uint16_t)c->facet_count,
		.deprecated = c->entry.meta.deprecated, .prerelease = c->prerelease,
		.signed_well = str_eq(c->signature, STR("good")), .hosted = c->origin == ORIGIN_HOSTED,
	};
	memcpy(r->facets, c->facets, (c->facet_count < ROW_FACETS ? c->facet_count : ROW_FACETS) *
	       sizeof *r->facets);
}

static void take_out(struct hub_table *t, size_t at)
{
	struct hub_chart *c = t->charts[at];
	t->count--;
	memmove(t->charts + at, t->charts + at + 1, (t->count - at) * sizeof *t->charts);
	t->rows[c->id] = (struct hub_row){ 0 };
	words_remove(t->words, c);
	facets_remove(t->facets, c);
	uses_remove(t->uses, c);
	hub_chart_unref(c);
}

static enum err put_parts(struct hub_table *t, struct hub_chart *c, struct errinfo *e)
{
	enum err err = words_put(t->words, c, e);
	if (err)
		return err;
	if (!(err = facets_put(t->facets, c, e)) && (err = uses_put(t->uses, c, e)))
		facets_remove(t->facets, c);
	if (err)
		words_remove(t->words, c);
	return err;
}

static enum err put(struct hub_table *t, struct hub_chart *c, struct errinfo *e)
{
	bool is;
	size_t at = find(t, c->repo, c->name, &is);
	if (is) {
		atomic_store(&c->pulls, atomic_load(&t->charts[at]->pulls));
		take_out(t, at);
	}
	if (!make_room(t, c->id))
		return ERR(e, NOMEM, "charts");
	enum err err = put_parts(t, c, e);
	if (err)
		return err;
	memmove(t->charts + at + 1, t->charts + at, (t->count - at) * sizeof *t->charts);
	t->charts[at] = c;
	t->count++;
	fill_row(t, c);
	return OK;
}

enum err table_put(struct hub_table *t, struct hub_chart *c, struct errinfo *e)
{
	(void)pthread_rwlock_wrlock(&t->lock);
	enum err err = put(t, c, e);
	atomic_fetch_add(&t->generation, 1);
	(void)pthread_rwlock_unlock(&t->lock);
	if (err)
		hub_chart_unref(c);
	return err;
}

void table_remove(struct hub_table *t, struct str repo, struct str name)
{
	bool is;
	(void)pthread_rwlock_wrlock(&t->lock);
	size_t at = find(t, repo, name, &is);
	if (is) {
		take_out(t, at);
		atomic_fetch_add(&t->generation, 1);
	}
	(void)pthread_rwlock_unlock(&t->lock);
}

enum err table_settings(struct hub_table *t, const struct hub_options *o, struct errinfo *e)
{
	(void)pthread_rwlock_wrlock(&t->lock);
	enum err err = uses_again(t->uses, o, t->charts, t->count, e);
	atomic_fetch_add(&t->generation, 1);
	(void)pthread_rwlock_unlock(&t->lock);
	return err;
}

void table_clear(struct hub_table *t)
{
	(void)pthread_rwlock_wrlock(&t->lock);
	while (t->count)
		take_out(t, t->count - 1);
	atomic_fetch_add(&t->generation, 1);
	(void)pthread_rwlock_unlock(&t->lock);
}

/* ---- downloads ---- */

static bool set_pulls(struct hub_table *t, struct hub_chart *c, uint64_t count)
{
	atomic_store(&t->rows[c->id].pulls, at_most_u32(count));
	return atomic_exchange(&c->pulls, count) != count;
}

void table_set_pulls(struct hub_table *t, const struct chart_pulls *list, size_t count)
{
	bool changed = false;
	(void)pthread_rwlock_rdlock(&t->lock);
	for (size_t i = 0, at = 0; i < t->count; i++) {
		struct hub_chart *c = t->charts[i];
		while (at < count && compare(c, list[at].repo, list[at].name) > 0)
			at++;
		bool is = at < count && compare(c, list[at].repo, list[at].name) == 0;
		changed |= set_pulls(t, c, is ? list[at].count : 0);
	}
	if (changed)
		atomic_fetch_add(&t->generation, 1);
	(void)pthread_rwlock_unlock(&t->lock);
}
