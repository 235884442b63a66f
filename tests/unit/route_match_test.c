/* The site map: every row of the route table, and every address that is none. */
#include "route_fixture.h"
#include "indexer/base/auto.h"
#include "indexer/format/name.h"
#include "server/route/app.h"
#include "server/api/body.h"
#include "server/api/bundle_make.h"
#include "server/api/dependencies.h"
#include "server/api/route_list.h"
#include "server/api/upstreams.h"
#include "server/routes.h"
#include "server/web/login_page.h"

static struct app app = { .routes = routes, .default_repo = "main" };
static const enum http_method methods[] = {
	HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_DELETE, HTTP_PATCH, HTTP_OPTIONS,
};

/* A call on its way; free with arena_done(&f.r.arena). */
struct found { struct fake_request f; struct call call; const struct route *route; unsigned allowed; enum err err; };

static void find(struct found *x, enum http_method method, const char *path, bool control)
{
	struct path parts;
	*x = (struct found){ .f.r = { .method = method, .path = str_c(path), .control = control } };
	x->call = (struct call){ .r = &x->f.r, .app = &app };
	x->err = http_path_parse(&x->f.r.arena, x->f.r.path, &parts, NULL);
	if (!x->err)
		x->route = route_find(&app, &x->call, &parts, method, &x->allowed);
}

/* ---- what a row says ---- */

static void t_rows_are_complete(void **state)
{
	(void)state;
	assert_null(routes[route_count].pattern);
	for (size_t i = 0; i < route_count; i++) {
		const struct route *r = &routes[i];
		struct str summary = str_c(r->summary);
		bool leaves = r->handle == logout_post;      /* a cookie goes, nothing else */
		bool signed_for = r->handle == upstreams_hooked;     /* its secret lets in, no role */
		bool carried = r->handle == bundles_post || r->handle == bundles_delete;      /* bundles_permit */
		bool writes = r->handle == login_post || signed_for || carried || r->may == MAY_SELF || (r->may >= MAY_PUBLISH && r->may <= MAY_CONTROL);
		assert_true(r->pattern[0] == '/' && r->methods && r->handle);
		assert_true(r->may && r->dialect && r->cache);
		assert_true(summary.n > 10 && (str_ends(summary, STR(".")) || str_ends(summary, STR("/"))));
		assert_int_equal(!r->begin, !r->body);
		bool reads = r->methods == HTTP_GET || r->handle == control_routes || r->handle == dependencies_of || leaves;
		assert_true(reads || writes);
		assert_true(r->methods == HTTP_GET || r->cache == CACHE_NEVER);
		assert_int_equal(r->action != NULL, !reads);
		assert_true(!r->begin || r->body == body_none_take || r->end);
		for (size_t k = 0; k < i; k++)
			assert_true(strcmp(routes[k].pattern, r->pattern) || !(routes[k].methods & r->methods));
	}
}

/* ---- every row has its addresses ---- */

static const char *const repos[] = {
	"", "stable", "team-a/stable", "a", "0", "main", "x.y_z-1/charts2", "team-a/health",
	"team-a/v2", "yaml", "tgz/x.tgz",
};

static void fill_in(struct sbuf *b, const char *pattern, const char *repo)
{
	static const struct { const char *param, *value; } values[] = {
		{ "{file}", "demo-1.0.0.tgz" }, { "{repo}", "stable" }, { "{repo~}", "team-a~stable" }, { "{name}", "demo" }, { "{version}", "1.0.0" },
		{ "{any}", "17" },
	};
	struct str rest = str_from(str_c(pattern), 1);
	if (!rest.n)
		sbuf_putc(b, '/');
	while (rest.n) {
		struct str token = str_cut(&rest, '/', NULL);
		if (str_eq(token, STR("{repo?}"))) {
			sbuf_printf(b, "%s%s", *repo ? "/" : "", repo);
			continue;
		}
		for (size_t i = 0; i < ROWS(values); i++)
			if (str_eq_c(token, values[i].param))
				token = str_c(values[i].value);
		sbuf_putc(b, '/');
		sbuf_put(b, token);
	}
}

static void check_row(const struct route *row, const char *repo)
{
	AUTO_SBUF struct sbuf path = sbuf_make(KIB);
	app.chartmuseum = row->museum;
	fill_in(&path, row->pattern, repo);
	for (size_t i = 0; i < ROWS(methods); i++) {
		struct found x;
		unsigned wanted = methods[i] == HTTP_HEAD ? HTTP_GET : methods[i];
		find(&x, methods[i], path.p, true);
		assert_int_equal(x.allowed & row->methods, row->methods);
		assert_int_equal(x.route != NULL, (x.allowed & wanted) != 0);
		if (row->methods & wanted) {
			assert_ptr_equal(x.route, row);
			if (strstr(row->pattern, "{repo?}"))
				assert_true(str_eq_c(x.call.repo, *repo ? repo : "main"));
			if (strstr(row->pattern, "{repo~}"))
				assert_true(str_eq_c(x.call.repo, "team-a/stable"));
			if (strstr(row->pattern, "{file}"))
				assert_true(str_eq_c(x.call.file, "demo-1.0.0.tgz"));
			if (strstr(row->pattern, "{name}"))
				assert_true(str_eq_c(x.call.name, "demo"));
			if (strstr(row->pattern, "{version}"))
				assert_true(str_eq_c(x.call.version, "1.0.0"));
		}
		arena_done(&x.f.r.arena);
	}
}

static void t_every_row_is_reached(void **state)
{
	(void)state;
	for (size_t i = 0; i < route_count; i++)
		for (size_t k = 0; k < ROWS(repos); k++)
			check_row(&routes[i], repos[k]);
	app.chartmuseum = false;
}

/* ---- reserved words ---- */

static const char *const words[] = {      /* architecture.md §4 */
	"search", "packages", "repos", "index.yaml", "index.json", "charts", "api", "v2", "health",
	"healthz", "livez", "readyz", "metrics", "info", "static", "helm", "v1", "v4", "chartsvc",
	"login", "logout", "account", "admin", "hooks", "badge", "image", "feed", "styleguide",
	"upstreams", "robots.txt", "sitemap.xml", "opensearch.xml", "favicon.ico", "control", "@17",
	"@", "artifactory", "outdated", "repository", "upload",
};
static const char *const second_words[] = {
	"charts", "prov", "api", "index.yaml", "index.json", "@17",
};

/* A literal that stands first, or where a repository's segment could stand, is no repository. */
static void t_literals_are_reserved(void **state)
{
	(void)state;
	for (size_t i = 0; i < route_count; i++) {
		struct str rest = str_from(str_c(routes[i].pattern), 1);
		bool first = true, after_repo = false;
		while (rest.n) {
			struct str token = str_cut(&rest, '/', NULL);
			bool literal = token.p[0] != '{';
			if (literal && (first || after_repo))
				assert_true(repo_first_segment_is_reserved(token) ||
				            (after_repo && !first && str_eq(token, STR("prov"))));
			if (literal && after_repo)
				assert_true(repo_second_segment_is_reserved(token));
			first = false;
			after_repo = str_eq(token, STR("{repo?}"));
		}
	}
}

static void check_no_repository(const char *name)
{
	static const char *const rows[] = { "/%s/index.yaml", "/%s/charts/demo-1.0.0.tgz",
	                                    "/%s/demo-1.0.0.tgz",
	                                    "/api/%s/charts", "/api/%s/charts/demo/1.0.0" };
	assert_int_equal(repo_name_check(str_c(name), NULL), ERR_INVALID);
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t k = 0; k < ROWS(methods); k++) {
			char path[400];
			struct found x;
			struct str repo = str_c(rows[i]), before = str_cut(&repo, '%', NULL);
			(void)snprintf(path, sizeof path, "%.*s%s%.*s", STR_ARG(before), name,
			               STR_ARG(str_from(repo, 1)));
			find(&x, methods[k], path, false);
			if (x.route && str_eq_c(x.call.repo, name))
				fail_msg("%s is a repository in %s", name, path);
			arena_done(&x.f.r.arena);
		}
}

static void t_reserved_words_are_no_repositories(void **state)
{
	static const char *const others[] = {
	"", "A", "a/b/c", "-a", ".a", "_a", "a b", "é", "a+b", "a~b", "a/", "/a", "a//b", "a/B",
	"a/.b", "..", "a/..",
};
	char name[100];
	(void)state;
	for (size_t i = 0; i < ROWS(words); i++) {
		check_no_repository(words[i]);
		(void)snprintf(name, sizeof name, "%s/stable", words[i]);
		check_no_repository(name);
	}
	for (size_t i = 0; i < ROWS(second_words); i++) {
		(void)snprintf(name, sizeof name, "stable/%s", second_words[i]);
		check_no_repository(name);
	}
	for (size_t i = 0; i < ROWS(others); i++)
		check_no_repository(others[i]);
	memset(name, 'a', REPO_SEGMENT_MAX_BYTES + 1);
	name[REPO_SEGMENT_MAX_BYTES + 1] = '\0';
	check_no_repository(name);
}

/* ---- addresses by hand ---- */

enum { G = HTTP_GET, PO = HTTP_POST, PU = HTTP_PUT, D = HTTP_DELETE };

static void t_http_addresses(void **state)
{
	static const struct { const char *path; unsigned allowed; const char *repo, *file; } table[] = {
		{ "/", G, NULL, NULL },
		{ "//", G, NULL, NULL },
		{ "/index.yaml", G, "main", NULL },
		{ "//index.yaml", G, "main", NULL },
		{ "/%69ndex.yaml", G, "main", NULL },
		{ "/index.json", G, "main", NULL },
		{ "/stable/index.yaml", G, "stable", NULL },
		{ "//stable//index.yaml", G, "stable", NULL },
		{ "/a/b/index.yaml", G, "a/b", NULL },
		{ "/charts/x-1.0.0.tgz", G | PU, "main", "x-1.0.0.tgz" },
		{ "/charts/x-1.0.0.tgz.prov", G | PU, "main", "x-1.0.0.tgz.prov" },
		{ "/charts/x-1.0.0%2B1.tgz", G | PU, "main", "x-1.0.0+1.tgz" },
		{ "/charts/x-1.0.0+1.tgz", G | PU, "main", "x-1.0.0+1.tgz" },
		{ "/charts/x%2521.tgz", G | PU, "main", "x%21.tgz" },
		{ "/charts/charts.tgz", G | PU, "main", "charts.tgz" },
		{ "/a/charts/x-1.0.0.tgz", G | PU, "a", "x-1.0.0.tgz" },
		{ "/a/b/charts/x-1.0.0.tgz", G | PU, "a/b", "x-1.0.0.tgz" },
		{ "/x-1.0.0.tgz", G | PU, "main", "x-1.0.0.tgz" },
		{ "/a/x-1.0.0.tgz", G | PU, "a", "x-1.0.0.tgz" },
		{ "/a.tgz/x-1.0.0.tgz", G | PU, "a.tgz", "x-1.0.0.tgz" },
		{ "/a/b/x-1.0.0.tgz", G | PU, "a/b", "x-1.0.0.tgz" },
		{ "/.tgz", G | PU, "main", ".tgz" },
		{ "/api/charts", G | PO, "main", NULL },
		{ "/api/a/charts", G | PO, "a", NULL },
		{ "/api/a/b/charts", G | PO, "a/b", NULL },
		{ "/api/prov", PO, "main", NULL },
		{ "/api/prov/prov", PO, "prov", NULL },
		{ "/api/prov/charts", G | PO, "prov", NULL },
		{ "/api/charts/x/1.0.0", G | D, "main", NULL },
		{ "/api/a/charts/x/1.0.0", G | D, "a", NULL },
		{ "/api/a/b/charts/x/1.0.0", G | D, "a/b", NULL },
		{ "/api/charts/charts/charts", G | D, "main", NULL },
		{ "/api/charts/x", G, "main", NULL },
		{ "/api/charts/charts", G, "main", NULL },
		{ "/api/a/b/charts/x/1.0.0/values", G, "a/b", NULL },
		{ "/api/charts/x/1.0.0/templates", G, "main", NULL },
		{ "/api/v4/projects/17/packages/helm/api/stable/charts", PO, "stable", NULL },
		{ "/api/v4/projects/17/packages/helm/api/a/b/charts", PO, "a/b", NULL },
		{ "/api/api/v4/projects/17/packages/helm/stable/charts", PO, "stable", NULL },
		{ "/api/v4/projects/17/packages/helm/stable/index.yaml", G, "stable", NULL },
		{ "/api/v4/projects/x/packages/helm/a/b/charts/x-1.tgz", G, "a/b", "x-1.tgz" },
		{ "/api/packages/team/helm/api/charts", PO | PU, "team", NULL },
		{ "/api/api/packages/team/helm/charts", PO, "team", NULL },
		{ "/api/packages/team/helm/index.yaml", G, "team", NULL },
		{ "/repository/stable/x-1.tgz", G | PU, "stable", "x-1.tgz" },
		{ "/repository/a/b/x-1.tgz.prov", G | PU, "a/b", "x-1.tgz.prov" },
		{ "/repository/stable/index.yaml", G, "stable", NULL },
		{ "/artifactory/stable/x-1.tgz;build.name=y;z", G | PU, "stable", "x-1.tgz" },
		{ "/repository/a~b/x-1.tgz", G | PU, "a/b", "x-1.tgz" },
		{ "/api/v1/repos/a~b/versions", G, "a/b", NULL },
		{ "/api/v1/repos/a~b/yank", PO, "a/b", NULL },
		{ "/repository/stable/charts/x-1.tgz", G, "stable", "x-1.tgz" },
		{ "/artifactory/stable/x-1.tgz", G | PU, "stable", "x-1.tgz" },
		{ "/artifactory/api/helm/stable/index.yaml", G, "stable", NULL },
		{ "/artifactory/stable/charts/x-1.tgz", G, "stable", "x-1.tgz" },
		{ "/api/chartsvc/v1/charts/search", G, NULL, NULL },
		{ "/api/chartsvc/v1/charts/search/", G, NULL, NULL },
		{ "/api/chartsvc/v1//charts/search//", G, NULL, NULL },
		{ "/api/chartsvc/v1/charts/a~b/x/", G, "a/b", NULL },
		{ "/charts/a/x-1.0.0.tgz", G, NULL, NULL },      /* which its handler refuses */
		{ "/charts/a/x", G, NULL, NULL },
		{ "/charts/a/x/1.0.0", G, NULL, NULL },
		{ "/packages/helm/a~b/x", G, NULL, NULL },
		{ "/packages/helm/a/x/1.0.0", G, NULL, NULL },
		{ "/health", G, NULL, NULL },
		{ "/metrics", G, NULL, NULL },

		{ "/index.yaml/", 0, NULL, NULL },
		{ "/stable/", 0, NULL, NULL },
		{ "/stable", 0, NULL, NULL },
		{ "/charts", 0, NULL, NULL },
		{ "/charts/", 0, NULL, NULL },
		{ "/charts/x-1.0.0.tgz/", 0, NULL, NULL },
		{ "/charts/x-1.0.0.zip", 0, NULL, NULL },
		{ "/charts/x-1.0.0.prov", 0, NULL, NULL },
		{ "/charts/x-1.0.0.TGZ", 0, NULL, NULL },
		{ "/a/b/c/index.yaml", 0, NULL, NULL },
		{ "/a~b/index.yaml", 0, NULL, NULL },
		{ "/a/b/c/charts/x-1.0.0.tgz", 0, NULL, NULL },
		{ "/Index.yaml", 0, NULL, NULL },
		{ "/health/", 0, NULL, NULL },
		{ "/api/chartsvc/", 0, NULL, NULL },
		{ "/api/chartsvc/v1/charts/A/x", 0, NULL, NULL },
		{ "/health/x", 0, NULL, NULL },
		{ "/x/health", 0, NULL, NULL },
		{ "/api", 0, NULL, NULL },
		{ "/api/", 0, NULL, NULL },
		{ "/api/charts/", 0, NULL, NULL },
		{ "/api/charts/x/", 0, NULL, NULL },
		{ "/api/charts/x/1.0.0/", 0, NULL, NULL },
		{ "/api/a/b/c/charts", 0, NULL, NULL },
		{ "/repository/index.yaml", 0, NULL, NULL },
		{ "/repository/x-1.tgz", 0, NULL, NULL },
		{ "/repository/charts/x-1.tgz", 0, NULL, NULL },
		{ "/api/repository/charts", 0, NULL, NULL },
		{ "/api/v4/projects//packages/helm/stable/index.yaml", 0, NULL, NULL },
		{ "/api/v4/projects/17/packages/helm/index.yaml", 0, NULL, NULL },
		{ "/api/x-1.0.0.tgz", 0, NULL, NULL },
		{ "/control/fsck", 0, NULL, NULL },
		{ "/control/rebuild", 0, NULL, NULL },
		{ "/control/index.yaml", 0, NULL, NULL },
		{ "/{repo?}/index.yaml", 0, NULL, NULL },
		{ "/charts/{file}", 0, NULL, NULL },
		{ "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p", 0, NULL, NULL },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++)
		for (size_t k = 0; k < ROWS(methods); k++) {
			struct found x;
			unsigned wanted = methods[k] == HTTP_HEAD ? HTTP_GET : methods[k];
			find(&x, methods[k], table[i].path, false);
			if (x.err || x.allowed != table[i].allowed || !x.route != !(x.allowed & wanted))
				fail_msg("%s: %u is allowed, not %u", table[i].path, x.allowed, table[i].allowed);
			if (x.route && table[i].repo && !str_eq_c(x.call.repo, table[i].repo))
				fail_msg("%s: in repository %.*s", table[i].path, STR_ARG(x.call.repo));
			if (x.route && table[i].file && !str_eq_c(x.call.file, table[i].file))
				fail_msg("%s: file %.*s", table[i].path, STR_ARG(x.call.file));
			arena_done(&x.f.r.arena);
		}
}

/* What could climb is refused as a path, before any row is asked. */
static void t_http_climbing_paths(void **state)
{
	static const char *const paths[] = {
		"/../index.yaml", "/..", "/.", "/./index.yaml", "/a/../index.yaml", "/charts/..",
		"/charts/../x-1.0.0.tgz", "/%2e%2e/index.yaml", "/%2E%2e/index.yaml", "/.%2e/index.yaml",
		"/%2e/index.yaml", "/charts/..%2fx.tgz", "/charts/%2e%2e%2fx.tgz", "/charts/a%2fb.tgz",
		"/charts/a%5cb.tgz", "/charts/a\\b.tgz", "/charts/a%00.tgz", "/charts/%00",
		"/a%2fb/index.yaml", "/charts/%0a.tgz", "/charts/%7f.tgz", "/charts/%ff.tgz",
		"/charts/%c0%ae%c0%ae.tgz", "/charts/%.tgz", "/charts/%2", "/charts/%zz.tgz",
		"/charts/%u002e.tgz", "", "index.yaml", "http://x/index.yaml",
		"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17",
	};
	(void)state;
	for (size_t i = 0; i < ROWS(paths); i++) {
		struct found x;
		find(&x, HTTP_GET, paths[i], false);
		if (x.err != ERR_INVALID)
			fail_msg("%s: %s", paths[i], err_code(x.err));
		arena_done(&x.f.r.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_rows_are_complete),
		cmocka_unit_test(t_every_row_is_reached),
		cmocka_unit_test(t_literals_are_reserved),
		cmocka_unit_test(t_reserved_words_are_no_repositories),
		cmocka_unit_test(t_http_addresses),
		cmocka_unit_test(t_http_climbing_paths),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
