/* chartlocker yank, unyank, delete, undelete, purge: one change of one version, as the API makes it. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "indexer/base/json.h"
#include "indexer/format/name.h"
#include "server/cmd/ask.h"
#include "server/cmd/verbs.h"

struct lifecycle {
	struct verb_run run;             /* first */
	const char *reason;
	bool takes_reason, yes;
};

static enum err put_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	const struct lifecycle *x = (const struct lifecycle *)run;
	(void)e;
	json_text(b, "chart", str_c(run->args[0]));
	json_text(b, "version", str_c(run->args[1]));
	if (x->reason)
		json_text(b, "reason", str_c(x->reason));
	return OK;
}

/* What will miss it; false: nothing will. */
static bool tell_users(const struct node *root)
{
	const struct node_item *views = field_items(root, "promoted_to");
	for (const struct node_item *i = views; i; i = i->next)
		cmd_tell("promoted to %.*s", STR_ARG(node_text(i->value)));
	const struct node_item *first = field_items(root, "used_by");
	for (const struct node_item *i = first; i; i = i->next)
		cmd_tell("used by %.*s/%.*s %.*s (%.*s%s)", STR_ARG(field_text(i->value, "repo")),
		         STR_ARG(field_text(i->value, "chart")), STR_ARG(field_text(i->value, "version")),
		         STR_ARG(field_text(i->value, "range")), field_is_true(i->value, "locked") ? ", locked" : "");
	return views || first;
}

static bool says_yes(void)
{
	char line[sizeof "yes\r\n"] = "";
	if (!fgets(line, sizeof line, stdin))
		fputc('\n', stderr);
	line[strcspn(line, "\r\n")] = '\0';
	return !strcasecmp(line, "y") || !strcasecmp(line, "yes");
}

/* Who is asked is somebody at a terminal; to a script it is told, and done. */
static bool agree(const struct verb_run *run, const struct node *root)
{
	const struct lifecycle *x = (const struct lifecycle *)run;
	bool used = tell_users(root);
	bool done = !run->asks && node_get(root, "existing");
	if (!used || run->dry_run || x->yes || done || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	fprintf(stderr, "%s %s %s all the same? [y/N] ", run->self->name, run->args[0], run->args[1]);
	if (says_yes())
		return true;
	fprintf(stderr, "chartlocker %s: nothing was changed\n", run->self->name);
	return false;
}

static void print_yanked(struct str reason)
{
	fputs("; yanked as before", stdout);
	if (!reason.n)
		return;
	fputs(": ", stdout);
	print_plain(reason);
}

static void print_done(const struct verb_run *x, const struct node *root)
{
	printf("%s %s: %s%s", x->args[0], x->args[1], x->self->name,
	       x->dry_run ? " would be done (dry run)" :
	       node_get(root, "existing") ? " was done before" : " done");
	if (field_is_true(root, "yanked"))
		print_yanked(field_text(root, "yank_reason"));
	putchar('\n');
}

/* "team-a/stable/redis", as other commands name a chart: the repository is what stands before it. */
static void take_repo(struct lifecycle *x, char **argv)
{
	char *slash = argv[optind] ? strrchr(argv[optind], '/') : NULL;
	if (!slash || x->run.about)
		return;
	*slash = '\0';
	x->run.about = argv[optind];
	argv[optind] = slash + 1;
}

#define POST(verb) \
	{ #verb, 2, 2, "CHART VERSION", "POST", "/api/v1/repos/%s/" #verb, "chart", put_body, print_done, NULL }
static const struct verb yank = POST(yank), unyank = POST(unyank), undelete = POST(undelete), purge = POST(purge);
static const struct verb delete = {
	"delete", 2, 2, "CHART VERSION", "DELETE", "/api/%s/charts/%0/%1", "deleted", NULL, print_done, NULL,
};

static int lifecycle(struct lifecycle x, const struct verb *v, const struct command *self, int argc, char **argv)
{
	x.run.self = self;
	x.run.data = cmd_data();
	x.run.check_name = repo_old_name_check;
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.run.server },
		{ "data", 'd', CMD_TEXT, &x.run.data }, { "repo", 'r', CMD_TEXT, &x.run.about },
		{ "dry-run", 'n', CMD_FLAG, &x.run.dry_run }, { "json", 'j', CMD_FLAG, &x.run.json },
		{ x.run.agree ? "yes" : NULL, 'y', CMD_FLAG, &x.yes }, { x.takes_reason ? "reason" : NULL, 0, CMD_ANY, &x.reason }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status >= 0)
		return status;
	take_repo(&x, argv);
	if (!x.run.about)
		x.run.about = cmd_default_repository();
	return verb_run_one(v, &x.run, argc, argv);
}

int cmd_yank(const struct command *self, int argc, char **argv)
{
	return lifecycle((struct lifecycle){ .run.agree = agree, .takes_reason = true }, &yank, self, argc, argv);
}

int cmd_unyank(const struct command *self, int argc, char **argv)
{
	return lifecycle((struct lifecycle){ 0 }, &unyank, self, argc, argv);
}

/* Deleting is ChartMuseum's, which tells nothing of users: yanking misses the same ones. */
int cmd_delete(const struct command *self, int argc, char **argv)
{
	return lifecycle((struct lifecycle){ .run = { .agree = agree, .asks = &yank } }, &delete, self, argc, argv);
}

int cmd_undelete(const struct command *self, int argc, char **argv)
{
	return lifecycle((struct lifecycle){ 0 }, &undelete, self, argc, argv);
}

int cmd_purge(const struct command *self, int argc, char **argv)
{
	return lifecycle((struct lifecycle){ .run.agree = agree, .takes_reason = true }, &purge, self, argc, argv);
}
