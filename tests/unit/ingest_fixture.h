/* A small language for what is done to a data directory, and a story of what has become of it.
 *
 *     publish A, publish A+P     a chart, with its provenance file; also force …, try … (a dry
 *                                run), try-force …, adopt …
 *     prov P                     a provenance file alone; also force-prov P, try-prov P
 *     delete, try-delete, undelete, purge    the version
 *     report, fsck-report        "this file is damaged", from a reader and from fsck
 *     lost-prov, try-lost-prov   "the provenance file is", from fsck
 *     rebuild                    the repository
 *     put A, put-prov P          bytes under the chart's name, behind ingest's back
 *     new A                      bytes under the name of a replacement that waits for its commit
 *     rm, rm-prov, spoil, spoil-prov, mkdir, mkdir-prov, link
 *     rmdir charts, rmdir .      the repository's folder, or part of it, with all that is in it
 *
 * Steps are separated by "; ".                                                               */
#pragma once

#include "ingest_data.h"

/* ---- steps ---- */

static inline struct fs_tmp tmp_of(struct fixture *f, struct str bytes)
{
	struct fs_tmp t;
	assert_ok(f, datadir_tmp(ingest_datadir(f->g), &t, &f->e));
	assert_ok(f, fs_pwrite(t.fd, bytes, 0, &f->e));
	return t;
}

/* False when `verb` is no change but something done to the files. */
static inline bool fill_change(struct fixture *f, struct change *c, const char *verb,
                               const char *what)
{
	static const struct { const char *verb; struct change is; } verbs[] = {
		{ "publish",     { .kind = CHANGE_PUBLISH } },
		{ "force",       { .kind = CHANGE_PUBLISH, .force = true } },
		{ "try",         { .kind = CHANGE_PUBLISH, .dry_run = true } },
		{ "try-force",   { .kind = CHANGE_PUBLISH, .force = true, .dry_run = true } },
		{ "adopt",       { .kind = CHANGE_PUBLISH, .adopt = true } },
		{ "prov",        { .kind = CHANGE_PROV } },
		{ "force-prov",  { .kind = CHANGE_PROV, .force = true } },
		{ "try-prov",    { .kind = CHANGE_PROV, .dry_run = true } },
		{ "delete",      { .kind = CHANGE_DELETE } },
		{ "undelete",    { .kind = CHANGE_UNDELETE } },
		{ "purge",       { .kind = CHANGE_PURGE } },
		{ "try-delete",  { .kind = CHANGE_DELETE, .dry_run = true } },
		{ "report",      { .kind = CHANGE_DAMAGED } },
		{ "fsck-report", { .kind = CHANGE_DAMAGED, .quarantine = true } },
		{ "lost-prov",   { .kind = CHANGE_PROV_LOST } },
		{ "try-lost-prov", { .kind = CHANGE_PROV_LOST, .dry_run = true } },
		{ "rebuild",     { .kind = CHANGE_REBUILD } },
		{ "list",        { .kind = CHANGE_IMAGES, .has_images = true } },
		{ "unlist",      { .kind = CHANGE_IMAGES } },
		{ "yank",        { .kind = CHANGE_YANK } },
		{ "unyank",      { .kind = CHANGE_UNYANK } },
	};
	size_t i = 0;
	while (i < ROWS(verbs) && strcmp(verbs[i].verb, verb) != 0)
		i++;
	if (i == ROWS(verbs))
		return false;
	*c = verbs[i].is;
	c->tgz.fd = c->prov_tmp.fd = -1;
	c->repo = STR("main");
	c->actor = STR("tester");
	c->file = STR(FILE_NAME);
	const char *plus = strchr(what, '+');
	if (c->kind == CHANGE_PROV || plus)
		c->prov = material(f, plus ? plus[1] : *what)->bytes;
	if (c->kind == CHANGE_IMAGES && c->has_images && *what)
		c->images = *what == 'a' ? STR("a:1\nb\n") : STR("c:2\n");
	if (c->kind == CHANGE_PUBLISH)
		c->tgz = tmp_of(f, material(f, *what)->bytes);
	return true;
}

static inline void remove_folder(const struct fixture *f, const char *what)
{
	char path[PATH_BYTES], below[64];
	(void)snprintf(below, sizeof below, "repos/main/%s", strcmp(what, ".") ? what : "");
	remove_tree(path_below(f->data, below, path));
	assert_int_not_equal(access(path, F_OK), 0);
}

static inline void touch_files(struct fixture *f, const char *verb, const char *what)
{
	char path[PATH_BYTES];
	bool prov = strlen(verb) > 5 && strcmp(verb + strlen(verb) - 5, "-prov") == 0;
	(void)chart_path(f, prov, path);
	if (strcmp(verb, "rmdir") == 0)
		remove_folder(f, what);
	else if (strcmp(verb, "new") == 0)
		write_at(step_path(f, &material(f, *what)->digest, path), material(f, *what)->bytes);
	else if (strncmp(verb, "put", 3) == 0)
		write_at(path, material(f, *what)->bytes);
	else if (strncmp(verb, "spoil", 5) == 0)
		write_at(path, STR("spoiled"));
	else if (strncmp(verb, "rm", 2) == 0)
		assert_int_equal(unlink(path), 0);
	else if (strncmp(verb, "mkdir", 5) == 0)
		assert_true((unlink(path) == 0 || errno == ENOENT) && mkdir(path, 0700) == 0);
	else if (strcmp(verb, "link") == 0)
		assert_true((unlink(path) == 0 || errno == ENOENT) && symlink("elsewhere", path) == 0);
	else
		fail_msg("what is \"%s\"?", verb);
}

static inline void split_step(struct str step, char verb[32], char what[32])
{
	struct str first = str_cut(&step, ' ', NULL);
	(void)snprintf(verb, 32, "%.*s", STR_ARG(first));
	(void)snprintf(what, 32, "%.*s", STR_ARG(step));
}

/* What it said is in f->e and f->last. */
static inline enum err apply_change(struct fixture *f, struct change *c)
{
	enum err err = ingest_apply(f->g, c);
	f->e = c->error;
	f->last = c->result;
	change_done(c);
	return err;
}

/* Makes it where it is not there. */
static inline void set_repo(struct fixture *f, const char *name, const char *settings)
{
	struct change c;
	change_init(&c, ingest_has_repo(f->g, str_c(name)) ? CHANGE_REPO_SET : CHANGE_REPO);
	c.repo = str_c(name);
	c.create_repo = c.kind == CHANGE_REPO;
	c.settings = str_c(settings);
	assert_ok(f, apply_change(f, &c));
}

static inline void publish_into(struct fixture *f, const char *repo)
{
	struct change c;
	assert_true(fill_change(f, &c, "publish", "A"));
	c.repo = str_c(repo);
	c.create_repo = true;
	assert_ok(f, apply_change(f, &c));
}

static inline enum err do_step(struct fixture *f, struct str step)
{
	struct change c;
	char verb[32], what[32];
	split_step(step, verb, what);
	if (!fill_change(f, &c, verb, what)) {
		touch_files(f, verb, what);
		return OK;
	}
	return apply_change(f, &c);
}

typedef enum err fixture_step(struct fixture *f, struct str step);

/* Each of them must succeed; one that begins with '!' must be refused. */
static inline void each_step(struct fixture *f, const char *steps, fixture_step *run)
{
	for (struct str rest = str_c(steps); rest.n;) {
		struct str step = str_trim(str_cut(&rest, ';', NULL));
		bool refused = step.n && step.p[0] == '!';
		enum err err = step.n ? run(f, str_from(step, refused)) : OK;
		if (!err != !refused)
			fail_msg("%.*s: %s", STR_ARG(step), err ? (const char *)f->e.detail : "it was done");
	}
}

static inline void do_steps(struct fixture *f, const char *steps) { each_step(f, steps, do_step); }

/* ---- what has become of it ---- */

static inline char letter_of(const struct fixture *f, const struct sha256 *digest)
{
	for (size_t i = 0; i < MATERIAL_COUNT; i++)
		if (sha256_eq(&f->material[i].digest, digest))
			return f->material[i].letter;
	return '?';
}

static inline void tell_row(struct fixture *f, struct sbuf *b)
{
	static const char *const states[] = { "live", "deleted", "damaged" };
	AUTO_ARENA struct arena a = { 0 };
	struct reader *reader = NULL;
	struct version_row row;
	assert_ok(f, reader_take(f->g, &reader, &f->e));
	struct repository *r = repository_find(f->g, STR("main"));
	enum err err = catalog_version_by_file(reader->catalog, &a, r->id, STR(FILE_NAME), &row, &f->e);
	reader_give(f->g, reader);
	if (err) {
		assert_int_equal(err, ERR_NOT_FOUND);
		return;
	}
	sbuf_printf(b, ", %s %c", states[row.state], letter_of(f, &row.digest));
	if (row.has_images)                  /* only its first letter; of no image: none */
		sbuf_printf(b, " list %.*s", row.images.n > 0, row.images.p);
	if (row.has_prov)
		sbuf_printf(b, "+%c", letter_of(f, &row.prov_digest));
}

/* The digests in the index, by letter. */
static inline void tell_index(struct fixture *f, struct sbuf *b)
{
	struct snapshot *s = ingest_snapshot(f->g, STR("main"));
	assert_non_null(s);
	struct str text = rope_text(s->json);
	for (size_t i = 0; i < MATERIAL_COUNT; i++) {
		char hex[SHA256_HEX_BYTES + 1];
		sha256_hex(&f->material[i].digest, hex);
		if (memmem(text.p, text.n, hex, SHA256_HEX_BYTES))
			sbuf_printf(b, ", shown %c", f->material[i].letter);
	}
	drop(text);
	snapshot_unref(s);
}

/* "A, P, live A+P, shown A, quarantine 1": the files, the row, the index. */
static inline void tell_story(struct fixture *f, char ret[STORY_BYTES])
{
	char path[PATH_BYTES];
	AUTO_SBUF struct sbuf b = sbuf_make(STORY_BYTES);
	sbuf_putc(&b, letter_at(f, chart_path(f, false, path)));
	char prov = letter_at(f, chart_path(f, true, path));
	if (prov != '-')
		sbuf_printf(&b, " %c", prov);
	tell_row(f, &b);
	tell_index(f, &b);
	unsigned put_away = put_away_of(f);
	if (put_away)
		sbuf_printf(&b, ", quarantine %u", put_away);
	assert_true(sbuf_ok(&b));
	(void)snprintf(ret, STORY_BYTES, "%s", b.p);
}

struct kinds { struct sbuf *b; uint64_t count; };

static enum err fixture_kind(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct kinds *k = ctx;
	(void)e;
	k->count++;
	if (k->b)
		sbuf_printf(k->b, " +%.*s", STR_ARG(ev->kind));
	return OK;
}

/* Appends the kinds of the events after `since`; returns how many there are in all. */
static inline uint64_t tell_events(struct fixture *f, uint64_t since, struct sbuf *b)
{
	struct kinds k = { b, since };
	struct reader *reader = NULL;
	assert_ok(f, reader_take(f->g, &reader, &f->e));
	assert_ok(f, catalog_events_each(reader->catalog, since, fixture_kind, &k, &f->e));
	reader_give(f->g, reader);
	return k.count;
}

static inline void expect_story(struct fixture *f, const char *wanted)
{
	char story[STORY_BYTES];
	tell_story(f, story);
	assert_string_equal(story, wanted);
}

/* ---- the index ---- */

struct shown { struct str json, yaml; struct sha256 identity; };

static inline struct shown show_index(struct fixture *f)
{
	struct snapshot *s = ingest_snapshot(f->g, STR("main"));
	assert_non_null(s);
	struct shown x = { .json = rope_text(s->json), .identity = s->identity };
	if (s->yaml)
		x.yaml = rope_text(s->yaml);
	snapshot_unref(s);
	return x;
}

static inline void drop_shown(struct shown x)
{
	drop(x.json);
	drop(x.yaml);
}

/* The same index has the same identity, another one another. */
static inline bool same_index(const struct shown *a, const struct shown *b)
{
	bool same = str_eq(a->json, b->json);
	assert_int_equal(sha256_eq(&a->identity, &b->identity), same);
	assert_int_equal(str_eq(a->yaml, b->yaml), same || !a->yaml.n);
	return same;
}

/* How many problems fsck finds. */
static inline uint64_t fsck_problems(struct fixture *f)
{
	struct fsck_report report;
	const struct fsck_options o = { .repair = false };
	assert_ok(f, ingest_fsck(f->g, &o, &report, &f->e));
	return report.problems;
}
