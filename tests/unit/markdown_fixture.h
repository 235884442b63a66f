/* Rendering as a page does it: every file is there, but those below "missing". */
#pragma once

#include "table.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/markdown.h"
#include "tests/lib/html_check.h"

static struct arena arena;
static struct errinfo error;

static inline struct str resolve(void *ctx, struct arena *a, struct str path, bool image)
{
	(void)ctx;
	if (str_starts(path, STR("missing")))
		return STR("");
	return str_c(arena_printf(a, "/files/%.*s%s", STR_ARG(path), image ? "?raw" : ""));
}

static const struct markdown_options options = { .resolve = resolve, .name = STR("docs/self.md") };

static inline void render(struct str text, struct markdown *ret)
{
	arena_done(&arena);
	assert_int_equal(markdown_render(&arena, text, &options, ret, &error), OK);
}

static inline void check(const char *what, struct str html)
{
	size_t at;
	const char *wrong = html_check(html, STR("/files/"), &at);
	if (wrong)
		fail_msg("%s: %s, at %zu of %zu: %.*s", what, wrong, at, html.n,
		         STR_ARG(str_first(str_from(html, at > 60 ? at - 60 : 0), 200)));
}

static inline int forget(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}
