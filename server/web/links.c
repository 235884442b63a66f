/* Addresses are written into a buffer and end in the arena of the request. */
#include "server/web/links.h"

#include "indexer/base/limits.h"
#include "server/route/outside.h"
#include "server/web/assets.h"

/* ---- where this server is ---- */

static bool has_own_name(struct str listen)
{
	return !str_starts(listen, STR("0.0.0.0:")) && !str_starts(listen, STR("[::]:")) &&
	       !str_starts(listen, STR("unix:"));
}

/* "https://host" of a checked URL; *ret_path is what follows, without a slash at its end. */
static struct str cut_origin(struct str url, struct str *ret_path)
{
	struct str rest = url;
	bool more;
	(void)str_cut(&rest, ':', NULL);
	rest = str_from(rest, 2);
	(void)str_cut(&rest, '/', &more);
	size_t n = more ? url.n - rest.n - 1 : url.n;
	*ret_path = str_from(url, n);
	while (ret_path->n && ret_path->p[ret_path->n - 1] == '/')
		ret_path->n--;
	return str_first(url, n);
}

/* Where it is not set: the listener, or, where that has no name of its own, what the reader or a
 * trusted proxy calls it.                                                                    */
static struct str asked_origin(const struct request *r, struct arena *a)
{
	bool listener = !r->host.n || (!r->proxied && has_own_name(r->listen));
	return str_c(arena_printf(a, "%s://%.*s", r->tls ? "https" : "http",
	                          STR_ARG(listener ? r->listen : r->host)));
}

void links_of(const struct call *c, struct links *ret)
{
	const struct request *r = c->r;
	struct str path = { 0 };
	*ret = (struct links){ .a = &c->r->arena, .base = str_c(c->app->base_path),
	                       .default_repo = str_c(c->app->default_repo) };
	ret->origin = r->public_url.n ? cut_origin(r->public_url, &path) : asked_origin(r, ret->a);
	ret->failed = !ret->origin.n;
	if (!ret->base.n)
		ret->base = path;
}

/* ---- writing one ---- */

static struct sbuf begin(const struct links *l)
{
	struct sbuf b = sbuf_make(HTTP_URI_MAX_BYTES);
	sbuf_put(&b, l->base);
	return b;
}

static struct str end(struct links *l, struct sbuf *b)
{
	struct str copy = { 0 };
	if (!sbuf_ok(b) || !arena_str(l->a, sbuf_str(b), &copy))
		l->failed = true;
	sbuf_done(b);
	return copy;
}

static void put_encoded(struct sbuf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		             (c && strchr("-._~", c));
		if (plain)
			sbuf_putc(b, c);
		else
			sbuf_printf(b, "%%%02X", (unsigned char)c);
	}
}

static void put_segment(struct sbuf *b, struct str s)
{
	if (!s.n)
		return;
	sbuf_putc(b, '/');
	put_encoded(b, s);
}

/* "a/b" as one segment. */
static void put_repo(struct sbuf *b, struct str repo)
{
	bool two;
	put_segment(b, str_cut(&repo, '/', &two));
	if (two) {
		sbuf_putc(b, '~');
		put_encoded(b, repo);
	}
}

static void put_params(struct sbuf *b, const struct link_param *params, size_t count)
{
	char before = '?';
	for (size_t i = 0; i < count; i++) {
		if (!params[i].value.n)
			continue;
		sbuf_putc(b, before);
		put_encoded(b, str_c(params[i].name));
		sbuf_putc(b, '=');
		put_encoded(b, params[i].value);
		before = '&';
	}
}

static struct str fixed(struct links *l, const char *path)
{
	struct sbuf b = begin(l);
	sbuf_puts(&b, path);
	return end(l, &b);
}

/* ---- addresses ---- */

struct str link_absolute(struct links *l, struct str link)
{
	struct sbuf b = sbuf_make(2 * HTTP_URI_MAX_BYTES);
	sbuf_put(&b, l->origin);
	sbuf_put(&b, link);
	return end(l, &b);
}

struct str link_home(struct links *l) { return fixed(l, "/"); }
struct str link_repos(struct links *l) { return fixed(l, "/repos"); }
struct str link_suggest(struct links *l) { return fixed(l, "/api/v1/suggest"); }
struct str link_styleguide(struct links *l) { return fixed(l, "/styleguide"); }
struct str link_openapi(struct links *l) { return fixed(l, "/api/v1/openapi.yaml"); }
struct str link_login(struct links *l) { return fixed(l, "/login"); }
struct str link_account(struct links *l) { return fixed(l, "/account"); }

struct str link_asset(struct links *l, const char *name)
{
	struct sbuf b = begin(l);
	sbuf_printf(&b, "/static/%s/%s", assets_version, name);
	return end(l, &b);
}

struct str link_search(struct links *l, const struct link_param *params, size_t count)
{
	struct sbuf b = begin(l);
	sbuf_puts(&b, "/search");
	put_params(&b, params, count);
	return end(l, &b);
}

struct str link_repo(struct links *l, struct str repo)
{
	struct sbuf b = begin(l);
	sbuf_puts(&b, "/repos");
	put_segment(&b, str_cut(&repo, '/', NULL));
	put_segment(&b, repo);
	return end(l, &b);
}

static struct sbuf begin_chart(const struct links *l, struct str repo, struct str name)
{
	struct sbuf b = begin(l);
	sbuf_puts(&b, "/packages");
	put_repo(&b, repo);
	put_segment(&b, name);
	return b;
}

struct str link_chart(struct links *l, struct str repo, struct str name, struct str version)
{
	return link_chart_part(l, repo, name, version, NULL);
}

struct str link_chart_part(struct links *l, struct str repo, struct str name, struct str version,
                           const char *part)
{
	struct sbuf b = begin_chart(l, repo, name);
	put_segment(&b, version);
	put_segment(&b, str_c(part));
	return end(l, &b);
}

struct str link_compare(struct links *l, struct str repo, struct str name, struct str from,
                        struct str to)
{
	struct sbuf b = begin_chart(l, repo, name);
	sbuf_puts(&b, "/compare");
	put_segment(&b, from);
	sbuf_puts(&b, "...");
	put_encoded(&b, to);
	return end(l, &b);
}

/* ---- what Helm reads ---- */

static void put_helm_repo(struct sbuf *b, const struct links *l, struct str repo)
{
	if (str_eq(repo, l->default_repo))
		return;
	put_segment(b, str_cut(&repo, '/', NULL));
	put_segment(b, repo);
}

struct str link_archive(struct links *l, struct str repo, struct str name, struct str version)
{
	struct sbuf b = begin(l);
	put_helm_repo(&b, l, repo);
	sbuf_puts(&b, "/charts");
	put_segment(&b, name);
	sbuf_putc(&b, '-');
	put_encoded(&b, version);
	sbuf_puts(&b, ".tgz");
	return end(l, &b);
}

struct str link_helm_repo(struct links *l, struct str repo)
{
	struct sbuf b = sbuf_make(2 * HTTP_URI_MAX_BYTES);
	sbuf_put(&b, l->origin);
	sbuf_put(&b, l->base);
	put_helm_repo(&b, l, repo);
	return end(l, &b);
}

/* ---- the reader ---- */

struct str link_theme(struct links *l, const struct call *c, const char *theme)
{
	struct sbuf b = begin(l);
	char before = '?';
	sbuf_put(&b, outside_path(c->app, c->r->path));
	for (size_t i = 0; i < c->query.count; i++) {
		const struct query_param *p = &c->query.params[i];
		if (str_eq(p->name, STR("theme")))
			continue;
		sbuf_putc(&b, before);
		put_encoded(&b, p->name);
		if (p->has_value)
			sbuf_putc(&b, '=');
		put_encoded(&b, p->value);
		before = '&';
	}
	sbuf_printf(&b, "%ctheme=%s", before, theme);
	return end(l, &b);
}
