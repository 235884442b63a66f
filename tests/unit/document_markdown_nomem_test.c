/* Every allocation of rendering Markdown fails once: NOMEM, and nothing leaks. */
#include "markdown_fixture.h"
#include "nomem_arena.h"

static const struct str text = STR(
	"# a *b* &amp; <i>c</i>\n\n<a id=\"o\"></a> [o](#o) [d](e.md \"f\") [g](https://h) [i](#a-b--c) ![j](k.png 'l') ![m](https://n)\n\n"
	"<p align=center><a href=\"o&amp;\" title=p><img src=q.png alt=r></a> <b>s\n\n</p>\n\n> [!NOTE]\n> t\n\n"
	"|a|b|\n|-|-|\n|c|d|\n\n# a\n# a\n");

static enum err render_text(struct arena *a, const void *row, struct errinfo *e)
{
	struct markdown m = { .cut = true };
	enum err err = markdown_render(a, *(const struct str *)row, &options, &m, e);
	assert_true(err ? m.cut : !m.cut && m.body.text.n);
	return err;
}

static void rendering_without_memory(void **state)
{
	(void)state;
	each_allocation_fails(render_text, &text);
}

static void words_without_memory(void **state)
{
	(void)state;
	long live = nomem_live();
	for (long n = 0;; n++) {
		struct sbuf b = sbuf_make(MIB);
		nomem_arm(n);
		markdown_plain(text, &b);
		bool failed = nomem_disarm();
		assert_int_equal(sbuf_ok(&b), !failed);
		sbuf_done(&b);
		assert_int_equal(nomem_live(), live);
		if (!failed)
			break;
	}
}

/* As one paragraph, and as words of what is more. */
static enum err read_line(struct arena *a, const void *row, struct errinfo *e)
{
	struct html line = { { 0 } };
	enum err err = markdown_line(a, *(const struct str *)row, &line, e);
	assert_int_equal(line.text.n > 0, !err);
	return err;
}

static void line_without_memory(void **state)
{
	(void)state;
	static const struct str lines[] = { STR("a *b* [c](https://d)"), STR("# a *b*\n\n- c & d") };
	for (size_t i = 0; i < ROWS(lines); i++)
		each_allocation_fails(read_line, &lines[i]);
}

/* Of the second heading the address is just too long for what the first one's took. */
static void an_address_without_memory(void **state)
{
	(void)state;
	for (size_t bytes = 250; bytes <= MARKDOWN_HEADING_MAX_BYTES; bytes++) {
		AUTO_SBUF struct sbuf b = sbuf_make(4 * KIB);
		sbuf_printf(&b, "# %0*d\n\n# %0*d\n", (int)bytes, 0, (int)bytes, 0);
		const struct str twice = sbuf_str(&b);
		each_allocation_fails(render_text, &twice);
	}
}

static void arena_is_full(void **state)
{
	(void)state;
	each_room_is_too_small(render_text, &text, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rendering_without_memory),
		cmocka_unit_test(words_without_memory),
		cmocka_unit_test(line_without_memory),
		cmocka_unit_test(an_address_without_memory),
		cmocka_unit_test(arena_is_full),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, forget);
}
