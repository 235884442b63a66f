/* A small language for repositories that are made of others, and what they show.
 *
 *     make all {…}               with settings; set all {…}, rename a b, remove a
 *     push a app 1.0.0           a chart; other a app 1.0.0: other bytes, forced
 *     prov a app 1.0.0           its provenance file
 *     yank, unyank, unlist, report a app 1.0.0
 *     offer up app 1.0.0 2.0.0   the upstream's index has these versions of it
 *     copy up app 1.0.0          the same, with bytes of no upstream in particular
 *     blur up app 1.0.0          the same, with a line that nobody can read
 *     loses up app 1.0.0         … and not this one any more
 *     loaded up                  it was read whole
 *     promote all app 1.0.0, undo all app 1.0.0
 *     release all, rebuild all
 *     rm a app 1.0.0             the file, behind ingest's back
 *
 * Steps are separated by "; ". A step that begins with '!' is refused.                       */
#pragma once

#include "indexer/base/clock.h"
#include "indexer/format/index.h"
#include "indexer/ingest/upstream_change.h"
#include "indexer/ingest/virtual.h"
#include "ingest_fixture.h"

#define VIRTUAL_STORY 2048

#ifndef BEFORE_CHANGE                /* what stands around the program's own part of a step */
#define BEFORE_CHANGE() ((void)0)
#define AFTER_CHANGE() ((void)0)
#endif

struct step { struct str verb, repo, rest; };

static inline struct step read_step(struct str text)
{
	struct step s;
	s.verb = str_cut(&text, ' ', NULL);
	s.repo = str_cut(&text, ' ', NULL);
	s.rest = text;
	return s;
}

static inline enum change_kind step_kind(struct str verb)
{
	static const struct { const char *verb; enum change_kind kind; } verbs[] = {
		{ "make", CHANGE_REPO }, { "set", CHANGE_REPO_SET }, { "rename", CHANGE_REPO_RENAME },
		{ "remove", CHANGE_REPO_DELETE }, { "push", CHANGE_PUBLISH }, { "other", CHANGE_PUBLISH },
		{ "prov", CHANGE_PROV }, { "yank", CHANGE_YANK }, { "unyank", CHANGE_UNYANK },
		{ "unlist", CHANGE_DELETE }, { "report", CHANGE_DAMAGED }, { "promote", CHANGE_PROMOTE },
		{ "undo", CHANGE_UNPROMOTE }, { "release", CHANGE_RELEASE }, { "rebuild", CHANGE_REBUILD },
		{ "offer", CHANGE_UPSTREAM }, { "copy", CHANGE_UPSTREAM }, { "blur", CHANGE_UPSTREAM }, { "loses", CHANGE_UPSTREAM },
		{ "loaded", CHANGE_UPSTREAM },
	};
	for (size_t i = 0; i < ROWS(verbs); i++)
		if (str_eq_c(verb, verbs[i].verb))
			return verbs[i].kind;
	fail_msg("what is \"%.*s\"?", STR_ARG(verb));
	return CHANGE_REPO;
}

/* ---- an upstream's index ---- */

static inline void fill_entry(struct arena *a, struct str repo, struct str name, struct str version,
                              bool gone, struct upstream_entry *ret)
{
	AUTO_SBUF struct sbuf line = sbuf_make(64 * KIB);
	struct sha256 digest;
	const char *text = arena_printf(a, "%.*s %.*s %.*s", STR_ARG(repo), STR_ARG(name), STR_ARG(version));
	assert_int_equal(sha256_of(str_c(text), &digest, NULL), OK);
	struct chart_meta m = { .api_version = STR("v2"), .name = name, .version = version };
	const char *file = arena_printf(a, "%.*s-%.*s.tgz", STR_ARG(name), STR_ARG(version));
	const char *url = arena_printf(a, "https://up.example/%s", file);
	index_line(&line, &m, str_c(url), 1700000000 * NS_PER_SECOND, &digest);
	*ret = (struct upstream_entry){ .news = gone ? UPSTREAM_GONE : UPSTREAM_SAYS, .file = str_c(file) };
	ret->remote = (struct remote_row){
		.chart = name, .version = version, .has_digest = true, .digest = digest, .hash = digest,
		.created_ns = 1700000000 * NS_PER_SECOND, .urls = STR("[]"), .state = REMOTE_TAKEN,
	};
	assert_true(sbuf_ok(&line) && arena_str(a, sbuf_str(&line), &ret->line));
}

static inline void blur(struct arena *a, struct str *line)
{
	static const struct str time = STR("\"created\":\"");
	char *text = arena_dup(a, *line);
	char *at = text ? strstr(text, time.p) : NULL;
	assert_non_null(at);
	at[time.n] = 'x';
	*line = str_c(text);
}

static inline void fill_upstream(struct arena *a, const struct step *s, struct upstream_change *ret)
{
	struct str rest = s->rest, name = str_cut(&rest, ' ', NULL), version;
	static const struct upstream_row whole = { .state = UPSTREAM_IS_FRESH };
	struct upstream_entry *list = arena_array(a, 16, sizeof *list);
	*ret = (struct upstream_change){ .entries = list,
	                                 .row = str_eq(s->verb, STR("loaded")) ? &whole : NULL };
	while ((version = str_cut(&rest, ' ', NULL)).n) {
		fill_entry(a, str_eq(s->verb, STR("copy")) ? STR("any") : s->repo, name, version,
		           str_eq(s->verb, STR("loses")), &list[ret->count++]);
		if (str_eq(s->verb, STR("blur")))
			blur(a, &list[ret->count - 1].line);
	}
}

/* ---- steps ---- */

static inline void fill_chart(struct fixture *f, struct arena *a, const struct step *s, struct change *c)
{
	const char *name = arena_dup(a, c->chart), *version = arena_dup(a, c->version);
	struct str tgz = make_chart(name, version, str_eq(s->verb, STR("other")) ? 9 : 6);
	struct sha256 digest;
	assert_int_equal(sha256_of(tgz, &digest, NULL), OK);
	if (c->kind == CHANGE_PUBLISH)
		c->tgz = tmp_of(f, tgz);
	if (c->kind == CHANGE_PROV) {
		struct str prov = make_prov(name, version, &digest, "x");
		assert_true(arena_str(a, prov, &c->prov));
		drop(prov);
	}
	drop(tgz);
}

/* Behind ingest's back. */
static inline void remove_chart(struct fixture *f, const struct step *s)
{
	char below[256], path[PATH_BYTES];
	struct str version = s->rest, name = str_cut(&version, ' ', NULL);
	(void)snprintf(below, sizeof below, "repos/%.*s/charts/%.*s-%.*s.tgz", STR_ARG(s->repo),
	               STR_ARG(name), STR_ARG(version));
	assert_int_equal(unlink(path_below(f->data, below, path)), 0);
}

static inline enum err virtual_step(struct fixture *f, struct str text)
{
	AUTO_ARENA struct arena a = { 0 };
	struct change c;
	struct upstream_change up;
	struct step s = read_step(text);
	if (str_eq(s.verb, STR("rm"))) {
		remove_chart(f, &s);
		return OK;
	}
	change_init(&c, step_kind(s.verb));
	c.repo = s.repo;
	c.actor = STR("tester");
	c.create_repo = c.expect_new = c.kind == CHANGE_REPO;
	c.settings = c.to = s.rest;
	struct str rest = s.rest;
	c.chart = str_cut(&rest, ' ', NULL);
	c.version = rest;
	c.force = true;
	const char *file = arena_printf(&a, "%.*s-%.*s.tgz", STR_ARG(c.chart), STR_ARG(c.version));
	c.file = str_c(file);
	c.reason = c.kind == CHANGE_PROMOTE ? STR("it was tested") : (struct str){ 0 };
	if (c.kind == CHANGE_PUBLISH || c.kind == CHANGE_PROV)
		fill_chart(f, &a, &s, &c);
	if (c.kind == CHANGE_UPSTREAM) {
		fill_upstream(&a, &s, &up);
		c.upstream = &up;
	}
	BEFORE_CHANGE();
	enum err err = apply_change(f, &c);
	AFTER_CHANGE();
	return err;
}

static inline void virtual_steps(struct fixture *f, const char *steps)
{
	each_step(f, steps, virtual_step);
}

/* ---- what it shows ---- */

static inline void tell_version(struct fixture *f, struct sbuf *b, struct str repo, struct str name,
                                struct str version)
{
	char file[256];
	struct str member;
	(void)snprintf(file, sizeof file, "%.*s-%.*s.tgz", STR_ARG(name), STR_ARG(version));
	assert_ok(f, ingest_virtual_file(f->g, repo, str_c(file), &member, &f->e));
	sbuf_printf(b, "%s%.*s %.*s %.*s", b->n ? ", " : "", STR_ARG(name), STR_ARG(version),
	            STR_ARG(member));
}

/* "app 1.0.0 stable, redis 2.0.0 up": every version in the index and who keeps it. Block YAML, where it
 * is kept, says the same.                                                                     */
static inline void tell_virtual(struct fixture *f, const char *repo, char ret[VIRTUAL_STORY])
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(VIRTUAL_STORY);
	struct snapshot *s = ingest_snapshot(f->g, str_c(repo));
	struct str *names;
	struct rope_version *list;
	size_t count, versions;
	ret[0] = '\0';
	if (!s)
		return;
	assert_ok(f, rope_names(&a, s->json, &names, &count, &f->e));
	for (size_t i = 0; i < count; i++) {
		assert_ok(f, rope_chart(&a, s->json, names[i], &list, &versions, &f->e));
		for (size_t k = 0; k < versions; k++)
			tell_version(f, &b, str_c(repo), names[i], list[k].version);
	}
	if (s->yaml)
		assert_true(rope_versions(s->yaml) == rope_versions(s->json) &&
		            rope_charts(s->yaml) == rope_charts(s->json));
	snapshot_unref(s);
	assert_true(sbuf_ok(&b));
	(void)snprintf(ret, VIRTUAL_STORY, "%.*s", (int)b.n, b.n ? b.p : "");
}

static inline void expect_virtual(struct fixture *f, const char *repo, const char *wanted)
{
	char story[VIRTUAL_STORY];
	tell_virtual(f, repo, story);
	assert_string_equal(story, wanted);
}

/* ---- the same again ---- */

struct virtual_face { struct str json, yaml; struct sha256 identity; uint64_t event; };

static inline struct virtual_face face_of(struct fixture *f, const char *repo)
{
	struct virtual_face face = { .event = 0 };
	struct snapshot *s = ingest_snapshot(f->g, str_c(repo));
	assert_non_null(s);
	face.json = rope_text(s->json);
	if (s->yaml)
		face.yaml = rope_text(s->yaml);
	face.identity = s->identity;
	face.event = s->event;
	snapshot_unref(s);
	return face;
}

static inline void drop_face(struct virtual_face *x)
{
	drop(x->json);
	if (x->yaml.n)
		drop(x->yaml);
}

static inline bool is_same_face(const struct virtual_face *a, const struct virtual_face *b)
{
	return str_eq(a->json, b->json) && str_eq(a->yaml, b->yaml) && a->event == b->event &&
	       sha256_eq(&a->identity, &b->identity);
}

/* Bytes and ETag are what they were before a restart. */
static inline void expect_same_after_restart(struct fixture *f, const char *repo)
{
	struct virtual_face before = face_of(f, repo);
	reopen(f);
	struct virtual_face after = face_of(f, repo);
	if (!is_same_face(&before, &after))
		fail_msg("%s: event %d, then %d:\n%.*s\n%.*s", repo, (int)before.event, (int)after.event,
		         STR_ARG(before.json), STR_ARG(after.json));
	drop_face(&before);
	drop_face(&after);
}
