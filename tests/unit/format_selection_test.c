/* What is taken of an upstream: one row a rule and a version, and why it is left out; the versions of
 * a chart against each other; what is no rule.                                               */
#include "indexer/format/selection.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "setting_rules.h"

#define FULL "\"annotations\":{\"category\":\"db\",\"empty\":\"\",\"path\":\"a=b\"}," \
	"\"created\":\"2024-01-31T12:00:00Z\",\"kubeVersion\":\">=1.22.0-0 <1.30.0-0\"," \
	"\"version\":\"1.4.2\""
#define VERSION(v) "\"version\":\"" v "\""
#define CREATED(t) "\"created\":\"" t "\"," VERSION("1.0.0")
#define KUBE(r) "\"kubeVersion\":\"" r "\"," VERSION("1.0.0")

static const struct row {
	const char *name, *rules, *chart, *entry;    /* "!" before an entry: not signed well */
	const char *word;
} rows[] = {
	{ "no rule", "", "redis", FULL, "taken" },
	{ "no rule takes what is unsigned", "", "redis", "!" FULL, "taken" },
	{ "every rule", "take_charts=redis*;take_versions=^1.2;take_since=2024-01-01;take_prereleases=false;"
	  "take_deprecated=false;take_annotations=category=db;take_kube=1.25;take_signed=true",
	  "redis", FULL, "taken" },

	{ "a name", "take_charts=redis", "redis", FULL, "taken" },
	{ "another name", "take_charts=redis", "redis-cluster", FULL, "take_charts" },
	{ "one of several", "take_charts=redis kafka\nmysql", "mysql", FULL, "taken" },
	{ "a pattern", "take_charts=redis*", "redis-cluster", FULL, "taken" },
	{ "case matters", "take_charts=redis", "Redis", FULL, "take_charts" },
	{ "left out of a pattern", "take_charts=redis* !redis-cluster", "redis-cluster", FULL, "take_charts" },
	{ "beside what is left out", "take_charts=redis* !redis-cluster", "redis-ha", FULL, "taken" },
	{ "taken again", "take_charts=redis* !redis-* redis-ha", "redis-ha", FULL, "taken" },
	{ "left out before it is taken", "take_charts=!redis redis*", "redis", FULL, "taken" },
	{ "exceptions alone: the others", "take_charts=!redis !kafka*", "mysql", FULL, "taken" },
	{ "exceptions alone: one", "take_charts=!redis !kafka*", "kafka-ui", FULL, "take_charts" },
	{ "spaces are no pattern", "take_charts= \n ", "redis", FULL, "taken" },
	{ "everything", "take_charts=*", "redis", FULL, "taken" },

	{ "a range", "take_versions=>=1.0.0 <2.0.0", "a", VERSION("1.9.9"), "taken" },
	{ "outside of a range", "take_versions=>=1.0.0 <2.0.0", "a", VERSION("2.0.0"), "take_versions" },
	{ "ranges of which one is enough", "take_versions=~1.2 || ~1.4", "a", VERSION("1.4.9"), "taken" },
	{ "a pre-release that no range names", "take_versions=>=1.0.0", "a", VERSION("2.0.0-rc.1"),
	  "take_versions" },
	{ "a pre-release that the range names", "take_versions=>=2.0.0-rc", "a", VERSION("2.0.0-rc.1"), "taken" },
	{ "releases of such a range", "take_versions=>=2.0.0-rc", "a", VERSION("2.1.0"), "taken" },
	{ "before such a range", "take_versions=>=2.0.0-rc", "a", VERSION("2.0.0-alpha"), "take_versions" },
	{ "a range of everything", "take_versions=*", "a", VERSION("0.0.1"), "taken" },
	{ "loose versions", "take_versions=^1", "a", VERSION("v1.2"), "taken" },

	{ "made on the date", "take_since=2024-01-31", "a", CREATED("2024-01-31T00:00:00Z"), "taken" },
	{ "made before the date", "take_since=2024-01-31", "a", CREATED("2024-01-30T23:59:59.999999999Z"),
	  "take_since" },
	{ "made before it in another zone", "take_since=2024-01-31", "a", CREATED("2024-01-31T01:00:00+02:00"),
	  "take_since" },
	{ "a time", "take_since=2024-01-31T12:00:00+01:00", "a", CREATED("2024-01-31T11:00:00Z"), "taken" },
	{ "before a time", "take_since=2024-01-31T12:00:00+01:00", "a", CREATED("2024-01-31T10:59:59Z"),
	  "take_since" },
	{ "made in the future", "take_since=2024-01-31", "a", CREATED("2199-01-01T00:00:00Z"), "taken" },
	{ "made at no time", "take_since=2024-01-31", "a", VERSION("1.0.0"), "taken" },

	{ "pre-releases", "take_prereleases=true", "a", VERSION("1.0.0-rc"), "taken" },
	{ "no pre-releases", "take_prereleases=false", "a", VERSION("1.0.0-rc"), "take_prereleases" },
	{ "build metadata is none", "take_prereleases=false", "a", VERSION("1.0.0+rc"), "taken" },
	{ "a pre-release by annotation", "take_prereleases=false", "a",
	  "\"annotations\":{\"artifacthub.io/prerelease\":\"true\"}," VERSION("1.0.0"), "take_prereleases" },
	{ "no pre-release by annotation", "take_prereleases=false", "a",
	  "\"annotations\":{\"artifacthub.io/prerelease\":\"false\"}," VERSION("1.0.0"), "taken" },
	{ "a range names it, no pre-releases", "take_versions=>=1.0.0-0;take_prereleases=false", "a",
	  VERSION("1.0.0-rc"), "take_prereleases" },

	{ "deprecated", "", "a", "\"deprecated\":true," VERSION("1.0.0"), "taken" },
	{ "no deprecated ones", "take_deprecated=false", "a", "\"deprecated\":true," VERSION("1.0.0"),
	  "take_deprecated" },
	{ "not deprecated", "take_deprecated=false", "a", VERSION("1.0.0"), "taken" },

	{ "an annotation", "take_annotations=category", "a", FULL, "taken" },
	{ "an empty annotation is there", "take_annotations=empty", "a", FULL, "taken" },
	{ "an annotation that is not there", "take_annotations=owner", "a", FULL, "take_annotations" },
	{ "no annotations at all", "take_annotations=owner", "a", VERSION("1.0.0"), "take_annotations" },
	{ "its value", "take_annotations=category=db", "a", FULL, "taken" },
	{ "another value", "take_annotations=category=DB", "a", FULL, "take_annotations" },
	{ "no value", "take_annotations=category=", "a", FULL, "take_annotations" },
	{ "an empty value", "take_annotations=empty=", "a", FULL, "taken" },
	{ "a value with its sign", "take_annotations=path=a=b", "a", FULL, "taken" },
	{ "all of them", "take_annotations=category=db empty", "a", FULL, "taken" },
	{ "not all of them", "take_annotations=category=db owner", "a", FULL, "take_annotations" },

	{ "Kubernetes within", "take_kube=1.25", "a", FULL, "taken" },
	{ "Kubernetes, the first within", "take_kube=1.22", "a", FULL, "taken" },
	{ "Kubernetes too old", "take_kube=1.21", "a", FULL, "take_kube" },
	{ "Kubernetes too new", "take_kube=1.30", "a", FULL, "take_kube" },
	{ "Kubernetes and no range", "take_kube=1.30", "a", VERSION("1.0.0"), "taken" },
	{ "a minor stands for its patches", "take_kube=1.29", "a", KUBE(">=1.29.2"), "taken" },
	{ "also for those between the first and the last", "take_kube=1.29", "a", KUBE(">=1.29.2 <1.29.8"), "taken" },
	{ "and for a single one", "take_kube=v1.29", "a", KUBE("1.29.7"), "taken" },
	{ "but for no other minor", "take_kube=1.29", "a", KUBE("1.28.7 || >1.29.999"), "take_kube" },
	{ "the last patch that there can be", "take_kube=1.29.18446744073709551615", "a", KUBE(">1.29.0"), "taken" },
	{ "a patch stands for itself", "take_kube=1.29.1", "a", KUBE(">=1.29.2"), "take_kube" },
	{ "with a v", "take_kube=v1.29.3", "a", KUBE(">=1.29.2"), "taken" },
	{ "a cloud's, of a range that names none", "take_kube=1.29.3-gke.100", "a", KUBE(">=1.22.0"),
	  "take_kube" },
	{ "a cloud's, of one that does", "take_kube=1.29.3-gke.100", "a", KUBE(">=1.22.0-0"), "taken" },
	{ "a range that is none", "take_kube=1.29", "a", KUBE("new ones"), "take_kube" },
	{ "such a range where nothing is asked", "", "a", KUBE("new ones"), "taken" },

	{ "signed", "take_signed=true", "a", FULL, "taken" },
	{ "not signed well", "take_signed=true", "a", "!" FULL, "take_signed" },

	{ "the first rule says why", "take_charts=b;take_versions=>9;take_signed=true", "a", "!" FULL,
	  "take_charts" },
	{ "what trims says nothing here", "take_last=1;take_last_per_minor=1;take_closure=true", "a", FULL,
	  "taken" },
};

static void t_one_version(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf line = sbuf_make(KIB);
	struct repo_settings s;
	struct selection *x;
	struct index_entry entry;
	struct errinfo e = { 0 };
	enum selection_verdict verdict;
	bool signed_well = row->entry[0] != '!';
	sbuf_printf(&line, "{%s}", row->entry + !signed_well);
	set_rules(&a, row->rules, &s);
	if (selection_new(&a, &s, &x, &e) || index_entry_read(&a, sbuf_str(&line), &entry, &e))
		fail_msg("%s", e.detail);
	assert_int_equal(selection_judge(x, str_c(row->chart), &entry, signed_well, &verdict, &e), OK);
	assert_string_equal(selection_word(verdict), row->word);
	assert_int_equal(selection_takes_name(x, str_c(row->chart)), verdict != SELECTION_NAME);
	assert_string_equal(e.detail, "");
}

#define IGNORE(list) "ignore: [" list "]\n"

static const struct ignore_row { const char *name, *rules, *file, *version, *word; } ignores[] = {
	{ "nothing is said", "", "", "1.0.0", "taken" },
	{ "a chart", "", IGNORE("{name: redis}"), "1.0.0", "ignored by its publisher" },
	{ "another chart", "", IGNORE("{name: kafka}"), "1.0.0", "taken" },
	{ "its versions", "", IGNORE("{name: redis, version: beta}"), "1.0.0-beta.1", "ignored by its publisher" },
	{ "none of its versions", "", IGNORE("{name: redis, version: beta}"), "1.0.0", "taken" },
	{ "rules of this server come first", "take_versions=>=2", IGNORE("{name: redis}"), "1.0.0",
	  "take_versions" },
	{ "rules that take it do not help", "take_charts=redis", IGNORE("{name: redis}"), "1.0.0",
	  "ignored by its publisher" },
};

static void t_ignored(void **state)
{
	const struct ignore_row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf line = sbuf_make(KIB);
	struct repo_settings s;
	struct selection *x;
	struct index_entry entry;
	struct publisher publisher;
	struct errinfo e = { 0 };
	enum selection_verdict verdict;
	sbuf_printf(&line, "{\"name\":\"redis\",\"version\":\"%s\",\"urls\":[\"a.tgz\"]}", row->version);
	set_rules(&a, row->rules, &s);
	if (selection_new(&a, &s, &x, &e) || index_entry_read(&a, sbuf_str(&line), &entry, &e) ||
	    publisher_read(&a, str_c(row->file), &publisher, &e))
		fail_msg("%s", e.detail);
	selection_ignore(x, &publisher);
	assert_int_equal(selection_judge(x, STR("redis"), &entry, true, &verdict, &e), OK);
	assert_string_equal(selection_word(verdict), row->word);
}

static const struct trim_row {
	const char *name, *rules;
	const char *versions;            /* newest first; "-": left out before */
	const char *story;               /* a letter each: + taken, - left out before, l, m by which rule */
} trims[] = {
	{ "all", "", "2.0.0 1.1.0 1.0.0", "+++" },
	{ "the last two", "take_last=2", "2.0.0 1.1.0 1.0.0", "++l" },
	{ "more than there are", "take_last=9", "2.0.0 1.1.0", "++" },
	{ "one of each minor", "take_last_per_minor=1", "2.0.1 2.0.0 1.1.0 1.0.1 1.0.0", "+m++m" },
	{ "two of each minor", "take_last_per_minor=2", "1.1.3 1.1.2 1.1.1 1.0.0", "++m+" },
	{ "minors of two majors", "take_last_per_minor=1", "2.1.0 1.1.0", "++" },
	{ "either is enough", "take_last=2;take_last_per_minor=1", "2.0.1 2.0.0 1.1.1 1.1.0 1.0.0", "+++l+" },
	{ "what is left out does not count", "take_last=2", "- 2.0.0 - 1.1.0 1.0.0", "-+-+l" },
	{ "nor between those of a minor", "take_last_per_minor=1", "1.0.2 - 1.0.1", "+-m" },
	{ "pre-releases count in their minor", "take_last_per_minor=1", "1.1.0 1.1.0-rc.1 1.0.0", "+m+" },
	{ "versions that are none", "take_last_per_minor=1", "x y", "++" },
	{ "between versions of one minor", "take_last_per_minor=1", "1.0.1 x 1.0.0", "+++" },
	{ "no version", "take_last=1", "", "" },
};

static void t_trim(void **state)
{
	const struct trim_row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct selection_version v[16];
	struct repo_settings s;
	struct selection *x;
	char story[17] = "";
	size_t count = 0;
	struct str rest = str_c(row->versions);
	set_rules(&a, row->rules, &s);
	assert_int_equal(selection_new(&a, &s, &x, NULL), OK);
	for (; rest.n; count++) {
		struct str word = str_cut(&rest, ' ', NULL);
		bool out = str_eq_c(word, "-");
		v[count] = (struct selection_version){ out ? STR("1.0.0") : word,
		                                       out ? SELECTION_RANGE : SELECTION_TAKEN };
	}
	selection_trim(x, v, count);
	for (size_t i = 0; i < count; i++)
		story[i] = v[i].verdict == SELECTION_TAKEN ? '+' : v[i].verdict == SELECTION_RANGE ? '-'
		           : v[i].verdict == SELECTION_LAST ? 'l' : v[i].verdict == SELECTION_PER_MINOR ? 'm' : '?';
	assert_string_equal(story, row->story);
}

static const struct { const char *rules, *why; } refused[] = {
	{ "take_charts=[a]", "take_charts: \"[a]\": no name has the character at 1" },
	{ "take_charts=a !", "take_charts: a pattern has 1 to 256 bytes, not 0" },
	{ "take_charts=!!a", "take_charts: \"!a\": no name has the character at 1" },
	{ "take_versions=new", "take_versions: improper constraint: \"new\"" },
	{ "take_since=2024-1-31", "take_since: \"2024-1-31\" is neither a date" },
	{ "take_since=2024-02-30", "take_since: \"2024-02-30\" is neither a date" },
	{ "take_since=yesterday", "is neither a date like 2024-01-31 nor a time" },
	{ "take_since=31-01-2024", "is neither a date" },
	{ "take_annotations=a =b", "take_annotations: \"=b\": KEY or KEY=VALUE is expected" },
	{ "take_kube=1", "take_kube: \"1\" is no version of Kubernetes like 1.29" },
	{ "take_kube=29", "is no version of Kubernetes" },
	{ "take_kube=2.1", "is no version of Kubernetes" },
	{ "take_kube=1.29.0.1", "is no version of Kubernetes" },
	{ "take_kube=>=1.29", "is no version of Kubernetes" },
};

static void t_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(refused); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct repo_settings s;
		struct selection *x;
		struct errinfo e = { 0 };
		set_rules(&a, refused[i].rules, &s);
		if (selection_new(&a, &s, &x, &e) != ERR_INVALID || !strstr(e.detail, refused[i].why))
			fail_msg("%s: %s", refused[i].rules, e.detail);
	}
}

static void t_too_many_words(void **state)
{
	static const struct { const char *name, *word; } lists[] = {
		{ "take_charts", "a " }, { "take_annotations", "a " },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(lists); i++) {
		for (unsigned more = 0; more < 2; more++) {
			AUTO_ARENA struct arena a = { 0 };
			AUTO_SBUF struct sbuf text = sbuf_make(64 * KIB);
			struct repo_settings s;
			struct selection *x;
			struct errinfo e = { 0 };
			repo_settings_default(&s);
			for (unsigned n = 0; n < REPO_SETTING_WORDS_MAX + more; n++)
				sbuf_puts(&text, lists[i].word);
			assert_int_equal(repo_settings_set(&a, str_c(lists[i].name), sbuf_str(&text), &s, &e), OK);
			assert_int_equal(selection_new(&a, &s, &x, &e), more ? ERR_INVALID : OK);
			assert_true(!more || strstr(e.detail, "at most 2000"));
		}
	}
}

static void t_rules_in_words(void **state)
{
	static const struct { const char *rules, *words; } said[] = {
		{ "", "" }, { "keep_last=3;description=x", "" },
		{ "take_last=5;take_charts=redis* !redis-ha;take_deprecated=false",
		  "take_charts=redis* !redis-ha, take_deprecated=false, take_last=5" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(said); i++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf b = sbuf_make(KIB);
		struct repo_settings s;
		set_rules(&a, said[i].rules, &s);
		selection_rules(&s, &b);
		assert_true(str_eq_c(sbuf_str(&b), said[i].words));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_refused), cmocka_unit_test(t_too_many_words),
		cmocka_unit_test(t_rules_in_words),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("one version", t_one_version, rows);
	failed += RUN_TABLE("ignored", t_ignored, ignores);
	return failed + RUN_TABLE("versions of a chart", t_trim, trims);
}
