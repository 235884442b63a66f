/* Every address of this site that a page, a feed or a redirect tells is made here: base_path before
 * it, segments encoded (`+` as %2B, because somebody between us and the reader takes it for a
 * blank), a repository of two segments as `a~b` where other segments follow.
 *
 *     struct links l;
 *     links_of(c, &l)
 *     href="{{ link_chart(l, row->repo, row->name, row->version) }}"
 *
 * What they return begins with '/' and lives in the arena of the request. When that is used up, or where the
 * address were longer than one that this server takes, it is empty, and l->failed is set, which link_check
 * tells, and page_respond with it.                                                            */
#pragma once

#include "server/route/app.h"

struct links {
	struct arena *a;
	const struct app *app;           /* NULL: only what is in charts is shown */
	struct str base;                 /* "/charts", or empty */
	struct str origin;               /* "https://charts.example.com" */
	struct str default_repo;
	const char *version;             /* of the files below /static/ */
	enum err failed;                 /* NOMEM, URI_TOO_LONG; OK: not yet */
};
/* `origin` is of public_url, else what the reader calls this server. */
void links_of(const struct call *c, struct links *ret);

/* NOMEM; URI_TOO_LONG, which only what was asked for can make of them: of a longer text of a chart make none. */
NODISCARD enum err link_check(const struct links *l, struct errinfo *e);
#define LINK_TEXT_MAX_BYTES (2 * KIB)    /* encoded it is three times as long */

struct link_param { const char *name; struct str value; };

/* 302 to an address of these functions. As link_check. */
NODISCARD enum err link_redirect(struct links *l, struct str to, struct response *s, struct errinfo *e);

/* An address of these functions with scheme and host before it, for what leaves the browser. */
struct str link_absolute(struct links *l, struct str link);

struct str link_home(struct links *l);
struct str link_search(struct links *l, const struct link_param *params, size_t count);
struct str link_suggest(struct links *l);        /* what the search box asks while one types */
struct str link_repos(struct links *l);
struct str link_repo(struct links *l, struct str repo);
/* Charts whose dependencies are out of date; an empty repository: of all that are hosted. */
struct str link_outdated(struct links *l, struct str repo);
struct str link_styleguide(struct links *l);
struct str link_asset(struct links *l, const char *name);        /* "site.css" */
struct str link_openapi(struct links *l);
struct str link_checkpoint(struct links *l);
struct str link_opensearch(struct links *l);

/* ---- of a chart; an empty version means the chart whatever its version ---- */
struct str link_chart(struct links *l, struct str repo, struct str name, struct str version);
/* `part` is "values", "templates", "dependencies", "versions", "changelog", … */
struct str link_chart_part(struct links *l, struct str repo, struct str name, struct str version,
                           const char *part);
/* ?path= of a file in the chart: `part` is "templates", the page, or "file", its bytes. */
struct str link_chart_file(struct links *l, struct str repo, struct str name, struct str version,
                           const char *part, struct str path);
/* Its container images as the API gives them: `format` is a word of images_format.def. */
struct str link_images(struct links *l, struct str repo, struct str name, struct str version,
                       const char *format);
/* What the API tells of an upstream, as far as it is a list: "drift", "gone", "skipped". */
struct str link_upstream_list(struct links *l, struct str repo, const char *list);
/* A link of these functions to a place on that page: "L12", without the '#'. */
struct str link_place(struct links *l, struct str link, struct str id);
/* A link of these functions with its page of a long list, from 1. */
struct str link_paged(struct links *l, struct str link, uint64_t page);
/* The same with the text of the filter above the list; empty: none. */
struct str link_filtered(struct links *l, struct str link, struct str text);
struct str link_compare(struct links *l, struct str repo, struct str name, struct str from,
                        struct str to);

/* The icon that the shown version brings along or that was fetched, if there is one (route/logo.h). */
struct str link_icon(struct links *l, struct str repo, struct str name);

/* Of what was published: everywhere, in a repository, of a chart. */
struct str link_feed(struct links *l, struct str repo, struct str name);
/* Of what a search finds. */
struct str link_search_feed(struct links *l, const struct link_param *params, size_t count);

/* ---- publishing and administration ----
 * A part of a page is where a form goes, with the place on the page that the answer is about: what is
 * wrong stands there.                                                                          */

/* Such a page after a change of it, which it tells: "settings", "password". */
struct str link_changed(struct links *l, struct str link, const char *what);
/* The page to upload with; an empty repository: none is chosen. */
struct str link_upload(struct links *l, struct str repo);
struct str link_upload_to(struct links *l, struct str repo);     /* where its form goes */
/* `part` is "repos", "events", "users"; NULL: the overview. */
struct str link_admin(struct links *l, const char *part);
/* NULL: its settings; or "rename", "delete". */
struct str link_admin_repo(struct links *l, struct str repo, const char *part);
struct str link_upstream_form(struct links *l, struct str repo, const char *part);       /* "refresh", "accept" */
struct str link_quarantine(struct links *l, struct str repo);    /* where its form goes */
/* NULL: the page; or "password", "remove". */
struct str link_user(struct links *l, struct str name, const char *part);
/* NULL: the page; or "test", "rotate", "remove". */
struct str link_hook(struct links *l, struct str name, const char *part);
struct str link_resend(struct links *l, struct str hook, int64_t id);    /* where a form goes */
/* The deliveries of a hook that are older than this one. */
struct str link_deliveries(struct links *l, struct str hook, int64_t before);
struct str link_token(struct links *l, int64_t id);      /* where an administrator revokes it */
struct str link_admin_events(struct links *l, const struct link_param *params, size_t count);

/* ---- elsewhere ---- */
struct str link_fragment(struct links *l, struct str id);        /* "#id" */
struct str link_mail(struct links *l, struct str address);       /* "mailto:…"; empty: it is none, or too long */
/* "github.com" of a URL, to stand beside a link; empty: none can be told. Borrows. */
struct str link_host(struct str url);

/* ---- what Helm reads ---- */
struct str link_archive(struct links *l, struct str repo, struct str name, struct str version);
/* Absolute: where the index leads, which may be oci:// at an upstream; then it is borrowed of the entry. */
struct str link_archive_of(struct links *l, struct str repo, const struct index_entry *v);
struct str link_provenance(struct links *l, struct str repo, struct str name, struct str version);
struct str link_index(struct links *l, struct str repo);
/* Absolute: for helm repo add. */
struct str link_helm_repo(struct links *l, struct str repo);

/* ---- the reader ---- */
/* From where one comes back to the page of `c`, or to the one that has the form it answers; NULL: to the root
 * page.                                                                                       */
struct str link_login(struct links *l, const struct call *c);
struct str link_logout(struct links *l);
struct str link_account(struct links *l);
struct str link_account_part(struct links *l, const char *part);         /* where forms go: "tokens", "password" */
struct str link_own_token(struct links *l, int64_t id);                  /* where one revokes it */

/* This page, with ?theme= so. */
struct str link_theme(struct links *l, const struct call *c, const char *theme);
