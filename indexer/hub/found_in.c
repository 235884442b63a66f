/* See found_in.h. */
#include "indexer/hub/found_in.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/hub/snippet.h"

struct show {
	struct arena *a;
	struct hub_reader *reader;
	const struct snippet_words *words;   /* of the query */
	struct errinfo *e;
};

static enum err try_text(struct show *s, const struct snippet_words *words, const char *where, struct str text,
                         struct hub_hit *hit)
{
	enum err err = snippet_make(s->a, words, text, &hit->snippet, s->e);
	if (!err && hit->snippet.n)
		hit->found_in = str_c(where);
	return err;
}

/* ---- README and values ---- */

static enum err show_text(struct show *s, struct hub_hit *hit)
{
	AUTO_ARENA struct arena texts = { 0 };
	struct str readme, keys;
	enum err err = search_texts(s->reader->search, &texts, hit->chart->id, &readme, &keys, s->e);
	if (!err)
		err = try_text(s, s->words, "README", readme, hit);
	return err || hit->snippet.n ? err : try_text(s, s->words, "values", keys, hit);
}

/* ---- lists: the items that have the words which the row has not ---- */

struct items { const struct snippet_words *words; struct sbuf text; };

static void put_item(struct items *x, struct str item)
{
	struct sbuf *b = &x->text;
	if (!snippet_has(x->words, item) || b->n + item.n + 2 > SEARCH_WORDS_MAX_BYTES)
		return;
	sbuf_puts(b, b->n ? ", " : "");
	sbuf_put(b, item);
}

static void put_items(struct items *x, const struct str *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_item(x, list[i]);
}

static void put_name(struct items *x, const struct hub_chart *c) { put_item(x, c->alternative); }
static void put_images(struct items *x, const struct hub_chart *c) { put_items(x, c->images, c->image_count); }
static void put_kinds(struct items *x, const struct hub_chart *c) { put_items(x, c->kinds, c->kind_count); }

static void put_keywords(struct items *x, const struct hub_chart *c)
{
	put_items(x, c->entry.meta.keywords, c->entry.meta.keyword_count);
}

static void put_dependencies(struct items *x, const struct hub_chart *c)
{
	for (size_t i = 0; i < c->dependency_count; i++)
		put_item(x, c->dependencies[i].name);
}

static void put_maintainers(struct items *x, const struct hub_chart *c)
{
	for (size_t i = 0; i < c->entry.meta.maintainer_count; i++)
		put_item(x, c->entry.meta.maintainers[i].name);
	put_items(x, c->people, c->person_count);
}

static const struct { const char *where; void (*put)(struct items *x, const struct hub_chart *c); } lists[] = {
	{ "other name", put_name }, { "keywords", put_keywords }, { "dependencies", put_dependencies },
	{ "maintainers", put_maintainers }, { "images", put_images }, { "kinds", put_kinds },
};

static enum err try_list(struct show *s, const struct snippet_words *words, size_t list, struct hub_hit *hit)
{
	struct items x = { words, sbuf_make(SEARCH_WORDS_MAX_BYTES) };
	lists[list].put(&x, hit->chart);
	enum err err = sbuf_ok(&x.text) ? try_text(s, words, lists[list].where, sbuf_str(&x.text), hit)
	                                : ERR(s->e, NOMEM, "search");
	sbuf_done(&x.text);
	return err;
}

static enum err show_list(struct show *s, struct hub_hit *hit)
{
	const struct hub_chart *c = hit->chart;
	const struct str row[] = { c->name, c->joined, c->repo, c->entry.meta.description };
	struct snippet_words *left;
	enum err err = snippet_words_left(s->a, s->words, row, sizeof row / sizeof *row, &left, s->e);
	for (size_t i = 0; !err && left && i < sizeof lists / sizeof *lists && !hit->snippet.n; i++)
		err = try_list(s, left, i, hit);
	return err;
}

/* ---- all of them ---- */

enum err found_in_show(struct hub *h, struct arena *a, const struct query *q, struct hub_result *found,
                       struct errinfo *e)
{
	struct snippet_words *words;
	struct show s = { .a = a, .e = e };
	enum err err = snippet_words_of(a, q, &words, e);
	if (!err)
		err = hub_reader_take(h, &s.reader, e);
	if (err)
		return err;
	s.words = words;
	for (size_t i = 0; i < found->count && !err; i++) {
		struct hub_hit *hit = &found->hits[i];
		err = snippet_mark(a, words, hit->chart->entry.meta.description, &hit->description, e);
		if (!err && hit->where != IN_NAME)
			err = hit->where == IN_TEXT ? show_text(&s, hit) : show_list(&s, hit);
	}
	hub_reader_give(h, s.reader);
	return err;
}
