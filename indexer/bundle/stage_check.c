/* What a bundle says of itself has to fit together: each version that it tells of has its archive in it or
 * here, each archive a version, and all that its index shows is here afterwards.              */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/lines.h"
#include "indexer/bundle/stage_impl.h"
#include "indexer/format/index_stream.h"

#define MISSING_NAMED_MAX_BYTES 300u

struct check {
	struct bundle_staged *s;
	struct staged_repo *repo;        /* whose index is read */
	uint64_t *shown, *told;          /* hashes of versions: those its index may show, all */
	size_t shown_count, shown_room, told_count, told_room;
	uint64_t *lines;                 /* of entries that need no look: as index_stream hashes them */
	size_t line_count, line_room;
	struct sha256_stream *sha;
	uint64_t missing;
	struct sbuf names;
	int index;
};

/* ---- sets of versions ---- */

static uint64_t version_hash(struct str repo, struct str chart, struct str version)
{
	const struct str nul = { "", 1 };
	uint64_t h = str_hash(nul, str_hash(repo, STR_HASH_START));
	return str_hash(version, str_hash(nul, str_hash(chart, h)));
}

static uint64_t shown_hash(uint64_t version, const struct sha256 *digest)
{
	return str_hash(str_make(digest, sizeof *digest), version);
}

static uint64_t line_hash(const struct sha256 *sum)
{
	uint64_t ret;
	memcpy(&ret, sum, sizeof ret);
	return ret;
}

static enum err add_hash(uint64_t **set, size_t *count, size_t *room, uint64_t hash, struct errinfo *e)
{
	uint64_t *list = array_room(*set, *count, room, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "versions");
	*set = list;
	list[(*count)++] = hash;
	return OK;
}

/* The same line under the same chart: the index's reader has no need to take it apart. */
static enum err add_line(struct check *c, struct str chart, struct str line, struct errinfo *e)
{
	struct sha256 sum;
	if (!sha256_add(c->sha, chart) || !sha256_add(c->sha, str_make("", 1)) || !sha256_add(c->sha, line) ||
	    !sha256_end(c->sha, &sum))
		return ERR(e, NOMEM, "digest");
	return add_hash(&c->lines, &c->line_count, &c->line_room, line_hash(&sum), e);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void sort(uint64_t *set, size_t count)
{
	if (count)
		qsort(set, count, sizeof *set, by_value);
}

static void note_missing(struct check *c, struct str chart, struct str version)
{
	if (c->missing++ < BUNDLE_MISSING_NAMED)
		sbuf_printf(&c->names, "%s%.*s-%.*s", c->missing > 1 ? ", " : "",
		            STR_ARG(str_first(chart, 60)), STR_ARG(str_first(version, 40)));
}

/* ---- versions.jsonl ---- */

static enum err wrong(const struct bundle_version *v, const char *what, struct errinfo *e)
{
	return ERR(e, CORRUPT, BUNDLE_VERSIONS ": %.*s %.*s: %s", STR_ARG(str_first(v->chart, 64)),
	           STR_ARG(str_first(v->version, 64)), what);
}

static enum err check_line(struct arena *a, const struct bundle_version *v, struct errinfo *e)
{
	struct index_entry entry;
	struct sha256 digest;
	const char *file = arena_printf(a, "%.*s-%.*s.tgz", STR_ARG(v->chart), STR_ARG(v->version));
	if (!file)
		return ERR(e, NOMEM, "version");
	if (!str_eq_c(v->file, file))
		return wrong(v, "its file has another name", e);
	if (bundle_version_is_gone(v))
		return OK;
	enum err err = index_entry_read(a, v->line, &entry, e);
	if (err)
		return err == ERR_NOMEM ? err : wrong(v, "its line in the index is none", e);
	bool same = str_eq(entry.meta.name, v->chart) && str_eq(entry.meta.version, v->version) &&
	            index_line_digest(v->line, &digest) && sha256_eq(&digest, &v->digest) &&
	            entry.url_count == 1 && str_starts(entry.urls[0], STR(BUNDLE_CHARTS)) &&
	            !str_has(v->line, '\n');
	return same ? OK : wrong(v, "its line in the index is of another one", e);
}

/* These bytes are here; or they were deleted here, and stay so. */
static enum err is_settled(const struct check *c, const struct version_row *row, const struct sha256 *digest,
                           bool *ret, struct errinfo *e)
{
	*ret = sha256_eq(&row->digest, digest);
	return *ret && row->state != VERSION_LIVE ? bundle_stays_deleted(c->s->catalog, row, ret, e) : OK;
}

/* In the bundle with this digest, or in the repository here. */
static enum err find_file(struct check *c, struct arena *a, const struct bundle_version *v,
                          const struct staged_repo *r, bool prov, bool *ret, struct errinfo *e)
{
	const struct sha256 *digest = prov ? &v->prov_digest : &v->digest;
	const char *folder = r == c->s->repos ? "" : bundle_deps_folder(a, v->repo);
	const char *path = folder ? arena_printf(a, "%s" BUNDLE_CHARTS "%.*s%s", folder, STR_ARG(v->file),
	                                         prov ? ".prov" : "") : NULL;
	struct version_row row;
	if (!path)
		return ERR(e, NOMEM, "version");
	struct staged_member *m = staged_member(c->s, str_c(path));
	if (m) {
		m->used = *ret = true;
		return sha256_eq(&m->digest, digest) ? OK : wrong(v, "its file has another digest", e);
	}
	*ret = false;
	enum err err = r->id ? catalog_version_by_file(c->s->catalog, a, r->id, v->file, &row, e) : ERR_NOT_FOUND;
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	err = is_settled(c, &row, &v->digest, ret, e);
	if (prov && row.state == VERSION_LIVE)
		*ret = row.has_prov && sha256_eq(&row.prov_digest, digest);
	return err;
}

static enum err check_files(struct check *c, struct arena *a, const struct bundle_version *v,
                            const struct staged_repo *r, struct errinfo *e)
{
	bool has = true, has_prov = true;
	enum err err = find_file(c, a, v, r, false, &has, e);
	if (!err && v->has_prov)
		err = find_file(c, a, v, r, true, &has_prov, e);
	if (!err && !(has && has_prov))
		note_missing(c, v->chart, v->version);
	return err;
}

static enum err check_version(void *ctx, const struct bundle_version *v, struct errinfo *e)
{
	struct check *c = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct staged_repo *r;
	uint64_t hash = version_hash(v->repo, v->chart, v->version);
	enum err err = staged_repo(c->s, v->repo, &r, e);
	if (!err)
		err = check_line(&a, v, e);
	if (!err && !bundle_version_is_gone(v))
		err = check_files(c, &a, v, r, e);
	if (!err)
		err = add_hash(&c->told, &c->told_count, &c->told_room, hash, e);
	if (!err && v->state == BUNDLE_LIVE)
		err = add_hash(&c->shown, &c->shown_count, &c->shown_room, shown_hash(hash, &v->digest), e);
	if (!err && v->state == BUNDLE_LIVE && r == c->s->repos)
		err = add_line(c, v->chart, v->line, e);
	if (!err && v->known_as.n && !r->known_as.n && !arena_str(&c->s->arena, v->known_as, &r->known_as))
		err = ERR(e, NOMEM, "version");
	if (err)
		return err;
	r->versions++;
	r->bytes += v->bytes;
	return OK;
}

static enum err check_counts(const struct check *c, struct errinfo *e)
{
	if (c->told_count != c->s->head.versions)
		return ERR(e, CORRUPT, BUNDLE_VERSIONS " has %zu versions, " BUNDLE_HEAD " says %llu", c->told_count,
		           (unsigned long long)c->s->head.versions);
	for (size_t i = 1; i < c->told_count; i++)
		if (c->told[i] == c->told[i - 1])
			return ERR(e, CORRUPT, BUNDLE_VERSIONS ": a version is there twice");
	return OK;
}

static enum err find_unused(void *ctx, struct str path, const struct sha256 *digest, struct errinfo *e)
{
	const struct staged_member *m = staged_member(ctx, path);
	(void)digest;
	return m && !m->used ? ERR(e, CORRUPT, "%.*s is in it, and no version of " BUNDLE_VERSIONS " has it",
	                           STR_ARG(path)) : OK;
}

static enum err check_versions(struct check *c, struct errinfo *e)
{
	enum err err = bundle_staged_each(c->s, check_version, c, e);
	sort(c->told, c->told_count);
	sort(c->shown, c->shown_count);
	if (!err)
		err = check_counts(c, e);
	return err ? err : staged_members(c->s, find_unused, c->s, e);
}

/* ---- index.yaml ---- */

static enum err read_index(void *ctx, char *to, size_t size, size_t *ret_n, struct errinfo *e)
{
	ssize_t n = read(((struct check *)ctx)->index, to, size);
	if (n < 0)
		return ERR_SYS(e, "read " BUNDLE_INDEX);
	*ret_n = (size_t)n;
	return OK;
}

static enum err rewind_index(void *ctx, struct errinfo *e)
{
	return lseek(((struct check *)ctx)->index, 0, SEEK_SET) == 0 ? OK : ERR_SYS(e, "rewind " BUNDLE_INDEX);
}

static bool is_known(void *ctx, struct str chart, const struct sha256 *hash)
{
	const struct check *c = ctx;
	const uint64_t key = line_hash(hash);
	(void)chart;
	return c->repo == c->s->repos && c->line_count &&
	       bsearch(&key, c->lines, c->line_count, sizeof key, by_value);
}

/* A delta's index is mostly of what is here. */
static enum err add_here(void *ctx, const struct version_row *row, struct errinfo *e)
{
	return row->state == VERSION_LIVE ? add_line(ctx, row->chart, row->line, e) : OK;
}

static enum err know_lines(struct check *c, struct errinfo *e)
{
	int64_t id = c->s->head.parent.event ? c->s->repos[0].id : 0;
	enum err err = id ? catalog_versions_each(c->s->catalog, id, add_here, c, e) : OK;
	sort(c->lines, c->line_count);
	return err;
}

static enum err check_entry(void *ctx, struct str chart, const struct index_entry *entry,
                            const struct sha256 *hash, struct errinfo *e)
{
	struct check *c = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct sha256 digest;
	struct version_row row;
	(void)hash;
	if (!sha256_parse(entry->digest, &digest))
		return ERR(e, CORRUPT, BUNDLE_INDEX ": %.*s has no digest", STR_ARG(str_first(chart, 64)));
	uint64_t key = shown_hash(version_hash(c->repo->name, entry->meta.name, entry->meta.version), &digest);
	if (c->shown_count && bsearch(&key, c->shown, c->shown_count, sizeof key, by_value))
		return OK;
	enum err err = c->repo->id ? catalog_version(c->s->catalog, &a, c->repo->id, entry->meta.name,
	                                             entry->meta.version, &row, e) : ERR_NOT_FOUND;
	bool settled = false;
	if (!err)
		err = is_settled(c, &row, &digest, &settled, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (!settled)
		note_missing(c, entry->meta.name, entry->meta.version);
	return OK;
}

static enum err check_skipped(void *ctx, struct str chart, struct str version, uint32_t line,
                              const char *why, struct errinfo *e)
{
	(void)ctx;
	return ERR(e, CORRUPT, BUNDLE_INDEX ":%u: %.*s %.*s: %s", line, STR_ARG(str_first(chart, 64)),
	           STR_ARG(str_first(version, 64)), why);
}

static enum err check_index(struct check *c, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct index_stream_summary summary;
	const struct index_stream_handler handler = { .ctx = c, .known = is_known, .entry = check_entry,
	                                              .skipped = check_skipped };
	sha256_hex(&c->repo->index, hex);
	enum err err = fs_open_regular(c->s->dir, hex, &c->index, NULL, e);
	if (err)
		return err;
	err = index_stream_read(read_index, rewind_index, c, BUNDLE_INDEX, &handler, &summary, e);
	(void)close(c->index);
	return err;
}

static enum err check_missing(const struct check *c, struct errinfo *e)
{
	if (!c->missing)
		return OK;
	return ERR(e, INVALID, "%llu version%s of its index %s neither here nor in the bundle: %.*s%s; make it "
	           "with the inventory of this side, or whole", (unsigned long long)c->missing,
	           c->missing == 1 ? "" : "s", c->missing == 1 ? "is" : "are", STR_ARG(sbuf_str(&c->names)),
	           c->missing > BUNDLE_MISSING_NAMED ? ", …" : "");
}

enum err staged_check(struct bundle_staged *s, struct errinfo *e)
{
	struct check c = { .s = s, .names = sbuf_make(BUNDLE_MISSING_NAMED * MISSING_NAMED_MAX_BYTES) };
	c.sha = sha256_new();
	enum err err = c.sha ? check_versions(&c, e) : ERR(e, NOMEM, "digest");
	if (!err)
		err = know_lines(&c, e);
	for (size_t i = 0; i < s->repo_count && !err; i++) {
		c.repo = &s->repos[i];
		err = c.repo->has_index ? check_index(&c, e) : OK;
	}
	if (!err)
		err = check_missing(&c, e);
	sbuf_done(&c.names);
	free(c.shown);
	free(c.told);
	free(c.lines);
	sha256_free(c.sha);
	return err ? err : staged_check_log(s, e);
}
