/* YAML that libyaml reads and Helm does not, and what Helm expands; tests/client/test_yaml.py asks real helms. */
#include "yaml_fixture.h"

#include "indexer/base/limits.h"

static struct yaml_options values_of_helm(struct yaml_warning *w)
{
	struct yaml_options o = yaml_values;
	o.as_helm = o.finite = true;
	o.warning = w;
	return o;
}

#define ESCAPE "the escape \"\\/\", which Helm does not read: write \"/\""

static const struct { const char *text, *detail; } values[] = {
	{ "a: \"https:\\/\\/x\"\n",             "values.yaml:1: " ESCAPE },
	{ "\xc3\xa9: 1\n# \xf0\x9f\x98\x80\nb: [x, \"\xc3\xa9\\/\"]\n", "values.yaml:3: " ESCAPE },
	{ "\"\\/\": 1\n",                       "values.yaml:1: " ESCAPE },
	{ "a: \"one\n  two\n  \\/\"\n",         "values.yaml:3: " ESCAPE },
	{ "a: \"\\\\\\/\"\n",                   "values.yaml:1: " ESCAPE },
	{ "a: \"/\"\nb: \"x\\/\"\n",            "values.yaml:2: " ESCAPE },
	{ "a: !!str # \"\\/\" /\n  \"\\/\"\n",  "values.yaml:2: " ESCAPE },
	{ "a: &x \"\\/\"\n",                    "values.yaml:1: " ESCAPE },
	{ "a: \"\\\\/\"\nb: '\\/'\nc: \\/\nd: |\n  \"\\/\"\n", NULL },
	{ "a: !!str # \"\\/\"\n  \"/\"\n",      NULL },
	{ "a: 1 # \"\\/\"\nb: \"\\\"/\"\n",     NULL },
	{ "a: 1\n---\nb: \"\\/\"\n",            NULL },
	{ "a: \"\\\r\n  /\"\n",                 NULL },
	{ "%YAML 1.2\n---\na: 1\n", "values.yaml:1: %YAML 1.2, of which Helm reads 1.1 alone: leave the line out" },
	{ "~: 1\n",         "values.yaml:1: null as a key, which Helm does not read: quote it" },
	{ "a: {b: 1,\nNull: 1}\n", "values.yaml:2: null as a key" },
	{ "? \n: 1\n",      "values.yaml:1: null as a key" },
	{ "a: &n ~\n*n : 1\n", "values.yaml:2: null as a key" },
	{ "\xef\xbb\xbf# x\n\xef\xbb\xbf" "a: 1\nb: 2\n", "values.yaml:2: a byte order mark before the line, "
	  "which Helm reads as a part of it: remove it" },
	{ "# x\r\xef\xbb\xbf" "a: 1\n", "values.yaml:1: a byte order mark" },
	{ "\n# x\xe2\x80\xa8\xef\xbb\xbf" "b: 1\n", "values.yaml:2: a byte order mark" },
	{ "\xef\xbb\xbf" "a: \xef\xbb\xbf" "1\nb: |\n  \xef\xbb\xbf" "x\n", NULL },
	{ "'~': 1\n\"null\": 1\n\"\": 1\n!!str null: 1\nnil: 1\n", NULL },
	{ "a: .inf\n",      "values.yaml:1: .inf as a value, which Helm does not read: quote it" },
	{ "a: 1\nb: [+.Inf]\n", "values.yaml:2: +.Inf as a value" },
	{ "a: -.INF\n",     "values.yaml:1: -.INF as a value" },
	{ "a: !!float .nan\n", "values.yaml:1: .nan as a value" },
	{ "'.inf': '.inf'\n.nan: \".nan\"\na: !!str .inf\nb: 1e400\nc: .Nan\n", NULL },
};

static void what_no_helm_reads(void **state)
{
	(void)state;
	const struct yaml_options o = values_of_helm(NULL);
	for (size_t i = 0; i < ROWS(values); i++) {
		if (values[i].detail)
			expect_refused(str_c(values[i].text), &o, values[i].detail);
		else
			expect_accepted(str_c(values[i].text), &o);
		expect_accepted(str_c(values[i].text), &yaml_values);
	}
}

static void what_one_helm_does_not_read(void **state)
{
	(void)state;
	struct yaml_warning w;
	const struct yaml_options o = values_of_helm(&w);
	expect_accepted(STR("%YAML 1.1\n---\na: 1\na: 2\n"), &o);
	assert_string_equal(w.text, "values.yaml:1: Helm 4 reads no values after a line %YAML: leave it out");
	expect_accepted(STR("a: 1\na: 2\n"), &o);
	assert_string_equal(w.text, "values.yaml:2: duplicate key \"a\"");
}

static const struct { const char *text; unsigned line; } more[] = {
	{ "a: 1\n---\nb: 2\n",             2 },
	{ "a: 1\n---\n---\n- b\n",         3 },
	{ "---\na: 1\n...\n--- # x\nb",    4 },
	{ "a: 1\n---\nb: [\n",             2 },
	{ "a: 1\n---\n# b: 2\n---\n",      0 },
	{ "---\na: 1\n...\n",              0 },
	{ "  a: 1\nb: 2\n",                0 },
	{ "a: 1\n---\nb: 2\na: 1\na: 2\n", 2 },
};

static void what_one_helm_reads_more_of(void **state)
{
	(void)state;
	struct yaml_warning w;
	const struct yaml_options o = values_of_helm(&w);
	for (size_t i = 0; i < ROWS(more); i++) {
		char wanted[200] = "";
		if (more[i].line)
			(void)snprintf(wanted, sizeof wanted, "values.yaml:%u: a second document, which Helm 4 merges into "
			               "the first and no earlier one reads: make one of both", more[i].line);
		expect_accepted(str_c(more[i].text), &o);
		assert_string_equal(w.text, wanted);
	}
}

static const struct { const char *text, *detail; } sources[] = {
	{ "a: &x 1\nb: *x\n",                          NULL },
	{ "- &d {a: 1, b: 2}\n- <<: *d\n  b: 3\n",     NULL },
	{ "- &d {a: 1}\n- {<<: [*d, *d], a: 2}\n",     NULL },
	{ "a: &x [*x]\n",                              "Chart.yaml:1: an alias to the value it is part of" },
	{ "a: 1\na: 2\n",                              "Chart.yaml:2: duplicate key \"a\" (first in line 1)" },
	{ "a: 1\n<<: {a: 2}\na: 3\n",                  "Chart.yaml:3: duplicate key \"a\" (first in line 1)" },
	{ "<<: 1\n",                                   "Chart.yaml:1: a merge key needs a map" },
};

static void what_helm_expands(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	const struct node *n;
	for (size_t i = 0; i < ROWS(sources); i++) {
		if (sources[i].detail)
			expect_refused(str_c(sources[i].text), &yaml_source, sources[i].detail);
		else
			expect_accepted(str_c(sources[i].text), &yaml_source);
	}
	struct str text = STR("<<: {a: 1, b: 1}\na: 2\nc: &x 3\nd: *x\n");
	assert_int_equal(yaml_read(&a, text, &yaml_source, &n, NULL), OK);
	assert_int_equal(n->count, 4);
	assert_string_equal(text_at(n, "a"), "2");
	assert_string_equal(text_at(n, "b"), "1");
	assert_string_equal(text_at(n, "d"), "3");
}

/* Sixteen texts as long as one may be are what a file may have. */
static void t_yaml_02_expanded_texts(void **state)
{
	(void)state;
	for (unsigned aliases = 14; aliases <= 15; aliases++) {
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		sbuf_puts(&b, "- &x ");
		for (size_t i = 0; i < YAML_SCALAR_MAX_BYTES; i++)
			sbuf_putc(&b, 'x');
		sbuf_puts(&b, "\n- &y [*x]\n- [");
		for (unsigned i = 0; i < aliases; i++)
			sbuf_puts(&b, "*y, ");
		sbuf_puts(&b, "]\n");
		assert_true(sbuf_ok(&b));
		if (aliases == 14)
			expect_accepted(sbuf_str(&b), &yaml_source);
		else
			expect_refused(sbuf_str(&b), &yaml_source,
			               "Chart.yaml:3: texts of more than 1048576 bytes, aliases expanded");
	}
}

static const struct { const char *text, *detail; } ends[] = {
	{ "a: 1\n---\n",               NULL },
	{ "a: 1\n---",                 NULL },
	{ "a: 1\n---  # end\n\n",      NULL },
	{ "---\na: 1\n...\n---\n...\n", NULL },
	{ "a: 1\n---\n---\n",          NULL },
	{ "a: 1\n---\n---\nb: 2\n",    "Chart.yaml:3: a second document" },
	{ "---\n---\na: 1\n",          "Chart.yaml:2: a second document" },
	{ "a: 1\n--- ~\n",             "Chart.yaml:2: a second document" },
	{ "a: 1\n---\n''\n",           "Chart.yaml:2: a second document" },
	{ "a: 1\n---\n!!null\n",       "Chart.yaml:2: a second document" },
	{ "a: 1\n---\n&x\n",           "Chart.yaml:2: a second document" },
	{ "a: &x 1\n---\n*x\n",        "Chart.yaml:2: a second document" },
	{ "a: 1\n---\n[]\n",           "Chart.yaml:2: a second document" },
};

static void documents_that_have_nothing(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	const struct node *n;
	for (size_t i = 0; i < ROWS(ends); i++) {
		if (ends[i].detail)
			expect_refused(str_c(ends[i].text), &yaml_source, ends[i].detail);
		else
			expect_accepted(str_c(ends[i].text), &yaml_source);
	}
	assert_int_equal(yaml_read(&a, STR("a: 1\n---\n"), &yaml_strict, &n, NULL), OK);
	assert_string_equal(text_at(n, "a"), "1");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_no_helm_reads),
		cmocka_unit_test(what_one_helm_does_not_read), cmocka_unit_test(what_one_helm_reads_more_of),
		cmocka_unit_test(what_helm_expands),
		cmocka_unit_test(t_yaml_02_expanded_texts),
		cmocka_unit_test(documents_that_have_nothing),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
