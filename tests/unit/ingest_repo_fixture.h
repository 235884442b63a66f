/* A small language for what is done to repositories, and a story of what has become of them.
 *
 *     make a, make a {…}         with settings
 *     set a {…}, rename a b, remove a, forget a (purges what is kept of removed ones)
 *     push a                     chart A into it, made only where a parent makes it
 *     yank a, unyank a, unlist a (deletes the version), bring a (undeletes it), purge a      */
#pragma once

#include "ingest_fixture.h"

#define STORY 512

static inline enum change_kind kind_of(const char *verb)
{
	static const struct { const char *verb; enum change_kind kind; } verbs[] = {
		{ "make", CHANGE_REPO }, { "set", CHANGE_REPO_SET }, { "rename", CHANGE_REPO_RENAME },
		{ "remove", CHANGE_REPO_DELETE }, { "push", CHANGE_PUBLISH }, { "yank", CHANGE_YANK },
		{ "unyank", CHANGE_UNYANK }, { "unlist", CHANGE_DELETE },
		{ "bring", CHANGE_UNDELETE }, { "purge", CHANGE_PURGE }, { "forget", CHANGE_REPO_PURGE },
	};
	for (size_t i = 0; i < ROWS(verbs); i++)
		if (strcmp(verbs[i].verb, verb) == 0)
			return verbs[i].kind;
	fail_msg("what is \"%s\"?", verb);
	return CHANGE_REPO;
}

static inline enum err do_one(struct fixture *f, struct str step)
{
	char verb[16];
	struct change c;
	struct str first = str_cut(&step, ' ', NULL);
	(void)snprintf(verb, sizeof verb, "%.*s", STR_ARG(first));
	change_init(&c, kind_of(verb));
	c.repo = str_cut(&step, ' ', NULL);
	c.create_repo = c.expect_new = c.kind == CHANGE_REPO;
	c.file = STR(FILE_NAME);
	c.reason = c.kind == CHANGE_YANK ? STR("it is \"broken\"") : (struct str){ 0 };
	c.settings = c.to = step;
	if (c.kind == CHANGE_PUBLISH)
		c.tgz = tmp_of(f, material(f, 'A')->bytes);
	return apply_change(f, &c);
}

static inline void do_all(struct fixture *f, const char *steps) { each_step(f, steps, do_one); }

static inline bool has_file(const struct fixture *f, struct str repo)
{
	char below[256], path[PATH_BYTES];
	(void)snprintf(below, sizeof below, "repos/%.*s/charts/" FILE_NAME, STR_ARG(repo));
	return access(path_below(f->data, below, path), F_OK) == 0;
}

/* "main, team/b private 1 file yaml": names, visibility, versions in the index, the file. */
static inline void tell(struct fixture *f, char ret[STORY])
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_info *list;
	size_t count, n = 0;
	assert_ok(f, ingest_repos(f->g, &a, &list, &count, &f->e));
	ret[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct snapshot *s = ingest_snapshot(f->g, list[i].name);
		assert_non_null(s);
		assert_int_equal(ingest_visibility(f->g, list[i].name),
		                 s->settings->private ? REPO_PRIVATE : REPO_PUBLIC);
		n += (size_t)snprintf(ret + n, STORY - n, "%s%.*s%s", n ? ", " : "",
		                      STR_ARG(list[i].name), s->settings->private ? " private" : "");
		if (list[i].versions)
			n += (size_t)snprintf(ret + n, STORY - n, " %d", (int)list[i].versions);
		if (has_file(f, list[i].name))
			n += (size_t)snprintf(ret + n, STORY - n, " file");
		if (s->yaml)
			n += (size_t)snprintf(ret + n, STORY - n, " yaml");
		snapshot_unref(s);
	}
}

static inline void expect(struct fixture *f, const char *wanted)
{
	char story[STORY];
	tell(f, story);
	assert_string_equal(story, wanted);
}

static inline void expect_sound(struct fixture *f)
{
	struct rebuild_report report;
	assert_int_equal(fsck_problems(f), 0);
	assert_ok(f, ingest_rebuild(f->g, &report, &f->e));
	assert_int_equal(report.changed_lines, 0);
	assert_int_equal(report.damaged, 0);
}
