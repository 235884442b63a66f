/* Which repositories an address means. */
#include "buffer.h"

#include "indexer/base/auto.h"
#include "indexer/format/places.h"

static const struct { const char *repo, *known_as; } known[] = {
	{ "graphs", "https://grafana.github.io/helm-charts" },
	{ "deep", "https://grafana.github.io/helm-charts/deep  oci://ghcr.io/deep" },
	{ "mirror", "https://charts.example.org/index.yaml" },
	{ "also", "http://CHARTS.example.org:80// s3://bucket https:// https://a b/ https://also.example.org/x" },
	{ "none", "" }, { "old", "https://kubernetes-charts.storage.googleapis.com" },
	{ "new", "https://charts.helm.sh/stable" },
};

static struct places *all(struct arena *a)
{
	struct places *p;
	assert_int_equal(places_new(a, &p, NULL), OK);
	for (size_t i = 0; i < ROWS(known); i++)
		assert_int_equal(places_add(p, str_c(known[i].repo), str_c(known[i].known_as), NULL), OK);
	places_sort(p);
	return p;
}

/* `repos`: with spaces between them, in their order; "+" before what moved.def says, which
 * has the address itself too.                                                                 */
static const struct row { const char *address, *repos; } rows[] = {
	{ "https://grafana.github.io/helm-charts", "graphs +graphs" },
	{ "https://grafana.github.io/helm-charts/", "graphs +graphs" },
	{ "http://Grafana.GitHub.io/helm-charts/index.yaml", "graphs +graphs" },
	{ "https://grafana.github.io/loki/charts", "+graphs" },
	{ "oci://ghcr.io/grafana/helm-charts", "+graphs" },
	{ "https://ghcr.io/grafana/helm-charts", "" },
	{ "https://grafana.github.io/helm-charts/deep", "deep" },
	{ "oci://ghcr.io/deep", "deep" },
	{ "https://grafana.github.io/helm-charts/deeper", "" },
	{ "https://grafana.github.io", "" },
	{ "https://grafana.github.io/Helm-Charts", "" },
	{ "https://charts.example.org", "also mirror" },
	{ "https://charts.example.org:8443", "" },
	{ "https://also.example.org/x", "also" },
	{ "https://bucket", "" },
	{ "https://kubernetes-charts.storage.googleapis.com/", "old +new +old" },
	{ "https://charts.helm.sh/stable", "new +new +old" },
	{ "https://storage.googleapis.com/kubernetes-charts", "+new +old" },
	{ "https://nobody.example.org", "" },
};

static void finds(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf got = sbuf_make(1000);
	const struct places *p = all(&a);
	struct address address;
	size_t count = 99;
	assert_int_equal(address_read(&a, str_c(row->address), &address, NULL), OK);
	const struct place *found = places_find(p, &address, &count);
	assert_int_equal(found != NULL, count > 0);
	for (size_t i = 0; i < count; i++)
		sbuf_printf(&got, "%s%s%.*s", i ? " " : "", found[i].implied ? "+" : "", STR_ARG(found[i].repo));
	assert_buffer(&got, row->repos);
}

static const struct host { const char *name; bool known; } hosts[] = {
	{ "grafana.github.io", true }, { "charts.example.org", true }, { "charts.helm.sh", true },
	{ "storage.googleapis.com", true }, { "github.io", false }, { "grafana.github.i", false },
	{ "grafana.github.ioo", false }, { "charts.example.org:8443", false }, { "", false }, { "zzz", false },
	{ "bucket", false }, { "ghcr.io", false },
};

static void has_host(void **state)
{
	const struct host *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	assert_int_equal(places_has_host(all(&a), str_c(row->name)), row->known);
}

static void nothing_is_known(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	struct places *p;
	struct address address;
	size_t count = 99;
	(void)state;
	assert_int_equal(places_new(&a, &p, NULL), OK);
	places_sort(p);
	assert_int_equal(address_read(&a, STR("https://charts.helm.sh/stable"), &address, NULL), OK);
	assert_null(places_find(p, &address, &count));
	assert_int_equal(count, 0);
	assert_false(places_has_host(p, STR("charts.helm.sh")));
}

/* Names and addresses are the caller's, and may go. */
static void what_is_added_is_copied(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	char repo[] = "stable", url[] = "https://charts.example.org/x";
	struct places *p;
	struct address address;
	size_t count;
	(void)state;
	assert_int_equal(places_new(&a, &p, NULL), OK);
	assert_int_equal(places_add(p, str_c(repo), str_c(url), NULL), OK);
	assert_int_equal(address_read(&a, STR("https://charts.example.org/x"), &address, NULL), OK);
	memset(repo, 'z', sizeof repo - 1);
	memset(url, 'z', sizeof url - 1);
	places_sort(p);
	const struct place *found = places_find(p, &address, &count);
	assert_int_equal(count, 1);
	assert_true(str_eq_c(found->repo, "stable"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known), cmocka_unit_test(what_is_added_is_copied),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("finds", finds, rows) + RUN_TABLE("has_host", has_host, hosts);
	return failed + cmocka_run_group_tests_name("format_places", tests, NULL, NULL);
}
