/* What the tests of charts share: loading from text, and comparing in words. */
#pragma once

#include "table.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/chart.h"

#define HEAD "apiVersion: v2\nname: x\nversion: 1.2.3\n"

static struct errinfo error;
static struct arena arena;

struct file { const char *name, *text; };

static inline enum err load_members(const struct tar_member *members, size_t count,
                                    struct chart *ret)
{
	arena_done(&arena);
	memset(&error, 0, sizeof error);
	return chart_load(&arena, members, count, ret, &error);
}

/* Files up to the first without a name. */
static inline enum err load_files(const struct file *files, struct chart *ret)
{
	struct tar_member members[16];
	size_t n = 0;
	for (; files[n].name; n++)
		members[n] = (struct tar_member){ str_c(files[n].name), str_c(files[n].text) };
	return load_members(members, n, ret);
}

static inline enum err load_yaml(const char *chart_yaml, struct chart *ret)
{
	return load_files((const struct file[]){ { "Chart.yaml", chart_yaml }, { 0 } }, ret);
}

static inline void assert_str(struct str s, const char *wanted)
{
	if (!str_eq_c(s, wanted))
		fail_msg("\"%.*s\" instead of \"%s\"", STR_ARG(s), wanted);
}

/* The whole detail; NULL: it must load. */
static inline void expect(const char *what, enum err err, const char *detail)
{
	if (!detail && err)
		fail_msg("%s: %s", what, error.detail);
	if (detail && !err)
		fail_msg("%s: accepted, should be \"%s\"", what, detail);
	if (detail && strcmp(error.detail, detail) != 0)
		fail_msg("%s: \"%s\" instead of \"%s\"", what, error.detail, detail);
}
