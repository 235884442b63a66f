/* Two charts compared: one row what their files hold and what is said to differ. */
#include "in_time.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/compare.h"

#define FILES_MAX 12

struct file { const char *name, *old, *new; };       /* NULL: not in that chart */

struct row {
	const char *name;
	struct file files[FILES_MAX];    /* without a Chart.yaml: demo 1.0.0 and 1.1.0 */
	const char *story;               /* one line a fact, as tell() writes them */
};

#define CHART(version, more) "apiVersion: v2\nname: demo\nversion: " version "\n" more
#define NAMED(more_old, more_new) { "Chart.yaml", CHART("1.0.0", more_old), CHART("1.1.0", more_new) }
#define SUB(version) "apiVersion: v2\nname: sub\nversion: " version "\n"
#define CRD(versions) "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n" \
	"metadata: {name: things.example.org}\nspec:\n  group: example.org\n  scope: Namespaced\n" \
	"  names: {kind: Thing, plural: things}\n  versions: " versions "\n"
#define ROLE(rules) "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: x\n" \
	"rules:\n" rules

static const struct row rows[] = {
	{ "nothing", { { "README.md", "a\n", "a\n" } }, "note metadata: nothing changed but the version\n" },
	{ "layout alone", { { "values.yaml", "a: 1\n", "a:  1\n" } },
	  "note files: 1 other file changed\nfile changed values.yaml -1 +1\n" },

	{ "fields", { NAMED("appVersion: '1.25'\ntype: application\nhome: http://a\nkeywords: [a, b]\n",
	                    "appVersion: '2.0'\ntype: library\nkubeVersion: '>=1.30'\ndeprecated: true\n"
	                    "keywords: [a]\nmaintainers: [{name: Ann, email: a@b.c}]\n") },
	  "breaking metadata: type application → library\n"
	  "check metadata: deprecated now\n"
	  "check metadata: Kubernetes version none → >=1.30\n"
	  "check metadata: app version 1.25 → 2.0\n"
	  "note metadata: 3 fields of Chart.yaml changed\n"
	  "field appVersion: 1.25 | 2.0\nfield kubeVersion:  | >=1.30\nfield type: application | library\n"
	  "field home: http://a | \nfield deprecated:  | true\nfield keywords: a, b | a\n"
	  "field maintainers:  | Ann <a@b.c>\n" },
	{ "a type that was meant", { NAMED("", "type: application\n") },
	  "note metadata: nothing changed but the version\n" },
	{ "a type of a chart that had none", { NAMED("", "type: library\n") },
	  "breaking metadata: type application → library\nfield type: application | library\n" },
	{ "annotations", { NAMED("annotations: {a: x, b: u, c: z}\n", "annotations: {a: x, b: w, d: v}\n") },
	  "note metadata: 3 fields of Chart.yaml changed\n"
	  "field annotation b: u | w\nfield annotation c: z | \nfield annotation d:  | v\n"
	  "" },

	{ "values", { { "values.yaml", "a: 1\nb: x\nc: {d: 1, e: 2}\n# old\nf: 1\ng: 1\n",
	                "a: 1\nb: z\n# new\nf: 1\ng: '1'\nh: {i: 1, j: {k: 2}}\n" } },
	  "breaking values: 2 values removed\nbreaking values: 1 value of another type\n"
	  "check values: 1 default changed\nnote values: 2 values added\nnote values: 1 comment changed\n"
	  "value removed c 2\nvalue added h 2\nvalue changed b default\nvalue changed f comment\n"
	  "value changed g type default\nfile changed values.yaml -4 +4\n" },
	{ "values that mean the same", { { "values.yaml", "a: yes\nb: {c: 1, d: 2}\n", "a: true\nb: {d: 2, c: 1}\n" } },
	  "note files: 1 other file changed\nfile changed values.yaml -2 +2\n" },
	{ "null that is set", { { "values.yaml", "a:\n", "a: 1\n" } },
	  "check values: 1 default changed\nvalue changed a default\nfile changed values.yaml -1 +1\n" },
	{ "an empty map that is filled", { { "values.yaml", "a: {}\n", "a: {b: 1}\n" } },
	  "note values: 1 value added\nvalue added a.b 1\nfile changed values.yaml -1 +1\n" },
	{ "values of a subchart",
	  { NAMED("dependencies: [{name: sub}]\n", "dependencies: [{name: sub}]\n"),
	    { "charts/sub/Chart.yaml", SUB("1.0.0"), SUB("1.0.0") },
	    { "charts/sub/values.yaml", "a: 1\n", "a: 2\n" } },
	  "check values: 1 default of a subchart changed\nnote files: 1 other file changed\n"
	  "value changed sub.a default\n"
	  "file changed charts/sub/values.yaml -1 +1\n" },
	{ "values of a subchart that go, come, and are of another type",
	  { NAMED("dependencies: [{name: sub}]\n", "dependencies: [{name: sub}]\n"),
	    { "charts/sub/Chart.yaml", SUB("1.0.0"), SUB("1.0.0") },
	    { "charts/sub/values.yaml", "a: 1\nb: 1\n# c\nc: 1\n", "b: x\n# d\nc: 1\nd: 1\n" } },
	  "breaking values: 1 value of a subchart removed\nbreaking values: 1 value of a subchart of another type\n"
	  "note values: 1 value of a subchart added\nnote values: 1 comment changed\nnote files: 1 other file changed\n"
	  "value removed sub.a 1\nvalue added sub.d 1\nvalue changed sub.b type default\nvalue changed sub.c comment\n"
	  "file changed charts/sub/values.yaml -3 +3\n" },
	{ "what the chart's own values.yaml says of a subchart",
	  { NAMED("dependencies: [{name: sub}]\n", "dependencies: [{name: sub}]\n"),
	    { "charts/sub/Chart.yaml", SUB("1.0.0"), SUB("1.0.0") },
	    { "charts/sub/values.yaml", "a: 1\n", "a: 1\n" },
	    { "values.yaml", "sub: {a: 1, own: 2}\n", "sub: {a: 3}\n" } },
	  "breaking values: 1 value removed\ncheck values: 1 default changed\n"
	  "value removed sub.own 1\nvalue changed sub.a default\nfile changed values.yaml -1 +1\n" },
	{ "T-META-14 a schema that is elsewhere", { { "values.schema.json", "{}", "{\"$ref\": \"https://x/y\"}" } },
	  "note files: 1 other file changed\nfile changed values.schema.json -1 +1\n"
	  "problem 1.1.0: values.schema.json: $ref to https://x/y is not fetched\n" },

	{ "schema", { { "values.schema.json",
	  "{\"properties\": {\"a\": {\"type\": \"string\"}, \"b\": {\"minimum\": 1}, \"c\": {}, \"d\": {\"type\": \"array\","
	  " \"items\": {\"type\": \"string\"}}, \"e\": {\"description\": \"x\"}, \"f\": {\"default\": 1}, \"g\": {}}}",
	  "{\"properties\": {\"a\": {\"type\": \"integer\"}, \"b\": {\"minimum\": 2}, \"d\": {\"type\": \"array\","
	  " \"items\": {\"type\": \"integer\"}}, \"e\": {\"description\": \"y\"}, \"f\": {\"default\": 2}, \"g\": {},"
	  " \"h\": {}}, \"required\": [\"g\"]}" } },
	  "breaking schema: 1 value required now\nbreaking schema: 2 types changed in the schema\n"
	  "check schema: 2 constraints changed in the schema\ncheck schema: 1 value removed from the schema\n"
	  "note schema: 3 other changes in the schema\n"
	  "schema changed a type\nschema changed b constraints\nschema removed c\nschema changed d constraints\nschema changed d[] type\n"
	  "schema changed e text\nschema changed f default\nschema changed g required\nschema added h\n"
	  "file changed values.schema.json -1 +1\nproblem 1.1.0: values.schema.json: the defaults violate it: must have the key"
	  " \"g\"\n" },
	{ "schema that requires what has a default", {
	  { "values.yaml", "a: 1\nb: {c: 1}\n", "a: 1\nb: {c: 1}\n" },
	  { "values.schema.json", "{\"properties\": {\"a\": {}}}",
	    "{\"properties\": {\"a\": {}, \"b\": {\"required\": [\"c\"]}}, \"required\": [\"a\", \"b\"]}" } },
	  "note schema: 2 other changes in the schema\nschema changed a required\nschema added b\n"
	  "file changed values.schema.json -1 +1\n" },
	{ "schema that is new", { { "values.schema.json", NULL, "{\"type\": \"object\"}" } },
	  "note schema: 1 other change in the schema\nschema added \nfile added values.schema.json -0 +1\n" },
	{ "schema that is new and requires what has no default", {
	  { "values.yaml", "a: 1\nb: {c: }\n", "a: 1\nb: {c: }\n" },
	  { "values.schema.json", NULL, "{\"required\": [\"a\", \"b\", \"d\", \"d\"], \"properties\": {\"b\": {\"required\": [\"c\"]},"
	    " \"e\": {\"required\": [\"f\"]}, \"l\": {\"items\": {\"required\": [\"m\"]}}, \"z\": {\"$ref\": \"#\"}}}" } },
	  "breaking schema: 2 values required now\nnote schema: 1 other change in the schema\n"
	  "schema added \nschema added b.c\nschema added d\nfile added values.schema.json -0 +1\n"
	  "problem 1.1.0: values.schema.json: the defaults violate it: must have the key \"d\"\n" },
	{ "schema that has a key more, which requires what has no default", {
	  { "values.yaml", "a: {}\n", "a: {}\n" },
	  { "values.schema.json", "{}", "{\"properties\": {\"a\": {\"required\": [\"b\"]}}}" } },
	  "breaking schema: 1 value required now\nnote schema: 1 other change in the schema\n"
	  "schema added a\nschema added a.b\nfile changed values.schema.json -1 +1\n" },
	{ "schema in a circle", { { "values.schema.json",
	  "{\"properties\": {\"a\": {\"$ref\": \"#\"}, \"b\": {\"type\": \"string\"}}}",
	  "{\"properties\": {\"a\": {\"$ref\": \"#\"}, \"b\": {\"type\": \"null\"}}}" } },
	  "breaking schema: 2 types changed in the schema\nschema changed a.b type\nschema changed b type\n"
	  "file changed values.schema.json -1 +1\n" },

	{ "dependencies", {
	  NAMED("dependencies:\n- {name: a, version: ~1.0, repository: 'https://x'}\n- {name: b, version: 1.0.0}\n"
	        "- {name: c}\n- {name: d, alias: e}\n- {name: g, condition: g.on}\n",
	        "dependencies:\n- {name: a, version: ~2.0, repository: 'https://x'}\n- {name: c}\n"
	        "- {name: d, alias: f}\n- {name: g, condition: g.off, tags: [t]}\n- {name: h}\n"),
	  { "Chart.lock", "dependencies:\n- {name: a, version: 1.0.5, repository: 'https://x'}\n",
	    "dependencies:\n- {name: a, version: 2.0.1, repository: 'https://x'}\n" } },
	  "breaking dependencies: 1 dependency major\ncheck dependencies: 1 dependency removed\n"
	  "check dependencies: 1 dependency added\ncheck dependencies: 2 dependencies changed\n"
	  "dependency changed a version locked 1.0.5 → 2.0.1 major\ndependency removed b\n"
	  "dependency changed d alias\ndependency changed g condition tags\ndependency added h\n"
	  "file changed Chart.lock -1 +1\n" },

	{ "dependencies without a lock", {
	  NAMED("dependencies:\n- {name: a, version: 1.5.0}\n- {name: b, version: ^1.0.0}\n- {name: c, version: ~1.2}\n"
	        "- {name: d, version: '>=1.0.0 <2.0.0'}\n- {name: e, version: '>=1'}\n- {name: f, version: '1 || 2'}\n"
	        "- {name: g, version: 1.0.0-rc.1}\n- {name: h, version: ^1.2.0}\n- {name: i, version: '*'}\n- {name: j}\n",
	        "dependencies:\n- {name: a, version: 3.1.0}\n- {name: b, version: ^2.0.0}\n- {name: c, version: ~1.3}\n"
	        "- {name: d, version: '>=2.0.0 <3.0.0'}\n- {name: e, version: '>=2'}\n- {name: f, version: '3'}\n"
	        "- {name: g, version: ^1.0.0}\n- {name: h, version: ^1.3.0}\n- {name: i, version: ^2.0.0}\n"
	        "- {name: j, version: 2.0.0}\n") },
	  "breaking dependencies: 3 dependencies major\ncheck dependencies: 7 dependencies changed\n"
	  "dependency changed a version major\ndependency changed b version major\ndependency changed c version minor\n"
	  "dependency changed d version major\ndependency changed e version\ndependency changed f version\n"
	  "dependency changed g version\ndependency changed h version\ndependency changed i version\n"
	  "dependency changed j version\n" },
	{ "a dependency with a lock on one side", {
	  NAMED("dependencies:\n- {name: a, version: '>=1'}\n- {name: b, version: '>=1'}\n",
	        "dependencies:\n- {name: a, version: ^3.0.0}\n- {name: b, version: ^1.0.0}\n"),
	  { "Chart.lock", "dependencies:\n- {name: a, version: 1.5.0}\n- {name: b, version: 1.5.0}\n", NULL } },
	  "breaking dependencies: 1 dependency major\ncheck dependencies: 1 dependency changed\n"
	  "dependency changed a version locked 1.5.0 →  major\ndependency changed b version locked 1.5.0 → \n"
	  "file removed Chart.lock -3 +0\n" },
	{ "two packed charts of one name", {
	  NAMED("dependencies:\n- {name: sub, alias: one, version: 1.x}\n- {name: sub, alias: two, version: 2.x}\n",
	        "dependencies:\n- {name: sub, alias: one, version: 1.x}\n- {name: sub, alias: two, version: 3.x}\n"),
	  { "charts/a/Chart.yaml", SUB("1.0.0"), SUB("1.0.0") }, { "charts/b/Chart.yaml", SUB("2.0.0"), SUB("3.0.0") } },
	  "breaking dependencies: 1 dependency major\nnote files: 1 other file changed\n"
	  "dependency changed sub version locked 2.0.0 → 3.0.0 major\n"
	  "file changed charts/sub/Chart.yaml -1 +1\n" },
	{ "a packed chart that is another dependency's", {
	  NAMED("dependencies:\n- {name: sub, alias: one, version: 1.x}\n- {name: sub, alias: two, version: 2.x}\n",
	        "dependencies:\n- {name: sub, alias: one, version: 1.x}\n- {name: sub, alias: two, version: 3.x}\n"),
	  { "charts/a/Chart.yaml", SUB("1.0.0"), SUB("1.0.0") }, { "charts/b/Chart.yaml", SUB("2.0.0"), NULL } },
	  "breaking values: 1 value of a subchart removed\nbreaking dependencies: 1 dependency major\nnote files: 1 other file changed\n"
	  "value removed two 1\ndependency changed sub version locked 2.0.0 →  major\n"
	  "file removed charts/sub/Chart.yaml -3 +0\n" },
	{ "two dependencies of one name", {
	  NAMED("dependencies:\n- {name: a, alias: b}\n- {name: a, alias: c}\n",
	        "dependencies:\n- {name: a, alias: b}\n- {name: a, alias: c}\n"),
	  { "Chart.lock", "dependencies:\n- {name: a, version: 1.0.0}\n- {name: a, version: 2.0.0}\n",
	    "dependencies:\n- {name: a, version: 1.0.0}\n- {name: a, version: 2.0.1}\n" } },
	  "check dependencies: 1 dependency changed\ndependency changed a locked 2.0.0 → 2.0.1 patch\n"
	  "file changed Chart.lock -1 +1\n" },

	{ "images", { { "values.yaml",
	  "a: {image: 'r.io/a/one:1.2.3'}\nb: {image: 'two:1.0.0'}\nc: {image: 'three:1'}\nd: {image: 'x/four:1.0.1'}\n"
	  "e: {image: 'five:1'}\nf: {image: 'old/six:1.0'}\n",
	  "a: {image: 'r.io/a/one:2.0.0'}\nb: {image: 'two:1.1.0'}\nc: {image: 'three:1'}\nd: {image: 'x/four:1.0.2'}\n"
	  "f: {image: 'new/six:2.0'}\ng: {image: 'seven:1'}\n" } },
	  "breaking values: 1 value removed\nbreaking images: 1 image major\ncheck values: 4 defaults changed\n"
	  "check images: 1 image changed\ncheck images: 1 image added\nnote values: 1 value added\n"
	  "note images: 1 image removed\nnote images: 1 image minor\nnote images: 1 image patch\n"
	  "value removed e 1\nvalue added g 1\nvalue changed a.image default\nvalue changed b.image default\n"
	  "value changed d.image default\nvalue changed f.image default\n"
	  "image removed five:1\nimage changed old/six:1.0 → new/six:2.0 other\n"
	  "image changed r.io/a/one:1.2.3 → r.io/a/one:2.0.0 major\nimage added seven:1\n"
	  "image changed two:1.0.0 → two:1.1.0 minor\nimage changed x/four:1.0.1 → x/four:1.0.2 patch\n"
	  "file changed values.yaml -5 +5\n" },

	{ "an image that a template puts together", { { "values.yaml", "a: one\n", "a: one\n" },
	  { "templates/a.yaml", "kind: Pod\nspec: {containers: [{image: 'r.io/{{ .Values.a }}:1.0'}]}\n",
	    "kind: Pod\nspec: {containers: [{image: 'r.io/{{ .Values.a }}:2.0'}]}\n" } },
	  "breaking images: 1 image major\nnote files: 1 template changed\n"
	  "image changed r.io/one:1.0 → r.io/one:2.0 major\nfile changed templates/a.yaml -1 +1\n" },

	{ "CRDs", { { "crds/a.yaml", CRD("[{name: v1beta1, served: true, storage: true}]"),
	              CRD("[{name: v1beta1, served: false}, {name: v1, served: true, storage: true}]") },
	            { "crds/c.yaml", NULL, "kind: CustomResourceDefinition\nspec:\n  group: x.org\n  names: {kind: C}\n" } },
	  "breaking crds: 1 CRD that no longer serves a version\nnote crds: 1 CRD added\nnote files: 2 other files changed\n"
	  "crd changed Thing.example.org: v1beta1 (stored) | v1beta1 (not served), v1 (stored)\n"
	  "crd added C.x.org:  | \nfile changed crds/a.yaml -1 +1\nfile added crds/c.yaml -0 +4\n" },
	{ "a CRD that has a version more, and one that has one less", {
	  { "crds/a.yaml", CRD("[{name: v1, served: true, storage: true}]"),
	    CRD("[{name: v1, served: true}, {name: v2, served: true, storage: true}]") },
	  { "crds/b.yaml", "kind: CustomResourceDefinition\nspec:\n  group: x.org\n  names: {kind: C}\n"
	    "  versions: [{name: v1, served: true}, {name: v2, served: true}]\n",
	    "kind: CustomResourceDefinition\nspec:\n  group: x.org\n  names: {kind: C}\n"
	    "  versions: [{name: v2, served: true}]\n" } },
	  "breaking crds: 1 CRD that no longer serves a version\ncheck crds: 1 CRD with other versions\n"
	  "note files: 2 other files changed\n"
	  "crd changed Thing.example.org: v1 (stored) | v1, v2 (stored)\ncrd changed C.x.org: v1, v2 | v2\n"
	  "file changed crds/a.yaml -1 +1\nfile changed crds/b.yaml -1 +1\n" },
	{ "rights and kinds", { { "templates/a.yaml",
	  ROLE("- apiGroups: ['']\n  resources: [pods]\n  verbs: [get]\n"
	       "- apiGroups: [apps]\n  resources: [deployments]\n  verbs: [get]\n"),
	  ROLE("- apiGroups: ['']\n  resources: [pods]\n  verbs: [get]\n"
	       "- apiGroups: [apps]\n  resources: [deployments]\n  verbs: [list]\n"
	       "- apiGroups: ['*']\n  resources: ['*']\n  verbs: ['*']\n") },
	  { "templates/b.yaml", "apiVersion: extensions/v1beta1\nkind: Ingress\n",
	    "apiVersion: networking.k8s.io/v1\nkind: Ingress\n---\napiVersion: v1\nkind: Service\n" } },
	  "breaking rights: 1 dangerous right added\ncheck rights: 1 right added\ncheck rights: 1 right removed\n"
	  "check kinds: 1 kind of resource removed\nnote kinds: 2 kinds of resources added\n"
	  "note files: 2 templates changed\n"
	  "right added * of *\nright removed get of deployments\nright added list of deployments\n"
	  "kind removed extensions/v1beta1/Ingress 1 → 0\nkind added networking.k8s.io/v1/Ingress 0 → 1\n"
	  "kind added v1/Service 0 → 1\nfile changed templates/a.yaml -1 +4\n"
	  "file changed templates/b.yaml -1 +4\n" },

	{ "files", { { "templates/a.yaml", "1\n2\n3\n", "1\nx\n3\n" }, { "templates/b.yaml", "1\n", NULL },
	             { "templates/c.yaml", "1\n", "1\n" }, { "README.md", "a\n", "a\nb\n" },
	             { "files/x.bin", "a", "\x01\x02" }, { "CHANGELOG.md", NULL, "\n" } },
	  "note files: 2 templates changed\nnote files: 3 other files changed\n"
	  "file added CHANGELOG.md -0 +1\nfile changed README.md -0 +1\nfile changed files/x.bin -1 +1\n"
	  "file changed templates/a.yaml -1 +1\nfile removed templates/b.yaml -1 +0\n" },

	{ "changelog", { NAMED("", "annotations: {artifacthub.io/changes: '- of the annotation'}\n"),
	  { "CHANGELOG.md", NULL, "# Changes\n\n## 1.1.0\n\n- of the file\n\n## 1.0.5\n\n- before\n\n## 1.0.0\n\n- old\n" } },
	  "note files: 1 other file changed\nfile added CHANGELOG.md -0 +13\n"
	  "release 1.1.0: of the annotation\nrelease 1.0.5: before\n" },
	{ "backwards", { { "Chart.yaml", CHART("2.0.0", ""), CHART("1.0.0", "") },
	  { "CHANGELOG.md", "## 2.0.0\n- new\n", "" } },
	  "note files: 1 other file changed\nfile changed CHANGELOG.md -2 +0\n"
	  "release 2.0.0: new\nbackwards\n" },
	{ "the same version", { { "Chart.yaml", CHART("1.0.0", ""), CHART("1.0.0", "") } },
	  "note metadata: nothing changed\n" },
};

/* ---- a comparison in words ---- */

static void tell_bits(struct sbuf *b, uint32_t bits, const char *const *words)
{
	for (; *words; words++, bits >>= 1)
		if (bits & 1)
			sbuf_printf(b, " %s", *words);
}

static void tell_values(const struct comparison *c, struct sbuf *b)
{
	static const char *const words[] = { "type", "default", "comment", NULL };
	for (size_t i = 0; i < c->value_count; i++) {
		const struct compare_value *v = &c->values[i];
		sbuf_printf(b, "value %s %.*s", compare_change_word(v->change),
		            STR_ARG((v->old ? v->old : v->new)->path));
		if (v->change != COMPARE_CHANGED)
			sbuf_printf(b, " %zu", v->leaves);
		tell_bits(b, v->what, words);
		sbuf_putc(b, '\n');
	}
}

static void tell_schema(const struct comparison *c, struct sbuf *b)
{
	static const char *const words[] = {
		"required", "type", "constraints", "default", "deprecated", "text", NULL,
	};
	for (size_t i = 0; i < c->schema_count; i++) {
		sbuf_printf(b, "schema %s %.*s", compare_change_word(c->schema[i].change),
		            STR_ARG(c->schema[i].path));
		tell_bits(b, c->schema[i].what, words);
		sbuf_putc(b, '\n');
	}
}

static void tell_dependencies(const struct comparison *c, struct sbuf *b)
{
	static const char *const words[] = {
		"version", "locked", "repository", "condition", "tags", "alias", "imports", NULL,
	};
	for (size_t i = 0; i < c->dependency_count; i++) {
		const struct compare_dependency *d = &c->dependencies[i];
		sbuf_printf(b, "dependency %s %.*s", compare_change_word(d->change),
		            STR_ARG((d->old ? d->old : d->new)->name));
		tell_bits(b, d->what, words);
		if (d->what & COMPARE_DEPENDENCY_LOCKED)
			sbuf_printf(b, " %.*s → %.*s", STR_ARG(d->old_locked), STR_ARG(d->new_locked));
		if (d->step != STEP_OTHER)
			sbuf_printf(b, " %s", compare_step_word(d->step));
		sbuf_putc(b, '\n');
	}
}

static void tell_images(const struct comparison *c, struct sbuf *b)
{
	for (size_t i = 0; i < c->image_count; i++) {
		const struct compare_image *n = &c->images[i];
		sbuf_printf(b, "image %s %.*s", compare_change_word(n->change),
		            STR_ARG((n->old ? n->old : n->new)->image));
		if (n->change == COMPARE_CHANGED)
			sbuf_printf(b, " → %.*s %s", STR_ARG(n->new->image), compare_step_word(n->step));
		sbuf_putc(b, '\n');
	}
}

static void tell_cluster(const struct comparison *c, struct sbuf *b)
{
	for (size_t i = 0; i < c->crd_count; i++) {
		const struct compare_crd *d = &c->crds[i];
		const struct chart_crd *crd = d->old ? d->old : d->new;
		sbuf_printf(b, "crd %s %.*s.%.*s: %.*s | %.*s\n", compare_change_word(d->change),
		            STR_ARG(crd->kind), STR_ARG(crd->group), STR_ARG(d->old_versions),
		            STR_ARG(d->new_versions));
	}
	for (size_t i = 0; i < c->right_count; i++) {
		const struct compare_right *r = &c->rights[i];
		sbuf_printf(b, "right %s ", compare_change_word(r->change));
		if (r->rule)
			sbuf_printf(b, "%.*s of %.*s\n", STR_ARG(r->rule->verbs), STR_ARG(r->rule->resources));
		else
			sbuf_printf(b, "%.*s\n", STR_ARG(r->binding->role));
	}
	for (size_t i = 0; i < c->kind_count; i++) {
		const struct compare_kind *k = &c->kinds[i];
		sbuf_printf(b, "kind %s %.*s/%.*s %zu → %zu\n", compare_change_word(k->change),
		            STR_ARG(k->api_version), STR_ARG(k->kind), k->old_count, k->new_count);
	}
}

/* But Chart.yaml, which differs always. */
static void tell_files(const struct comparison *c, struct sbuf *b)
{
	for (size_t i = 0; i < c->file_count; i++) {
		const struct compare_file *f = &c->files[i];
		if (str_eq(f->name, STR("Chart.yaml")))
			continue;
		sbuf_printf(b, "file %s %.*s -%u +%u%s%s\n", compare_change_word(f->change),
		            STR_ARG(f->name), f->removed, f->added, f->binary ? " binary" : "",
		            f->cut ? " cut" : "");
	}
}

static void tell_rest(const struct comparison *c, struct sbuf *b)
{
	for (size_t i = 0; i < c->releases.count; i++) {
		const struct changelog_release *r = &c->releases.releases[i];
		sbuf_printf(b, "release %.*s:", STR_ARG(r->version));
		for (size_t k = 0; k < r->entry_count; k++)
			sbuf_printf(b, " %.*s", STR_ARG(r->entries[k].text));
		sbuf_putc(b, '\n');
	}
	for (size_t i = 0; i < c->problem_count; i++)
		sbuf_printf(b, "problem %.*s\n", STR_ARG(c->problems[i]));
	if (c->backwards)
		sbuf_puts(b, "backwards\n");
	if (c->cut)
		sbuf_puts(b, "cut\n");
}

static void tell(const struct comparison *c, struct sbuf *b)
{
	for (size_t i = 0; i < c->summary_count; i++)
		sbuf_printf(b, "%s %s: %.*s\n", compare_severity_word(c->summary[i].severity),
		            c->summary[i].section, STR_ARG(c->summary[i].text));
	for (size_t i = 0; i < c->field_count; i++)
		sbuf_printf(b, "field %.*s: %.*s | %.*s\n", STR_ARG(c->fields[i].name),
		            STR_ARG(c->fields[i].old), STR_ARG(c->fields[i].new));
	tell_values(c, b);
	tell_schema(c, b);
	tell_dependencies(c, b);
	tell_images(c, b);
	tell_cluster(c, b);
	tell_files(c, b);
	tell_rest(c, b);
}

/* ---- the table ---- */

static void load(struct arena *a, const struct row *row, bool new, struct chart *ret)
{
	struct tar_member members[FILES_MAX + 1] = {
		{ STR("Chart.yaml"), new ? STR(CHART("1.1.0", "")) : STR(CHART("1.0.0", "")) },
	};
	struct errinfo e = { 0 };
	size_t n = 1;
	for (const struct file *f = row->files; f->name; f++) {
		const char *text = new ? f->new : f->old;
		bool first = strcmp(f->name, "Chart.yaml") == 0;
		if (text)
			members[first ? 0 : n++] = (struct tar_member){ str_c(f->name), str_c(text) };
	}
	if (chart_load(a, members, n, ret, &e))
		fail_msg("%s", e.detail);
}

static void t_compare(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf story = sbuf_make(64 * KIB);
	struct chart old, new;
	struct comparison c;
	load(&a, row, false, &old);
	load(&a, row, true, &new);
	assert_int_equal(compare_charts(&a, &old, &new, NULL, &c, NULL), OK);
	tell(&c, &story);
	assert_string_equal(story.p, row->story);
}

/* ---- what strangers can think of ---- */

static void put_values(struct sbuf *b, bool new)
{
	for (int i = 0; i < 15000; i++)
		sbuf_printf(b, "# comment %d\nkey%d: %d\n", i, i, i + new);
}

/* Each of 30 schemas has two keys that refer to the next: a thousand million ways. */
static void put_schema(struct sbuf *b, bool new)
{
	sbuf_puts(b, "{\"$ref\": \"#/definitions/0\", \"definitions\": {");
	for (int i = 0; i < 30; i++)
		sbuf_printf(b, "\"%d\": {\"properties\": {\"a\": {\"$ref\": \"#/definitions/%d\"}, \"b\": "
		            "{\"$ref\": \"#/definitions/%d\"}}}, ", i, i + 1, i + 1);
	sbuf_printf(b, "\"30\": {\"type\": \"%s\"}}}", new ? "string" : "integer");
}

static void put_images(struct sbuf *b, bool new)
{
	for (int i = 0; i < 3000; i++)
		sbuf_printf(b, "a%d: {image: \"x/y:1.%d.%d\"}\n", i, i, new);
}

/* Aliases of one text. */
static void put_aliases(struct sbuf *b, bool new)
{
	sbuf_printf(b, "z: %d\na: &a \"%0300000d\"\n", new, 0);
	for (int i = 0; i < 1000; i++)
		sbuf_printf(b, "l%d: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n", i);
}

static const struct hostile_row {
	const char *name, *file;
	void (*put)(struct sbuf *b, bool new);
	const char *fact;                /* the first of the summary */
	bool cut;
} hostile_rows[] = {
	{ "many values", "values.yaml", put_values, "15000 defaults changed", false },
	{ "schemas of schemas", "values.schema.json", put_schema, "2488 types changed in the schema", true },
	{ "many images", "values.yaml", put_images, "3000 defaults changed", true },
	{ "long texts", "values.yaml", put_aliases, "1 default changed", true },
};

static void t_hostile(void **state)
{
	const struct hostile_row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf old_text = sbuf_make(MIB), new_text = sbuf_make(MIB);
	struct chart old, new;
	struct comparison c;
	row->put(&old_text, false);
	row->put(&new_text, true);
	const struct row charts = { row->name, { { row->file, old_text.p, new_text.p } }, NULL };
	load(&a, &charts, false, &old);
	load(&a, &charts, true, &new);
	double before = core_seconds();
	assert_int_equal(compare_charts(&a, &old, &new, NULL, &c, NULL), OK);
	assert_in_time(row->name, core_seconds() - before);
	if (!str_eq_c(c.summary[0].text, row->fact))
		fail_msg("%.*s", STR_ARG(c.summary[0].text));
	assert_int_equal(c.cut, row->cut);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("compare", t_compare, rows);
	return failed + RUN_TABLE("hostile", t_hostile, hostile_rows);
}
