/* fsck of virtual repositories: nothing is told of healthy ones, while they are open and after a restart;
 * what is told of others, and what rebuild makes of it.                                        */
#include <time.h>

#include "ingest_virtual_fixture.h"

/* The second look need not wait where nothing goes on. */
int nanosleep(const struct timespec *pause, struct timespec *rest)
{
	(void)pause, (void)rest;
	return 0;
}

#define TWO "make stable; make up {\"upstream\":\"https://up.example\"}; "
#define ALL "make all {\"members\":\"stable up\"}; "
#define CALM "make all {\"members\":\"stable up\",\"take_prereleases\":false}; "
#define RC "push stable app 1.0.0; push stable app 2.0.0-rc.1; push stable app 2.0.0-rc.2; "
#define PROMOTED TWO CALM RC "promote all app 2.0.0-rc.1; "

/* ---- what is told ---- */

static void tell_problem(void *ctx, enum fsck_kind kind, struct str repo, struct str file,
                         const char *text, bool repaired)
{
	struct sbuf *b = ctx;
	assert_true(*text && !repaired);
	sbuf_printf(b, "%s%.*s: %s %.*s", b->n ? ", " : "", STR_ARG(repo), fsck_kind_name(kind),
	            STR_ARG(file));
}

static void expect_told(struct fixture *f, const char *name, const char *wanted)
{
	struct fsck_report report;
	AUTO_SBUF struct sbuf b = sbuf_make(STORY_BYTES);
	const struct fsck_options o = { .problem = tell_problem, .ctx = &b };
	assert_ok(f, ingest_fsck(f->g, &o, &report, &f->e));
	if (!str_eq_c(sbuf_str(&b), wanted))
		fail_msg("%s: \"%.*s\"", name, STR_ARG(sbuf_str(&b)));
	assert_true((report.problems != 0) == (*wanted != '\0'));
}

static struct fixture *started(const char *steps)
{
	struct fixture *f = fixture_new();
	open_ingest(f);
	virtual_steps(f, steps);
	return f;
}

/* ---- healthy ones ---- */

static const struct { const char *name, *steps; } healthy[] = {
	{ "made last", TWO "push stable app 1.0.0; offer up redis 1.0.0; " ALL },
	{ "made first", TWO ALL "push stable app 1.0.0; offer up redis 1.0.0" },
	{ "empty", TWO ALL },
	{ "without its members", "make all {\"members\":\"stable\"}" },
	{ "set", TWO ALL "push stable app 1.0.0; set all {\"take_charts\":\"db\"}" },
	{ "a member's news that it does not show", TWO CALM RC },
	{ "as block YAML", TWO "make all {\"members\":\"stable\",\"index_format\":\"yaml\"}; push stable app 1.0.0" },
	{ "yanked, unlisted, overwritten", TWO ALL "set stable {\"overwrite\":true}; push stable app 1.0.0; "
	  "push stable app 1.1.0; push stable app 1.2.0; yank stable app 1.0.0; unlist stable app 1.1.0; "
	  "other stable app 1.2.0" },
	{ "gone upstream", TWO ALL "offer up redis 1.0.0 2.0.0; loses up redis 2.0.0" },
	{ "signed", TWO "make all {\"members\":\"stable\",\"take_signed\":true}; push stable app 1.0.0; "
	  "prov stable app 1.0.0" },
	{ "promoted", PROMOTED },
	{ "in another order than their names", PROMOTED "push stable aaa 1.0.0-rc.1; promote all aaa 1.0.0-rc.1; "
	  "push stable app-x 1.0.0-rc.1; promote all app-x 1.0.0-rc.1; promote all app 2.0.0-rc.2" },
	{ "promoted and back", PROMOTED "undo all app 2.0.0-rc.1" },
	{ "promoted again", PROMOTED "undo all app 2.0.0-rc.1; promote all app 2.0.0-rc.1" },
	{ "promoted and set to be of others", PROMOTED "set all {\"members\":\"up\"}" },
	{ "other bytes than were promoted", TWO CALM "set stable {\"overwrite\":true}; push stable app 1.0.0-rc.1; "
	  "promote all app 1.0.0-rc.1; other stable app 1.0.0-rc.1; promote all app 1.0.0-rc.1" },
	{ "promoted and renamed", PROMOTED "rename all prod; promote prod app 2.0.0-rc.2; rename prod all" },
	{ "promoted, removed and made again", PROMOTED "remove all; " CALM "promote all app 2.0.0-rc.2" },
	{ "two with the same promotion", PROMOTED "make prod {\"members\":\"stable\",\"take_charts\":\"x\"}; "
	  "promote prod app 2.0.0-rc.1; undo all app 2.0.0-rc.1" },
	{ "cooling down", TWO "make all {\"members\":\"stable up\",\"cooldown_days\":3}; push stable app 1.0.0; "
	  "offer up redis 1.0.0; release all; promote all redis 1.0.0" },
	{ "two levels", TWO "make inner {\"members\":\"stable up\",\"take_prereleases\":false}; "
	  "make all {\"members\":\"inner\"}; " RC "promote inner app 2.0.0-rc.1; offer up redis 1.0.0" },
	{ "a renamed member", TWO ALL "push stable app 1.0.0; rename stable prod; push prod app 1.1.0" },
	{ "a member that went", TWO ALL "push stable app 1.0.0; remove stable" },
	{ "a private member", TWO ALL "push stable app 1.0.0; set stable {\"private\":true}" },
	{ "all of it made anew", PROMOTED "rebuild stable; rebuild up; rebuild all" },
};

static void t_nothing_of_healthy_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(healthy); i++) {
		struct fixture *f = started(healthy[i].steps);
		expect_told(f, healthy[i].name, "");
		reopen(f);
		expect_told(f, healthy[i].name, "");
		virtual_steps(f, "make other; push other x 1.0.0");
		expect_told(f, healthy[i].name, "");
		fixture_free(f);
	}
}

static void t_nothing_when_a_cooldown_has_ended(void **state)
{
	(void)state;
	struct fixture *f = started(TWO "make all {\"members\":\"up\",\"cooldown_days\":3}; "
	                            "offer up redis 1.0.0");
	expect_virtual(f, "all", "");
	run_sql(f->data, "UPDATE remote SET seen_ns = seen_ns - 3 * 86400000000000 + 1", SQLITE_OK);
	expect_told(f, "it has ended, and nothing is released", "");
	virtual_steps(f, "release all");
	expect_virtual(f, "all", "redis 1.0.0 up");
	expect_told(f, "released", "");
	reopen(f);
	expect_virtual(f, "all", "redis 1.0.0 up");
	expect_told(f, "released, and a restart", "");
	fixture_free(f);
}

/* ---- damage ---- */

static const struct {
	const char *name, *steps, *sql, *told;
	const char *beside;              /* what is told where that was done while it was open */
} damage[] = {
	{ "a promotion of another version", PROMOTED, "UPDATE release SET version = '2.0.0-rc.2'",
	  "all: log promotions", "all: log promotions, all: index index.yaml" },
	{ "of other bytes", PROMOTED, "UPDATE release SET digest = zeroblob(32)",
	  "all: log promotions", "all: log promotions, all: index index.yaml" },
	{ "of another event", PROMOTED, "UPDATE release SET event = 1",
	  "all: log promotions", "all: log promotions" },
	{ "one less", PROMOTED, "DELETE FROM release",
	  "all: log promotions", "all: log promotions, all: index index.yaml" },
	{ "one more", PROMOTED "undo all app 2.0.0-rc.1; promote all app 1.0.0",
	  "INSERT INTO release SELECT repo_id, chart, '2.0.0-rc.1', digest, event FROM release",
	  "all: log promotions", "all: log promotions" },
	{ "one of another repository", PROMOTED "make prod {\"members\":\"stable\"}",
	  "UPDATE release SET repo_id = (SELECT id FROM repo WHERE name = 'prod')",
	  "all: log promotions, prod: log promotions",
	  "all: log promotions, prod: log promotions, all: index index.yaml" },
};

static void t_what_is_damaged_is_told_and_mended(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(damage); i++)
		for (int open = 0; open < 2; open++) {
			struct rebuild_report report;
			struct fixture *f = started(damage[i].steps);
			struct virtual_face was = face_of(f, "all");
			if (!open)
				shut(f);
			run_sql(f->data, damage[i].sql, SQLITE_OK);
			if (!open)
				open_ingest(f);
			expect_told(f, damage[i].name, open ? damage[i].beside : damage[i].told);
			assert_ok(f, ingest_rebuild(f->g, &report, &f->e));
			expect_told(f, damage[i].name, "");
			struct virtual_face is = face_of(f, "all");
			assert_true(str_eq(was.json, is.json));
			drop_face(&was);
			drop_face(&is);
			expect_same_after_restart(f, "all");
			expect_told(f, damage[i].name, "");
			fixture_free(f);
		}
}

/* A snapshot that is not what the members show, and one that stands at another event than the log. */
static void swap_index(struct fixture *f, const char *repo, const char *other, uint64_t event)
{
	struct repository *r = repository_find(f->g, str_c(repo));
	struct snapshot *from = ingest_snapshot(f->g, str_c(other)), *now = ingest_snapshot(f->g, str_c(repo));
	struct snapshot *s;
	struct event last = { .seq = event ? event : now->event, .at_ns = now->generated_ns, .leaf = now->leaf };
	assert_ok(f, snapshot_new(rope_ref(from->json), NULL, settings_ref(now->own_settings), &last,
	                          &r->left_out, &s, &f->e));
	repository_swap(r, s);
	snapshot_unref(from);
	snapshot_unref(now);
}

static void t_another_index_is_told(void **state)
{
	(void)state;
	struct fixture *f = started(TWO ALL "push stable app 1.0.0; make none {\"members\":\"up\"}");
	expect_told(f, "as it is", "");
	swap_index(f, "all", "none", 0);
	expect_told(f, "without a chart", "all: index index.yaml");
	reopen(f);
	expect_told(f, "after a restart", "");
	swap_index(f, "all", "all", 1);
	expect_told(f, "at another event", "all: index index.yaml");
	reopen(f);
	swap_index(f, "stable", "stable", 1);
	expect_told(f, "a member's at another event", "stable: index index.yaml, all: index index.yaml");
	fixture_free(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_nothing_of_healthy_ones),
		cmocka_unit_test(t_nothing_when_a_cooldown_has_ended),
		cmocka_unit_test(t_what_is_damaged_is_told_and_mended),
		cmocka_unit_test(t_another_index_is_told),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
