/* artifacthub-repo.yml: what is read of it, what is passed by, and the expressions in it. */
#include "indexer/format/publisher.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/format/expression.h"
#include "buffer.h"

#define ID "0a1b2c3d-0000-4000-8000-00000000000a"
#define OTHER "FFFFFFFF-ffff-ffff-ffff-ffffffffffff"

/* ---- the file ---- */

static const struct row {
	const char *name, *text;
	const char *said;                /* ids; owners; what is ignored, and '!' what matches nothing */
} rows[] = {
	{ "nothing", "", "" },
	{ "a comment", "# nothing yet\n", "" },
	{ "an id", "repositoryID: " ID "\n", ID "; " },
	{ "quoted, with spaces", "repositoryID: \" " ID " \"\n", ID "; " },
	{ "several ids", "repositoryIDs: [" ID ", " OTHER "]\nrepositoryID: " OTHER "\n",
	  OTHER "; " ID "; " OTHER "; " },
	{ "no id", "repositoryID: redis\nrepositoryIDs: [a, [b], {}]\n", "" },
	{ "one id where a list is expected", "repositoryIDs: " ID "\n", "" },
	{ "owners", "owners:\n  - name: Ann\n    email: ann@example.org\n  - email: bob@example.org\n"
	  "  - {}\n  - x\n  - name: [1]\n", "Ann <ann@example.org>; <bob@example.org>; " },
	{ "ignored", "ignore:\n  - name: a\n  - name: b\n    version: ^1\\.\n  - version: x\n  - 5\n",
	  "a; b ^1\\.; " },
	{ "a number as version", "ignore: [{name: a, version: 2}]\n", "a 2; " },
	{ "a version of another shape is not all of them", "ignore: [{name: a, version: [1]}, {name: b}]\n", "b; " },
	{ "an empty version is all of them", "ignore: [{name: a, version: ''}, {name: b, version: }]\n", "a; b; " },
	{ "no expression", "ignore: [{name: a, version: '(1'}]\n", "a !(1; " },
	{ "unknown keys", "x: {y: [z]}\nrepositoryID: " ID "\n", ID "; " },
	{ "twice", "repositoryID: " OTHER "\nrepositoryID: " ID "\n", ID "; " },
	{ "JSON", "{\"repositoryID\": \"" ID "\"}", ID "; " },
	{ "a list", "- repositoryID: " ID "\n", "artifacthub-repo.yml is no map" },
	{ "a page", "<!doctype html>\n<title>x</title>\n", "artifacthub-repo.yml is no map" },
};

static void say_owner(struct sbuf *b, const struct publisher_owner *o)
{
	sbuf_put(b, o->name);
	if (o->email.n)
		sbuf_printf(b, "%s<%.*s>", o->name.n ? " " : "", STR_ARG(o->email));
	sbuf_puts(b, "; ");
}

static void say(struct sbuf *b, const struct publisher *p)
{
	for (size_t i = 0; i < p->id_count; i++)
		sbuf_printf(b, "%.*s; ", STR_ARG(p->ids[i]));
	for (size_t i = 0; i < p->owner_count; i++)
		say_owner(b, &p->owners[i]);
	for (size_t i = 0; i < p->ignored_count; i++) {
		const struct publisher_ignored *x = &p->ignored[i];
		sbuf_printf(b, "%.*s%s%.*s; ", STR_ARG(x->name), !x->version.n ? "" : x->matches ? " " : " !",
		            STR_ARG(x->version));
	}
}

static void t_read(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	struct publisher p;
	struct errinfo e = { 0 };
	enum err err = publisher_read(&a, str_c(row->text), &p, &e);
	assert_true(!err || err == ERR_INVALID);
	if (err)
		sbuf_puts(&b, e.detail);
	else
		say(&b, &p);
	sbuf_puts(&b, "");
	assert_buffer(&b, row->said);
}

static void t_not_read(void **state)
{
	static const char *const texts[] = { "a: [", "\x80: 1", "a: !!binary x", "a: *b" };
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct publisher p;
		struct errinfo e = { 0 };
		assert_int_equal(publisher_read(&a, str_c(texts[i]), &p, &e), ERR_INVALID);
		assert_int_equal(e.code, ERR_INVALID);
		assert_int_equal(publisher_read(&a, str_c(texts[i]), &p, NULL), ERR_INVALID);
	}
}

static void t_limits(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct publisher p;
	struct errinfo e = { 0 };
	sbuf_puts(&b, "repositoryIDs: [" ID);
	for (int i = 0; i < 100; i++)
		sbuf_puts(&b, "," OTHER);
	sbuf_puts(&b, "]\nowners:\n");
	for (int i = 0; i < 200; i++)
		sbuf_printf(&b, "- name: o%d\n", i);
	sbuf_puts(&b, "ignore:\n");
	for (int i = 0; i < 1000; i++)
		sbuf_printf(&b, "- name: i%d\n  version: '^1.0'\n", i);
	assert_int_equal(publisher_read(&a, sbuf_str(&b), &p, &e), OK);
	assert_int_equal(p.id_count, PUBLISHER_IDS_MAX);
	assert_int_equal(p.owner_count, PUBLISHER_OWNERS_MAX);
	assert_int_equal(p.ignored_count, PUBLISHER_IGNORED_MAX);
	assert_true(publisher_ignores(&p, STR("i0"), STR("1.0.0")));
	assert_false(publisher_ignores(&p, STR("i499"), STR("1.0.0")));  /* its expression is too much */
	while (b.n <= PUBLISHER_FILE_MAX_BYTES)
		sbuf_puts(&b, "# more\n");
	assert_int_equal(publisher_read(&a, sbuf_str(&b), &p, &e), ERR_INVALID);
}

static void t_ask(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct publisher p, none = { 0 };
	struct errinfo e = { 0 };
	assert_int_equal(publisher_read(&a, STR("repositoryID: " ID "\nignore:\n- name: a\n- {name: b, version: beta}\n"),
	                                &p, &e), OK);
	assert_true(publisher_has_id(&p, STR(ID)));
	assert_true(publisher_has_id(&p, STR("0A1B2C3D-0000-4000-8000-00000000000A")));
	assert_false(publisher_has_id(&p, STR("")));
	assert_false(publisher_has_id(&none, STR("")));
	assert_true(publisher_ignores(&p, STR("a"), STR("1.0.0")));
	assert_true(publisher_ignores(&p, STR("b"), STR("1.0.0-beta.1")));
	assert_false(publisher_ignores(&p, STR("b"), STR("1.0.0")));
	assert_false(publisher_ignores(&p, STR("ab"), STR("1.0.0")));
}

static void t_write(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(KIB), said = sbuf_make(KIB);
	struct publisher p;
	struct errinfo e = { 0 };
	publisher_write(&b, STR(ID), STR("Ann \"A\" <ann@example.org>\n\n bob@example.org\nPlatform\n"));
	sbuf_putc(&b, '\n');
	assert_string_equal(b.p, "repositoryID: " ID "\nowners:\n"
	                    "  - name: \"Ann \\\"A\\\"\"\n    email: \"ann@example.org\"\n"
	                    "  - name: \"bob@example.org\"\n    email: \"bob@example.org\"\n"
	                    "  - name: \"Platform\"\n\n");
	assert_int_equal(publisher_read(&a, sbuf_str(&b), &p, &e), OK);
	say(&said, &p);
	assert_string_equal(said.p, ID "; Ann \"A\" <ann@example.org>; bob@example.org <bob@example.org>; Platform; ");
}

/* ---- expressions ---- */

static const struct match { const char *expression, *text; bool is; } matches[] = {
	{ "", "1.0", true }, { "beta", "1.0-beta.1", true }, { "beta", "1.0", false },
	{ "^1\\.", "1.2", true }, { "^1\\.", "21.2", false }, { "^1\\.", "12", false },
	{ "0$", "1.0", true }, { "0$", "1.01", false }, { "^$", "", true }, { "^$", "a", false },
	{ "1.0", "1x0", true }, { ".", "", false }, { "a|b", "b", true }, { "a|b", "c", false },
	{ "^(a|bc)+$", "abca", true }, { "^(a|bc)+$", "abab", false }, { "^(?:a|b)$", "b", true },
	{ "^[0-9]+$", "123", true }, { "^[0-9]+$", "12a", false }, { "^[^a-c]$", "d", true },
	{ "^[^a-c]$", "b", false }, { "^[]a]$", "]", true }, { "^[a\\]]$", "]", true }, { "^[a-]$", "-", true },
	{ "^\\d+\\.\\d+$", "1.20", true }, { "\\D", "120", false }, { "\\w", "-", false }, { "\\W", "-", true },
	{ "^[\\d.]+$", "1.2", true }, { "^\\S+$", "a b", false }, { "\\s", "a b", true },
	{ "^a{2}$", "aa", true }, { "^a{2}$", "aaa", false }, { "^a{2,}$", "aaaa", true },
	{ "^a{1,2}$", "aa", true }, { "^a{1,2}$", "aaa", false }, { "^a{0}$", "", true },
	{ "a{", "a{", true }, { "a{x}", "a{x}", true }, { "^a?b*?c+?$", "bbc", true }, { "^(a*)*$", "aaa", true },
	{ "^(a*)*$", "aab", false }, { "(|a)b", "b", true }, { "a^b", "ab", false }, { "rc|^0\\.", "0.1", true },
	{ "x*", "", true }, { "(a|b|c|d)$", "xd", true }, { "\\.", "x", false }, { "^()$", "", true },
};

static void t_match(void **state)
{
	const struct match *m = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct expression *x;
	struct errinfo e = { 0 };
	assert_int_equal(expression_new(&a, str_c(m->expression), EXPRESSION_STEPS_MAX, &x, &e), OK);
	assert_int_equal(expression_match(x, str_c(m->text)), m->is);
}

static void t_refused(void **state)
{
	static const char *const refused[] = {
		"(", ")", "a)", "(a", "[", "[a", "[b-a]", "*", "+a", "?", "a**", "a{2}{3}", "a*{2}", "{2}", "a|{2}",
		"a{2,1}", "\\", "\\b", "\\pL", "(?i)a",
		"(?P<x>a)", "[[:alpha:]]", "[a-\\d]", "(a{1000}){1000}", "a{1000}", "((((((){99}){99}){99}){99}){99}){99}",
		"((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))",
	};
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct expression *x;
		struct errinfo e = { 0 };
		if (expression_new(&a, str_c(refused[i]), EXPRESSION_STEPS_MAX, &x, &e) != ERR_INVALID)
			fail_msg("%s", refused[i]);
	}
}

/* What takes others as many steps as there are ways to read it. */
static void t_slow(void **state)
{
	static const char *const slow[] = { "^(a+)+$", "^(a|a)*$", "^(a*)*b$", "(.*)*(.*)*(.*)*c", "^(a?){200}a{100}$" };
	char text[2048];
	(void)state;
	memset(text, 'a', sizeof text);
	int64_t began = clock_monotonic();
	for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct expression *x;
		struct errinfo e = { 0 };
		assert_int_equal(expression_new(&a, str_c(slow[i]), EXPRESSION_STEPS_MAX, &x, &e), i == 4 ? ERR_INVALID : OK);
		if (i < 4)
			(void)expression_match(x, str_make(text, sizeof text));
	}
	assert_true(clock_monotonic() - began < NS_PER_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_not_read), cmocka_unit_test(t_limits), cmocka_unit_test(t_ask),
		cmocka_unit_test(t_write), cmocka_unit_test(t_refused), cmocka_unit_test(t_slow),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("publisher", t_read, rows);
	return failed + RUN_TABLE("expression", t_match, matches);
}
