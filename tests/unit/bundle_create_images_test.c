/* Making a bundle asks for the images of each version once that has no list, and tells how many there are; what
 * is there of it meanwhile.                                                                    */
#include "ingest_fixture.h"

#include <dlfcn.h>
#include <stdarg.h>

#include "indexer/bundle/create.h"
#include "indexer/bundle/keys.h"

static enum err note(void *ctx, const struct bundle_images_of *x, struct sbuf *lines, struct errinfo *e)
{
	(void)lines;
	(void)e;
	sbuf_printf(ctx, "%.*s %llu of %llu\n", STR_ARG(x->chart), (unsigned long long)x->done,
	            (unsigned long long)x->of);
	return OK;
}

static void file_of(const char *name, char file[PATH_BYTES])
{
	(void)snprintf(file, PATH_BYTES, "%s-1.0.0.tgz", name);
}

static void push_list(struct fixture *f, const char *name)
{
	struct change c;
	char file[PATH_BYTES];
	file_of(name, file);
	assert_true(fill_change(f, &c, "list", "a"));
	c.file = str_c(file);
	assert_ok(f, apply_change(f, &c));
}

static void publish(struct fixture *f, const char *name)
{
	struct change c;
	char file[PATH_BYTES];
	struct str tgz = make_chart(name, "1.0.0", 6);
	file_of(name, file);
	assert_true(fill_change(f, &c, "publish", "A"));
	fs_tmp_close(&c.tgz);
	c.tgz = tmp_of(f, tgz);
	c.file = str_c(file);
	assert_ok(f, apply_change(f, &c));
	free((void *)(uintptr_t)tgz.p);
}

static void each_is_counted(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf asked = sbuf_make(MIB);
	const struct bundle_create o = { .data = f->data, .repo = STR("main"), .images = note, .dry_run = true,
	                                 .dir = -1, .fd = -1, .ctx = &asked };
	struct bundle_created made;
	publish(f, "one");
	publish(f, "three");
	publish(f, "two");
	assert_ok(f, keys_generate(ingest_datadir(f->g), STR("outer"), 0, &f->e));
	assert_ok(f, bundle_create(&a, &o, &made, &f->e));
	assert_int_equal(made.head.versions, 3);
	sbuf_putc(&asked, '\0');
	assert_string_equal(asked.p, "one 0 of 3\nthree 1 of 3\ntwo 2 of 3\n");
}

struct meanwhile { struct fixture *f; struct sbuf asked; };

static enum err push_meanwhile(void *ctx, const struct bundle_images_of *x, struct sbuf *lines, struct errinfo *e)
{
	struct meanwhile *m = ctx;
	if (x->done == 0)
		push_list(m->f, "two");
	return note(&m->asked, x, lines, e);
}

/* versions.jsonl tells of none, and neither does images.txt. */
static void a_list_that_comes_meanwhile(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	struct meanwhile m = { *state, sbuf_make(MIB) };
	const struct bundle_create o = { .data = m.f->data, .repo = STR("main"), .images = push_meanwhile,
	                                 .dry_run = true, .dir = -1, .fd = -1, .ctx = &m };
	struct bundle_created made;
	publish(m.f, "one");
	publish(m.f, "three");
	publish(m.f, "two");
	push_list(m.f, "three");
	assert_ok(m.f, keys_generate(ingest_datadir(m.f->g), STR("outer"), 0, &m.f->e));
	assert_ok(m.f, bundle_create(&a, &o, &made, &m.f->e));
	sbuf_putc(&m.asked, '\0');
	assert_string_equal(m.asked.p, "one 0 of 3\ntwo 2 of 3\n");
	sbuf_done(&m.asked);
}

/* ---- where files without names cannot be ---- */

static bool is_fat;

int openat(int dir, const char *name, int flags, ...)
{
	int (*real)(int, const char *, int, ...);
	va_list more;
	va_start(more, flags);
	mode_t mode = va_arg(more, mode_t);
	va_end(more);
	*(void **)&real = dlsym(RTLD_NEXT, "openat");
	if (!is_fat || (flags & O_TMPFILE) != O_TMPFILE)
		return real(dir, name, flags, mode);
	errno = EOPNOTSUPP;
	return -1;
}

struct medium { int dir; unsigned asked, files; };

static enum err count_file(void *ctx, const char *name, struct errinfo *e)
{
	struct medium *m = ctx;
	(void)name;
	(void)e;
	m->files++;
	return OK;
}

static enum err look_at_medium(void *ctx, const struct bundle_images_of *x, struct sbuf *lines, struct errinfo *e)
{
	struct medium *m = ctx;
	(void)x;
	(void)lines;
	m->asked++;
	return datadir_each_file(m->dir, count_file, m, e);
}

/* versions.jsonl, the log and the index are made by then, and nobody would remove them where this is killed. */
static void nothing_is_left_of_a_killed_one(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	char path[PATH_BYTES];
	struct medium m = { .dir = -1 };
	struct bundle_created made;
	publish(f, "one");
	assert_ok(f, keys_generate(ingest_datadir(f->g), STR("outer"), 0, &f->e));
	assert_int_equal(mkdir(path_below(f->data, "medium", path), 0700), 0);
	m.dir = open(path, O_RDONLY | O_DIRECTORY);
	const struct bundle_create o = { .data = f->data, .repo = STR("main"), .images = look_at_medium,
	                                 .dir = m.dir, .fd = -1, .ctx = &m };
	is_fat = true;
	enum err err = bundle_create(&a, &o, &made, &f->e);
	is_fat = false;
	assert_ok(f, err);
	assert_int_equal(m.asked, 1);
	assert_int_equal(m.files, 0);
	assert_ok(f, datadir_each_file(m.dir, count_file, &m, &f->e));
	assert_int_equal(m.files, 1);
	(void)close(m.dir);
}

static int begin(void **state)
{
	struct fixture *f = fixture_new();
	*state = f;
	return ingest_open(&f->o, &f->g, &f->e) != OK;
}

static int end(void **state)
{
	fixture_free(*state);
	return 0;
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(each_is_counted, begin, end),
		cmocka_unit_test_setup_teardown(a_list_that_comes_meanwhile, begin, end),
		cmocka_unit_test_setup_teardown(nothing_is_left_of_a_killed_one, begin, end) };
	return cmocka_run_group_tests_name("images", tests, NULL, NULL);
}
