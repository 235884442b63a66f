/* rebuild: the rows and the index from the log and the files; and the logs that make no sense. */
#include "indexer/ingest/replay.h"
#include "ingest_fixture.h"

/* ---- what is lost comes back ---- */

#define DROP_ROWS "DELETE FROM version"
#define DROP_ALL "DELETE FROM version; DELETE FROM repo"

struct row {
	const char *name, *before, *sql, *beside;   /* beside: steps after that, before rebuild */
	const char *story;               /* NULL: as it was, and the same index */
	uint64_t changed, damaged;
};

static const struct row rows[] = {
	{ "nothing to do", "publish A+P; publish U", NULL, "", NULL, 0, 0 },
	{ "no versions", "", DROP_ROWS, "", NULL, 0, 0 },
	{ "rows", "publish A+P; publish U", DROP_ROWS, "", NULL, 2, 0 },
	{ "rows and repositories", "publish A+P; publish U", DROP_ALL, "", NULL, 0, 0 },
	{ "a replaced version", "publish A+P; force B+R", DROP_ROWS, "", NULL, 1, 0 },
	{ "a lost provenance file", "publish A+P; rm-prov; lost-prov", DROP_ROWS, "", NULL, 1, 0 },
	{ "a lost one that came back", "publish A+P; rm-prov; lost-prov; prov Q", DROP_ROWS, "", NULL, 1,
	  0 },
	{ "a replaced provenance file", "publish A+P; force-prov Q", DROP_ROWS, "", NULL, 1, 0 },
	{ "a tombstone", "publish A+P; delete", DROP_ROWS, "", NULL, 0, 0 },
	{ "a version that came back", "publish A+P; delete; publish A", DROP_ROWS, "", NULL, 1, 0 },
	{ "a list of images", "publish A; list a", DROP_ROWS, "", NULL, 1, 0 },
	{ "a list of none", "publish A; list", DROP_ROWS, "", NULL, 1, 0 },
	{ "another list", "publish A; list c; list a", "UPDATE version SET images = 'x'", "", NULL, 0, 0 },
	{ "a removed list", "publish A; list a; unlist", DROP_ROWS, "", NULL, 1, 0 },
	{ "a list of other bytes", "publish A; list a; force B", DROP_ROWS, "", NULL, 1, 0 },
	{ "a list that came back", "publish A; list a; delete; publish A", DROP_ROWS, "", NULL, 1, 0 },
	{ "another line", "publish A", "UPDATE version SET line = replace(line, '\"v2\"', '\"v1\"')",
	  "", NULL, 1, 0 },
	{ "another time", "publish A", "UPDATE version SET created_ns = 5", "", NULL, 0, 0 },
	{ "other settings", "publish A",
	  "UPDATE repo SET settings = '{\"index_format\":\"json\",\"private\":true}'", "", NULL, 0, 0 },
	{ "a row too many", "publish U",
	  "INSERT INTO version (id, repo_id, chart, version, file, digest, bytes, created_ns, state, "
	  "event, prov_digest, line) SELECT NULL, repo_id, 'b', '1.0.0', 'b-1.0.0.tgz', "
	  "digest, bytes, created_ns, 0, event, NULL, line FROM version", "", NULL, 0, 0 },
	{ "a damaged version", "publish A; spoil; report", DROP_ROWS, "", NULL, 0, 1 },
	{ "a missing file", "publish A", NULL, "rm", "-, damaged A", 0, 1 },
	{ "a missing file and no row", "publish A", DROP_ROWS, "rm", "-, damaged A", 0, 1 },
	{ "a damaged file and no row", "publish A", DROP_ROWS, "spoil", "?, damaged A", 0, 1 },
	{ "a file that is whole again", "publish A; spoil; report", NULL, "put A", "A, live A, shown A",
	  0, 0 },
};

static void check_rebuild(struct fixture *f, uint64_t changed, uint64_t damaged)
{
	struct rebuild_report report;
	struct ingest_stats stats;
	assert_ok(f, ingest_rebuild(f->g, &report, &f->e));
	assert_int_equal(report.repositories, 1);
	assert_int_equal(report.changed_lines, changed);
	assert_int_equal(report.damaged, damaged);
	ingest_stats(f->g, &stats);
	assert_int_equal(stats.damaged, damaged);
}

static void t_ops_rebuild(void **state)
{
	const struct row *row = *state;
	char story[STORY_BYTES];
	struct fixture *f = fixture_new();
	f->o.yaml = f->o.overwrite = true;
	open_ingest(f);
	do_steps(f, row->before);
	struct shown was = show_index(f);
	tell_story(f, story);
	uint64_t events = tell_events(f, 0, NULL);
	if (row->sql) {
		shut(f);
		run_sql(f->data, row->sql, SQLITE_OK);
		open_ingest(f);
	}
	do_steps(f, row->beside);
	for (int again = 0; again < 2; again++) {
		check_rebuild(f, again ? 0 : row->changed, row->damaged);
		expect_story(f, row->story ? row->story : story);
		struct shown is = show_index(f);
		assert_int_equal(same_index(&was, &is), !row->story);
		drop_shown(is);
	}
	assert_int_equal(tell_events(f, 0, NULL), events);
	reopen(f);
	expect_story(f, row->story ? row->story : story);
	if (!row->damaged)
		assert_int_equal(fsck_problems(f), 0);
	drop_shown(was);
	fixture_free(f);
}

/* Without a row there is no line either: publishing again makes it. */
static void t_ops_rebuild_then_heal(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	do_steps(f, "publish A");
	struct shown was = show_index(f);
	shut(f);
	run_sql(f->data, DROP_ROWS, SQLITE_OK);
	open_ingest(f);
	do_steps(f, "rm");
	check_rebuild(f, 0, 1);
	do_steps(f, "publish A");
	struct shown is = show_index(f);
	assert_true(same_index(&was, &is));
	drop_shown(was);
	drop_shown(is);
	expect_story(f, "A, live A, shown A");
	assert_int_equal(fsck_problems(f), 0);
}

/* A repository of which only the log and the folder are left. */
static void t_ops_rebuild_lost_repository(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	publish_into(f, "x/lost");
	struct snapshot *was = ingest_snapshot(f->g, STR("x/lost"));
	shut_uncleanly(f);
	run_sql(f->data, DROP_ROWS "; DELETE FROM repo WHERE name = 'x/lost'", SQLITE_OK);
	open_ingest(f);
	assert_false(ingest_has_repo(f->g, STR("x/lost")));
	assert_int_equal(fsck_problems(f), 1);
	struct rebuild_report report;
	assert_ok(f, ingest_rebuild(f->g, &report, &f->e));
	assert_int_equal(report.repositories, 2);
	assert_int_equal(report.changed_lines, 1);
	struct snapshot *is = ingest_snapshot(f->g, STR("x/lost"));
	assert_non_null(is);
	assert_true(sha256_eq(&was->identity, &is->identity));
	snapshot_unref(was);
	snapshot_unref(is);
	assert_int_equal(fsck_problems(f), 0);
}

/* A name stays taken. */
static void t_imm_rebuild_keeps_tombstones(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	do_steps(f, "publish A; delete");
	shut(f);
	run_sql(f->data, DROP_ROWS, SQLITE_OK);
	open_ingest(f);
	check_rebuild(f, 0, 0);
	assert_err(f, DELETED, do_step(f, STR("publish B")));
	do_steps(f, "publish A");
}

/* ---- logs ---- */

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DETAIL "{\"bytes\":7,\"created\":\"2026-03-05T09:12:44Z\",\"file\":\"x-1.0.0.tgz\"}"
#define GOOD { "publish", DIGEST, DETAIL }

struct said { const char *kind, *digest, *detail; };

static const struct log_row {
	const char *name;
	struct said events[3];
	const char *refused;             /* NULL: it makes sense */
	int live, prov;                  /* is the version, has it a provenance file; -1: no version */
} logs[] = {
	{ "empty", { { NULL, NULL, NULL } }, NULL, -1, 0 },
	{ "published", { GOOD }, NULL, 1, 0 },
	{ "imported", { { "import", DIGEST, DETAIL } }, NULL, 1, 0 },
	{ "deleted", { GOOD, { "delete", "", "{}" } }, NULL, 0, 0 },
	{ "came back", { GOOD, { "delete", "", "{}" }, { "undelete", DIGEST, DETAIL } }, NULL, 1, 0 },
	{ "replaced", { GOOD, { "overwrite", DIGEST, DETAIL } }, NULL, 1, 0 },
	{ "provenance", { GOOD, { "prov", DIGEST, "{}" } }, NULL, 1, 1 },
	{ "provenance, replaced", { GOOD, { "prov", DIGEST, "{}" }, { "overwrite", DIGEST, DETAIL } },
	  NULL, 1, 0 },
	{ "provenance, deleted", { GOOD, { "prov", DIGEST, "{}" }, { "delete", "", "{}" } }, NULL, 0,
	  0 },
	{ "provenance, lost", { GOOD, { "prov", DIGEST, "{}" }, { "prov.delete", DIGEST, "{}" } }, NULL,
	  1, 0 },
	{ "of kinds to come", { { "promote", "", "{}" }, GOOD, { "drift", "", "{}" } }, NULL, 1, 0 },

	{ "deletes nothing", { { "delete", "", "{}" } }, "event 1 (delete): there was no such version",
	  0, 0 },
	{ "a provenance file of nothing", { { "prov", DIGEST, "{}" } },
	  "event 1 (prov): there was no such version", 0, 0 },
	{ "no digest", { { "publish", "", DETAIL } }, "event 1 (publish): no digest", 0, 0 },
	{ "no digest of the provenance", { GOOD, { "prov", "", "{}" } }, "event 2 (prov): no digest", 0,
	  0 },
	{ "half a digest", { { "publish", "0123", DETAIL } }, "event 1 (publish): no digest", 0, 0 },
	{ "no detail", { { "import", DIGEST, "{}" } },
	  "event 1 (import): its detail has no bytes or created", 0, 0 },
	{ "no bytes", { { "publish", DIGEST, "{\"created\":\"2026-03-05T09:12:44Z\"}" } },
	  "event 1 (publish): its detail has no bytes or created", 0, 0 },
	{ "negative bytes",
	  { { "publish", DIGEST, "{\"bytes\":-7,\"created\":\"2026-03-05T09:12:44Z\"}" } },
	  "event 1 (publish): its detail has no bytes or created", 0, 0 },
	{ "no time", { { "publish", DIGEST, "{\"bytes\":7,\"created\":\"yesterday\"}" } },
	  "event 1 (publish): its detail has no bytes or created", 0, 0 },
	{ "the second one", { GOOD, { "overwrite", DIGEST, "{}" } },
	  "event 2 (overwrite): its detail has no bytes or created", 0, 0 },
};

static void write_log(struct fixture *f, struct catalog *c, const struct said *events)
{
	assert_ok(f, catalog_begin(c, &f->e));
	for (size_t i = 0; i < 3 && events[i].kind; i++) {
		struct event ev = { .at_ns = T0, .actor = STR("x"), .repo = STR("main"), .chart = STR("x"),
		                    .version = STR("1.0.0"), .kind = str_c(events[i].kind),
		                    .digest = str_c(events[i].digest), .detail = str_c(events[i].detail) };
		assert_ok(f, catalog_event_append(c, &ev, &f->e));
	}
	assert_ok(f, catalog_commit(c, &f->e));
}

static void check_replay(struct fixture *f, const struct log_row *row, const struct replay *p,
                         enum err err)
{
	if (row->refused) {
		assert_int_equal(err, ERR_CORRUPT);
		assert_string_equal(f->e.detail, row->refused);
		return;
	}
	assert_ok(f, err);
	assert_int_equal(p->versions, row->live >= 0);
	const struct replayed *v = replay_find(p, STR("main"), STR("x-1.0.0.tgz"));
	assert_null(replay_find(p, STR("other"), STR("x-1.0.0.tgz")));
	assert_int_equal(v != NULL, row->live >= 0);
	if (!v)
		return;
	assert_int_equal(v->live, row->live);
	assert_int_equal(v->has_prov, row->prov);
	assert_int_equal(v->bytes, 7);
	assert_int_equal(v->created_ns, T0);
}

static void t_log_replay(void **state)
{
	const struct log_row *row = *state;
	const struct datadir_options writing = { .create = true, .write = true };
	struct fixture *f = fixture_new();
	struct datadir *d;
	struct catalog *c;
	struct replay *p = calloc(1, sizeof *p);
	assert_non_null(p);
	assert_ok(f, datadir_open(f->data, &writing, &d, &f->e));
	assert_ok(f, catalog_open_writer(d, &c, &f->e));
	write_log(f, c, row->events);
	enum err err = replay_log(c, p, &f->e);
	check_replay(f, row, p, err);
	replay_done(p);
	free(p);
	catalog_close(c);
	datadir_close(d);
	fixture_free(f);
}

/* A log that makes no sense changes nothing. */
static void t_log_nonsense_is_not_rebuilt(void **state)
{
	struct fixture *f = *state;
	struct rebuild_report report;
	struct fsck_report found;
	const struct fsck_options o = { .repair = true };
	open_ingest(f);
	do_steps(f, "publish A");
	shut(f);
	run_sql(f->data, "DROP TRIGGER event_is_never_edited; "
	        "UPDATE event SET detail = 'x' WHERE seq = 2", SQLITE_OK);
	open_ingest(f);
	assert_err(f, CORRUPT, ingest_rebuild(f->g, &report, &f->e));
	assert_string_equal(f->e.detail, "event 2 (publish): its detail is not JSON");
	expect_story(f, "A, live A, shown A");
	assert_err(f, CORRUPT, ingest_fsck(f->g, &o, &found, &f->e));
	assert_int_equal(found.problems, 1);
	expect_story(f, "A, live A, shown A");
	do_steps(f, "publish U");
}

int main(void)
{
	const struct CMUnitTest others[] = {
		TEST(t_ops_rebuild_then_heal),
		TEST(t_ops_rebuild_lost_repository),
		TEST(t_imm_rebuild_keeps_tombstones),
		TEST(t_log_nonsense_is_not_rebuilt),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("t_ops_rebuild", t_ops_rebuild, rows);
	failed += RUN_TABLE("t_log_replay", t_log_replay, logs);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
