/* See chart_version.h. */
#include "server/route/chart_version.h"

#include <stdio.h>

#include "indexer/format/semver.h"
#include "indexer/ingest/lookup.h"
#include "indexer/ingest/versions.h"
#include "server/route/look.h"
#include "server/route/member_page.h"
#include "server/route/outside.h"
#include "server/route/viewer.h"

#define NEAR_BYTES 400u              /* of a message's list of versions */
#define NEAR_VERSION_BYTES 40u
#define ASKED_VERSION_BYTES 100u
#define YANK_REASON_SHOWN 200        /* bytes */

static size_t find(const struct hub_versions *v, struct str version)
{
	size_t at = 0;
	while (at < v->count && !str_eq(v->list[at].version, version))
		at++;
	return at;
}

/* "x has no version 1.2.3; near it: 1.2.4, 1.2.2", but a page links those. The list is in order. It has the version
 * itself where that is a member's which the caller may not see: then none are near.           */
static enum err no_version(const struct chart_version *x, bool page, struct errinfo *e)
{
	static const struct hub_versions none;
	char near[NEAR_BYTES];
	size_t at = 0, n = 0;
	const struct hub_versions *v = page || find(&x->versions, x->version) < x->versions.count ? &none : &x->versions;
	struct index_key key = { x->version, INT64_MAX };
	while (at < v->count && index_key_cmp(&(struct index_key){ v->list[at].version, INT64_MAX },
	                                      &key) < 0)
		at++;
	for (size_t i = at > 2 ? at - 2 : 0;
	     i < v->count && i < at + 3 && n < sizeof near - 2 * NEAR_VERSION_BYTES; i++)
		n += (size_t)snprintf(near + n, sizeof near - n, "%s%.*s", n ? ", " : "",
		                      STR_ARG(str_first(v->list[i].version, NEAR_VERSION_BYTES)));
	return ERR(e, NOT_FOUND, "%.*s has no version %.*s%s%.*s", STR_ARG(x->name),
	           STR_ARG(str_first(x->version, ASKED_VERSION_BYTES)), n ? "; near it: " : "", (int)n, near);
}

/* Of a version that an upstream has and this server has not. NOT_FOUND tells why; OK: there is nothing to
 * tell.                                                                                       */
static enum err tell_untaken(const struct call *c, const struct chart_version *v, struct arena *a,
                             struct errinfo *e)
{
	struct remote_row there;
	struct errinfo why = { 0 };
	enum err err = ingest_remote(c->app->ingest, a, v->repo, v->name, v->version, &there, &why);
	if (err && err != ERR_NOT_FOUND)
		return err_set(e, err, "%s", why.detail);
	return err || there.state == REMOTE_TAKEN ? OK :
	       ERR(e, NOT_FOUND, "%.*s %.*s is in the upstream's index, but not here: %s: %.*s", STR_ARG(v->name),
	           STR_ARG(str_first(v->version, ASKED_VERSION_BYTES)),
	           there.state == REMOTE_REFUSED ? "it is refused" : "it is left out", STR_ARG(there.why));
}

/* A version that was yanked or damaged is there, though not in the index. */
static bool is_there(const struct chart_version *v)
{
	const struct version_row *row = &v->row;
	if (row->state == VERSION_DAMAGED)
		return row->shown_from > 0;
	return row->state == VERSION_LIVE && (v->position < v->versions.count || row->yanked);
}

/* Of a chart that has none in its index: a page shows the newest that was yanked, which its banner says; who asks
 * for the version to install is told. `none`: what is said of a chart that never was.         */
static enum err pick_yanked(struct chart_version *v, struct call *c, struct arena *a, const struct errinfo *none,
                            struct errinfo *e)
{
	struct chart_lines all = { 0 };
	const struct chart_line *newest = NULL;
	enum err err = chart_lines_read(c, a, v->repo, v->name, &all, e);
	for (size_t i = 0; i < all.count && !newest; i++)
		newest = all.list[i].yanked ? &all.list[i] : NULL;
	if (err || !newest)
		return err ? err : err_set(e, none->code, "%s", none->detail);
	v->version = newest->version;
	struct str reason = str_first(newest->reason, YANK_REASON_SHOWN);
	return c->route->dialect == DIALECT_PAGE ? OK :
	       ERR(e, NOT_FOUND, "all versions of %.*s in %.*s were yanked, the last one %.*s%s%.*s", STR_ARG(v->name),
	           STR_ARG(v->repo), STR_ARG(v->version), reason.n ? ": " : "", STR_ARG(reason));
}

/* Of a chart without versions in the index, the one asked for may still be there, yanked. */
static enum err pick(struct chart_version *v, struct call *c, struct arena *a,
                     struct errinfo *e)
{
	struct errinfo no_chart = { 0 }, why = { 0 };
	enum err none = hub_versions(v->hub, a, v->repo, v->name, &v->versions, &no_chart), err;
	if (none && none != ERR_NOT_FOUND)
		return err_set(e, none, "%s", no_chart.detail);
	err = none && !v->version.n ? pick_yanked(v, c, a, &no_chart, e) : OK;
	if (err)
		return err;
	if (!none && !v->version.n)
		v->version = v->versions.list[hub_shown(v->versions.list, v->versions.count)].version;
	v->position = find(&v->versions, v->version);
	err = ingest_version(c->app->ingest, a, v->repo, v->name, v->version, &v->row, &why);
	if (err && err != ERR_NOT_FOUND)
		return err_set(e, err, "%s", why.detail);
	if (!err && is_there(v))
		return OK;
	enum err told = tell_untaken(c, v, a, e);
	return told ? told : err && none ? err_set(e, none, "%s", no_chart.detail) :
	       no_version(v, c->route->dialect == DIALECT_PAGE, e);
}

static enum err read_archive(struct call *c, struct chart_version *v, struct arena *a,
                             struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = call_contents(c, v->hub, v->repo, v->name, v->version, &v->contents, &why);
	if (err == ERR_NOMEM || err == ERR_BUG)
		return err_set(e, err, "%s", why.detail);
	if (err)
		v->unreadable = str_c(arena_printf(a, "%s", err_public_text(&why)));
	return OK;
}

static enum hub_origin origin_of(const struct chart_version *v, const struct call *c)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, v->repo);
	bool upstream = s && repo_kind(s->settings) == REPO_UPSTREAM;
	snapshot_unref(s);
	return !upstream ? ORIGIN_HOSTED : v->row.absent ? ORIGIN_REMOTE : ORIGIN_CACHED;
}

/* What its upstream says of it by now. */
static enum err ask_upstream(const struct call *c, struct chart_version *v, struct arena *a,
                             struct errinfo *e)
{
	struct remote_version there;
	struct errinfo why = { 0 };
	enum err err = v->origin == ORIGIN_HOSTED ? ERR_NOT_FOUND :
	               ingest_remote_version(c->app->ingest, a, v->repo, v->row.file, &there, &why);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err_set(e, err, "%s", why.detail);
	v->gone_ns = there.remote.gone_ns;
	if (v->gone_ns && there.remote.state != REMOTE_TAKEN)
		v->taken_back = there.remote.why;
	if (remote_drifts(&there.remote)) {
		v->drift_ns = there.remote.drift_ns;
		v->drift = there.remote.drift;
	}
	return OK;
}

static void find_newer(struct chart_version *v)
{
	size_t newest = v->versions.count ? hub_shown(v->versions.list, v->versions.count) : 0;
	struct semver shown, now;
	if (!v->versions.count || !semver_parse(v->versions.list[newest].version, &shown) ||
	    !semver_parse(v->version, &now) ||
	    hub_is_prerelease(&v->versions.list[newest]))
		return;
	if (semver_cmp(&shown, &now) > 0)
		v->newer = v->versions.list[newest].version;
}

enum err chart_version_open(struct call *c, struct arena *a, struct str version,
                            struct chart_version *ret, struct errinfo *e)
{
	struct chart_version v = { .hub = call_hub(c), .repo = c->repo, .name = c->name,
	                           .version = version };
	v.shown = !version.n || str_eq(version, STR("latest"));
	if (v.shown)
		v.version = STR("");
	(void)member_of(c, &v.repo, v.name, &v.version);
	enum err err = pick(&v, c, a, e);
	if (!err)
		err = index_entry_read(a, v.row.line, &v.entry, e);
	v.entry.meta.name = v.name;      /* as it is listed, whatever the entry calls itself */
	if (!err)
		err = read_archive(c, &v, a, e);
	v.origin = origin_of(&v, c);
	if (!err)
		err = ask_upstream(c, &v, a, e);
	if (err) {
		chart_version_done(&v);
		return err;
	}
	find_newer(&v);
	*ret = v;
	return OK;
}

void chart_version_done(struct chart_version *v)
{
	contents_unref(v->contents);
	hub_versions_done(&v->versions);
	v->contents = NULL;
}

/* ---- ends of addresses ---- */

enum err address_end(struct call *c, struct str *ret, struct errinfo *e)
{
	struct path path;
	enum err err = http_path_parse(&c->r->arena, outside_path(c->app, c->r->path), &path, e);
	if (!err)
		*ret = path.segment[path.count - 1];
	return err;
}

enum err address_pair(struct call *c, struct version_pair *ret, struct errinfo *e)
{
	struct str all;
	enum err err = address_end(c, &all, e);
	for (size_t i = 1; !err && i + 3 < all.n; i++)
		if (str_eq(str_first(str_from(all, i), 3), STR("..."))) {
			*ret = (struct version_pair){ str_first(all, i), str_from(all, i + 3) };
			return OK;
		}
	return err ? err : ERR(e, NOT_FOUND, "two versions are compared as compare/1.0.0...1.1.0");
}
