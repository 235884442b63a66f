/* See monocular_shape.h. Links begin below /api/chartsvc, as Monocular's do. */
#include "server/artifacthub/monocular_shape.h"

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/ingest/virtual.h"
#include "server/route/address.h"
#include "server/route/logo.h"

#define LINK_MAX_BYTES (4u * KIB)

/* "/v1/charts/stable/redis" and what follows: `version` in "/versions/…", and a file of it. */
static void put_link(struct answer *x, const char *key, const char *what, struct str repo,
                     struct str name, struct str version, const char *file)
{
	AUTO_SBUF struct sbuf link = sbuf_make(LINK_MAX_BYTES);
	sbuf_printf(&link, "/v1/%s", what);
	address_joined(&link, repo);
	address_segment(&link, name);
	if (version.n)
		sbuf_puts(&link, "/versions");
	address_segment(&link, version);
	address_segment(&link, str_c(file));
	json_text(&x->b, key, sbuf_str(&link));
}

static void put_links(struct answer *x, struct str repo, struct str name, struct str version)
{
	json_key(&x->b, "links");
	sbuf_putc(&x->b, '{');
	put_link(x, "self", "charts", repo, name, version, NULL);
	sbuf_putc(&x->b, '}');
}

static void put_id(struct answer *x, struct str repo, struct str name, struct str version)
{
	AUTO_SBUF struct sbuf id = sbuf_make(LINK_MAX_BYTES);
	sbuf_put(&id, answer_repo(x, repo));
	sbuf_putc(&id, '/');
	sbuf_put(&id, name);
	if (version.n)
		sbuf_putc(&id, '-');
	sbuf_put(&id, version);
	json_text(&x->b, "id", sbuf_str(&id));
}

/* ---- a version ---- */

static void put_created(struct answer *x, int64_t created_ns)
{
	if (created_ns != INT64_MIN)
		json_time(&x->b, "created", created_ns);
}

static void put_urls(struct answer *x, struct str repo, const struct index_entry *v)
{
	json_key(&x->b, "urls");
	sbuf_putc(&x->b, '[');
	for (size_t i = 0; i < v->url_count; i++) {
		json_next(&x->b);
		answer_url(x, repo, v->urls[i]);
	}
	sbuf_putc(&x->b, ']');
}

static void put_facts(struct answer *x, struct str repo, const struct index_entry *v)
{
	static const struct { const char *key, *file; } assets[] = {
		{ "readme", "README.md" }, { "values", "values.yaml" }, { "schema", "values.schema.json" },
	};
	sbuf_putc(&x->b, '{');
	json_text(&x->b, "version", v->meta.version);
	json_text(&x->b, "app_version", v->meta.app_version);
	put_created(x, v->created_ns);
	json_text(&x->b, "digest", v->digest);
	put_urls(x, repo, v);
	for (size_t i = 0; i < sizeof assets / sizeof *assets; i++)
		put_link(x, assets[i].key, "assets", repo, v->meta.name, v->meta.version, assets[i].file);
	sbuf_putc(&x->b, '}');
}

/* ---- a chart ---- */

static void put_maintainers(struct answer *x, const struct chart_meta *m)
{
	json_key(&x->b, "maintainers");
	sbuf_putc(&x->b, '[');
	for (size_t i = 0; i < m->maintainer_count; i++) {
		json_next(&x->b);
		sbuf_putc(&x->b, '{');
		json_text(&x->b, "name", m->maintainers[i].name);
		json_text(&x->b, "email", m->maintainers[i].email);
		json_text(&x->b, "url", m->maintainers[i].url);
		sbuf_putc(&x->b, '}');
	}
	sbuf_putc(&x->b, ']');
}

struct hub_chart *monocular_chart_of_icon(struct answer *x, struct str repo, const struct chart_meta *m)
{
	struct errinfo ignored;
	struct str member;
	struct hub_chart *c = hub_chart_get(x->hub, repo, m->name);
	const char *file = c ? NULL : arena_printf(&x->arena, "%.*s-%.*s.tgz", STR_ARG(m->name),
	                                           STR_ARG(m->version));
	if (!file || ingest_virtual_file(x->call->app->ingest, repo, str_c(file), &member, &ignored))
		return c;
	c = hub_chart_get(x->hub, member, m->name);
	if (c && str_eq(c->entry.meta.icon, m->icon))
		return c;
	hub_chart_unref(c);
	return NULL;
}

/* Ours, where it can be had from here; one that is in the chart itself would be long in a list. */
static void put_icon(struct answer *x, struct str repo, const struct chart_meta *m)
{
	struct hub_chart *c = m->icon.n ? monocular_chart_of_icon(x, repo, m) : NULL;
	if (c && logo_is_here(x->call->app, c))
		put_link(x, "icon", "assets", repo, m->name, (struct str){ 0 }, "logo");
	else
		json_text(&x->b, "icon", str_starts(m->icon, STR("data:")) ? STR("") : m->icon);
	hub_chart_unref(c);
}

static void put_attributes(struct answer *x, struct str repo, const struct chart_meta *m)
{
	sbuf_putc(&x->b, '{');
	json_text(&x->b, "name", m->name);
	answer_put_repo(x, "repo", repo);
	json_text(&x->b, "description", m->description);
	json_text(&x->b, "home", m->home);
	json_texts(&x->b, "keywords", m->keywords, m->keyword_count);
	put_maintainers(x, m);
	json_texts(&x->b, "sources", m->sources, m->source_count);
	put_icon(x, repo, m);
	sbuf_putc(&x->b, '}');
}

static void put_page(struct answer *x, struct str repo, struct str name)
{
	AUTO_SBUF struct sbuf page = sbuf_make(LINK_MAX_BYTES);
	address_of_chart(x->call, repo, name, (struct str){ 0 }, &page);
	json_key(&x->b, "artifactHub");
	sbuf_putc(&x->b, '{');
	json_text(&x->b, "packageUrl", sbuf_str(&page));
	sbuf_putc(&x->b, '}');
}

static void put_latest(struct answer *x, struct str repo, const struct index_entry *v)
{
	json_key(&x->b, "latestChartVersion");
	sbuf_putc(&x->b, '{');
	json_key(&x->b, "data");
	put_facts(x, repo, v);
	put_links(x, repo, v->meta.name, v->meta.version);
	sbuf_putc(&x->b, '}');
}

void monocular_put_chart(struct answer *x, struct str repo, const struct index_entry *shown)
{
	struct str none = { 0 };
	sbuf_putc(&x->b, '{');
	put_id(x, repo, shown->meta.name, none);
	put_page(x, repo, shown->meta.name);
	json_text(&x->b, "type", STR("chart"));
	json_key(&x->b, "attributes");
	put_attributes(x, repo, &shown->meta);
	put_links(x, repo, shown->meta.name, none);
	json_key(&x->b, "relationships");
	sbuf_putc(&x->b, '{');
	put_latest(x, repo, shown);
	sbuf_puts(&x->b, "}}");
}

void monocular_put_version(struct answer *x, struct str repo, const struct index_entry *version,
                           const struct index_entry *shown)
{
	sbuf_putc(&x->b, '{');
	put_id(x, repo, version->meta.name, version->meta.version);
	json_text(&x->b, "type", STR("chartVersion"));
	json_key(&x->b, "attributes");
	put_facts(x, repo, version);
	put_links(x, repo, version->meta.name, version->meta.version);
	json_key(&x->b, "relationships");
	sbuf_puts(&x->b, "{\"chart\":{");
	json_key(&x->b, "data");
	put_attributes(x, repo, &shown->meta);
	put_links(x, repo, shown->meta.name, (struct str){ 0 });
	sbuf_puts(&x->b, "}}}");
}
