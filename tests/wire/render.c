/* Prints what `helm template` prints of a chart, for test_render.py:
 *
 *     render CHART.tgz [--all-out]
 *
 * Each file as it was rendered, by name, below "---" and "# Source: NAME". With --all-out also CRDs, empty
 * files, and, as "# Failed: …", why one ended early. Without it, one that fails ends it with status 1, as
 * with Helm.                                                                                  */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/document/render_input.h"

static bool is_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \t\r\n", s.p[i]))
			return false;
	return true;
}

static bool is_crd(struct str name)
{
	struct str rest = name;
	(void)str_cut(&rest, '/', NULL);
	while (str_starts(rest, STR("charts/"))) {
		(void)str_cut(&rest, '/', NULL);
		(void)str_cut(&rest, '/', NULL);
	}
	return str_starts(rest, STR("crds/"));
}

static int print(const struct rendered *x, bool all)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct rendered_file *f = &x->files[i];
		if (f->failure.n)
			fprintf(stderr, "%.*s: %.*s\n", STR_ARG(f->name), STR_ARG(f->failure));
		if (!all && (is_blank(f->text) || is_crd(f->name)))
			continue;
		printf("---\n# Source: %.*s\n", STR_ARG(f->name));
		(void)fwrite(f->text.p, 1, f->text.n, stdout);
		putchar('\n');
		if (f->failure.n)
			printf("# Failed: %.*s\n", STR_ARG(f->failure));
	}
	return x->failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct chart_scratch scratch = { .good_values = NULL };
	struct errinfo e = { .detail = "" };
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct chart *c = ARENA_NEW(&a, struct chart);
	struct render_chart input;
	const struct render_options options = { .forgiving = false };
	struct rendered x;
	bool all = argc == 3 && strcmp(argv[2], "--all-out") == 0;
	if (!c || argc < 2 || (argc > 2 && !all))
		return fputs("usage: render CHART.tgz [--all-out]\n", stderr), 2;
	enum err err = fs_read_named(argv[1], CHART_UNPACKED_MAX_BYTES, &data, &bytes, &e);
	if (!err)
		err = chart_read(&a, &scratch, str_make(data, bytes), c, &e);
	if (!err)
		err = render_input(&a, c, &input, &e);
	if (!err)
		err = render_chart(&a, &input, &options, &x, &e);
	int status = err ? 2 : print(&x, all);
	if (err)
		fprintf(stderr, "%s: %s\n", argv[1], e.detail);
	if (!err && x.cut)
		fputs("limits were met\n", stderr);
	chart_scratch_done(&scratch);
	return status;
}
