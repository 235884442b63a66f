/* take_closure: what the taken charts depend on is taken as well, from the upstream that has it, whatever
 * its rules say. Of each dependency the version that Helm would take today: the newest in its range.
 *
 * What is needed follows from the lines of all upstreams with take_closure, and from those that others
 * have because they were needed; it is worked out anew at each reading, so that what nobody needs any
 * more goes again. An upstream is meant by its address and by all in known_as.                 */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/format/address.h"
#include "indexer/format/semver.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/impl.h"

struct names {                       /* addresses by which an upstream is meant */
	struct address list[UPSTREAM_NAMES_MAX];
	size_t count;
};

struct closing {
	struct reading *r;
	struct arena arena;
	struct names names;              /* of the upstream that is read */
	bool changed;
};

static enum err add_names(struct arena *a, struct str urls, struct names *to, struct errinfo *e)
{
	struct str url;
	enum err err = OK;
	while (!err && to->count < UPSTREAM_NAMES_MAX && (url = repo_setting_next_word(&urls)).n) {
		err = address_read(a, url, &to->list[to->count], e);
		to->count += !err;
		err = err == ERR_INVALID ? OK : err;
	}
	return err;
}

static enum err read_names(struct arena *a, const struct repo_settings *s, struct names *ret,
                           struct errinfo *e)
{
	ret->count = 0;
	enum err err = add_names(a, s->upstream, ret, e);
	return err ? err : add_names(a, s->known_as, ret, e);
}

/* Where a dependency comes from. INVALID: from no repository that has an address. */
static enum err read_repository(struct arena *a, const struct chart_dependency *d, struct address *ret,
                                struct errinfo *e)
{
	if (!d->repository.n || !memmem(d->repository.p, d->repository.n, "://", 3))
		return ERR(e, INVALID, "no address");
	return address_read(a, str_trim(d->repository), ret, e);
}

static bool is_meant(const struct names *names, const struct address *p)
{
	for (size_t i = 0; i < names->count; i++)
		if (address_cmp(p, &names->list[i]) == 0)
			return true;
	return false;
}

/* The newest version of the chart that is in the range; NULL: there is none. */
static struct known *newest(const struct closing *x, struct str chart,
                            const struct semver_range *range)
{
	struct known *best = NULL;
	struct semver v, top;
	for (struct known *k = known_of_chart(&x->r->known, chart); k; k = k->next_of_chart) {
		if (!str_eq(k->chart, chart) || k->pass != x->r->pass || k->state == REMOTE_REFUSED ||
		    !semver_parse(k->version, &v) || !semver_range_has(range, &v))
			continue;
		if (!best || semver_cmp(&v, &top) > 0) {
			best = k;
			top = v;
		}
	}
	return best;
}

static enum err need(void *ctx, const struct chart_dependency *d, struct errinfo *e)
{
	struct closing *x = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct address address;
	struct semver_range *range;
	enum err err = read_repository(&a, d, &address, e);
	if (!err && !is_meant(&x->names, &address))
		return OK;
	if (!err)
		err = semver_range_parse(&a, d->version, &range, e);
	if (err)
		return err == ERR_NOMEM ? err : OK;
	struct known *k = newest(x, d->name, range);
	if (!k || k->needed)
		return OK;
	k->needed = true;
	x->changed |= reading_take_needed(x->r, k);
	return OK;
}

typedef enum err needing(void *ctx, const struct chart_dependency *d, struct errinfo *e);

static enum err each_of_line(struct str line, needing *take, void *ctx, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct index_entry entry;
	if (!line.n || !memmem(line.p, line.n, "\"dependencies\":", 15))
		return OK;
	enum err err = index_entry_read(&a, line, &entry, e);
	for (size_t i = 0; i < entry.meta.dependency_count && !err; i++)
		err = take(ctx, &entry.meta.dependencies[i], e);
	return err;
}

static enum err each_of_repo(struct snapshot *s, needing *take, void *ctx, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str *names;
	size_t count = 0;
	enum err err = rope_names(&a, s->json, &names, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		struct rope_version *list;
		size_t versions = 0;
		AUTO_ARENA struct arena chart = { 0 };
		err = rope_chart(&chart, s->json, names[i], &list, &versions, e);
		for (size_t v = 0; v < versions && !err; v++)
			err = each_of_line(list[v].line, take, ctx, e);
	}
	return err;
}

/* ---- what is there because it was needed ---- */

struct needed_here {
	struct closing *x;
	struct snapshot *snapshot;
};

static enum err needs_of_remote(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	const struct needed_here *n = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct rope_version *list;
	size_t count = 0;
	(void)held;
	if (row->state != REMOTE_TAKEN || row->gone_ns ||
	    !str_eq_c(row->why, selection_word(SELECTION_NEEDED)))
		return OK;
	enum err err = rope_chart(&a, n->snapshot->json, row->chart, &list, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		if (str_eq(list[i].version, row->version))
			err = each_of_line(list[i].line, need, n->x, e);
	return err;
}

static enum err needs_of_needed(struct closing *x, struct str repo, struct snapshot *s,
                                struct errinfo *e)
{
	struct needed_here n = { x, s };
	return ingest_remotes(x->r->ingest, repo, (struct str){ 0 }, needs_of_remote, &n, e);
}

/* ---- all of them ---- */

static bool is_upstream(const struct snapshot *s)
{
	return s && repo_kind(s->settings) == REPO_UPSTREAM;
}

static bool closes(const struct snapshot *s)
{
	return is_upstream(s) && s->settings->take_closure;
}

static bool any_closes(struct ingest *g, const struct repo_info *list, size_t count)
{
	bool any = false;
	for (size_t i = 0; i < count && !any; i++) {
		struct snapshot *s = ingest_snapshot(g, list[i].name);
		any = closes(s);
		snapshot_unref(s);
	}
	return any;
}

static enum err needs_of_all(struct closing *x, struct errinfo *e)
{
	struct repo_info *list;
	size_t count = 0;
	enum err err = ingest_repos(x->r->ingest, &x->arena, &list, &count, e);
	if (err || !any_closes(x->r->ingest, list, count))
		return err;
	for (size_t i = 0; i < count && !err; i++) {
		struct snapshot *s = ingest_snapshot(x->r->ingest, list[i].name);
		if (closes(s))
			err = each_of_repo(s, need, x, e);
		else if (is_upstream(s))
			err = needs_of_needed(x, list[i].name, s, e);
		snapshot_unref(s);
	}
	return err;
}

enum err closure_mark(struct reading *r, bool *ret_changed, struct errinfo *e)
{
	struct closing x = { .r = r };
	for (struct known *k = r->known.first; k; k = k->following)
		k->needed = false;
	enum err err = read_names(&x.arena, r->settings, &x.names, e);
	if (!err && x.names.count)
		err = needs_of_all(&x, e);
	for (size_t i = 0; i < r->count && !err && x.names.count; i++) {
		const struct remote_row *remote = &r->entries[i].remote;
		if (remote->state == REMOTE_TAKEN &&
		    (r->settings->take_closure || str_eq_c(remote->why, selection_word(SELECTION_NEEDED))))
			err = each_of_line(r->entries[i].line, need, &x, e);
	}
	if (!err && r->mode != READING_COUNT)
		err = reading_leave_unneeded(r, e);
	arena_done(&x.arena);
	*ret_changed = x.changed;
	return err;
}

/* ---- who else is to be read anew ---- */

struct mentioned {                   /* addresses that something here depends on; of the arena */
	struct arena arena;
	struct address *list;
	size_t count, capacity;
};

static enum err mention(void *ctx, const struct chart_dependency *d, struct errinfo *e)
{
	struct mentioned *m = ctx;
	struct address *list = arena_room(&m->arena, m->list, m->count, &m->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "dependencies");
	m->list = list;
	enum err err = read_repository(&m->arena, d, &list[m->count], e);
	if (err)
		return err == ERR_INVALID ? OK : err;
	m->count += !m->count || address_cmp(&list[m->count], &list[m->count - 1]) != 0;
	return OK;
}

static int compare_addresses(const void *left, const void *right) { return address_cmp(left, right); }

static enum err read_mentioned(struct snapshot *s, struct mentioned *ret, struct errinfo *e)
{
	enum err err = each_of_repo(s, mention, ret, e);
	if (!err && ret->count)
		qsort(ret->list, ret->count, sizeof *ret->list, compare_addresses);
	return err;
}

static enum err is_mentioned(const struct mentioned *m, const struct repo_settings *s, bool *ret,
                             struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct names names;
	bool found = false;
	enum err err = read_names(&a, s, &names, e);
	for (size_t i = 0; i < names.count && !err && !found; i++)
		found = m->count && bsearch(&names.list[i], m->list, m->count, sizeof *m->list,
		                            compare_addresses);
	if (!err)
		*ret = found;
	return err;
}

static enum err wake(struct upstreams *u, struct str repo, struct snapshot *s, struct mentioned *m,
                     struct errinfo *e)
{
	struct repo_info *list;
	size_t count = 0;
	enum err err = ingest_repos(u->ingest, &m->arena, &list, &count, e);
	if (err || !any_closes(u->ingest, list, count))
		return err;
	err = read_mentioned(s, m, e);
	for (size_t i = 0; i < count && !err; i++) {
		bool wanted = false;
		struct snapshot *other = str_eq(list[i].name, repo) ? NULL
		                         : ingest_snapshot(u->ingest, list[i].name);
		if (is_upstream(other) && !other->settings->paused)
			err = is_mentioned(m, other->settings, &wanted, e);
		if (wanted)
			refresh_whole_soon(u, list[i].name);
		snapshot_unref(other);
	}
	return err;
}

/* Other upstreams that something here depends on are read anew: what is needed of them may be other
 * versions now. Where that cannot be told, they are read when they are due.                    */
void closure_wake(struct upstreams *u, struct str repo)
{
	struct mentioned m = { .count = 0 };
	struct errinfo e = { 0 };
	struct snapshot *s = ingest_snapshot(u->ingest, repo);
	if (s && wake(u, repo, s, &m, &e))
		LOG(LOG_WARN, "upstream.closing", KV("repo", repo), KV("reason", (const char *)e.detail));
	arena_done(&m.arena);
	snapshot_unref(s);
}
