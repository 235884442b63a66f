/* See machines.h. */
#include "server/web/machines.h"

#include "indexer/base/auto.h"
#include "server/route/address.h"
#include "server/route/packed.h"
#include "server/route/viewer.h"
#include "server/route/xml.h"
#include "server/web/site.h"

#define XML_TYPE "application/xml; charset=utf-8"
#define SITEMAP_NAMESPACE "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\""
#define TEXT_MAX_BYTES (32u * KIB)
#define OPENSEARCH_NAME_MAX_BYTES 16u    /* its specification's, of characters */

/* ---- sitemap ---- */

static bool is_public(void *ctx, struct str repo)
{
	const struct app *app = ctx;
	return !app->closed && ingest_visibility(app->ingest, repo) == REPO_PUBLIC;
}

struct sitemap {
	struct call *c;
	struct sbuf b, url;
	struct hub_charts charts;
	size_t at;                       /* of the URL that comes next */
	size_t from, to;                 /* those that are shown */
};

static void put_url(struct sitemap *m, int64_t changed_ns)
{
	if (m->at >= m->from && m->at < m->to) {
		sbuf_puts(&m->b, "<url>\n");
		xml_element(&m->b, "loc", sbuf_str(&m->url));
		if (changed_ns > 0)
			xml_time(&m->b, "lastmod", changed_ns);
		sbuf_puts(&m->b, "</url>\n");
	}
	m->at++;
	sbuf_reset(&m->url);
}

static void put_path(struct sitemap *m, const char *path)
{
	address_of(m->c, &m->url);
	sbuf_puts(&m->url, path);
	put_url(m, 0);
}

static void put_repo(struct sitemap *m, struct str repo)
{
	address_of(m->c, &m->url);
	sbuf_puts(&m->url, "/repos");
	address_segment(&m->url, str_cut(&repo, '/', NULL));
	address_segment(&m->url, repo);
	put_url(m, 0);
}

/* The home page, the list of repositories, each of them, each chart. */
static void put_urls(struct sitemap *m)
{
	const struct hub_charts *charts = &m->charts;
	m->at = 0;
	put_path(m, "/");
	put_path(m, "/repos");
	for (size_t i = 0; i < charts->count && sbuf_ok(&m->b); i++) {
		const struct hub_chart *c = charts->list[i];
		if (i == 0 || !str_eq(c->repo, charts->list[i - 1]->repo))
			put_repo(m, c->repo);
		address_of_chart(m->c, c->repo, c->name, (struct str){ 0 }, &m->url);
		put_url(m, c->entry.created_ns);
	}
}

static void put_index(struct sitemap *m, size_t pages)
{
	sbuf_puts(&m->b, XML_HEAD "<sitemapindex " SITEMAP_NAMESPACE ">\n");
	for (size_t i = 1; i <= pages; i++) {
		address_of(m->c, &m->url);
		sbuf_printf(&m->url, "/sitemap.xml?page=%zu", i);
		sbuf_puts(&m->b, "<sitemap>\n");
		xml_element(&m->b, "loc", sbuf_str(&m->url));
		sbuf_puts(&m->b, "</sitemap>\n");
		sbuf_reset(&m->url);
	}
	sbuf_puts(&m->b, "</sitemapindex>\n");
}

static void put_page(struct sitemap *m, uint64_t page)
{
	m->from = (size_t)(page - 1) * SITEMAP_URLS_MAX;
	m->to = m->from + SITEMAP_URLS_MAX;
	sbuf_puts(&m->b, XML_HEAD "<urlset " SITEMAP_NAMESPACE ">\n");
	put_urls(m);
	sbuf_puts(&m->b, "</urlset>\n");
}

static enum err put_sitemap(struct sitemap *m, struct errinfo *e)
{
	uint64_t page = 0;
	put_urls(m);                     /* counted: none is between 0 and 0 */
	size_t pages = (m->at + SITEMAP_URLS_MAX - 1) / SITEMAP_URLS_MAX;
	enum err err = query_number(&m->c->query, "page", 1, pages, &page, e);
	if (err)
		return err;
	if (pages > 1 && !page)
		put_index(m, pages);
	else
		put_page(m, page ? page : 1);
	return sbuf_ok(&m->b) && sbuf_ok(&m->url) ? OK : ERR(e, NOMEM, "sitemap");
}

static enum err sitemap(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct sitemap m = { .c = c, .b = sbuf_make(HUB_ANSWER_MAX_BYTES),
	                     .url = sbuf_make(HTTP_URI_MAX_BYTES) };
	struct hub_viewer everybody = { is_public, (void *)(uintptr_t)c->app };
	enum err err = hub_charts(call_hub(c), &a, &everybody, (struct str){ 0 }, &m.charts, e);
	if (!err) {
		err = put_sitemap(&m, e);
		hub_charts_done(&m.charts);
	}
	if (!err)
		err = respond_packed(c, 200, XML_TYPE, &m.b, s, e);
	sbuf_done(&m.b);
	sbuf_done(&m.url);
	return err;
}

enum err machines_sitemap(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), sitemap, e);
}

/* ---- robots.txt ---- */

static bool strangers_see(const struct call *c)
{
	const struct app *app = c->app;
	return !app->closed && ingest_visibility(app->ingest, str_c(app->default_repo)) != REPO_PRIVATE;
}

static void put_robots(const struct call *c, struct sbuf *b)
{
	/* Without end, or of no use to anybody who searches elsewhere. */
	static const char *const hidden[] = { "/api/", "/search", "/login", "/*/compare", "/*?theme=", "/*&theme=" };
	struct str base = address_base(c);
	sbuf_puts(b, "User-agent: *\n");
	if (!strangers_see(c)) {
		sbuf_puts(b, "Disallow: /\n");
		return;
	}
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		sbuf_printf(b, "Disallow: %.*s%s\n", STR_ARG(base), hidden[i]);
	sbuf_puts(b, "Sitemap: ");
	address_of(c, b);
	sbuf_puts(b, "/sitemap.xml\n");
}

enum err machines_robots(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TEXT_MAX_BYTES);
	put_robots(c, &b);
	return respond_packed(c, 200, "text/plain; charset=utf-8", &b, s, e);
}

/* ---- OpenSearch ---- */

static void put_template(const struct call *c, struct sbuf *b, const char *attributes,
                         const char *path)
{
	AUTO_SBUF struct sbuf address = sbuf_make(HTTP_URI_MAX_BYTES);
	address_of(c, &address);
	sbuf_printf(b, "<Url %s template=\"", attributes);
	xml_text(b, sbuf_str(&address));
	sbuf_printf(b, "%s\"/>\n", path);
	b->failed |= address.failed;
}

enum err machines_opensearch(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TEXT_MAX_BYTES);
	sbuf_puts(&b, XML_HEAD "<OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n");
	xml_element(&b, "ShortName", str_fit(c->app->site->name, OPENSEARCH_NAME_MAX_BYTES));
	xml_element(&b, "Description", STR("Search Helm charts"));
	xml_element(&b, "InputEncoding", STR("UTF-8"));
	put_template(c, &b, "type=\"text/html\"", "/search?q={searchTerms}");
	put_template(c, &b, "type=\"application/atom+xml\"", "/feed?q={searchTerms}");
	put_template(c, &b, "type=\"application/x-suggestions+json\" rel=\"suggestions\"",
	             "/api/v1/suggest?q={searchTerms}&amp;format=opensearch");
	put_template(c, &b, "type=\"application/opensearchdescription+xml\" rel=\"self\"",
	             "/opensearch.xml");
	sbuf_puts(&b, "</OpenSearchDescription>\n");
	return respond_packed(c, 200, "application/opensearchdescription+xml; charset=utf-8", &b, s, e);
}
