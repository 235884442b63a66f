/* CHANGE_BUNDLE: what a staged bundle does to a repository, all of it or nothing. */
#include "ingest_bundle_fixture.h"

static void story_path(const struct fixture *f, const char *file, char ret[PATH_BYTES])
{
	(void)snprintf(ret, PATH_BYTES, "%s/repos/%s", f->data, file);
}

static uint64_t trips(struct fixture *f, const char *repo)
{
	AUTO_ARENA struct arena a = { 0 };
	struct reader *reader = NULL;
	struct trip_row *rows;
	size_t count = 0;
	const struct repository *r = repository_find(f->g, str_c(repo));
	assert_ok(f, reader_take(f->g, &reader, &f->e));
	if (r && r->id)
		assert_ok(f, catalog_trips(reader->catalog, &a, r->id, 10, &rows, &count, &f->e));
	reader_give(f->g, reader);
	return count;
}

/* ---- what becomes of a version ---- */

static const struct row {
	const char *items, *before, *wanted, *story;
} rows[] = {
	{ "A", "", "ok added 1 +import", "A, live A, shown A" },
	{ "A+P", "", "ok added 1 +import +prov", "A P, live A+P, shown A" },
	{ "A!", "", "ok added 1 +import +yank", "A, live A" },
	{ "A-", "", "ok reserved 1 +import +delete", "-, deleted A" },
	{ "A~", "", "ok reserved 1 +import +purge", "-, deleted A" },
	{ "A", "publish A", "ok kept 1", "A, live A, shown A" },
	{ "A?", "publish A", "ok kept 1", "A, live A, shown A" },
	{ "A+P?", "publish A", "ok changed 1 +prov", "A P, live A+P, shown A" },
	{ "A", "publish A+P", "ok kept 1", "A P, live A+P, shown A" },
	{ "A!?", "publish A", "ok yanked 1 +yank", "A, live A" },
	{ "A-", "publish A", "ok removed 1 +delete", "-, deleted A" },
	{ "A-", "publish A+P", "ok removed 1 +delete", "-, deleted A" },
	/* What a trip ended comes back with one; what was ended here does not. */
	{ "A", "publish A; bring A-", "ok restored 1 +undelete", "A, live A, shown A" },
	{ "A", "publish A; bring A!", "ok unyanked 1 +unyank", "A, live A, shown A" },
	{ "A", "publish A; delete", "ok left_deleted 1", "-, deleted A" },
	{ "A!", "publish A; delete", "ok left_deleted 1", "-, deleted A" },
	{ "A?", "publish A; delete; bring A-", "ok left_deleted 1", "-, deleted A" },
	{ "A", "publish A; yank", "ok left_yanked 1", "A, live A" },
	{ "A", "publish A; yank; bring A!", "ok left_yanked 1", "A, live A" },
	{ "A+P", "publish A; yank", "ok changed 1 +prov", "A P, live A+P" },
	{ "A-", "publish A; yank", "ok removed 1 +delete", "-, deleted A" },
	{ "A-", "publish A; delete", "ok kept 1", "-, deleted A" },
	{ "A~", "publish A", "ok purged 1 +purge", "-, deleted A" },
	{ "A~", "publish A+P", "ok purged 1 +purge", "-, deleted A" },
	{ "A~", "publish A; delete", "ok purged 1 +purge", "-, deleted A" },
	{ "A~", "publish A; spoil; report", "ok purged 1 +purge", "-, deleted A" },
	{ "A~", "publish A; purge", "ok kept 1", "-, deleted A" },
	{ "A-", "publish A; purge", "ok kept 1", "-, deleted A" },
	{ "A", "publish A; purge", "ok left_deleted 1", "-, deleted A" },
	{ "B", "publish A; purge", "version_deleted", "-, deleted A" },
	{ "A", "publish A; spoil; report", "ok restored 1", "A, live A, shown A, quarantine 1" },
	/* Other bytes: nothing is taken, not even what could be. */
	{ "U B", "publish A", "version_exists", "A, live A, shown A" },
	{ "B-", "publish A", "version_exists", "A, live A, shown A" },
	{ "B~", "publish A", "version_exists", "A, live A, shown A" },
	{ "B~", "publish A; delete", "ok kept 1", "-, deleted A" },
	{ "B", "publish A; delete", "version_deleted", "-, deleted A" },
	{ "B-", "publish A; delete", "ok kept 1", "-, deleted A" },
	{ "U A+Q", "publish A+P", "version_exists", "A P, live A+P, shown A" },
	{ "U T", "publish A", "file_name_taken", "A, live A, shown A" },
	/* A file is not there that should be. */
	{ "U A?", "", "storage_error", "-" },
	{ "dep:A dep:U?", "publish A", "storage_error", "A, live A, shown A" },
	/* What stands under the name without a row was never acknowledged. */
	{ "A", "put B", "ok added 1 +import", "A, live A, shown A, quarantine 1" },
};

/* "bring A-": a bundle that came before. */
static enum err do_or_bring(struct fixture *f, struct str step)
{
	const struct str bring = STR("bring ");
	AUTO_ARENA struct arena a = { 0 };
	struct bundle x;
	if (!str_starts(step, bring))
		return do_step(f, step);
	make_bundle(f, arena_printf(&a, "%.*s", STR_ARG(str_from(step, bring.n))), &x);
	enum err err = import_bundle(f, &x);
	end_bundle(&x);
	return err;
}

static void t_bundle_items(void **state)
{
	const struct row *t = *state;
	struct fixture *f = fixture_new();
	struct bundle x;
	AUTO_SBUF struct sbuf told = sbuf_make(STORY_BYTES);
	char path[PATH_BYTES];
	open_ingest(f);
	each_step(f, t->before, do_or_bring);
	uint64_t events = tell_events(f, 0, NULL);
	make_bundle(f, t->items, &x);
	x.change.force_older = strstr(t->before, "bring");
	enum err err = import_bundle(f, &x);
	sbuf_puts(&told, err ? err_code(err) : "ok");
	if (!err)
		tell_fates(&x, &told);
	(void)tell_events(f, events, &told);
	assert_string_equal(told.p, t->wanted);
	expect_story(f, t->story);
	assert_int_equal(trips(f, "main"), !err);
	assert_int_equal(trips(f, "dep"), 0);
	story_path(f, "main/charts/u-1.0.0.tgz", path);
	assert_int_equal(access(path, F_OK) == 0, !err && strchr(t->items, 'U') != NULL);
	end_bundle(&x);
	reopen(f);
	expect_story(f, t->story);
	fixture_free(f);
}

/* ---- what is done otherwise ---- */

/* A repository that came along is made, and is found by the address that it had. */
static void t_bundle_brings_repositories(void **state)
{
	struct fixture *f = *state;
	struct bundle x;
	open_ingest(f);
	make_bundle(f, "A dep:U", &x);
	assert_ok(f, import_bundle(f, &x));
	assert_int_equal(x.change.fates[FATE_ADDED], 2);
	assert_true(ingest_has_repo(f->g, STR("dep")));
	struct snapshot *s = ingest_snapshot(f->g, STR("dep"));
	assert_true(str_eq(s->settings->known_as, STR("https://dep.example.org")));
	snapshot_unref(s);
	assert_int_equal(trips(f, "main"), 1);
	assert_int_equal(trips(f, "dep"), 1);
	assert_err(f, INVALID, import_bundle(f, &x));        /* again: the same trip */
	assert_int_equal(trips(f, "dep"), 1);
	x.change.force_older = true;
	assert_ok(f, import_bundle(f, &x));
	assert_int_equal(x.change.fates[FATE_KEPT], 2);
	assert_int_equal(trips(f, "dep"), 1);
	end_bundle(&x);
}

/* Two that were staged at once: the writer looks again at what the first one left. */
static const struct trip_case {
	const char *wanted, *instance;
	uint64_t event, parent;
	unsigned char parent_leaf;
	bool force_older;
	const char *filter;
} trip_cases[] = {
	{ "ok", "there", 60, 57, 1, false, NULL },
	{ "ok", "there", 60, 0, 0, false, NULL },
	{ "trip 57 is here already", "there", 57, 0, 1, false, NULL },
	{ "ok", "there", 57, 0, 1, true, NULL },
	{ "ok", "there", 57, 0, 1, false, "u*" },
	{ "ok", "there", 57, 57, 1, false, NULL },
	{ "trip 57 is here, and was another one", "there", 57, 0, 2, false, "u*" },
	{ "trip 50 is older than what is here", "there", 50, 0, 1, false, NULL },
	{ "ok", "there", 50, 0, 1, true, NULL },
	{ "needs trip 58, has 57", "there", 60, 58, 1, false, NULL },
	{ "needs trip 49, has 0", "there", 50, 49, 1, true, NULL },
	{ "its trip 57 is not the one that came here", "there", 60, 57, 2, false, NULL },
	{ "it is of another place", "elsewhere", 60, 57, 1, true, NULL },
};

static void t_bundle_trips(void **state)
{
	const struct trip_case *t = *state;
	struct fixture *f = fixture_new();
	struct bundle first, second;
	open_ingest(f);
	make_bundle(f, "A", &first);
	first.repos[0].trip.leaf.bytes[0] = 1;
	assert_ok(f, import_bundle(f, &first));
	make_bundle(f, "U", &second);
	struct trip_row *trip = &second.repos[0].trip;
	trip->event = t->event;
	trip->parent = t->parent;
	trip->leaf.bytes[0] = t->event != 57 ? 9 : t->parent_leaf;
	trip->filter = str_c(t->filter);
	trip->instance = str_c(t->instance);
	second.change.parent_leaf.bytes[0] = t->parent_leaf;
	second.change.force_older = t->force_older;
	enum err err = import_bundle(f, &second);
	if (strcmp(t->wanted, "ok") == 0)
		assert_ok(f, err);
	else
		assert_err(f, INVALID, err);
	assert_true(!err || strstr(f->e.detail, t->wanted));
	assert_int_equal(second.change.fates[FATE_ADDED], !err);
	assert_int_equal(trips(f, "main"), !err && t->event != 57 ? 2 : 1);
	end_bundle(&first);
	end_bundle(&second);
	fixture_free(f);
}

/* What the log says is what is there. */
static void t_bundle_rebuild(void **state)
{
	struct fixture *f = *state;
	struct bundle x;
	open_ingest(f);
	make_bundle(f, "A- U!", &x);
	assert_ok(f, import_bundle(f, &x));
	end_bundle(&x);
	do_steps(f, "rebuild");
	expect_story(f, "-, deleted A");
	assert_int_equal(fsck_problems(f), 0);
}

/* The medium fails while the writer reads: as if it had never begun. */
static void t_bundle_unreadable(void **state)
{
	struct fixture *f = *state;
	struct bundle x;
	open_ingest(f);
	make_bundle(f, "A+P dep:U", &x);
	x.fail_at = 2;
	assert_err(f, IO, import_bundle(f, &x));
	expect_story(f, "-");
	assert_false(ingest_has_repo(f->g, STR("dep")));
	x.fail_at = 0;
	assert_ok(f, import_bundle(f, &x));
	expect_story(f, "A P, live A+P, shown A");
	end_bundle(&x);
}

/* A killed take-over leaves links: they go at the next start, and nothing of them is quarantined. */
static void t_bundle_killed(void **state)
{
	struct fixture *f = *state;
	struct bundle x;
	char path[PATH_BYTES], hex[SHA256_HEX_BYTES + 1];
	open_ingest(f);
	make_bundle(f, "A+P", &x);
	for (int prov = 0; prov < 2; prov++) {
		sha256_hex(prov ? &x.items[0].prov_digest : &x.items[0].digest, hex);
		assert_int_equal(linkat(x.change.staged, hex, AT_FDCWD, chart_path(f, prov, path), 0), 0);
	}
	shut_uncleanly(f);
	open_ingest(f);
	expect_story(f, "-");
	assert_ok(f, import_bundle(f, &x));
	shut_uncleanly(f);
	open_ingest(f);
	expect_story(f, "A P, live A+P, shown A");
	end_bundle(&x);
}

/* ---- lines that are folded into the index before the end ---- */

#define LONG_ITEMS 14
#define LONG_LINE_BYTES 500000       /* so nine of them are folded, and the others at the end */

struct long_bundle { struct bundle_version item; char *line; };

/* The third one is yanked; each has the same archive. */
static enum err each_long(void *ctx, bundle_visit_version *visit, void *visit_ctx, struct errinfo *e)
{
	struct long_bundle *x = ctx;
	enum err err = OK;
	for (int i = 0; i < LONG_ITEMS && !err; i++) {
		char version[16], file[32], hex[SHA256_HEX_BYTES + 1];
		(void)snprintf(version, sizeof version, "1.%d.0", i);
		(void)snprintf(file, sizeof file, "long-%s.tgz", version);
		sha256_hex(&x->item.digest, hex);
		int n = snprintf(x->line, LONG_LINE_BYTES + 400,
		                 "{\"apiVersion\":\"v1\",\"created\":\"2023-11-14T22:13:20Z\",\"description\":\"%0*d\","
		                 "\"digest\":\"%s\",\"name\":\"long\",\"urls\":[\"charts/%s\"],\"version\":\"%s\"}",
		                 LONG_LINE_BYTES, i, hex, file, version);
		x->item.chart = STR("long");
		x->item.version = str_c(version);
		x->item.file = str_c(file);
		x->item.line = str_make(x->line, (size_t)n);
		x->item.state = i == 2 ? BUNDLE_YANKED : BUNDLE_LIVE;
		err = visit(visit_ctx, &x->item, e);
	}
	return err;
}

static void t_bundle_folded(void **state)
{
	struct fixture *f = *state;
	struct bundle x;
	open_ingest(f);
	make_bundle(f, "A", &x);
	struct long_bundle l = { .item = x.items[0], .line = malloc(LONG_LINE_BYTES + 400) };
	assert_non_null(l.line);
	x.change.each = each_long;
	x.change.ctx = &l;
	x.change.items = LONG_ITEMS;
	assert_ok(f, import_bundle(f, &x));
	assert_int_equal(x.change.fates[FATE_ADDED], LONG_ITEMS);
	struct snapshot *s = ingest_snapshot(f->g, STR("main"));
	assert_int_equal(rope_versions(s->json), LONG_ITEMS - 1);
	snapshot_unref(s);
	struct shown was = show_index(f);
	reopen(f);
	struct shown is = show_index(f);         /* made of the rows */
	assert_true(same_index(&was, &is));
	drop_shown(was);
	drop_shown(is);
	end_bundle(&x);
	free(l.line);
}

/* ---- where nobody reads an index ---- */

static const struct unread_case { const char *before, *items; bool yaml, restart_unclean; } unread_cases[] = {
	{ "", "A dep:U", false, false },
	{ "", "A U", true, false },
	{ "publish A", "A- U", false, false },
	{ "publish A", "U A!?", true, true },
	{ "publish A; delete", "A", false, true },
	{ "publish A; spoil; report", "U", false, false },
};

static size_t held(struct fixture *f, const char *repo)
{
	struct snapshot *s = ingest_snapshot(f->g, str_c(repo));
	size_t n = rope_versions(s->json);
	snapshot_unref(s);
	return n;
}

/* The file says what the index of the rows does, and the index was never made. */
static void t_bundle_unread(void **state)
{
	const struct unread_case *t = *state;
	struct fixture *f = fixture_new();
	struct bundle x;
	AUTO_FREE char *text = NULL;
	size_t bytes;
	char path[PATH_BYTES];
	f->o.index_files = true;
	f->o.yaml = t->yaml;
	open_ingest(f);
	do_steps(f, t->before);
	if (t->restart_unclean)
		shut_uncleanly(f);
	else
		shut(f);
	f->o.unread = true;
	open_ingest(f);
	make_bundle(f, t->items, &x);
	assert_ok(f, import_bundle(f, &x));
	assert_int_equal(held(f, "main"), 0);
	end_bundle(&x);
	shut(f);
	story_path(f, "main/index.yaml", path);
	assert_ok(f, fs_read_named(path, MIB, &text, &bytes, &f->e));
	f->o.unread = false;
	open_ingest(f);
	struct shown is = show_index(f);
	assert_string_equal(text, t->yaml ? is.yaml.p : is.json.p);
	drop_shown(is);
	fixture_free(f);
}

/* What is shown in a virtual repository is made of indexes that are held. */
static void t_bundle_unread_virtual(void **state)
{
	struct fixture *f = *state;
	struct bundle x;
	open_ingest(f);
	do_steps(f, "publish A");
	set_repo(f, "all", "{\"members\":\"main\"}");
	f->o.unread = true;
	reopen(f);
	make_bundle(f, "U", &x);
	assert_ok(f, import_bundle(f, &x));
	assert_int_equal(held(f, "main"), 2);
	assert_int_equal(held(f, "all"), 2);
	end_bundle(&x);
}

int main(void)
{
	const struct CMUnitTest others[] = {
		TEST(t_bundle_folded),
		TEST(t_bundle_unread_virtual),
		TEST(t_bundle_brings_repositories),
		TEST(t_bundle_rebuild),
		TEST(t_bundle_unreadable),
		TEST(t_bundle_killed),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("t_bundle_items", t_bundle_items, rows);
	failed += RUN_TABLE("t_bundle_trips", t_bundle_trips, trip_cases);
	failed += RUN_TABLE("t_bundle_unread", t_bundle_unread, unread_cases);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
