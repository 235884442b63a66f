/* See feed_write.h. What changed is HTML within the XML, escaped twice. */
#include "server/web/feed_write.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/document/annotations.h"
#include "server/route/xml.h"
#include "server/web/out.h"

#define AUTHORS_MAX 5u

static void put_id(struct sbuf *b, const struct ids *ids, enum id_kind kind, struct str repo,
                   struct str name, struct str version)
{
	sbuf_puts(b, "<id>urn:uuid:");
	id_put(b, ids, kind, repo, name, version);
	sbuf_puts(b, "</id>\n");
}

static void put_link(struct sbuf *b, const char *rel, const char *type, struct str href)
{
	sbuf_printf(b, "<link rel=\"%s\" type=\"%s\" href=\"", rel, type);
	xml_text(b, href);
	sbuf_puts(b, "\"/>\n");
}

static int64_t time_of(const struct index_entry *v)
{
	return v->created_ns < 0 ? 0 : v->created_ns;
}

/* ---- what changed, as HTML ---- */

static void put_change(struct sbuf *h, const struct changelog_entry *change)
{
	const char *word = changelog_kind_word(change->kind);
	sbuf_puts(h, "<li>");
	if (*word)
		sbuf_printf(h, "<strong>%s</strong>: ", word);
	html_escape(h, change->text);
	for (size_t i = 0; i < change->link_count; i++) {
		sbuf_putc(h, ' ');
		out_outward(h, outward(change->links[i].url, change->links[i].name));
	}
	sbuf_puts(h, "</li>");
}

static void put_html(struct sbuf *h, const struct chart_meta *m, const struct chart_annotations *n)
{
	if (str_trim(m->description).n) {
		sbuf_puts(h, "<p>");
		html_escape(h, m->description);
		sbuf_puts(h, "</p>");
	}
	if (n->contains_security_updates)
		sbuf_puts(h, "<p>Contains security updates.</p>");
	if (!n->change_count)
		return;
	sbuf_puts(h, "<ul>");
	for (size_t i = 0; i < n->change_count; i++)
		put_change(h, &n->changes[i]);
	sbuf_puts(h, "</ul>");
}

static void put_content(struct sbuf *b, const struct chart_meta *m, const struct chart_annotations *n)
{
	AUTO_SBUF struct sbuf html = sbuf_make(FEED_ENTRY_MAX_BYTES);
	put_html(&html, m, n);
	if (!sbuf_ok(&html) || !html.n)  /* more than anybody reads in a feed, or nothing */
		return;
	sbuf_puts(b, "<content type=\"html\">");
	xml_text(b, sbuf_str(&html));
	sbuf_puts(b, "</content>\n");
}

/* ---- an entry ---- */

static void put_mark(struct sbuf *b, bool is_so, const char *word)
{
	if (is_so)
		sbuf_printf(b, "<category term=\"%s\"/>\n", word);
}

static void put_authors(struct sbuf *b, const struct chart_meta *m)
{
	for (size_t i = 0; i < m->maintainer_count && i < AUTHORS_MAX; i++) {
		if (!str_trim(m->maintainers[i].name).n)
			continue;
		sbuf_puts(b, "<author>");
		xml_element(b, "name", m->maintainers[i].name);
		sbuf_puts(b, "</author>\n");
	}
}

/* Of a feed about one chart the name is known. */
static void put_title(struct sbuf *b, const struct feed *f, const struct feed_entry *one)
{
	sbuf_puts(b, "<title>");
	if (!f->repo.n) {
		xml_text(b, one->repo);
		sbuf_putc(b, '/');
	}
	xml_text(b, one->of.meta.name);
	sbuf_putc(b, ' ');
	xml_text(b, one->of.meta.version);
	sbuf_puts(b, "</title>\n");
}

static void put_archive(struct sbuf *b, struct links *l, const struct feed_entry *one)
{
	sbuf_puts(b, "<link rel=\"enclosure\" type=\"application/gzip\" href=\"");
	xml_text(b, link_archive_of(l, one->repo, &one->of));
	if (one->bytes)
		sbuf_printf(b, "\" length=\"%llu", (unsigned long long)one->bytes);
	sbuf_puts(b, "\"/>\n");
}

/* "up: failing", "up/zebra 1.0.0: drift". */
static void put_news(struct sbuf *b, const struct feed *f, const struct feed_entry *one)
{
	const struct chart_meta *m = &one->of.meta;
	struct links *l = f->links;
	char when[RFC3339_MAX_BYTES];
	AUTO_SBUF struct sbuf about = sbuf_make(KIB);
	sbuf_put(&about, m->name);
	sbuf_putc(&about, ' ');
	sbuf_put(&about, m->version);
	sbuf_putc(&about, ' ');
	sbuf_put(&about, str_make(when, clock_format(one->of.created_ns, when)));
	sbuf_puts(b, "<entry>\n");
	put_id(b, &f->ids, ID_FEED, one->repo, str_c(one->news), sbuf_str(&about));
	b->failed |= about.failed;
	sbuf_puts(b, "<title>");
	xml_text(b, one->repo);
	if (m->name.n) {
		sbuf_putc(b, '/');
		xml_text(b, m->name);
		sbuf_putc(b, ' ');
		xml_text(b, m->version);
	}
	sbuf_printf(b, ": %s</title>\n", one->news);
	xml_time(b, "published", time_of(&one->of));
	xml_time(b, "updated", time_of(&one->of));
	put_link(b, "alternate", "text/html", link_absolute(l, link_repo(l, one->repo)));
	put_mark(b, true, one->news);
	xml_element(b, "summary", one->text);
	sbuf_puts(b, "</entry>\n");
}

static bool put_entry(struct sbuf *b, struct arena *a, const struct feed *f,
                      const struct feed_entry *one)
{
	struct errinfo e = { 0 };
	struct chart_annotations n;
	struct links *l = f->links;
	const struct chart_meta *m = &one->of.meta;
	if (annotations_read(a, m, &n, &e) != OK)
		return false;
	sbuf_puts(b, "<entry>\n");
	put_id(b, &f->ids, ID_VERSION, one->repo, m->name, m->version);
	put_title(b, f, one);
	xml_time(b, "published", time_of(&one->of));
	xml_time(b, "updated", time_of(&one->of));
	put_authors(b, m);
	put_link(b, "alternate", "text/html",
	         link_absolute(l, link_chart(l, one->repo, m->name, m->version)));
	put_archive(b, l, one);
	put_mark(b, m->deprecated, "deprecated");
	put_mark(b, chart_is_prerelease(m), "pre-release");
	put_mark(b, n.contains_security_updates, "security");
	put_content(b, m, &n);
	sbuf_puts(b, "</entry>\n");
	return true;
}

/* ---- the feed ---- */

static struct str self_of(const struct feed *f, struct arena *a)
{
	struct links *l = f->links;
	struct str link = link_absolute(l, link_feed(l, f->repo, f->name));
	if (!f->query.n)
		return link;
	return str_c(arena_printf(a, "%.*s?%.*s", STR_ARG(link), STR_ARG(f->query)));
}

bool feed_write(struct sbuf *b, struct arena *a, const struct feed *f)
{
	bool ok = true;
	sbuf_puts(b, XML_HEAD "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	put_id(b, &f->ids, ID_FEED, f->repo, f->name, f->query);
	xml_element(b, "title", f->title);
	xml_time(b, "updated", f->count ? time_of(&f->entries[0].of) : 0);
	sbuf_puts(b, "<author><name>Chartlocker</name></author>\n"
	             "<generator version=\"" CHARTLOCKER_VERSION "\">Chartlocker</generator>\n");
	put_link(b, "self", "application/atom+xml", self_of(f, a));
	put_link(b, "alternate", "text/html", link_absolute(f->links, f->page));
	for (size_t i = 0; i < f->count && ok; i++)
		if (f->entries[i].news)
			put_news(b, f, &f->entries[i]);
		else
			ok = put_entry(b, a, f, &f->entries[i]);
	sbuf_puts(b, "</feed>\n");
	return ok && sbuf_ok(b) && !f->links->failed;
}
