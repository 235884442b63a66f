/* What an earlier backup of the same log has is linked only where it still is what the log means: an
 * operator may have accepted other bytes of an upstream's version, a version was yanked since, or
 * another repository has the name.                                                            */
#include "ingest_upstream_fixture.h"

#include "indexer/backup/backup.h"

static const struct row { const char *name, *before, *since; char has; } rows[] = {
	{ "nothing", "says A; keep A", "", 'A' },
	{ "taken back", "says A; keep A", "omits A", 'A' },
	{ "other bytes", "says A; keep A; says B", "accept; keep B", 'B' },
	{ "other bytes, taken back", "says A; keep A; says B", "accept; keep B; omits B", 'B' },
};

static void what_came_since(void **state)
{
	const struct row *row = *state;
	char first[PATH_BYTES], second[PATH_BYTES], path[PATH_BYTES];
	struct backup_report r;
	struct fixture *f = fixture_new();
	struct backup_options o = { .from = f->data, .to = path_below(f->data, "../first", first) };
	open_ingest(f);
	make_upstream(f);
	up_steps(f, row->before);
	assert_ok(f, backup_make(&o, &r, &f->e));
	up_steps(f, row->since);
	o.link = first;
	o.to = path_below(f->data, "../second", second);
	assert_ok(f, backup_make(&o, &r, &f->e));
	assert_int_equal(r.problems, 0);
	assert_int_equal(r.files, 1);
	assert_int_equal(letter_at(f, path_below(second, "repos/up/charts/" FILE_NAME, path)), row->has);
	fixture_free(f);
}

/* ---- a name that another repository had then ---- */

static void publish(struct fixture *f, const char *repo, const char *what)
{
	struct change c;
	assert_true(fill_change(f, &c, "publish", what));
	c.repo = str_c(repo);
	c.create_repo = true;
	assert_ok(f, apply_change(f, &c));
}

static void rename_repo(struct fixture *f, const char *from, const char *to)
{
	struct change c;
	change_init(&c, CHANGE_REPO_RENAME);
	c.repo = str_c(from);
	c.to = str_c(to);
	assert_ok(f, apply_change(f, &c));
}

static void t_a_name_changed_hands(void **state)
{
	char first[PATH_BYTES], second[PATH_BYTES], path[PATH_BYTES];
	struct backup_report r;
	struct fixture *f = *state;
	struct backup_options o = { .from = f->data, .to = path_below(f->data, "../first", first) };
	open_ingest(f);
	publish(f, "blue", "A");
	publish(f, "green", "B");
	publish(f, "still", "A");
	assert_ok(f, backup_make(&o, &r, &f->e));
	rename_repo(f, "blue", "old");
	rename_repo(f, "green", "blue");
	o.link = first;
	o.to = path_below(f->data, "../second", second);
	assert_ok(f, backup_make(&o, &r, &f->e));
	assert_int_equal(r.problems, 0);
	assert_int_equal(letter_at(f, path_below(second, "repos/old/charts/" FILE_NAME, path)), 'A');
	assert_int_equal(letter_at(f, path_below(second, "repos/blue/charts/" FILE_NAME, path)), 'B');
	assert_int_equal(letter_at(f, path_below(second, "repos/still/charts/" FILE_NAME, path)), 'A');
}

int main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 1] = {
		[ROWS(rows)] = cmocka_unit_test_setup_teardown(t_a_name_changed_hands, set_up, tear_down),
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = (struct CMUnitTest){ rows[i].name, what_came_since, NULL, NULL,
		                                (void *)(uintptr_t)&rows[i] };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return _cmocka_run_group_tests("an earlier backup", tests, ROWS(tests), NULL, NULL);
}
