/* Changelogs as people write them, one row each, and what is made of them. */
#include "buffer.h"
#include "in_time.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/changelog.h"

struct row { const char *name, *text, *wanted; };

/* A release is "version @date [Markdown]", an entry "kind: text {name=url}". */
static void put_entries(struct sbuf *b, const struct changelog_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		sbuf_printf(b, "%s: %.*s", changelog_kind_word(entries[i].kind), STR_ARG(entries[i].text));
		for (size_t k = 0; k < entries[i].link_count; k++)
			sbuf_printf(b, " {%.*s=%.*s}", STR_ARG(entries[i].links[k].name),
			            STR_ARG(entries[i].links[k].url));
		sbuf_putc(b, '\n');
	}
}

static void put_log(struct sbuf *b, const struct changelog *log, bool markdown)
{
	for (size_t i = 0; i < log->count; i++) {
		const struct changelog_release *r = &log->releases[i];
		sbuf_printf(b, "%.*s @%.*s", STR_ARG(r->version), STR_ARG(r->date));
		if (markdown)
			sbuf_printf(b, " [%.*s]", STR_ARG(r->markdown));
		sbuf_putc(b, '\n');
		put_entries(b, r->entries, r->entry_count);
	}
	sbuf_puts(b, log->cut ? "cut\n" : "");
}

/* ---- headings ---- */

static const struct row headings[] = {    /* of one release; "" for none */
	{ "keep a changelog", "## [1.2.0] - 2026-01-31", "1.2.0 @2026-01-31\n" },
	{ "yanked", "## [1.2.0] - 2026-01-31 [YANKED]", "1.2.0 @2026-01-31\n" },
	{ "bare", "## 1.2.0", "1.2.0 @\n" },
	{ "with a v", "## v1.2.0 (2026-01-31)", "1.2.0 @2026-01-31\n" },
	{ "deep", "  #### 1.2.0 ####", "1.2.0 @\n" },
	{ "a link", "## [1.2.0](https://x/compare/v1.1.0...v1.2.0) (2026-01-31)", "1.2.0 @2026-01-31\n" },
	{ "a link and nothing else", "# [v1.2](https://x/2024-01-01)", "1.2 @\n" },
	{ "bold", "## **1.2.0** – *January 31, 2026*", "1.2.0 @January 31, 2026\n" },
	{ "other dates", "## 1.2.0 / 31 Jan 2026", "1.2.0 @31 Jan 2026\n" },
	{ "with slashes", "## 1.2.0 2026/01/31", "1.2.0 @2026/01/31\n" },
	{ "version", "## Version 1.2.0", "1.2.0 @\n" },
	{ "release", "# Release v1.2.0:", "1.2.0 @\n" },
	{ "a name before it", "## redis-1.2.0-rc.1+build.5", "1.2.0-rc.1+build.5 @\n" },
	{ "a name with a digit", "## k8s-app-2-1.2.0", "1.2.0 @\n" },
	{ "a scope before it", "## @scope/redis@1.2.0", "1.2.0 @\n" },
	{ "not released", "## 1.2.0 (Unreleased)", "1.2.0 @\n" },
	{ "a title", "## 1.2.0 Default to 3 replicas", "1.2.0 @\n: Default to 3 replicas\n" },
	{ "underlined", "1.2.0\n=====", "1.2.0 @\n" },
	{ "underlined by dashes", "v1.2.0 / 2026-01-31\r\n---\r\n", "1.2.0 @2026-01-31\n" },
	{ "not by two", "1.2.0\n--", "" },
	{ "underlined, but of a list", "- 1.2.0\n-----", "" },
	{ "unreleased", "## [Unreleased]", "" },
	{ "no version", "## Package Version 00", "" },
	{ "no version, but a date", "## 2026-01-31", "" },
	{ "a version later on", "## Upgrading to 2.0.0", "" },
	{ "not quite", "## 1.x", "" },
	{ "one number", "## 12", "" },
	{ "no heading", "1.2.0", "" },
	{ "a number sign", "#1.2.0", "" },
	{ "seven", "####### 1.2.0", "" },
	{ "empty", "##", "" },
	{ "in code", "```\n## 1.2.0\n```\n", "" },
	{ "after code in a line", "```x```\n## 1.2.0\n", "1.2.0 @\n" },
	{ "in a comment", "<!--\n## 1.3.0\n-->\n## 1.2.0\n  <!-- 1.1.0\n  ----- -->\n", "1.2.0 @\n" },
	{ "behind a comment in a line", "<!-- x -->\n## 1.2.0\n", "1.2.0 @\n" },
	{ "no text", "", "" },
	{ "a mark", "\xef\xbb\xbf# 1.2.0", "1.2.0 @\n" },
	{ "not UTF-8", "## 1.2.0 \xff\xfe", "1.2.0 @\n: \xff\xfe\n" },
};

/* ---- entries ---- */

#define R "## 1.0.0\n"
#define IS "1.0.0 @\n"

static const struct row entries[] = {
	{ "sections", R "### Added\n- a\n### Changed\n- b\n### Deprecated\n- c\n### Removed\n- d\n"
	  "### Fixed\n- e\n### Security\n- f\n### Notes\n- g\n",
	  IS "added: a\nchanged: b\ndeprecated: c\nremoved: d\nfixed: e\nsecurity: f\n: g\n" },
	{ "sections by other names", R "### Features\n- a\n### :bug: Bug Fixes\n- b\n### What's Changed\n- c\n"
	  "### \xe2\x9a\xa0 BREAKING CHANGES\n- d\n", IS "added: a\nfixed: b\nchanged: c\nchanged: d\n" },
	{ "sections in lines", R "**Added**\n- a\n\nFixed:\n- b\n**Removed:**\n- c\n",
	  IS "added: a\nfixed: b\nremoved: c\n" },
	{ "a section ends with its release", R "### Added\n- a\n## 0.9.0\n- b\n",
	  IS "added: a\n0.9.0 @\n: b\n" },
	{ "marks of lists", R "- a\n* b\n+ c\n1. d\n23) e\n", IS ": a\n: b\n: c\n: d\n: e\n" },
	{ "lists in lists", R "- a\n  - b\n\n    * c\n", IS ": a\n: b\n: c\n" },
	{ "long entries", R "- a\n  b\nc\n\n- d\te  \n", IS ": a b c\n: d e\n" },
	{ "paragraphs", R "a\nb\n\nc\n- d\n\n  of d\n\ne", IS ": a b\n: c\n: d\n: e\n" },
	{ "comments in indented code", R "- a\n\n      # helm upgrade\n\t# x\n- b\n", IS ": a\n: b\n" },
	{ "what is no entry", R "```\n- code\n\n## 9.9.9\n```\n| a |\n<b>\n![c](d)\n> e\n[1]: http://x\n"
	  "***\n\n---\n-\n- \n-no\n    code\n", IS ": -no code\n" },
	{ "what is commented out", R "- a\n<!--\n## 0.9.0\n- hidden\n-->\n- b\n<!-- - x -->\n- c\n<!-- - y\n\n- z --> w\n- d\n",
	  IS ": a\n: b\n: c\n: d\n" },
	{ "a comment in code, and code in one", R "```\n<!--\n```\n- a\n<!--\n```\n-->\n- b\n", IS ": a\n: b\n" },
	{ "a comment without an end", R "- a\n<!--\n- b\n## 0.9.0\n- c\n", IS ": a\n" },
	{ "a comment in a line", R "- a <!-- b\n- c\n", IS ": a <!-- b\n: c\n" },
	{ "emphasis is text", R "*a* b\n**c** d\n", IS ": *a* b **c** d\n" },
	{ "inline Markdown stays", R "- [a](http://b) `c`\n", IS ": [a](http://b) `c`\n" },
	{ "before the first release", "# Changelog\n- a\n## Unreleased\n- b\n" R "- c\n", IS ": c\n" },
	{ "after the last", R "- a\n# Older\n- b\n", IS ": a\n" },
	{ "between two", R "- a\n## Unreleased\n- b\n## 0.9.0\n- c\n", IS ": a\n0.9.0 @\n: c\n" },
	{ "sections on the level of releases", "# 1.0.0\n# Fixes\n- a\n", IS "fixed: a\n" },
	{ "releases on two levels", "# 1.0.0\n- a\n### 0.9.1\n- b\n", IS ": a\n0.9.1 @\n: b\n" },
	{ "the same version twice", R "- a\n" R "- b\n", IS ": a\n" IS ": b\n" },
	{ "Windows' line ends", "## 1.0.0\r\n\r\n- a\r\n  b\r\n\r\n- c\r\n", IS ": a b\n: c\n" },
	{ "control characters", R "- a\x01\x7f\n", IS ": a \x7f\n" },
};

static const struct row sections[] = {
	{ "as it is written", "# C\n\n## 1.0.0\n\n### Added\n\n- a\n  | b |\n\n\n## 0.9.0 x\n\n[1]: y\n# Z\n- q\n",
	  "1.0.0 @ [### Added\n\n- a\n  | b |]\nadded: a\n0.9.0 @ [[1]: y]\n: x\n" },
	{ "underlined", "1.0.0\n=====\n\n- a\n\n0.9.0\n=====\n- b", "1.0.0 @ [- a]\n: a\n0.9.0 @ [- b]\n: b\n" },
	{ "nothing", "## 1.0.0\n## 0.9.0", "1.0.0 @ []\n0.9.0 @ []\n" },
};

static void read_log(const struct row *row, bool markdown)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct changelog log;
	assert_int_equal(changelog_read(&a, str_c(row->text), &log, NULL), OK);
	put_log(&b, &log, markdown);
	assert_buffer(&b, row->wanted);
}

static void t_read(void **state) { read_log(*state, false); }
static void t_section(void **state) { read_log(*state, true); }

/* ---- the annotation ---- */

static const struct row annotations[] = {
	{ "texts", "- Cool\n- \"b: c\"\n", ": Cool\n: b: c\n" },
	{ "maps", "- kind: added\n  description: a\n- kind: FIXED\n  description: b\n  links:\n"
	  "  - name: x\n    url: http://y\n", "added: a\nfixed: b {x=http://y}\n" },
	{ "both", "- a\n- {description: b}\n", ": a\n: b\n" },
	{ "lines become one", "- |\n  a\n  b\n- description: >-\n    c\n\n    d\n", ": a b\n: c d\n" },
	{ "JSON", "[{\"kind\": \"security\",\t\"description\": \"a\"}]", "security: a\n" },
	{ "an unknown kind", "- {kind: nice, description: a}\n", ": a\nentry 1 has an unknown kind\n" },
	{ "no description", "- a\n- {kind: added}\n- Fix: b\n", ": a\nentry 2 has no description\n" },
	{ "no text", "- [a]\n- ~\n- b\n", ": b\nentry 1 is no text\n" },
	{ "links that are none", "- {description: a, links: [{name: x}, {name: y, url: z}, 5]}\n",
	  ": a {y=z}\nentry 1 has a link without name or url\n" },
	{ "indented by tabs", "-\tkind: added\n\tdescription: a\n", "added: a\n" },
	{ "no list of links", "- {description: a, links: {x: y}}\n",
	  ": a\nentry 1 has links that are no list\n" },
	{ "a map", "a: b", "is no list\n" },
	{ "nothing", "", "is no list\n" },
	{ "no YAML", "- a: b: c\n", "is no YAML\n" },
	{ "aliases", "- &a x\n- *a\n", "is no YAML\n" },
};

static void t_annotation(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct changelog_entry *list;
	struct str problem;
	size_t count;
	assert_int_equal(changelog_of_annotation(&a, str_c(row->text), &list, &count, &problem, NULL), OK);
	put_entries(&b, list, count);
	if (problem.n)
		sbuf_printf(&b, "%.*s\n", STR_ARG(problem));
	assert_buffer(&b, row->wanted);
}

/* ---- between versions ---- */

#define HISTORY "# 2.0.0-rc.1\n# 1.10.0\n- a\n# 1.2.0\n# 1.9.0\n# v1.0\n# 1.9.0\n"

static const struct { const char *name, *from, *to, *wanted; } ranges[] = {
	{ "without the first, with the last", "1.0.0", "1.10.0", "1.10.0 1.9.0 1.9.0 1.2.0" },
	{ "versions that are not there", "1.1.0", "1.9.5", "1.9.0 1.9.0 1.2.0" },
	{ "a pre-release before its release", "1.10.0", "2.0.0", "2.0.0-rc.1" },
	{ "up to a pre-release", "1.9.0", "2.0.0-rc.1", "2.0.0-rc.1 1.10.0" },
	{ "loose", "v1", "1.2", "1.2.0" },
	{ "build metadata does not count", "1.2.0+up1", "1.2.0+up2", "" },
	{ "all", "0.0.0", "99.0.0", "2.0.0-rc.1 1.10.0 1.9.0 1.9.0 1.2.0 1.0" },
	{ "none", "1.10.0", "1.10.0", "" },
	{ "backwards", "1.10.0", "1.2.0", "" },
	{ "from no version", "x", "1.2.0", "" },
	{ "to no version", "1.0.0", "", "" },
};

static void t_between(void **state)
{
	const char *const *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct changelog log, chosen;
	assert_int_equal(changelog_read(&a, STR(HISTORY), &log, NULL), OK);
	assert_int_equal(changelog_between(&a, &log, str_c(row[1]), str_c(row[2]), &chosen, NULL), OK);
	for (size_t i = 0; i < chosen.count; i++)
		sbuf_printf(&b, "%s%.*s", i ? " " : "", STR_ARG(chosen.releases[i].version));
	assert_buffer(&b, row[3]);
}

/* ---- Markdown ---- */

static const struct row documents[] = {
	{ "Artifact Hub's", "## 1.2.0 - 2026-05-01\n### Added\n- Cool feature\n",
	  "\n# Changelog\n\n## 1.2.0 - 2026-05-01\n\n### Added\n\n- Cool feature\n" },
	{ "kinds in the order they come, the others first",
	  "## 1.0.0\n### Fixed\n- a\n### Added\n- b\n### Fixed\n- c\n### Notes\n- d\n",
	  "\n# Changelog\n\n## 1.0.0\n\n- d\n\n### Fixed\n\n- a\n- c\n\n### Added\n\n- b\n" },
	{ "releases without entries", "## 1.0.0\n## 0.9.0\n- a\n## 0.8.0\n- b\n",
	  "\n# Changelog\n\n## 0.9.0\n\n- a\n\n## 0.8.0\n\n- b\n" },
	{ "no entries", "## 1.0.0\n", "" },
	{ "no releases", "", "" },
};

static void t_markdown(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct changelog log;
	assert_int_equal(changelog_read(&a, str_c(row->text), &log, NULL), OK);
	changelog_markdown(&b, &log);
	assert_buffer(&b, row->wanted);
}

static void a_cut_one_says_so(void **state)
{
	static const char *const wanted[] = {
		"\n# Changelog\n\n## 1.0.0\n\n- a\n",
		"\n# Changelog\n\n## 1.0.0\n\n- a\n\nThere is more, which is left out here.\n",
	};
	struct changelog_entry entry = { .text = STR("a") };
	struct changelog_release release = { .version = STR("1.0.0"), .entries = &entry, .entry_count = 1 };
	(void)state;
	for (int cut = 0; cut < 2; cut++) {
		AUTO_SBUF struct sbuf b = sbuf_make(KIB);
		changelog_markdown(&b, &(struct changelog){ .releases = &release, .count = 1, .cut = cut });
		assert_buffer(&b, wanted[cut]);
	}
}

/* ---- limits ---- */

static void read_repeated(struct arena *a, const char *before, const char *text, size_t times,
                          struct changelog *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(16 * MIB);
	struct str copy = STR("");
	sbuf_puts(&b, before);
	for (size_t i = 0; i < times; i++)
		sbuf_puts(&b, text);
	assert_true(sbuf_ok(&b) && arena_str(a, sbuf_str(&b), &copy));
	assert_int_equal(changelog_read(a, copy, ret, NULL), OK);
}

static void much_is_cut(void **state)
{
	(void)state;
	static const struct { const char *before, *text; size_t times, releases, entries; bool cut; } rows[] = {
		{ "", "# 1.0\n", CHANGELOG_RELEASES_MAX, CHANGELOG_RELEASES_MAX, 0, false },
		{ "", "# 1.0\n", CHANGELOG_RELEASES_MAX + 1, CHANGELOG_RELEASES_MAX, 0, true },
		{ "# 1.0\n", "- a\n", CHANGELOG_ENTRIES_MAX, 1, CHANGELOG_ENTRIES_MAX, false },
		{ "# 1.0\n", "- a\n", CHANGELOG_ENTRIES_MAX + 1, 1, CHANGELOG_ENTRIES_MAX, true },
		{ "# 1.0\n- ", "a", CHANGELOG_ENTRY_MAX_BYTES, 1, 1, false },
		{ "# 1.0\n- ", "a", CHANGELOG_ENTRY_MAX_BYTES + 1, 1, 1, true },
		{ "# 1.0", "0", CHANGELOG_HEADING_MAX_BYTES, 0, 0, false },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct changelog log;
		read_repeated(&a, rows[i].before, rows[i].text, rows[i].times, &log);
		assert_int_equal(log.count, rows[i].releases);
		assert_int_equal(log.count ? log.releases[0].entry_count : 0, rows[i].entries);
		assert_int_equal(log.cut, rows[i].cut);
	}
}

static void characters_are_not_cut(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct changelog log;
	read_repeated(&a, "# 1.0\n- a", "\xe2\x82\xac", CHANGELOG_ENTRY_MAX_BYTES, &log);
	struct str text = log.releases[0].entries[0].text;
	assert_true(str_is_utf8(text));
	assert_in_range(text.n, CHANGELOG_ENTRY_MAX_BYTES - 2, CHANGELOG_ENTRY_MAX_BYTES);
}

static double time_repeated(const void *text, size_t bytes)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(16 * MIB);
	struct changelog log;
	sbuf_puts(&b, "# 1.0\n");
	while (b.n < bytes)
		sbuf_puts(&b, text);
	double begin = core_seconds();
	assert_int_equal(changelog_read(&a, sbuf_str(&b), &log, NULL), OK);
	return core_seconds() - begin;
}

static void hostile_text_takes_linear_time(void **state)
{
	(void)state;
	static const char *const texts[] = { "#", "# ", "# 1.0 ", "[", "- ", "-\n", "1", "a\n", "a\n---\n",
	                                     "```\n", "# a-1.\n", "# - - - \n", "\xe2\x80\x94", "# 1.0 -\n",
	                                     "\n", "**a", "[]: " };
	for (size_t i = 0; i < ROWS(texts); i++)
		assert_linear_time(texts[i], time_repeated, texts[i], getenv("LONG") ? CHART_FILE_MAX_BYTES : MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cut_one_says_so),
		cmocka_unit_test(much_is_cut),
		cmocka_unit_test(characters_are_not_cut),
		cmocka_unit_test(hostile_text_takes_linear_time),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("heading", t_read, headings);
	failed += RUN_TABLE("entries", t_read, entries);
	failed += RUN_TABLE("section", t_section, sections);
	failed += RUN_TABLE("annotation", t_annotation, annotations);
	failed += RUN_TABLE("between", t_between, ranges);
	return failed + RUN_TABLE("Markdown", t_markdown, documents);
}
