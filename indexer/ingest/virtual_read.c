/* What readers ask of virtual repositories, beside the writer. Whose a line is stands beside it (rope.h), as the
 * writer judged it: a member that copies another one's line has no part in that. That the member still has the
 * line is only the check, so other bytes are never handed out for it.                         */
#include "indexer/ingest/virtual.h"

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/format/name.h"
#include "indexer/ingest/virtual_impl.h"

/* ---- a file ---- */

struct wanted {
	struct ingest *g;
	struct str chart, version;
	struct rope_version found;       /* in the virtual index */
};

/* Where the name ends and the version begins, the index knows: of two that it might be it shows one
 * (virtual_file.c).                                                                           */
static enum err find_names(struct wanted *w, const struct snapshot *s, struct str archive,
                           struct errinfo *e)
{
	struct str stem = str_first(archive, archive.n - (sizeof ".tgz" - 1));
	for (size_t at = 0; file_split(stem, &at, &w->chart, &w->version);)
		if (rope_version(s->json, w->chart, w->version, &w->found))
			return OK;
	return ERR(e, NOT_FOUND, "there is no %.*s", STR_ARG(archive));
}

static struct repository *member_at(struct ingest *g, const struct snapshot *s, size_t place)
{
	struct str rest = s->settings->members, word = repo_setting_next_word(&rest);
	for (size_t i = 0; i < place && word.n; i++)
		word = repo_setting_next_word(&rest);
	return word.n ? repository_meant(g, word) : NULL;
}

/* From s, which has the line of the member at `place`, to that one. NOT_FOUND: it has another one, or none,
 * at this moment.                                                                             */
static enum err step_down(struct wanted *w, const struct snapshot *s, uint8_t *place, struct repository **ret,
                          struct snapshot **ret_snapshot, struct errinfo *e)
{
	struct rope_version here;
	struct repository *r = member_at(w->g, s, *place);
	struct snapshot *now = r ? repository_shown(r) : NULL;
	if (!now || (now->settings->private && !s->settings->private) ||
	    !rope_version(now->json, w->chart, w->version, &here) || !str_eq(here.line, w->found.line)) {
		snapshot_unref(now);
		return ERR(e, NOT_FOUND, "there is no %.*s %.*s", STR_ARG(w->chart), STR_ARG(w->version));
	}
	*place = here.member;
	*ret = r;
	*ret_snapshot = now;
	return OK;
}

static enum err follow(struct wanted *w, struct snapshot *s, struct str *ret, struct errinfo *e)
{
	struct repository *r = NULL;
	struct snapshot *at = s;
	uint8_t place = w->found.member;
	enum err err = OK;
	for (unsigned depth = 0; !err && repo_kind(at->settings) == REPO_VIRTUAL; depth++) {
		struct snapshot *below = NULL;
		err = depth < VIRTUAL_DEPTH_MAX ? step_down(w, at, &place, &r, &below, e)
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

enum err ingest_virtual_owner(struct ingest *g, struct str repo, struct str chart, struct str *ret_member,
                              struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct snapshot *s = ingest_snapshot(g, repo);
	struct rope_version *list;
	size_t count = 0;
	enum err err = s && repo_kind(s->settings) == REPO_VIRTUAL ? rope_chart(&a, s->json, chart, &list, &count, e) : OK;
	struct repository *r = count ? member_at(g, s, list->member) : NULL;
	snapshot_unref(s);
	if (err || !r)
		return err ? err : ERR(e, NOT_FOUND, "%.*s has no chart %.*s", STR_ARG(repo), STR_ARG(chart));
	*ret_member = str_c(r->name);
	return OK;
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
