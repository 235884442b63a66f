/* Texts of authors that are read by no grammar: changelogs, and LICENSE beside them.
 *   - a release has a version that compares, its Markdown is a part of the text, entries are single
 *     lines with a limit;
 *   - between two versions are only releases of the changelog, newest first;
 *   - there is Markdown when there are entries, in whole lines.                              */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/document/annotations.h"
#include "indexer/format/semver.h"

static void check_entries(const struct changelog_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct str text = entries[i].text;
		REQUIRE(text.n && text.n <= CHANGELOG_ENTRY_MAX_BYTES && !str_has(text, '\n'));
		REQUIRE(changelog_kind_word(entries[i].kind));
		for (size_t k = 0; k < entries[i].link_count; k++)
			REQUIRE(entries[i].links[k].name.n && entries[i].links[k].url.n);
	}
}

static void check_log(const struct changelog *log, struct str text)
{
	for (size_t i = 0; i < log->count; i++) {
		const struct changelog_release *r = &log->releases[i];
		struct semver v;
		REQUIRE(semver_parse(r->version, &v));
		REQUIRE(!r->markdown.n || (r->markdown.p >= text.p &&
		                           r->markdown.p + r->markdown.n <= text.p + text.n));
		check_entries(r->entries, r->entry_count);
	}
}

static void try_between(struct arena *a, const struct changelog *log)
{
	struct changelog chosen;
	struct semver newer, older;
	REQUIRE(changelog_between(a, log, STR("1"), STR("2"), &chosen, NULL) == OK);
	REQUIRE(chosen.count <= log->count);
	for (size_t i = 1; i < chosen.count; i++) {
		REQUIRE(semver_parse(chosen.releases[i - 1].version, &newer));
		REQUIRE(semver_parse(chosen.releases[i].version, &older));
		REQUIRE(semver_cmp(&newer, &older) >= 0);
	}
}

static void try_markdown(const struct changelog *log)
{
	AUTO_SBUF struct sbuf b = sbuf_make(16 * MIB);
	bool has_entries = false;
	for (size_t i = 0; i < log->count; i++)
		has_entries |= log->releases[i].entry_count > 0;
	changelog_markdown(&b, log);
	REQUIRE(sbuf_ok(&b) && (b.n > 0) == has_entries);
	REQUIRE(!b.n || b.p[b.n - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str text = str_make(bytes, n), problem;
	struct changelog log;
	struct changelog_entry *entries;
	size_t count;
	REQUIRE(changelog_read(&a, text, &log, NULL) == OK);
	check_log(&log, text);
	try_between(&a, &log);
	try_markdown(&log);
	REQUIRE(changelog_of_annotation(&a, text, &entries, &count, &problem, NULL) == OK);
	check_entries(entries, count);
	(void)license_of_text(text);
	return 0;
}
