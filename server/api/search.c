/* See search.h. A worker answers: words are looked up in a database. */
#include "server/api/search.h"

#include "indexer/base/auto.h"
#include "indexer/base/utf8.h"
#include "indexer/base/value.h"
#include "indexer/hub/search.h"
#include "server/api/json_parts.h"
#include "server/route/address.h"
#include "server/route/packed.h"
#include "server/route/search_params.h"
#include "server/route/viewer.h"

#define ANSWER_MAX_BYTES (64u * MIB)
#define HITS_USUAL 20u
#define HITS_MAX 100u
#define SUGGESTIONS_USUAL 8u
#define MARK_BEGINS 2                /* in hub_hit.snippet */
#define MARK_ENDS 3

/* ---- one chart ---- */

static void put_url(struct sbuf *b, const struct call *c, const struct hub_chart *chart)
{
	AUTO_SBUF struct sbuf url = sbuf_make(HTTP_URI_MAX_BYTES);
	address_of_chart(c, chart->repo, chart->name, STR(""), &url);
	put_known(b, "url", sbuf_str(&url));
}

static void put_names(struct sbuf *b, const struct hub_chart *chart)
{
	json_text(b, "repo", chart->repo);
	json_text(b, "name", chart->name);
	json_text(b, "version", chart->entry.meta.version);
	json_text(b, "description", chart->entry.meta.description);
	json_bool(b, "deprecated", chart->entry.meta.deprecated);
}

static void put_facts(struct sbuf *b, const struct hub_chart *chart)
{
	const struct chart_meta *m = &chart->entry.meta;
	json_text(b, "app_version", m->app_version);
	json_text(b, "origin", str_c(hub_origin_word(chart->origin)));
	json_bool(b, "prerelease", chart->prerelease);
	json_bool(b, "signed", verdict_is_signed(chart->signature));
	put_known(b, "created", chart->entry.created);
	put_known(b, "digest", chart->entry.digest);
	put_known(b, "license", chart->license);
	put_known(b, "category", chart->category);
	json_texts(b, "keywords", m->keywords, m->keyword_count);
	json_text(b, "type", chart->library ? STR("library") : STR("application"));
	put_known(b, "kube_version", m->kube_version);
	json_number(b, "recent_pulls", atomic_load(&chart->pulls));
}

/* ---- where it was found ---- */

static void put_span(struct sbuf *b, size_t from, size_t to)
{
	json_next(b);
	sbuf_putc(b, '[');
	sbuf_u64(b, from);
	sbuf_putc(b, ',');
	sbuf_u64(b, to);
	sbuf_putc(b, ']');
}

/* The text without its marks, and where they were: in characters, from 0, the end not included. */
static void put_snippet(struct sbuf *b, struct str snippet)
{
	AUTO_SBUF struct sbuf text = sbuf_make(ANSWER_MAX_BYTES);
	AUTO_SBUF struct sbuf marks = sbuf_make(ANSWER_MAX_BYTES);
	size_t at = 0, from = 0;
	sbuf_putc(&marks, '[');
	while (snippet.n) {
		struct str before = snippet;
		uint32_t point = utf8_next(&snippet);
		if (point == MARK_BEGINS)
			from = at;
		else if (point == MARK_ENDS)
			put_span(&marks, from, at);
		else {
			sbuf_put(&text, str_first(before, before.n - snippet.n));
			at++;
		}
	}
	object_begin(b, "snippet");
	json_text(b, "text", sbuf_str(&text));
	json_key(b, "marks");
	sbuf_put(b, sbuf_str(&marks));
	sbuf_puts(b, "]}");
}

static void put_hit(struct sbuf *b, const struct call *c, const struct hub_hit *hit)
{
	element_begin(b);
	put_names(b, hit->chart);
	put_facts(b, hit->chart);
	json_number(b, "used_by", hit->used_by);
	if (hit->found_in.n) {
		json_text(b, "found_in", hit->found_in);
		put_snippet(b, hit->snippet);
	}
	put_url(b, c, hit->chart);
	sbuf_putc(b, '}');
}

/* ---- all of it ---- */

static void put_facet(struct sbuf *b, const char *name, const struct hub_facet_list *list)
{
	json_key(b, name);
	sbuf_puts(b, "{\"values\":[");
	for (size_t i = 0; i < list->count; i++) {
		element_begin(b);
		json_text(b, "value", list->values[i].value);
		json_number(b, "count", list->values[i].count);
		json_bool(b, "chosen", list->values[i].chosen);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
	json_number(b, "more", list->more);
	sbuf_putc(b, '}');
}

static void put_facets(struct sbuf *b, const struct hub_result *r)
{
	object_begin(b, "facets");
	for (size_t i = 0; i < FACET_COUNT; i++)
		put_facet(b, hub_facet_names[i], &r->facets[i]);
	sbuf_putc(b, '}');
}

static enum err put_result(struct sbuf *b, struct call *c, const struct hub_search *s,
                           const struct hub_result *r, struct errinfo *e)
{
	const size_t next = r->count && s->offset + r->count < r->total ? s->offset + r->count : 0;
	sbuf_putc(b, '{');
	json_number(b, "total", r->total);
	if (r->cut)
		json_bool(b, "cut", true);
	if (r->incomplete)
		json_bool(b, "incomplete", true);
	list_begin(b, "results");
	for (size_t i = 0; i < r->count; i++)
		put_hit(b, c, &r->hits[i]);
	sbuf_putc(b, ']');
	if (s->facets)
		put_facets(b, r);
	put_known(b, "did_you_mean", r->did_you_mean);
	if (r->corrected)
		json_bool(b, "corrected", true);
	if (r->note_count)
		json_texts(b, "notes", r->notes, r->note_count);
	if (next)
		json_number(b, "next", next);
	sbuf_puts(b, "}\n");
	return next ? address_next_number(c, next, e) : OK;
}

static enum err take_page(const struct call *c, struct hub_search *s, struct errinfo *e)
{
	uint64_t limit = HITS_USUAL, offset = 0;
	enum err err = query_number(&c->query, "limit", 1, HITS_MAX, &limit, e);
	if (!err)
		err = query_number(&c->query, "after", 0, INT64_MAX, &offset, e);
	s->limit = (size_t)limit;
	s->offset = (size_t)offset;
	return err;
}

/* A value that no chart can have finds nothing, which says something else. */
static enum err check_filters(const struct hub_search *s, struct errinfo *e)
{
	static const char yes_or_no[] = "true false";
	static const char *const words[FACET_COUNT] = {
		[FACET_TYPE] = "application library", [FACET_ORIGIN] = "hosted cached remote",
		[FACET_SIGNED] = yes_or_no, [FACET_SCHEMA] = yes_or_no, [FACET_CRDS] = yes_or_no,
		[FACET_DEPRECATED] = yes_or_no, [FACET_PRERELEASE] = yes_or_no,
	};
	for (size_t i = 0; i < s->filter_count; i++) {
		const struct hub_filter *f = &s->filters[i];
		if (words[f->facet] && !value_is_word(f->value, str_c(words[f->facet])))
			return ERR(e, INVALID, "%s: \"%.*s\" is none of: %s", hub_facet_names[f->facet],
			           STR_ARG(str_first(f->value, 100)), words[f->facet]);
	}
	return OK;
}

static enum err search(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf json = sbuf_make(ANSWER_MAX_BYTES);
	const struct hub_viewer viewer = call_viewer(c);
	struct hub_result r = { 0 };
	struct hub_search q = { .snippets = true, .facets = query_is_on(&c->query, "facets") };
	enum err err = take_page(c, &q, e);
	if (!err)
		err = search_params(c, &q, e);
	if (!err)
		err = check_filters(&q, e);
	if (!err)
		err = hub_search(call_hub(c), &a, &viewer, &q, &r, e);
	if (err)
		return err;
	err = put_result(&json, c, &q, &r, e);
	hub_result_done(&r);
	return err ? err : respond_packed(c, 200, JSON_TYPE, &json, s, e);
}

enum err search_get(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), search, e);
}

/* ---- suggestions ---- */

static void put_suggestions(struct sbuf *b, const struct call *c, const struct hub_suggestions *found)
{
	sbuf_puts(b, "{\"suggestions\":[");
	for (size_t i = 0; i < found->count; i++) {
		element_begin(b);
		put_names(b, found->list[i].chart);
		put_url(b, c, found->list[i].chart);
		sbuf_putc(b, '}');
	}
	sbuf_puts(b, "]}\n");
}

/* For the search box of a browser: what was typed, names, descriptions, addresses. */
static void put_opensearch(struct sbuf *b, const struct call *c, const struct hub_suggestions *found)
{
	sbuf_putc(b, '[');
	sbuf_json(b, query_text(&c->query, "q"));
	for (unsigned column = 0; column < 3; column++) {
		sbuf_puts(b, ",[");
		for (size_t i = 0; i < found->count; i++) {
			const struct hub_chart *chart = found->list[i].chart;
			AUTO_SBUF struct sbuf url = sbuf_make(HTTP_URI_MAX_BYTES);
			address_of_chart(c, chart->repo, chart->name, STR(""), &url);
			json_next(b);
			sbuf_json(b, column == 0 ? chart->name : column == 1 ? chart->entry.meta.description
			                                                     : sbuf_str(&url));
		}
		sbuf_putc(b, ']');
	}
	sbuf_puts(b, "]\n");
}

static enum err suggest(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf json = sbuf_make(ANSWER_MAX_BYTES);
	const struct hub_viewer viewer = call_viewer(c);
	struct hub_suggestions found;
	struct str format;
	uint64_t limit = SUGGESTIONS_USUAL;
	enum err err = query_number(&c->query, "limit", 1, SUGGESTIONS_MAX, &limit, e);
	if (!err)
		err = query_word(&c->query, "format", "opensearch", &format, e);
	if (!err)
		err = hub_suggest(c->app->hub, &a, &viewer, query_text(&c->query, "q"), (size_t)limit,
		                  &found, e);
	if (err)
		return err;
	(format.n ? put_opensearch : put_suggestions)(&json, c, &found);
	hub_suggestions_done(&found);
	return respond_packed(c, 200, format.n ? "application/x-suggestions+json; charset=utf-8" : JSON_TYPE,
	                      &json, s, e);
}

enum err suggest_get(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), suggest, e);
}
