/* What readers ask of virtual repositories, beside the writer. A file is found by its line: what the
 * virtual index says is what the member's says, so other bytes are never handed out for it. */
#include "indexer/ingest/virtual.h"

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/format/name.h"
#include "indexer/ingest/virtual_impl.h"

/* ---- a file ---- */

struct wanted {
	struct ingest *g;
	struct str chart, version, line;
};

static bool find_line(const struct snapshot *s, struct str chart, struct str version, struct str *ret)
{
	struct rope_version found;
	bool is = rope_version(s->json, chart, version, &found);
	if (is)
		*ret = found.line;
	return is;
}

/* Where the name ends and the version begins, the index knows. */
static enum err find_names(struct wanted *w, const struct snapshot *s, struct str archive,
                           struct errinfo *e)
{
	struct str stem = str_first(archive, archive.n - (sizeof ".tgz" - 1));
	for (size_t i = 1; i + 1 < stem.n; i++) {
		if (stem.p[i] != '-')
			continue;
		w->chart = str_first(stem, i);
		w->version = str_from(stem, i + 1);
		if (find_line(s, w->chart, w->version, &w->line))
			return OK;
	}
	return ERR(e, NOT_FOUND, "there is no %.*s", STR_ARG(archive));
}

static bool goes_before(const struct snapshot *s, const struct snapshot *best)
{
	return !best || repo_kind(s->settings) < repo_kind(best->settings);
}

/* The member that has the line: hosted ones before upstreams before virtual ones. NOT_FOUND: none has, at
 * this moment.                                                                                */
static enum err find_member(const struct wanted *w, const struct snapshot *s, struct repository **ret,
                            struct snapshot **ret_snapshot, struct errinfo *e)
{
	struct str rest = s->settings->members, word, line;
	struct snapshot *best = NULL;
	while ((word = repo_setting_next_word(&rest)).n) {
		struct repository *r = repository_meant(w->g, word);
		struct snapshot *now = r ? repository_shown(r) : NULL;
		bool may = now && (!now->settings->private || s->settings->private) && goes_before(now, best);
		if (may && find_line(now, w->chart, w->version, &line) && str_eq(line, w->line)) {
			snapshot_unref(best);
			best = now;
			*ret = r;
			continue;
		}
		snapshot_unref(now);
	}
	*ret_snapshot = best;
	return best ? OK : ERR(e, NOT_FOUND, "there is no %.*s %.*s", STR_ARG(w->chart), STR_ARG(w->version));
}

static enum err follow(const struct wanted *w, struct snapshot *s, struct str *ret, struct errinfo *e)
{
	struct repository *r = NULL;
	struct snapshot *at = s;
	enum err err = OK;
	for (unsigned depth = 0; !err && repo_kind(at->settings) == REPO_VIRTUAL; depth++) {
		struct snapshot *below = NULL;
		err = depth < VIRTUAL_DEPTH_MAX ? find_member(w, at, &r, &below, e)
		                                : ERR(e, NOT_FOUND, "its members are too deep");
		if (at != s)
			snapshot_unref(at);
		at = below;
	}
	if (at != s)
		snapshot_unref(at);
	if (!err)
		*ret = str_c(r->name);
	return err;
}

enum err ingest_virtual_file(struct ingest *g, struct str repo, struct str file, struct str *ret_member,
                             struct errinfo *e)
{
	struct wanted w = { .g = g };
	struct repository *r = repository_find(g, repo);
	struct snapshot *s = r ? ingest_snapshot(g, repo) : NULL;
	if (!s)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	enum err err = OK;
	if (repo_kind(s->settings) != REPO_VIRTUAL)
		*ret_member = str_c(r->name);
	else if (!chart_file_name_is_known(file))
		err = ERR(e, NOT_FOUND, "there is no such file");
	else
		err = find_names(&w, s, chart_file_archive(file, NULL), e);
	if (!err && repo_kind(s->settings) == REPO_VIRTUAL)
		err = follow(&w, s, ret_member, e);
	snapshot_unref(s);
	return err;
}

/* ---- cool-downs ---- */

enum err ingest_due_releases(struct ingest *g, struct arena *a, int64_t now_ns, struct str **ret,
                             size_t *ret_count, struct errinfo *e)
{
	struct str *list = NULL;
	size_t count = 0, capacity = 0;
	struct repository *r = atomic_load_explicit(&g->repositories, memory_order_acquire);
	for (; r; r = r->next) {
		if (!repository_is_shown(r) || atomic_load(&r->release_ns) > now_ns)
			continue;
		struct str *room = arena_room(a, list, count, &capacity, sizeof *list);
		if (!room)
			return ERR(e, NOMEM, "releases");
		list = room;
		list[count++] = str_c(r->name);
	}
	*ret = list;
	*ret_count = count;
	return OK;
}

/* ---- members ---- */

enum err ingest_absent_members(struct ingest *g, struct arena *a, struct str repo, struct str **ret,
                               size_t *ret_count, struct errinfo *e)
{
	struct snapshot *s = ingest_snapshot(g, repo);
	struct str *list = NULL, rest = s ? s->settings->members : (struct str){ 0 }, word;
	size_t count = 0, capacity = 0;
	enum err err = OK;
	while (!err && (word = repo_setting_next_word(&rest)).n) {
		struct repository *r = repository_meant(g, word);
		if (r && repository_is_shown(r))
			continue;
		struct str *room = arena_room(a, list, count, &capacity, sizeof *list);
		list = room ? room : list;
		if (!room || !arena_str(a, word, &list[count++]))
			err = ERR(e, NOMEM, "members");
	}
	snapshot_unref(s);
	if (err)
		return err;
	*ret = list;
	*ret_count = count;
	return OK;
}
