/* chartlocker yank, unyank, undelete, purge: one change of one version, as the API makes it. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "indexer/format/node.h"
#include "server/cmd/admin.h"
#include "server/cmd/cmd.h"

struct lifecycle {
	const struct command *self;
	const char *data, *repo, *reason;
	bool json, dry_run;
	const char *chart, *version;
	struct arena arena;
};

static enum err send(struct lifecycle *x, struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(API_BODY_MAX_BYTES);
	struct admin *d = NULL;
	const char *target = arena_printf(&x->arena, "/api/v1/repos/%s/%s%s", x->repo, x->self->name,
	                                  x->dry_run ? "?dry_run" : "");
	enum err err = target ? repo_old_name_check(str_c(x->repo), e) : ERR(e, NOMEM, "request");
	sbuf_putc(&b, '{');
	json_text(&b, "chart", str_c(x->chart));
	json_text(&b, "version", str_c(x->version));
	if (x->reason)
		json_text(&b, "reason", str_c(x->reason));
	sbuf_putc(&b, '}');
	if (!err && !sbuf_ok(&b))
		err = ERR(e, NOMEM, "request");
	if (!err)
		err = admin_open(x->data, &d, e);
	if (!err)
		err = admin_call(d, &x->arena, "POST", target, sbuf_str(&b), ret, e);
	admin_close(d);
	return err;
}

static struct str field(const struct node *map, const char *name)
{
	return node_text(node_get(map, name));
}

/* What will miss it. */
static void print_users(const struct node *root)
{
	const struct node *users = node_get(root, "used_by");
	for (const struct node_item *i = users ? users->items : NULL; i; i = i->next)
		fprintf(stderr, "used by %.*s/%.*s %.*s (%.*s%s)\n", STR_ARG(field(i->value, "repo")),
		        STR_ARG(field(i->value, "chart")), STR_ARG(field(i->value, "version")),
		        STR_ARG(field(i->value, "range")),
		        str_eq(field(i->value, "locked"), STR("true")) ? ", locked" : "");
}

static int run(struct lifecycle *x)
{
	struct errinfo e = { 0 };
	struct str answer = { 0 };
	const struct node *root = NULL;
	enum err err = send(x, &answer, &e);
	if (!err)
		err = json_read(&x->arena, answer, "answer", &root, &e);
	if (err)
		return cmd_failed(x->self, &e);
	print_users(root);
	if (x->json)
		printf("%.*s", STR_ARG(answer));
	else
		printf("%s %s: %s%s\n", x->chart, x->version, x->self->name,
		       x->dry_run ? " would be done (dry run)" :
		       node_get(root, "existing") ? " was done before" : " done");
	return EXIT_DONE;
}

static int lifecycle(const struct command *self, int argc, char **argv)
{
	struct lifecycle x = { .self = self, .data = cmd_data(), .repo = cmd_default_repository() };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_PATH, &x.data }, { "repo", 'r', CMD_PATH, &x.repo },
		{ "reason", 0, CMD_TEXT, &x.reason }, { "dry-run", 'n', CMD_FLAG, &x.dry_run },
		{ "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 2, 2, "the name of a chart and a version");
	if (status >= 0)
		return status;
	x.chart = argv[optind];
	x.version = argv[optind + 1];
	status = run(&x);
	arena_done(&x.arena);
	return status;
}

int cmd_yank(const struct command *self, int argc, char **argv)
{
	return lifecycle(self, argc, argv);
}

int cmd_unyank(const struct command *self, int argc, char **argv)
{
	return lifecycle(self, argc, argv);
}

int cmd_undelete(const struct command *self, int argc, char **argv)
{
	return lifecycle(self, argc, argv);
}

int cmd_purge(const struct command *self, int argc, char **argv)
{
	return lifecycle(self, argc, argv);
}
