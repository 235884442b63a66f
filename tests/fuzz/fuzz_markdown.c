/* Markdown: whatever it is, the markup is safe and balanced, and the words are text. */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/document/markdown.h"
#include "tests/lib/html_check.h"

static struct str resolve(void *ctx, struct arena *a, struct str path, bool image)
{
	(void)ctx, (void)image;
	REQUIRE(path.n && str_is_utf8(path) && path.p[0] != '/' && !str_eq_c(path, ".."));
	REQUIRE(!str_starts(path, STR("../")) && !memmem(path.p, path.n, "/../", 4));
	return str_starts(path, STR("m")) ? STR("") : str_c(arena_printf(a, "/files/%.*s", STR_ARG(path)));
}

static void check_headings(const struct markdown *m)
{
	for (size_t i = 0; i < m->heading_count; i++) {
		const struct markdown_heading *h = &m->headings[i];
		REQUIRE(h->level >= 2 && h->level <= 6 && str_starts(h->id, STR("h-")));
		REQUIRE(str_is_utf8(h->id) && str_is_utf8(h->text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf words = sbuf_make(n % 1000 + 1);
	const struct markdown_options options = { .resolve = resolve, .name = STR("README.md") };
	struct markdown m, again;
	struct html line;
	size_t at;
	REQUIRE(markdown_render(&a, str_make(bytes, n), &options, &m, NULL) == OK);
	REQUIRE(!html_check(m.body.text, STR("/files/"), &at));
	REQUIRE(m.body.text.n <= MARKDOWN_HTML_MAX_BYTES && m.heading_count <= MARKDOWN_HEADINGS_MAX);
	check_headings(&m);
	REQUIRE(markdown_render(&a, str_make(bytes, n), &options, &again, NULL) == OK);
	REQUIRE(str_eq(m.body.text, again.body.text));
	REQUIRE(markdown_line(&a, str_make(bytes, n), &line, NULL) == OK);
	REQUIRE(!html_check(line.text, STR("/files/"), &at));
	markdown_plain(str_make(bytes, n), &words);
	REQUIRE(sbuf_ok(&words) && str_is_utf8(sbuf_str(&words)) && !memchr(words.p ? words.p : "-", '\0', words.n));
	return 0;
}
