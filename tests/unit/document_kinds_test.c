/* What templates and crds/ bring: one row a chart, and all that is found in it as text. */
#include "format_chart.h"
#include "in_time.h"

#include "indexer/document/kinds.h"

#define CHART { "Chart.yaml", HEAD }
#define ROLE "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n"
#define IS_ROLE "kind Role rbac.authorization.k8s.io/v1 templates/a.yaml:2\n"

struct row {
	const char *name;
	struct file files[8];
	const char *wanted;
};

/* A chart with one template. */
#define TEMPLATE(text) { CHART, { "templates/a.yaml", text } }
#define CRDS(text) { CHART, { "crds/a.yaml", text } }

static const struct row kinds[] = {
	{ "plain", TEMPLATE("apiVersion: v1\nkind: Service\n"), "kind Service v1 templates/a.yaml:2\n" },
	{ "kind first", TEMPLATE("kind: Service\napiVersion: v1\n"),
	  "kind Service v1 templates/a.yaml:1\n" },
	{ "quotes and comments", TEMPLATE("apiVersion: 'v1' # core\nkind: \"Service\"\n"),
	  "kind Service v1 templates/a.yaml:2\n" },
	{ "Windows' line ends", TEMPLATE("apiVersion: v1\r\nkind: Service\r\n---\r\nkind: Pod\r\n"),
	  "kind Service v1 templates/a.yaml:2\nkind Pod  templates/a.yaml:4\n" },
	{ "no line end", TEMPLATE("kind: Pod"), "kind Pod  templates/a.yaml:1\n" },
	{ "within conditions", TEMPLATE("{{- if .Values.a }}\nkind: Pod\n{{- end }}\n"),
	  "kind Pod  templates/a.yaml:2\n" },
	{ "indented is content", TEMPLATE("data:\n  kind: Pod\n"), "" },
	{ "a word that goes on", TEMPLATE("kinds: Pod\nkind:Pod\n"), "" },
	{ "in a comment of the template", TEMPLATE("{{/* }}\nkind: Pod\n*/}}\nkind: Job\n"),
	  "kind Job  templates/a.yaml:4\n" },
	{ "in a string of the template", TEMPLATE("{{ print `}}\nkind: Pod\n` \"}}\\\"}}\" }}\nkind: Job\n"),
	  "kind Job  templates/a.yaml:4\n" },
	{ "an action without an end", TEMPLATE("kind: Pod\n---\n{{ if \nkind: Job\n"),
	  "kind Pod  templates/a.yaml:1\n" },
	{ "made by the template", TEMPLATE("apiVersion: v1\nkind: {{ ternary \"A\" \"B\" .Values.a }}\n"), "" },
	{ "kind and apiVersion made in part", TEMPLATE("apiVersion: apps/{{ .x }}\nkind: {{ .y }}Set\n"), "" },
	{ "apiVersion made", TEMPLATE("apiVersion: {{ include \"x\" . }}\nkind: Deployment\n"),
	  "kind Deployment  templates/a.yaml:2\n" },
	{ "documents", TEMPLATE("---\nkind: A\n---\nkind: B\n--- # C\nkind: C\n----\nkind: D\n"),
	  "kind A  templates/a.yaml:2\nkind B  templates/a.yaml:4\nkind C  templates/a.yaml:6\n"
	  "kind D  templates/a.yaml:8\n" },
	{ "a version of two", TEMPLATE("{{ if .x }}\napiVersion: policy/v1\n{{ else }}\n"
	                               "apiVersion: policy/v1beta1\n{{ end }}\nkind: PodDisruptionBudget\n"),
	  "kind PodDisruptionBudget policy/v1 templates/a.yaml:6\n"
	  "kind PodDisruptionBudget policy/v1beta1 templates/a.yaml:6\n" },
	{ "two kinds of one version", TEMPLATE("apiVersion: apps/v1\n{{ if .x }}\nkind: Deployment\n"
	                                       "{{ else }}\nkind: DaemonSet\n{{ end }}\n"),
	  "kind Deployment apps/v1 templates/a.yaml:3\nkind DaemonSet apps/v1 templates/a.yaml:5\n" },
	{ "both in branches", TEMPLATE("apiVersion: a/v1\nkind: A\napiVersion: b/v1\nkind: B\n"),
	  "kind A a/v1 templates/a.yaml:2\nkind B b/v1 templates/a.yaml:4\n" },
	{ "the same twice", TEMPLATE("apiVersion: a/v1\nkind: A\napiVersion: a/v1\nkind: A\n"),
	  "kind A a/v1 templates/a.yaml:2\n" },
	{ "notes and partials", { CHART, { "templates/NOTES.txt", "kind: Pod\n" },
	                          { "templates/_a.tpl", "kind: Pod\n" },
	                          { "templates/sub/x.txt", "kind: Job\n" }, { "other/a.yaml", "kind: A\n" } },
	  "kind Pod  templates/_a.tpl:1 partial\nkind Job  templates/sub/x.txt:1\n" },
	{ "a library", { { "Chart.yaml", HEAD "type: library\n" }, { "templates/a.yaml", "kind: Pod\n" } },
	  "kind Pod  templates/a.yaml:1 partial\n" },
	{ "subcharts", { CHART, { "charts/in/Chart.yaml", "name: inner\nversion: 1.0.0\n" },
	                 { "charts/in/templates/a.yaml", "kind: Pod\n" },
	                 { "charts/in/charts/c/Chart.yaml", "name: core\nversion: 1.0.0\n" },
	                 { "charts/in/charts/c/templates/a.yaml", "kind: Job\n" },
	                 { "templates/a.yaml", "kind: A\n" } },
	  "kind A  templates/a.yaml:1\nkind Pod  inner!templates/a.yaml:1\n"
	  "kind Job  inner/core!templates/a.yaml:1\n" },
	{ "no longer served", TEMPLATE("apiVersion: extensions/v1beta1\nkind: Ingress\n---\n"
	                               "apiVersion: extensions/v1beta1\nkind: Deployment\n"),
	  "kind Ingress extensions/v1beta1 templates/a.yaml:2 removed in 1.22\n"
	  "kind Deployment extensions/v1beta1 templates/a.yaml:5 removed in 1.16\n" },
	{ "none of two is served", TEMPLATE("apiVersion: networking.k8s.io/v1beta1\n"
	                                    "apiVersion: extensions/v1beta1\nkind: Ingress\n"
	                                    "{{ .Capabilities.APIVersions }}\n"),
	  "kind Ingress networking.k8s.io/v1beta1 templates/a.yaml:3 removed in 1.22\n"
	  "kind Ingress extensions/v1beta1 templates/a.yaml:3 removed in 1.22\n" },
	{ "only where it is served", TEMPLATE("{{ if .Capabilities.APIVersions.Has \"policy/v1beta1\" }}\n"
	                                      "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\n"),
	  "kind PodSecurityPolicy policy/v1beta1 templates/a.yaml:3\n" },
	{ "empty files", { CHART, { "templates/a.yaml", "" }, { "crds/a.yaml", "" } }, "" },
};

static const struct row rules[] = {
	{ "lists of both styles", TEMPLATE(ROLE "rules:\n  - apiGroups: ['', apps]\n    resources:\n"
	                                   "      - pods\n    verbs: [get, list]\n"),
	  IS_ROLE "rule Role core, apps|pods|get, list|| templates/a.yaml:4\n" },
	{ "elements at column 0", TEMPLATE(ROLE "rules:\n- verbs: [get]\n# more\n- verbs: [list]\n"
	                                   "other:\n- verbs: [x]\n"),
	  IS_ROLE "rule Role ||get|| templates/a.yaml:4\nrule Role ||list|| templates/a.yaml:6\n" },
	{ "names and URLs", TEMPLATE(ROLE "rules:\n- verbs: [get]\n  resourceNames: [a]\n"
	                             "  nonResourceURLs: [/metrics]\n"),
	  IS_ROLE "rule Role ||get|a|/metrics templates/a.yaml:4\n" },
	{ "no rules", TEMPLATE(ROLE "rules: []\n"), IS_ROLE },
	{ "aggregated", TEMPLATE(ROLE "aggregationRule: {}\n"), IS_ROLE "1 unknown rules\n" },
	{ "made by the template", TEMPLATE(ROLE "rules:\n{{ toYaml .Values.rules }}\n"),
	  IS_ROLE "1 unknown rules\n" },
	{ "made on the line", TEMPLATE(ROLE "rules: {{- toYaml .Values.rules | nindent 2 }}\n"),
	  IS_ROLE "1 unknown rules\n" },
	{ "some of them made", TEMPLATE(ROLE "rules:\n- verbs: [get]\n{{- if .x }}\n- verbs: [list]\n"
	                                "{{- end }}\n{{- with .y }}\n{{ toYaml . }}\n{{- end }}\n"),
	  IS_ROLE "rule Role ||get|| templates/a.yaml:4\nrule Role ||list|| templates/a.yaml:6\n"
	  "1 unknown rules\n" },
	{ "texts made", TEMPLATE(ROLE "rules:\n- resources: [{{ .x }}, a]\n  verbs: {{ .y | toJson }}\n"),
	  IS_ROLE "rule Role |…, a|…|| templates/a.yaml:4\n1 unknown rules\n" },
	{ "two branches", TEMPLATE(ROLE "{{ if .x }}\nrules:\n- verbs: [get]\n{{ else }}\nrules:\n"
	                           "- verbs: [list]\n{{ end }}\n"),
	  IS_ROLE "rule Role ||get|| templates/a.yaml:5\nrule Role ||list|| templates/a.yaml:8\n" },
	{ "role or cluster role", TEMPLATE("{{ if .x }}\nkind: ClusterRole\n{{ else }}\nkind: Role\n"
	                                   "{{ end }}\nrules:\n- verbs: [get]\n"),
	  "kind ClusterRole  templates/a.yaml:2\nkind Role  templates/a.yaml:4\n"
	  "rule ClusterRole ||get|| templates/a.yaml:7\n" },
	{ "no YAML", TEMPLATE(ROLE "rules:\n- verbs: [get\n"), IS_ROLE "1 unknown rules\n" },
	{ "no list", TEMPLATE(ROLE "rules: {a: b}\n"), IS_ROLE "1 unknown rules\n" },
	{ "no map", TEMPLATE(ROLE "rules: [a]\n"), IS_ROLE "1 unknown rules\n" },
	{ "rules of something else", TEMPLATE("kind: Other\nrules:\n- verbs: ['*']\n"),
	  "kind Other  templates/a.yaml:1\n" },
	{ "not from crds/", CRDS(ROLE "rules:\n- verbs: ['*']\n"),
	  "kind Role rbac.authorization.k8s.io/v1 crds/a.yaml:2\n" },
};

#define RULE(text) TEMPLATE(ROLE "rules:\n- " text "\n")
#define IS_RULE(text) IS_ROLE "rule Role " text " templates/a.yaml:4"

static const struct row dangers[] = {
	{ "all", RULE("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}"),
	  IS_RULE("*|*|*||") " ALL_VERBS ALL_RESOURCES\n" },
	{ "a text instead of a list", RULE("{verbs: '*'}"), IS_RULE("||*||") " ALL_VERBS\n" },
	{ "secrets read", RULE("{resources: [secrets], verbs: [list]}"),
	  IS_RULE("|secrets|list||") " SECRETS\n" },
	{ "secrets made", RULE("{resources: [secrets], verbs: [create]}"),
	  IS_RULE("|secrets|create||") "\n" },
	{ "one secret", RULE("{resources: [secrets], verbs: [get], resourceNames: [a]}"),
	  IS_RULE("|secrets|get|a|") "\n" },
	{ "one secret of no list", RULE("{resources: [secrets], verbs: [get], resourceNames: []}"),
	  IS_RULE("|secrets|get||") " SECRETS\n" },
	{ "verbs of power", RULE("{verbs: [escalate, bind, impersonate]}"),
	  IS_RULE("||escalate, bind, impersonate||") " ESCALATE BIND IMPERSONATE\n" },
	{ "kubelets", RULE("{resources: [nodes/proxy], verbs: [get]}"),
	  IS_RULE("|nodes/proxy|get||") " NODES_PROXY\n" },
	{ "commands", RULE("{resources: [pods/exec], verbs: [create]}"),
	  IS_RULE("|pods/exec|create||") " PODS_EXEC\n" },
	{ "words as parts of words", RULE("{resources: [mysecrets, 'secrets get'], verbs: ['']}"),
	  IS_RULE("|mysecrets, secrets get|||") "\n" },
};

#define BINDING "kind: ClusterRoleBinding\n"
#define IS_BINDING "kind ClusterRoleBinding  templates/a.yaml:1\n"

static const struct row bindings[] = {
	{ "everything", TEMPLATE(BINDING "roleRef:\n  kind: ClusterRole\n  name: cluster-admin\n"),
	  IS_BINDING "binding ClusterRoleBinding ClusterRole/cluster-admin templates/a.yaml:2 all\n" },
	{ "a role that happens to be called so", TEMPLATE("kind: RoleBinding\nroleRef: {kind: Role, "
	                                                  "name: cluster-admin}\n"),
	  "kind RoleBinding  templates/a.yaml:1\n"
	  "binding RoleBinding Role/cluster-admin templates/a.yaml:2\n" },
	{ "view", TEMPLATE(BINDING "roleRef:\n  name: \"view\"\n"),
	  IS_BINDING "binding ClusterRoleBinding /view templates/a.yaml:2\n" },
	{ "one of the chart", TEMPLATE(BINDING "roleRef:\n  name: {{ include \"name\" . }}\n"), IS_BINDING },
	{ "in part", TEMPLATE(BINDING "roleRef:\n  name: {{ .x }}-role\n"), IS_BINDING },
	{ "of two branches", TEMPLATE(BINDING "roleRef:\n  name: view\n{{ else }}\nroleRef:\n"
	                              "  name: edit\nsubjects: []\n"),
	  IS_BINDING "binding ClusterRoleBinding /view templates/a.yaml:2\n"
	  "binding ClusterRoleBinding /edit templates/a.yaml:5\n" },
	{ "no YAML", TEMPLATE(BINDING "roleRef: {\n"), IS_BINDING },
};

#define CRD "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
#define CRD_SPEC "spec:\n  group: x.io\n  names: {kind: Foo, plural: foos}\n  scope: Namespaced\n"
#define IS_CRD "kind CustomResourceDefinition apiextensions.k8s.io/v1 crds/a.yaml:2\n"

static const struct row crds[] = {
	{ "with schemas", CRDS(CRD CRD_SPEC "  versions:\n  - name: v1\n    schema:\n      a: [\n\n"
	                       "    served: true\n    storage: true\n  - schema:\n      b: {\n"
	                       "    name: v1beta1\n    served: false\n    storage: false\n"),
	  IS_CRD "crd x.io Foo foos Namespaced crds/a.yaml:2 v1/served/storage v1beta1\n" },
	{ "of the old sort", CRDS("kind: CustomResourceDefinition\n" CRD_SPEC "  version: v1\n"
	                          "  validation:\n    openAPIV3Schema: [\n"),
	  "kind CustomResourceDefinition  crds/a.yaml:1\n"
	  "crd x.io Foo foos Namespaced crds/a.yaml:1 v1/served/storage\n" },
	{ "no longer served", CRDS("apiVersion: apiextensions.k8s.io/v1beta1\n"
	                           "kind: CustomResourceDefinition\n" CRD_SPEC),
	  "kind CustomResourceDefinition apiextensions.k8s.io/v1beta1 crds/a.yaml:2 removed in 1.22\n"
	  "crd x.io Foo foos Namespaced crds/a.yaml:2\n" },
	{ "no template", CRDS(CRD "metadata: {a: '{{ x }}'}\n" CRD_SPEC),
	  IS_CRD "crd x.io Foo foos Namespaced crds/a.yaml:2\n" },
	{ "documents", CRDS("# License\n---\n" CRD CRD_SPEC "---\nkind: ConfigMap\n---\n"),
	  "kind CustomResourceDefinition apiextensions.k8s.io/v1 crds/a.yaml:4\n"
	  "kind ConfigMap  crds/a.yaml:10\ncrd x.io Foo foos Namespaced crds/a.yaml:4\n" },
	{ "a list of objects", CRDS("kind: List\nitems:\n- kind: CustomResourceDefinition\n"
	                            "  spec: {group: x.io, names: {kind: Foo}}\n- kind: ConfigMap\n"),
	  "kind CustomResourceDefinition  crds/a.yaml:3\nkind ConfigMap  crds/a.yaml:5\n"
	  "crd x.io Foo   crds/a.yaml:3\n" },
	{ "JSON", { CHART, { "crds/a.json", "{\"kind\": \"CustomResourceDefinition\",\n\"spec\": {\"group\": "
	                     "\"x.io\", \"names\": {\"plural\": \"foos\"}}}" } },
	  "kind CustomResourceDefinition  crds/a.json:1\ncrd x.io  foos  crds/a.json:1\n" },
	{ "no YAML, no CRD, no object, no manifest", { CHART, { "crds/a.yaml", "kind: [\n" },
	    { "crds/b.yaml", "kind: CustomResourceDefinition\nspec: 1\n" }, { "crds/c.yaml", "a\n" },
	    { "crds/README.md", "kind: Pod\n" } },
	  "kind CustomResourceDefinition  crds/b.yaml:1\n3 unread\n" },
	{ "a template", TEMPLATE("{{ if .x }}\n" CRD "metadata:\n  labels: {{- include \"l\" . | nindent 4 }}\n"
	                         "    a: b\n{{ toYaml .y }}\n" CRD_SPEC),
	  "kind CustomResourceDefinition apiextensions.k8s.io/v1 templates/a.yaml:3\n"
	  "crd x.io Foo foos Namespaced templates/a.yaml:3 templated\n" },
	{ "a template too far", TEMPLATE("kind: CustomResourceDefinition\nspec:\n  {{ .x }}: {{ .y }}: 1\n"),
	  "kind CustomResourceDefinition  templates/a.yaml:1\n1 unread\n" },
};

/* ---- as text ---- */

static void put_place(struct sbuf *b, struct kind_place at)
{
	sbuf_put(b, at.subchart);
	sbuf_puts(b, at.subchart.n ? "!" : "");
	sbuf_printf(b, "%.*s:%u%s", STR_ARG(at.file), at.line, at.partial ? " partial" : "");
}

static void put_kinds(struct sbuf *b, const struct chart_kinds *k)
{
	for (size_t i = 0; i < k->kind_count; i++) {
		const struct chart_kind *x = &k->kinds[i];
		sbuf_printf(b, "kind %.*s %.*s ", STR_ARG(x->kind), STR_ARG(x->api_version));
		put_place(b, x->at);
		if (x->removed_in.n)
			sbuf_printf(b, " removed in %.*s", STR_ARG(x->removed_in));
		sbuf_putc(b, '\n');
	}
}

static void put_rules(struct sbuf *b, const struct chart_kinds *k)
{
	static const char *const words[] = {
#define X(name, sentence) #name,
		RBAC_DANGERS(X)
#undef X
	};
	for (size_t i = 0; i < k->rule_count; i++) {
		const struct chart_rule *x = &k->rules[i];
		sbuf_printf(b, "rule %.*s %.*s|%.*s|%.*s|%.*s|%.*s ", STR_ARG(x->role_kind),
		            STR_ARG(x->groups), STR_ARG(x->resources), STR_ARG(x->verbs), STR_ARG(x->names),
		            STR_ARG(x->urls));
		put_place(b, x->at);
		for (unsigned d = 0; d < RBAC_DANGER_COUNT; d++)
			if (x->dangers & 1u << d)
				sbuf_printf(b, " %s", words[d]);
		sbuf_putc(b, '\n');
	}
}

static void put_rest(struct sbuf *b, const struct chart_kinds *k)
{
	for (size_t i = 0; i < k->binding_count; i++) {
		const struct chart_binding *x = &k->bindings[i];
		sbuf_printf(b, "binding %.*s %.*s/%.*s ", STR_ARG(x->kind), STR_ARG(x->role_kind),
		            STR_ARG(x->role));
		put_place(b, x->at);
		sbuf_puts(b, x->cluster_admin ? " all\n" : "\n");
	}
	for (size_t i = 0; i < k->crd_count; i++) {
		const struct chart_crd *x = &k->crds[i];
		sbuf_printf(b, "crd %.*s %.*s %.*s %.*s ", STR_ARG(x->group), STR_ARG(x->kind),
		            STR_ARG(x->plural), STR_ARG(x->scope));
		put_place(b, x->at);
		sbuf_puts(b, x->templated ? " templated" : "");
		for (size_t v = 0; v < x->version_count; v++)
			sbuf_printf(b, " %.*s%s%s", STR_ARG(x->versions[v].name),
			            x->versions[v].served ? "/served" : "",
			            x->versions[v].storage ? "/storage" : "");
		sbuf_putc(b, '\n');
	}
	if (k->unknown_rules)
		sbuf_printf(b, "%zu unknown rules\n", k->unknown_rules);
	if (k->unread)
		sbuf_printf(b, "%zu unread\n", k->unread);
	sbuf_puts(b, k->cut ? "cut\n" : "");
}

static void t_kinds(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct chart c;
	struct chart_kinds k;
	expect("chart", load_files(row->files, &c), NULL);
	assert_int_equal(kinds_read(&arena, &c, &k, &error), OK);
	put_kinds(&b, &k);
	put_rules(&b, &k);
	put_rest(&b, &k);
	sbuf_putc(&b, '\0');
	assert_true(sbuf_ok(&b));
	assert_string_equal(b.p, row->wanted);
}

/* ---- limits ---- */

static void load_template(struct sbuf *text, struct chart *ret)
{
	const struct tar_member files[] = {
		{ STR("Chart.yaml"), STR(HEAD) },
		{ STR("templates/a.yaml"), sbuf_str(text) },
	};
	assert_true(sbuf_ok(text));
	expect("chart", load_members(files, ROWS(files), ret), NULL);
}

static void repeat(struct sbuf *b, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		sbuf_puts(b, text);
}

static void much_is_cut(void **state)
{
	(void)state;
	static const struct {
		const char *before, *text;
		size_t times;
		bool cut;
		size_t kinds, rules, unknown_rules;
	} rows[] = {
		{ "", "---\nkind: A\n", KINDS_MAX, false, KINDS_MAX, 0, 0 },
		{ "", "---\nkind: A\n", KINDS_MAX + 1, true, KINDS_MAX, 0, 0 },
		{ "", "apiVersion: a\nkind: A\n", KINDS_PAIRS_MAX, false, 1, 0, 0 },
		{ "", "apiVersion: a\nkind: A\n", KINDS_PAIRS_MAX + 1, true, 1, 0, 0 },
		{ "apiVersion: a\n", "kind: A\n", KINDS_PAIRS_MAX + 1, true, 1, 0, 0 },
		{ "kind: A\n", "apiVersion: a\n", KINDS_WORDS_MAX, true, 1, 0, 0 },
		{ "kind: Role\nrules:\n", "- verbs: [a]\n", RBAC_RULES_MAX, false, 1, RBAC_RULES_MAX, 0 },
		{ "kind: Role\nrules:\n", "- verbs: [a]\n", RBAC_RULES_MAX + 1, true, 1, RBAC_RULES_MAX, 0 },
		{ "kind: Role\nrules:\n", "- verbs: [a]\n", KINDS_DOCUMENT_MAX_BYTES / 8, false, 1, 0, 1 },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(8 * MIB);
		struct chart c;
		struct chart_kinds k;
		sbuf_puts(&b, rows[i].before);
		repeat(&b, rows[i].text, rows[i].times);
		load_template(&b, &c);
		assert_int_equal(kinds_read(&arena, &c, &k, &error), OK);
		assert_int_equal(k.kind_count, rows[i].kinds);
		assert_int_equal(k.rule_count, rows[i].rules);
		assert_int_equal(k.unknown_rules, rows[i].unknown_rules);
		assert_int_equal(k.cut, rows[i].cut);
	}
}

/* An action that never ends, quotes that never close, brackets that nest: each is read once, and
 * what a document may be is compared within limits.                                           */
static double time_repeated(const void *text, size_t bytes)
{
	AUTO_SBUF struct sbuf b = sbuf_make(8 * MIB);
	struct chart c;
	struct chart_kinds k;
	repeat(&b, text, bytes / strlen(text));
	load_template(&b, &c);
	double begin = core_seconds();
	assert_int_equal(kinds_read(&arena, &c, &k, &error), OK);
	return core_seconds() - begin;
}

static void hostile_text_takes_linear_time(void **state)
{
	(void)state;
	static const char *const texts[] = { "{{", "{{\"", "{{`", "{{/*", "kind: ", "kind: Role\nrules:\n",
	                                     "kind: Role\nrules: [\n", "---\n", "{{}}", "kind: {{a}}\n",
	                                     "kind: CustomResourceDefinition\n", " - - -\n", "\n",
	                                     "---\nkind: a\nkind: a\nkind: a\nkind: a\nkind: a\nkind: a\n"
	                                     "kind: a\nkind: a\napiVersion: a\napiVersion: a\n"
	                                     "apiVersion: a\napiVersion: a\napiVersion: a\n"
	                                     "apiVersion: a\napiVersion: a\napiVersion: a\n" };
	for (size_t i = 0; i < ROWS(texts); i++)
		assert_linear_time(texts[i], time_repeated, texts[i], getenv("LONG") ? 4 * MIB : MIB);
}

static void dangers_have_sentences(void **state)
{
	(void)state;
	for (enum rbac_danger d = 0; d < RBAC_DANGER_COUNT; d++)
		assert_true(strlen(rbac_danger_sentence(d)) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(much_is_cut),
		cmocka_unit_test(hostile_text_takes_linear_time),
		cmocka_unit_test(dangers_have_sentences),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("kinds", t_kinds, kinds);
	failed += RUN_TABLE("rules", t_kinds, rules);
	failed += RUN_TABLE("dangers", t_kinds, dangers);
	failed += RUN_TABLE("bindings", t_kinds, bindings);
	return failed + RUN_TABLE("CRDs", t_kinds, crds);
}
