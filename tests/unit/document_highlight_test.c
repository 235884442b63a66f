/* Coloured source: one row a text and how it is coloured. */
#include "buffer.h"
#include "in_time.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/highlight.h"
#include "tests/lib/span_check.h"

struct row {
	const char *name;
	enum highlight_language language;
	const char *text;
	const char *colours;             /* KEY⟨…⟩ for spans: k s n c a w(ord) v; '\n' after each line */
};

#define YAML HIGHLIGHT_YAML
#define JSON HIGHLIGHT_JSON

static const struct row rows[] = {
	{ "nothing", YAML, "", "" },
	{ "plain text", HIGHLIGHT_TEXT, "a: 1 {{ x }} <b>\n", "a: 1 {{ x }} &lt;b&gt;\n" },
	{ "last line without newline", YAML, "a: b\n\nc", "k⟨a⟩: b\n\nc\n" },
	{ "carriage returns", YAML, "a: 1\r\nb: x\r\n", "k⟨a⟩: n⟨1⟩\nk⟨b⟩: x\n" },
	{ "byte order mark", YAML, "\xef\xbb\xbf""a: 1\n", "k⟨a⟩: n⟨1⟩\n" },
	{ "escaped", YAML, "a<: \"&\" # '\n", "k⟨a&lt;⟩: s⟨&quot;&amp;&quot;⟩ c⟨# &#39;⟩\n" },
	{ "no UTF-8", YAML, "a: \xff\n", "k⟨a⟩: \xef\xbf\xbd\n" },

	{ "scalars", YAML, "a: yes\nb: ~\nc: 0x1F\nd: -1.5e3\ne: 1.2.3\nf: 10Gi\n",
	  "k⟨a⟩: w⟨yes⟩\nk⟨b⟩: w⟨~⟩\nk⟨c⟩: n⟨0x1F⟩\nk⟨d⟩: n⟨-1.5e3⟩\nk⟨e⟩: 1.2.3\nk⟨f⟩: 10Gi\n" },
	{ "comments", YAML, "# -- a\na: b # c\nb: c#d\n#", "c⟨# -- a⟩\nk⟨a⟩: b c⟨# c⟩\nk⟨b⟩: c#d\nc⟨#⟩\n" },
	{ "lists", YAML, "- a\n- b: 1\n- - c: 2\n-\n-d\n", "- a\n- k⟨b⟩: n⟨1⟩\n- - k⟨c⟩: n⟨2⟩\n-\n-d\n" },
	{ "keys", YAML, "a b: c\n\"a: b\": c\n'x' : z\nurl: http://x:80/\na:\n",
	  "k⟨a b⟩: c\nk⟨&quot;a: b&quot;⟩: c\nk⟨&#39;x&#39; ⟩: z\nk⟨url⟩: http://x:80/\nk⟨a⟩:\n" },
	{ "marks", YAML, "a: &x 1\nb: *x\nc: !!str 1\n", "k⟨a⟩: v⟨&amp;x⟩ n⟨1⟩\nk⟨b⟩: v⟨*x⟩\nk⟨c⟩: v⟨!!str⟩ n⟨1⟩\n" },
	{ "quoted", YAML, "a: \"x \\\" # y\" # z\nb: 'it''s' # z\nc: it's\n",
	  "k⟨a⟩: s⟨&quot;x \\&quot; # y&quot;⟩ c⟨# z⟩\nk⟨b⟩: s⟨&#39;it&#39;&#39;s&#39;⟩ c⟨# z⟩\nk⟨c⟩: it&#39;s\n" },
	{ "quoted over lines", YAML, "a: \"x\n  y: 1\n\n  z\" # c\nb: 1\n",
	  "k⟨a⟩: s⟨&quot;x⟩\n  s⟨y: 1⟩\n\n  s⟨z&quot;⟩ c⟨# c⟩\nk⟨b⟩: n⟨1⟩\n" },
	{ "never closed", YAML, "a: \"x\nb: 1\n", "k⟨a⟩: s⟨&quot;x⟩\nk⟨b⟩: n⟨1⟩\n" },
	{ "block", YAML, "a: |-\n  b: 1\n\n   # c\nd: 1\n", "k⟨a⟩: |-\n  s⟨b: 1⟩\n\n   s⟨# c⟩\nk⟨d⟩: n⟨1⟩\n" },
	{ "block in a list", YAML, "- a: >2 # c\n    b: 1\n  c: 1\n- |\n b: 1\n- c: 1\n",
	  "- k⟨a⟩: &gt;2 c⟨# c⟩\n    s⟨b: 1⟩\n  k⟨c⟩: n⟨1⟩\n- |\n s⟨b: 1⟩\n- k⟨c⟩: n⟨1⟩\n" },
	{ "no block", YAML, "a: |x\n b: 1\n", "k⟨a⟩: |x\n k⟨b⟩: n⟨1⟩\n" },
	{ "flow", YAML, "a: {b: 1, \"c\": [x, 'y'], d: z} # e\n",
	  "k⟨a⟩: {k⟨b⟩: n⟨1⟩, k⟨&quot;c&quot;⟩: [x, s⟨&#39;y&#39;⟩], k⟨d⟩: z} c⟨# e⟩\n" },
	{ "documents", YAML, "---\na: 1\n...\n", "---\nk⟨a⟩: n⟨1⟩\n...\n" },

	{ "value of an action", YAML, "a: {{ .Values.a.b }}\n", "k⟨a⟩: a⟨{{ ⟩v⟨.Values.a.b⟩a⟨ }}⟩\n" },
	{ "functions and pipes", YAML, "{{- toYaml $x.y | nindent 4 -}}\n",
	  "a⟨{{- toYaml ⟩v⟨$x.y⟩a⟨ | nindent ⟩n⟨4⟩a⟨ -}}⟩\n" },
	{ "keywords", YAML, "{{ if not .a }}\n{{- else if true }}\n{{ end }}\n",
	  "a⟨{{ ⟩w⟨if⟩a⟨ not ⟩v⟨.a⟩a⟨ }}⟩\na⟨{{- ⟩w⟨else⟩a⟨ ⟩w⟨if⟩a⟨ ⟩w⟨true⟩a⟨ }}⟩\na⟨{{ ⟩w⟨end⟩a⟨ }}⟩\n" },
	{ "include", YAML, "  a: {{ include \"x.y\" . | quote }} # b\n",
	  "  k⟨a⟩: a⟨{{ ⟩w⟨include⟩a⟨ ⟩s⟨&quot;x.y&quot;⟩a⟨ ⟩v⟨.⟩a⟨ | quote }}⟩ c⟨# b⟩\n" },
	{ "assignment", YAML, "{{ $a := `b`}}\n", "a⟨{{ ⟩v⟨$a⟩a⟨ := ⟩s⟨`b`⟩a⟨}}⟩\n" },
	{ "in a key", YAML, "{{ .a }}-b: 1\n", "a⟨{{ ⟩v⟨.a⟩a⟨ }}⟩k⟨-b⟩: n⟨1⟩\n" },
	{ "in quotes", YAML, "a: \"x{{ f \"y\" }}z\" # c\n",
	  "k⟨a⟩: s⟨&quot;x⟩a⟨{{ f ⟩s⟨&quot;y&quot;⟩a⟨ }}⟩s⟨z&quot;⟩ c⟨# c⟩\n" },
	{ "in quotes in flow", YAML, "a: [\"{{ f \"y\" }}\", b]\n",
	  "k⟨a⟩: [s⟨&quot;⟩a⟨{{ f ⟩s⟨&quot;y&quot;⟩a⟨ }}⟩s⟨&quot;⟩, b]\n" },
	{ "in a comment", YAML, "# {{ .x }} y\n", "c⟨# ⟩a⟨{{ ⟩v⟨.x⟩a⟨ }}⟩c⟨ y⟩\n" },
	{ "a colon or a hash in it", YAML, "a: {{ f \"b: c # d\" }}\n{{ f \"b: c\" }}\n",
	  "k⟨a⟩: a⟨{{ f ⟩s⟨&quot;b: c # d&quot;⟩a⟨ }}⟩\na⟨{{ f ⟩s⟨&quot;b: c&quot;⟩a⟨ }}⟩\n" },
	{ "over lines", YAML, "a: {{ f\n  .x\n  \"y\" }} # c\nb: 1\n",
	  "k⟨a⟩: a⟨{{ f⟩\na⟨  ⟩v⟨.x⟩\na⟨  ⟩s⟨&quot;y&quot;⟩a⟨ }}⟩ c⟨# c⟩\nk⟨b⟩: n⟨1⟩\n" },
	{ "comment over lines", YAML, "{{- /* a\n}} b */ -}}\nc: 1\n",
	  "a⟨{{- ⟩c⟨/* a⟩\nc⟨}} b */⟩a⟨ -}}⟩\nk⟨c⟩: n⟨1⟩\n" },
	{ "raw text over lines", YAML, "{{ f `a\n}} b` }}\n", "a⟨{{ f ⟩s⟨`a⟩\ns⟨}} b`⟩a⟨ }}⟩\n" },
	{ "in a block", YAML, "a: |\n  x {{ .y }}\n{{- if .z }}\n  u: 1\n{{- end }}\nb: 1\n",
	  "k⟨a⟩: |\n  s⟨x ⟩a⟨{{ ⟩v⟨.y⟩a⟨ }}⟩\na⟨{{- ⟩w⟨if⟩a⟨ ⟩v⟨.z⟩a⟨ }}⟩\n  s⟨u: 1⟩\n"
	  "a⟨{{- ⟩w⟨end⟩a⟨ }}⟩\nk⟨b⟩: n⟨1⟩\n" },
	{ "never ended", YAML, "a: {{ .b\nc: 1", "k⟨a⟩: a⟨{{ ⟩v⟨.b⟩\na⟨c: ⟩n⟨1⟩\n" },
	{ "text with actions", HIGHLIGHT_TEMPLATE, "a: 1 {{ .b }}\nc\n", "a: 1 a⟨{{ ⟩v⟨.b⟩a⟨ }}⟩\nc\n" },

	{ "JSON", JSON, "{\n  \"a\": [1, true, null, \"b\\\"c\"],\n  \"d\" : {}\n}\n",
	  "{\n  k⟨&quot;a&quot;⟩: [n⟨1⟩, w⟨true⟩, w⟨null⟩, s⟨&quot;b\\&quot;c&quot;⟩],\n  k⟨&quot;d&quot;⟩ : {}\n}\n" },
	{ "JSON has no actions", JSON, "\"{{ a }}\" # b\n", "s⟨&quot;{{ a }}&quot;⟩ # b\n" },
};

/* The spans as in the table. */
static void write_colours(struct str html, struct sbuf *b)
{
	static const char *const letters[][2] = {
		{ "hl-keyword\">", "w" }, { "hl-key\">", "k" }, { "hl-string\">", "s" },
		{ "hl-number\">", "n" }, { "hl-comment\">", "c" }, { "hl-action\">", "a" },
		{ "hl-variable\">", "v" },
	};
	while (html.n) {
		if (html.p[0] != '<') {
			sbuf_putc(b, html.p[0]);
			html = str_from(html, 1);
		} else if (str_starts(html, STR("</span>"))) {
			sbuf_puts(b, "⟩");
			html = str_from(html, 7);
		} else {
			html = str_from(html, STR("<span class=\"").n);
			for (size_t i = 0; i < ROWS(letters); i++)
				if (str_starts(html, str_c(letters[i][0])))
					sbuf_printf(b, "%s⟨", letters[i][1]);
			(void)str_cut(&html, '>', NULL);
		}
	}
	sbuf_putc(b, '\n');
}

static void t_colours(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(64 * KIB);
	struct highlighted h;
	assert_int_equal(highlight(&a, str_c(row->text), row->language, &h, NULL), OK);
	for (size_t i = 0; i < h.count; i++)
		write_colours(h.lines[i].text, &b);
	assert_buffer(&b, row->colours);
	assert_false(h.cut);
}

static const struct language_row { const char *name; enum highlight_language language; } languages[] = {
	{ "values.yaml", YAML }, { "Chart.lock", YAML }, { "ci/a.yml", YAML }, { "templates/_helpers.tpl", YAML },
	{ "templates/NOTES.txt", HIGHLIGHT_TEMPLATE }, { "templates/x.json", HIGHLIGHT_TEMPLATE },
	{ "values.schema.json", JSON }, { "README.md", HIGHLIGHT_TEXT }, { "yaml", HIGHLIGHT_TEXT },
	{ "", HIGHLIGHT_TEXT },
};

static void t_language(void **state)
{
	const struct language_row *row = *state;
	assert_int_equal(highlight_language(str_c(row->name)), row->language);
}

static const struct large_row {
	const char *name, *unit;
	size_t times, count;
	bool cut;
} large_rows[] = {
	{ "a long line is escaped only", "a: <1>", HIGHLIGHT_LINE_MAX_BYTES, 1, false },
	{ "as large as may be", "a: 12345 abcdefghijklmnopqrstuv\n", MIB / 32, MIB / 32, false },
	{ "too large", "a: 12345 abcdefghijklmnopqrstuv\n", MIB / 32 + 1, MIB / 32, true },
	{ "as many lines as may be", "\n", HIGHLIGHT_LINES_MAX, HIGHLIGHT_LINES_MAX, false },
	{ "too many lines", "a\n", HIGHLIGHT_LINES_MAX + 1, HIGHLIGHT_LINES_MAX, true },
	{ "too much HTML", "a: [1,<,2,<,3,<,4,<,5,<,6,<,7,<]\n", MIB / 33, 28146, true },
	{ "quotes that never end", "a: \"{{ \"\n", MIB / 9, HIGHLIGHT_LINES_MAX, true },
};

static void t_large(void **state)
{
	const struct large_row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf text = sbuf_make(4 * MIB), escaped = sbuf_make(16 * MIB), plain = sbuf_make(16 * MIB);
	struct highlighted h;
	for (size_t i = 0; i < row->times; i++)
		sbuf_puts(&text, row->unit);
	double before = core_seconds();
	assert_int_equal(highlight(&a, sbuf_str(&text), YAML, &h, NULL), OK);
	assert_in_time(row->name, core_seconds() - before);
	struct str rest = sbuf_str(&text);
	for (size_t i = 0; i < h.count; i++) {
		html_escape(&escaped, str_cut(&rest, '\n', NULL));
		assert_true(html_without_spans(h.lines[i], &plain));
	}
	assert_true(str_eq(sbuf_str(&escaped), sbuf_str(&plain)));
	assert_int_equal(h.cut, row->cut);
	assert_int_equal(h.count, row->count);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("colours", t_colours, rows);
	failed += RUN_TABLE("language", t_language, languages);
	return failed + RUN_TABLE("large", t_large, large_rows);
}
