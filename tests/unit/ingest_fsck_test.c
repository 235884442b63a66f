/* fsck: every kind of problem, with and without repair. */
#include <time.h>

#include "ingest_fixture.h"

/* The second look need not wait where nothing goes on. */
int nanosleep(const struct timespec *pause, struct timespec *rest)
{
	(void)pause, (void)rest;
	return 0;
}

#define EDITABLE "DROP TRIGGER event_is_never_edited; "
#define ADD_ROW "INSERT INTO version (repo_id, chart, version, file, digest, bytes, created_ns, state, event, " \
	"line) SELECT repo_id, 'b', '1.0.0', 'b-1.0.0.tgz', digest, bytes, created_ns, 0, event, replace(line, '\"a\"', '\"b\"') FROM version"

struct row {
	const char *name, *before;
	const char *sql;                 /* behind ingest's back, while it is closed, … */
	const char *beside;              /* … and while it is open */
	const char *problems;            /* kind and file of each, "*": repair takes care of it */
	const char *repaired;            /* the story then, if it is another */
	const char *left;                /* problems that remain */
};

static const struct row rows[] = {
	{ "nothing", "", NULL, NULL, "", NULL, "" },
	{ "all is well", "publish A+P; publish U; prov P", NULL, NULL, "", NULL, "" },
	{ "a tombstone", "publish A+P; delete", NULL, NULL, "", NULL, "" },

	{ "t_log: an event was changed", "publish A",
	  EDITABLE "UPDATE event SET actor = 'x' WHERE seq = 2",
	  NULL, "database catalog.db", NULL, "database catalog.db" },
	{ "t_log: the tree was changed", "publish A", "UPDATE node SET hash = zeroblob(32)",
	  NULL, "database catalog.db", NULL, "database catalog.db" },
	{ "t_log: the tree is gone", "publish A", "DELETE FROM node",
	  NULL, "database catalog.db", NULL, "database catalog.db" },
	{ "a row of no repository", "publish A", "UPDATE version SET repo_id = 99",
	  NULL, "database catalog.db, log " FILE_NAME, NULL, "database catalog.db, log " FILE_NAME },

	{ "no row", "publish A", "DELETE FROM version", NULL, "log " FILE_NAME, NULL,
	  "log " FILE_NAME },
	{ "another digest", "publish A", "UPDATE version SET digest = zeroblob(32)",
	  NULL, "log " FILE_NAME, NULL, "log " FILE_NAME },
	{ "another event", "publish A", "UPDATE version SET event = 1",
	  NULL, "log " FILE_NAME, NULL, "log " FILE_NAME },
	{ "a row that says deleted", "publish A", "UPDATE version SET state = 1",
	  NULL, "log " FILE_NAME, NULL, "log " FILE_NAME },
	{ "a row that says live", "publish A; delete", "UPDATE version SET state = 0",
	  NULL, "log " FILE_NAME, NULL, "log " FILE_NAME },
	{ "another size", "publish A", "UPDATE version SET bytes = 7", NULL, "log " FILE_NAME, NULL,
	  "log " FILE_NAME },
	{ "another time", "publish A", "UPDATE version SET created_ns = 7", NULL, "log " FILE_NAME, NULL,
	  "log " FILE_NAME },
	{ "a provenance file less", "publish A+P", "UPDATE version SET prov_digest = NULL",
	  NULL, "log " FILE_NAME, NULL, "log " FILE_NAME },
	{ "other settings", "publish A", "UPDATE repo SET settings = '{\"private\":true}'",
	  NULL, "log settings", NULL, "log settings" },
	{ "a row too many", "publish U", ADD_ROW, NULL, "log b-1.0.0.tgz", NULL, "log b-1.0.0.tgz" },

	{ "t_disk_04: removed", "publish A; rm", NULL, NULL, "missing " FILE_NAME "*", "-, damaged A",
	  "missing " FILE_NAME "*" },
	{ "t_disk_04: a directory", "publish A; mkdir", NULL, NULL, "missing " FILE_NAME "*",
	  "-, damaged A, quarantine 1", "missing " FILE_NAME "*" },
	{ "t_disk_04: a link", "publish A; link", NULL, NULL, "missing " FILE_NAME "*",
	  "-, damaged A, quarantine 1", "missing " FILE_NAME "*" },
	{ "t_disk_04: with its folder", "publish A; rmdir charts", NULL, NULL, "missing " FILE_NAME "*",
	  "-, damaged A", "missing " FILE_NAME "*" },
	{ "t_disk_04: with its repository", "publish A; rmdir .", NULL, NULL, "missing " FILE_NAME "*",
	  "-, damaged A", "missing " FILE_NAME "*" },
	{ "t_disk_03: other bytes", "publish A; spoil", NULL, NULL, "damaged " FILE_NAME "*",
	  "-, damaged A, quarantine 1", "missing " FILE_NAME "*" },
	{ "t_disk_03: known damage", "publish A; spoil; report", NULL, NULL, "damaged " FILE_NAME "*",
	  "-, damaged A, quarantine 1", "missing " FILE_NAME "*" },
	{ "t_disk_03: another archive of it", "publish A; put B", NULL, NULL, "damaged " FILE_NAME "*",
	  "-, damaged A, quarantine 1", "missing " FILE_NAME "*" },
	{ "whole again", "publish A; rm; report; put A", NULL, NULL, "damaged " FILE_NAME "*",
	  "A, live A, shown A", "" },

	{ "another line", "publish A", "UPDATE version SET line = replace(line, '\"v2\"', '\"v1\"')",
	  NULL, "metadata " FILE_NAME, NULL, "metadata " FILE_NAME },

	{ "an orphan", "put A", NULL, NULL, "orphan " FILE_NAME "*", "-, quarantine 1", "" },
	{ "a deleted file is back", "publish A; delete; put A", NULL, NULL, "orphan " FILE_NAME "*",
	  "-, deleted A, quarantine 1", "" },
	{ "an orphan of a provenance file", "publish A; put-prov P", NULL, NULL,
	  "orphan " FILE_NAME ".prov*", "A, live A, shown A, quarantine 1", "" },

	{ "no provenance file", "publish A+P; rm-prov", NULL, NULL, "provenance " FILE_NAME ".prov*",
	  "A, live A, shown A", "" },
	{ "another provenance file", "publish A+P; put-prov Q", NULL, NULL,
	  "provenance " FILE_NAME ".prov*", "A, live A, shown A, quarantine 1", "" },
	{ "a directory for it", "publish A+P; rm-prov; mkdir-prov", NULL, NULL,
	  "provenance " FILE_NAME ".prov*", "A, live A, shown A, quarantine 1", "" },
	{ "neither file", "publish A+P; rm; rm-prov", NULL, NULL, "missing " FILE_NAME "*",
	  "-, damaged A+P", "missing " FILE_NAME "*" },

	{ "another index", "publish A", NULL, "UPDATE version SET line = 'x'",
	  "metadata " FILE_NAME ", index index.yaml", NULL,
	  "metadata " FILE_NAME ", index index.yaml" },
};

/* ---- */

static void tell_problem(void *ctx, enum fsck_kind kind, struct str repo, struct str file,
                         const char *text, bool repaired)
{
	struct sbuf *b = ctx;
	assert_true(*text);
	assert_true(str_eq_c(repo, kind == FSCK_DATABASE ? "" : "main"));
	sbuf_printf(b, "%s%s %.*s%s", b->n ? ", " : "", fsck_kind_name(kind), STR_ARG(file),
	            repaired ? "*" : "");
}

static void check_fsck(struct fixture *f, bool repair, const char *wanted)
{
	struct fsck_report report;
	AUTO_SBUF struct sbuf b = sbuf_make(STORY_BYTES);
	const struct fsck_options o = { .repair = repair, .problem = tell_problem, .ctx = &b };
	assert_ok(f, ingest_fsck(f->g, &o, &report, &f->e));
	AUTO_SBUF struct sbuf stars = sbuf_make(STORY_BYTES);
	uint64_t problems = *wanted != '\0', repaired = 0;
	for (const char *p = wanted; *p; p++) {
		problems += *p == ',';
		repaired += *p == '*' && repair;
		if (*p != '*' || repair)
			sbuf_putc(&stars, *p);
	}
	assert_string_equal(b.p ? b.p : "", stars.p ? stars.p : "");
	assert_int_equal(report.problems, problems);
	assert_int_equal(report.repaired, repaired);
	assert_int_equal(report.repositories, 1);
}

static void t_fsck(void **state)
{
	const struct row *row = *state;
	char story[STORY_BYTES];
	struct fixture *f = fixture_new();
	open_ingest(f);
	do_steps(f, row->before);
	if (row->sql) {
		shut(f);
		run_sql(f->data, row->sql, SQLITE_OK);
		open_ingest(f);
	}
	if (row->beside)
		run_sql(f->data, row->beside, SQLITE_OK);
	tell_story(f, story);
	check_fsck(f, false, row->problems);
	expect_story(f, story);
	check_fsck(f, true, row->problems);
	expect_story(f, row->repaired ? row->repaired : story);
	check_fsck(f, true, row->left);
	fixture_free(f);
}

/* ---- others ---- */

/* Between its first line in memory and its commit, a repository is nobody's business. */
static void t_ops_fsck_beside_a_repository_being_made(void **state)
{
	struct fixture *f = *state;
	struct repository *half;
	struct rebuild_report rebuilt;
	struct stored_file file;
	open_ingest(f);
	do_steps(f, "publish A");
	assert_ok(f, repository_add(f->g, 99, STR("half"), STR("half"), &half, &f->e));
	check_fsck(f, true, "");
	assert_ok(f, ingest_rebuild(f->g, &rebuilt, &f->e));
	assert_int_equal(rebuilt.repositories, 1);
	assert_false(ingest_has_repo(f->g, STR("half")));
	assert_int_not_equal(ingest_file(f->g, STR("half"), STR(FILE_NAME), &file, &f->e), OK);
}

struct progress { uint64_t files, bytes; };

static void add_progress(void *ctx, uint64_t files, uint64_t bytes)
{
	struct progress *p = ctx;
	p->files += files;
	p->bytes += bytes;
}

static void t_ops_fsck_counts(void **state)
{
	struct fixture *f = *state;
	struct progress p = { 0 };
	struct fsck_report report;
	const struct fsck_options o = { .progress = add_progress, .ctx = &p };
	open_ingest(f);
	do_steps(f, "publish A+P; publish U; spoil");
	assert_ok(f, ingest_fsck(f->g, &o, &report, &f->e));
	assert_int_equal(report.versions, 2);
	assert_int_equal(report.files, 2);               /* U, and the provenance file of A */
	assert_int_equal(report.bytes, material(f, 'U')->bytes.n + material(f, 'P')->bytes.n);
	assert_int_equal(p.files, report.files);
	assert_int_equal(p.bytes, report.bytes);
	assert_int_equal(report.events, 4);
	assert_int_equal(report.problems, 1);
	do_steps(f, "publish A");
	assert_int_equal(fsck_problems(f), 0);
}

/* Who ends the program does not wait until everything was read. */
static void t_ops_fsck_ends_with_the_server(void **state)
{
	struct fixture *f = *state;
	struct fsck_report report;
	const struct fsck_options o = { .repair = true };
	open_ingest(f);
	do_steps(f, "publish A");
	ingest_drain(f->g);
	assert_err(f, DRAINING, ingest_fsck(f->g, &o, &report, &f->e));
}

int main(void)
{
	const struct CMUnitTest others[] = {
		TEST(t_ops_fsck_beside_a_repository_being_made),
		TEST(t_ops_fsck_counts),
		TEST(t_ops_fsck_ends_with_the_server),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("t_ops_fsck", t_fsck, rows);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
