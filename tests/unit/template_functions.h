/* A template with the values that all of these tests have, by the whole interpreter. */
#pragma once

#include "buffer.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/template/functions.h"
#include "table.h"

#define LINE_TEXT(x) #x
#define LINE(file, x) file ":" LINE_TEXT(x)

struct row { const char *name, *text; size_t bytes; const char *result; size_t result_bytes; bool fails; };

static const char values_text[] =
	"num: 5\n"
	"f: 1.5\n"
	"big: 1000000\n"
	"huge: 1e21\n"
	"tiny: 0.0000001\n"
	"neg: -3\n"
	"zero: 0\n"
	"t: true\n"
	"isno: false\n"
	"nothing: null\n"
	"s: hello\n"
	"empty: \"\"\n"
	"uni: \"Gr\303\274\303\237e, \344\270\226\347\225\214\"\n"
	"words: \"the quick  brown fox\"\n"
	"multi: \"one\\ntwo\\nthree\"\n"
	"ends: \"one\\ntwo\\n\"\n"
	"keeps: \"one\\n\\n\\n\"\n"
	"lead: \"  one\\n two\"\n"
	"tabbed: \"a\\tb\"\n"
	"quotes: 'say \"hi\" it''s'\n"
	"html: '<a href=\"x\">R&D</a>'\n"
	"list: [a, b, c]\n"
	"nums: [3, 1, 2]\n"
	"mixed: [a, 1, true, null, 2.5, {k: v}]\n"
	"none: []\n"
	"nomap: {}\n"
	"map: {b: 2, a: 1, c: {d: [1, {e: f}]}}\n"
	"keys: {a10: 1, a9: 2, a1: 3, B: 4, b: 5, \"10\": 6, \"9\": 7, \"1.5\": 8, a-b: 9, a_b: 10,"
	" a: 11, a01: 12, \"\": 13, \"true\": 14}\n"
	"keys2: {x1b2: 1, x1b10: 2, x1: 3, x1a: 4, \"x1.10\": 7, \"x1.9\": 8, y-10: 1, y-9: 2, y001"
	": 3, y1: 4, ya: 5, Y: 6, y_a: 7, \303\251: 8}\n"
	"strange: [\"1\", \"1.0\", \"true\", \"yes\", \"No\", \"on\", \"y\", \"null\", \"~\", \"\","
	" \"-\", \"- a\", \"a: b\", \"a:b\", \"a #b\", \"a#b\", \"#a\", \"&a\", \"*a\", \"!a\", \"|\", \">"
	"\", \"%a\", \"@a\", \"`a\", \"{a\", \"[a\", \"a]\", \"a, b\", \"'a'\", \"\\\"a\\\"\", \"a\\\"b\", "
	"\"a'b\", \"0x1F\", \"0o17\", \"017\", \"1_000\", \"1e3\", \".5\", \"5.\", \"1:30\", \"12:30:45\", "
	"\"2024-01-01\", \"2024-01-01T00:00:00Z\", \"<<\", \"=\", \" a\", \"a \", \"a\\tb\", \"---\", \"---"
	" a\", \"...\", \"?\", \"? a\", \"?a\", \":\", \": a\", \":a\", \"-1\", \"+1\", \"-a\", \"0b1\", \""
	".inf\", \".nan\", \"N\", \"off\", \"123456789012345678901234567890\", \"\\u007f\", \"\303\251\", "
	"\"\\u00a0x\", \"\\r\", \"a\\rb\", \"\\x01\", \"\360\237\216\211\", \"1.2.3\", \"v1\", \"0.1.0\", "
	"\"100m\", \"1Gi\", \"0644\"]\n"
	"long: \"This is a long text that has more than eighty characters, so that go-yaml folds it"
	" into several lines, which are joined again by readers.\"\n"
	"longword: \"https://example.com/a/very/long/address/without/any/spaces/that/cannot/be/fold"
	"ed/anywhere/at/all/because/it/has/no/spaces\"\n"
	"longquoted: \"yes: this is a long text: that has to be quoted because it has colons: and i"
	"t has more than eighty characters too, it's so long\"\n"
	"longdouble: \"\\ttabs make it double quoted, and this one is folded too as it has more tha"
	"n eighty characters in it, really\"\n"
	"deep: {l: [[1, 2], [3, [4]]], m: [{a: 1, b: {c: 2}}, {d: []}], e: {}}\n"
	"intlist: [1, 2, 3]\n"
	"script: \"#!/bin/sh\\nset -e\\necho \\\"hi\\\"\\n\"\n"
	"trail: \"a \\nb\"\n"
	"spacebreak: \"a\\n b\\n\"\n"
	"ipv: \"10.0.0.0/8\"\n"
	"crlf: \"a\\r\\nb\"\n"
	"tpl: \"{{ .Values.s }}-{{ .Values.num }}\"\n"
	"yamltext: \"a: 1\\nb: [x, 2]\\nc:\\n  d: true\\n\"\n"
	"jsontext: '{\"a\": 1.5, \"b\": [true, null, \"x\"], \"c\": {\"d\": 1e3}}'\n"
	"date: 2024-01-01\n";

static enum err render_with(struct arena *a, struct str text, const char *values_yaml, uint64_t fuel,
                            struct sbuf *out, struct errinfo *e)
{
	struct tmpl_set *set;
	struct tmpl_value values = TMPL_NOTHING;
	const struct node *n = NULL;
	struct tmpl_map *dot = tmpl_map_new(a);
	enum err err = tmpl_set_new(a, &set, e);
	if (!err)
		err = tmpl_set_add(set, STR("t"), text, e);
	if (!err)
		err = yaml_read(a, str_c(values_yaml), &yaml_values, &n, e);
	if (!err && (!dot || !tmpl_from_node(a, n, &values) || !tmpl_map_set(a, dot, STR("Values"), values)))
		err = ERR(e, NOMEM, "values");
	const struct tmpl_value top = tmpl_map_value(dot);
	struct tmpl_run run = { .set = set, .a = a, .fuel = fuel };
	return err ? err : tmpl_execute(&run, STR("t"), &top, out, e);
}

__attribute__((unused)) static enum err render_row(struct arena *a, struct str text, struct sbuf *out, struct errinfo *e)
{
	return render_with(a, text, values_text, 1000000, out, e);
}

/* What fails says at its end what Helm says at its end. */
__attribute__((unused)) static void t_row(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { .limit = 64 * MIB };
	AUTO_SBUF struct sbuf out = sbuf_make(MIB);
	struct errinfo e = { .detail = "" };
	enum err err = render_row(&a, str_make(row->text, row->bytes), &out, &e);
	if (row->fails) {
		assert_int_equal(err, ERR_METADATA);
		if (!str_ends(str_c(e.detail), str_c(row->result)))
			fail_msg("said was %s\nwanted is %s", e.detail, row->result);
		return;
	}
	if (err)
		fail_msg("%s", e.detail);
	struct str got = sbuf_str(&out), wanted = str_make(row->result, row->result_bytes);
	if (!str_eq(got, wanted))
		fail_msg("it printed\n%.*s\nwanted is\n%.*s", STR_ARG(got), STR_ARG(wanted));
}

/* What wants too much, and how it ends: what it printed, or the end of what was said. */
struct hostile { const char *name, *text; enum err err; const char *result; };

__attribute__((unused)) static void t_hostile(void **state)
{
	const struct hostile *row = *state;
	AUTO_ARENA struct arena a = { .limit = 64 * MIB };
	AUTO_SBUF struct sbuf out = sbuf_make(MIB);
	struct errinfo e = { .detail = "" };
	enum err err = render_row(&a, str_c(row->text), &out, &e);
	if (err != row->err)
		fail_msg("it was %s, not %s: %s", err_code(err), err_code(row->err), err ? e.detail : out.p);
	if (!err)
		assert_buffer(&out, row->result);
	else if (!str_ends(str_c(e.detail), str_c(row->result)))
		fail_msg("said was %s", e.detail);
}
