/* Reading a bundle into DATA/incoming/. Nothing is written before its signature and its manifest are right;
 * each file is compared while it is read. Of a bundle that was read before in part, or wholly, what is
 * there is compared, and passed over on the medium.                                           */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/digest.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/stage_impl.h"
#include "indexer/format/name.h"
#include "indexer/store/incoming.h"

struct staging {
	const struct bundle_stage *o;
	struct bundle_staged *s;
	struct bundle_reader *r;
	struct sbuf head, signatures;
	struct resume resume;
	size_t files;                    /* of the manifest that were come by */
	uint64_t passed;                 /* what those hold */
	bool here;                       /* it was taken before: it is compared, and nothing is kept */
};

static enum err check_time(const struct staging *x, struct errinfo *e)
{
	if (bundle_reader_mtime(x->r) == x->s->head.at_ns / NS_PER_SECOND)
		return OK;
	return ERR(e, CORRUPT, "the times of its files are not the time that " BUNDLE_HEAD " tells");
}

static enum err read_manifest(struct staging *x, struct errinfo *e)
{
	struct sha256 digest;
	struct bundle_member m;
	const uint64_t files = x->s->head.files;
	enum err err = bundle_next(x->r, STR(BUNDLE_MANIFEST), &m, NULL, e);
	if (!err && m.bytes / BUNDLE_MANIFEST_LINE_MAX_BYTES > (files < BUNDLE_MEMBERS_MAX ? files : BUNDLE_MEMBERS_MAX))
		err = bundle_blame(x->r, ERR(e, CORRUPT, BUNDLE_MANIFEST " has %llu bytes, and is of %llu files",
		                             (unsigned long long)m.bytes, (unsigned long long)files), e);
	if (!err)
		err = fs_tmp_open(datadir_fd(x->o->data), &x->s->manifest, e);
	if (!err)
		err = bundle_read_into(x->r, x->s->manifest.fd, &digest, e);
	if (!err && !sha256_eq(&digest, &x->s->head.manifest))
		err = bundle_blame(x->r, ERR(e, CORRUPT, BUNDLE_MANIFEST " is damaged: it is not the one that "
		                             BUNDLE_HEAD " names"), e);
	return err ? err : staged_manifest(x->s, e);
}

static enum err judge_head(struct staging *x, struct errinfo *e)
{
	enum bundle_standing standing;
	struct errinfo why;
	enum err err = bundle_stands(x->o->catalog, &x->s->head, &standing, &why, e);
	if (err)
		return err;
	x->here = standing == STANDING_HERE && !x->o->force_older;
	return x->here ? OK : staged_fits(x->s, x->o->force_older, e);
}

static enum err read_head(struct staging *x, struct errinfo *e)
{
	enum err err = staged_texts(x->r, &x->head, &x->signatures, e);
	if (!err)
		err = staged_head(x->s, x->o, sbuf_str(&x->head), sbuf_str(&x->signatures), e);
	if (err)
		return bundle_blame(x->r, err, e);
	err = check_time(x, e);
	if (!err)
		err = judge_head(x, e);
	return err ? err : read_manifest(x, e);
}

/* ---- the folder ---- */

enum err staged_write(const struct bundle_staged *s, const char *name, struct str text, struct errinfo *e)
{
	struct fs_tmp t;
	enum err err = fs_tmp_open(s->dir, &t, e);
	if (err)
		return err;
	err = fs_write(t.fd, text, e);
	if (!err)
		err = fs_tmp_replace(&t, s->dir, name, e);
	fs_tmp_close(&t);
	return err;
}

/* One at a time: who ends first removes the folder. bundle_waiting_sweep leaves it alone, too. */
static enum err lock_folder(int fd, struct errinfo *e)
{
	struct stat st;
	bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
	if (locked && (fstat(fd, &st) != 0 || st.st_nlink))
		return OK;
	return ERR(e, BUSY, "another import reads this bundle now; wait until it is done");
}

static enum err open_folder(struct staging *x, struct errinfo *e)
{
	struct bundle_staged *s = x->s;
	int fd = -1;
	enum err err = incoming_open(s->data, &s->head.manifest, false, &fd, e);
	bool made = err == ERR_NOT_FOUND;
	if (made)
		err = incoming_open(s->data, &s->head.manifest, true, &fd, e);
	if (err)
		return err;
	s->dir = fd;
	err = lock_folder(fd, e);
	s->made = made && !err;
	if (!err)
		err = staged_write(s, BUNDLE_HEAD, sbuf_str(&x->head), e);
	if (!err)
		err = staged_write(s, BUNDLE_SIGNATURES, sbuf_str(&x->signatures), e);
	return err ? err : fs_tmp_replace(&s->manifest, s->dir, BUNDLE_MANIFEST, e);
}

/* ---- files ---- */

static enum err compare(const struct staging *x, struct str path, const struct sha256 *has,
                        const struct sha256 *wanted, struct errinfo *e)
{
	if (sha256_eq(has, wanted))
		return OK;
	return bundle_blame(x->r, ERR(e, CORRUPT, "%.*s is damaged: its bytes are not those that "
	                              BUNDLE_MANIFEST " tells", STR_ARG(path)), e);
}

static enum err keep_member(struct staging *x, struct str path, const char *hex,
                            const struct sha256 *digest, struct errinfo *e)
{
	struct sha256 has;
	struct fs_tmp t;
	enum err err = fs_tmp_open(x->s->dir, &t, e);
	if (err)
		return err;
	err = bundle_read_into(x->r, t.fd, &has, e);
	if (!err)
		err = compare(x, path, &has, digest, e);
	if (!err)
		err = fs_tmp_link(&t, x->s->dir, hex, e);
	fs_tmp_close(&t);
	return err == ERR_EXISTS ? OK : err;
}

static enum err read_only(struct staging *x, struct str path, const struct sha256 *digest,
                          struct errinfo *e)
{
	struct sha256 has;
	enum err err = bundle_read_into(x->r, -1, &has, e);
	return err ? err : compare(x, path, &has, digest, e);
}

/* What is there already is compared all the same, and not kept twice. */
static enum err take_data(struct staging *x, struct str path, const struct sha256 *digest, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	bool there = x->here, kept = !(x->s->dry_run && staged_member(x->s, path));
	sha256_hex(digest, hex);
	enum err err = there ? OK : staged_has(x->s, path, digest, &there, e);
	if (err)
		return err;
	return there || !kept ? read_only(x, path, digest, e) : keep_member(x, path, hex, digest, e);
}

static enum err take_member(void *ctx, struct str path, const struct sha256 *digest, struct errinfo *e)
{
	struct staging *x = ctx;
	struct bundle_member m;
	if (x->files++ < x->resume.files)
		return OK;
	enum err err = bundle_next(x->r, path, &m, NULL, e);
	uint64_t bytes = err ? 0 : m.bytes;
	if (!err && bytes > x->s->head.bytes - x->passed)    /* before a disk is filled with it */
		err = bundle_blame(x->r, ERR(e, CORRUPT, "%.*s has %llu bytes, and " BUNDLE_HEAD " tells of %llu in"
		                             " all files", STR_ARG(path), (unsigned long long)bytes,
		                             (unsigned long long)x->s->head.bytes), e);
	if (!err)
		err = take_data(x, path, digest, e);
	if (err)
		return err;
	x->passed += bytes;
	resume_note(&x->resume, bundle_reader_bytes(x->r), x->passed);
	if (x->o->progress)
		x->o->progress(x->o->ctx, 1, bytes);
	return OK;
}

static enum err read_files(struct staging *x, struct errinfo *e)
{
	struct bundle_member m;
	bool end = false;
	if (x->o->total)
		x->o->total(x->o->ctx, x->s->head.files, x->s->head.bytes);
	enum err err = x->here ? OK : resume_begin(x->s, x->r, &x->resume, e);
	x->passed = x->resume.bytes;
	if (!err && x->resume.files && x->o->progress)
		x->o->progress(x->o->ctx, x->resume.files, x->resume.bytes);
	if (!err)
		err = staged_members(x->s, take_member, x, e);
	if (!err)
		err = bundle_next(x->r, (struct str){ 0 }, &m, &end, e);
	if (!err && !end)
		return ERR(e, CORRUPT, "%.*s is in it, and not in " BUNDLE_MANIFEST, STR_ARG(m.path));
	if (!err && x->passed != x->s->head.bytes)
		return ERR(e, CORRUPT, "its files have %llu bytes, and " BUNDLE_HEAD " says %llu",
		           (unsigned long long)x->passed, (unsigned long long)x->s->head.bytes);
	return err;
}

/* The kernel tells a lost write once: with files that are only found, the next sync would promise nothing. */
static enum err make_durable(struct bundle_staged *s, struct errinfo *e)
{
	if (s->dry_run)
		return OK;
	enum err err = fs_sync_filesystem(s->dir, e);
	if (err)
		(void)!incoming_remove(s->data, &s->head.manifest, NULL);
	if (!err)
		err = staged_write(s, STAGED_COMPLETE, STR("1\n"), e);
	return err ? err : fs_sync(s->dir, e);
}

/* ---- the whole ---- */

static struct bundle_staged *staged_new(const struct bundle_stage *o)
{
	struct bundle_staged *s = calloc(1, sizeof *s);
	if (s) {
		s->data = o->data;
		s->catalog = o->catalog;
		s->dry_run = o->dry_run;
		s->force_older = o->force_older;
		s->dir = -1;
		s->manifest.fd = -1;
	}
	return s;
}

enum err bundle_stage(const struct bundle_stage *o, struct bundle_staged **ret, struct errinfo *e)
{
	struct staging x = {
		.o = o, .s = staged_new(o), .resume.marks = -1, .head = sbuf_make(BUNDLE_HEAD_MAX_BYTES),
		.signatures = sbuf_make(BUNDLE_SIGNATURES_MAX_BYTES),
	};
	enum err err = x.s ? bundle_reader_open(o->dir, o->name, o->fd, &x.r, e) : ERR(e, NOMEM, "bundle");
	if (!err)
		err = read_head(&x, e);
	if (!err && !x.here)
		err = open_folder(&x, e);
	if (!err)
		err = read_files(&x, e);
	if (!err && x.here)
		err = ERR(e, EXISTS, "trip %llu is here already", (unsigned long long)x.s->head.own.event);
	if (!err)
		err = staged_check(x.s, e);
	if (!err)
		err = make_durable(x.s, e);
	if (err == ERR_DISK_FULL && x.s->head.bytes && x.s->head.bytes >= x.passed)
		staged_is_full(x.s, x.s->head.bytes - x.passed + MIB, "for what is still to be read", e);
	resume_end(&x.resume);
	bundle_reader_close(x.r);
	sbuf_done(&x.head);
	sbuf_done(&x.signatures);
	if (err) {
		bundle_staged_free(x.s);
		return err;
	}
	*ret = x.s;
	return OK;
}

/* ---- what is there already ---- */

static enum err read_staged(struct bundle_staged *s, const char *name, size_t limit, struct str *ret,
                            struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t n = 0;
	enum err err = fs_read(s->dir, name, limit, &text, &n, e);
	return err ? err : arena_str(&s->arena, str_make(text, n), ret) ? OK : ERR(e, NOMEM, "bundle");
}

static enum err reopen(struct bundle_staged *s, const struct bundle_stage *o, const struct sha256 *manifest,
                       struct errinfo *e)
{
	struct str head = { 0 }, signatures = { 0 }, mark;
	struct sha256 digest;
	enum err err = incoming_open(o->data, manifest, false, &s->dir, e);
	if (!err)
		err = read_staged(s, STAGED_COMPLETE, KIB, &mark, e);
	if (!err)
		err = read_staged(s, BUNDLE_HEAD, BUNDLE_HEAD_MAX_BYTES, &head, e);
	if (!err)
		err = read_staged(s, BUNDLE_SIGNATURES, BUNDLE_SIGNATURES_MAX_BYTES, &signatures, e);
	if (!err)
		err = fs_open_regular(s->dir, BUNDLE_MANIFEST, &s->manifest.fd, NULL, e);
	if (!err)
		err = digest_of(s->manifest.fd, &digest, e);
	if (!err)
		err = staged_head(s, o, head, signatures, e);
	if (!err && (!sha256_eq(&digest, manifest) || !sha256_eq(&digest, &s->head.manifest)))
		err = ERR(e, CORRUPT, "what is staged is another bundle");
	if (!err)
		err = staged_fits(s, o->force_older, e);
	if (!err)
		err = staged_manifest(s, e);
	return err ? err : staged_check(s, e);
}

enum err bundle_staged_open(const struct bundle_stage *o, const struct sha256 *manifest,
                            struct bundle_staged **ret, struct errinfo *e)
{
	struct bundle_staged *s = staged_new(o);
	enum err err = s ? reopen(s, o, manifest, e) : ERR(e, NOMEM, "bundle");
	if (err) {
		bundle_staged_free(s);
		return err;
	}
	*ret = s;
	return OK;
}

void bundle_staged_free(struct bundle_staged *s)
{
	if (!s)
		return;
	if (s->dry_run && s->made)
		(void)!incoming_remove(s->data, &s->head.manifest, NULL);
	if (s->manifest.fd >= 0)
		fs_tmp_close(&s->manifest);
	if (s->dir >= 0)
		(void)close(s->dir);
	free(s->members);
	arena_done(&s->arena);
	free(s);
}

enum err bundle_unstage(struct datadir *d, const struct sha256 *manifest, struct errinfo *e)
{
	return incoming_remove(d, manifest, e);
}

const struct bundle_head *bundle_staged_head(const struct bundle_staged *s) { return &s->head; }

const struct bundle_key *bundle_staged_signers(const struct bundle_staged *s, size_t *ret_count)
{
	*ret_count = s->signer_count;
	return s->signers;
}
