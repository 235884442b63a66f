/* A search, from what was typed to what is shown: ids out of the index of words, everything else out
 * of memory, under the table's lock for as long as that takes.                               */
#include "indexer/hub/search.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/hub/correct.h"
#include "indexer/hub/facet.h"
#include "indexer/hub/found_in.h"
#include "indexer/hub/rank.h"
#include "indexer/hub/word.h"

const char *const hub_sort_names[SORT_COUNT] = {
#define X(id, word, label, key) word,
#include "indexer/hub/sort.def"
#undef X
};
const char *const hub_sort_labels[SORT_COUNT] = {
#define X(id, word, label, key) label,
#include "indexer/hub/sort.def"
#undef X
};
const char hub_sort_words[] =
#define X(id, word, label, key) " " word
#include "indexer/hub/sort.def"
#undef X
;

struct item {                        /* a chart that was found */
	uint64_t key;                    /* the smallest first; then by name */
	struct hub_chart *chart;
	uint64_t used_by;
	enum hub_where where;
};

struct run {
	struct hub *h;
	struct arena *a;
	const struct hub_viewer *v;
	const struct hub_search *s;
	struct str text;
	int64_t deadline_ns;             /* monotonic; of all that is looked up */
	struct query query;
	struct views *views;
	struct ranker *ranker;
	struct str words, phrases;       /* what is asked of the indexes; both empty: all charts */
	struct ids { int64_t *list; size_t count; } ids;
	struct facet_count *facets;
	struct item *items;
	size_t count, near;
	bool cut;
	struct errinfo *e;
};

/* ---- the index of words ---- */

static bool is_indexed(const struct run *r) { return r->words.n || r->phrases.n; }

static enum err ask(struct run *r, struct hub_reader *reader, bool phrases, struct ids *ret)
{
	bool more;
	enum err err = search_match(reader->search, r->a, phrases ? r->phrases : r->words, phrases,
	                            SEARCH_MATCHES_MAX, r->deadline_ns, &ret->list, &ret->count, &more,
	                            r->e);
	r->cut |= !err && more;
	return err;
}

/* Those in both, which are in order. */
static void keep_common(struct ids *to, const struct ids *other)
{
	size_t n = 0;
	for (size_t i = 0, k = 0; i < to->count && k < other->count; i++) {
		while (k < other->count && other->list[k] < to->list[i])
			k++;
		if (k < other->count && other->list[k] == to->list[i])
			to->list[n++] = to->list[i];
	}
	to->count = n;
}

static enum err match(struct run *r)
{
	struct hub_reader *reader;
	struct ids phrases = { 0 };
	enum err err = is_indexed(r) ? hub_reader_take(r->h, &reader, r->e) : OK;
	if (err || !is_indexed(r))
		return err;
	if (r->words.n)
		err = ask(r, reader, false, &r->ids);
	if (!err && r->phrases.n)
		err = ask(r, reader, true, &phrases);
	hub_reader_give(r->h, reader);
	if (!err && r->phrases.n && r->words.n)
		keep_common(&r->ids, &phrases);
	else if (r->phrases.n)
		r->ids = phrases;
	return err;
}

static enum err express(struct run *r, bool phrases, struct str *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(64 * KIB);
	query_expression(&r->query, phrases, &b);
	return sbuf_ok(&b) && arena_str(r->a, sbuf_str(&b), ret) ? OK : ERR(r->e, NOMEM, "search");
}

static enum err read_text(struct run *r)
{
	enum err err = query_read(r->a, r->text, r->s->now_ns, &r->query, r->e);
	if (!err)
		err = express(r, false, &r->words);
	return err ? err : express(r, true, &r->phrases);
}

/* ---- what is in memory ---- */

static uint64_t key_of(enum hub_sort sort, const struct hub_row *row, uint32_t points,
                       uint64_t used_by)
{
	switch (sort) {
#define X(id, word, label, key) case SORT_##id: return key;
#include "indexer/hub/sort.def"
#undef X
	case SORT_COUNT:     break;
	}
	return 0;
}

static void consider(struct run *r, uint32_t id, const struct hub_viewer *seen)
{
	const struct hub_row *row = &r->h->table.rows[id];
	if (!row->chart || !facet_count_sees(r->facets, row) || !ranker_admits(r->ranker, id) ||
	    !facet_count_take(r->facets, row))
		return;
	uint64_t used_by = uses_count_of(r->h->table.uses, row->use_key, row->chart, r->v, seen);
	struct rank rank = ranker_rank(r->ranker, id, used_by);
	r->near += rank.near;
	r->items[r->count++] = (struct item){
		key_of(r->s->sort, row, rank.points, used_by), row->chart, used_by, rank.where,
	};
}

static int by_key(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	int by_name = str_cmp(a->chart->name, b->chart->name);
	return by_name ? by_name : str_cmp(a->chart->repo, b->chart->repo);
}

static void sink(struct item *heap, size_t n, size_t at)
{
	for (;;) {
		size_t last = at, child = 2 * at + 1;
		for (size_t i = child; i < n && i < child + 2; i++)
			if (by_key(&heap[i], &heap[last]) > 0)
				last = i;
		if (last == at)
			return;
		struct item moved = heap[at];
		heap[at] = heap[last];
		heap[last] = moved;
		at = last;
	}
}

/* The first n of them in order, the others anyhow: a page of many is not worth sorting all. */
static void sort_first(struct item *items, size_t count, size_t n)
{
	for (size_t i = n / 2; n < count && i-- > 0;)
		sink(items, n, i);
	for (size_t i = n; i < count && n; i++)
		if (by_key(&items[i], &items[0]) < 0) {
			struct item better = items[i];
			items[i] = items[0];
			items[0] = better;
			sink(items, n, 0);
		}
	if (n)
		qsort(items, n, sizeof *items, by_key);
}

static enum err take_page(struct run *r, struct hub_result *ret)
{
	const struct hub_search *s = r->s;
	size_t from = s->offset < r->count ? s->offset : r->count;
	size_t to = s->limit && s->limit < r->count - from ? from + s->limit : r->count;
	sort_first(r->items, r->count, to);
	ret->hits = arena_array(r->a, to - from, sizeof *ret->hits);
	if (!ret->hits)
		return ERR(r->e, NOMEM, "search");
	for (size_t i = from; i < to; i++)
		ret->hits[ret->count++] = (struct hub_hit){
			.chart = chart_ref(r->items[i].chart), .used_by = r->items[i].used_by,
			.where = r->items[i].where,
		};
	ret->total = r->count;
	ret->cut = r->cut;
	ret->notes = r->query.notes;
	ret->note_count = r->query.note_count;
	return s->facets ? facet_count_lists(r->facets, r->a, ret->facets, r->e) : OK;
}

static enum err collect(struct run *r, struct hub_result *ret)
{
	const struct hub_table *t = &r->h->table;
	enum err err = ranker_new(r->a, t, &r->query, r->views, r->s->now_ns, &r->ranker, r->e);
	if (!err)
		err = facet_count_new(r->a, t->facets, r->s->filters, r->s->filter_count, r->views, r->v,
		                      &r->facets, r->e);
	r->items = err ? NULL : arena_array(r->a, t->count, sizeof *r->items);
	if (err || !r->items)
		return err ? err : ERR(r->e, NOMEM, "search");
	const struct hub_viewer seen = facet_count_viewer(r->facets);
	for (size_t i = 0; i < r->ids.count; i++)
		if (r->ids.list[i] >= 0 && (size_t)r->ids.list[i] < t->row_count)
			consider(r, (uint32_t)r->ids.list[i], &seen);
	for (size_t i = 0; !is_indexed(r) && i < t->row_count; i++)
		consider(r, (uint32_t)i, &seen);
	err = take_page(r, ret);
	if (!err && r->near < SEARCH_LITTLE)
		err = correct_text(r->a, t, r->facets, r->text, &r->query, r->ranker, &ret->did_you_mean, r->e);
	return err;
}

static enum err run(struct run *r, struct hub_result *ret)
{
	struct hub_result found = { 0 };
	enum err err = read_text(r);
	if (!err)
		err = match(r);
	if (!err)
		err = views_open(r->h, r->a, r->v, r->s->filters, r->s->filter_count, &r->query, &r->views, r->e);
	if (err)
		return err;
	(void)pthread_rwlock_rdlock(&r->h->table.lock);
	err = collect(r, &found);
	(void)pthread_rwlock_unlock(&r->h->table.lock);
	views_close(r->views);
	if (err)
		hub_result_done(&found);
	else
		*ret = found;
	return err;
}

/* What the corrected text finds, when that is more. */
static enum err correct(struct run *r, struct hub_result *found)
{
	struct hub_result better;
	struct run again = { .h = r->h, .a = r->a, .v = r->v, .s = r->s, .text = found->did_you_mean,
	                     .deadline_ns = r->deadline_ns, .e = r->e };
	enum err err = run(&again, &better);
	if (err)
		return err;
	if (better.total <= found->total) {
		found->did_you_mean = STR("");
	} else if (!found->total) {
		better.did_you_mean = found->did_you_mean;
		better.corrected = true;
		struct hub_result empty = *found;
		*found = better;
		better = empty;
		*r = again;
	}
	hub_result_done(&better);
	return OK;
}

static enum err search(struct run *r, struct hub_result *ret)
{
	struct hub_result found;
	enum err err = run(r, &found);
	if (err)
		return err;
	if (found.did_you_mean.n)
		err = correct(r, &found);
	if (!err && r->s->snippets && is_indexed(r))
		err = found_in_show(r->h, r->a, &r->query, &found, r->e);
	if (err)
		hub_result_done(&found);
	else
		*ret = found;
	return err;
}

enum err hub_search(struct hub *h, struct arena *a, const struct hub_viewer *v,
                    const struct hub_search *s, struct hub_result *ret, struct errinfo *e)
{
	int64_t began = clock_monotonic();
	struct run r = { .h = h, .a = a, .v = v, .s = s, .e = e,
	                 .text = str_first(s->text, SEARCH_TEXT_MAX_BYTES),
	                 .deadline_ns = began + (int64_t)SEARCH_DEADLINE_MS * NS_PER_MS };
	bool incomplete = hub_is_incomplete(h);
	enum err err = search(&r, ret);
	if (err == ERR_CORRUPT) {            /* whoever met it has search.db made again */
		*ret = (struct hub_result){ 0 };
		incomplete = true;
		err = OK;
	}
	if (!err)
		ret->incomplete = incomplete;
	atomic_fetch_add(&h->searches, 1);
	atomic_fetch_add(&h->search_ns, (uint64_t)(clock_monotonic() - began));
	return err;
}

void hub_result_done(struct hub_result *r)
{
	for (size_t i = 0; r && i < r->count; i++)
		hub_chart_unref(r->hits[i].chart);
	if (r)
		*r = (struct hub_result){ 0 };
}
