/* Addresses are written into a buffer and end in the arena of the request. Those of pages on which
 * something is changed are in links_admin.c, those of who reads in links_reader.c.             */
#include "server/web/links_parts.h"

#include "indexer/base/limits.h"
#include "server/route/address.h"
#include "server/web/site.h"

/* ---- writing one ---- */

/* What was asked for is three times as long at most where all of it is encoded. */
#define ENCODED_MAX_BYTES (4 * HTTP_URI_MAX_BYTES)

struct sbuf link_begin(const struct links *l)
{
	struct sbuf b = sbuf_make(ENCODED_MAX_BYTES);
	sbuf_put(&b, l->base);
	return b;
}

bool link_is_too_long(const struct sbuf *b) { return !sbuf_ok(b) || b->n > HTTP_URI_MAX_BYTES; }

/* With or without an origin before it. */
static struct str take(struct links *l, struct sbuf *b)
{
	struct str copy = { 0 };
	if (!sbuf_ok(b) || !arena_str(l->a, sbuf_str(b), &copy))
		l->failed = ERR_NOMEM;
	sbuf_done(b);
	return copy;
}

struct str link_end(struct links *l, struct sbuf *b)
{
	if (!sbuf_ok(b) || !link_is_too_long(b))
		return take(l, b);
	l->failed = l->failed ? l->failed : ERR_URI_TOO_LONG;
	sbuf_done(b);
	return (struct str){ 0 };
}

enum err link_check(const struct links *l, struct errinfo *e)
{
	if (l->failed == ERR_URI_TOO_LONG)
		return ERR(e, URI_TOO_LONG, "the addresses that the answer has would have more than %u bytes",
		           HTTP_URI_MAX_BYTES);
	return l->failed ? ERR(e, NOMEM, "links") : OK;
}

void links_of(const struct call *c, struct links *ret)
{
	struct sbuf origin = sbuf_make(HTTP_URI_MAX_BYTES);
	*ret = (struct links){ .a = &c->r->arena, .app = c->app, .base = address_base(c),
	                       .default_repo = str_c(c->app->default_repo),
	                       .version = c->app->site ? c->app->site->version : "-" };
	address_origin(c, &origin);
	ret->origin = take(ret, &origin);
}

enum err link_redirect(struct links *l, struct str to, struct response *s, struct errinfo *e)
{
	enum err err = link_check(l, e);
	const char *location = err ? NULL : arena_dup(l->a, to);
	if (!location)
		return err ? err : ERR(e, NOMEM, "answer");
	*s = (struct response){ .status = 302 };
	response_header(s, "Location", location);
	return OK;
}

static void put_params(struct sbuf *b, const struct link_param *params, size_t count)
{
	char before = '?';
	for (size_t i = 0; i < count; i++) {
		if (!params[i].value.n)
			continue;
		sbuf_putc(b, before);
		address_encode(b, str_c(params[i].name));
		sbuf_putc(b, '=');
		address_encode(b, params[i].value);
		before = '&';
	}
}

struct str link_asked(struct links *l, const char *path, const struct link_param *params, size_t count)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, path);
	put_params(&b, params, count);
	return link_end(l, &b);
}

static struct str fixed(struct links *l, const char *path) { return link_asked(l, path, NULL, 0); }

/* ---- addresses ---- */

struct str link_absolute(struct links *l, struct str link)
{
	struct sbuf b = sbuf_make(2 * HTTP_URI_MAX_BYTES);
	sbuf_put(&b, l->origin);
	sbuf_put(&b, link);
	return take(l, &b);
}

struct str link_home(struct links *l) { return fixed(l, "/"); }
struct str link_repos(struct links *l) { return fixed(l, "/repos"); }
struct str link_suggest(struct links *l) { return fixed(l, "/api/v1/suggest"); }
struct str link_styleguide(struct links *l) { return fixed(l, "/styleguide"); }
struct str link_opensearch(struct links *l) { return fixed(l, "/opensearch.xml"); }
struct str link_openapi(struct links *l) { return fixed(l, "/api/v1/openapi.yaml"); }
struct str link_checkpoint(struct links *l) { return fixed(l, "/api/v1/checkpoint"); }

struct str link_asset(struct links *l, const char *name)
{
	struct sbuf b = link_begin(l);
	sbuf_printf(&b, "/static/%s/%s", l->version, name);
	return link_end(l, &b);
}

struct str link_search(struct links *l, const struct link_param *params, size_t count)
{
	return link_asked(l, "/search", params, count);
}

struct str link_outdated(struct links *l, struct str repo)
{
	const struct link_param param = { "repo", repo };
	return link_asked(l, "/outdated", &param, 1);
}

struct str link_repo(struct links *l, struct str repo)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, "/repos");
	address_segment(&b, str_cut(&repo, '/', NULL));
	address_segment(&b, repo);
	return link_end(l, &b);
}

static struct sbuf begin_below(const struct links *l, const char *top, struct str repo, struct str name)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, top);
	address_joined(&b, repo);
	address_segment(&b, name);
	return b;
}

static struct sbuf begin_chart(const struct links *l, struct str repo, struct str name)
{
	return begin_below(l, "/packages", repo, name);
}

struct str link_chart(struct links *l, struct str repo, struct str name, struct str version)
{
	return link_chart_part(l, repo, name, version, NULL);
}

struct str link_chart_part(struct links *l, struct str repo, struct str name, struct str version,
                           const char *part)
{
	struct sbuf b = begin_chart(l, repo, name);
	address_segment(&b, version);
	address_segment(&b, str_c(part));
	return link_end(l, &b);
}

struct str link_chart_file(struct links *l, struct str repo, struct str name, struct str version,
                           const char *part, struct str path)
{
	const struct link_param param = { "path", path };
	struct sbuf b = begin_chart(l, repo, name);
	address_segment(&b, version);
	address_segment(&b, str_c(part));
	put_params(&b, &param, 1);
	return link_end(l, &b);
}

struct str link_images(struct links *l, struct str repo, struct str name, struct str version,
                       const char *format)
{
	const struct link_param param = { "format", str_c(format) };
	struct sbuf b = begin_below(l, "/api/v1/charts", repo, name);
	address_segment(&b, version);
	sbuf_puts(&b, "/images");
	put_params(&b, &param, 1);
	return link_end(l, &b);
}

struct str link_upstream_list(struct links *l, struct str repo, const char *list)
{
	struct sbuf b = begin_below(l, "/api/v1/upstreams", repo, str_c(list));
	return link_end(l, &b);
}

struct str link_place(struct links *l, struct str link, struct str id)
{
	struct sbuf b = sbuf_make(ENCODED_MAX_BYTES);
	sbuf_put(&b, link);
	sbuf_putc(&b, '#');
	address_encode(&b, id);
	return link_end(l, &b);
}

struct str link_compare(struct links *l, struct str repo, struct str name, struct str from,
                        struct str to)
{
	struct sbuf b = begin_chart(l, repo, name);
	sbuf_puts(&b, "/compare");
	address_segment(&b, from);
	sbuf_puts(&b, "...");
	address_encode(&b, to);
	return link_end(l, &b);
}

struct str link_icon(struct links *l, struct str repo, struct str name)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, "/api/chartsvc/v1/assets");
	address_joined(&b, repo);
	address_segment(&b, name);
	sbuf_puts(&b, "/logo");
	return link_end(l, &b);
}

struct str link_feed(struct links *l, struct str repo, struct str name)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, "/feed");
	address_joined(&b, repo);
	address_segment(&b, name);
	return link_end(l, &b);
}

struct str link_search_feed(struct links *l, const struct link_param *params, size_t count)
{
	return link_asked(l, "/feed", params, count);
}

/* ---- elsewhere ---- */

struct str link_fragment(struct links *l, struct str id)
{
	struct sbuf b = sbuf_make(ENCODED_MAX_BYTES);
	sbuf_putc(&b, '#');
	address_encode(&b, id);
	return link_end(l, &b);
}

struct str link_mail(struct links *l, struct str address)
{
	struct sbuf b = sbuf_make(HTTP_URI_MAX_BYTES);
	bool is_one = address.n <= LINK_TEXT_MAX_BYTES;
	struct str name = str_cut(&address, '@', is_one ? &is_one : NULL);
	if (!is_one || !name.n || !address.n)
		return (struct str){ 0 };
	sbuf_puts(&b, "mailto:");
	address_encode(&b, name);
	sbuf_putc(&b, '@');
	address_encode(&b, address);
	return link_end(l, &b);
}

struct str link_host(struct str url)
{
	bool more;
	(void)str_cut(&url, ':', &more);
	if (!more || !str_starts(url, STR("//")))
		return (struct str){ 0 };
	url = str_from(url, 2);
	return str_cut(&url, '/', NULL);
}

struct str link_paged(struct links *l, struct str link, uint64_t page)
{
	struct sbuf b = sbuf_make(ENCODED_MAX_BYTES);
	sbuf_put(&b, link);
	if (page > 1)
		sbuf_printf(&b, "%cpage=%llu", str_has(link, '?') ? '&' : '?', (unsigned long long)page);
	return link_end(l, &b);
}

struct str link_filtered(struct links *l, struct str link, struct str text)
{
	struct sbuf b = sbuf_make(ENCODED_MAX_BYTES);
	struct link_param q = { "q", text };
	sbuf_put(&b, link);
	put_params(&b, &q, 1);
	return link_end(l, &b);
}

/* ---- what Helm reads ---- */

static struct str stored_file(struct links *l, struct str repo, struct str name,
                              struct str version, const char *ending)
{
	struct sbuf b = link_begin(l);
	address_helm(&b, repo, l->default_repo);
	sbuf_puts(&b, "/charts");
	address_segment(&b, name);
	sbuf_putc(&b, '-');
	address_encode(&b, version);
	sbuf_puts(&b, ending);
	return link_end(l, &b);
}

struct str link_archive(struct links *l, struct str repo, struct str name, struct str version)
{
	return stored_file(l, repo, name, version, ".tgz");
}

struct str link_archive_of(struct links *l, struct str repo, const struct index_entry *v)
{
	if (v->url_count && index_url_is_absolute(v->urls[0]))
		return v->urls[0];
	return link_absolute(l, link_archive(l, repo, v->meta.name, v->meta.version));
}

struct str link_provenance(struct links *l, struct str repo, struct str name, struct str version)
{
	return stored_file(l, repo, name, version, ".tgz.prov");
}

struct str link_index(struct links *l, struct str repo)
{
	struct sbuf b = link_begin(l);
	address_helm(&b, repo, l->default_repo);
	sbuf_puts(&b, "/index.yaml");
	return link_end(l, &b);
}

struct str link_helm_repo(struct links *l, struct str repo)
{
	struct sbuf b = sbuf_make(2 * HTTP_URI_MAX_BYTES);
	sbuf_put(&b, l->origin);
	sbuf_put(&b, l->base);
	address_helm(&b, repo, l->default_repo);
	return take(l, &b);
}
