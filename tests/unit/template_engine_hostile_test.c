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
	{ "a tree of includes", "{{define \"a\"}}{{if gt . 0}}{{include \"a\" (len (slice \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxxxxxxxxxxxxxxx\" 1 .))}}{{include \"a\" (len (slice \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxx\" 1 .))}}{{end}}{{end}}{{include \"a\" 50}}", ERR_TOO_LARGE, "steps" },
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

/* `before`, then `count` times `each`, then `after` as often, then `last`. */
static enum err repeat(const char *before, const char *each, const char *middle, const char *after, size_t count,
                       struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(32 * MIB);
	sbuf_puts(&b, before);
	for (size_t i = 0; i < count; i++)
		sbuf_puts(&b, each);
	sbuf_puts(&b, middle);
	for (size_t i = 0; i < count; i++)
		sbuf_puts(&b, after);
	assert_true(sbuf_ok(&b));
	*e = (struct errinfo){ 0 };
	return try(b.p, b.n, 10000000, e);
}

static const struct { const char *before, *each, *middle, *after; } nested[] = {
	{ "", "{{if 1}}", "x", "{{end}}" },
	{ "", "{{with 1}}", "x", "{{end}}" },
	{ "", "{{range 1}}", "x", "{{end}}" },
	{ "", "{{if 0}}{{else}}", "x", "{{end}}" },
	{ "", "{{block \"a\" 1}}", "x", "{{end}}" },
	{ "{{print ", "(print ", "1", ")" },
};

static void t_nesting(void **state)
{
	struct errinfo e;
	(void)state;
	for (size_t i = 0; i < sizeof nested / sizeof *nested; i++) {
		const char *before = nested[i].before, *each = nested[i].each, *middle = nested[i].middle;
		const char *after = nested[i].after;
		char end[8];
		for (size_t count = 1; count <= 100000; count *= 10) {
			(void)snprintf(end, sizeof end, "%s", after);
			AUTO_SBUF struct sbuf b = sbuf_make(4 * MIB);
			sbuf_puts(&b, before);
			for (size_t k = 0; k < count; k++)
				sbuf_puts(&b, each);
			sbuf_puts(&b, middle);
			for (size_t k = 0; k < count; k++)
				sbuf_puts(&b, end);
			sbuf_puts(&b, *before ? "}}" : "");
			e = (struct errinfo){ 0 };
			assert_int_equal(try(b.p, b.n, 100000, &e), count < TMPL_NESTING_MAX + 1 ? OK : ERR_METADATA);
		}
	}
}

static void t_large(void **state)
{
	struct errinfo e;
	(void)state;
	assert_int_equal(repeat("{{if 0}}", "{{else if 0}}x", "{{end}}", "", 50000, &e), OK);
	assert_int_equal(repeat("{{print", " 1", "}}", "", 50000, &e), OK);
	assert_int_equal(repeat("{{1", " | print", "}}", "", 20000, &e), OK);
	assert_int_equal(repeat("{{$x := 1}}", "{{$x = $x}}", "", "", 50000, &e), OK);
	assert_int_equal(repeat("{{$x := 1}}", "{{$x := $x}}", "", "", 20000, &e), OK);
	assert_int_equal(repeat("{{.a", ".b", "}}", "", 50000, &e), ERR_METADATA);
	assert_int_equal(repeat("{{(.x).y", ".b", "}}", "", 50000, &e), OK);
	assert_int_equal(repeat("", "{{/* c */}}", "", "", 50000, &e), OK);
	assert_int_equal(repeat("", "{{define `a`}} {{end}}", "", "", 20000, &e), OK);
}

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

static int run_endless(void)
{
	static struct CMUnitTest tests[sizeof endless / sizeof *endless];
	for (size_t i = 0; i < sizeof endless / sizeof *endless; i++)
		tests[i] = (struct CMUnitTest){ .name = endless[i].name, .test_func = t_endless,
		                                .initial_state = (void *)(uintptr_t)&endless[i] };
	return cmocka_run_group_tests_name("what never ends", tests, NULL, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_nesting), cmocka_unit_test(t_large), cmocka_unit_test(t_variables),
		cmocka_unit_test(t_prefixes), cmocka_unit_test(t_fuel),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = run_endless();
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
