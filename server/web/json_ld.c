/* See json_ld.h. */
#include "server/web/json_ld.h"

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "server/web/say.h"

#define AUTHORS_MAX 10u
#define SEARCHED "{search_term_string}"

static void begin(struct sbuf *b, const char *type)
{
	sbuf_puts(b, "{\"@context\":\"https://schema.org\"");
	json_text(b, "@type", str_c(type));
}

static enum err end(struct sbuf *b, struct arena *a, struct page *p, struct errinfo *e)
{
	sbuf_putc(b, '}');
	return sbuf_ok(b) && arena_str(a, sbuf_str(b), &p->json_ld) ? OK : ERR(e, NOMEM, "page");
}

/* What nobody said is left out. */
static void put_text(struct sbuf *b, const char *key, struct str text)
{
	if (text.n)
		json_text(b, key, text);
}

static void put_person(struct sbuf *b, struct str name, size_t *count)
{
	if (!name.n || *count == AUTHORS_MAX)
		return;
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "@type", STR("Person"));
	json_text(b, "name", name);
	sbuf_putc(b, '}');
	++*count;
}

static void put_authors(struct sbuf *b, const struct chart_reading *r)
{
	size_t count = 0;
	json_key(b, "author");
	sbuf_putc(b, '[');
	for (size_t i = 0; i < r->person_count; i++)
		put_person(b, str_trim(r->people[i].name), &count);
	sbuf_putc(b, ']');
}

static void put_date(struct sbuf *b, int64_t wall_ns)
{
	if (!say_knows(wall_ns))
		return;
	json_time(b, "dateModified", wall_ns);
}

enum err json_ld_of_chart(struct chart_frame *f, const struct chart_reading *r, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	const struct chart_meta *m = &f->entry.meta;
	struct links *l = f->page.links;
	begin(&b, "SoftwareApplication");
	json_text(&b, "name", f->name);
	json_text(&b, "softwareVersion", f->version);
	put_text(&b, "description", m->description);
	put_text(&b, "license", r->license);
	json_text(&b, "url", link_absolute(l, f->page.canonical.n ? f->page.canonical : f->link));
	put_date(&b, f->row.created_ns);
	json_text(&b, "applicationCategory", STR("DeveloperApplication"));
	json_text(&b, "operatingSystem", STR("Kubernetes"));
	put_authors(&b, r);
	return end(&b, &f->arena, &f->page, e);
}

enum err json_ld_of_site(struct page *p, struct arena *a, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(64 * KIB);
	const char *found = arena_printf(a, "%.*s?q=" SEARCHED,
	                                 STR_ARG(link_absolute(p->links, link_search(p->links, NULL, 0))));
	begin(&b, "WebSite");
	json_text(&b, "name", p->site);
	json_text(&b, "url", link_absolute(p->links, link_home(p->links)));
	json_key(&b, "potentialAction");
	sbuf_putc(&b, '{');
	json_text(&b, "@type", STR("SearchAction"));
	json_text(&b, "target", str_c(found));
	json_text(&b, "query-input", STR("required name=search_term_string"));
	sbuf_putc(&b, '}');
	return end(&b, a, p, e);
}
