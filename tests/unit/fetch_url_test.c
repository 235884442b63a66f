/* Where Helm looks for an index and for charts (clients.md §1.6). */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/fetch/url.h"

static const struct { const char *base, *ref, *url; } joins[] = {
	{ "http://h", "index.yaml", "http://h/index.yaml" },
	{ "http://h/", "index.yaml", "http://h/index.yaml" },
	{ "http://h:8879", "index.yaml", "http://h:8879/index.yaml" },
	{ "http://h/charts/", "nginx-0.2.0.tgz", "http://h/charts/nginx-0.2.0.tgz" },
	{ "http://h/charts-x", "nginx-0.2.0.tgz", "http://h/charts-x/nginx-0.2.0.tgz" },
	{ "http://h/charts/", "/nginx-0.2.0.tgz", "http://h/nginx-0.2.0.tgz" },
	{ "http://h/charts", "../t/n.tgz", "http://h/t/n.tgz" },
	{ "http://h/charts%2fx", "n.tgz", "http://h/charts%2fx/n.tgz" },
	{ "http://h/charts?with=q", "index.yaml", "http://h/charts/index.yaml?with=q" },
	{ "http://h/charts?with=q", "n.tgz", "http://h/charts/n.tgz?with=q" },
	{ "http://h/charts?with=q", "/n.tgz", "http://h/n.tgz?with=q" },
	{ "http://h/charts", "n.tgz?sig=1", "http://h/charts/n.tgz" },
	{ "http://h/charts", "n-1.0.0+b.tgz", "http://h/charts/n-1.0.0+b.tgz" },
	{ "http://h/charts", "https://cdn/x.tgz?sig=1", "https://cdn/x.tgz?sig=1" },
	{ "http://h/charts", "//cdn/x.tgz", "http://cdn/x.tgz" },
	{ "http://h", "ftp://h/x.tgz", NULL },
	{ "http://h", "file:///x.tgz", NULL },
	{ "ftp://h", "x.tgz", NULL },
	{ "", "x.tgz", NULL },
	{ "http://", "x.tgz", NULL },
};

static void joins_as_helm_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(joins); i++) {
		AUTO_ARENA struct arena a = { 0 };
		const char *url = "untouched";
		struct errinfo e = { 0 };
		enum err err = url_join(&a, joins[i].base, joins[i].ref, &url, &e);
		if (joins[i].url && err)
			fail_msg("%s and %s: %s", joins[i].base, joins[i].ref, e.detail);
		if (!joins[i].url)
			assert_int_equal(err, ERR_INVALID);
		assert_string_equal(url, joins[i].url ? joins[i].url : "untouched");
	}
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = { cmocka_unit_test(joins_as_helm_does) };
	return cmocka_run_group_tests_name("URLs", tests, NULL, NULL);
}
