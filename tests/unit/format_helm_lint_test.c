/* helm lint's findings: one wrong thing per row, added to a chart that has nothing to find. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/helm_lint_parts.h"

#define E "[ERROR] Chart.yaml: "
#define W "[WARNING] Chart.yaml: "

/* The findings as `helm lint` prints them. */
static void check(const struct chart *c, const char *want)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf got = sbuf_make(MIB);
	struct lint_report report;
	struct errinfo e = { 0 };
	size_t errors = 0, warnings = 0;
	if (lint_chart(&a, c, &report, &e) != OK)
		fail_msg("%s", e.detail);
	for (size_t i = 0; i < report.count; i++) {
		const struct lint_finding *f = &report.findings[i];
		sbuf_printf(&got, "[%s] %.*s: %.*s\n", lint_level_name(f->level), STR_ARG(f->path),
		            STR_ARG(f->text));
		errors += f->level == LINT_ERROR;
		warnings += f->level == LINT_WARNING;
	}
	sbuf_puts(&got, "");
	assert_true(sbuf_ok(&got));
	assert_string_equal(got.p, want);
	assert_int_equal(report.errors, errors);
	assert_int_equal(report.warnings, warnings);
}

static struct tar_member good_files[] = {
	{ STR("Chart.yaml"), STR("") }, { STR("templates/_helpers.tpl"), STR("") },
	{ STR("templates/NOTES.txt"), STR("") }, { STR("templates/tests/t.yml"), STR("") },
	{ STR("templates/a.b.yaml"), STR("") }, { STR("charts/x/templates/y.sh"), STR("") },
};

static struct chart good_chart(void)
{
	struct chart c = {
		.meta = { .api_version = STR("v2"), .name = STR("web"), .version = STR("1.0.0"),
		          .icon = STR("https://example.com/icon.png") },
		.members = { good_files, ROWS(good_files) },
		.values = STR(""),
	};
	return c;
}

static void t_nothing_to_find(void **state)
{
	(void)state;
	struct chart c = good_chart();
	check(&c, "");
	c.chart_yaml = STR("apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: 2024-01-01\n"
	                   "Description: x\nmaintainers:\n- name: a\ndependencies:\n- name: b\n");
	check(&c, "");
}

/* What is read from the text of Chart.yaml; the metadata stays that of the good chart. */
static void t_meta_11_chart_yaml(void **state)
{
	(void)state;
	static const struct { const char *yaml, *want; } table[] = {
		{ "apiVersion: v2\nversion: 1\n",
		  E "version should be of type string but it's of type float64\n" },
		{ "apiVersion: v2\nversion: 1.2\nappVersion: 0x10\n",
		  E "version should be of type string but it's of type float64\n"
		  E "appVersion should be of type string but it's of type float64\n" },
		{ "apiVersion: v2\nappVersion: yes\n",
		  E "appVersion should be of type string but it's of type bool\n" },
		{ "apiVersion: v2\nappVersion:\n",
		  E "appVersion should be of type string but it's of type <nil>\n" },
		{ "apiVersion: v2\nappVersion: \"1.2\"\nversion: '1'\n", "" },
		{ "name: web\n",
		  E "apiVersion is required. The value must be either \"v1\" or \"v2\"\n" },
		{ "apiVersion:\n",
		  E "apiVersion is required. The value must be either \"v1\" or \"v2\"\n" },
		{ "apiVersion: v3\n",
		  E "apiVersion 'v3' is not valid. The value must be either \"v1\" or \"v2\"\n" },
		{ "apiVersion: v1\ndependencies:\n- name: x\n",
		  E "dependencies are not valid in the Chart file with apiVersion 'v1'. They are valid "
		    "in apiVersion 'v2'\n" },
		{ "apiVersion: v1\ndependencies: []\n", "" },
		{ "apiVersion: v2\nhome_page: x\n",
		  W "failed to strictly parse chart metadata file: line 2: unknown field \"home_page\"\n" },
		{ "apiVersion: v2\nmaintainers:\n- name: a\n  phone: 1\n",
		  W "failed to strictly parse chart metadata file: line 4: unknown field \"phone\"\n" },
		{ "apiVersion: v2\ndependencies:\n- name: a\n  \"import\\n\": 1\n",
		  W "failed to strictly parse chart metadata file: line 4: unknown field \"import?\"\n" },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		struct chart c = good_chart();
		c.chart_yaml = str_c(table[i].yaml);
		check(&c, table[i].want);
	}
}

enum field { NAME, API, VERSION, ICON, TYPE, SOURCE, WHO, EMAIL, URL };

static void check_field(enum field field, struct str value, const char *want)
{
	struct chart c = good_chart();
	struct chart_maintainer who = { .name = STR("ann") };
	switch (field) {
	case NAME:    c.meta.name = value; break;
	case API:     c.meta.api_version = value; break;
	case VERSION: c.meta.version = value; break;
	case ICON:    c.meta.icon = value; break;
	case TYPE:    c.meta.type = value; break;
	case SOURCE:  c.meta.sources = &value; c.meta.source_count = 1; break;
	case WHO:     who.name = value; break;
	case EMAIL:   who.email = value; break;
	case URL:     who.url = value; break;
	}
	c.meta.maintainers = &who;
	c.meta.maintainer_count = 1;
	check(&c, want);
}

static void t_metadata(void **state)
{
	(void)state;
	static const struct { enum field field; const char *value, *want; } table[] = {
		{ NAME, "", E "name is required\n" },
		{ NAME, "a/b", E "chart name \"a/b\" is invalid\n" },
		{ API, "", E "apiVersion is required. The value must be either \"v1\" or \"v2\"\n" },
		{ VERSION, "", E "version is required\n" W "version '' is not a valid SemVerV2\n" },
		{ VERSION, "latest", E "version 'latest' is not a valid SemVer\n"
		                     W "version 'latest' is not a valid SemVerV2\n" },
		{ VERSION, "1.2", W "version '1.2' is not a valid SemVerV2\n" },
		{ VERSION, "v1.2.3", W "version 'v1.2.3' is not a valid SemVerV2\n" },
		{ VERSION, "0.0.0-0",
		  E "version \"0.0.0-0\" is less than or equal to \"0.0.0-0\"\n" },
		{ VERSION, "0.0.0-1", "" },
		{ VERSION, "1.2.3-rc.1+b", "" },
		{ ICON, "", "[INFO] Chart.yaml: icon is recommended\n" },
		{ ICON, "icon.png", E "invalid icon URL 'icon.png'\n" },
		{ ICON, "data:image/svg+xml;base64,AA==", "" },
		{ TYPE, "library", "" },
		{ SOURCE, "", E "invalid source URL ''\n" },
		{ SOURCE, "github.com/a/b", E "invalid source URL 'github.com/a/b'\n" },
		{ SOURCE, "https://a.example/\nx", E "invalid source URL 'https://a.example/?x'\n" },
		{ SOURCE, "https://github.com/a/b", "" },
		{ WHO, "", E "each maintainer requires a name\n" },
		{ EMAIL, "nobody", E "invalid email 'nobody' for maintainer 'ann'\n" },
		{ EMAIL, "a@b.example", "" },
		{ URL, "nowhere", E "invalid url 'nowhere' for maintainer 'ann'\n" },
		{ URL, "https://a.example", "" },
	};
	for (size_t i = 0; i < ROWS(table); i++)
		check_field(table[i].field, str_c(table[i].value), table[i].want);
}

static void t_type_in_v1(void **state)
{
	(void)state;
	struct chart c = good_chart();
	c.meta.api_version = STR("v1");
	c.meta.type = STR("application");
	check(&c, E "chart type is not valid in apiVersion 'v1'. It is valid in apiVersion 'v2'\n");
}

static void t_files(void **state)
{
	(void)state;
	static struct tar_member files[] = {
		{ STR("templates/run.sh"), STR("") }, { STR("templates/a.d/README"), STR("") },
		{ STR("templates/x.yaml.bak"), STR("") }, { STR("crds/README.md"), STR(": not YAML") },
	};
	struct chart c = good_chart();
	c.members = (struct tar_listing){ files, ROWS(files) };
	check(&c, "[ERROR] templates/run.sh: file extension '.sh' not valid. Valid extensions are "
	          ".yaml, .yml, .tpl, or .txt\n"
	          "[ERROR] templates/a.d/README: file extension '' not valid. Valid extensions are "
	          ".yaml, .yml, .tpl, or .txt\n"
	          "[ERROR] templates/x.yaml.bak: file extension '.bak' not valid. Valid extensions "
	          "are .yaml, .yml, .tpl, or .txt\n");
	c.members.count = 0;
	c.values = (struct str){ NULL, 0 };
	check(&c, "[INFO] values.yaml: file does not exist\n"
	          "[WARNING] templates/: directory does not exist\n");
}

static void t_dependencies(void **state)
{
	(void)state;
	struct chart_dependency wanted[] = {
		{ .name = STR("redis") }, { .name = STR("mysql"), .alias = STR("db") },
		{ .name = STR("postgresql"), .alias = STR("db") }, { .name = STR("common") },
		{ .name = STR("common"), .alias = STR("other") },
	};
	struct chart present[] = {
		{ .meta = { .name = STR("common") } }, { .meta = { .name = STR("stray") } },
		{ .meta = { .name = STR("mysql") } }, { .meta = { .name = STR("db") } },
	};
	struct chart c = good_chart();
	c.meta.dependencies = wanted;
	c.meta.dependency_count = ROWS(wanted);
	c.subcharts = present;
	c.subchart_count = ROWS(present);
	check(&c, E "chart metadata is missing these dependencies: stray,db\n"
	          E "multiple dependencies with name or alias: db\n"
	          W "chart directory is missing these dependencies: redis,postgresql\n");
}

#define CRD "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"

static void t_crds(void **state)
{
	(void)state;
	static const struct { struct tar_member file; const char *want; } table[] = {
		{ { STR("crds/a.yaml"), STR(CRD) }, "" },
		{ { STR("crds/a.yaml"), STR("---\n" CRD "--- # next\n" CRD "---\n# nothing\n---") }, "" },
		{ { STR("crds/a.json"), STR("{\"apiVersion\":\"apiextensions.k8s.io/v1\","
		                        "\"kind\":\"CustomResourceDefinition\"}") }, "" },
		{ { STR("crds/a.yaml"), STR("") }, "" },
		{ { STR("crds/a.yaml"), STR("kind: ConfigMap\napiVersion: v1\n") },
		  "[ERROR] crds/a.yaml: apiVersion is not in 'apiextensions.k8s.io'\n"
		  "[ERROR] crds/a.yaml: object kind is not 'CustomResourceDefinition'\n" },
		{ { STR("crds/b/c.yml"), STR(CRD "---\n" "kind: CustomResourceDefinition\n") },
		  "[ERROR] crds/b/c.yml: apiVersion is not in 'apiextensions.k8s.io'\n" },
		{ { STR("crds/a.txt"), STR("{{") }, "" },
		{ { STR("charts/x/crds/a.yaml"), STR("kind: x") }, "" },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		struct tar_member files[] = { { STR("templates/x.yaml"), STR("") }, table[i].file };
		struct chart c = good_chart();
		c.members = (struct tar_listing){ files, ROWS(files) };
		check(&c, table[i].want);
	}
}

static void t_crd_unreadable(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct tar_member files[] = {
		{ STR("templates/x.yaml"), STR("") }, { STR("crds/a.yaml"), STR("a: [\n---\nkind: x\n") },
	};
	struct chart c = good_chart();
	struct lint_report report;
	c.members = (struct tar_listing){ files, ROWS(files) };
	assert_int_equal(lint_chart(&a, &c, &report, NULL), OK);
	assert_int_equal(report.count, 1);
	assert_int_equal(report.errors, 1);
	assert_true(str_starts(report.findings[0].text, STR("unable to parse YAML: ")));
}

static void t_many_findings(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct tar_member files[100];
	struct chart c = good_chart();
	struct lint_report report;
	for (size_t i = 0; i < ROWS(files); i++)
		files[i] = (struct tar_member){ .name = STR("templates/x") };
	c.members = (struct tar_listing){ files, ROWS(files) };
	assert_int_equal(lint_chart(&a, &c, &report, NULL), OK);
	assert_int_equal(report.errors, ROWS(files));
	for (size_t i = 0; i < report.count; i++)
		assert_true(str_eq_c(report.findings[i].path, "templates/x"));
}

static void t_no_memory(void **state)
{
	(void)state;
	struct arena a = { .limit = 1 };
	struct chart c = good_chart();
	struct lint_report report;
	struct errinfo e = { 0 };
	assert_int_equal(lint_chart(&a, &c, &report, &e), OK);
	c.meta.icon = STR("");
	assert_int_equal(lint_chart(&a, &c, &report, &e), ERR_NOMEM);
	assert_int_equal(e.code, ERR_NOMEM);
	arena_done(&a);
}

/* Which of the three kinds of address a text is: e-mail, URL of a maintainer, URL of an icon. */
static void t_addresses(void **state)
{
	(void)state;
	static const struct { const char *text; bool email, url, request; } table[] = {
		{ "", false, false, false },
		{ "info@example.com", true, true, false },
		{ "first.last+tag@sub.example.co.uk", true, true, false },
		{ "\"odd\"@example.com", false, true, false },
		{ "caf\xc3\xa9@example.com", true, true, false },
		{ "bitnami@example", false, false, false },
		{ "Foo <foo@example.com>", false, false, false },
		{ "a..b@example.com", false, true, false },
		{ "@example.com", false, false, false },
		{ "a@.com", false, false, false },
		{ "a@example.c0m.", true, true, false },
		{ "a@example.123", false, true, false },
		{ "example.com", false, true, false },
		{ "example.com:80", false, true, true },
		{ "example.com:port", false, false, true },
		{ "foo", false, false, false },
		{ "http://localhost:8080/x", false, true, true },
		{ "http://localhost:123456", false, false, true },
		{ "https://user:pw@example.com/x%20y?z#t", false, true, true },
		{ "https://example.com/%zz", false, false, false },
		{ "https://example.com/a b", false, false, true },
		{ "https://exa mple.com/", false, false, false },
		{ "https://[::1]:80/x", false, true, true },
		{ "https://[::1", false, false, false },
		{ "git@github.com:a/b.git", false, false, false },
		{ "ssh://git@github.com/a/b", false, true, true },
		{ "git://github.com/a", false, false, true },
		{ "file:///icons/x.svg", false, false, true },
		{ "mailto:a@b.example", false, true, true },
		{ "data:image/png;base64,AAAA", false, false, true },
		{ "/icon.png", false, false, false },
		{ "://x", false, false, false },
		{ "1http://x", false, false, false },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		struct str s = str_c(table[i].text);
		if (lint_is_email(s) != table[i].email || lint_is_url(s) != table[i].url ||
		    lint_is_request_url(s) != table[i].request)
			fail_msg("%s: %d %d %d", table[i].text, lint_is_email(s), lint_is_url(s),
			         lint_is_request_url(s));
	}
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_nothing_to_find), cmocka_unit_test(t_meta_11_chart_yaml),
		cmocka_unit_test(t_metadata), cmocka_unit_test(t_type_in_v1), cmocka_unit_test(t_files),
		cmocka_unit_test(t_dependencies), cmocka_unit_test(t_crds),
		cmocka_unit_test(t_crd_unreadable), cmocka_unit_test(t_many_findings),
		cmocka_unit_test(t_no_memory), cmocka_unit_test(t_addresses),
	};
	return cmocka_run_group_tests_name("format/helm_lint", tests, NULL, NULL);
}
