/* chartlocker images add, images remove: the list that CI makes where the chart is rendered with its own
 * values. It is read here, so that a mistake is told before anything is asked, and a list is what goes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_pushed.h"
#include "server/cmd/cmd.h"
#include "server/cmd/images.h"

#define NONE "# none\n"              /* a list of no images; what is empty is refused */

struct push {
	const char *server, *data;
	bool dry_run, json, removes;
	struct asked_chart chart;
	struct str list;
	struct arena arena;
};

static enum err read_text(struct sbuf *to, const char *path, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	if (!strcmp(path, "-"))
		return images_input(to, e);
	enum err err = fs_read_named(path, CHART_UNPACKED_MAX_BYTES, &text, &bytes, e);
	if (!err)
		sbuf_put(to, str_make(text, bytes));
	return err || sbuf_ok(to) ? err : ERR(e, NOMEM, "%s", path);
}

static enum err read_list(struct push *x, const char *path, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CHART_UNPACKED_MAX_BYTES);
	enum err err = read_text(&b, path, e);
	if (!err)
		err = images_list_read(&x->arena, sbuf_str(&b), &x->list, e);
	if (err)
		err_prefix(e, "%s", strcmp(path, "-") ? path : "standard input");
	return err;
}

static enum err ask(struct push *x, struct remote *r, struct remote_answer *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	put_version_target(&target, &x->chart);
	sbuf_puts(&target, x->dry_run ? "/images?dry_run=true" : "/images");
	if (!sbuf_ok(&target))
		return ERR(e, INVALID, "the name is too long");
	return remote_call(r, &x->arena, x->removes ? "DELETE" : "PUT", target.p,
	                   x->removes ? (struct str){ 0 } : x->list.n ? x->list : STR(NONE), ret, e);
}

static void print_done(const struct push *x, const struct node *root)
{
	const char *how = field_is_true(root, "existing") ? " before" : x->dry_run ? " (dry run)" : "";
	printf("%.*s %.*s: ", STR_ARG(x->chart.name), STR_ARG(x->chart.version));
	if (x->removes)
		printf("list removed%s\n", how);
	else
		printf("%llu image%s listed%s\n", (unsigned long long)field_number(root, "images"),
		       field_number(root, "images") == 1 ? "" : "s", how);
}

static enum err run(struct push *x, struct errinfo *e)
{
	struct remote *r = NULL;
	struct remote_answer answer;
	const struct node *root = NULL;
	enum err err = remote_open(x->server, x->data, &r, e);
	if (!err)
		err = ask(x, r, &answer, e);
	if (!err)
		err = answer_believe(&x->arena, answer.text, "chart", x->dry_run, &root, e);
	if (!err && x->json)
		answer_print(answer.text);
	else if (!err)
		print_done(x, root);
	remote_close(r);
	return err;
}

static int push(const struct command *self, int argc, char **argv, bool removes)
{
	struct push x = { .removes = removes };
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.server }, { "data", 'd', CMD_TEXT, &x.data },
		{ "dry-run", 'n', CMD_FLAG, &x.dry_run }, { "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 1, removes ? 1 : 2, "REPO/NAME@VERSION is expected");
	if (status < 0 && asked_chart_read(argv[optind], &x.chart, &e))
		status = cmd_misused(self, "%s", cmd_reason(&e));
	if (status < 0 && (!x.chart.version.n || x.chart.anywhere))
		status = cmd_misused(self, "REPO/NAME@VERSION is expected: a list is of one version");
	if (status >= 0)
		return status;
	enum err err = removes ? OK : read_list(&x, argc - optind > 1 ? argv[optind + 1] : "-", &e);
	if (!err)
		err = run(&x, &e);
	arena_done(&x.arena);
	return err ? cmd_failed(self, &e) : EXIT_DONE;
}

int cmd_images_add(const struct command *self, int argc, char **argv) { return push(self, argc, argv, false); }

int cmd_images_remove(const struct command *self, int argc, char **argv) { return push(self, argc, argv, true); }
