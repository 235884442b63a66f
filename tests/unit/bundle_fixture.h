/* A small bundle for tests: how one is written, and read as an import reads it, which compares each member
 * with the manifest.                                                                          */
#pragma once

#include "folder.h"

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/members.h"

#define NAME "stable-0-57.tar"
#define BUNDLE_TEST_MAX_BYTES (16u * MIB)
#define MTIME INT64_C(1772701964)

struct fixture {
	char root[FOLDER_BYTES];
	int dir;
	struct errinfo e;
};

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	make_folder(f->root);
	f->dir = open(f->root, O_RDONLY | O_DIRECTORY);
	assert_true(f->dir >= 0);
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;
	(void)close(f->dir);
	remove_tree(f->root);
	free(f);
	return 0;
}

/* ---- what is in it ---- */

/* One name that fits, one for the prefix of ustar, one for a pax header; sizes around a block. */
#define LONG_FILE "a-chart-with-a-name-that-is-longer-than-a-tar-header-has-room-for-in-the-field-that-" \
	"it-has-for-names-1.0.0.tgz"
static const struct content { const char *path; size_t bytes; } contents[] = {
	{ "versions.jsonl", 700 }, { "images.txt", 0 }, { "index.yaml", 512 },
	{ "charts/a-1.0.0.tgz", 511 }, { "charts/a-1.0.0.tgz.prov", 513 },
	{ "deps/a-repository-of-a-group~and-its-name-that-is-long-as-well/charts/a-chart-of-it-1.0.0.tgz", 1 },
	{ "charts/" LONG_FILE, 1000 },
};
#define CONTENTS ROWS(contents)

static inline void content_bytes(const struct content *c, char ret[1024])
{
	for (size_t i = 0; i < c->bytes; i++)
		ret[i] = (char)(c->path[i % strlen(c->path)] + (char)(i / 7));
}

static inline void put_manifest(struct sbuf *b)
{
	char bytes[1024], hex[SHA256_HEX_BYTES + 1];
	struct sha256 digest;
	for (size_t i = 0; i < CONTENTS; i++) {
		content_bytes(&contents[i], bytes);
		assert_int_equal(sha256_of(str_make(bytes, contents[i].bytes), &digest, NULL), OK);
		sha256_hex(&digest, hex);
		sbuf_printf(b, "%s  %s\n", hex, contents[i].path);
	}
	assert_true(sbuf_ok(b));
}

/* ---- writing it ---- */

/* Every second member comes from a file. */
static inline enum err write_member(struct fixture *f, struct bundle_writer *w,
                                    const struct content *c, bool from_file)
{
	char bytes[1024];
	struct sha256 digest;
	content_bytes(c, bytes);
	struct str data = str_make(bytes, c->bytes);
	if (!from_file)
		return bundle_put(w, str_c(c->path), data, &f->e);
	AUTO_FD int fd = openat(f->dir, "member", O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(fs_write(fd, data, NULL), OK);
	assert_int_equal(sha256_of(data, &digest, NULL), OK);
	enum err err = bundle_put_file(w, str_c(c->path), fd, c->bytes, &digest, &f->e);
	assert_int_equal(unlinkat(f->dir, "member", 0), 0);
	return err;
}

static inline enum err write_to(struct fixture *f, const struct bundle_target *t)
{
	AUTO_SBUF struct sbuf manifest = sbuf_make(64 * KIB);
	struct bundle_writer *w = NULL;
	put_manifest(&manifest);
	enum err err = bundle_writer_new(t, &w, &f->e);
	if (!err)
		err = bundle_put(w, STR("MANIFEST"), sbuf_str(&manifest), &f->e);
	for (size_t i = 0; i < CONTENTS && !err; i++)
		err = write_member(f, w, &contents[i], i % 2 == 1);
	if (!err)
		return bundle_writer_end(w, &f->e);
	bundle_writer_free(w);
	return err;
}

static inline void write_bundle(struct fixture *f, uint64_t part_bytes)
{
	const struct bundle_target t = { .dir = f->dir, .fd = -1, .name = NAME, .part_bytes = part_bytes,
	                                 .mtime_seconds = MTIME };
	assert_ok(f, write_to(f, &t));
}

/* ---- reading it ---- */

/* "… sha256  path": what an import does with a digest that is another. */
static inline enum err read_member(struct fixture *f, struct bundle_reader *r, struct str line)
{
	struct bundle_member m;
	struct sha256 said, got;
	bool end;
	struct str hex = str_cut(&line, ' ', NULL), path = str_from(line, 1);
	enum err err = bundle_next(r, path, &m, &end, &f->e);
	if (!err)
		err = bundle_read_into(r, -1, &got, &f->e);
	if (err)
		return err;
	assert_false(end);
	assert_true(sha256_parse(hex, &said));
	if (sha256_eq(&said, &got))
		return OK;
	err = ERR(&f->e, CORRUPT, "%.*s: its digest is another", STR_ARG(m.path));
	return bundle_blame(r, err, &f->e);
}

static inline enum err read_all(struct fixture *f, struct bundle_reader *r, struct str wanted)
{
	AUTO_SBUF struct sbuf manifest = sbuf_make(64 * KIB);
	struct bundle_member m;
	bool end = false;
	enum err err = bundle_next(r, STR("MANIFEST"), &m, &end, &f->e);
	if (!err)
		err = bundle_read(r, 64 * KIB, &manifest, &f->e);
	if (!err && !str_eq(sbuf_str(&manifest), wanted))
		err = bundle_blame(r, ERR(&f->e, CORRUPT, "MANIFEST: its digest is another"), &f->e);
	struct str rest = wanted;
	while (rest.n && !err)
		err = read_member(f, r, str_cut(&rest, '\n', NULL));
	if (err)
		return err;
	err = bundle_next(r, STR(""), &m, &end, &f->e);
	if (!err && !end)
		err = ERR(&f->e, CORRUPT, "%.*s: it is not in the manifest", STR_ARG(m.path));
	return err;
}

static inline enum err read_from(struct fixture *f, int dir, const char *name, int fd)
{
	AUTO_SBUF struct sbuf wanted = sbuf_make(64 * KIB);
	struct bundle_reader *r = NULL;
	put_manifest(&wanted);
	enum err err = bundle_reader_open(dir, name, fd, &r, &f->e);
	if (!err)
		err = read_all(f, r, sbuf_str(&wanted));
	if (!err)
		assert_int_equal(bundle_reader_mtime(r), MTIME);
	bundle_reader_close(r);
	return err;
}

static inline enum err read_bundle(struct fixture *f) { return read_from(f, f->dir, NAME, -1); }

/* ---- the bytes ---- */

static inline void read_bytes(const struct fixture *f, const char *name, struct sbuf *b)
{
	char *data = NULL;
	size_t n = 0;
	assert_int_equal(fs_read(f->dir, name, BUNDLE_TEST_MAX_BYTES, &data, &n, NULL), OK);
	sbuf_reset(b);
	sbuf_put(b, str_make(data, n));
	free(data);
	assert_true(sbuf_ok(b));
}

static inline void write_bytes(const struct fixture *f, const char *name, struct str data)
{
	AUTO_FD int fd = openat(f->dir, name, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fs_pwrite(fd, data, 0, NULL), OK);
	assert_int_equal(ftruncate(fd, (off_t)data.n), 0);
}

/* In place: files that are emptied first wait for the disk when they are closed. */
static inline void flip(int fd, struct str data, size_t at, unsigned bits)
{
	char c = (char)(data.p[at] ^ (char)bits);
	assert_int_equal(pwrite(fd, &c, 1, (off_t)at), 1);
}

static inline bool is_there(const struct fixture *f, const char *name)
{
	return faccessat(f->dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
