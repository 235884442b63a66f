/* A data directory of its own for each test of the store, and what breaks files in it. */
#pragma once

#include "folder.h"
#include "indexer/base/auto.h"
#include "indexer/store/catalog.h"

struct fixture {
	char root[FOLDER_BYTES];     /* a temporary directory */
	char data[300];              /* root/data, not there yet */
	struct datadir *d;
	struct catalog *c;
	struct errinfo e;
};

static const struct datadir_options for_writing = { .create = true, .write = true };
static const struct datadir_options for_reading = { .create = false };

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_non_null(f);
	make_folder(f->root);
	(void)snprintf(f->data, sizeof f->data, "%s/data", f->root);
	*state = f;
	return 0;
}

static inline void shut(struct fixture *f)
{
	catalog_close(f->c);
	datadir_close(f->d);
	f->c = NULL;
	f->d = NULL;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;
	shut(f);
	remove_tree(f->root);
	free(f);
	return 0;
}

static inline void open_data(struct fixture *f)
{
	assert_ok(f, datadir_open(f->data, &for_writing, &f->d, &f->e));
}

static inline void open_all(struct fixture *f)
{
	open_data(f);
	assert_ok(f, catalog_open_writer(f->d, &f->c, &f->e));
}

static inline void write_file(const struct fixture *f, const char *name, struct str data)
{
	char path[PATH_BYTES];
	(void)path_below(f->data, name, path);
	AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fs_write(fd, data, NULL), OK);
}

static inline void auto_str(struct str *s) { free((char *)(uintptr_t)s->p); }
#define AUTO_STR __attribute__((cleanup(auto_str)))

/* AUTO_STR struct str content = read_whole(…); */
static inline struct str read_whole(const struct fixture *f, const char *name)
{
	char path[PATH_BYTES], *data = NULL;
	size_t n = 0;
	(void)path_below(f->data, name, path);
	assert_int_equal(fs_read(AT_FDCWD, path, 1u << 30, &data, &n, NULL), OK);
	return str_make(data, n);
}

static inline bool exists(const struct fixture *f, const char *name)
{
	char path[PATH_BYTES];
	return faccessat(AT_FDCWD, path_below(f->data, name, path), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The event and the row of one publish, without a file. */
static inline struct event publish_event(struct str chart, struct str version)
{
	return (struct event){
		.at_ns = INT64_C(1700000000123456789), .actor = STR("u1"), .repo = STR("main"),
		.kind = STR("publish"), .chart = chart, .version = version,
		.digest = STR("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
		.detail = STR("{\"bytes\":7}"),
	};
}

static inline struct version_row publish_row(int64_t repo, struct str chart, struct str version,
                                             struct str file)
{
	return (struct version_row){ .repo_id = repo, .chart = chart, .version = version, .file = file,
	                             .digest = { { 1, 2, 3 } }, .bytes = 7, .created_ns = 5, .event = 1,
	                             .line = STR("{\"name\":\"x\"}") };
}

/* One publish in an open transaction. */
static inline enum err publish(struct fixture *f, const char *version)
{
	int64_t repo;
	char file[64];
	int n = snprintf(file, sizeof file, "redis-%s.tgz", version);
	struct event ev = publish_event(STR("redis"), str_c(version));
	struct version_row row = publish_row(0, ev.chart, ev.version, str_make(file, (size_t)n));
	enum err err = catalog_repo_put(f->c, STR("main"), 9, &repo, &f->e);
	if (!err)
		err = catalog_event_append(f->c, &ev, &f->e);
	row.repo_id = repo;
	row.event = ev.seq;
	return err ? err : catalog_version_put(f->c, &row, &f->e);
}

/* The same in a transaction of its own. */
static inline enum err publish_alone(struct fixture *f, const char *version)
{
	enum err err = catalog_begin(f->c, &f->e);
	if (err)
		return err;
	err = publish(f, version);
	if (!err)
		return catalog_commit(f->c, &f->e);
	catalog_rollback(f->c);
	return err;
}

static enum err fixture_count(void *ctx, const struct version_row *row, struct errinfo *e)
{
	(void)row, (void)e;
	++*(uint64_t *)ctx;
	return OK;
}

/* The catalog holds together; returns how many events, and as many versions of "main". */
static inline uint64_t sound_size(struct fixture *f)
{
	uint64_t events = 0, versions = 0;
	struct sha256 root;
	AUTO_ARENA struct arena a = { 0 };
	struct repo_row *repos = NULL;
	size_t count = 0;
	assert_ok(f, catalog_check(f->c, &f->e));
	assert_ok(f, catalog_log_verify(f->c, &events, &root, &f->e));
	assert_ok(f, catalog_repos(f->c, &a, &repos, &count, &f->e));
	if (count)
		assert_ok(f, catalog_versions_each(f->c, repos[0].id, fixture_count, &versions, &f->e));
	assert_int_equal(versions, events);
	return events;
}
