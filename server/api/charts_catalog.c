/* See charts_catalog.h. */
#include "server/api/charts_catalog.h"

#include "indexer/base/auto.h"
#include "indexer/format/semver.h"
#include "indexer/ingest/downloads.h"
#include "indexer/ingest/versions.h"
#include "server/api/json_parts.h"
#include "server/route/address.h"
#include "server/route/look.h"
#include "server/route/member_page.h"
#include "server/route/packed.h"
#include "server/route/viewer.h"

#define VERSIONS_USUAL 100u

/* ---- a chart, or a version of it ---- */

static enum err count(struct call *c, struct arena *a, const struct chart_version *v,
                      struct chart_counts *ret, struct errinfo *e)
{
	const struct hub_viewer viewer = call_viewer(c);
	char digest[SHA256_HEX_BYTES + 1];
	known_digest(&v->row.digest, digest);
	ret->used_by = hub_used_by(v->hub, v->repo, v->name, &viewer);
	enum err err = hub_elsewhere(v->hub, a, &viewer, v->repo, v->name, v->version, str_c(digest),
	                             &ret->elsewhere, e);
	return err ? err : ingest_downloads_by_day(c->app->ingest, v->repo, v->name, ret->pulls, HUB_PULL_DAYS, e);
}

static enum err chart(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(CATALOG_ANSWER_MAX_BYTES);
	AUTO_CHART_VERSION struct chart_version v = { 0 };
	struct chart_counts counts = { 0 };
	enum err err = chart_version_open(c, &a, c->version, &v, e);
	if (!err)
		err = count(c, &a, &v, &counts, e);
	if (!err)
		err = put_chart(&b, c, &a, &v, &counts, e);
	return err ? err : respond_packed(c, 200, JSON_TYPE, &b, s, e);
}

enum err catalog_chart(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), chart, e);
}

/* ---- its versions ---- */

struct page { struct str after; uint64_t limit; };

/* A line that cannot be read says less. */
static void put_line(struct sbuf *b, struct arena *a, const struct chart_line *v)
{
	struct index_entry entry = { 0 };
	struct errinfo ignored = { 0 };
	if (index_entry_read(a, v->line, &entry, &ignored))
		entry = (struct index_entry){ .meta.version = v->version };
	element_begin(b);
	json_text(b, "version", v->version);
	json_text(b, "app_version", entry.meta.app_version);
	json_text(b, "kube_version", entry.meta.kube_version);
	put_time(b, "created", v->created_ns);
	put_digest(b, "digest", &v->digest);
	json_number(b, "bytes", v->bytes);
	json_number(b, "pulls", v->pulls);
	json_bool(b, "prerelease", chart_is_prerelease(&entry.meta));
	json_bool(b, "deprecated", entry.meta.deprecated);
	json_bool(b, "provenance", v->has_provenance);
	json_bool(b, "signed", verdict_is_signed(v->verdict));
	json_bool(b, "damaged", v->damaged);
	json_bool(b, "yanked", v->yanked);
	if (v->yanked)
		json_text(b, "yank_reason", v->reason);
	put_since(b, "gone_since", v->gone_ns);
	put_since(b, "drift_since", v->drift_ns);
	sbuf_putc(b, '}');
}

/* The first one behind `after`, which need not be there any more. */
static size_t find_after(const struct chart_lines *all, struct str after)
{
	const struct chart_line cursor = { .version = after, .created_ns = INT64_MIN };
	size_t at = 0;
	while (after.n && at < all->count && !str_eq(all->list[at].version, after) &&
	       chart_line_cmp(&all->list[at], &cursor) < 0)
		at++;
	return at + (at < all->count && str_eq(all->list[at].version, after));
}

static enum err send_page(struct call *c, struct arena *a, const struct chart_lines *all,
                          struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CATALOG_ANSWER_MAX_BYTES);
	const struct page *p = c->state;
	size_t from = find_after(all, p->after);
	size_t to = all->count - from > p->limit ? from + (size_t)p->limit : all->count;
	enum err err = OK;
	sbuf_putc(&b, '{');
	json_number(&b, "total", all->count);
	list_begin(&b, "versions");
	for (size_t i = from; i < to; i++)
		put_line(&b, a, &all->list[i]);
	sbuf_putc(&b, ']');
	if (to < all->count) {
		json_text(&b, "next", all->list[to - 1].version);
		err = address_next(c, all->list[to - 1].version, e);
	}
	sbuf_puts(&b, "}\n");
	return err ? err : respond_packed(c, 200, JSON_TYPE, &b, s, e);
}

static enum err versions(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct chart_lines all = { 0 };
	struct str repo = c->repo, newest = STR("");
	(void)member_of(c, &repo, c->name, &newest);
	enum err err = chart_lines_read(c, &a, repo, c->name, &all, e);
	if (!err && !all.count)
		err = ERR(e, NOT_FOUND, "there is no chart \"%.*s\" in %.*s", STR_ARG(c->name), STR_ARG(c->repo));
	return err ? err : send_page(c, &a, &all, s, e);
}

enum err catalog_versions(struct call *c, struct response *s, struct errinfo *e)
{
	struct page *p = ARENA_NEW(&c->r->arena, struct page);
	(void)s;
	if (!p)
		return ERR(e, NOMEM, "request");
	*p = (struct page){ query_text(&c->query, "after"), VERSIONS_USUAL };
	enum err err = query_number(&c->query, "limit", 1, VERSIONS_PAGE_MAX, &p->limit, e);
	c->state = p;
	return err ? err : call_work(c, call_lookers(c), versions, e);
}

/* ---- what is in one ---- */

static void put_text(struct sbuf *b, struct str text)
{
	sbuf_put(b, text);
	if (text.n && text.p[text.n - 1] != '\n')
		sbuf_putc(b, '\n');
}

static void put_parted(struct sbuf *b, struct str text)
{
	if (text.n && b->n)
		sbuf_puts(b, "---\n");
	put_text(b, text);
}

static void show_readme(struct sbuf *b, const struct chart *x) { put_text(b, x->readme); }
static void show_values(struct sbuf *b, const struct chart *x) { put_text(b, x->values); }
static void show_chart(struct sbuf *b, const struct chart *x) { put_text(b, x->chart_yaml); }

static bool is_crd(struct str name)
{
	return str_starts(name, STR("crds/")) && (str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml")) ||
	                                          str_ends(name, STR(".json")));
}

/* Those of its subcharts too, which Helm installs as well; they nest no deeper than an archive may. */
static void show_crds(struct sbuf *b, const struct chart *x)
{
	for (size_t i = 0; i < x->members.count; i++)
		if (is_crd(x->members.members[i].name))
			put_parted(b, x->members.members[i].data);
	for (size_t i = 0; i < x->subchart_count; i++)
		show_crds(b, &x->subcharts[i]);
}

static void show_all(struct sbuf *b, const struct chart *x)
{
	put_parted(b, x->chart_yaml);
	put_parted(b, x->values);
	put_parted(b, x->readme);
	show_crds(b, x);
}

static const struct { const char *word; void (*show)(struct sbuf *b, const struct chart *x); } parts[] = {
	{ "readme", show_readme }, { "values", show_values }, { "chart", show_chart }, { "crds", show_crds },
	{ "all", show_all },
};
#define PARTS (sizeof parts / sizeof *parts)

static enum err show(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(2 * CHART_UNPACKED_MAX_BYTES);
	AUTO_CHART_VERSION struct chart_version v = { 0 };
	const size_t *part = c->state;
	enum err err = chart_version_open(c, &a, c->version, &v, e);
	if (!err && !v.contents)         /* why, is what is to be answered */
		err = call_contents(c, v.hub, v.repo, v.name, v.version, &v.contents, e);
	if (err)
		return err;
	parts[*part].show(&b, &v.contents->chart);
	return respond_packed(c, 200, "text/plain; charset=utf-8", &b, s, e);
}

enum err catalog_show(struct call *c, struct response *s, struct errinfo *e)
{
	size_t *part = ARENA_NEW(&c->r->arena, size_t);
	struct str word;
	(void)s;
	enum err err = part ? address_end(c, &word, e) : ERR(e, NOMEM, "request");
	if (err)
		return err;
	while (*part < PARTS && !str_eq_c(word, parts[*part].word))
		(*part)++;
	c->state = part;
	return *part < PARTS ? call_work(c, call_lookers(c), show, e) :
	       ERR(e, NOT_FOUND, "what is shown is readme, values, chart, crds or all");
}
