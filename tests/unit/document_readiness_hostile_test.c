/* Charts that want to keep a reader busy: much is cut, nothing takes long or is read beyond its end. */
#include "format_chart.h"

#include "in_time.h"
#include "most_memory.h"

#include "indexer/document/readiness_parts.h"
#include "indexer/template/render.h"

static char big[READINESS_SCRIPT_MAX_BYTES * 2];

static void fill(const char *with)
{
	size_t n = strlen(with);
	for (size_t i = 0; i + 1 < sizeof big; i++)
		big[i] = with[i % n];
}

/* Each is repeated as a script; wanted: how many downloads at most. */
static const struct script_row { const char *name, *text; size_t most; } scripts[] = {
	{ "commands", "curl https://x.io;", sizeof big / 17 + 1 },
	{ "one command", "curl ", 0 }, { "no words", "\"", 0 }, { "backslashes", "\\", 0 }, { "parentheses", "$(", 0 },
	{ "options", "sudo -x ", 0 }, { "addresses", "://", 0 }, { "hosts", "curl https://", 0 },
	{ "users", "git clone a@", 0 }, { "bytes", "\x01\xff\x80", 0 },
};

static void t_script(void **state)
{
	const struct script_row *row = *state;
	struct shell_script s;
	size_t count = 0;
	bool any = true;
	fill(row->text);
	s = (struct shell_script){ .rest = str_make(big, sizeof big - 1) };
	while (any) {
		assert_int_equal(shell_next_download(&arena, &s, &any, &error), OK);
		count += any;
		assert_true(count <= row->most);
	}
	arena_done(&arena);
}

static void read_chart(const struct file *files, struct readiness_needs *ret)
{
	static struct chart c;
	expect("chart", load_files(files, &c), NULL);
	assert_int_equal(readiness_read(&arena, &c, 0, ret, &error), OK);
}

static void many_findings_are_cut(void **state)
{
	struct readiness_needs needs;
	(void)state;
	fill("curl https://x.io\n  ");
	const char *text = arena_printf(&arena, "%s", "kind: ConfigMap\ndata:\n  a.sh: |\n{{ range until 8000 }}    curl https://x.io/{{ . }}\n{{ end }}");
	char *kept = strdup(text);
	read_chart((const struct file[]){ { "Chart.yaml", HEAD }, { "templates/a.yaml", kept }, { 0 } }, &needs);
	assert_int_equal(needs.count, READINESS_NEEDS_MAX);
	assert_true(needs.cut);
	free(kept);
}

/* Aliases make a tree of 2^30 leaves of thirty lines, if YAML lets them. */
static void aliases(void **state)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct readiness_needs needs;
	(void)state;
	sbuf_puts(&b, "kind: Pod\na0: &a0 {containers: [{args: [curl, 'https://x.io']}]}\n");
	for (int i = 1; i < 30; i++)
		sbuf_printf(&b, "a%d: &a%d {x: *a%d, y: *a%d}\n", i, i, i - 1, i - 1);
	sbuf_putc(&b, '\0');
	read_chart((const struct file[]){ { "Chart.yaml", HEAD }, { "templates/a.yaml", b.p }, { 0 } }, &needs);
	assert_true(needs.count <= READINESS_NEEDS_MAX);
}

/* Each reference is looked for in all of the schema. */
static void many_references(void **state)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4u * MIB);
	struct readiness_needs needs;
	(void)state;
	sbuf_puts(&b, "{\"allOf\":[{}");
	for (int i = 0; i < 20000; i++)
		sbuf_printf(&b, ",{\"$ref\":\"https://x.io/%d\"}", i);
	sbuf_puts(&b, "]}");
	sbuf_putc(&b, '\0');
	read_chart((const struct file[]){ { "Chart.yaml", HEAD }, { "values.schema.json", b.p }, { 0 } }, &needs);
	assert_true(needs.count <= READINESS_NEEDS_MAX);
	assert_true(needs.cut);
}

/* Each script is looked for among those that are run early. */
static void many_scripts(void **state)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4u * MIB);
	struct readiness_needs needs;
	size_t hooks = 0;
	(void)state;
	sbuf_puts(&b, "kind: ConfigMap\ndata:\n");
	for (int i = 0; i < 4000; i++)
		sbuf_printf(&b, "  a%d.sh: curl https://x.io\n", i);
	sbuf_puts(&b, "---\nkind: Pod\nspec:\n  initContainers:\n  - args:\n");
	for (int i = 0; i < 50000; i++)
		sbuf_printf(&b, "    - /b/%s%d.sh\n", i % 1000 ? "c" : "a", i);
	sbuf_putc(&b, '\0');
	read_chart((const struct file[]){ { "Chart.yaml", HEAD }, { "templates/a.yaml", b.p }, { 0 } }, &needs);
	for (size_t i = 0; i < needs.count; i++)
		hooks += needs.list[i].code == READY_IS_HOOK;
	assert_int_equal(needs.count, 4000);
	assert_int_equal(hooks, 4);
}

/* Schemas within schemas, whose addresses are those of all that they are in, and references that are none of them. */
static void long_addresses(void **state)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4u * MIB);
	struct readiness_needs needs;
	(void)state;
	sbuf_puts(&b, "{\"$id\":\"https://x.io/\"");
	for (int i = 0; i < 60; i++)
		sbuf_printf(&b, ",\"not\":{\"$id\":\"%0*d/\"", 20000, i);
	for (int i = 0; i < 60; i++)
		sbuf_putc(&b, '}');
	sbuf_puts(&b, ",\"allOf\":[{}");
	for (int i = 0; i < 20; i++)
		sbuf_printf(&b, ",{\"$ref\":\"https://y.io/%d\"}", i);
	sbuf_puts(&b, "]}");
	sbuf_putc(&b, '\0');
	size_t before = most_mib();
	read_chart((const struct file[]){ { "Chart.yaml", HEAD }, { "values.schema.json", b.p }, { 0 } }, &needs);
	assert_int_equal(needs.count, 20);
	assert_true(most_mib() < before + 300);
}

/* Of more schemas with an address than are kept it is not known which those are. */
static void many_addresses(void **state)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4u * MIB);
	struct readiness_needs needs;
	(void)state;
	sbuf_puts(&b, "{\"$id\":\"https://x.io/\",\"allOf\":[{\"$ref\":\"https://x.io/1500\"}");
	for (int i = 0; i < 2000; i++)
		sbuf_printf(&b, ",{\"$id\":\"%d\"}", i);
	sbuf_puts(&b, "]}");
	sbuf_putc(&b, '\0');
	read_chart((const struct file[]){ { "Chart.yaml", HEAD }, { "values.schema.json", b.p }, { 0 } }, &needs);
	assert_int_equal(needs.count, 0);
	assert_true(needs.cut);
}

/* What is told stays one line of bounded length. */
static void long_texts(void **state)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4u * MIB);
	struct readiness_needs needs;
	(void)state;
	sbuf_puts(&b, "kind: Pod\nspec: {containers: [{args: [curl, \"https://x.io/\\n\\e");
	for (int i = 0; i < 10000; i++)
		sbuf_puts(&b, "\xc3\xa9");
	sbuf_puts(&b, "\"]}]}\n");
	sbuf_putc(&b, '\0');
	read_chart((const struct file[]){ { "Chart.yaml", HEAD }, { "templates/a.yaml", b.p }, { 0 } }, &needs);
	for (size_t i = 0; i < needs.count; i++) {
		assert_true(needs.list[i].what.n <= READINESS_TEXT_MAX_BYTES && str_is_utf8(needs.list[i].what));
		assert_false(str_has(needs.list[i].what, '\n') || str_has(needs.list[i].what, '\x1b'));
	}
	assert_int_equal(needs.count, 1);
}

/* One word of two megabytes that is called as a script is, and a command of many that are one alias. */
static void long_commands(void **state)
{
	static const char *const ends[] = { ".sh\"]}]}\n", "\", *a" };
	(void)state;
	for (size_t i = 0; i < ROWS(ends); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(4u * MIB);
		struct readiness_needs needs;
		sbuf_puts(&b, "kind: Pod\nspec: {initContainers: [{args: [curl, 'https://x.io', &a \"");
		for (size_t n = 0; n < 2 * READINESS_SCRIPT_MAX_BYTES; n++)
			sbuf_putc(&b, 'x');
		sbuf_puts(&b, ends[i]);
		for (size_t n = 0; i == 1 && n < 100; n++)
			sbuf_puts(&b, ", *a");
		sbuf_puts(&b, i == 1 ? "]}]}\n" : "");
		sbuf_putc(&b, '\0');
		read_chart((const struct file[]){ { "Chart.yaml", HEAD }, { "templates/a.yaml", b.p }, { 0 } }, &needs);
		assert_int_equal(needs.count, 1);
	}
}

/* Containers and scripts of which each is the same long text. */
static void many_long_texts(void **state)
{
	static const struct { const char *head, *before, *after; } kinds[] = {
		{ "Pod\nspec:\n  containers:\n", "  - args: [", ", *a]\n" }, { "ConfigMap\ndata:\n", "  k", ".sh: *a\n" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(kinds); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(4u * MIB);
		struct readiness_needs needs;
		double before = core_seconds();
		sbuf_puts(&b, "a: &a \"curl ");
		for (size_t n = 0; n < READINESS_SCRIPT_MAX_BYTES; n++)
			sbuf_putc(&b, 'x');
		sbuf_printf(&b, "\"\nkind: %s", kinds[i].head);
		for (int n = 0; n < 10000; n++)
			sbuf_printf(&b, "%s%d%s", kinds[i].before, n, kinds[i].after);
		sbuf_putc(&b, '\0');
		read_chart((const struct file[]){ { "Chart.yaml", HEAD }, { "templates/a.yaml", b.p }, { 0 } }, &needs);
		assert_true(needs.cut && !needs.count);
		assert_in_time(kinds[i].head, core_seconds() - before);
	}
}

/* What is hard to compress is, as far as its size is told. */
static void large_releases(void **state)
{
	static char bytes[CHART_FILE_MAX_BYTES];
	struct tar_member files[10];
	const struct chart c = { .members = { files, ROWS(files) } };
	const struct rendered none = { 0 };
	uint64_t random = 1;
	size_t got = 0;
	double before = core_seconds();
	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (char)('a' + (random >> 40 & 1));
	}
	for (size_t i = 0; i < ROWS(files); i++)
		files[i] = (struct tar_member){ STR("files/x"), str_make(bytes, sizeof bytes) };
	assert_int_equal(release_bytes(&c, &none, &got, &error), OK);
	assert_in_range(got, RELEASE_TOLD_MAX_BYTES, 2 * RELEASE_TOLD_MAX_BYTES);
	assert_in_time("release", core_seconds() - before);
}

int main(void)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(many_findings_are_cut), cmocka_unit_test(aliases), cmocka_unit_test(many_references),
		cmocka_unit_test(many_scripts), cmocka_unit_test(long_addresses), cmocka_unit_test(many_addresses),
		cmocka_unit_test(long_texts), cmocka_unit_test(many_long_texts),
		cmocka_unit_test(large_releases), cmocka_unit_test(long_commands),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("scripts", t_script, scripts) + cmocka_run_group_tests_name("others", others, NULL, NULL);
}
