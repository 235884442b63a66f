/* Addresses: a row has what asks, and the link that a page gets. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/web/page.h"
#include "server/web/site.h"

#define S(text) str_c(text)

static struct site site = { .version = "0123456789ab" };
static struct request request;
static struct app app;
static struct call call = { .r = &request, .app = &app };

static struct links start(const char *base, const char *public_url)
{
	struct links l;
	arena_done(&request.arena);
	request = (struct request){ .host = STR("charts.local:80"), .listen = STR("0.0.0.0:80"),
	                            .path = STR("/x/search"), .public_url = str_c(public_url) };
	app = (struct app){ .base_path = base, .default_repo = "main", .site = &site };
	call.query = (struct query){ 0 };
	links_of(&call, &l);
	return l;
}

static void is(struct str got, const char *want)
{
	if (!str_eq_c(got, want))
		fail_msg("%.*s, not %s", STR_ARG(got), want);
}

static void t_addresses(void **state)
{
	(void)state;
	struct links l = start(NULL, NULL);
	struct link_param params[] = { { "q", STR("a b&c") }, { "repo", { 0 } }, { "sort", STR("é") } };
	is(link_home(&l), "/");
	is(link_search(&l, NULL, 0), "/search");
	is(link_search(&l, params, 3), "/search?q=a%20b%26c&sort=%C3%A9");
	is(link_repo(&l, S("team-a/stable")), "/repos/team-a/stable");
	is(link_chart(&l, S("stable"), S("redis"), S("")), "/packages/stable/redis");
	is(link_chart(&l, S("team-a/stable"), S("redis"), S("1.0.0+a.1")),
	   "/packages/team-a~stable/redis/1.0.0%2Ba.1");
	is(link_chart_part(&l, S("stable"), S("redis"), S("1.0.0"), "values"),
	   "/packages/stable/redis/1.0.0/values");
	is(link_chart_part(&l, S("stable"), S("redis"), S(""), "versions"),
	   "/packages/stable/redis/versions");
	is(link_compare(&l, S("stable"), S("redis"), S("1.0.0+a"), S("2.0.0")),
	   "/packages/stable/redis/compare/1.0.0%2Ba...2.0.0");
	is(link_images(&l, S("team-a/stable"), S("redis"), S("1.0.0+a"), "oc-mirror"),
	   "/api/v1/charts/team-a~stable/redis/1.0.0%2Ba/images?format=oc-mirror");
	is(link_archive(&l, S("main"), S("redis"), S("1.0.0")), "/charts/redis-1.0.0.tgz");
	is(link_archive(&l, S("team-a/stable"), S("redis"), S("1.0.0")),
	   "/team-a/stable/charts/redis-1.0.0.tgz");
	assert_false(l.failed);
}

static void t_names_of_strangers(void **state)
{
	(void)state;
	struct links l = start(NULL, NULL);
	is(link_chart(&l, S("a"), S("../\"<x>?#%"), S("")), "/packages/a/..%2F%22%3Cx%3E%3F%23%25");
	is(link_chart(&l, S("a"), str_make("\0", 1), S("")), "/packages/a/%00");
}

static void t_base_path(void **state)
{
	(void)state;
	struct links l = start("/helm", NULL);
	is(link_home(&l), "/helm/");
	is(link_chart(&l, S("a"), S("b"), S("")), "/helm/packages/a/b");
	is(link_helm_repo(&l, S("main")), "http://charts.local:80/helm");
	is(link_helm_repo(&l, S("a/b")), "http://charts.local:80/helm/a/b");
	is(link_absolute(&l, link_home(&l)), "http://charts.local:80/helm/");
	is(link_asset(&l, "site.css"), "/helm/static/0123456789ab/site.css");
}

static void t_public_url(void **state)
{
	(void)state;
	static const struct { const char *base, *url, *home, *absolute; } rows[] = {
		{ "", "https://example.com", "/", "https://example.com/" },
		{ "", "https://example.com/", "/", "https://example.com/" },
		{ "", "https://example.com/a/b/", "/a/b/", "https://example.com/a/b/" },
		{ "/a", "https://example.com:8443/a", "/a/", "https://example.com:8443/a/" },
		{ "/b", "https://example.com", "/b/", "https://example.com/b/" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct links l = start(rows[i].base, rows[i].url);
		is(link_home(&l), rows[i].home);
		is(link_absolute(&l, link_home(&l)), rows[i].absolute);
	}
}

static void t_who_asks(void **state)
{
	(void)state;
	struct links l = start(NULL, NULL);
	request.tls = true;
	links_of(&call, &l);
	is(l.origin, "https://charts.local:80");
	request.host = STR("");                  /* HTTP/1.0 */
	links_of(&call, &l);
	is(l.origin, "https://0.0.0.0:80");
}

static void t_theme(void **state)
{
	(void)state;
	struct links l = start("/x", NULL);
	struct query_param params[] = {
		{ STR("q"), STR("a&b"), true }, { STR("theme"), STR("dark"), true }, { STR("all"), { 0 }, false },
	};
	is(link_theme(&l, &call, "light"), "/x/search?theme=light");
	call.query = (struct query){ params, 3 };
	is(link_theme(&l, &call, "light"), "/x/search?q=a%26b&all&theme=light");
	call.query.count = 0;
	request.path = STR("//evil.example/x");
	is(link_theme(&l, &call, "light"), "/x/evil.example/x?theme=light");
	request.path = STR("http://evil.example/");
	is(link_theme(&l, &call, "light"), "/x/?theme=light");
}

static void t_no_memory(void **state)
{
	(void)state;
	struct links l = start(NULL, NULL);
	request.arena.limit = 1;
	is(link_chart(&l, S("a"), S("b"), S("c")), "/packages/a/b/c");   /* what is left of a block */
	for (int i = 0; i < 10000 && !l.failed; i++)
		(void)link_chart(&l, S("a"), S("b"), S("c"));
	assert_true(l.failed);
	is(link_chart(&l, S("a"), S("b"), S("c")), "");
}

/* What a page does when the request's arena is used up: the links of an error page are made then too. */
static void t_page_without_memory(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf body = page_body();
	struct query_param theme = { STR("theme"), STR("dark"), true };      /* no cookie is looked at */
	struct errinfo e = { 0 };
	struct response s = { 0 };
	struct page p;
	(void)start("/x", NULL);
	call.query = (struct query){ &theme, 1 };
	arena_done(&request.arena);
	request.arena.limit = 1;
	call.caller.kind = CALLER_ANONYMOUS;
	page_init(&p, &call);
	is(link_home(p.links), "");
	assert_null(arena_alloc(p.links->a, 1));
	assert_int_equal(page_respond(&p, 503, &body, &s, &e), ERR_NOMEM);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_addresses), cmocka_unit_test(t_names_of_strangers),
		cmocka_unit_test(t_base_path), cmocka_unit_test(t_public_url), cmocka_unit_test(t_who_asks),
		cmocka_unit_test(t_theme), cmocka_unit_test(t_no_memory),
		cmocka_unit_test(t_page_without_memory),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_done(&request.arena);
	return failed;
}
