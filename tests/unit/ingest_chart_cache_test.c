/* The cache of charts. Its source is included, so that a test can stand between two steps of it. */
#define drop drop_entry              /* the fixture has a drop as well */
#include "indexer/ingest/chart_cache.c"
#undef drop

#include <sys/syscall.h>

#include "ingest_fixture.h"

/* Closing twice may close what another thread has opened meanwhile. */
static atomic_uint closed_twice;

int close(int fd)
{
	int rc = (int)syscall(SYS_close, fd);
	if (rc != 0 && errno == EBADF)
		atomic_fetch_add(&closed_twice, 1);
	return rc;
}

#define LARGE_BYTES (CACHED_CHART_MAX_BYTES + 5000u)

static const struct str repo = STR("main"), file = STR(FILE_NAME);

static struct chart_cache *open_cache(struct fixture *f, size_t max_bytes)
{
	struct chart_cache *k;
	assert_int_equal(chart_cache_new(max_bytes, &k, &f->e), OK);
	return k;
}

static struct cached_file *load(struct fixture *f, struct chart_cache *k, struct str name)
{
	struct cached_file *c = NULL;
	assert_ok(f, chart_cache_load(k, f->g, repo, name, &c, &f->e));
	assert_non_null(c);
	return c;
}

static bool has(struct chart_cache *k, struct str name)
{
	struct cached_file *c = chart_cache_get(k, repo, name);
	cached_file_unref(c);
	return c != NULL;
}

static void check_stats(struct chart_cache *k, uint64_t hits, uint64_t misses, uint64_t files,
                        uint64_t bytes)
{
	struct chart_cache_stats s;
	chart_cache_stats(k, &s);
	assert_int_equal(s.hits, hits);
	assert_int_equal(s.misses, misses);
	assert_int_equal(s.files, files);
	assert_int_equal(s.bytes, bytes);
}

/* A chart of about `bytes` bytes that do not compress, published; returns its size. */
static size_t publish_noise(struct fixture *f, const char *name, size_t bytes, bool bulk)
{
	char member[80];
	uint64_t seed = bytes + strlen(name) + (unsigned char)name[strlen(name) - 1];
	AUTO_SBUF struct sbuf tar = sbuf_make(MIB), tgz = sbuf_make(MIB);
	AUTO_SBUF struct sbuf noise = sbuf_make(MIB), yaml = sbuf_make(KIB);
	while (noise.n < bytes) {
		const uint64_t more = test_random(&seed);
		sbuf_put(&noise, str_make((const char *)&more, sizeof more));
	}
	sbuf_printf(&yaml, "apiVersion: v2\nname: %s\nversion: 1.0.0\n", name);
	(void)snprintf(member, sizeof member, "%s/Chart.yaml", name);
	archive_put(&tar, &(struct raw_member){ .name = member, .data = yaml.p });
	(void)snprintf(member, sizeof member, "%s/noise", name);
	archive_put(&tar,
	            &(struct raw_member){ .name = member, .data = noise.p, .data_bytes = noise.n });
	archive_end(&tar);
	archive_gzip(&tgz, sbuf_str(&tar), &(struct raw_gzip){ .level = 1 });
	struct change c;
	change_init(&c, CHANGE_PUBLISH);
	c.repo = repo;
	c.bulk = bulk;
	c.tgz = tmp_of(f, sbuf_str(&tgz));
	assert_ok(f, apply_change(f, &c));
	return tgz.n;
}

static void t_hit_and_miss(void **state)
{
	struct fixture *f = *state;
	struct chart_cache *k = open_cache(f, MIB);
	char etag[SHA256_HEX_BYTES + 3], hex[SHA256_HEX_BYTES + 1];
	const struct str prov = STR(FILE_NAME ".prov");
	open_ingest(f);
	do_steps(f, "publish A+P");
	size_t a = material(f, 'A')->bytes.n, p = material(f, 'P')->bytes.n;
	assert_null(chart_cache_get(k, repo, file));
	struct cached_file *loaded = load(f, k, file);
	check_stats(k, 0, 1, 1, a);
	struct cached_file *got = chart_cache_get(k, repo, file);
	assert_ptr_equal(got, loaded);
	assert_int_equal(got->fd, -1);
	assert_true(str_eq(str_make(got->bytes, got->size), material(f, 'A')->bytes));
	sha256_hex(&material(f, 'A')->digest, hex);
	(void)snprintf(etag, sizeof etag, "\"%s\"", hex);
	assert_string_equal(got->etag, etag);
	assert_false(has(k, prov));
	assert_null(chart_cache_get(k, STR("other"), file));
	check_stats(k, 1, 3, 1, a);
	cached_file_unref(load(f, k, prov));
	assert_true(has(k, prov));
	check_stats(k, 2, 3, 2, a + p);
	cached_file_unref(loaded);
	cached_file_unref(got);
	/* Loading again gives what is verified now, and does not count twice. */
	cached_file_unref(load(f, k, file));
	check_stats(k, 2, 3, 2, a + p);
	chart_cache_free(k);
	chart_cache_free(NULL);
	cached_file_unref(NULL);
}

static void t_oldest_goes_first(void **state)
{
	static const char *const names[] = { "k", "l", "m" };
	struct fixture *f = *state;
	size_t bytes[3];
	struct str files[3];
	AUTO_ARENA struct arena a = { 0 };
	open_ingest(f);
	for (int i = 0; i < 3; i++) {
		bytes[i] = publish_noise(f, names[i], 2000, false);
		files[i] = str_c(arena_printf(&a, "%s-1.0.0.tgz", names[i]));
	}
	struct chart_cache *k = open_cache(f, bytes[0] + bytes[1] + bytes[2] - 1);
	struct cached_file *x = load(f, k, files[0]);
	cached_file_unref(load(f, k, files[1]));
	assert_true(has(k, files[0]));               /* used later than l */
	cached_file_unref(load(f, k, files[2]));
	assert_true(has(k, files[0]));
	assert_false(has(k, files[1]));
	assert_true(has(k, files[2]));
	check_stats(k, 3, 1, 2, bytes[0] + bytes[2]);
	cached_file_unref(load(f, k, files[1]));     /* now k is the oldest */
	assert_false(has(k, files[0]));
	assert_int_equal(x->size, bytes[0]);         /* who holds it still has it */
	cached_file_unref(x);
	chart_cache_free(k);
	/* One that is larger than the whole cache is answered, and not kept. */
	k = open_cache(f, bytes[0] - 1);
	cached_file_unref(load(f, k, files[0]));
	check_stats(k, 0, 0, 0, 0);
	chart_cache_free(k);
}

static void t_large_files_are_open(void **state)
{
	struct fixture *f = *state;
	char path[PATH_BYTES];
	const struct str large = STR("large-1.0.0.tgz");
	struct chart_cache *k = open_cache(f, MIB);
	open_ingest(f);
	size_t n = publish_noise(f, "large", LARGE_BYTES, false);
	struct cached_file *c = load(f, k, large);
	assert_true(c->fd >= 0 && !c->bytes);
	assert_int_equal(c->size, n);
	assert_int_equal(c->st.st_size, n);
	assert_true(has(k, large));
	check_stats(k, 1, 0, 1, 0);
	cached_file_unref(c);
	/* Touched: looked at again, and as the bytes are right, kept. */
	(void)path_below(f->data, "repos/main/charts/large-1.0.0.tgz", path);
	assert_int_equal(utimensat(AT_FDCWD, path, (const struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0),
	                 0);
	assert_false(has(k, large));
	cached_file_unref(load(f, k, large));
	assert_true(has(k, large));
	/* Changed. */
	AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0 && pwrite(fd, "!", 1, 999) == 1);
	assert_false(has(k, large));
	assert_err(f, DAMAGED, chart_cache_load(k, f->g, repo, large, &c, &f->e));
	assert_int_equal(ftruncate(fd, 999), 0);
	assert_err(f, DAMAGED, chart_cache_load(k, f->g, repo, large, &c, &f->e));
	chart_cache_free(k);
}

static void t_open_files_are_limited(void **state)
{
	struct fixture *f = *state;
	struct chart_cache *k = open_cache(f, MIB);
	open_ingest(f);
	for (unsigned i = 0; i < OPEN_FILES_MAX + 2; i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "n%u", i);
		(void)publish_noise(f, name, LARGE_BYTES, true);
		(void)snprintf(name, sizeof name, "n%u-1.0.0.tgz", i);
		cached_file_unref(load(f, k, str_c(name)));
	}
	check_stats(k, 0, 0, OPEN_FILES_MAX, 0);
	assert_int_equal(k->open_files, OPEN_FILES_MAX);
	assert_false(has(k, STR("n1-1.0.0.tgz")));
	assert_true(has(k, STR("n2-1.0.0.tgz")));
	chart_cache_free(k);
}

/* ---- what changes meanwhile ---- */

static void forget(void *cache, struct str in, struct str name)
{
	chart_cache_forget(cache, in, name);
}

static void t_changed_file_is_forgotten(void **state)
{
	static const struct { const char *step; bool chart, prov; } rows[] = {
		{ "publish U", true, true },        { "try-force B", true, true },
		{ "publish A+P", true, true },
		{ "force-prov Q", true, false },    { "force B", false, false },
		{ "delete", false, false },
	};
	struct fixture *f = *state;
	const struct str prov = STR(FILE_NAME ".prov");
	struct chart_cache *k = open_cache(f, MIB);
	f->o.overwrite = true;
	f->o.file_changed = forget;
	f->o.file_changed_ctx = k;
	open_ingest(f);
	for (size_t i = 0; i < ROWS(rows); i++) {
		do_steps(f, i < 4 ? "publish A+P" : "publish A");
		cached_file_unref(load(f, k, file));
		if (i < 4)
			cached_file_unref(load(f, k, prov));
		do_steps(f, rows[i].step);
		assert_int_equal(has(k, file), rows[i].chart);
		assert_int_equal(has(k, prov), rows[i].prov);
		if (i == 4)
			do_steps(f, "force A");
	}
	shut(f);
	chart_cache_free(k);
}

/* A file is loaded, and forgotten before it is kept: what was read may be the old one. */
static void t_forgotten_while_loaded(void **state)
{
	struct fixture *f = *state;
	struct chart_cache *k = open_cache(f, MIB);
	char buffer[KEY_MAX_BYTES];
	for (int forgotten = 0; forgotten < 2; forgotten++) {
		struct cached_file *c = new_file(make_key(buffer, repo, file));
		assert_non_null(c);
		uint64_t changes = k->changes;
		if (forgotten)
			chart_cache_forget(k, repo, file);
		keep(k, c, changes);
		assert_int_equal(has(k, file), !forgotten);
		cached_file_unref(c);
		chart_cache_forget(k, repo, file);
		assert_false(has(k, file));
	}
	/* Two load the same: the first one is kept. */
	struct cached_file *first = new_file(make_key(buffer, repo, file));
	struct cached_file *second = new_file(make_key(buffer, repo, file));
	keep(k, first, k->changes);
	keep(k, second, k->changes);
	struct cached_file *got = chart_cache_get(k, repo, file);
	assert_ptr_equal(got, first);
	cached_file_unref(got);
	cached_file_unref(first);
	cached_file_unref(second);
	chart_cache_free(k);
}

struct reader_thread { struct fixture *f; struct chart_cache *k; atomic_bool stop; atomic_uint loads; };

static void *read_on(void *arg)
{
	struct reader_thread *t = arg;
	while (!atomic_load(&t->stop)) {
		struct cached_file *c = chart_cache_get(t->k, repo, file);
		if (!c && chart_cache_load(t->k, t->f->g, repo, file, &c, NULL))
			c = NULL;                /* between a commit and the rename that follows it */
		cached_file_unref(c);
		atomic_fetch_add(&t->loads, 1);
	}
	return NULL;
}

/* Once a replacement was answered, the old bytes never come out again. */
static void t_race_old_bytes_never_come_back(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[3];
	struct reader_thread t = { .f = f, .k = open_cache(f, MIB) };
	f->o.overwrite = true;
	f->o.file_changed = forget;
	f->o.file_changed_ctx = t.k;
	open_ingest(f);
	do_steps(f, "publish A");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_on, &t), 0);
	for (unsigned i = 0; i < 200; i++) {
		char is = i % 2 ? 'A' : 'B';
		do_steps(f, i % 2 ? "force A" : "force B");
		struct cached_file *c = chart_cache_get(t.k, repo, file);
		if (!c)
			c = load(f, t.k, file);
		assert_true(str_eq(str_make(c->bytes, c->size), material(f, is)->bytes));
		cached_file_unref(c);
	}
	atomic_store(&t.stop, true);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true(atomic_load(&t.loads) > 100);
	shut(f);
	chart_cache_free(t.k);
}

/* ---- what is not there ---- */

static void t_disk_04_refusals(void **state)
{
	static char long_name[KEY_MAX_BYTES + 20];
	static const struct { const char *steps, *repo, *file; enum err wanted; } rows[] = {
		{ "", "main", "b-1.0.0.tgz", ERR_NOT_FOUND },
		{ "", "main", "b-1.0.0.tgz.prov", ERR_NOT_FOUND },
		{ "", "main", FILE_NAME ".prov", ERR_NOT_FOUND },
		{ "", "other", FILE_NAME, ERR_REPO_NOT_FOUND },
		{ "", "main", "../a.tgz", ERR_NOT_FOUND },
		{ "", "main", "", ERR_NOT_FOUND },
		{ "", "main", long_name, ERR_NOT_FOUND },
		{ "", long_name, FILE_NAME, ERR_REPO_NOT_FOUND },
		{ "spoil", "main", FILE_NAME, ERR_DAMAGED },
		{ "put B", "main", FILE_NAME, ERR_DAMAGED },
		{ "rm", "main", FILE_NAME, ERR_DAMAGED },
		{ "mkdir", "main", FILE_NAME, ERR_DAMAGED },
	};
	struct fixture *f = *state;
	struct chart_cache *k = open_cache(f, MIB);
	struct chart_cache_stats s;
	memset(long_name, 'x', sizeof long_name - 1);
	memcpy(long_name + sizeof long_name - 5, ".tgz", 4);
	open_ingest(f);
	do_steps(f, "publish A");
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cached_file *c = NULL;
		struct str in = str_c(rows[i].repo), name = str_c(rows[i].file);
		do_steps(f, rows[i].steps);
		assert_null(chart_cache_get(k, in, name));
		assert_int_equal(chart_cache_load(k, f->g, in, name, &c, &f->e), rows[i].wanted);
		assert_null(c);
		assert_null(chart_cache_get(k, in, name));
		chart_cache_forget(k, in, name);
	}
	check_stats(k, 0, 2 * ROWS(rows), 0, 0);
	assert_int_equal(closed_twice, 0);
	chart_cache_stats(k, &s);
	assert_int_equal(s.damaged, 4);
	chart_cache_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(t_hit_and_miss),
		TEST(t_oldest_goes_first),
		TEST(t_large_files_are_open),
		TEST(t_open_files_are_limited),
		TEST(t_changed_file_is_forgotten),
		TEST(t_forgotten_while_loaded),
		TEST(t_race_old_bytes_never_come_back),
		TEST(t_disk_04_refusals),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
