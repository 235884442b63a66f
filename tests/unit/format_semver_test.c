/* Versions and constraints: the relations of data/semver.txt, and what holds for all of them. */
#include "table.h"

#include <ctype.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/semver.h"

#define WORDS_MAX 16
#define VERSIONS_MAX 512

static struct arena texts;
static struct semver versions[VERSIONS_MAX];     /* every valid version of the table */
static size_t version_count;

struct line {
	unsigned number;
	struct str verb, word[WORDS_MAX];
	size_t words;
};

/* Takes the next word or the next text in quotes. */
static struct str take_word(struct str *rest)
{
	while (rest->n && isspace((unsigned char)rest->p[0]))
		*rest = str_from(*rest, 1);
	if (!rest->n || rest->p[0] != '"') {
		size_t n = 0;
		while (n < rest->n && !isspace((unsigned char)rest->p[n]))
			n++;
		struct str word = str_first(*rest, n);
		*rest = str_from(*rest, n);
		return word;
	}
	*rest = str_from(*rest, 1);
	struct str quoted = str_cut(rest, '"', NULL);
	char *text = arena_dup(&texts, quoted);
	assert_non_null(text);
	size_t n = 0;
	for (size_t i = 0; i < quoted.n; i++) {
		bool escape = quoted.p[i] == '\\' && i + 1 < quoted.n;
		char c = escape ? quoted.p[++i] : quoted.p[i];
		text[n++] = !escape ? c : c == 't' ? '\t' : '\n';
	}
	return str_make(text, n);
}

static struct semver version_of(const struct line *l, struct str text)
{
	struct semver v = { 0 };
	if (!semver_parse(text, &v))
		fail_msg("line %u: %.*s is no version", l->number, STR_ARG(text));
	assert_true(str_eq(v.text, text));
	assert_true(version_count < VERSIONS_MAX);
	versions[version_count++] = v;
	return v;
}

static void check_strict(const struct line *l)
{
	struct semver v, strict;
	v = version_of(l, l->word[0]);
	if (!semver_parse_strict(l->word[0], &strict))
		fail_msg("line %u: not strict", l->number);
	assert_int_equal(semver_cmp(&v, &strict), 0);
}

static void check_reads(const struct line *l)
{
	struct semver v = version_of(l, l->word[0]), want, unused;
	assert_int_equal(l->words, 2);
	assert_true(semver_parse_strict(l->word[1], &want));
	if (semver_parse_strict(l->word[0], &unused))
		fail_msg("line %u: taken for a strict one", l->number);
	if (v.major != want.major || v.minor != want.minor || v.patch != want.patch ||
	    !str_eq(v.pre, want.pre) || !str_eq(v.meta, want.meta))
		fail_msg("line %u: read as something else", l->number);
}

static void check_bad(const struct line *l)
{
	struct semver v;
	if (semver_parse(l->word[0], &v) || semver_parse_strict(l->word[0], &v))
		fail_msg("line %u: taken for a version", l->number);
}

static void check_order(const struct line *l, int want)
{
	assert_true(l->words > 1);
	for (size_t i = 1; i < l->words; i++) {
		struct semver a = version_of(l, l->word[i - 1]), b = version_of(l, l->word[i]);
		int order = semver_cmp(&a, &b);
		if ((order > 0) - (order < 0) != want)
			fail_msg("line %u: %.*s and %.*s", l->number, STR_ARG(a.text), STR_ARG(b.text));
	}
}

static void check_rising(const struct line *l) { check_order(l, -1); }
static void check_same(const struct line *l) { check_order(l, 0); }

static void check_range(const struct line *l, bool want)
{
	AUTO_ARENA struct arena a = { 0 };
	struct semver_range *range;
	struct errinfo e = { 0 };
	assert_true(l->words > 1);
	if (semver_range_parse(&a, l->word[0], &range, &e) != OK)
		fail_msg("line %u: %s", l->number, e.detail);
	for (size_t i = 1; i < l->words; i++) {
		struct semver v = version_of(l, l->word[i]);
		if (semver_range_has(range, &v) != want)
			fail_msg("line %u: %.*s", l->number, STR_ARG(v.text));
	}
}

static void check_has(const struct line *l) { check_range(l, true); }
static void check_lacks(const struct line *l) { check_range(l, false); }

static void check_lowest(const struct line *l)
{
	struct semver_range *range;
	struct semver low, want;
	AUTO_ARENA struct arena a = { 0 };
	assert_int_equal(semver_range_parse(&a, l->word[0], &range, NULL), OK);
	bool found = semver_range_lowest(range, &low);
	if (found != (l->words == 2))
		fail_msg("line %u: %s is lowest", l->number, found ? "one" : "none");
	if (found && (!semver_parse(l->word[1], &want) || semver_cmp(&low, &want)))
		fail_msg("line %u: another is lowest", l->number);
}

static void check_improper(const struct line *l)
{
	AUTO_ARENA struct arena a = { 0 };
	struct semver_range *range = NULL;
	struct errinfo e = { 0 };
	assert_int_equal(l->words, 1);
	if (semver_range_parse(&a, l->word[0], &range, &e) != ERR_INVALID)
		fail_msg("line %u: taken for a constraint", l->number);
	assert_null(range);
	assert_memory_equal(e.detail, "improper constraint: \"", 22);
}

static const struct { const char *verb; void (*check)(const struct line *l); } verbs[] = {
	{ "strict", check_strict }, { "reads", check_reads }, { "bad", check_bad },
	{ "rising", check_rising }, { "same", check_same }, { "has", check_has },
	{ "lacks", check_lacks }, { "improper", check_improper },
	{ "lowest", check_lowest },
};

static bool check_line(struct str text, unsigned number)
{
	struct line l = { .number = number };
	l.verb = take_word(&text);
	if (!l.verb.n || l.verb.p[0] == '#')
		return false;
	for (struct str word = take_word(&text); word.p; word = take_word(&text)) {
		assert_true(l.words < WORDS_MAX);
		l.word[l.words++] = word;
	}
	for (size_t i = 0; i < ROWS(verbs); i++)
		if (str_eq_c(l.verb, verbs[i].verb)) {
			verbs[i].check(&l);
			return true;
		}
	fail_msg("line %u: no such verb: %.*s", number, STR_ARG(l.verb));
	return false;
}

static FILE *table_open(void)
{
	const char *slash = strrchr(__FILE__, '/');
	int folder = slash ? (int)(slash - __FILE__) : 1;
	char path[4096];
	(void)snprintf(path, sizeof path, "%.*s/data/semver.txt", folder, slash ? __FILE__ : ".");
	FILE *f = fopen(path, "re");
	if (!f)
		fail_msg("%s: not found (run from the top of the repository)", path);
	return f;
}

static void t_meta_03_table(void **state)
{
	(void)state;
	FILE *f = table_open();
	AUTO_FREE char *text = NULL;
	size_t room = 0, checked = 0;
	ssize_t n;
	for (unsigned number = 1; (n = getline(&text, &room, f)) >= 0; number++) {
		struct str line = { NULL, 0 };
		assert_true(arena_str(&texts, str_make(text, (size_t)n), &line));
		checked += check_line(line, number);
	}
	assert_int_equal(fclose(f), 0);
	assert_true(checked > 300);
}

static int sign(int n) { return (n > 0) - (n < 0); }

/* Over all versions of the table: antisymmetric and transitive, so sorting is well defined. */
static void t_order_is_total(void **state)
{
	(void)state;
	assert_true(version_count > 300);
	const struct semver *v = versions;
	for (size_t a = 0; a < version_count; a++)
		for (size_t b = 0; b < version_count; b++) {
			int order = semver_cmp(&v[a], &v[b]);
			assert_int_equal(sign(order), -sign(semver_cmp(&v[b], &v[a])));
			for (size_t c = 0; c < version_count; c += 7)
				if (order <= 0 && semver_cmp(&v[b], &v[c]) <= 0)
					assert_true(semver_cmp(&v[a], &v[c]) <= 0);
		}
}

/* Each version satisfies "=", ">=" and "<=" of its own text, and neither "!=", ">" nor "<". */
static void t_version_as_its_own_bound(void **state)
{
	(void)state;
	static const struct { const char *operator; bool has; } table[] = {
		{ ">=", true }, { "<=", true }, { "=>", true }, { "=<", true }, { "=", true },
		{ "", true }, { "~", true }, { "!=", false }, { ">", false }, { "<", false },
	};
	for (size_t i = 0; i < version_count; i++)
		for (size_t k = 0; k < ROWS(table); k++) {
			AUTO_ARENA struct arena a = { 0 };
			const struct semver *v = &versions[i];
			struct semver_range *range;
			char *text = arena_printf(&a, "%s%ju.%ju.%ju%s%.*s", table[k].operator,
			                          (uintmax_t)v->major, (uintmax_t)v->minor,
			                          (uintmax_t)v->patch, v->pre.n ? "-" : "",
			                          STR_ARG(v->pre));
			assert_non_null(text);
			assert_int_equal(semver_range_parse(&a, str_c(text), &range, NULL), OK);
			if (semver_range_has(range, v) != table[k].has)
				fail_msg("%s and %.*s", text, STR_ARG(v->text));
		}
}

static enum err parse_repeated(const char *first, const char *again, size_t times, size_t bytes,
                               struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(4096);
	struct semver_range *range;
	sbuf_puts(&b, first);
	for (size_t i = 0; i < times; i++)
		sbuf_puts(&b, again);
	while (b.n < bytes)
		sbuf_putc(&b, ' ');
	assert_true(sbuf_ok(&b));
	return semver_range_parse(&a, sbuf_str(&b), &range, e);
}

static void t_meta_03_limits(void **state)
{
	(void)state;
	static const struct {
		const char *first, *again;
		size_t times, bytes;
		enum err want;
		const char *detail;
	} table[] = {
		{ ">=1", "", 0, 512, OK, "" },
		{ ">=1", "", 0, 513, ERR_INVALID, "constraint string is too long (max 512 bytes)" },
		{ "1", "||1", 31, 0, OK, "" },
		{ "1", "||1", 32, 0, ERR_INVALID, "too many constraint groups (max 32)" },
		{ "1.2.3-", "a", 250, 0, OK, "" },
		{ "1.2.3-", "a", 251, 0, ERR_INVALID, NULL },
		{ "x-", "a", 250, 0, OK, "" },
		{ "x-", "a", 251, 0, ERR_INVALID, NULL },
		{ "1 - 2", " || 1 - 2", 20, 0, OK, "" },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		struct errinfo e = { 0 };
		enum err err = parse_repeated(table[i].first, table[i].again, table[i].times,
		                              table[i].bytes, &e);
		assert_int_equal(err, table[i].want);
		if (table[i].detail)
			assert_string_equal(e.detail, table[i].detail);
	}
}

static void t_version_length(void **state)
{
	(void)state;
	char text[CHART_VERSION_MAX_BYTES + 1] = "1.2.3-";
	struct semver v;
	memset(text + 6, 'a', sizeof text - 6);
	assert_true(semver_parse_strict(str_make(text, CHART_VERSION_MAX_BYTES), &v));
	assert_true(semver_parse(str_make(text, CHART_VERSION_MAX_BYTES), &v));
	assert_false(semver_parse_strict(str_make(text, sizeof text), &v));
	assert_false(semver_parse(str_make(text, sizeof text), &v));
}

static void t_no_memory(void **state)
{
	(void)state;
	struct errinfo e = { 0 };
	struct arena a = { .limit = 1 };
	struct semver_range *range = NULL;
	assert_int_equal(semver_range_parse(&a, STR("1"), &range, &e), ERR_NOMEM);
	assert_int_equal(e.code, ERR_NOMEM);
	assert_null(range);
	arena_done(&a);
}

static int release_texts(void **state)
{
	(void)state;
	arena_done(&texts);
	return 0;
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_meta_03_table),          /* fills `versions` for the next two */
		cmocka_unit_test(t_order_is_total),
		cmocka_unit_test(t_version_as_its_own_bound),
		cmocka_unit_test(t_meta_03_limits),
		cmocka_unit_test(t_version_length),
		cmocka_unit_test(t_no_memory),
	};
	return cmocka_run_group_tests_name("format/semver", tests, NULL, release_texts);
}
