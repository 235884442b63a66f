/* What became of a package over time: changelog, feed, downloads. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/hub/contents.h"
#include "indexer/ingest/downloads.h"
#include "indexer/ingest/lookup.h"
#include "server/artifacthub/artifacthub.h"
#include "server/artifacthub/package_whole.h"
#include "server/route/address.h"
#include "server/route/xml.h"

#define CHANGES "artifacthub.io/changes"
#define VIEWS_DAYS 30
#define DATE_BYTES 10                /* of RFC 3339 */

/* ---- versions that say what changed ---- */

struct release { struct index_entry entry; struct chart_annotations notes; };
struct releases { struct release *list; size_t count; bool cut; };

static int newest_first(const void *a, const void *b)
{
	int64_t x = ((const struct release *)a)->entry.created_ns;
	int64_t y = ((const struct release *)b)->entry.created_ns;
	return (x < y) - (x > y);
}

static enum err read_release(struct answer *x, struct str line, struct releases *to, struct errinfo *e)
{
	struct release *r = &to->list[to->count];
	enum err err = index_entry_read(&x->arena, line, &r->entry, e);
	if (err || !annotation_get(&r->entry.meta, CHANGES).n)
		return err;
	err = annotations_read(&x->arena, &r->entry.meta, &r->notes, e);
	to->count += !err && r->notes.change_count > 0;
	return err;
}

/* Of the newest versions; few lines say so, and only those are read. */
static enum err read_releases(struct answer *x, const struct hub_versions *v, struct releases *ret,
                              struct errinfo *e)
{
	enum err err = OK;
	size_t most = v->count < HUB_RELEASES_MAX ? v->count : HUB_RELEASES_MAX;
	struct releases found = { .list = arena_array(&x->arena, most + 1, sizeof *found.list) };
	if (!found.list)
		return ERR(e, NOMEM, "changelog");
	for (size_t i = 0, looked = 0; i < v->count && !err && !found.cut; i++) {
		struct str line = v->list[i].line;
		if (!memmem(line.p, line.n, CHANGES, sizeof CHANGES - 1))
			continue;
		found.cut = looked++ == HUB_RELEASES_MAX;
		if (!found.cut)
			err = read_release(x, line, &found, e);
	}
	if (found.count)
		qsort(found.list, found.count, sizeof *found.list, newest_first);
	*ret = found;
	return err;
}

static void put_releases(struct answer *x, const struct releases *r)
{
	struct sbuf *b = &x->b;
	sbuf_putc(b, '[');
	for (size_t i = 0; i < r->count; i++) {
		const struct release *one = &r->list[i];
		json_next(b);
		sbuf_putc(b, '{');
		json_text(b, "version", one->entry.meta.version);
		package_put_seconds(x, "ts", one->entry.created_ns);
		package_put_changes(x, one->notes.changes, one->notes.change_count);
		json_bool(b, "contains_security_updates", one->notes.contains_security_updates);
		json_bool(b, "prerelease", chart_is_prerelease(&one->entry.meta));
		sbuf_putc(b, '}');
	}
	sbuf_puts(b, "]\n");
}

static enum err changelog(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct hub_chart *package;
	struct hub_versions v = { 0 };
	struct releases releases = { 0 };
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = package_find_id(&x, ID_PACKAGE, c->id, &package, e);
	if (err)
		return err;
	err = hub_versions(x.hub, &x.arena, package->repo, package->name, &v, e);
	hub_chart_unref(package);
	if (!err)
		err = read_releases(&x, &v, &releases, e);
	if (!err)
		put_releases(&x, &releases);
	hub_versions_done(&v);
	return err ? err : answer_send(&x, JSON_TYPE, s, e);
}

enum err packages_changelog(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), changelog, e);
}

/* ---- as Markdown ---- */

/* Empty: it is unknown. */
static struct str date_of(struct answer *x, int64_t created_ns)
{
	char text[RFC3339_MAX_BYTES];
	struct str copy = { 0 };
	if (created_ns <= 0)
		return copy;
	size_t n = clock_format(created_ns, text);
	struct str date = str_make(text, n < DATE_BYTES ? n : DATE_BYTES);
	return arena_str(&x->arena, date, &copy) ? copy : (struct str){ 0 };
}

static enum err put_markdown(struct answer *x, const struct releases *r, struct errinfo *e)
{
	struct changelog log = { .count = r->count, .cut = r->cut };
	log.releases = arena_array(&x->arena, r->count, sizeof *log.releases);
	if (!log.releases)
		return ERR(e, NOMEM, "changelog");
	for (size_t i = 0; i < r->count; i++)
		log.releases[i] = (struct changelog_release){
			.version = r->list[i].entry.meta.version,
			.date = date_of(x, r->list[i].entry.created_ns),
			.entries = r->list[i].notes.changes, .entry_count = r->list[i].notes.change_count };
	changelog_markdown(&x->b, &log);
	return OK;
}

/* CHANGELOG.md of the version that is shown, where no version says what changed. */
static enum err put_file(struct answer *x, const struct hub_chart *package, struct errinfo *e)
{
	struct contents *contents;
	enum err err = contents_here(x->hub, package->repo, package->name, package->entry.meta.version,
	                            &contents, e);
	if (err)
		return err;
	struct str text = contents->chart.changelog;
	sbuf_put(&x->b, text);
	contents_unref(contents);
	return text.n ? OK : ERR(e, NOT_FOUND, "the package has no changelog");
}

static enum err put_text(struct answer *x, const struct hub_chart *package, struct errinfo *e)
{
	struct hub_versions v = { 0 };
	struct releases releases = { 0 };
	enum err err = hub_versions(x->hub, &x->arena, package->repo, package->name, &v, e);
	if (!err)
		err = read_releases(x, &v, &releases, e);
	if (!err)
		err = releases.count ? put_markdown(x, &releases, e) : put_file(x, package, e);
	hub_versions_done(&v);
	return err;
}

static enum err changelog_text(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct hub_chart *package;
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = package_find(&x, c->repo, c->name, &package, e);
	if (err)
		return err;
	err = put_text(&x, package, e);
	hub_chart_unref(package);
	return err ? err : answer_send(&x, "text/markdown; charset=utf-8", s, e);
}

enum err packages_changelog_text(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), changelog_text, e);
}

/* ---- RSS 2.0 ---- */

static void put_address(struct answer *x, const char *element, struct str repo, struct str name,
                        struct str version)
{
	AUTO_SBUF struct sbuf url = sbuf_make(HTTP_URI_MAX_BYTES);
	address_of_chart(x->call, repo, name, version, &url);
	xml_element(&x->b, element, sbuf_str(&url));
}

/* One whose date nobody tells is as old as it is here. */
static enum err put_item(struct answer *x, const struct hub_chart *package, const struct rope_version *v,
                         struct errinfo *e)
{
	char date[HTTP_DATE_BYTES];
	struct sbuf *b = &x->b;
	int64_t at_ns = v->created_ns;
	enum err err = at_ns > 0 ? OK : ingest_first_seen(x->call->app->ingest, package->repo, package->name,
	                                                  v->version, &at_ns, e);
	if (err)
		return err;
	http_date(at_ns, date);
	sbuf_puts(b, "<item>\n");
	xml_element(b, "title", v->version);
	sbuf_puts(b, "<guid isPermaLink=\"false\">");
	id_put(b, &x->ids, ID_PACKAGE, package->repo, package->name, (struct str){ 0 });
	sbuf_putc(b, '#');
	xml_text(b, v->version);
	sbuf_puts(b, "</guid>\n<description>");
	xml_text(b, package->name);
	sbuf_putc(b, ' ');
	xml_text(b, v->version);
	sbuf_puts(b, "</description>\n");
	xml_element(b, "pubDate", str_c(date));
	put_address(x, "link", package->repo, package->name, v->version);
	sbuf_puts(b, "</item>\n");
	return OK;
}

/* "managingEditor" has to be an address with a name in brackets. */
static void put_editor(struct answer *x, const struct chart_meta *m)
{
	if (!m->maintainer_count || !m->maintainers[0].email.n)
		return;
	sbuf_puts(&x->b, "<managingEditor>");
	xml_text(&x->b, m->maintainers[0].email);
	sbuf_puts(&x->b, " (");
	xml_text(&x->b, m->maintainers[0].name);
	sbuf_puts(&x->b, ")</managingEditor>\n");
}

static enum err put_channel(struct answer *x, const struct hub_chart *package,
                            const struct hub_versions *v, struct errinfo *e)
{
	struct sbuf *b = &x->b;
	enum err err = OK;
	const struct chart_meta *m = &package->entry.meta;
	sbuf_puts(b, XML_HEAD "<rss version=\"2.0\">\n<channel>\n<title>");
	xml_text(b, package->repo);
	sbuf_putc(b, '/');
	xml_text(b, package->name);
	sbuf_puts(b, " (Chartlocker)</title>\n");
	put_address(x, "link", package->repo, package->name, (struct str){ 0 });
	xml_element(b, "description", m->description.n ? m->description : package->name);
	put_editor(x, m);
	for (size_t i = 0; i < v->count && i < HUB_VERSIONS_MAX && !err; i++)
		err = put_item(x, package, &v->list[i], e);
	sbuf_puts(b, "</channel>\n</rss>\n");
	return err;
}

static enum err rss(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct hub_chart *package;
	struct hub_versions v = { 0 };
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = package_find(&x, c->repo, c->name, &package, e);
	if (err)
		return err;
	err = hub_versions(x.hub, &x.arena, package->repo, package->name, &v, e);
	if (!err)
		err = put_channel(&x, package, &v, e);
	hub_versions_done(&v);
	hub_chart_unref(package);
	return err ? err : answer_send(&x, "application/rss+xml; charset=utf-8", s, e);
}

enum err packages_rss(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), rss, e);
}

/* ---- downloads of the last month ---- */

struct views { struct answer *x; struct str version; };

/* Rows of a version come one after the other. */
static enum err put_day(void *ctx, struct str version, int64_t day, uint64_t count, struct errinfo *e)
{
	struct views *views = ctx;
	struct sbuf *b = &views->x->b;
	char date[RFC3339_MAX_BYTES];
	if (!str_eq(version, views->version)) {
		if (views->version.n)
			sbuf_putc(b, '}');
		if (!arena_str(&views->x->arena, version, &views->version))
			return ERR(e, NOMEM, "downloads");
		json_next(b);
		sbuf_json(b, version);
		sbuf_puts(b, ":{");
	}
	(void)clock_format(day * NS_PER_DAY, date);
	date[DATE_BYTES] = '\0';
	json_number(b, date, count);
	return OK;
}

static enum err views(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct views views = { .x = &x };
	struct hub_chart *package;
	int64_t since = clock_wall() / NS_PER_DAY + 1 - VIEWS_DAYS;
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = package_find_id(&x, ID_PACKAGE, c->id, &package, e);
	if (err)
		return err;
	sbuf_putc(&x.b, '{');
	err = ingest_chart_downloads(c->app->ingest, package->repo, package->name, since, put_day, &views, e);
	hub_chart_unref(package);
	sbuf_puts(&x.b, views.version.n ? "}}\n" : "}\n");
	return err ? err : answer_send(&x, JSON_TYPE, s, e);
}

enum err packages_views(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), views, e);
}
