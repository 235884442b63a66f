/* chartlocker virtual and promote: repositories that are made of others, on a terminal. */
#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "server/cmd/setting_pair.h"
#include "server/cmd/verbs.h"

#define TABLE_MAX_BYTES (16u * MIB)

struct virtual_command {
	struct verb_run run;             /* first */
	const char *description;
	bool private;
	struct cmd_list set;
};

/* ---- what is sent ---- */

static enum err put_options(struct virtual_command *x, struct sbuf *b, char **pairs, struct errinfo *e)
{
	if (x->private)
		json_bool(b, "private", true);
	if (x->description)
		json_text(b, "description", str_c(x->description));
	return put_setting_pairs(&x->run.arena, b, &x->set, pairs, e);
}

static enum err add_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	AUTO_SBUF struct sbuf members = sbuf_make(API_BODY_MAX_BYTES);
	for (char **member = run->args + 1; *member; member++)
		sbuf_printf(&members, "%s%s", members.n ? " " : "", *member);
	if (!sbuf_ok(&members))
		return ERR(e, TOO_LARGE, "these are too many members");
	json_text(b, "name", str_c(run->args[0]));
	json_text(b, "members", sbuf_str(&members));
	return put_options((struct virtual_command *)run, b, (char *[]){ NULL }, e);
}

static enum err set_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	return put_options((struct virtual_command *)run, b, run->args + 1, e);
}

/* ---- what comes back ---- */

static void warn_of_absent(const struct node *root)
{
	for (const struct node_item *i = field_items(root, "absent_members"); i; i = i->next)
		fprintf(stderr, "chartlocker virtual: there is no repository \"%.*s\" yet\n",
		        STR_ARG(node_text(i->value)));
}

static void warn(const struct node *root)
{
	for (const struct node_item *i = field_items(root, "warnings"); i; i = i->next)
		fprintf(stderr, "chartlocker virtual: %.*s\n", STR_ARG(node_text(i->value)));
}

/* "3 versions; the next, redis 1.0.0, appears at 2026-11-25T08:00:00Z" */
static void put_waiting(struct sbuf *b, const struct node *root)
{
	const struct node *waiting = node_get(root, "waiting"), *next = node_get(waiting, "next");
	struct str versions = field_text(waiting, "versions"), unpinned = field_text(waiting, "unpinned");
	if (next) {
		sbuf_printf(b, "waiting\t%.*s; the next, ", STR_ARG(versions));
		put_cell(b, field_text(next, "chart"));
		sbuf_putc(b, ' ');
		put_cell(b, field_text(next, "version"));
		sbuf_printf(b, ", appears at %.*s\n", STR_ARG(field_text(next, "at")));
	}
	if (unpinned.n && !str_eq(unpinned, STR("0")))
		sbuf_printf(b, "without a digest yet\t%.*s\n", STR_ARG(unpinned));
}

static void print_list(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "NAME\tACCESS\tCHARTS\tVERSIONS\tMEMBERS\n");
	for (const struct node_item *i = root->items; i; i = i->next) {
		bool private = field_is_true(i->value, "private");
		sbuf_printf(&b, "%.*s\t%s\t%.*s\t%.*s\t", STR_ARG(field_text(i->value, "name")),
		            private ? "private" : "public", STR_ARG(field_text(i->value, "charts")),
		            STR_ARG(field_text(i->value, "versions")));
		put_cell(&b, field_text(node_get(i->value, "settings"), "members"));
		sbuf_putc(&b, '\n');
	}
	print_table(sbuf_str(&b));
}

static void print_one(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	put_repo_facts(&b, root);
	put_waiting(&b, root);
	put_repo_settings(&b, root);
	print_table(sbuf_str(&b));
	warn_of_absent(root);
	warn(root);
}

static void print_changed(const struct verb_run *x, const struct node *root)
{
	print_repo_changed(x, root);
	warn_of_absent(root);
	warn(root);
}

static void print_conflicts(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	const struct node_item *first = field_items(root, "conflicts");
	warn(root);
	if (!first) {
		printf("%s: no name has more than one member\n", x->args[0]);
		return;
	}
	sbuf_puts(&b, "CHART\tMEMBER\tKIND\tVERSIONS\tVERDICT\n");
	for (const struct node_item *i = first; i; i = i->next) {
		struct str file = field_text(i->value, "file"), name = file.n ? file : field_text(i->value, "chart");
		for (const struct node_item *m = field_items(i->value, "members"); m; m = m->next)
			sbuf_printf(&b, "%.*s\t%.*s\t%.*s\t%.*s\t%s%.*s\n", STR_ARG(name),
			            STR_ARG(field_text(m->value, "member")), STR_ARG(field_text(m->value, "kind")),
			            STR_ARG(field_text(m->value, "versions")),
			            field_is_true(m->value, "wins") ? "wins: " : "",
			            STR_ARG(field_text(m->value, "verdict")));
	}
	print_table(sbuf_str(&b));
}

static void print_removed(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("%s: removed; the charts of its members are where they were\n", x->args[0]);
}

static const struct verb verbs[] = {
	{ "add", 2, 1 + (int)VIRTUAL_MEMBERS_MAX, "NAME MEMBER…", "POST", "/api/v1/repos", "settings", add_body,
	  print_changed, "made" },
	{ "list", 0, 0, "", "GET", "/api/v1/repos?kind=virtual", "[]settings", NULL, print_list, NULL },
	{ "show", 1, 1, "NAME", "GET", "/api/v1/repos/%s?kind=virtual", "settings", NULL, print_one, NULL },
	{ "set", 1, 64, "NAME KEY=VALUE…", "PATCH", "/api/v1/repos/%s", "settings", set_body, print_changed, "changed" },
	{ "conflicts", 1, 1, "NAME", "GET", "/api/v1/repos/%s/conflicts", "conflicts", NULL, print_conflicts, NULL },
	{ "remove", 1, 1, "NAME", "DELETE", "/api/v1/repos/%s?confirm=%s&kind=virtual", "deleted", NULL, print_removed,
	  "removed" },
	{ .name = NULL },
};

static const char *misuse_of(const struct verb_run *run, const struct verb *v, int count)
{
	const struct virtual_command *x = (const struct virtual_command *)run;
	bool options = x->private || x->description || x->set.count;
	if (options && !v->body)
		return "takes no settings";
	if (v->body == set_body && !options && count < 2)
		return "KEY=VALUE is expected";
	return NULL;
}

int cmd_virtual(const struct command *self, int argc, char **argv)
{
	struct virtual_command x = { .run = { .self = self, .data = cmd_data(), .misuse = misuse_of,
	                                      .check_name = repo_old_name_check } };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.run.server }, { "data", 'd', CMD_TEXT, &x.run.data },
		{ "private", 0, CMD_FLAG, &x.private },
		{ "description", 0, CMD_ANY, &x.description }, { "set", 0, CMD_LIST, &x.set },
		{ "dry-run", 'n', CMD_FLAG, &x.run.dry_run }, { "json", 'j', CMD_FLAG, &x.run.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	return status < 0 ? verbs_run(verbs, &x.run, argc, argv) : status;
}

/* ---- promote ---- */

struct promote_command {
	struct verb_run run;             /* first */
	const char *to, *reason;
	bool undo;
};

static enum err promote_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	const struct promote_command *x = (const struct promote_command *)run;
	const char *slash = strrchr(run->args[0], '/');
	(void)e;
	json_text(b, "chart", str_c(slash + 1));
	json_text(b, "version", str_c(run->args[1]));
	if (!x->undo)
		json_text(b, "from", str_make(run->args[0], (size_t)(slash - run->args[0])));
	if (x->reason)
		json_text(b, "reason", str_c(x->reason));
	return OK;
}

static void print_promoted(const struct verb_run *run, const struct node *root)
{
	const struct promote_command *x = (const struct promote_command *)run;
	const char *what = x->undo ? "taken back from" : "promoted to";
	if (node_get(root, "existing"))
		printf("%s %s: was promoted to %s before\n", run->args[0], run->args[1], x->to);
	else
		printf("%s %s: %s%s %s%s\n", run->args[0], run->args[1], run->dry_run ? "would be " : "", what, x->to,
		       run->dry_run ? " (dry run)" : "");
}

static const char *misuse_of_promote(const struct verb_run *run, const struct verb *v, int count)
{
	const char *slash = strrchr(run->args[0], '/');
	(void)v;
	(void)count;
	if (!slash || slash == run->args[0] || !slash[1])
		return "REPO/CHART is expected";
	return ((const struct promote_command *)run)->to ? NULL : "--to VIEW is expected";
}

int cmd_promote(const struct command *self, int argc, char **argv)
{
	struct promote_command x = { .run = { .self = self, .data = cmd_data(),
	                                      .misuse = misuse_of_promote,
	                                      .check_name = repo_old_name_check } };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.run.server },
		{ "data", 'd', CMD_TEXT, &x.run.data }, { "to", 0, CMD_TEXT, &x.to },
		{ "reason", 0, CMD_ANY, &x.reason }, { "undo", 0, CMD_FLAG, &x.undo },
		{ "dry-run", 'n', CMD_FLAG, &x.run.dry_run }, { "json", 'j', CMD_FLAG, &x.run.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	const struct verb v = { self->name, 2, 2, "REPO/CHART VERSION", "POST",
	                        x.undo ? "/api/v1/repos/%s/unpromote" : "/api/v1/repos/%s/promote",
	                        "chart", promote_body, print_promoted, NULL };
	x.run.about = x.to ? x.to : "";
	return status < 0 ? verb_run_one(&v, &x.run, argc, argv) : status;
}
