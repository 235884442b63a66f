/* What a broken import left, and how far it had come.
 *
 * Two files in the folder say that: "source", what the medium's files were (their size and times), and
 * "marks", for every member that was compared where it ends. Nothing before a mark is read again as long as
 * the files that it lies in are those; of others, as of a part that was carried once more, all is compared
 * anew, and only what is missing is kept.                                                     */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/digest.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/stage_impl.h"
#include "indexer/format/name.h"

#define SOURCE "source"
#define MARKS "marks"
#define SOURCE_MAX_BYTES (BUNDLE_PARTS_MAX * 128u)
#define MARKS_MODE 0600

struct mark { uint64_t end, bytes; };    /* of the bundle, and of the files in it, up to there */

/* ---- what is there ---- */

/* What a broken import left, whole or not. */
static enum err is_staged(const struct bundle_staged *s, const struct sha256 *digest, bool *ret,
                          struct errinfo *e)
{
	AUTO_FD int fd = -1;
	char hex[SHA256_HEX_BYTES + 1];
	struct sha256 has;
	sha256_hex(digest, hex);
	*ret = false;
	enum err err = fs_open_regular(s->dir, hex, &fd, NULL, NULL);
	if (err)
		return OK;
	err = digest_of(fd, &has, e);
	if (err)
		return err;
	*ret = sha256_eq(&has, digest);
	return *ret || unlinkat(s->dir, hex, 0) == 0 ? OK : ERR_SYS(e, "remove what is damaged of incoming/");
}

/* An archive that a repository here has already is compared, and not kept twice. */
static enum err is_here(const struct bundle_staged *s, struct str path, const struct sha256 *digest,
                        bool *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str repo, file;
	struct version_row row;
	bool prov;
	*ret = false;
	if (!staged_chart_path(s, &a, path, &repo, &file))
		return OK;
	struct str archive = chart_file_archive(file, &prov);
	for (size_t i = 0; i < s->repo_count; i++) {
		if (!s->repos[i].id || !str_eq(s->repos[i].name, repo))
			continue;
		enum err err = catalog_version_by_file(s->catalog, &a, s->repos[i].id, archive, &row, e);
		if (err)
			return err == ERR_NOT_FOUND ? OK : err;
		*ret = row.state == VERSION_LIVE && sha256_eq(prov ? &row.prov_digest : &row.digest, digest) &&
		       (!prov || row.has_prov);
	}
	return OK;
}

enum err staged_has(const struct bundle_staged *s, struct str path, const struct sha256 *digest, bool *ret,
                    struct errinfo *e)
{
	enum err err = is_staged(s, digest, ret, e);
	return err || *ret ? err : is_here(s, path, digest, ret, e);
}

/* ---- where it came from ---- */

static void put_source(struct sbuf *b, const struct bundle_reader *r)
{
	struct bundle_file f;
	for (size_t i = 0; bundle_reader_file(r, i, &f); i++)
		sbuf_printf(b, "%llu %lld.%09ld %lld.%09ld\n", (unsigned long long)f.bytes,
		            (long long)f.written.tv_sec, f.written.tv_nsec, (long long)f.changed.tv_sec,
		            f.changed.tv_nsec);
}

/* Bytes of the bundle's first files that are as they were. */
static uint64_t same_bytes(struct str before, struct str now)
{
	uint64_t ret = 0, bytes;
	while (now.n) {
		struct str line = str_cut(&now, '\n', NULL), old = str_cut(&before, '\n', NULL);
		if (!str_eq(line, old) || !str_to_u64(str_cut(&line, ' ', NULL), &bytes))
			break;
		ret += bytes;
	}
	return ret;
}

static enum err read_if_there(const struct bundle_staged *s, const char *name, size_t limit, char **ret,
                              size_t *ret_n, struct errinfo *e)
{
	enum err err = fs_read(s->dir, name, limit, ret, ret_n, e);
	return err == ERR_NOT_FOUND ? OK : err;
}

/* ---- what need not be read ---- */

struct passing {
	const struct bundle_staged *s;
	const char *marks;
	size_t count;                    /* of marks that count */
	size_t files;
	struct mark last;
	char path[CHART_MEMBER_NAME_MAX_BYTES + 1];      /* of the last one */
	bool over;
};

static struct mark mark_at(const struct passing *p, size_t index)
{
	struct mark m;
	memcpy(&m, p->marks + index * sizeof m, sizeof m);
	return m;
}

static enum err pass_member(void *ctx, struct str path, const struct sha256 *digest, struct errinfo *e)
{
	struct passing *p = ctx;
	bool there = false;
	if (p->over || p->files == p->count) {
		p->over = true;
		return OK;
	}
	enum err err = staged_has(p->s, path, digest, &there, e);
	p->over = !there;
	if (err || !there)
		return err;
	p->last = mark_at(p, p->files++);
	(void)snprintf(p->path, sizeof p->path, "%.*s", STR_ARG(path));
	return OK;
}

static size_t count_marks(const struct passing *p, size_t count, uint64_t from, uint64_t to)
{
	size_t n = 0;
	for (; n < count; n++) {
		struct mark m = mark_at(p, n);
		if (m.end <= from || m.end > to)
			break;
		from = m.end;
	}
	return n;
}

/* As many as count still, and from there on. */
static enum err open_marks(const struct bundle_staged *s, struct resume *x, struct errinfo *e)
{
	x->marks = openat(s->dir, MARKS, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, MARKS_MODE);
	if (x->marks < 0 || ftruncate(x->marks, (off_t)(x->files * sizeof(struct mark))) != 0)
		return ERR_SYS(e, "incoming/…/" MARKS);
	return fs_sync(x->marks, e);
}

static enum err pass(const struct bundle_staged *s, struct bundle_reader *r, uint64_t same, struct resume *ret,
                     struct errinfo *e)
{
	AUTO_FREE char *marks = NULL;
	size_t n = 0;
	uint64_t from = bundle_reader_bytes(r);
	enum err err = read_if_there(s, MARKS, BUNDLE_MEMBERS_MAX * sizeof(struct mark), &marks, &n, e);
	struct passing p = { .s = s, .marks = marks };
	p.count = count_marks(&p, n / sizeof(struct mark), from, same);
	if (!err && p.count)
		err = staged_members(s, pass_member, &p, e);
	if (!err && p.files)
		err = bundle_leap(r, p.last.end - from, str_c(p.path), e);
	ret->files = p.files;
	ret->bytes = p.last.bytes;
	return err;
}

enum err resume_begin(const struct bundle_staged *s, struct bundle_reader *r, struct resume *ret,
                      struct errinfo *e)
{
	AUTO_SBUF struct sbuf now = sbuf_make(SOURCE_MAX_BYTES);
	AUTO_FREE char *before = NULL;
	size_t n = 0;
	put_source(&now, r);
	if (!sbuf_ok(&now))
		return ERR(e, NOMEM, "what the bundle is read from");
	enum err err = read_if_there(s, SOURCE, SOURCE_MAX_BYTES, &before, &n, e);
	if (!err)
		err = pass(s, r, same_bytes(str_make(before, n), sbuf_str(&now)), ret, e);
	if (!err)
		err = open_marks(s, ret, e);
	return err ? err : staged_write(s, SOURCE, sbuf_str(&now), e);
}

/* Where it fails no more is noted, and more is read again than has to be. */
void resume_note(struct resume *x, uint64_t end, uint64_t bytes)
{
	const struct mark m = { end, bytes };
	if (x->marks >= 0 && write(x->marks, &m, sizeof m) != (ssize_t)sizeof m)
		resume_end(x);
}

void resume_end(struct resume *x)
{
	if (x->marks >= 0)
		(void)close(x->marks);
	x->marks = -1;
}
