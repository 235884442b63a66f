/* Every allocation of a backup, a restore and a scrub fails once: it is an error, or it is done
 * without; nothing has its name by half, and the next try succeeds.                          */
#include "ingest_fixture.h"

#include "indexer/backup/backup.h"
#include "indexer/backup/scrub.h"
#include "indexer/base/auto.h"
#include "tests/lib/nomem.h"

typedef enum err work(const struct backup_options *o, struct backup_report *ret,
                      struct errinfo *e);

static bool is_there(const char *path) { return access(path, F_OK) == 0; }

static void fail_one(struct fixture *f, work *make, const struct backup_options *o, long n)
{
	struct backup_report r;
	char catalog[PATH_BYTES];
	nomem_arm_place(n);
	enum err err = make(o, &r, &f->e);
	bool failed = nomem_disarm();
	assert_true(err == OK || (failed && err == ERR_NOMEM));
	assert_true(is_there(path_below(o->to, "catalog.db", catalog)) == (err == OK));
	if (err)
		assert_ok(f, make(o, &r, &f->e));
	assert_int_equal(r.problems, 0);
	assert_int_equal(r.files, 2);
}

static void fail_each(struct fixture *f, work *make, struct backup_options *o)
{
	char to[PATH_BYTES], name[32];
	o->to = to;
	for (long n = 0; n <= nomem_places(); n++) {
		(void)snprintf(name, sizeof name, "../to-%ld", n);
		path_below(f->data, name, to);
		fail_one(f, make, o, n);
	}
	print_message("# %ld places\n", nomem_places());
	assert_true(nomem_places() > 5);
}

static void t_crash_05_each_allocation_of_a_backup(void **state)
{
	struct fixture *f = *state;
	struct backup_report r;
	char first[PATH_BYTES];
	struct backup_options o = { .from = f->data, .to = path_below(f->data, "../first", first) };
	open_ingest(f);
	do_steps(f, "publish A+P");
	assert_ok(f, backup_make(&o, &r, &f->e));
	fail_each(f, backup_make, &o);
}

static void t_crash_05_each_allocation_of_an_incremental_backup(void **state)
{
	struct fixture *f = *state;
	struct backup_report r;
	char first[PATH_BYTES];
	struct backup_options o = { .from = f->data, .to = path_below(f->data, "../first", first) };
	open_ingest(f);
	do_steps(f, "publish A+P");
	assert_ok(f, backup_make(&o, &r, &f->e));
	o.link = first;
	fail_each(f, backup_make, &o);
}

static void t_crash_05_each_allocation_of_a_restore(void **state)
{
	struct fixture *f = *state;
	struct backup_report r;
	char first[PATH_BYTES];
	struct backup_options o = { .from = f->data, .to = path_below(f->data, "../first", first) };
	open_ingest(f);
	do_steps(f, "publish A+P");
	assert_ok(f, backup_make(&o, &r, &f->e));
	o.from = first;
	fail_each(f, backup_restore, &o);
}

/* ---- scrub ---- */

static bool at_once(void *ctx, int64_t until_ns) { (void)ctx, (void)until_ns; return true; }

static void count_problem(void *ctx, struct str repo, struct str file, const char *text)
{
	(void)repo, (void)file, (void)text;
	++*(unsigned *)ctx;
}

static void scrub_failing(struct fixture *f, const char *steps, unsigned problems)
{
	struct scrub_report r;
	open_ingest(f);
	do_steps(f, steps);
	struct scrub_options o = { .dir = ingest_datadir(f->g), .sleep_until = at_once,
	                           .problem = count_problem };
	assert_ok(f, catalog_open_reader(o.dir, &o.catalog, &f->e));
	for (long n = 0; n <= nomem_places(); n++) {
		unsigned found = 0;
		o.ctx = &found;
		nomem_arm_place(n);
		enum err err = scrub(&o, &r, &f->e);
		bool failed = nomem_disarm();
		assert_true(err == OK || (failed && err == ERR_NOMEM));
		assert_true(err || (r.files == 2 && r.problems == problems && found == problems));
	}
	catalog_close(o.catalog);
}

static void t_crash_05_each_allocation_of_a_scrub(void **state)
{
	scrub_failing(*state, "publish A+P", 0);
}

static void t_crash_05_each_allocation_of_a_scrub_of_damage(void **state)
{
	scrub_failing(*state, "publish A+P; spoil", 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(t_crash_05_each_allocation_of_a_backup),
		TEST(t_crash_05_each_allocation_of_an_incremental_backup),
		TEST(t_crash_05_each_allocation_of_a_restore),
		TEST(t_crash_05_each_allocation_of_a_scrub),
		TEST(t_crash_05_each_allocation_of_a_scrub_of_damage),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
