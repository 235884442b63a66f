/* The charts of a bundle, judged as if it were imported already: what a dependency means may be in it, and a
 * list of images that was pushed is believed. It is read, not verified: that is the import's.  */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/members.h"
#include "indexer/format/places.h"
#include "indexer/format/semver.h"
#include "server/cmd/bundle.h"
#include "server/cmd/ready.h"

struct brought { struct str repo, chart, version; };
struct pushed { struct str repo, file, images; };        /* a list of images, as struct bundle_version has it */
struct carried {
	struct ready *x;
	struct arena arena;
	struct bundle_reader *reader;
	struct places *places;
	struct str repo;                 /* whose bundle it is */
	struct brought *list;
	size_t count, room;
	struct pushed *pushed;           /* few versions have one */
	size_t pushed_count, pushed_room;
	struct progress *progress;
};

/* ---- what it brings ---- */

static enum err take_head(struct carried *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(BUNDLE_HEAD_MAX_BYTES);
	struct bundle_head head;
	enum err err = bundle_read(x->reader, BUNDLE_HEAD_MAX_BYTES, &b, e);
	if (!err)
		err = bundle_head_parse(sbuf_str(&b), &head, e);
	return err || arena_str(&x->arena, head.repo, &x->repo) ? err : ERR(e, NOMEM, "bundle");
}

static bool add_pushed(struct carried *x, const struct bundle_version *v)
{
	struct pushed *list = arena_room(&x->arena, x->pushed, x->pushed_count, &x->pushed_room, sizeof *list);
	if (!list)
		return false;
	x->pushed = list;
	list[x->pushed_count++] = (struct pushed){ v->repo, v->file, v->images };
	return true;
}

static enum err take_version(struct carried *x, struct str line, struct errinfo *e)
{
	struct bundle_version v;
	enum err err = bundle_version_parse(&x->arena, line, &v, e);
	if (err || bundle_version_is_gone(&v))
		return err;
	struct brought *list = arena_room(&x->arena, x->list, x->count, &x->room, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "bundle");
	x->list = list;
	list[x->count++] = (struct brought){ v.repo, v.chart, v.version };
	if (v.has_images && !add_pushed(x, &v))
		return ERR(e, NOMEM, "bundle");
	return places_add(x->places, v.repo, v.known_as, e);
}

static enum err take_versions(struct carried *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(INDEX_FILE_MAX_BYTES);
	struct str rest, text = { 0 };
	enum err err = bundle_read(x->reader, INDEX_FILE_MAX_BYTES, &b, e);
	if (!err && !arena_str(&x->arena, sbuf_str(&b), &text))
		err = ERR(e, NOMEM, "bundle");
	for (rest = text; !err && rest.n;)
		err = take_version(x, str_cut(&rest, '\n', NULL), e);
	places_sort(x->places);
	return err;
}

/* ---- a dependency ---- */

static void pick(const struct carried *x, struct str repo, struct str chart, const struct semver_range *range,
                 struct readiness_source *s)
{
	for (size_t i = 0; i < x->count && !s->version.n; i++)
		if (str_eq(x->list[i].repo, repo) && str_eq(x->list[i].chart, chart) &&
		    (!range || semver_range_admits(range, x->list[i].version)))
			*s = (struct readiness_source){ .repo = repo, .version = x->list[i].version };
}

static enum err find_source(const struct carried *x, struct arena *a, const struct chart_dependency *d,
                            struct readiness_source *s, struct errinfo *e)
{
	struct semver_range *range = NULL;
	struct address address;
	size_t count = 0;
	enum err err = address_read(a, str_trim(d->repository), &address, NULL);
	const struct place *list = NULL;
	if (!err && str_has(d->repository, ':'))
		list = places_find(x->places, &address, &count);
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "bundle");
	if (d->version.n && semver_range_parse(a, d->version, &range, NULL) == ERR_NOMEM)
		return ERR(e, NOMEM, "bundle");
	for (size_t i = 0; i < count; i++) {
		if (!s->repo.n)
			s->repo = list[i].repo;
		pick(x, list[i].repo, d->name, range, s);
	}
	return OK;
}

static enum err find_sources(const struct carried *x, struct arena *a, const struct chart *c,
                             struct readiness_source **ret, struct errinfo *e)
{
	enum err err = ready_ask_sources(x->x, a, c, ret, e);
	if (!err && !*ret && !(*ret = arena_array(a, c->meta.dependency_count + 1, sizeof **ret)))
		err = ERR(e, NOMEM, "bundle");
	for (size_t i = 0; i < c->meta.dependency_count && !err; i++)
		if (!(*ret)[i].version.n)
			err = find_source(x, a, &c->meta.dependencies[i], &(*ret)[i], e);
	return err;
}

/* ---- its archives ---- */

/* NULL: none was pushed. */
static const struct str *pushed_for(const struct carried *x, struct arena *a, struct str path)
{
	struct str repo = x->repo, rest = path;
	if (str_starts(path, STR(BUNDLE_DEPS)) && !bundle_deps_repo(a, path, &repo, &rest))
		return NULL;
	struct str file = str_from(rest, sizeof BUNDLE_CHARTS - 1);
	for (size_t i = 0; i < x->pushed_count; i++)
		if (str_eq(x->pushed[i].file, file) && str_eq(x->pushed[i].repo, repo))
			return &x->pushed[i].images;
	return NULL;
}

static enum err take_archive(struct carried *x, struct str path, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf data = sbuf_make(CHART_UNPACKED_MAX_BYTES);
	struct chart_scratch scratch = { 0 };
	struct readiness_source *sources;
	struct chart c;
	const char *name = arena_dup(&a, path);
	const struct str *pushed = pushed_for(x, &a, path);
	enum err err = name ? bundle_read(x->reader, CHART_UNPACKED_MAX_BYTES, &data, e) : ERR(e, NOMEM, "bundle");
	if (!err)
		err = chart_read(&a, &scratch, sbuf_str(&data), &c, e);
	if (!err)
		err = find_sources(x, &a, &c, &sources, e);
	if (!err)
		err = ready_add(x->x, &c, name, data.n, sources, pushed, e);
	chart_scratch_done(&scratch);
	if (!x->progress)                    /* versions stand before archives, so how many is known */
		x->progress = progress_new("charts", x->count, 0);
	progress_add(x->progress, 1, data.n);
	if (err)
		err_prefix(e, "%s", name ? name : "bundle");
	return err;
}

static enum err take_members(struct carried *x, struct errinfo *e)
{
	struct bundle_member m;
	bool end = false;
	enum err err = OK;
	while (!err) {
		err = bundle_next(x->reader, STR(""), &m, &end, e);
		if (err || end)
			break;
		if (str_eq(m.path, STR(BUNDLE_HEAD)))
			err = take_head(x, e);
		else if (str_eq(m.path, STR(BUNDLE_VERSIONS)))
			err = take_versions(x, e);
		else
			err = str_ends(m.path, STR(".tgz")) ? take_archive(x, m.path, e) : bundle_skip(x->reader, e);
	}
	return err;
}

static enum err add_bundle(struct ready *x, int dir, const char *name, struct errinfo *e)
{
	struct carried c = { .x = x };
	enum err err = bundle_reader_open(dir, name, -1, &c.reader, e);
	if (!err)
		err = places_new(&c.arena, &c.places, e);
	if (!err)
		err = take_members(&c, e);
	progress_done(c.progress);
	bundle_reader_close(c.reader);
	arena_done(&c.arena);
	return err;
}

enum err ready_add_bundle(struct ready *x, const char *path, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FD int dir = -1;
	const char **names;
	size_t count = 0;
	enum err err = bundle_find(&a, path, &dir, &names, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		err = add_bundle(x, dir, names[i], e);
	if (err)
		err_prefix(e, "%s", path);
	return err_recode(err, ERR_CORRUPT, ERR_INVALID, e);     /* no data directory is */
}
