/* A search, from what was typed to what is shown. */
#include "indexer/hub/search.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/hub/impl.h"

/* Every word as a string of FTS5, so that nothing of it is syntax; the last one as a beginning. */
static void put_expression(struct sbuf *b, struct str text)
{
	for (struct str rest = str_trim(text); rest.n;) {
		struct str word = str_cut(&rest, ' ', NULL);
		sbuf_puts(b, b->n ? " \"" : "\"");
		for (size_t i = 0; i < word.n; i++) {
			if (word.p[i] == '"')
				sbuf_putc(b, '"');
			sbuf_putc(b, word.p[i]);
		}
		sbuf_puts(b, "\"");
	}
	if (b->n)
		sbuf_putc(b, '*');
}

static enum err match(struct hub *h, struct arena *a, struct str expression, int64_t **ret,
                      size_t *ret_count, bool *ret_more, struct errinfo *e)
{
	struct hub_reader *r;
	enum err err = hub_reader_take(h, &r, e);
	if (err)
		return err;
	err = search_match(r->search, a, expression, SEARCH_MATCHES_MAX,
	                   clock_monotonic() + (int64_t)SEARCH_DEADLINE_MS * 1000000, ret, ret_count,
	                   ret_more, e);
	hub_reader_give(h, r);
	return err;
}

enum err hub_search(struct hub *h, struct arena *a, const struct hub_viewer *v,
                    const struct hub_search *s, struct hub_result *ret, struct errinfo *e)
{
	struct hub_result r = { 0 };
	AUTO_SBUF struct sbuf expression = sbuf_make(16 * KIB);
	int64_t *ids = NULL;
	size_t count = 0;
	put_expression(&expression, str_first(s->text, SEARCH_TEXT_MAX_BYTES));
	enum err err = expression.n ? match(h, a, sbuf_str(&expression), &ids, &count, &r.cut, e) : OK;
	if (err)
		return err;
	(void)pthread_rwlock_rdlock(&h->table.lock);
	r.hits = arena_array(a, h->table.count + 1, sizeof *r.hits);
	for (size_t i = 0; r.hits && i < (expression.n ? count : h->table.count); i++) {
		struct hub_chart *c = expression.n ? table_by_id(&h->table, ids[i]) : h->table.charts[i];
		if (c && hub_sees(v, c->repo) && r.total++ >= s->offset && (!s->limit || r.count < s->limit))
			r.hits[r.count++].chart = chart_ref(c);
	}
	(void)pthread_rwlock_unlock(&h->table.lock);
	if (!r.hits)
		return ERR(e, NOMEM, "search");
	*ret = r;
	return OK;
}

void hub_result_done(struct hub_result *r)
{
	for (size_t i = 0; r && i < r->count; i++)
		hub_chart_unref(r->hits[i].chart);
	if (r)
		*r = (struct hub_result){ 0 };
}

const char *const hub_facet_names[FACET_COUNT] = {
	[FACET_REPO] = "repo", [FACET_CATEGORY] = "category", [FACET_KEYWORD] = "keyword",
	[FACET_LICENSE] = "license", [FACET_TYPE] = "type", [FACET_MAINTAINER] = "maintainer",
	[FACET_KUBE] = "kube", [FACET_SIGNED] = "signed", [FACET_SCHEMA] = "schema",
	[FACET_CRDS] = "crds", [FACET_DEPRECATED] = "deprecated", [FACET_PRERELEASE] = "prerelease",
};

const char *const hub_sort_names[SORT_COUNT] = {
	[SORT_RELEVANCE] = "relevance", [SORT_NAME] = "name", [SORT_RELEASED] = "released",
	[SORT_PULLS] = "pulls", [SORT_USED_BY] = "used-by",
};
