/* A data directory of its own for each test of ingest, and what is published there: A and B are two
 * archives of one version, T is another chart that makes the same file name, U one that has
 * nothing to do with them. P and Q are provenance files of A, R of B, S of T.                */
#pragma once

#include <errno.h>

#include "folder.h"
#include "indexer/base/auto.h"
#include "indexer/ingest/fsck.h"
#include "indexer/ingest/ingest_impl.h"
#include "tests/lib/archive.h"
#include "tests/lib/rope_check.h"

#define FILE_NAME "a-1.0.0-1.0.0.tgz"
#define STORY_BYTES 400

struct material { char letter; char *p; struct str bytes; struct sha256 digest; };
enum { MATERIAL_COUNT = 8 };

struct fixture {
	char root[FOLDER_BYTES], data[300];
	struct ingest_options o;
	struct ingest *g;
	struct errinfo e;
	struct material material[MATERIAL_COUNT];
	struct change_result last;       /* of the last step; its texts are gone */
};

/* ---- what is published ---- */

/* A small chart; `level` makes other bytes of the same content. */
static inline struct str make_chart(const char *name, const char *version, int level)
{
	AUTO_SBUF struct sbuf tar = sbuf_make(MIB);
	struct sbuf tgz = sbuf_make(MIB);
	archive_good_tar(&tar, name, version);
	archive_gzip(&tgz, sbuf_str(&tar), &(struct raw_gzip){ .plain = level > 6, .level = level });
	assert_true(sbuf_ok(&tgz));
	size_t n = tgz.n;
	return str_make(sbuf_take(&tgz), n);
}

static inline struct str make_prov(const char *name, const char *version,
                                   const struct sha256 *digest, const char *note)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct sbuf b = sbuf_make(MIB);
	sha256_hex(digest, hex);
	sbuf_printf(&b, "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
	            "name: %s\nversion: %s\n\n...\nfiles:\n  %s-%s.tgz: sha256:%s\n"
	            "-----BEGIN PGP SIGNATURE-----\n\n%s\n-----END PGP SIGNATURE-----\n",
	            name, version, name, version, hex, note);
	assert_true(sbuf_ok(&b));
	size_t n = b.n;
	return str_make(sbuf_take(&b), n);
}

static inline const struct material *material(const struct fixture *f, char letter)
{
	for (size_t i = 0; i < MATERIAL_COUNT; i++)
		if (f->material[i].letter == letter)
			return &f->material[i];
	fail_msg("there is no %c", letter);
	return NULL;
}

static inline void add_material(struct fixture *f, char letter, struct str bytes)
{
	struct material *m = f->material;
	while (m->letter)
		m++;
	*m = (struct material){ .letter = letter, .p = (void *)(uintptr_t)bytes.p, .bytes = bytes };
	assert_int_equal(sha256_of(bytes, &m->digest, NULL), OK);
}

static inline void make_materials(struct fixture *f)
{
	static const char *const charts[][3] = {
		{ "a", "1.0.0-1.0.0", "A" }, { "a", "1.0.0-1.0.0", "B" }, { "a-1.0.0", "1.0.0", "T" },
		{ "u", "1.0.0", "U" },
	};
	static const char *const provs[] = { "PA", "QA", "RB", "ST" };
	for (size_t i = 0; i < 4; i++)
		add_material(f, charts[i][2][0], make_chart(charts[i][0], charts[i][1], i == 1 ? 9 : 6));
	for (size_t i = 0; i < 4; i++) {
		const char *const *chart = charts[provs[i][1] == 'T' ? 2 : 0];
		char note[2] = { provs[i][0], '\0' };
		const struct sha256 *digest = &material(f, provs[i][1])->digest;
		add_material(f, provs[i][0], make_prov(chart[0], chart[1], digest, note));
	}
}

/* ---- set up, tear down ---- */

static inline struct fixture *fixture_new(void)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	make_folder(f->root);
	(void)snprintf(f->data, sizeof f->data, "%s/data", f->root);
	f->o = (struct ingest_options){ .path = f->data, .default_repo = "main", .create = true,
	                                .workers = 1 };
	make_materials(f);
	return f;
}

static inline void shut(struct fixture *f)
{
	ingest_close(f->g);
	f->g = NULL;
}

static inline void fixture_free(struct fixture *f)
{
	shut(f);
	remove_tree(f->root);
	for (size_t i = 0; i < MATERIAL_COUNT; i++)
		free(f->material[i].p);
	free(f);
}

static inline int set_up(void **state)
{
	*state = fixture_new();
	return 0;
}

static inline int tear_down(void **state)
{
	fixture_free(*state);
	return 0;
}

static inline void open_ingest(struct fixture *f)
{
	assert_ok(f, ingest_open(&f->o, &f->g, &f->e));
}

static inline void reopen(struct fixture *f)
{
	shut(f);
	open_ingest(f);
}

/* The next start finds a data directory that was not closed. */
static inline void shut_uncleanly(struct fixture *f)
{
	atomic_store(&f->g->stopped, true);      /* then no clean end is marked */
	shut(f);
}

/* ---- files ---- */

static inline const char *chart_path(const struct fixture *f, bool prov, char ret[PATH_BYTES])
{
	(void)snprintf(ret, PATH_BYTES, "%s/repos/main/charts/" FILE_NAME "%s", f->data,
	               prov ? ".prov" : "");
	return ret;
}

static inline const char *step_path(const struct fixture *f, const struct sha256 *digest,
                                    char ret[PATH_BYTES])
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(digest, hex);
	(void)snprintf(ret, PATH_BYTES, "%s/repos/main/charts/.%s.new", f->data, hex);
	return ret;
}

static inline void write_at(const char *path, struct str bytes)
{
	(void)unlink(path);
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(fs_write(fd, bytes, NULL), OK);
}

/* The letter of the bytes that a file has; '?' other bytes, '/' no file, '-' nothing. */
static inline char letter_at(const struct fixture *f, const char *path)
{
	AUTO_FREE char *data = NULL;
	size_t n = 0;
	enum err err = fs_read(AT_FDCWD, path, MIB, &data, &n, NULL);
	if (err)
		return err == ERR_NOT_FOUND ? '-' : '/';
	for (size_t i = 0; i < MATERIAL_COUNT; i++)
		if (str_eq(f->material[i].bytes, str_make(data, n)))
			return f->material[i].letter;
	return '?';
}

static enum err fixture_count(void *ctx, const char *name, struct errinfo *e)
{
	(void)name, (void)e;
	++*(unsigned *)ctx;
	return OK;
}

static enum err fixture_count_put_away(void *ctx, const char *name, struct errinfo *e)
{
	(void)e;
	*(unsigned *)ctx += strncmp(name, "deleted~", 8) != 0;
	return OK;
}

static inline unsigned entries_of(const struct fixture *f, const char *folder)
{
	char path[PATH_BYTES];
	unsigned n = 0;
	AUTO_FD int fd = open(path_below(f->data, folder, path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(datadir_each_file(fd, fixture_count, &n, NULL), OK);
	return n;
}

/* What is in quarantine/, without what deletions keep there. */
static inline unsigned put_away_of(const struct fixture *f)
{
	char path[PATH_BYTES];
	unsigned n = 0;
	AUTO_FD int fd = open(path_below(f->data, "quarantine", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(datadir_each_file(fd, fixture_count_put_away, &n, NULL), OK);
	return n;
}
