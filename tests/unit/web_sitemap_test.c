/* The sitemap of a catalog with more pages than one file may name: an index, and files within the
 * limit that have every page once.                                                           */
#include "server/web/machines.c"

#include "route_fixture.h"

#define REPOSITORIES 4u
#define CHARTS 30000u                /* of each */
#define URLS (2u + REPOSITORIES + REPOSITORIES * CHARTS)
#define BASE "https://charts.example.org/hub"

static void make_charts(struct arena *a, unsigned repositories, unsigned each, struct hub_charts *ret)
{
	struct hub_chart *charts = calloc((size_t)repositories * each + 1, sizeof *charts);
	ret->list = calloc((size_t)repositories * each + 1, sizeof(void *));
	assert_true(charts && ret->list);
	for (unsigned i = 0; i < repositories * each; i++) {
		charts[i].repo = str_c(arena_printf(a, "r%u", i / each));
		charts[i].name = str_c(arena_printf(a, "c%u", i % each));
		ret->list[i] = &charts[i];
	}
	ret->count = (size_t)repositories * each;
}

static void free_charts(struct hub_charts *c)
{
	free(c->list[0]);
	free(c->list);
}

static enum err ask(const struct hub_charts *charts, const char *query, struct sbuf *ret, struct errinfo *e)
{
	static struct app app = { .default_repo = "main" };
	struct fake_request f = { .r = { .public_url = STR(BASE) } };
	struct call c = { .r = &f.r, .app = &app };
	struct sitemap m = { .c = &c, .b = sbuf_make(HUB_ANSWER_MAX_BYTES),
	                     .url = sbuf_make(HTTP_URI_MAX_BYTES), .charts = *charts };
	assert_int_equal(http_query_parse(&f.r.arena, str_c(query), &c.query, e), OK);
	enum err err = put_sitemap(&m, e);
	*ret = m.b;
	sbuf_done(&m.url);
	arena_done(&f.r.arena);
	return err;
}

/* Not by strstr: a sanitizer measures all that follows each time. */
static size_t count(const char *text, const char *what)
{
	size_t n = 0, bytes = strlen(what);
	for (const char *at = text; *at; at++)
		n += *at == *what && strncmp(at, what, bytes) == 0;
	return n;
}

static void t_index(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = { 0 };
	struct errinfo e = { 0 };
	struct hub_charts charts;
	make_charts(&a, REPOSITORIES, CHARTS, &charts);
	assert_int_equal(ask(&charts, "", &b, &e), OK);
	assert_string_equal(b.p,
		XML_HEAD
		"<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
		"<sitemap>\n<loc>" BASE "/sitemap.xml?page=1</loc>\n</sitemap>\n"
		"<sitemap>\n<loc>" BASE "/sitemap.xml?page=2</loc>\n</sitemap>\n"
		"<sitemap>\n<loc>" BASE "/sitemap.xml?page=3</loc>\n</sitemap>\n</sitemapindex>\n");
	free_charts(&charts);
}

/* Pages follow one another: what the last begins with is what the one before would have had next. */
static void t_pages(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo e = { 0 };
	struct hub_charts charts;
	size_t urls = 0, repositories = 0;
	make_charts(&a, REPOSITORIES, CHARTS, &charts);
	static const char *const firsts[] = { "/", "/packages/r1/c19996", "/packages/r3/c9994" };
	for (unsigned page = 1; page <= 3; page++) {
		AUTO_SBUF struct sbuf b = { 0 };
		char query[24], first[120];
		(void)snprintf(query, sizeof query, "page=%u", page);
		(void)snprintf(first, sizeof first, "<url>\n<loc>" BASE "%s</loc>\n</url>\n", firsts[page - 1]);
		assert_int_equal(ask(&charts, query, &b, &e), OK);
		const char *begin = strstr(b.p, "<url>\n");
		assert_non_null(begin);
		assert_int_equal(strncmp(begin, first, strlen(first)), 0);
		assert_true(count(b.p, "<url>\n") <= SITEMAP_URLS_MAX);
		urls += count(b.p, "<url>\n");
		repositories += count(b.p, "/repos/r");
	}
	assert_int_equal(urls, URLS);
	assert_int_equal(repositories, REPOSITORIES);
	free_charts(&charts);
}

static const struct row { const char *name, *query; unsigned charts; enum err err; size_t urls; } rows[] = {
	{ "few", "", 3, OK, 6 }, { "few, the first page", "page=1", 3, OK, 6 },
	{ "few, no second page", "page=2", 3, ERR_INVALID, 0 },
	{ "as many as one file has", "", SITEMAP_URLS_MAX - 3, OK, SITEMAP_URLS_MAX },
	{ "one more", "", SITEMAP_URLS_MAX - 2, OK, 0 },
	{ "one more, alone", "page=2", SITEMAP_URLS_MAX - 2, OK, 1 },
	{ "no page 0", "page=0", SITEMAP_URLS_MAX - 2, ERR_INVALID, 0 },
	{ "no third page", "page=3", SITEMAP_URLS_MAX - 2, ERR_INVALID, 0 },
};

static void t_table(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = { 0 };
	struct errinfo e = { 0 };
	struct hub_charts charts;
	make_charts(&a, 1, row->charts, &charts);
	assert_int_equal(ask(&charts, row->query, &b, &e), row->err);
	if (!row->err)
		assert_int_equal(count(b.p, "<url>\n"), row->urls);
	free_charts(&charts);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(t_index), cmocka_unit_test(t_pages) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("sitemap", t_table, rows) + cmocka_run_group_tests_name("sitemaps", tests, NULL, NULL);
}
