/* Suggestions while a name is typed, and the names near to one that is not there. */
#include "hub_fixture.h"

#define TOLD_BYTES 400

static const struct chart_row charts[] = {
	{ "a/prometheus", .keywords = "metrics,time series" },
	{ .name = "a/prometheus-operator" },
	{ .name = "a/kube-prometheus-stack" },
	{ .name = "a/prom2teams" },
	{ "a/old-prometheus", .more = "\"deprecated\":true" },
	{ "a/cert-manager", .keywords = "tls" },
	{ .name = "a/certmanager" },
	{ "a/postgresql", .facts = "\"alternative\":\"Elephant SQL\"" },
	{ .name = "b/prometheus" },
	{ "secret/prometheus-secret", .keywords = "vault" },
	{ .name = "team/b/prometheus" },
	{ "team/b/zoo-keeper", .more = "\"deprecated\":true" },
	{ .name = "team/b/zoo" },
};

/* `near`: what hub_near gives. */
static const struct row { const char *name, *typed; bool near; const char *hidden; size_t limit; const char *found; } rows[] = {
	{ "whole, beginnings by length, parts, deprecated ones last", "prometheus", false, "", 10,
	  "a/prometheus b/prometheus team/b/prometheus secret/prometheus-secret a/prometheus-operator a/kube-prometheus-stack "
	  "a/old-prometheus" },
	{ "a few", "prometheus", false, "", 2, "a/prometheus b/prometheus" },
	{ "none", "prometheus", false, "", 0, "" },
	{ "beginning", "prom", false, "secret", 10, "a/prom2teams a/prometheus b/prometheus team/b/prometheus "
	  "a/prometheus-operator a/kube-prometheus-stack a/old-prometheus" },
	{ "second word", "oper", false, "", 10, "a/prometheus-operator" },
	{ "two words", "prometheus op", false, "", 10, "a/prometheus-operator" },
	{ "two beginnings", "prom op", false, "", 10, "a/prometheus-operator" },
	{ "two beginnings, one of a keyword", "pro tim", false, "", 10, "a/prometheus" },
	{ "two beginnings, not both of one", "cert oper", false, "", 10, "" },
	{ "repository and name", "b/prometheus", false, "", 10, "b/prometheus" },
	{ "repository and name, in capitals", "B/Prometheus", false, "", 10, "b/prometheus" },
	{ "repository and beginning of a name", "a/prom", false, "", 10, "a/prom2teams a/prometheus a/prometheus-operator" },
	{ "repository in two segments", "team/b/prom", false, "", 10, "team/b/prometheus" },
	{ "repository as in addresses", "team~b/prom", false, "", 10, "team/b/prometheus" },
	{ "repository and name, without a separator", "team/b/zook", false, "", 10, "team/b/zoo-keeper" },
	{ "repository alone", "team/b/", false, "", 10, "team/b/zoo team/b/prometheus team/b/zoo-keeper" },
	{ "repository that is hidden", "secret/prometheus-s", false, "secret", 10, "a/kube-prometheus-stack a/prometheus" },
	{ "repository that there is not", "nowhere/cert", false, "", 10, "a/cert-manager a/certmanager" },
	{ "repository without this name", "b/cert-m", false, "", 10, "a/cert-manager a/certmanager" },
	{ "repository that there is not, and no name", "nowhere/", false, "", 10, "" },
	{ "a slash for a separator", "cert/man", false, "", 10, "a/cert-manager a/certmanager" },
	{ "inside a word", "theus-s", false, "secret", 10, "a/kube-prometheus-stack" },
	{ "without a separator", "certm", false, "", 10, "a/cert-manager a/certmanager" },
	{ "with one", "CERT-M", false, "", 10, "a/cert-manager a/certmanager" },
	{ "another name", "elephant s", false, "", 10, "a/postgresql" },
	{ "a keyword", "tl", false, "", 10, "a/cert-manager" },
	{ "a keyword's second word", "series", false, "", 10, "a/prometheus" },
	{ "a hidden keyword", "vault", false, "secret", 10, "" },
	{ "a hidden name", "prometheussecret", false, "secret", 10, "" },
	{ "a typo", "promethues", false, "secret", 4,
	  "a/prometheus b/prometheus team/b/prometheus a/prometheus-operator" },
	{ "a typo of a beginning", "postgers", false, "", 10, "a/postgresql" },
	{ "nothing", "", false, "", 10, "" },
	{ "signs", " -_/. ", false, "", 10, "" },
	{ "bytes", "\xff\xfe\x01", false, "", 10, "" },
	{ "nothing like it", "xyzzy", false, "", 10, "" },
	{ "near", "promethus", true, "", 10, "a/prometheus b/prometheus team/b/prometheus" },
	{ "near with a separator more", "postgre-sql", true, "", 10, "a/postgresql" },
	{ "near: the same in other repositories", "prometheus", true, "secret", 10, "a/prometheus b/prometheus team/b/prometheus "
	  "a/prometheus-operator a/kube-prometheus-stack a/old-prometheus" },
	{ "near: what it contains", "certmanager-webhook", true, "", 10, "a/cert-manager a/certmanager" },
	{ "near: what it contains, in two words", "my-cert-manager-ca", true, "", 10, "a/cert-manager a/certmanager" },
	{ "near: a word of names", "operator", true, "", 10, "a/prometheus-operator" },
	{ "near: words of a name in a row", "prometheusstack", true, "", 10, "a/kube-prometheus-stack" },
	{ "near: not in a row", "kube-stack", true, "", 10, "" },
	{ "near: a part of a word", "operat", true, "", 10, "" },
	{ "near: a part of one, with an edit", "nope", true, "", 10, "" },
	{ "near: no more than is kept", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-"
	  "prometheus", true, "", 10, "" },
	{ "near: nothing", "xyzzy", true, "", 10, "" },
	{ "near: too short", "c", true, "", 10, "" },
};

static void t_names(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct hub h = { 0 };
	struct hub_suggestions found;
	const struct hub_viewer viewer = { sees_others, (void *)(uintptr_t)row->hidden };
	char told[TOLD_BYTES] = "";
	size_t n = 0;
	fill_table(&h.table, charts, ROWS(charts));
	assert_int_equal((row->near ? hub_near : hub_suggest)(&h, &a, &viewer, str_c(row->typed), row->limit,
	                                                      &found, NULL), OK);
	for (size_t i = 0; i < found.count; i++)
		n += (size_t)snprintf(told + n, sizeof told - n, "%s%.*s/%.*s", i ? " " : "",
		                      STR_ARG(found.list[i].chart->repo), STR_ARG(found.list[i].chart->name));
	hub_suggestions_done(&found);
	table_close(&h.table);
	assert_string_equal(told, row->found);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("names", t_names, rows);
}
