/* Every allocation of what an upstream brings fails once, SQLite's too: of a word about a version, of an
 * archive that comes, and of a whole index that is read and stored. It is an error or it is done,
 * nothing is there by half, and the next try succeeds. Leaks are seen by the address sanitizer.  */
#include "ingest_upstream_fixture.h"

#include "indexer/ingest/lookup.h"
#include "indexer/upstream/impl.h"
#include "tests/lib/nomem_sqlite.h"

static bool is_clean(enum err err)
{
	return err == ERR_NOMEM || err == ERR_DB || err == ERR_READ_ONLY || err == ERR_BUSY;
}

static struct fixture *fixture_with(const char *before)
{
	struct fixture *f = fixture_new();
	open_ingest(f);
	make_upstream(f);
	up_steps(f, before);
	return f;
}

/* ---- one version ---- */

/* story_between: where what nobody needs any more is put aside first; NULL: nothing is. */
struct word { const char *before, *step, *story_before, *story_after, *story_between; };

static bool may_be(const struct word *t, const char *story)
{
	return strcmp(story, t->story_before) == 0 || strcmp(story, t->story_after) == 0 ||
	       (t->story_between && strcmp(story, t->story_between) == 0);
}

static void fail_word(const struct word *t, long n)
{
	char story[STORY_BYTES];
	AUTO_ARENA struct arena a = { 0 };
	struct change c;
	struct upstream_change u;
	struct upstream_entry entry;
	struct fixture *f = fixture_with(t->before);
	fill_up_change(f, &a, str_c(t->step), &c, &u, &entry);
	nomem_arm_place(n);
	enum err err = apply_change(f, &c);
	bool failed = nomem_disarm();
	assert_true(failed || err == OK);
	assert_true(err == OK || is_clean(err));
	if (atomic_load(&f->g->stopped))
		reopen(f);
	tell_up(f, story);
	if (!err || !may_be(t, story))
		assert_string_equal(story, t->story_after);
	if (err && up_step(f, str_c(t->step)) != OK)
		assert_int_equal(f->e.code, ERR_NOT_FOUND);          /* accepted after all */
	tell_up(f, story);
	assert_string_equal(story, t->story_after);
	assert_int_equal(fsck_problems(f), 0);
	fixture_free(f);
}

static void t_crash_05_each_allocation_of_a_word(void **state)
{
	static const struct word table[] = {
		{ "",                       "says A",  "-: -",                        "-: absent A, taken, shown A", NULL },
		{ "says A",                 "keep A",  "-: absent A, taken, shown A", "A: here A, taken, shown A", NULL },
		{ "says -",                 "keep A",  "-: absent ?, taken, shown -", "A: here A, taken, shown A", NULL },
		{ "says A; keep A",         "says B",  "A: here A, taken, shown A",
		                                       "A: here A, taken drift B, shown A", NULL },
		{ "says A; keep A; says B", "accept",  "A: here A, taken drift B, shown A",
		                                       "A: absent B, taken, shown B", NULL },
		{ "says A; keep A; says B; accept", "keep B", "A: absent B, taken, shown B",
		                                       "B: here B, taken, shown B, quarantine 1",
		                                       "-: absent B, taken, shown B, quarantine 1" },
		{ "says A; gone",           "says A",  "-: deleted A, taken gone",    "-: absent A, taken, shown A", NULL },
		{ "says A; keep A",         "leaves",  "A: here A, taken, shown A",   "A: here A yanked, left out", NULL },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		for (long n = 0; n <= nomem_places(); n++)
			fail_word(&table[i], n);
		print_message("# %s: %ld places\n", table[i].step, nomem_places());
		assert_true(nomem_places() > 5);
	}
}

/* ---- an index ---- */

#define VERSION(name, version, digest) \
	"{\"apiVersion\":\"v2\",\"name\":\"" name "\",\"version\":\"" version "\",\"digest\":\"" digest "\"," \
	"\"urls\":[\"" name "-" version ".tgz\",\"https://elsewhere.example/x.tgz\"]}"
#define ONE "1111111111111111111111111111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222222222222222222222222222"

static const char first_index[] =
	"{\"apiVersion\":\"v1\",\"entries\":{\"app\":[" VERSION("app", "1.0.0", ONE) "," VERSION("app", "1.1.0", ONE)
	"],\"gone\":[" VERSION("gone", "1.0.0", ONE) "],\"bad\":[null]}}";
/* YAML: what JSON told is told again. One is new, one says other bytes, one is gone, one is left out. */
static const char second_index[] =
	"apiVersion: v1\nentries:\n  app: [" VERSION("app", "2.0.0", TWO) "," VERSION("app", "1.1.0", TWO) ","
	VERSION("app", "1.0.0", ONE) "]\n  bad: [null]\n";

struct text { struct str all; size_t at; };

static enum err read_text(void *ctx, char *to, size_t size, size_t *ret_n, struct errinfo *e)
{
	struct text *t = ctx;
	struct str piece = str_first(str_from(t->all, t->at), size < 50 ? size : 50);
	(void)e;
	if (piece.n)
		memcpy(to, piece.p, piece.n);
	t->at += piece.n;
	*ret_n = piece.n;
	return OK;
}

static enum err begin_again(void *ctx, struct errinfo *e)
{
	(void)e;
	((struct text *)ctx)->at = 0;
	return OK;
}

static enum err read_into(struct reading *r, const char *index, struct errinfo *e)
{
	struct text text = { .all = str_c(index) };
	struct index_stream_handler handler = reading_handler;
	struct upstream_change last = { .row = NULL };
	handler.ctx = r;
	enum err err = known_load(&r->known, r->ingest, r->repo, (struct str){ 0 }, e);
	if (err)
		return err;
	reading_begin(r, READING_COLLECT);
	err = index_stream_read(read_text, begin_again, &text, "index.yaml", &handler, &r->summary, e);
	if (!err)
		err = reading_end(r, e);
	last.skipped = r->skipped;
	last.skipped_count = r->skipped_count;
	last.has_skipped = true;
	return err ? err : reading_store(r, &last, e);
}

static enum err read_index(struct fixture *f, const char *index)
{
	AUTO_ARENA struct arena a = { 0 };
	struct selection *selection;
	struct snapshot *s = ingest_snapshot(f->g, UP);
	assert_non_null(s);
	struct repo_settings settings = *s->settings;
	settings.take_last = 2;
	struct reading r = { .ingest = f->g, .repo = UP, .settings = &settings, .base = "https://up.example/",
	                     .trims = true };
	enum err err = selection_new(&a, &settings, &selection, &f->e);
	r.selection = selection;
	if (!err && !(err = reading_open(&r, &f->e)))
		err = read_into(&r, index, &f->e);
	reading_close(&r);
	snapshot_unref(s);
	return err;
}

static enum err tell_version(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	static const char *const states[] = { "", " left out", " refused" };
	(void)held, (void)e;
	sbuf_printf(ctx, "%.*s %.*s%s%s%s; ", STR_ARG(row->chart), STR_ARG(row->version), states[row->state],
	            row->gone_ns ? " gone" : "", row->has_drift ? " drift" : "");
	return OK;
}

static void expect_remotes(struct fixture *f, const char *wanted)
{
	AUTO_SBUF struct sbuf b = sbuf_make(STORY_BYTES);
	assert_ok(f, ingest_remotes(f->g, UP, (struct str){ 0 }, tell_version, &b, &f->e));
	assert_true(str_eq(sbuf_str(&b), str_c(wanted)));
}

static void fail_index(const char *before, const char *index, const char *wanted, long n)
{
	struct fixture *f = fixture_with("");
	expect_remotes(f, "");               /* and a connection to read with is there */
	if (before)
		assert_ok(f, read_index(f, before));
	nomem_arm_place(n);
	enum err err = read_index(f, index);
	bool failed = nomem_disarm();
	assert_true(failed || err == OK);
	assert_true(err == OK || is_clean(err));
	if (atomic_load(&f->g->stopped))
		reopen(f);
	if (err)
		assert_ok(f, read_index(f, index));
	expect_remotes(f, wanted);
	assert_int_equal(fsck_problems(f), 0);
	fixture_free(f);
}

static void t_crash_05_each_allocation_of_an_index(void **state)
{
	static const struct { const char *before, *index, *wanted; } table[] = {
		{ NULL, first_index, "app 1.0.0; app 1.1.0; gone 1.0.0; " },
		{ first_index, second_index, "app 1.0.0 left out; app 1.1.0 drift; app 2.0.0; gone 1.0.0 gone; " },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		for (long n = 0; n <= nomem_places(); n++)
			fail_index(table[i].before, table[i].index, table[i].wanted, n);
		print_message("# index %zu: %ld places\n", i, nomem_places());
		assert_true(nomem_places() > 5);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_crash_05_each_allocation_of_a_word),
		cmocka_unit_test(t_crash_05_each_allocation_of_an_index),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, nomem_sqlite_setup, NULL);
}
