/* The components with made-up contents, which are constant: the tests compare the whole page. */
#include "server/web/styleguide.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "server/web/styleguide_page.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define T(literal) { "" literal, sizeof(literal) - 1 }
#define NOW (INT64_C(1795176183) * NS_PER_SECOND)        /* 2026-11-20T12:03:03Z */
#define DAYS_AGO(n) (NOW - (n) * NS_PER_DAY)

static const struct crumb crumbs[] = {
	{ T("Repositories"), T("#") }, { T("stable"), T("#") }, { T("postgresql"), T("#") },
};

static const struct tab tabs[] = {
	{ "README", T("#"), 0, true }, { "Values", T("#"), 214, false },
	{ "Templates", T("#"), 31, false }, { "Dependencies", T("#"), 2, false },
	{ "Versions", T("#"), 1088, false }, { "Changelog", T("#"), 0, false },
};

static const struct chip chips[] = {
	{ T("repository: stable"), T("#") }, { T("signed"), T("#") },
};

static const struct facet_value repos[] = {
	{ T("stable"), { 0 }, 112, true }, { T("team-a/stable"), { 0 }, 14, false },
	{ T("a-repository-with-a-long-name"), { 0 }, 3, false }, { T("incubator"), { 0 }, 1, false },
};
static const struct facet_value kinds[] = {
	{ T("yes"), T("Signed"), 31, true }, { T("schema"), T("Has a schema"), 64, false },
	{ T("deprecated"), T("Deprecated"), 1208, false },
};
static const struct facet facets[] = {
	{ "Repository", "repo", repos, COUNT(repos), 3 }, { "Is", "is", kinds, COUNT(kinds), 0 },
};
static const struct link_param kept[] = { { "q", T("postgres") }, { "sort", { 0 } } };

static const uint32_t pulls[] = { 3, 5, 4, 8, 13, 9, 2, 4, 11, 20, 25, 18, 30, 22, 41, 38, 40, 52 };

static const struct chart_row rows[] = {
	{
		.repo = T("stable"), .name = T("postgresql"), .version = T("12.1.2"),
		.app_version = T("15.3"), .link = T("#"),
		.description = { T("Object-relational database, with replication and backups. "
		                   "<mark>Postgres</mark>, as its authors meant it.") },
		.snippet = { T("for production use, set <mark>auth.existingSecret</mark> before the "
		               "first start, because the password is not changed later") },
		.snippet_where = T("README"), .signature = { "signed", "good" }, .used_by = 31, .pulls = 1204,
		.spark = { pulls, COUNT(pulls) }, .released_ns = DAYS_AGO(3), .now_ns = NOW,
	}, {
		.repo = T("team-a/stable"), .name = T("postgresql-ha"), .version = T("0.9.0-rc.1+build.7"),
		.link = T("#"), .description = { T("The same in three places at once.") },
		.prerelease = true, .library = true, .released_ns = DAYS_AGO(45), .now_ns = NOW,
	}, {
		.repo = T("stable"),
		.name = T("a-chart-whose-name-somebody-made-much-longer-than-anybody-would-like-to-read"),
		.version = T("1.0.0"), .app_version = T("a version of the application that is long"),
		.link = T("#"), .description = { T("No longer looked after; use postgresql.") },
		.deprecated = true, .used_by = 1, .released_ns = DAYS_AGO(800), .now_ns = NOW,
	},
};

static const struct choice role_choices[] = { { T("pull"), { 0 } }, { T("push"), { 0 } } };

static const char *const names[] = {
	"redis", "kube-prometheus-stack", "nginx", "cert-manager", "loki", "minio", "argo-cd", "vault",
	"external-dns", "harbor", "grafana", "mysql",
};

enum err styleguide_page(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct page p;
	page_init(&p, c);
	p.title = STR("Style guide");
	p.description = STR("Every component that the pages are made of.");
	struct styleguide_view view = {
		.crumbs = crumbs, .crumb_count = COUNT(crumbs), .tabs = tabs, .tab_count = COUNT(tabs),
		.pager = { .from = 1, .to = 20, .total = 247, .next = T("#") },
		.chips = chips, .chip_count = COUNT(chips),
		.facets = { link_styleguide(p.links), kept, COUNT(kept), facets, COUNT(facets), 2 },
		.rows = rows, .row_count = COUNT(rows),
		.name = { .label = "Name", .name = "name", .hint = "Small letters, digits and -.",
		          .value = STR("team-a/stable"), .required = true },
		.password = { .label = "Password", .name = "password", .type = "password",
		              .autocomplete = "new-password", .required = true },
		.roles = { .label = "Roles", .name = "roles", .rows = 3, .hint = "A line for each.",
		           .value = STR("pull:*\npush:team-a/*") },
		.role = { .label = "Role", .name = "role", .choices = role_choices, .choice_count = COUNT(role_choices) },
		.private = { .label = "Private: only who has a role sees it", .name = "private", .box = true,
		             .value = STR("true") },
		.wrong = { .label = "Expires", .name = "expires",
		           .hint = "As 90d or 12h; empty: never.", .wrong = "90 what? Write 90d for days.",
		           .value = STR("90") },
		.digest = STR("3f9a0c51b7d2e8846a1f0d9c5b7e3a2f4c6d8e0a1b3c5d7e9f0a2b4c6d8e0f1a"),
		.names = names, .name_count = COUNT(names), .then_ns = DAYS_AGO(3), .now_ns = NOW,
	};
	html_styleguide(&body, &view);
	return page_respond(&p, 200, &body, s, e);
}
