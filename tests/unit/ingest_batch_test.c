/* Group commit: what several changes in one transaction do to one another. */
#include <semaphore.h>
#include <time.h>

#include "ingest_fixture.h"

#define BATCH_MAX 64

/* The writer stands still in `done` until it is let go. */
struct gate { struct change c; sem_t reached, open; };

static void stand_still(struct change *c)
{
	struct gate *gate = c->ctx;
	(void)sem_post(&gate->reached);
	while (sem_wait(&gate->open) != 0)
		continue;
}

static void close_gate(struct fixture *f, struct gate *gate)
{
	(void)sem_init(&gate->reached, 0, 0);
	(void)sem_init(&gate->open, 0, 0);
	change_init(&gate->c, CHANGE_REPO);
	gate->c.repo = STR("main");
	gate->c.done = stand_still;
	gate->c.ctx = gate;
	ingest_submit(f->g, &gate->c);
	while (sem_wait(&gate->reached) != 0)
		continue;
}

static void open_gate(struct gate *gate)
{
	(void)sem_post(&gate->open);
}

static void wait_for_queue(struct fixture *f, size_t n)
{
	for (bool there = false; !there;) {
		const struct timespec pause = { 0, 100000 };
		(void)nanosleep(&pause, NULL);
		(void)pthread_mutex_lock(&f->g->lock);
		there = f->g->queued == n;
		(void)pthread_mutex_unlock(&f->g->lock);
	}
}

static void count_down(struct change *c) { (void)sem_post(c->ctx); }

/* Submits them so that the writer finds all at once; returns how often it commits. */
static uint64_t run_batch(struct fixture *f, struct change *changes, size_t n)
{
	sem_t done;
	struct gate gate;
	struct ingest_stats before, after;
	(void)sem_init(&done, 0, 0);
	close_gate(f, &gate);
	ingest_stats(f->g, &before);
	for (size_t i = 0; i < n; i++) {
		changes[i].done = count_down;
		changes[i].ctx = &done;
		ingest_submit(f->g, &changes[i]);
	}
	wait_for_queue(f, n);
	open_gate(&gate);
	for (size_t i = 0; i < n; i++)
		while (sem_wait(&done) != 0)
			continue;
	ingest_stats(f->g, &after);
	change_done(&gate.c);
	return after.commits - before.commits;
}

/* ---- several changes of one file ---- */

struct row {
	const char *batch, *before;      /* "!" in the batch: overwriting is allowed */
	const char *wanted;              /* of each change; then what is there */
	uint64_t commits;
};

static const struct row rows[] = {
	{ "publish A; publish A", "", "ok, same: A, live A, shown A", 1 },
	{ "publish A; publish B", "", "ok, version_exists: A, live A, shown A", 1 },
	{ "publish B; publish A; publish B", "", "ok, version_exists, same: B, live B, shown B", 1 },
	{ "publish A; publish T", "", "ok, file_name_taken: A, live A, shown A", 1 },
	{ "publish A; publish A+P; prov P", "", "ok, same, same: A P, live A+P, shown A", 1 },
	{ "prov P; publish A; prov P", "", "not_found, ok, ok: A P, live A+P, shown A", 1 },
	{ "publish A+P; prov Q", "", "ok, version_exists: A P, live A+P, shown A", 1 },
	{ "delete; publish A; delete", "", "not_found, ok, ok: -, deleted A", 1 },
	{ "try A; publish A; try B", "", "ok, ok, version_exists: A, live A, shown A", 1 },
	{ "publish A; !force B", "", "ok, ok: B, live B, shown B", 1 },
	{ "report; publish A; report", "", "not_found, ok, ok: A, live A, shown A", 1 },
	{ "prov P; delete", "publish A", "ok, ok: -, deleted A", 1 },
	{ "report; publish A", "publish A; spoil", "ok, same: A, live A, shown A, quarantine 1", 1 },
	{ "publish A; report", "publish A; spoil", "same, ok: A, live A, shown A, quarantine 1", 1 },
	{ "fsck-report; delete", "publish A; spoil", "ok, ok: -, deleted A, quarantine 1", 1 },
	{ "rebuild; rebuild", "publish A", "ok, ok: A, live A, shown A", 1 },
	{ "publish U; rebuild; delete", "publish A", "ok, ok, ok: -, deleted A, shown U", 1 },
	{ "publish U; rebuild; publish A", "publish A; spoil",
	  "ok, ok, same: A, live A, shown A, shown U, quarantine 1", 1 },

	/* What waits for the commit, a rename or a removal, does not meet another change. */
	{ "delete; publish A", "publish A", "ok, ok: A, live A, shown A", 2 },
	{ "delete; publish A", "publish A+P", "ok, ok: A, live A, shown A", 2 },
	{ "delete; publish A+Q", "publish A+P", "ok, ok: A Q, live A+Q, shown A", 2 },
	{ "delete; delete", "publish A", "ok, not_found: -, deleted A", 2 },
	{ "delete; publish A; delete", "publish A", "ok, ok, ok: -, deleted A", 3 },
	{ "publish A; delete; publish A", "", "ok, ok, ok: A, live A, shown A", 3 },
	{ "!force B; force B", "publish A", "ok, same: B, live B, shown B", 2 },
	{ "!force B; force A", "publish A", "ok, ok: A, live A, shown A", 2 },
	{ "!force B; delete", "publish A", "ok, ok: -, deleted B", 2 },
	{ "!force B; report", "publish A", "ok, ok: B, live B, shown B", 2 },
	{ "!force B; fsck-report", "publish A", "ok, ok: B, live B, shown B", 2 },
	{ "!force B; rebuild", "publish A", "ok, ok: B, live B, shown B", 2 },
	{ "delete; rebuild", "publish A", "ok, ok: -, deleted A", 2 },
	{ "!force B; prov R", "publish A+P", "ok, ok: B R, live B+R, shown B", 2 },
	{ "!force-prov Q; force-prov Q", "publish A+P", "ok, same: A Q, live A+Q, shown A", 2 },
	{ "!force-prov Q; force-prov P", "publish A+P", "ok, ok: A P, live A+P, shown A", 2 },
	{ "!force-prov Q; force B", "publish A+P", "ok, ok: B, live B, shown B", 2 },
};

static size_t make_changes(struct fixture *f, const char *steps, struct change changes[BATCH_MAX])
{
	size_t n = 0;
	for (struct str rest = str_c(steps); rest.n; n++) {
		char verb[32], what[32];
		struct str step = str_trim(str_cut(&rest, ';', NULL));
		split_step(step.p[0] == '!' ? str_from(step, 1) : step, verb, what);
		assert_true(n < BATCH_MAX && fill_change(f, &changes[n], verb, what));
	}
	return n;
}

static void t_imm_batch(void **state)
{
	const struct row *row = *state;
	struct change changes[BATCH_MAX];
	char story[STORY_BYTES];
	AUTO_SBUF struct sbuf b = sbuf_make(STORY_BYTES);
	struct fixture *f = fixture_new();
	f->o.overwrite = strchr(row->batch, '!') != NULL;
	open_ingest(f);
	do_steps(f, row->before);
	size_t n = make_changes(f, row->batch, changes);
	uint64_t commits = run_batch(f, changes, n);
	for (size_t i = 0; i < n; i++) {
		const struct change *c = &changes[i];
		const char *fine = c->result.existing ? "same" : "ok";
		sbuf_printf(&b, "%s%s", i ? ", " : "", c->err ? err_code(c->err) : fine);
		change_done(&changes[i]);
	}
	tell_story(f, story);
	sbuf_printf(&b, ": %s", story);
	assert_string_equal(b.p, row->wanted);
	assert_int_equal(commits, row->commits);
	reopen(f);
	expect_story(f, story);
	fixture_free(f);
}

/* ---- many ---- */

static struct str number_chart(unsigned i)
{
	char name[32];
	(void)snprintf(name, sizeof name, "n%u", i);
	return make_chart(name, "1.0.0", 6);
}

static void check_many(struct fixture *f, bool bulk)
{
	struct change changes[BATCH_MAX];
	open_ingest(f);
	for (unsigned i = 0; i < BATCH_MAX; i++) {
		struct str bytes = number_chart(i / 2);          /* each one twice */
		assert_true(fill_change(f, &changes[i], "publish", "A"));
		fs_tmp_close(&changes[i].tgz);
		changes[i].tgz = tmp_of(f, bytes);
		changes[i].bulk = bulk;
		drop(bytes);
	}
	assert_int_equal(run_batch(f, changes, BATCH_MAX), 1);
	for (unsigned i = 0; i < BATCH_MAX; i++) {
		assert_int_equal(changes[i].err, OK);
		assert_int_equal(changes[i].result.existing, i % 2);
		assert_int_equal(changes[i].result.event, 2 + i / 2);
		change_done(&changes[i]);
	}
	struct snapshot *s = ingest_snapshot(f->g, STR("main"));
	assert_int_equal(rope_versions(s->json), BATCH_MAX / 2);
	snapshot_unref(s);
	assert_int_equal(fsck_problems(f), 0);
}

static void t_imm_many_in_one_commit(void **state) { check_many(*state, false); }
static void t_imm_many_imported_in_one_commit(void **state) { check_many(*state, true); }

/* A folder that is missing would be made again. */
static void put_a_file_for_quarantine(struct fixture *f)
{
	char path[PATH_BYTES];
	assert_int_equal(rmdir(path_below(f->data, "quarantine", path)), 0);
	write_at(path, STR("in the way"));
}

static void make_quarantine(struct fixture *f)
{
	char path[PATH_BYTES];
	assert_int_equal(unlink(path_below(f->data, "quarantine", path)), 0);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* An orphan that cannot be put away fails its change, and no other. */
static void t_imm_one_failure_among_others(void **state)
{
	struct fixture *f = *state;
	struct change changes[BATCH_MAX];
	open_ingest(f);
	do_steps(f, "put B");
	put_a_file_for_quarantine(f);
	size_t n = make_changes(f, "publish U; publish A; publish U; try U", changes);
	static const enum err wanted[] = { OK, ERR_IO, OK, OK };
	assert_int_equal(run_batch(f, changes, n), 3);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(changes[i].err, wanted[i]);
		assert_int_equal(changes[i].result.existing, i > 1);
		change_done(&changes[i]);
	}
	make_quarantine(f);
	expect_story(f, "B, shown U");
}

/* A new repository whose batch fails is not there, and can be made afterwards. */
static void t_imm_new_repository_in_a_failed_batch(void **state)
{
	struct fixture *f = *state;
	struct change changes[BATCH_MAX];
	char path[PATH_BYTES];
	open_ingest(f);
	AUTO_FD int made = -1;
	assert_ok(f, datadir_open_charts(ingest_datadir(f->g), STR("new"), true, &made, &f->e));
	write_at(path_below(f->data, "repos/new/charts/" FILE_NAME, path), STR("orphan"));
	put_a_file_for_quarantine(f);
	size_t n = make_changes(f, "publish A; publish U", changes);
	for (size_t i = 0; i < n; i++) {
		changes[i].repo = STR("new");
		changes[i].create_repo = i == 0;
	}
	(void)run_batch(f, changes, n);
	assert_int_equal(changes[0].err, ERR_IO);
	assert_int_equal(changes[1].err, ERR_REPO_NOT_FOUND);
	for (size_t i = 0; i < n; i++)
		change_done(&changes[i]);
	assert_false(ingest_has_repo(f->g, STR("new")));
	assert_int_equal(tell_events(f, 0, NULL), 1);
	make_quarantine(f);
	n = make_changes(f, "publish U", changes);
	changes[0].repo = STR("new");
	changes[0].create_repo = true;
	assert_ok(f, apply_change(f, &changes[0]));
	assert_true(ingest_has_repo(f->g, STR("new")));
	assert_int_equal(tell_events(f, 0, NULL), 3);
}

/* ---- another verdict at the second try ---- */

static enum err fail_call(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	(void)c, (void)catalog;
	return ERR(e, IO, "this one fails");
}

static unsigned asked;

static enum err allow_once(const struct change *c, struct errinfo *e)
{
	(void)c;
	return asked++ ? ERR(e, FORBIDDEN, "not any more") : OK;
}

/* `changes`, whose first one is allowed once, and one that fails and takes the batch back. */
static void run_twice(struct fixture *f, struct change *changes, size_t n)
{
	asked = 0;
	changes[0].allow = allow_once;
	change_init(&changes[n], CHANGE_CALL);
	changes[n].call = fail_call;
	(void)run_batch(f, changes, n + 1);
	assert_int_equal(changes[0].err, ERR_FORBIDDEN);
	assert_int_equal(changes[n].err, ERR_IO);
	change_done(&changes[n]);
}

static void t_what_is_refused_after_all_leaves_no_file(void **state)
{
	struct fixture *f = *state;
	struct change changes[BATCH_MAX];
	open_ingest(f);
	size_t n = make_changes(f, "publish A+P; publish U", changes);
	run_twice(f, changes, n);
	assert_int_equal(changes[1].err, OK);
	for (size_t i = 0; i < n; i++)
		change_done(&changes[i]);
	assert_int_equal(fsck_problems(f), 0);
	expect_story(f, "-, shown U");
}

/* What an earlier change of the batch had done is still to be done when that one was refused. */
static void t_what_was_there_may_be_missing_after_all(void **state)
{
	struct fixture *f = *state;
	struct change changes[BATCH_MAX];
	open_ingest(f);
	do_steps(f, "publish A; delete");
	size_t n = make_changes(f, "undelete; undelete", changes);
	run_twice(f, changes, n);
	assert_int_equal(changes[1].err, OK);
	assert_false(changes[1].result.existing);
	for (size_t i = 0; i < n; i++)
		change_done(&changes[i]);
	expect_story(f, "A, live A, shown A");
}

/* ---- purges ---- */

struct turn { struct change c; sem_t *done; int *next; int turn; };

static void note_turn(struct change *c)
{
	struct turn *t = c->ctx;
	t->turn = (*t->next)++;
	(void)sem_post(t->done);
}

static void submit_turn(struct fixture *f, struct turn *t, const char *verb, const char *what)
{
	assert_true(fill_change(f, &t->c, verb, what));
	t->c.done = note_turn;
	t->c.ctx = t;
	ingest_submit(f->g, &t->c);
}

static void t_who_publishes_does_not_wait_for_a_purge(void **state)
{
	struct fixture *f = *state;
	struct gate gate;
	sem_t done;
	int next = 0;
	struct turn turns[] = { { .done = &done, .next = &next }, { .done = &done, .next = &next } };
	(void)sem_init(&done, 0, 0);
	open_ingest(f);
	do_steps(f, "publish A");
	close_gate(f, &gate);
	submit_turn(f, &turns[0], "purge", "");
	submit_turn(f, &turns[1], "publish", "U");
	wait_for_queue(f, ROWS(turns));
	open_gate(&gate);
	for (size_t i = 0; i < ROWS(turns); i++) {
		while (sem_wait(&done) != 0)
			continue;
	}
	assert_true(turns[1].turn < turns[0].turn);
	for (size_t i = 0; i < ROWS(turns); i++) {
		assert_int_equal(turns[i].c.err, OK);
		change_done(&turns[i].c);
	}
	change_done(&gate.c);
	expect_story(f, "-, deleted A, shown U");
}

/* What is in the way cannot be put away: ingest stops, and what the purge says is not that all is gone. */
static void t_a_purge_that_is_stopped_says_so(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	do_steps(f, "publish A; mkdir");
	put_a_file_for_quarantine(f);
	assert_int_equal(do_step(f, STR("purge")), ERR_BUSY);
	make_quarantine(f);
	reopen(f);                           /* which goes on with it */
	expect_story(f, "-, deleted A");
}

int main(void)
{
	const struct CMUnitTest others[] = {
		TEST(t_imm_many_in_one_commit),
		TEST(t_imm_many_imported_in_one_commit),
		TEST(t_imm_one_failure_among_others),
		TEST(t_imm_new_repository_in_a_failed_batch),
		TEST(t_what_is_refused_after_all_leaves_no_file),
		TEST(t_what_was_there_may_be_missing_after_all),
		TEST(t_who_publishes_does_not_wait_for_a_purge),
		TEST(t_a_purge_that_is_stopped_says_so),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("t_imm_batch", t_imm_batch, rows);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
