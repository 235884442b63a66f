/* The manifest: what has to come, in this order and with these bytes. */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/lines.h"
#include "indexer/bundle/stage_impl.h"
#include "indexer/format/name.h"
#include "indexer/format/repo_settings.h"

#define LINE_MAX_BYTES (64u * KIB)

/* ---- paths ---- */

bool staged_chart_path(const struct bundle_staged *s, struct arena *a, struct str path, struct str *ret_repo,
                       struct str *ret_file)
{
	struct str repo = s->head.repo, rest = path;
	if (str_starts(path, STR(BUNDLE_DEPS)) && !bundle_deps_repo(a, path, &repo, &rest))
		return false;
	if (!str_starts(rest, STR(BUNDLE_CHARTS)))
		return false;
	*ret_file = str_from(rest, sizeof BUNDLE_CHARTS - 1);
	*ret_repo = repo;
	return chart_file_name_is_safe(*ret_file) && chart_file_name_is_known(*ret_file);
}

static uint64_t path_hash(struct str path) { return str_hash(path, STR_HASH_START); }

static int by_path(const void *a, const void *b)
{
	const struct staged_member *x = a, *y = b;
	return (x->path > y->path) - (x->path < y->path);
}

struct staged_member *staged_member(const struct bundle_staged *s, struct str path)
{
	const struct staged_member key = { .path = path_hash(path) };
	return s->member_count ? bsearch(&key, s->members, s->member_count, sizeof key, by_path) : NULL;
}

/* ---- repositories ---- */

static enum err read_settings(struct staged_repo *r, struct arena *a, const struct repo_row *row,
                              struct errinfo *e)
{
	struct repo_settings settings;
	repo_settings_default(&settings);
	enum err err = repo_settings_merge(a, row->settings, &settings, e);
	if (err)
		return err;
	enum repo_kind kind = repo_kind(&settings);
	if (kind != REPO_HOSTED)
		return ERR(e, INVALID, "\"%.*s\" is no hosted repository here (%s), and the bundle has charts for "
		           "one of this name; rename it", STR_ARG(r->name), repo_kind_word(kind));
	r->id = row->id;
	r->overwrite = settings.overwrite;
	r->signed_only = str_eq(settings.provenance, STR("require"));
	r->most = (struct repo_usage){ settings.max_versions, settings.max_bytes };
	return OK;
}

static enum err find_here(struct bundle_staged *s, struct staged_repo *r, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_row row;
	enum err err = catalog_repo(s->catalog, &a, r->name, &row, e);
	if (err == ERR_REPO_NOT_FOUND)
		return OK;
	return err ? err : read_settings(r, &a, &row, e);
}

enum err staged_repo(struct bundle_staged *s, struct str name, struct staged_repo **ret, struct errinfo *e)
{
	for (size_t i = s->repo_count; i > 0; i--)
		if (str_eq(s->repos[i - 1].name, name)) {
			*ret = &s->repos[i - 1];
			return OK;
		}
	struct staged_repo *room = arena_room(&s->arena, s->repos, s->repo_count, &s->repo_room, sizeof *room);
	struct str kept;
	if (!room || !arena_str(&s->arena, name, &kept))
		return ERR(e, NOMEM, "repositories");
	if (s->repo_count >= BUNDLE_REPOS_MAX)
		return ERR(e, CORRUPT, "it has more than %u repositories", BUNDLE_REPOS_MAX);
	s->repos = room;
	*ret = &s->repos[s->repo_count++];
	**ret = (struct staged_repo){ .name = kept };
	return find_here(s, *ret, e);
}

/* ---- lines ---- */

enum err staged_members(const struct bundle_staged *s, staged_each_member *each, void *ctx,
                        struct errinfo *e)
{
	struct lines l;
	bool end = false;
	enum err err = lines_of(s->manifest.fd, BUNDLE_MANIFEST, LINE_MAX_BYTES, &l, e);
	if (err)
		return err;
	while (!err && !end) {
		struct sha256 digest;
		struct str line;
		err = lines_next(&l, &line, &end, e);
		if (err || end)
			break;
		struct str path = str_from(line, SHA256_HEX_BYTES + 2);
		if (!path.n || memcmp(line.p + SHA256_HEX_BYTES, "  ", 2) != 0 ||
		    !sha256_parse(str_first(line, SHA256_HEX_BYTES), &digest))
			err = ERR(e, CORRUPT, BUNDLE_MANIFEST ": \"%.*s\" is no line of it",
			          STR_ARG(str_first(line, 100)));
		else
			err = each(ctx, path, &digest, e);
	}
	lines_close(&l);
	return err;
}

struct reading { struct bundle_staged *s; size_t at; bool has_versions, has_log, has_images; };

static enum err add_index(struct bundle_staged *s, struct str path, const struct sha256 *digest,
                          struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str repo = s->head.repo, rest = path;
	struct staged_repo *r;
	if (str_starts(path, STR(BUNDLE_DEPS)) && !bundle_deps_repo(&a, path, &repo, &rest))
		rest = (struct str){ 0 };
	if (!str_eq(rest, STR(BUNDLE_INDEX)))
		return ERR(e, CORRUPT, BUNDLE_MANIFEST ": \"%.*s\" is no file of a bundle",
		           STR_ARG(str_first(path, 100)));
	enum err err = staged_repo(s, repo, &r, e);
	if (err)
		return err;
	if (r->has_index)
		return ERR(e, CORRUPT, BUNDLE_MANIFEST ": %.*s is there twice", STR_ARG(path));
	r->has_index = true;
	r->index = *digest;
	return OK;
}

static enum err add_chart(struct reading *x, struct str path, const struct sha256 *digest, struct str repo,
                          struct errinfo *e)
{
	struct staged_repo *r;
	struct staged_member *room = array_room(x->s->members, x->s->member_count, &x->s->member_room,
	                                        sizeof *room);
	if (!room)
		return ERR(e, NOMEM, "manifest");
	x->s->members = room;
	room[x->s->member_count++] = (struct staged_member){ path_hash(path), *digest, false };
	return staged_repo(x->s, repo, &r, e);
}

static bool comes_once(struct str path, const char *name, bool *has)
{
	bool first = str_eq_c(path, name) && !*has;
	*has |= first;
	return first;
}

static enum err add_member(void *ctx, struct str path, const struct sha256 *digest, struct errinfo *e)
{
	struct reading *x = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct str repo, file;
	if (x->at++ >= BUNDLE_MEMBERS_MAX)
		return ERR(e, CORRUPT, BUNDLE_MANIFEST ": more than %u files", BUNDLE_MEMBERS_MAX);
	if (comes_once(path, BUNDLE_VERSIONS, &x->has_versions)) {
		x->s->versions = *digest;
		return OK;
	}
	if (comes_once(path, BUNDLE_LOG, &x->has_log)) {
		x->s->log = *digest;
		return OK;
	}
	if (comes_once(path, BUNDLE_IMAGES, &x->has_images))
		return OK;
	if (staged_chart_path(x->s, &a, path, &repo, &file))
		return add_chart(x, path, digest, repo, e);
	return add_index(x->s, path, digest, e);
}

enum err staged_manifest(struct bundle_staged *s, struct errinfo *e)
{
	struct staged_repo *own;
	struct reading x = { .s = s };
	enum err err = staged_repo(s, s->head.repo, &own, e);
	if (!err)
		err = staged_members(s, add_member, &x, e);
	if (err)
		return err;
	if (!x.has_versions || !x.has_log || !s->repos[0].has_index)
		return ERR(e, CORRUPT, BUNDLE_MANIFEST ": " BUNDLE_VERSIONS ", " BUNDLE_LOG " or " BUNDLE_INDEX
		           " is not in it");
	if (x.at != s->head.files)
		return ERR(e, CORRUPT, BUNDLE_MANIFEST " has %zu files, " BUNDLE_HEAD " says %llu", x.at,
		           (unsigned long long)s->head.files);
	if (s->member_count)
		qsort(s->members, s->member_count, sizeof *s->members, by_path);
	for (size_t i = 1; i < s->member_count; i++)
		if (s->members[i].path == s->members[i - 1].path)
			return ERR(e, CORRUPT, BUNDLE_MANIFEST ": a file is there twice");
	return OK;
}
