/* A catalog of charts that is made of lines, one version each:
 *
 *     repo/name version                            without dependencies
 *     repo/name version x=^1@https://h y=1@,vendored=1.2.0
 *
 * Words behind a dependency: locked, lock (its repository), vendored, alias, condition, tags (a+b).
 * `chart_files` writes files of the archive that no line can say.                            */
#pragma once

#include <semaphore.h>

#include "indexer/base/json.h"
#include "indexer/hub/impl.h"
#include "ingest_fixture.h"

#define CHART_FILES_MAX 16

struct chart_files { struct { const char *name, *text; } list[CHART_FILES_MAX]; };

struct charts {
	struct fixture *f;
	struct hub *hub;
	_Atomic(struct hub *) woken;     /* the same, for the writer */
	struct hub_options o;
};

static const char *const hub_addresses[] = { "https://h" };

static inline void tell_hub(void *ctx, uint64_t last)
{
	struct charts *x = ctx;
	struct hub *h = x->woken;
	if (h)
		hub_wake(h, last);
}

static inline struct charts *charts_open(void)
{
	struct charts *x = calloc(1, sizeof *x);
	assert_non_null(x);
	x->f = fixture_new();
	x->f->o.committed = tell_hub;
	x->f->o.committed_ctx = x;
	open_ingest(x->f);
	x->o = (struct hub_options){ .ingest = x->f->g, .addresses = hub_addresses,
	                             .address_count = ROWS(hub_addresses) };
	assert_ok(x->f, hub_open(&x->o, &x->hub, &x->f->e));
	x->woken = x->hub;
	return x;
}

static inline void charts_close(struct charts *x)
{
	x->woken = NULL;
	hub_close(x->hub);
	fixture_free(x->f);
	free(x);
}

static inline void charts_follow(struct charts *x) { assert_true(hub_wait(x->hub, 0, 60000)); }

/* ---- an archive ---- */

struct dependency_words {
	struct str name, range, repository, locked, lock, vendored, alias, condition, tags;
};

static inline struct dependency_words read_dependency(struct str word)
{
	struct dependency_words d = { .name = str_cut(&word, '=', NULL) };
	struct { const char *name; struct str *to; } const keys[] = {
		{ "locked", &d.locked }, { "lock", &d.lock }, { "vendored", &d.vendored },
		{ "alias", &d.alias }, { "condition", &d.condition }, { "tags", &d.tags },
	};
	struct str first = str_cut(&word, ',', NULL);
	d.range = str_cut(&first, '@', NULL);
	d.repository = first;
	while (word.n) {
		struct str value = str_cut(&word, ',', NULL), key = str_cut(&value, '=', NULL);
		size_t i = 0;
		while (i < ROWS(keys) && !str_eq_c(key, keys[i].name))
			i++;
		assert_true(i < ROWS(keys));
		*keys[i].to = value;
	}
	return d;
}

static inline void put_member(struct sbuf *tar, struct str chart, const char *name, struct str text)
{
	char path[600];
	(void)snprintf(path, sizeof path, "%.*s/%s", STR_ARG(chart), name);
	archive_put(tar, &(struct raw_member){ .name = path, .data = text.p, .data_bytes = text.n });
}

static inline void put_yaml_dependency(struct sbuf *b, const struct dependency_words *d)
{
	sbuf_printf(b, "- {name: \"%.*s\", version: \"%.*s\", repository: \"%.*s\"", STR_ARG(d->name),
	            STR_ARG(d->range), STR_ARG(d->repository));
	if (d->alias.n)
		sbuf_printf(b, ", alias: \"%.*s\"", STR_ARG(d->alias));
	if (d->condition.n)
		sbuf_printf(b, ", condition: \"%.*s\"", STR_ARG(d->condition));
	if (d->tags.n) {
		struct str tags = d->tags;
		sbuf_puts(b, ", tags: [");
		while (tags.n) {
			struct str tag = str_cut(&tags, '+', NULL);
			sbuf_printf(b, "\"%.*s\",", STR_ARG(tag));
		}
		sbuf_puts(b, "]");
	}
	sbuf_puts(b, "}\n");
}

static inline void put_vendored(struct sbuf *tar, struct str chart, const struct dependency_words *d)
{
	char name[300], text[300];
	(void)snprintf(name, sizeof name, "charts/%.*s/Chart.yaml", STR_ARG(d->name));
	(void)snprintf(text, sizeof text, "apiVersion: v2\nname: \"%.*s\"\nversion: %.*s\n", STR_ARG(d->name),
	               STR_ARG(d->vendored));
	put_member(tar, chart, name, str_c(text));
}

static inline void put_archive(struct sbuf *tar, struct str name, struct str version,
                               struct str words, const struct chart_files *files)
{
	AUTO_SBUF struct sbuf yaml = sbuf_make(MIB), lock = sbuf_make(MIB);
	sbuf_printf(&yaml, "apiVersion: v2\nname: \"%.*s\"\nversion: %.*s\n", STR_ARG(name), STR_ARG(version));
	struct str rest = words;
	sbuf_puts(&yaml, words.n ? "dependencies:\n" : "");
	while (rest.n) {
		const struct dependency_words d = read_dependency(str_cut(&rest, ' ', NULL));
		put_yaml_dependency(&yaml, &d);
		if (d.locked.n)
			sbuf_printf(&lock, "- {name: \"%.*s\", version: \"%.*s\", repository: \"%.*s\"}\n",
			            STR_ARG(d.name), STR_ARG(d.locked), STR_ARG(d.lock.n ? d.lock : d.repository));
	}
	put_member(tar, name, "Chart.yaml", sbuf_str(&yaml));
	if (lock.n) {
		AUTO_SBUF struct sbuf whole = sbuf_make(MIB);
		sbuf_printf(&whole, "dependencies:\n%.*sdigest: sha256:00\n", STR_ARG(sbuf_str(&lock)));
		put_member(tar, name, "Chart.lock", sbuf_str(&whole));
	}
	for (rest = words; rest.n;) {
		const struct dependency_words d = read_dependency(str_cut(&rest, ' ', NULL));
		if (d.vendored.n)
			put_vendored(tar, name, &d);
	}
	for (size_t i = 0; files && i < CHART_FILES_MAX && files->list[i].name; i++)
		put_member(tar, name, files->list[i].name, str_c(files->list[i].text));
	archive_end(tar);
}

/* Many at once, so that they share commits. */
#define PUBLISHED_AT_ONCE 200
struct publishing { struct change list[PUBLISHED_AT_ONCE]; size_t count; sem_t done; };

static inline void one_is_done(struct change *c) { (void)sem_post(&((struct publishing *)c->ctx)->done); }

static inline void submit(struct charts *x, struct publishing *p, struct str line,
                          const struct chart_files *files)
{
	AUTO_SBUF struct sbuf tar = sbuf_make(ARCHIVE_TEST_MAX_BYTES);
	AUTO_SBUF struct sbuf tgz = sbuf_make(ARCHIVE_TEST_MAX_BYTES);
	struct change *c = &p->list[p->count++];
	struct str place = str_cut(&line, ' ', NULL), version = str_cut(&line, ' ', NULL);
	const char *slash = memrchr(place.p, '/', place.n);
	size_t n = (size_t)(slash - place.p);
	put_archive(&tar, str_from(place, n + 1), version, line, files);
	archive_gzip(&tgz, sbuf_str(&tar), &(struct raw_gzip){ .level = 1 });
	assert_true(sbuf_ok(&tar) && sbuf_ok(&tgz));
	change_init(c, CHANGE_PUBLISH);
	c->repo = str_first(place, n);
	c->create_repo = true;
	c->tgz = tmp_of(x->f, sbuf_str(&tgz));
	c->done = one_is_done;
	c->ctx = p;
	ingest_submit(x->f->g, c);
}

static inline void finish(struct publishing *p)
{
	for (size_t i = 0; i < p->count; i++)
		(void)sem_wait(&p->done);
	for (size_t i = 0; i < p->count; i++) {
		if (p->list[i].err)
			fail_msg("%s", p->list[i].error.detail);
		change_done(&p->list[i]);
	}
	p->count = 0;
}

static inline void charts_publish_with(struct charts *x, struct str line,
                                       const struct chart_files *files)
{
	struct publishing *p = calloc(1, sizeof *p);
	assert_non_null(p);
	(void)sem_init(&p->done, 0, 0);
	submit(x, p, line, files);
	finish(p);
	free(p);
}

/* Lines are separated by newlines. */
static inline void charts_publish(struct charts *x, const char *lines)
{
	struct publishing *p = calloc(1, sizeof *p);
	struct str rest = str_c(lines);
	assert_non_null(p);
	(void)sem_init(&p->done, 0, 0);
	while (rest.n) {
		struct str line = str_trim(str_cut(&rest, '\n', NULL));
		if (line.n)
			submit(x, p, line, NULL);
		if (p->count == PUBLISHED_AT_ONCE) {
			finish(p);
			charts_follow(x);            /* nobody waits for a catalog that is HUB_WAIT_EVENTS behind */
		}
	}
	finish(p);
	free(p);
	charts_follow(x);
}

static inline bool is_rendered(struct hub *h)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo e = { 0 };
	struct hub_reader *r;
	struct str repo, name, version;
	assert_int_equal(hub_reader_take(h, &r, &e), OK);
	enum err err = search_unrendered(r->search, &a, STR(""), &repo, &name, &version, &e);
	hub_reader_give(h, r);
	return err == ERR_NOT_FOUND;
}

/* The follower has nothing to do any more: for those who look at each allocation. */
static inline void charts_rest(struct charts *x)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	for (int i = 0; i < 30000 && !is_rendered(x->hub); i++)
		(void)nanosleep(&pause, NULL);
	assert_true(is_rendered(x->hub));
	set_repo(x->f, "empty", "{}");       /* behind this it has left what was rendered */
	charts_follow(x);
}

static inline void charts_yank_for(struct charts *x, const char *repo, const char *file, const char *reason)
{
	struct change c;
	change_init(&c, CHANGE_YANK);
	c.repo = str_c(repo);
	c.file = str_c(file);
	c.reason = str_c(reason);
	assert_ok(x->f, apply_change(x->f, &c));
	charts_follow(x);
}

static inline void charts_yank(struct charts *x, const char *repo, const char *file)
{
	charts_yank_for(x, repo, file, "");
}

/* ---- a viewer who does not see the repository "secret" ---- */

static inline bool sees_no_secret(void *ctx, struct str repo)
{
	(void)ctx;
	return !str_starts(repo, STR("secret"));
}
static const struct hub_viewer stranger = { sees_no_secret, NULL };
