/* The overview: the figures of /metrics in words, what is wrong with them, and the latest events. */
#include "server/web/admin_page.h"

#include <stdio.h>

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/ingest/lookup.h"
#include "indexer/store/catalog.h"
#include "server/manage/figures.h"

#define LATEST 12u
#define UPSTREAM_NAMES_MAX_BYTES 300u    /* of those that are told of */

struct work {
	struct call *c;
	struct links *l;
	struct figures f;
	struct admin_view v;
	uint64_t log_size;
	struct sha256 root;
	int64_t now_ns;
	bool failed;                     /* no memory for a text */
};

/* ---- texts ---- */

static struct str PRINTF_LIKE(2, 3) text(struct work *w, const char *fmt, ...)
{
	char buffer[512];
	struct str copy = { 0 };
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(buffer, sizeof buffer, fmt, args);
	va_end(args);
	w->failed |= !arena_str(&w->c->r->arena, str_c(buffer), &copy);
	return copy;
}

static struct fact_group *group(struct work *w, const char *title)
{
	struct fact_group *g = &w->v.groups[w->v.group_count++];
	g->title = title;
	return g;
}

static struct fact *add(struct fact_group *g, const char *name, struct str value)
{
	g->facts[g->count] = (struct fact){ name, value, { 0 } };
	return &g->facts[g->count++];
}

static struct str count(struct work *w, uint64_t n) { return text(w, "%s", say_count(n).text); }

static struct str ago(struct work *w, int64_t ns, const char *never)
{
	return ns ? text(w, "%s", say_ago(ns, w->now_ns).text) : str_c(never);
}

/* ---- figures ---- */

static void put_program(struct work *w)
{
	const struct app *app = w->c->app;
	struct fact_group *g = group(w, "Program");
	add(g, "Version", STR(CHARTLOCKER_VERSION));
	add(g, "Started", ago(w, app->started_ns, "unknown"));
	add(g, "Changes", app->read_only ? STR("refused (read_only)") :
	                  w->f.stopped ? STR("stopped") : STR("taken"));
	add(g, "People", auth_has_people(app->auth) ? STR("sign in") : STR("none: open on this machine"));
	if (w->f.http.certificate_expires)
		add(g, "Certificate", text(w, "until %s", say_date((int64_t)w->f.http.certificate_expires *
		                                                   NS_PER_SECOND).text));
}

static void put_storage(struct work *w)
{
	const struct ingest_stats *in = &w->f.ingest;
	struct fact_group *g = group(w, "Storage");
	add(g, "State", w->f.disk_full ? STR("full") : w->f.read_only ? STR("read-only") : STR("writable"));
	add(g, "Free", text(w, "%s of %s", say_size(in->free_bytes).text, say_size(in->total_bytes).text));
	add(g, "Damaged versions", count(w, in->damaged));
	add(g, "Last scrub", ago(w, (int64_t)w->f.scrub_ns, "none since start"));
	add(g, "Files scrubbed", count(w, w->f.scrub_files));
	add(g, "Last backup", ago(w, (int64_t)w->f.backup_ns, "none"));
	if (w->f.backup_ns)
		add(g, "Events in it", count(w, w->f.backup_events));
}

static void put_catalog(struct work *w)
{
	const struct hub_stats *h = &w->f.hub;
	struct fact_group *g = group(w, "Catalog");
	uint64_t charts = 0, versions = 0;
	for (size_t i = 0; i < w->f.repo_count; i++) {
		if (w->f.repos[i].kind == REPO_VIRTUAL)
			continue;                    /* its members have them */
		charts += w->f.repos[i].charts;
		versions += w->f.repos[i].versions;
	}
	add(g, "Repositories", count(w, w->f.repo_count));
	add(g, "Charts", count(w, charts));
	add(g, "Versions", count(w, versions));
	add(g, "Follows", h->behind ? text(w, "%s events behind", say_count(h->behind).text)
	                            : text(w, "up to event %llu", (unsigned long long)h->event));
	add(g, "Could not be read", count(w, h->unread));
	add(g, "Pulls since start", count(w, w->f.pulls));
}

static void put_log(struct work *w)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct fact_group *g = group(w, "Event log");
	sha256_hex(&w->root, hex);
	add(g, "Events", count(w, w->log_size));
	add(g, "Root", text(w, "%.16s…", hex))->link = link_checkpoint(w->l);
	add(g, "Name", str_c(w->c->app->log_name));
	add(g, "Audit rows dropped", count(w, w->f.audit_dropped));
}

static void put_requests(struct work *w)
{
	const struct figures *f = &w->f;
	struct fact_group *g = group(w, "Requests since start");
	add(g, "Answered", count(w, f->answers[1] + f->answers[2]));
	add(g, "Refused (4xx)", count(w, f->answers[3]));
	add(g, "Failed (5xx)", count(w, f->answers[4]));
	add(g, "Malformed", count(w, f->http.refused));
	add(g, "Too slow", count(w, f->http.timed_out));
	add(g, "Connections now", count(w, f->http.open));
}

static void put_changes(struct work *w)
{
	const struct ingest_stats *in = &w->f.ingest;
	struct fact_group *g = group(w, "Changes since start");
	add(g, "Published", count(w, in->published));
	add(g, "There already", count(w, in->existing));
	add(g, "Refused", count(w, in->refused));
	add(g, "Deleted", count(w, in->deleted));
	add(g, "Uploads now", count(w, w->f.uploads));
	add(g, "Waiting", count(w, in->waiting));
}

/* ---- what is wrong ---- */

static void trouble_of(struct work *w, bool is, const char *kind, struct str said, struct str link,
                       const char *page)
{
	if (is)
		w->v.troubles[w->v.trouble_count++] = (struct trouble){
			str_eq_c(str_c(kind), "bad") ? "Problem" : "Warning", kind, said, link, page };
}

static void trouble(struct work *w, bool is, const char *kind, struct str said)
{
	trouble_of(w, is, kind, said, (struct str){ 0 }, NULL);
}

/* "broken, shop": as many as there is room for. */
static void add_name(struct sbuf *names, struct str name)
{
	if (names->n + name.n + 2 < names->limit) {
		sbuf_puts(names, names->n ? ", " : "");
		sbuf_put(names, name);
	}
}

static void put_upstreams(struct work *w)
{
	AUTO_SBUF struct sbuf failing = sbuf_make(UPSTREAM_NAMES_MAX_BYTES);
	AUTO_SBUF struct sbuf held = sbuf_make(UPSTREAM_NAMES_MAX_BYTES);
	for (size_t i = 0; i < w->f.repo_count; i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct str name = w->f.repos[i].name;
		struct upstream_row row;
		struct errinfo ignored;
		if (ingest_upstream_row(w->c->app->ingest, &a, name, &row, &ignored))
			continue;                    /* it is none, or was never asked */
		if (row.state == UPSTREAM_IS_FAILING)
			add_name(&failing, name);
		if (row.state == UPSTREAM_IS_HELD)
			add_name(&held, name);
	}
	w->failed |= !sbuf_ok(&failing) || !sbuf_ok(&held);
	trouble_of(w, failing.n > 0, "warn", text(w, "Upstreams that fail: %.*s. What is here of them is served; "
	           "their pages tell why.", STR_ARG(sbuf_str(&failing))), link_repos(w->l), "Repositories");
	trouble_of(w, held.n > 0, "warn", text(w, "Upstreams whose news wait for somebody to look: %.*s.",
	           STR_ARG(sbuf_str(&held))), link_repos(w->l), "Repositories");
}

static void put_troubles(struct work *w)
{
	const struct figures *f = &w->f;
	uint64_t now = (uint64_t)(w->now_ns / NS_PER_SECOND);
	trouble(w, f->stopped, "bad", STR("A storage error stopped all changes. Read the log for the cause, "
	        "then start the server again."));
	trouble(w, f->disk_full, "bad", STR("The storage is full: nothing can be published. Free some space; "
	        "it goes on by itself."));
	trouble(w, f->read_only, "bad", STR("The storage takes no writes. Mount it for writing; it goes on by "
	        "itself."));
	trouble(w, f->ingest.damaged > 0, "bad", text(w, "%s %s left out of the index because of a damaged file. "
	        "chartlocker fsck names them; publishing the same bytes again heals them.",
	        say_count(f->ingest.damaged).text, say_plural(f->ingest.damaged, "version is", "versions are")));
	trouble(w, f->scrub_problems > 0, "bad", text(w, "The last scrub found %s damaged %s. The log names "
	        "them.", say_count(f->scrub_problems).text, say_plural(f->scrub_problems, "file", "files")));
	trouble(w, f->hub.stopped, "bad", STR("search.db cannot be written: pages and search show an older "
	        "state. Look at the storage; it is tried again by itself."));
	trouble(w, f->hub.behind > HUB_BEHIND_EVENTS, "warn", text(w, "Search and pages are %s events behind; "
	        "they catch up by themselves.", say_count(f->hub.behind).text));
	trouble_of(w, f->hooks.failing > 0, "warn", text(w, "%s %s not delivered at the moment.",
	           say_count(f->hooks.failing).text, say_plural(f->hooks.failing, "webhook is", "webhooks are")),
	           link_admin(w->l, "hooks"), "Webhooks");
	trouble(w, f->audit_dropped > 0, "warn", text(w, "The audit log had no room for %s refused requests.",
	        say_count(f->audit_dropped).text));
	trouble(w, f->http.certificate_expires && f->http.certificate_expires < now + CERTIFICATE_WARN_SECONDS,
	        "warn", STR("The TLS certificate ends soon. A file that is renewed is taken over by itself."));
	trouble_of(w, !w->c->app->no_api && !auth_has_people(w->c->app->auth), "warn", STR("There are no users: anyone on this machine "
	           "may publish and delete."), link_admin(w->l, "users"), "Make the first user");
}

/* ---- the page ---- */

static enum err read_log(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct work *w = ctx;
	enum err err = catalog_log_size(c, &w->log_size, e);
	return err ? err : catalog_root(c, w->log_size, &w->root, e);
}

static enum err gather(struct work *w, struct errinfo *e)
{
	const struct event_filter latest = { .before = UINT64_MAX, .limit = LATEST };
	figures_gather(w->c->app, &w->c->r->arena, &w->f);
	enum err err = ingest_read(w->c->app->ingest, read_log, w, e);
	if (!err)
		err = event_lines(w->c, w->l, &latest, &w->v.events, e);
	return err;
}

static enum err show(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct work w = { .c = c, .now_ns = clock_wall() };
	struct page p;
	page_init(&p, c);
	w.l = p.links;
	enum err err = gather(&w, e);
	if (err)
		return err;
	put_storage(&w);
	put_catalog(&w);
	put_log(&w);
	put_changes(&w);
	put_requests(&w);
	put_program(&w);
	put_troubles(&w);
	put_upstreams(&w);
	if (w.failed)
		return ERR(e, NOMEM, "page");
	w.v.head = admin_head(&p, ADMIN_OVERVIEW, STR(""));
	html_admin_body(&body, &p, &w.v);
	return page_respond(&p, 200, &body, s, e);
}

enum err admin_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), show, e);
}
