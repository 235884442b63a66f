/* Facets: what is listed of a few charts, and the counts beside a model that knows no numbers. */
#include "hub_fixture.h"

#include "indexer/hub/facet.h"

#define TOLD_BYTES 2000

static const struct chart_row charts[] = {
	{ "main/a", .keywords = "SQL,db", .people = "Ann", .kube = ">=1.30.0-0",
	  .facts = "\"license\":\"MIT\",\"category\":\"database\",\"schema\":true" },
	{ "main/b", .keywords = "db,db, DB ", .people = "Ann,Bob", .kube = "<1.31.0-0",
	  .facts = "\"license\":\"MIT\",\"signature\":\"good\"" },
	{ "main/c", .keywords = "sql", .people = "bob", .more = "\"type\":\"library\",\"deprecated\":true",
	  .facts = "\"crds\":true,\"category\":\"storage\"" },
	{ "secret/d", .keywords = "hidden,db", .people = "Ann", .version = "1.0.0-rc.1",
	  .facts = "\"license\":\"MIT\",\"origin\":\"cached\"" },
	{ "secret/e", .keywords = "hidden", .facts = "\"origin\":\"remote\"" },
};

/* Filters: FACET=VALUE …; lists of the facets that `shown` names: value count, * chosen, +N more. */
static const struct row { const char *name, *hidden, *filters, *shown, *lists; int total; } rows[] = {
	{ "everything", "", "", "repo category keyword license type maintainer signed schema crds deprecated "
	  "prerelease", "repo main 3 secret 2; category database 1 storage 1; keyword db 3 hidden 2 sql 2; "
	  "license MIT 3; type application 4 library 1; maintainer Ann 3 Bob 1 bob 1; signed false 4 true 1; "
	  "schema false 4 true 1; crds false 4 true 1; deprecated false 4 true 1; "
	  "prerelease false 4 true 1", 5 },
	{ "of a stranger", "secret", "", "repo keyword license prerelease",
	  "repo main 3; keyword db 2 sql 2; license MIT 2; prerelease false 3", 3 },
	{ "a facet does not narrow itself", "", "keyword=sql", "keyword repo",
	  "keyword sql 2* db 3 hidden 2; repo main 2", 2 },
	{ "the others do", "", "keyword=sql type=library", "keyword type license",
	  "keyword sql 1*; type library 1* application 1; license", 1 },
	{ "either value", "", "keyword=sql keyword=hidden", "keyword repo",
	  "keyword hidden 2* sql 2* db 3; repo main 2 secret 2", 4 },
	{ "in capitals", "", "keyword=SQL", "keyword", "keyword sql 2* db 3 hidden 2", 2 },
	{ "people are as they are written", "", "maintainer=Bob", "maintainer", "maintainer Bob 1* Ann 3 bob 1", 1 },
	{ "nothing has it", "", "license=GPL", "license keyword", "license GPL 0* MIT 3; keyword", 0 },
	{ "nothing that is seen", "secret", "keyword=hidden", "keyword repo", "keyword hidden 0* db 2 sql 2; repo", 0 },
	{ "a repository that is not seen", "secret", "repo=secret", "repo", "repo secret 0* main 3", 0 },
	{ "twice", "", "license=MIT license=MIT", "license", "license MIT 3*", 3 },
	{ "Kubernetes", "", "", "kube", "kube 1.37 4 1.36 4 1.35 4 1.34 4 1.33 4 1.32 4 1.31 4 1.30 5 1.29 4 "
	  "1.28 4 1.27 4 1.26 4 +6", 5 },
	{ "Kubernetes 1.31", "", "kube=1.31", "kube repo", "kube 1.31 4* 1.37 4 1.36 4 1.35 4 1.34 4 1.33 4 "
	  "1.32 4 1.30 5 1.29 4 1.28 4 1.27 4 1.26 4 1.25 4 +5; repo main 2 secret 2", 4 },
	{ "origins", "", "origin=remote", "origin repo", "origin remote 1* hosted 3 cached 1; repo secret 1", 1 },
	{ "old and no Kubernetes", "", "kube=1.5 kube=x kube=2.1", "repo", "repo main 2 secret 2", 4 },
	{ "no Kubernetes", "", "kube=1.64", "kube", "kube 1.64 0* 1.37 4 1.36 4 1.35 4 1.34 4 1.33 4 1.32 4 "
	  "1.31 4 1.30 5 1.29 4 1.28 4 1.27 4 1.26 4 +6", 0 },
};

static bool facet_named(struct str name, enum hub_facet *ret)
{
	for (enum hub_facet f = 0; f < FACET_COUNT; f++)
		if (str_eq_c(name, hub_facet_names[f])) {
			*ret = f;
			return true;
		}
	return false;
}

static size_t read_filters(const char *text, struct hub_filter *ret)
{
	size_t n = 0;
	for (struct str rest = str_c(text); rest.n; n++) {
		ret[n].value = str_cut(&rest, ' ', NULL);
		assert_true(facet_named(str_cut(&ret[n].value, '=', NULL), &ret[n].facet));
	}
	return n;
}

static void tell(const struct hub_facet_list *lists, const char *shown, char ret[TOLD_BYTES])
{
	size_t n = 0;
	enum hub_facet f = FACET_COUNT;
	for (struct str rest = str_c(shown); rest.n;) {
		assert_true(facet_named(str_cut(&rest, ' ', NULL), &f));
		n += (size_t)snprintf(ret + n, TOLD_BYTES - n, "%s%s", n ? "; " : "", hub_facet_names[f]);
		for (size_t i = 0; i < lists[f].count; i++)
			n += (size_t)snprintf(ret + n, TOLD_BYTES - n, " %.*s %d%s", STR_ARG(lists[f].values[i].value),
			                      (int)lists[f].values[i].count, lists[f].values[i].chosen ? "*" : "");
		if (lists[f].more)
			n += (size_t)snprintf(ret + n, TOLD_BYTES - n, " +%zu", lists[f].more);
	}
}

static int count(struct arena *a, const struct hub_table *t, const char *hidden,
                 const struct hub_filter *filters, size_t n, struct hub_facet_list *ret)
{
	struct facet_count *x;
	const struct hub_viewer viewer = { sees_others, (void *)(uintptr_t)hidden };
	int total = 0;
	assert_int_equal(facet_count_new(a, t->facets, filters, n, NULL, &viewer, &x, NULL), OK);
	for (size_t i = 0; i < t->row_count; i++)
		if (t->rows[i].chart && facet_count_sees(x, &t->rows[i]))
			total += facet_count_take(x, &t->rows[i]);
	assert_int_equal(facet_count_lists(x, a, ret, NULL), OK);
	return total;
}

static void t_lists(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub_facet_list lists[FACET_COUNT];
	struct hub_filter filters[16];
	struct hub_table t;
	char told[TOLD_BYTES] = "";
	fill_table(&t, charts, ROWS(charts));
	int total = count(&a, &t, row->hidden, filters, read_filters(row->filters, filters), lists);
	tell(lists, row->shown, told);
	table_close(&t);
	assert_string_equal(told, row->lists);
	assert_int_equal(total, row->total);
}

/* ---- beside a model ---- */

static unsigned seed = 11;
static unsigned any(unsigned n) { return (seed = seed * 1103515245 + 12345) / 65536 % n; }

static const char *const words[] = { "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "ka", "kb",
                                     "kc", "kd", "ke", "kf" };
static const char *const repos[] = { "r0", "r1", "r2" }, *const licenses[] = { "MIT", "BSD", "" };

static bool has(const struct hub_chart *c, enum hub_facet f, struct str value)
{
	const struct chart_meta *m = &c->entry.meta;
	for (size_t i = 0; f == FACET_KEYWORD && i < m->keyword_count; i++)
		if (str_eq(m->keywords[i], value))
			return true;
	return (f == FACET_REPO && str_eq(c->repo, value)) || (f == FACET_LICENSE && str_eq(c->license, value)) ||
	       (f == FACET_DEPRECATED && str_eq_c(value, m->deprecated ? "true" : "false"));
}

static bool passes(const struct hub_chart *c, const struct hub_filter *filters, size_t n, enum hub_facet but)
{
	for (size_t i = 0; i < n; i++) {
		bool any_of = filters[i].facet == but;
		for (size_t k = 0; k < n && !any_of; k++)
			any_of = filters[k].facet == filters[i].facet && has(c, filters[k].facet, filters[k].value);
		if (!any_of)
			return false;
	}
	return true;
}

static void check(const struct hub_table *t, const struct hub_filter *filters, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub_facet_list lists[FACET_COUNT];
	static const enum hub_facet known[] = { FACET_REPO, FACET_KEYWORD, FACET_LICENSE, FACET_DEPRECATED };
	int total = count(&a, t, "", filters, n, lists), want = 0;
	for (size_t i = 0; i < t->count; i++)
		want += passes(t->charts[i], filters, n, FACET_COUNT);
	assert_int_equal(total, want);
	for (size_t f = 0; f < ROWS(known); f++)
		for (size_t v = 0; v < lists[known[f]].count; v++) {
			uint64_t charts_of = 0;
			for (size_t i = 0; i < t->count; i++)
				charts_of += has(t->charts[i], known[f], lists[known[f]].values[v].value) &&
				             passes(t->charts[i], filters, n, known[f]);
			assert_int_equal(lists[known[f]].values[v].count, charts_of);
		}
}

static struct hub_chart *any_chart(unsigned number)
{
	char name[32], keywords[64], facts[64];
	(void)snprintf(name, sizeof name, "%s/c%u", repos[any(3)], number % 60);
	(void)snprintf(keywords, sizeof keywords, "%s,%s,%s", words[any(16)], words[any(8)], words[any(4)]);
	(void)snprintf(facts, sizeof facts, "\"license\":\"%s\"", licenses[any(3)]);
	const struct chart_row row = { name, .keywords = keywords, .facts = facts,
	                               .more = any(2) ? "\"deprecated\":true" : NULL };
	return make_chart(&row, number + 1);
}

static void t_model(void **state)
{
	(void)state;
	struct hub_table t = { 0 };
	struct errinfo e = { 0 };
	assert_int_equal(table_open(&t, &e), OK);
	for (unsigned round = 0; round < 1500; round++) {
		assert_int_equal(table_put(&t, any_chart(round), &e), OK);
		if (t.count && any(3) == 0) {
			struct hub_chart *c = chart_ref(t.charts[any((unsigned)t.count)]);
			table_remove(&t, c->repo, c->name);
			hub_chart_unref(c);
		}
		struct hub_filter filters[4];
		size_t n = any(4);
		for (size_t i = 0; i < n; i++) {
			unsigned which = any(3);
			filters[i] = which == 0 ? (struct hub_filter){ FACET_KEYWORD, str_c(words[any(16)]) } :
			             which == 1 ? (struct hub_filter){ FACET_LICENSE, str_c(licenses[any(2)]) } :
			             (struct hub_filter){ FACET_REPO, str_c(repos[any(3)]) };
		}
		if (round % 5 == 0)
			check(&t, filters, n);
	}
	table_close(&t);
}

/* ---- what a kubeVersion admits ---- */

static const struct range { const char *range, *words; } ranges[] = {
	{ "", "1.0 and newer" }, { "*", "1.0 and newer" }, { ">=1.25.0-0", "1.25 and newer" },
	{ ">=1.19.0 <1.22.0 || 1.30.x", "1.19 – 1.21, 1.30" }, { ">=1.21 <1.22", "1.21" },
	{ "1.27.4", "1.27" }, { ">=1.25.3 <1.25.5", "1.25" }, { "1.26.5 - 1.26.9", "1.26" }, { "~1.28.7", "1.28" },
	{ ">1.27.8 <1.28.0", "1.27" }, { "!=1.5.0 <1.6", "1.0 – 1.5" }, { ">1.36.99", "1.37 and newer" },
	{ ">1.27.4-0 <1.27.4", "none that is known" }, { ">=2", "none that is known" },
	{ "not a range", "is no range: Helm refuses it everywhere" },
	{ ">= 1.20.0 || foo", "is no range: Helm refuses it everywhere" }, { " ", "is no range: Helm refuses it everywhere" },
};

/* All patches of all minors, one by one. */
static uint64_t minors_asked(struct str text)
{
	AUTO_ARENA struct arena a = { 0 };
	struct semver_range *r = NULL;
	uint64_t minors = 0;
	if (text.n && semver_range_parse(&a, text, &r, NULL))
		return 0;
	for (struct semver v = { .major = 1 }; v.minor < KUBE_MINORS; v.minor++)
		for (v.patch = 0; v.patch < KUBE_PATCHES; v.patch++)
			if (!r || semver_range_has(r, &v))
				minors |= UINT64_C(1) << v.minor;
	return minors;
}

static void t_kube(void **state)
{
	const struct range *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	hub_kube_put(&b, str_c(row->range));
	sbuf_putc(&b, '\0');
	assert_string_equal(sbuf_str(&b).p, row->words);
	assert_int_equal(hub_kube_minors(str_c(row->range)), minors_asked(str_c(row->range)));
}

/* Values that no chart has any more leave their place to others. */
static void t_places(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub_facet_list lists[FACET_COUNT];
	struct hub_table t = { 0 };
	struct errinfo e = { 0 };
	assert_int_equal(table_open(&t, &e), OK);
	for (unsigned i = 0; i < 5000; i++) {
		char keyword[16];
		(void)snprintf(keyword, sizeof keyword, "only%u", i);
		const struct chart_row row = { "main/x", .keywords = keyword };
		assert_int_equal(table_put(&t, make_chart(&row, i + 1), &e), OK);
	}
	assert_int_equal(count(&a, &t, "", NULL, 0, lists), 1);
	assert_int_equal(lists[FACET_KEYWORD].count, 1);
	assert_true(str_eq_c(lists[FACET_KEYWORD].values[0].value, "only4999"));
	assert_true(a.used < 100 * KIB);
	table_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_model), cmocka_unit_test(t_places) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("what a kubeVersion admits", t_kube, ranges);
	return failed + RUN_TABLE("facets", t_lists, rows);
}
