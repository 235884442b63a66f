/* What an earlier backup of the same log has is linked only where it still is what the log means: an
 * operator may have accepted other bytes of an upstream's version, or a version was yanked since. */
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

int main(void)
{
	struct CMUnitTest tests[ROWS(rows)];
	for (size_t i = 0; i < ROWS(rows); i++)
		tests[i] = (struct CMUnitTest){ rows[i].name, what_came_since, NULL, NULL,
		                                (void *)(uintptr_t)&rows[i] };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return _cmocka_run_group_tests("an earlier backup", tests, ROWS(rows), NULL, NULL);
}
