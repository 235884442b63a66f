/* Every allocation of a bundle's change fails once: it is done, or nothing of it is there and the next try
 * succeeds.                                                                                   */
#include "ingest_bundle_fixture.h"

#include "tests/lib/nomem_sqlite.h"

static void fail_one(long n)
{
	struct fixture *f = fixture_new();
	struct bundle x;
	char path[PATH_BYTES];
	open_ingest(f);
	do_steps(f, "publish U");
	make_bundle(f, "A+P dep:U U-", &x);
	nomem_arm_place(n);
	enum err err = import_bundle(f, &x);
	bool failed = nomem_disarm();
	assert_true(failed || err == OK);
	if (atomic_load(&f->g->stopped))
		reopen(f);
	if (err && !ingest_has_repo(f->g, STR("dep"))) {
		expect_story(f, "-, shown U");
		(void)snprintf(path, sizeof path, "%s/repos/dep/charts/u-1.0.0.tgz", f->data);
		assert_int_equal(access(path, F_OK), -1);
	}
	x.change.force_older = true;                 /* it may have been committed */
	assert_ok(f, import_bundle(f, &x));
	expect_story(f, "A P, live A+P, shown A");
	assert_int_equal(put_away_of(f), 0);
	end_bundle(&x);
	fixture_free(f);
}

static void t_bundle_nomem(void **state)
{
	(void)state;
	for (long n = 0; n <= nomem_places(); n++)
		fail_one(n);
	assert_true(nomem_places() > 5);
}

int main(void)
{
	const struct CMUnitTest nomem[] = { cmocka_unit_test(t_bundle_nomem) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(nomem, nomem_sqlite_setup, NULL);
}
