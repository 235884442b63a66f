/* Addresses of who reads: signing in and back to this page, and the page in another theme. */
#include "server/web/links_parts.h"

#include "server/route/address.h"
#include "server/route/outside.h"

static bool is_page(const struct call *c, struct str raw)
{
	struct path path;
	return !http_path_parse(&c->r->arena, raw, &path, NULL) && route_is_page(c, &path);
}

/* The path of this page; of what answers a form the nearest page above, which has the form. Empty: none. */
static struct str path_of_page(const struct call *c)
{
	struct str path = outside_path(c->app, c->r->path);
	while (str_starts(path, STR("//")))          /* two would begin with a host */
		path = str_from(path, 1);
	if (!(c->r->method & HTTP_POST))
		return path;
	while (c->route && path.n > 1 && !is_page(c, path)) {
		while (path.n > 1 && path.p[path.n - 1] != '/')
			path.n--;
		while (path.n > 1 && path.p[path.n - 1] == '/')
			path.n--;
	}
	return c->route ? path : (struct str){ 0 };
}

/* This page, without ?theme=; what comes before a further parameter. */
static char put_here(struct sbuf *b, const struct call *c)
{
	char before = '?';
	sbuf_put(b, path_of_page(c));
	for (size_t i = 0; i < c->query.count && !(c->r->method & HTTP_POST); i++) {
		const struct query_param *p = &c->query.params[i];
		if (str_eq(p->name, STR("theme")))
			continue;
		sbuf_putc(b, before);
		address_encode(b, p->name);
		if (p->has_value)
			sbuf_putc(b, '=');
		address_encode(b, p->value);
		before = '&';
	}
	return before;
}

struct str link_theme(struct links *l, const struct call *c, const char *theme)
{
	struct sbuf b = link_begin(l);
	char before = put_here(&b, c);
	sbuf_printf(&b, "%ctheme=%s", before, theme);
	if (link_is_too_long(&b) || !str_starts(c->r->path, STR("/"))) {
		sbuf_done(&b);                       /* an address that was refused: the home page */
		b = link_begin(l);
		sbuf_printf(&b, "/?theme=%s", theme);
	}
	return link_end(l, &b);
}

static bool has_way_back(const struct call *c)
{
	struct str path = path_of_page(c);
	return path.n && !str_eq(path, STR("/")) && !str_eq(path, STR("/login"));
}

struct str link_login(struct links *l, const struct call *c)
{
	struct sbuf b = link_begin(l), here = link_begin(l);
	sbuf_puts(&b, "/login");
	if (c && has_way_back(c)) {
		(void)put_here(&here, c);
		sbuf_puts(&b, "?next=");
		address_encode(&b, sbuf_str(&here));
		if (!sbuf_ok(&here) || link_is_too_long(&b)) {
			sbuf_done(&b);               /* a long way: it is not told */
			b = link_begin(l);
			sbuf_puts(&b, "/login");
		}
	}
	sbuf_done(&here);
	return link_end(l, &b);
}
