/* Every allocation of reading and executing a template fails once, and so does every one out of the arena:
 * NOMEM, and nothing leaks.                                                                  */
#include "buffer.h"
#include "nomem_arena.h"
#include "template_fixture.h"

static const struct row { const char *name, *text, *result; } rows[] = {
	{ "text", "a {{- \"b\\t\" }} c{{`d\r`}}", "ab\t cd" },
	{ "blocks", "{{range $k, $v := .m}}{{if $k}}{{with $v}}{{.}}{{end}}{{end}}{{else}}x{{end}}", "12" },
	{ "definitions", "{{define \"a\"}}{{.}}{{end}}{{block \"b\" 1}}{{.}}{{end}}{{template \"a\" 2}}", "12" },
	{ "include", "{{define \"a\"}}{{.}}!{{end}}{{$x := include \"a\" .l}}{{$x}}", "[1 2]!" },
	{ "tpl", "{{tpl \"{{define `c`}}{{.m.a}}{{end}}{{include `c` .}}{{.no}}\" .}}", "1" },
	{ "calls", "{{(dict \"a\" (list 1 2 3)).a | print 4}}{{.l}}", "4 [1 2 3][1 2]" },
	{ "objects", "{{.Files.Get \"a.txt\"}}{{range $k, $v := .Files}}{{$k}}{{end}}", "texta.txt" },
	{ "many", "{{define \"a\"}}{{end}}{{define \"b\"}}{{end}}{{define \"c\"}}{{end}}{{define \"d\"}}{{end}}{{define \"e\"}}"
	  "{{end}}{{define \"f\"}}{{end}}{{define \"g\"}}{{end}}{{define \"h\"}}{{end}}{{define \"i\"}}{{end}}", "" },
};

static enum err run(struct arena *a, const void *of, struct errinfo *e)
{
	const struct row *row = of;
	AUTO_SBUF struct sbuf out = sbuf_make(64 * KIB);
	enum err err = render(a, str_c(row->text), STR("{m: {a: 1, b: 2}, l: [1, 2], Object: 1}"), 10000, &out, e);
	if (!err)
		assert_buffer(&out, row->result);
	return err;
}

static void t_heap(void **state) { each_allocation_fails(run, *state); }

/* What is executed is told that its arena is full, not that there is no memory. */
static void t_arena(void **state) { each_room_is_too_small(run, *state, ERR_TOO_LARGE); }

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("the heap", t_heap, rows);
	return failed + RUN_TABLE("the arena", t_arena, rows);
}
