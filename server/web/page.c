/* The body is rendered first and framed then, so that a page which fails sends no half of one. */
#include "server/web/page.h"

#include "gen/templates.h"
#include "server/web/site.h"
#include "indexer/base/auto.h"
#include "server/route/packed.h"

#define THEME_COOKIE "theme"
#define COOKIE_SECONDS "31536000"
#define PAGE_POLICY "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; " \
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

static const char *const theme_names[] = {
	[THEME_SYSTEM] = "system", [THEME_LIGHT] = "light", [THEME_DARK] = "dark",
};

/* ---- the theme: ?theme= chooses, a cookie remembers ---- */

const char *page_theme_name(enum theme theme) { return theme_names[theme]; }

static bool find_theme(struct str name, enum theme *ret)
{
	for (size_t i = 0; i < sizeof theme_names / sizeof *theme_names; i++)
		if (str_eq_c(name, theme_names[i])) {
			*ret = (enum theme)i;
			return true;
		}
	return false;
}

static void take_theme(struct page *p)
{
	struct str asked = query_text(&p->c->query, "theme");
	if (!find_theme(asked, &p->theme))
		(void)find_theme(http_cookie(request_header(p->c->r, "Cookie"), THEME_COOKIE), &p->theme);
}

/* A taste, not a secret: the script of the page sets it as well. */
static void keep_theme(const struct page *p, struct response *s)
{
	enum theme asked;
	if (!find_theme(query_text(&p->c->query, "theme"), &asked))
		return;
	const char *cookie = arena_printf(&p->c->r->arena, THEME_COOKIE "=%s; Path=%.*s/; Max-Age="
	                                  COOKIE_SECONDS "; SameSite=Lax", theme_names[asked],
	                                  STR_ARG(p->links->base));
	if (cookie)
		response_header(s, "Set-Cookie", cookie);
}

struct str page_theme_link(const struct page *p, enum theme theme)
{
	return link_theme(p->links, p->c, theme_names[theme]);
}

bool page_can_be_asked_again(const struct page *p) { return !(p->c->r->method & HTTP_POST); }

/* ---- what every page has ---- */

const char *page_banner_class(enum banner_kind kind)
{
	static const char *const names[] = { "message", "note", "warning", "bad" };
	return names[kind];
}

const char *page_banner_word(enum banner_kind kind)
{
	static const char *const words[] = { "", "Note", "Warning", "Problem" };
	return words[kind];
}

static void add_banner(struct page *p, enum banner_kind kind, struct str text)
{
	if (p->banner_count < PAGE_BANNERS_MAX)
		p->banners[p->banner_count++] = (struct banner){ kind, text };
}

/* Where the request has no room even for them. Whoever takes from their arena gets nothing. */
static struct links *no_links(void)
{
	static _Thread_local struct arena full;
	static _Thread_local struct links none;
	full = (struct arena){ .limit = 1 };
	none = (struct links){ .a = &full, .version = "-", .failed = ERR_NOMEM };
	return &none;
}

void page_init(struct page *p, struct call *c)
{
	const struct site *site = c->app->site;
	struct links *l = ARENA_NEW(&c->r->arena, struct links);
	*p = (struct page){ .c = c, .links = l ? l : no_links(), .site = site->name,
	                   .has_logo = site->has_logo };
	if (l)
		links_of(c, l);
	if (c->caller.kind == CALLER_USER || c->caller.kind == CALLER_PROXY || c->caller.session.n)
		p->user = c->caller.name;
	if (c->caller.kind != CALLER_ANONYMOUS) {
		p->publishes = !c->app->no_api && auth_may_somewhere(c->app->auth, &c->caller, ROLE_PUSH);
		p->manages = auth_manages(c->app->auth, &c->caller);
	}
	c->personal |= p->user.n > 0 || p->publishes;
	take_theme(p);
	if (site->message.n)
		add_banner(p, BANNER_MESSAGE, site->message);
	if (c->app->read_only)
		add_banner(p, BANNER_NOTE, STR("This server takes no changes at the moment. Reading works."));
}

enum err page_for_readers(const struct call *c, struct errinfo *e)
{
	if (!c->app->closed || c->caller.kind != CALLER_ANONYMOUS)
		return OK;
	return ERR(e, UNAUTHORIZED, "this server shows its charts to those who signed in");
}

struct sbuf page_body(void) { return sbuf_make(PAGE_HTML_MAX_BYTES); }

/* ---- sending ---- */

enum err page_respond(struct page *p, int status, const struct sbuf *body, struct response *s,
                      struct errinfo *e)
{
	AUTO_SBUF struct sbuf page = sbuf_make(PAGE_HTML_MAX_BYTES);
	html_layout(&page, p, (struct html){ sbuf_str(body) });
	enum err err = link_check(p->links, e);
	if (!err && (!sbuf_ok(body) || !sbuf_ok(&page)))
		err = ERR(e, NOMEM, "page");
	if (!err)
		err = respond_packed(p->c, status, "text/html; charset=utf-8", &page, s, e);
	if (err)
		return err;
	response_header(s, "Content-Security-Policy", PAGE_POLICY);
	response_header(s, "Vary", "Cookie");
	keep_theme(p, s);
	return OK;
}
