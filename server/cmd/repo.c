/* chartlocker repo: what /api/v1/repos does, on a terminal. */
#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/armor.h"
#include "indexer/format/name.h"
#include "indexer/format/repo_settings.h"
#include "server/cmd/setting_pair.h"
#include "server/cmd/verbs.h"

#define TABLE_MAX_BYTES (16u * MIB)

struct repo_command {
	struct verb_run run;             /* first */
	const char *description, *keyring, *confirm;
	bool private, public;
	struct cmd_list set;
};

/* ---- what is sent ---- */

static enum err put_keyring(struct repo_command *x, struct sbuf *b, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	enum err err = fs_read_named(x->keyring, REPO_SETTINGS_MAX_BYTES, &text, &bytes, e);
	if (err) {
		err_prefix(e, "%s", x->keyring);
		return err;
	}
	struct str keys = str_make(text, bytes);
	if (!bytes)
		err = ERR(e, INVALID, "this file is empty; chartlocker repo set %s keyring= removes a keyring",
		          x->run.args[0]);
	if (!err)
		err = armor_keyring(&x->run.arena, keys, &keys, e);
	if (!err)
		err = put_setting(&x->run.arena, b, STR("keyring"), keys, e);
	if (err == ERR_INVALID)
		err_prefix(e, "%s", x->keyring);
	return err;
}

/* `pairs` follow the name. */
static enum err put_options(struct repo_command *x, struct sbuf *b, char **pairs, struct errinfo *e)
{
	enum err err = OK;
	if (x->private || x->public)
		err = put_setting(&x->run.arena, b, STR("private"), str_c(x->private ? "true" : "false"), e);
	if (!err && x->description)
		err = put_setting(&x->run.arena, b, STR("description"), str_c(x->description), e);
	if (!err && x->keyring)
		err = put_keyring(x, b, e);
	return err ? err : put_setting_pairs(&x->run.arena, b, &x->set, pairs, e);
}

static enum err create_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	struct repo_command *x = (struct repo_command *)run;
	json_text(b, "name", str_c(run->args[0]));
	return put_options(x, b, run->args + 1, e);
}

static enum err set_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	return put_options((struct repo_command *)run, b, run->args + 1, e);
}

static enum err rename_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	(void)e;
	json_text(b, "to", str_c(run->args[1]));
	return OK;
}

static enum err confirm(const struct verb_run *run, const char *doing, const char *verb,
                        struct errinfo *e)
{
	const struct repo_command *x = (const struct repo_command *)run;
	const char *name = run->args[0];
	if (x->confirm && !strcmp(x->confirm, name))
		return OK;
	return ERR(e, INVALID, "%s a repository takes its name twice: chartlocker repo %s %s "
	           "--confirm %s", doing, verb, name, name);
}

static enum err delete_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	(void)b;
	return confirm(run, "deleting", "delete", e);
}

static enum err purge_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	(void)b;
	return confirm(run, "purging", "purge", e);
}

/* ---- what comes back ---- */

static void print_list(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "NAME\tKIND\tACCESS\tCHARTS\tVERSIONS\tDESCRIPTION\n");
	for (const struct node_item *i = root->items; i; i = i->next) {
		bool private = field_is_true(i->value, "private");
		sbuf_printf(&b, "%.*s\t%.*s\t%s\t%.*s\t%.*s\t", STR_ARG(field_text(i->value, "name")),
		            STR_ARG(field_text(i->value, "kind")), private ? "private" : "public",
		            STR_ARG(field_text(i->value, "charts")), STR_ARG(field_text(i->value, "versions")));
		put_cell(&b, field_text(node_get(i->value, "settings"), "description"));
		sbuf_putc(&b, '\n');
	}
	print_table(sbuf_str(&b));
}

static void print_one(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	put_repo_facts(&b, root);
	put_repo_settings(&b, root);
	print_table(sbuf_str(&b));
}

static void print_renamed(const struct verb_run *x, const struct node *root)
{
	print_repo_changed(x, root);
	(void)fflush(stdout);
	for (const struct node_item *i = field_items(root, "left_webhooks"); i; i = i->next) {
		struct str hook = node_text(i->value);
		cmd_tell("the webhook %.*s is told of %s and not of %s: chartlocker hook set %.*s --repo PATTERN",
		         STR_ARG(hook), x->args[0], x->args[1], STR_ARG(hook));
	}
}

static void print_deleted(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("%s: deleted; its charts are in quarantine/\n", x->args[0]);
}

static void print_purged(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("%s: purged; nothing is kept of it\n", x->args[0]);
}

static const struct verb verbs[] = {
	{ "create", 1, 1, "NAME", "POST", "/api/v1/repos", "settings", create_body, print_repo_changed, "made" },
	{ "list", 0, 0, "", "GET", "/api/v1/repos", "[]settings", NULL, print_list, NULL },
	{ "show", 1, 1, "NAME", "GET", "/api/v1/repos/%s", "settings", NULL, print_one, NULL },
	{ "set", 1, 64, "NAME KEY=VALUE…", "PATCH", "/api/v1/repos/%s", "settings", set_body, print_repo_changed, "changed" },
	{ "rename", 2, 2, "NAME NEW", "POST", "/api/v1/repos/%s/rename", "settings", rename_body, print_renamed,
	  "renamed" },
	{ "delete", 1, 1, "NAME", "DELETE", "/api/v1/repos/%s?confirm=%s", "deleted", delete_body, print_deleted,
	  "deleted" },
	{ "purge", 1, 1, "NAME", "DELETE", "/api/v1/quarantine/%s?confirm=%s", "purged", purge_body, print_purged,
	  "purged" },
	{ .name = NULL },
};

static const char *misuse_of(const struct verb_run *run, const struct verb *v, int count)
{
	const struct repo_command *x = (const struct repo_command *)run;
	bool options = x->private || x->public || x->description || x->keyring || x->set.count;
	if (options && v->body != create_body && v->body != set_body)
		return "takes no settings";
	if (v->body == set_body && !options && count < 2)
		return "KEY=VALUE is expected";
	if (x->confirm && v->body != delete_body && v->body != purge_body)
		return "takes no --confirm";
	return NULL;
}

int cmd_repo(const struct command *self, int argc, char **argv)
{
	struct repo_command x = { .run = { .self = self, .data = cmd_data(), .misuse = misuse_of,
	                                   .check_name = repo_old_name_check } };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.run.server }, { "data", 'd', CMD_TEXT, &x.run.data },
		{ "private", 0, CMD_FLAG, &x.private },
		{ "public", 0, CMD_FLAG, &x.public }, { "description", 0, CMD_ANY, &x.description },
		{ "keyring", 0, CMD_TEXT, &x.keyring }, { "set", 0, CMD_LIST, &x.set },
		{ "confirm", 0, CMD_TEXT, &x.confirm }, { "dry-run", 'n', CMD_FLAG, &x.run.dry_run },
		{ "json", 'j', CMD_FLAG, &x.run.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	return status < 0 ? verbs_run(verbs, &x.run, argc, argv) : status;
}
