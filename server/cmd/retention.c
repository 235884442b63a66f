/* chartlocker retention: of one repository, or of all. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"

#define TABLE_MAX_BYTES (256u * MIB)

struct retention_command {
	const struct command *self;
	const char *server, *data, *repo;
	bool json, dry_run;
	struct remote *remote;
	struct arena arena;
	struct sbuf out;
	unsigned repos;                  /* that answered */
	bool failed;                     /* something that should have gone */
};

/* What is taken, and why nothing else keeps it. */
static void put_taken(struct retention_command *x, const struct node *root, const struct node *version)
{
	const struct node *error = node_get(version, "error");
	put_cell(&x->out, field_text(root, "repo"));
	sbuf_putc(&x->out, '\t');
	put_cell(&x->out, field_text(version, "chart"));
	sbuf_putc(&x->out, '\t');
	put_cell(&x->out, field_text(version, "version"));
	sbuf_putc(&x->out, '\t');
	put_cell(&x->out, field_text(root, "rules"));
	sbuf_putc(&x->out, '\t');
	put_cell(&x->out, error ? node_text(error) : str_c(x->dry_run ? "would go" : "deleted"));
	sbuf_putc(&x->out, '\n');
}

static void take_answer(struct retention_command *x, const struct node *root, struct str text)
{
	if (x->json) {
		json_next(&x->out);
		sbuf_put(&x->out, answer_text(text));
	}
	for (const struct node_item *i = field_items(root, "versions"); i; i = i->next) {
		x->failed |= node_get(i->value, "error") != NULL;
		if (!x->json && field_is_true(i->value, "taken"))
			put_taken(x, root, i->value);
	}
	x->repos++;
}

static enum err run_one(struct retention_command *x, struct str repo, struct errinfo *e)
{
	struct remote_answer answer;
	const struct node *root = NULL;
	const char *target = arena_printf(&x->arena, "/api/v1/repos/%.*s/retention%s", STR_ARG(repo),
	                                  x->dry_run ? "?dry_run" : "");
	enum err err = target ? repo_old_name_check(repo, e) : ERR(e, NOMEM, "request");
	if (!err)
		err = remote_call(x->remote, &x->arena, "POST", target, STR(""), &answer, e);
	if (!err)
		err = answer_believe(&x->arena, answer.text, "versions", x->dry_run, &root, e);
	if (!err)
		take_answer(x, root, answer.text);
	return err;
}

static enum err run_all(struct retention_command *x, struct errinfo *e)
{
	struct remote_answer answer;
	const struct node *root = NULL;
	if (x->repo)
		return run_one(x, str_c(x->repo), e);
	enum err err = remote_call(x->remote, &x->arena, "GET", "/api/v1/repos", STR(""), &answer, e);
	if (!err)
		err = answer_list(&x->arena, answer.text, "name", &root, e);
	for (const struct node_item *i = err ? NULL : root->items; i && !err; i = i->next)
		err = run_one(x, field_text(i->value, "name"), e);
	return err;
}

static enum err print(struct retention_command *x, struct errinfo *e)
{
	if (x->json)
		sbuf_puts(&x->out, "]\n");
	if (!sbuf_ok(&x->out))
		return ERR(e, NOMEM, "list of versions");
	if (x->json)
		return print_output(&x->out, e);
	print_table(sbuf_str(&x->out));
	return OK;
}

/* What was deleted is told, also where another repository fails behind it. */
static enum err run(struct retention_command *x, struct errinfo *e)
{
	sbuf_puts(&x->out, x->json ? "[" : "REPOSITORY\tCHART\tVERSION\tNOT KEPT BY\tSO IT\n");
	enum err err = remote_open(x->server, x->data, &x->remote, e);
	if (!err)
		err = run_all(x, e);
	remote_close(x->remote);
	if (err && !x->repos)
		return err;
	enum err told = print(x, err ? NULL : e);
	return err ? err : told;
}

int cmd_retention(const struct command *self, int argc, char **argv)
{
	struct retention_command x = { .self = self, .data = cmd_data(),
	                               .out = sbuf_make(TABLE_MAX_BYTES) };
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.server }, { "data", 'd', CMD_TEXT, &x.data },
		{ "repo", 'r', CMD_TEXT, &x.repo },
		{ "dry-run", 'n', CMD_FLAG, &x.dry_run }, { "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options_alone(self, argc, argv, options);
	if (status < 0)
		status = run(&x, &e) ? cmd_failed(self, &e) : x.failed ? EXIT_FAILED : EXIT_DONE;
	sbuf_done(&x.out);
	arena_done(&x.arena);
	return status;
}
