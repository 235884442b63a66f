/* Everything at once, for programs that mirror or compare: Harbor, helm-exporter, Nova. Lines of the
 * index are JSON already, so their values are copied rather than read.                       */
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "server/artifacthub/artifacthub.h"
#include "server/artifacthub/package.h"
#include "server/route/address.h"
#include "server/route/logo.h"

/* Writes an object, or several, for a chart. */
typedef enum err put_chart(struct answer *x, const struct hub_chart *c, struct errinfo *e);

static enum err dump(struct call *c, put_chart *put, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct hub_charts charts = { 0 };
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = hub_charts(x.hub, &x.arena, &x.viewer, (struct str){ 0 }, &charts, e);
	sbuf_putc(&x.b, '[');
	for (size_t i = 0; !err && i < charts.count && sbuf_ok(&x.b); i++)
		err = put(&x, charts.list[i], e);
	sbuf_puts(&x.b, "]\n");
	hub_charts_done(&charts);
	return err ? err : answer_send(&x, JSON_TYPE, s, e);
}

/* A value of a line as it stands there; `otherwise` where there is none. */
static void put_value(struct sbuf *b, const char *key, struct str line, const char *name,
                      const char *otherwise)
{
	struct str value = index_line_value(line, name);
	if (!value.n && !otherwise)
		return;
	json_key(b, key);
	sbuf_put(b, value.n ? value : str_c(otherwise));
}

static bool is_deprecated(struct str line)
{
	return str_eq(index_line_value(line, "deprecated"), STR("true"));
}

/* ---- Harbor: every version ---- */

/* The first of a list of texts, as it stands there; empty: there is none. */
static struct str first_of(struct str list)
{
	size_t n = 2;
	while (n < list.n && list.p[n] != '"')
		n += list.p[n] == '\\' ? 2 : 1;
	return n < list.n ? str_first(str_from(list, 1), n) : (struct str){ 0 };
}

/* Where the index leads; an archive of ours is in the repository under the name that its version gives it. */
static void put_archive_url(struct answer *x, const struct hub_chart *c, const struct rope_version *v)
{
	AUTO_SBUF struct sbuf url = sbuf_make(2 * HTTP_URI_MAX_BYTES), file = sbuf_make(4 * KIB);
	struct str there = first_of(index_line_value(v->line, "urls"));
	if (index_url_is_absolute(there)) {
		json_key(&x->b, "url");
		sbuf_put(&x->b, there);
		return;
	}
	sbuf_printf(&file, "%.*s-%.*s.tgz", STR_ARG(c->name), STR_ARG(v->version));
	address_of_archive(x->call, c->repo, sbuf_str(&file), &url);
	json_text(&x->b, "url", sbuf_str(&url));
	x->b.failed |= url.failed || file.failed;
}

static void put_harbor_version(struct answer *x, const struct hub_chart *c,
                               const struct rope_version *v)
{
	struct sbuf *b = &x->b;
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "repository", answer_repo(x, c->repo));
	json_text(b, "package", package_address_name(x, c->name));
	json_text(b, "version", v->version);
	put_archive_url(x, c, v);
	sbuf_putc(b, '}');
}

static enum err put_harbor(struct answer *x, const struct hub_chart *c, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub_versions v = { 0 };
	enum err err = hub_versions(x->hub, &a, c->repo, c->name, &v, e);
	for (size_t i = 0; !err && i < v.count; i++)
		if (!is_deprecated(v.list[i].line))
			put_harbor_version(x, c, &v.list[i]);
	hub_versions_done(&v);
	return err == ERR_NOT_FOUND || err == ERR_REPO_NOT_FOUND ? OK : err;     /* deleted since */
}

/* ---- helm-exporter: the newest ---- */

static enum err put_exporter(struct answer *x, const struct hub_chart *c, struct errinfo *e)
{
	(void)e;
	json_next(&x->b);
	sbuf_putc(&x->b, '{');
	json_text(&x->b, "name", c->name);
	json_text(&x->b, "version", c->entry.meta.version);
	answer_put_repo(x, "repository", c->repo);
	sbuf_putc(&x->b, '}');
	return OK;
}

/* ---- Nova: charts with their versions ---- */

static enum err put_links(struct answer *x, const struct chart_meta *m, struct errinfo *e)
{
	struct chart_annotations notes;
	enum err err = annotations_read(&x->arena, m, &notes, e);
	return err ? err : package_put_links(x, m, &notes, e);
}

static bool is_elsewhere(struct str url)
{
	return str_starts(url, STR("https://")) || str_starts(url, STR("http://"));
}

static void put_logo(struct answer *x, const struct hub_chart *c)
{
	const struct chart_meta *m = &c->entry.meta;
	if (!logo_is_here(x->call->app, c)) {
		package_put_text(x, "logo", is_elsewhere(m->icon) ? m->icon : (struct str){ 0 });
		return;
	}
	AUTO_SBUF struct sbuf url = sbuf_make(HTTP_URI_MAX_BYTES);
	sbuf_put(&url, x->address);
	sbuf_puts(&url, "/image/");
	id_put(&url, &x->ids, ID_IMAGE, c->repo, c->name, (struct str){ 0 });
	json_text(&x->b, "logo", sbuf_str(&url));
}

static void put_maintainers(struct answer *x, const struct chart_meta *m)
{
	json_key(&x->b, "maintainers");
	sbuf_putc(&x->b, '[');
	for (size_t i = 0; i < m->maintainer_count; i++) {
		json_next(&x->b);
		sbuf_putc(&x->b, '{');
		json_text(&x->b, "name", m->maintainers[i].name);
		sbuf_putc(&x->b, '}');
	}
	sbuf_putc(&x->b, ']');
}

static enum err put_versions(struct answer *x, const struct hub_chart *c, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub_versions v = { 0 };
	struct sbuf *b = &x->b;
	enum err err = hub_versions(x->hub, &a, c->repo, c->name, &v, e);
	json_key(b, "versions");
	sbuf_putc(b, '[');
	for (size_t i = 0; !err && i < v.count; i++) {
		json_next(b);
		sbuf_putc(b, '{');
		json_text(b, "pkg", v.list[i].version);
		put_value(b, "app", v.list[i].line, "appVersion", "\"\"");
		put_value(b, "kube", v.list[i].line, "kubeVersion", "\"\"");
		put_value(b, "deprecated", v.list[i].line, "deprecated", NULL);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
	hub_versions_done(&v);
	return err == ERR_NOT_FOUND || err == ERR_REPO_NOT_FOUND ? OK : err;
}

static enum err put_nova(struct answer *x, const struct hub_chart *c, struct errinfo *e)
{
	struct sbuf *b = &x->b;
	const struct chart_meta *m = &c->entry.meta;
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "name", c->name);
	package_put_text(x, "description", m->description);
	package_put_text(x, "home", m->home);
	json_text(b, "latest_version", m->version);
	enum err err = put_links(x, m, e);
	put_logo(x, c);
	put_maintainers(x, m);
	json_bool(b, "official", false);
	json_number(b, "stars", 0);
	answer_put_repo(x, "repository", c->repo);
	if (!err)
		err = put_versions(x, c, e);
	sbuf_putc(b, '}');
	return err;
}

/* ---- answers ---- */

static enum err harbor(struct call *c, struct response *s, struct errinfo *e)
{
	return dump(c, put_harbor, s, e);
}

static enum err exporter(struct call *c, struct response *s, struct errinfo *e)
{
	return dump(c, put_exporter, s, e);
}

static enum err nova(struct call *c, struct response *s, struct errinfo *e)
{
	return dump(c, put_nova, s, e);
}

enum err dump_harbor(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), harbor, e);
}

enum err dump_exporter(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), exporter, e);
}

enum err dump_nova(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), nova, e);
}
