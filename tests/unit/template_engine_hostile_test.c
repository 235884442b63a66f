/* What nobody should write in a template: everything of it ends, with an error that says why. */
#include "template_fixture.h"

#define OUT_MAX_BYTES (1u * MIB)
#define ARENA_MAX_BYTES (64u * MIB)

static enum err try(const char *text, size_t n, uint64_t fuel, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { .limit = ARENA_MAX_BYTES };
	AUTO_SBUF struct sbuf out = sbuf_make(OUT_MAX_BYTES);
	enum err err = render(&a, str_make(text, n), STR("{a: 1, l: [1, 2]}"), fuel, &out, e);
	assert_int_equal(e->code, err);
	assert_true(!err || str_is_utf8(str_c(e->detail)));
	return err;
}

/* ---- what never ends ---- */

struct row { const char *name, *text; enum err err; const char *detail; };
static const struct row endless[] = {
	{ "include", "{{define \"a\"}}{{include \"a\" .}}{{end}}{{include \"a\" .}}", ERR_TOO_LARGE, "within each other" },
	{ "template", "{{define \"a\"}}{{template \"a\" .}}{{end}}{{template \"a\" .}}", ERR_TOO_LARGE,
	  "within each other" },
	{ "include within blocks", "{{define \"a\"}}{{if 1}}{{range list 1}}{{with (((include \"a\" .)))}}{{end}}{{end}}{{end}}"
	  "{{end}}{{include \"a\" .}}", ERR_TOO_LARGE, "within each other" },
	{ "the file itself", "{{include \"t\" .}}", ERR_TOO_LARGE, "within each other" },
	{ "tpl", "{{define \"a\"}}{{tpl \"{{include `a` .}}\" .}}{{end}}{{include \"a\" .}}", ERR_TOO_LARGE,
	  "within each other" },
	{ "tpl of what it is given", "{{define \"a\"}}{{tpl . .}}{{end}}{{include \"a\" \"{{include `a` .}}\"}}",
	  ERR_TOO_LARGE, "within each other" },
	{ "range", "{{range 9223372036854775807}}{{end}}", ERR_TOO_LARGE, "steps" },
	{ "range within range", "{{range 100000}}{{range 100000}}{{end}}{{end}}", ERR_TOO_LARGE, "steps" },
	{ "range with else", "{{range 100000000}}{{if 0}}{{else if 0}}{{else}}{{end}}{{end}}", ERR_TOO_LARGE, "steps" },
	{ "text", "{{range 1000000}}0123456789{{end}}", ERR_TOO_LARGE, "written" },
	{ "values", "{{range 1000000}}{{.}} {{end}}", ERR_TOO_LARGE, "written" },
	{ "lists", "{{$x := list 1}}{{range 1000000}}{{$x = list $x $x}}{{end}}{{$x}}", ERR_TOO_LARGE, "" },
	{ "a text that doubles", "{{$x := \"a\"}}{{range 1000}}{{$x = print $x $x}}{{end}}", ERR_TOO_LARGE, "" },
	{ "an include that doubles", "{{define \"a\"}}{{.}}{{.}}{{end}}{{$x := \"a\"}}{{range 1000}}"
	  "{{$x = include \"a\" $x}}{{end}}", ERR_TOO_LARGE, "" },
	{ "a tree of includes", "{{define \"a\"}}{{if lt (len .) 40}}{{include \"a\" (print . 1)}}{{include \"a\" (print . 2)}}"
	  "{{end}}{{end}}{{include \"a\" \"\"}}", ERR_TOO_LARGE, "steps" },
	{ "variables", "{{range 1000}}{{$x := .}}{{range 1000}}{{$y := $x}}{{end}}{{end}}{{$x}}", ERR_METADATA, "undefined" },
};

static void t_endless(void **state)
{
	const struct row *row = *state;
	struct errinfo e = { 0 };
	assert_int_equal(try(row->text, strlen(row->text), 2000000, &e), row->err);
	assert_non_null(strstr(e.detail, row->detail));
}

/* ---- what is large ---- */

/* `each` so many times, `after` as often. */
static const struct shape { const char *name, *before, *each, *middle, *after, *last; } nested[] = {
	{ "if", "", "{{if 1}}", "x", "{{end}}", "" },
	{ "with", "", "{{with 1}}", "x", "{{end}}", "" },
	{ "range", "", "{{range 1}}", "x", "{{end}}", "" },
	{ "else", "", "{{if 0}}{{else}}", "x", "{{end}}", "" },
	{ "parentheses", "{{print ", "(print ", "1", ")", "}}" },
};
static const struct shape large[] = {
	{ "else if", "{{if 0}}", "{{else if 0}}x", "{{end}}", "", "" },
	{ "arguments", "{{print", " 1", "}}", "", "" },
	{ "stages", "{{1", " | print", "}}", "", "" },
	{ "assignments", "{{$x := 1}}", "{{$x = $x}}", "", "", "" },
	{ "declarations", "{{$x := 1}}", "{{$x := $x}}", "", "", "" },
	{ "fields", "{{(.x).y", ".b", "}}", "", "" },
	{ "comments", "", "{{/* c */}}", "", "", "" },
	{ "definitions", "", "{{define `a`}} {{end}}", "", "", "" },
};

static enum err repeat(const struct shape *s, size_t count, uint64_t fuel)
{
	AUTO_SBUF struct sbuf b = sbuf_make(32 * MIB);
	struct errinfo e = { 0 };
	sbuf_puts(&b, s->before);
	for (size_t i = 0; i < count; i++)
		sbuf_puts(&b, s->each);
	sbuf_puts(&b, s->middle);
	for (size_t i = 0; i < count; i++)
		sbuf_puts(&b, s->after);
	sbuf_puts(&b, s->last);
	assert_true(sbuf_ok(&b));
	return try(b.p, b.n, fuel, &e);
}

static void t_nested(void **state)
{
	for (size_t count = 1; count <= 100000; count *= 10)
		assert_int_equal(repeat(*state, count, 100000), count > TMPL_NESTING_MAX ? ERR_METADATA : OK);
	assert_int_equal(repeat(*state, TMPL_NESTING_MAX, 100000), OK);
	assert_int_equal(repeat(*state, TMPL_NESTING_MAX + 1, 100000), ERR_METADATA);
}

static void t_blocks(void **state)
{
	static const struct shape blocks = { "block", "", "{{block `a` 1}}", "", "{{end}}", "" };
	(void)state;
	assert_int_equal(repeat(&blocks, 1, 100), OK);
	assert_int_equal(repeat(&blocks, 100000, 100), ERR_METADATA);
}

static void t_large(void **state) { assert_int_equal(repeat(*state, 20000, 20000000), OK); }

static void t_variables(void **state)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct errinfo e = { 0 };
	(void)state;
	for (unsigned i = 0; i < TMPL_VARIABLES_MAX - 1; i++)
		sbuf_printf(&b, "{{$x%u := 1}}", i);
	assert_int_equal(try(b.p, b.n, 100000, &e), OK);
	sbuf_puts(&b, "{{$y := 1}}");
	assert_int_equal(try(b.p, b.n, 100000, &e), ERR_METADATA);
	assert_non_null(strstr(e.detail, "variables"));
}

/* ---- what stops anywhere ---- */

static const char whole[] =
	"a {{- /* c */ -}}\n{{define \"d\"}}{{range $i, $e := .l}}{{$i}}{{if eq $e 1.0}}{{continue}}{{else if 0}}{{break}}"
	"{{else}}{{$e}}{{end}}{{else}}{{end}}{{end}}{{with $x := .a}}{{$x = 0x1F}}{{(print `r` \"\\t\\u00e9\" 'c' $x -1.5e3"
	")}}{{else with $.b}}{{.}}{{end}}{{include \"d\" . | print (and .a (or nil .c.d)) | len}}{{template \"d\" .}}"
	"{{block \"e\" .}}{{tpl \"{{.a}}\" .}}{{end}} b";

static void t_prefixes(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof whole; n++) {
		struct errinfo e = { 0 };
		char *copy = malloc(n + !n);                  /* so that a byte behind it is seen */
		assert_non_null(copy);
		memcpy(copy, whole, n);
		enum err err = try(copy, n, 10000, &e);
		assert_true(err == OK || err == ERR_METADATA);
		free(copy);
	}
}

/* The same text ends with any supply of steps, and with enough of them it is done. */
static void t_fuel(void **state)
{
	static const char text[] = "{{define \"d\"}}{{range .l}}{{print . | print}}{{end}}{{end}}{{include \"d\" .}}"
	                           "{{tpl \"{{.a}}\" .}}{{if and .a .l}}{{template \"d\" .}}{{end}}";
	enum err err = ERR_TOO_LARGE;
	uint64_t fuel = 0;
	(void)state;
	for (; err; fuel++) {
		struct errinfo e = { 0 };
		err = try(text, sizeof text - 1, fuel, &e);
		assert_true(err == OK || err == ERR_TOO_LARGE);
	}
	assert_in_range(fuel, 30, 200);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_blocks), cmocka_unit_test(t_variables), cmocka_unit_test(t_prefixes), cmocka_unit_test(t_fuel),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("what never ends", t_endless, endless);
	failed += RUN_TABLE("what is within each other", t_nested, nested);
	failed += RUN_TABLE("what is large", t_large, large);
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
