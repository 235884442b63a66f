/* What all pages have: the frame around them, and how they are sent.
 *
 *     AUTO_SBUF struct sbuf body = page_body();
 *     struct page p;
 *     page_init(&p, c);
 *     p.title = …;                               what this page has of its own
 *     html_chart_body(&body, &p, &view);         a template, which makes its links with p.links
 *     return page_respond(&p, 200, &body, s, e);
 *
 * Texts are borrowed until page_respond returns.                                             */
#pragma once

#include "server/web/links.h"
#include "server/web/out.h"

enum page_nav { NAV_NONE, NAV_REPOS, NAV_PUBLISH, NAV_ADMIN, NAV_ACCOUNT };

/* A line above the page. The kind is a class and a word for those who see no colours. */
enum banner_kind { BANNER_MESSAGE, BANNER_NOTE, BANNER_WARNING, BANNER_BAD };
struct banner {
	enum banner_kind kind;
	struct str text;
};
#define PAGE_BANNERS_MAX 4

enum theme { THEME_SYSTEM, THEME_LIGHT, THEME_DARK };

struct page {
	struct call *c;
	struct links *links;

	/* The page's own. Empty is fine, but every page needs a title. */
	struct str title;                /* "redis 17.0.1"; the site's name follows it */
	struct str description;          /* a sentence, for those who link here */
	struct str canonical;            /* a link; empty: no machine shall list this page */
	struct str query;                /* what stands in the search box */
	struct str feed;                 /* a link to an Atom feed about this */
	struct str json_ld;              /* JSON */
	enum page_nav nav;
	bool big_search;                 /* the page has a search box of its own: the header's is left out */

	/* page_init fills them. */
	struct str site;                 /* its name */
	bool has_logo;
	struct str user;                 /* who is signed in; empty: nobody */
	bool publishes, manages;         /* what the reader may, somewhere and everywhere */
	enum theme theme;
	struct banner banners[PAGE_BANNERS_MAX];
	size_t banner_count;
};

/* In the arena of the request. */
void page_init(struct page *p, struct call *c);
/* UNAUTHORIZED where nothing is shown without signing in, and nobody has. */
NODISCARD enum err page_for_readers(const struct call *c, struct errinfo *e);
struct sbuf page_body(void);

/* Frames the body and sends it: gzip, ETag and 304, the headers that keep foreign scripts out. */
NODISCARD enum err page_respond(struct page *p, int status, const struct sbuf *body,
                                struct response *s, struct errinfo *e);

/* For the frame. */
const char *page_theme_name(enum theme theme);           /* "dark" */
const char *page_banner_class(enum banner_kind kind);
const char *page_banner_word(enum banner_kind kind);
struct str page_theme_link(const struct page *p, enum theme theme);
/* Not so what answers a form: it would be lost, maybe with a secret that it shows once. */
bool page_can_be_asked_again(const struct page *p);
