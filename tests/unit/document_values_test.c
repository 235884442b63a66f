/* The values of small charts as listings that are compared whole. */
#include "buffer.h"
#include "document_fixture.h"

#define LISTING_MAX_BYTES (64u * KIB)

/* ---- a listing: a line for each row ----
 *
 *     path default :type [constraints] marks of subchart was default -- comment / second line !! problem
 */
static void put_field(struct sbuf *b, const char *before, struct str s, const char *after)
{
	if (!s.n)
		return;
	sbuf_puts(b, before);
	for (size_t i = 0; i < s.n; i++)
		sbuf_puts(b, s.p[i] == '\n' ? " / " : (char[]){ s.p[i], 0 });
	sbuf_puts(b, after);
}

static void put_row(struct sbuf *b, const struct value_row *row)
{
	sbuf_put(b, row->path);
	put_field(b, " ", row->shown, row->cut ? "…" : "");
	put_field(b, " :", row->declared_type, "");
	put_field(b, " [", row->constraints, "]");
	sbuf_puts(b, row->absent ? " absent" : "");
	sbuf_puts(b, row->required ? " required" : "");
	sbuf_puts(b, row->deprecated ? " deprecated" : "");
	sbuf_puts(b, row->disabled ? " off" : "");
	put_field(b, " of ", row->subchart, "");
	sbuf_puts(b, row->overridden ? " over" : "");
	put_field(b, " -- ", row->comment, "");
	put_field(b, " !! ", row->problem, "");
	sbuf_putc(b, '\n');
}

static void put_listing(struct sbuf *b, const struct values_view *v)
{
	for (size_t i = 0; i < v->count; i++)
		put_row(b, &v->rows[i]);
	for (size_t i = 0; i < v->problem_count; i++)
		put_field(b, "problem: ", v->problems[i], "\n");
	sbuf_puts(b, v->cut ? "cut\n" : "");
}

static void expect_listing(const struct values_view *v, const char *listing)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LISTING_MAX_BYTES);
	put_listing(&b, v);
	assert_buffer(&b, listing);
}

/* ---- one values.yaml ---- */

struct values_row { const char *name, *values, *listing; };

static void t_values(void **state)
{
	const struct values_row *row = *state;
	struct values_view v;
	view_files((const struct file[]){ { "Chart.yaml", HEAD }, { "values.yaml", row->values }, { 0 } },
	           &v);
	expect_listing(&v, row->listing);
}

static const struct values_row trees[] = {
	{ "nothing", "", "" },
	{ "scalars", "a: 1\nb: x\nc: true\nd:\ne: 1.10\nf: \"1.10\"\ng: 0x1F\nh: ''\ni: 2026-01-02\n",
	  "a 1\nb \"x\"\nc true\nd null\ne 1.1\nf \"1.10\"\ng 31\nh \"\"\ni \"2026-01-02\"\n" },
	{ "maps", "a:\n  b:\n    c: 1\n  d: {}\ne: 2\n", "a\na.b\na.b.c 1\na.d {}\ne 2\n" },
	{ "lists", "a: []\nb: [1, x, ~]\nc:\n- - 1\n  - 2\n", "a []\nb [1, \"x\", null]\n"
	  "c\nc[0] [1, 2]\n" },
	{ "lists of maps", "a:\n- b: 1\n  c:\n  - d: 2\n- 3\n- {}\n",
	  "a\na[0]\na[0].b 1\na[0].c\na[0].c[0]\na[0].c[0].d 2\na[1] 3\na[2] {}\n" },
	{ "paths", "a.b: 1\nc,d: {e=f: 2, 'g[0]': 3}\nh\\i: 4\n",
	  "a\\.b 1\nc\\,d\nc\\,d.e\\=f 2\nc\\,d.g\\[0] 3\nh\\\\i 4\n" },
	{ "keys without a name", "'': {x: 1}\n'\"\"': 2\nx: {'': 3}\n",
	  "\"\"\n\"\".x 1\n\\\"\" 2\nx\nx.\"\" 3\n" },
	{ "keys as Helm sees them", "on: 1\n1.0: 2\n0x10: 4\n", "true 1\n1 2\n16 4\n" },
	{ "keys that mean the same", "yes: 1\nb: 2\n\"true\": 3\nl: [{on: 1, yes: 2, \"true\": 3}]\n",
	  "b 2\ntrue 3\nl\nl[0]\nl[0].true 3\n" },
	{ "aliases", "a: &a {b: 1}\nc: *a\nd: {<<: *a, e: 2}\n", "a\na.b 1\nc\nc.b 1\nd\nd.b 1\nd.e 2\n" },
	{ "duplicate key", "a: 1\na: 2\n", "a 2\nproblem: values.yaml:2: duplicate key \"a\"\n" },
	{ "second document", "a: 1\n---\nb: 2\n", "a 1\nproblem: values.yaml:2: a second document, which Helm 4 merges into "
	  "the first and no earlier one reads: make one of both\n" },
	{ "several lines", "a: |\n  x\n  y\n", "a \"x\\ny\\n\"\n" },
};

static const struct values_row comments[] = {
	{ "above", "# How many\n# there are\na: 1\n", "a 1 -- How many / there are\n" },
	{ "behind", "a: 1 # one\nb: 'x # y' # two\nc: x#y\nd: \"\\\" # x\"\n",
	  "a 1 -- one\nb \"x # y\" -- two\nc \"x#y\"\nd \"\\\" # x\"\n" },
	{ "above and behind", "# above\na: 1 # behind\n", "a 1 -- above / behind\n" },
	{ "of maps", "# map\na: # more\n  # key\n  b: 1\n", "a -- map / more\na.b 1 -- key\n" },
	{ "blank line between", "# header\n\na: 1\n", "a 1\n" },
	{ "deeper or not as deep", "a:\n  b: 1\n  # c: 2\nd: 1\n  # of d\ne:\n# x\n  f: 1\n",
	  "a\na.b 1\nd 1 -- of d\ne\ne.f 1\n" },
	{ "below, as helm create does", "a: {}\n  # We recommend nothing.\n  # limits:\n  #   cpu: 1\nb: 1\n",
	  "a {} -- We recommend nothing. / limits: /   cpu: 1\nb 1\n" },
	{ "in a text", "a: |\n  # x\nb: 1\nc: \"\n  # y\"\nd: 2\n",
	  "a \"# x\\n\"\nb 1\nc \" # y\"\nd 2\n" },
	{ "behind a text", "a: |\n  # x\n# of b\nb: 1\n", "a \"# x\\n\"\nb 1 -- of b\n" },
	{ "paragraphs and rulers", "# ------\n# One ####\n#\n# Two\n# ======\na: 1\n", "a 1 -- One /  / Two\n" },
	{ "in lists", "a:\n# first\n- b: 1 # one\n  # two\n  c: 2\n",
	  "a\na[0] -- first\na[0].b 1 -- one\na[0].c 2 -- two\n" },
	{ "in flow", "a: {b: 1, c: 2} # both\nd: {\n  # of e\n  e: 1, f: 2 }\n",
	  "a -- both\na.b 1\na.c 2\nd\nd.e 1 -- of e\nd.f 2\n" },
	{ "other line breaks", "# of a\r\na: 1\r\n# of b\rb: 2\r# of c\xe2\x80\xa8"
	  "c: 3\n", "a 1 -- of a\nb 2 -- of b\nc 3 -- of c\n" },
	{ "license", "# Copyright Somebody\n# All rights\na: 1\n", "a 1\n" },
	{ "helm create's sentences", "# Default values for x.\n# This is a YAML-formatted file.\n"
	  "# Declare variables to be passed into your templates.\n# True.\na: 1\n", "a 1 -- True.\n" },

	{ "commented out", "# b: 1\n# c:\n#   d: 2\na: 1\n", "a 1\n" },
	{ "sibling commented out", "## About b\n# b: 1\na: 1\n", "a 1\n" },
	{ "sibling between", "## About b\n# b: 1\n## About a\na: 1\n", "a 1 -- About a\n" },
	{ "example of itself", "## Set it\n# a:\n#   b: 1\na: {}\n", "a {} -- Set it / a: /   b: 1\n" },
	{ "example", "# Annotations, for example:\n# b: 1\na: {}\n",
	  "a {} -- Annotations, for example: / b: 1\n" },
	{ "example of annotations", "# Annotations\n# x.y/z: 1\na: {}\n", "a {} -- Annotations / x.y/z: 1\n" },
	{ "example list", "# Volumes\n# - name: x\na: []\n", "a [] -- Volumes / - name: x\n" },
	{ "prose with colons", "# Note: yes\n# ref: https://example.com\n# Default: 1\na: 1\n",
	  "a 1 -- Note: yes / ref: https://example.com / Default: 1\n" },

	{ "helm-docs", "# not this\n# -- (int) How many\n# there are\n# @default -- one\n# @ignored\na: 1\n",
	  "a 1 :int -- How many / there are / Default: one\n" },
	{ "helm-docs by path", "# a.b -- The b\na:\n  b: 1\n  # a.c -- The c\n  c: 2\n",
	  "a\na.b 1 -- The b\na.c 2 -- The c\n" },
	{ "readme-generator", "## @section Parameters\n## @param a.b [string, nullable] The b\n"
	  "## @param c[0].d The d\n## @skip e\n##\na:\n  ## ref: x\n  b: x\nc:\n  - d: 1\ne: 1\n"
	  "## @descriptionStart\n## About it\n## @descriptionEnd\nf: 1\n",
	  "a\na.b \"x\" :string -- The b / ref: x\nc\nc[0]\nc[0].d 1 -- The d\ne 1\nf 1\n" },
	{ "helm-schema", "# Text\n# @schema\n# type: integer\n# @schema\na: 1\n# @schema type:string\nb: 1\n",
	  "a 1 -- Text\nb 1\n" },
};

/* ---- with a schema ---- */

/* Of the one key "a". */
#define PLAIN_SCHEMA(of) "{\"properties\":{\"a\":{" of "}}}"

struct schema_row { const char *name, *values, *schema, *listing; };

static void t_schema(void **state)
{
	const struct schema_row *row = *state;
	struct values_view v;
	view_files((const struct file[]){ { "Chart.yaml", HEAD }, { "values.yaml", row->values },
	                                  { "values.schema.json", row->schema }, { 0 } }, &v);
	expect_listing(&v, row->listing);
}

static const struct schema_row schemas[] = {
	{ "described", "a: 1\nb: x # here\n", "{\"required\":[\"a\"],\"properties\":{"
	  "\"a\":{\"type\":\"integer\",\"minimum\":1,\"description\":\"One.\"},"
	  "\"b\":{\"deprecated\":true,\"description\":\"There.\"}}}",
	  "a 1 :integer [≥ 1] required -- One.\nb \"x\" deprecated -- here\n" },
	{ "the schema's type counts", "# -- (int) It\na: 1\n", PLAIN_SCHEMA("\"type\":\"number\""),
	  "a 1 :number -- It\n" },
	{ "violated", "a: x\nb: {c: []}\n", "{\"properties\":{\"a\":{\"type\":\"integer\",\"maxLength\":0},"
	  "\"b\":{\"properties\":{\"c\":{\"minItems\":1}},\"required\":[\"d\"]}}}",
	  "a \"x\" :integer [at most 0 characters] !! the default violates the schema: "
	  "must be integer, not string; must have at most 0 characters\n"
	  "b !! the default violates the schema: must have the key \"d\"\n"
	  "b.c [] [at least 1 items] !! the default violates the schema: must have at least 1 items\n" },
	{ "violated in a list", "a: [x, 1]\n", PLAIN_SCHEMA("\"items\":{\"type\":\"string\"}"),
	  "a [\"x\", 1] [elements: string] !! the default violates the schema: "
	  "[1] must be string, not integer\n" },
	{ "violated as a whole", "a: 1\n", "{\"required\":[\"b\"]}",
	  "a 1\nproblem: values.schema.json: the defaults violate it: must have the key \"b\"\n" },
	{ "absent", "a: {b: 1}\n", "{\"required\":[\"c\"],\"properties\":{"
	  "\"a\":{\"properties\":{\"b\":{},\"d\":{\"type\":\"string\",\"description\":\"D.\"}}},"
	  "\"c\":{\"properties\":{\"e\":{\"properties\":{\"f\":{\"properties\":{\"g\":{}}}}}}}}}",
	  "a\na.b 1\na.d :string absent -- D.\nc absent required\nc.e absent\nc.e.f absent\n"
	  "problem: values.schema.json: the defaults violate it: must have the key \"c\"\n" },
	{ "absent with a default", "b: 1\n", "{\"properties\":{\"a\":{\"minimum\":1,\"default\":[2]},"
	  "\"b\":{\"default\":3},\"c\":{\"default\":null}}}",
	  "b 1\na [≥ 1, default [2]] absent\nc [default null] absent\n" },
	{ "in an empty map", "a: {}\n", PLAIN_SCHEMA("\"properties\":{\"b\":{}}"), "a {}\na.b absent\n" },
	{ "endless", "a: 1\n", "{\"properties\":{\"b\":{\"$ref\":\"#\"}}}",
	  "a 1\nb absent\nb.b absent\nb.b.b absent\n" },
	{ "elsewhere", "a: 1\n", PLAIN_SCHEMA("\"$ref\":\"https://example.com/x.json\""),
	  "a 1\nproblem: values.schema.json: $ref to https://example.com/x.json is not fetched\n" },
	{ "unreadable", "a: 1\n", "{\"a\":123456789012345678901234567890}",
	  "a 1\nproblem: values.schema.json:1: too big integer\n" },
};

/* ---- with subcharts ---- */

struct chart_row {
	const char *name, *chart, *values;
	const char *db;                  /* values.yaml of the subchart db 1.0.0 */
	struct file more[6];
	const char *listing;
};

#define NEEDS HEAD "dependencies:\n- name: db\n  version: 1.x\n"
#define COMMON "name: common\nversion: 1.0.0\napiVersion: v2\n"

static void t_subcharts(void **state)
{
	const struct chart_row *row = *state;
	struct values_view v;
	struct file files[12] = {
		{ "Chart.yaml", row->chart }, { "values.yaml", row->values },
		{ "charts/db/Chart.yaml", "name: db\nversion: 1.0.0\napiVersion: v2\n" },
		{ "charts/db/values.yaml", row->db },
	};
	memcpy(files + 4, row->more, sizeof row->more);
	view_files(files, &v);
	expect_listing(&v, row->listing);
}

static const struct chart_row subcharts[] = {
	{ "below its name", NEEDS, "a: 1\n", "b: 2\n", {{0}}, "a 1\ndb of db\ndb.b 2 of db\n" },
	{ "the parent wins", NEEDS, "db: {b: 3, c: 4, d: {e: 5}}\n", "# B\nb: 2\nd: {f: 6}\nc: 4\n", {{0}},
	  "db of db\ndb.b 3 of db over -- B\ndb.d of db\ndb.d.f 6 of db\ndb.d.e 5 of db\n"
	  "db.c 4 of db\n" },
	{ "kinds differ", NEEDS, "db: {b: {x: 1}, c: 1}\n", "b: 2\nc: {y: 1}\n", {{0}},
	  "db of db\ndb.b of db over\ndb.b.x 1 of db\ndb.c 1 of db over\n" },
	{ "lists replace", NEEDS, "db: {b: [{x: 1}]}\n", "b: [{y: 1}, {y: 2}]\n", {{0}},
	  "db of db\ndb.b of db over\ndb.b[0] of db\ndb.b[0].x 1 of db\n" },
	{ "null takes away", NEEDS, "db: {b: ~, c: {d: ~}, o: ~}\n", "b: 2\nc: {d: 1, e: 2}\nm: ~\n", {{0}},
	  "db of db\ndb.c of db\ndb.c.e 2 of db\ndb.m null of db\ndb.o null of db\n" },
	{ "documentation of both", NEEDS, "db:\n  # ours\n  b: 3\n  c: 4\n", "# B\nb: 2\n# C\nc: 3\n", {{0}},
	  "db of db\ndb.b 3 of db over -- ours\ndb.c 4 of db over -- C\n" },
	{ "in the way", NEEDS, "db: false\n", "b: 2\n", {{0}}, "db of db !! a map belongs here, as it is the "
	  "name of a subchart; Helm refuses the chart\ndb.b 2 of db\n" },
	{ "alias", HEAD "dependencies: [{name: db, version: 1.x, alias: one}, "
	  "{name: db, version: 1.x, alias: two}]\n", "two: {b: 3}\n", "b: 2\n", {{0}},
	  "two of two\ntwo.b 3 of two over\none of one\none.b 2 of one\n" },
	{ "another version", HEAD "dependencies: [{name: db, version: 2.x, alias: one}]\n", "", "b: 2\n",
	  {{0}}, "db of db\ndb.b 2 of db\n" },
	{ "not in the archive", HEAD "dependencies: [{name: x, version: 2.x}]\n", "x: {a: 1}\n", "b: 2\n",
	  {{0}}, "x\nx.a 1\ndb of db\ndb.b 2 of db\n" },
	{ "off by condition", HEAD "dependencies: [{name: db, version: 1.x, condition: 'x.y,db.enabled'}]\n",
	  "db: {enabled: false}\n", "b: 2\n", {{0}},
	  "db off of db\ndb.b 2 off of db\ndb.enabled false off of db\n" },
	{ "off by tag", HEAD "dependencies: [{name: db, version: 1.x, tags: [a, b]}]\n", "tags: {b: false}\n",
	  "b: 2\n", {{0}}, "tags\ntags.b false\ndb off of db\ndb.b 2 off of db\n" },
	{ "on by another tag", HEAD "dependencies: [{name: db, version: 1.x, tags: [a, b]}]\n",
	  "tags: {a: true, b: false}\n", "b: 2\n", {{0}},
	  "tags\ntags.a true\ntags.b false\ndb of db\ndb.b 2 of db\n" },
	{ "a condition before a tag",
	  HEAD "dependencies: [{name: db, version: 1.x, tags: [a], condition: c}]\n",
	  "tags: {a: false}\nc: true\n", "b: 2\n", {{0}},
	  "tags\ntags.a false\nc true\ndb of db\ndb.b 2 of db\n" },
	{ "global", NEEDS, "global: {a: 1, b: 2}\n", "global: {b: 3, c: 4}\nd: 5\n", {{0}},
	  "global\nglobal.a 1\nglobal.b 2\ndb of db\ndb.global of db\ndb.global.b 2 of db over\n"
	  "db.global.c 4 of db\ndb.d 5 of db\n" },
	{ "nested", NEEDS, "db: {common: {a: 2}}\n", "b: 1\ncommon: {c: 3}\n",
	  { { "charts/db/charts/common/Chart.yaml", COMMON },
	    { "charts/db/charts/common/values.yaml", "a: 1 # A\nc: 1\n" } },
	  "db of db\ndb.b 1 of db\ndb.common of db.common\ndb.common.a 2 of db.common over -- A\n"
	  "db.common.c 3 of db.common over\n" },
	{ "its own description", NEEDS, "", "", { { "charts/db/templates/x", "" },
	  { "charts/common/Chart.yaml", COMMON "description: Helpers\n" } },
	  "common {} of common -- Helpers\ndb {} of db\n" },
	{ "import by path",
	  HEAD "dependencies: [{name: db, version: 1.x, import-values: [{child: a.b, parent: x.z}]}]\n",
	  "x: {z: {c: 9}}\n", "a: {b: {c: 1, d: 2}}\n", {{0}},
	  "x\nx.z\nx.z.c 9 over\nx.z.d 2 of db\ndb of db\ndb.a of db\ndb.a.b of db\n"
	  "db.a.b.c 1 of db\ndb.a.b.d 2 of db\n" },
	{ "import of exports",
	  HEAD "dependencies: [{name: db, version: 1.x, import-values: [data, nothing]}]\n", "x: 1\n",
	  "exports: {data: {x: 2, z: 3}}\n", {{0}},
	  "x 1 over\ndb of db\ndb.exports of db\ndb.exports.data of db\ndb.exports.data.x 2 of db\n"
	  "db.exports.data.z 3 of db\nz 3 of db\nproblem: import-values: db has no map exports.nothing\n" },
	{ "its own schema", NEEDS, "db: {b: x}\n", "b: 2\n",
	  { { "charts/db/values.schema.json", "{\"properties\":{\"b\":{\"type\":\"integer\"},\"c\":{}}}" } },
	  "db of db\ndb.b \"x\" :integer of db over !! the default violates the schema: "
	  "must be integer, not string\ndb.c absent of db\n" },
	{ "the parent's schema", NEEDS, "", "b: 2\n",
	  { { "values.schema.json", "{\"properties\":{\"db\":{\"properties\":{\"b\":{\"maximum\":1}}}}}" } },
	  "db of db\ndb.b 2 [≤ 1] of db !! the default violates the schema: must be ≤ 1\n" },
	{ "no schema for what is off",
	  HEAD "dependencies: [{name: db, version: 1.x, condition: db.enabled}]\n", "db: {enabled: false}\n",
	  "b: 2\n", { { "charts/db/values.schema.json", "{\"required\":[\"c\"]}" },
	  { "values.schema.json", "{\"properties\":{\"db\":{\"maxProperties\":1}}}" } },
	  "db [at most 1 keys] off of db\ndb.b 2 off of db\ndb.enabled false off of db\n" },
	{ "problems of its files", NEEDS, "", "a: 1\na: 2\n",
	  { { "charts/db/values.schema.json", "{\"$ref\":\"x.json\"}" } },
	  "db of db\ndb.a 2 of db\nproblem: charts/db/values.yaml:2: duplicate key \"a\"\n"
	  "problem: charts/db/values.schema.json: $ref to x.json is not fetched\n" },
};

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("values", t_values, trees);
	failed += RUN_TABLE("comments", t_values, comments);
	failed += RUN_TABLE("schema", t_schema, schemas);
	failed += RUN_TABLE("subcharts", t_subcharts, subcharts);
	arena_done(&arena);
	return failed;
}
